import json
import subprocess
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import click
import pytest

from corpushub.cli import main
from corpushub.running.attestation import attest
from lineage.hub import Hub
from lineage.hub.home import Home


def test_run_leaves_a_version_that_anybody_can_verify(hub: Path, tmp_path: Path, corpushub: Any) -> None:
    """A version of the example is attested by its run; evidence, key and files are enough to verify it elsewhere."""
    report = corpushub("verify", "quickstart", "--hub", hub)
    key = corpushub("key", "--hub", hub, "--out", tmp_path / "hub.pub")
    corpushub("attest", "quickstart@v1", "--hub", hub, "--out", tmp_path / "b.json", "--files", tmp_path / "files")
    given = ["--bundle", tmp_path / "b.json", "--key", tmp_path / "hub.pub", "--files", tmp_path / "files"]
    elsewhere = corpushub("verify", *given, "--hub", tmp_path / "none")

    assert report["ok"]
    assert (elsewhere["ok"], elsewhere["files"]) == (True, report["files"])
    assert elsewhere["statement"] == report["statement"]
    assert elsewhere["log"]["origin"] == key["log"] == key["verifier"].split("+")[0]
    assert not (tmp_path / "none").exists()
    next((tmp_path / "files" / "ledger").iterdir()).write_bytes(b"")
    assert len(corpushub("verify", *given, code=1)["mismatches"]) == 1


def test_manifest_is_what_sha256sum_says(hub: Path, tmp_path: Path, corpushub: Any) -> None:
    """Manifest root and file digests are plain SHA-256, checked with coreutils alone."""
    corpushub("attest", "quickstart@v1", "--hub", hub, "--out", tmp_path / "b.json", "--files", tmp_path / "files")
    manifest = json.loads((tmp_path / "b.json").read_text())["manifest"]
    found = subprocess.run(["sha256sum"], input=manifest.encode(), capture_output=True, check=True).stdout[:64]
    names = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    sums = subprocess.run(["sha256sum", *names], capture_output=True, check=True, text=True).stdout.splitlines()

    assert found.decode() == corpushub("show", "quickstart", "--hub", hub)["manifest_root"]
    assert {line[:64] for line in sums} == {line.split(" ")[1] for line in manifest.splitlines()}


def test_version_without_a_key_is_told_and_attested_later(
    hub: Path, tmp_path: Path, corpushub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the key cannot be used the version stays unattested, which is said; the next command attests it."""
    home = Home(tmp_path / "home")
    copytree(hub, home.path)
    for folder in ("keys", "log"):
        rmtree(home.path / folder)
    db = Hub(home).db
    with db.begin() as connection:
        for table in ("attestations", "audit_leaves", "audit_checkpoints"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    monkeypatch.setenv("CORPUSHUB_SIGNING_KEY", str(tmp_path / "none.pem"))
    problem = attest(Hub(home), "quickstart")
    refused = corpushub("verify", "quickstart", "--hub", home.path, code=1)
    monkeypatch.delenv("CORPUSHUB_SIGNING_KEY")

    assert problem is not None
    assert "no signed statement yet" in problem
    assert any("none.pem" in item["problem"] for item in refused["mismatches"])
    assert attest(Hub(home), "quickstart") is None
    assert corpushub("verify", "quickstart", "--hub", home.path)["ok"]


@pytest.mark.parametrize("arguments", [[], ["d", "--bundle", "b"], ["--bundle", "b"], ["d", "--files", "."]])
def test_contradictory_arguments_are_refused(arguments: list[str]) -> None:
    """A version or a bundle is verified, not both, and a bundle needs a key."""
    with pytest.raises(click.UsageError):
        main(["verify", *arguments], standalone_mode=False)
