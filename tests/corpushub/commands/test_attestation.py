import base64
import json
import sqlite3
import subprocess
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import click
import pytest
from click.testing import CliRunner

from corpushub.cli import main
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl


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


def test_version_without_a_key_is_told_and_signed_by_an_act(
    tmp_path: Path, corpushub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the key cannot be used the run says so; nothing signs its version until somebody has looked at it."""
    write_jsonl(tmp_path / "data" / "a.jsonl", [{"id": "a", "url": "https://a.example/", "text": "some words"}])
    (tmp_path / "recipe.toml").write_text(recipe(license="CC0-1.0"), encoding="utf-8")
    given = ["--hub", tmp_path / "home"]
    monkeypatch.setenv("CORPUSHUB_SIGNING_KEY", str(tmp_path / "none.pem"))
    assert "none.pem" in corpushub("run", tmp_path / "recipe.toml", *given)["unattested"]
    monkeypatch.delenv("CORPUSHUB_SIGNING_KEY")

    assert not corpushub("verify", "d", *given, code=1)["ok"]
    assert "attest --sign" in corpushub("run", tmp_path / "recipe.toml", *given, code=2)["message"]
    assert "--sign d@v1" in corpushub("attest", "d", "--out", tmp_path / "b.json", *given, code=2)["message"]
    for ref in ("d@v7", "receipt:none"):
        assert "error" in corpushub("attest", "--sign", ref, "--yes", *given, code=2)
    shown = corpushub("attest", "--sign", "d@v1", "--yes", *given)
    assert [one["record"].partition(":")[0] for one in shown["records"]] == ["run", "version"]
    assert (shown["signed"], [one["version"] for one in shown["versions"]]) == (True, ["d@v1"])
    assert corpushub("verify", *given)["ok"]
    assert "speaks of d@v1 already" in corpushub("attest", "--sign", "d@v1", "--yes", *given, code=2)["message"]
    assert corpushub("run", tmp_path / "recipe.toml", *given)["unattested"] is None


def test_nothing_is_signed_off_a_terminal_without_yes(hub: Path, tmp_path: Path) -> None:
    """What would be signed is shown, and --yes is needed where nobody can be asked."""
    home = tmp_path / "home"
    copytree(hub, home)
    for folder in ("keys", "log"):
        rmtree(home / folder)
    with sqlite3.connect(home / "hub.sqlite") as connection:
        for table in ("attestations", "audit_leaves", "audit_checkpoints"):
            connection.execute(f"DELETE FROM {table}")
    result = CliRunner().invoke(main, ["attest", "--sign", "hub", "--hub", str(home)])

    assert result.exit_code == 2
    assert "quickstart@v1: " in result.stderr
    assert "manifest root" in result.stderr
    assert "--yes" in result.stderr
    assert not (home / "log").exists()


def test_checkpoints_go_to_witnesses_and_back(hub: Path, tmp_path: Path, corpushub: Any) -> None:
    """A request has the form of C2SP tlog-witness; answers are kept with the checkpoint, which is verified still."""
    home = tmp_path / "home"
    copytree(hub, home)
    corpushub("key", "--hub", home, "--out", tmp_path / "hub.pub")
    before = corpushub("checkpoint", "--hub", home, "--out", tmp_path / "before")
    corpushub("pin", "quickstart@v1", "--reason", "a model", "--hub", home)
    asked = corpushub("checkpoint", "--since", tmp_path / "before", "--hub", home, "--out", tmp_path / "request")
    old, *proof = asked["request"].partition("\n\n")[0].split("\n")
    assert old == f"old {before['log']['size']}"
    assert len(proof) <= 63
    assert asked["request"].endswith("\n\n" + asked["checkpoint"])
    assert corpushub("checkpoint", "--since", "0", "--hub", home)["request"].startswith("old 0\n\n")
    given = ["--growth", tmp_path / "request", "--checkpoint", tmp_path / "before", "--key", tmp_path / "hub.pub"]
    assert corpushub("verify", *given)["ok"]

    line = "— witness.example/w1 " + base64.b64encode(b"\1\2\3\4" + bytes(72)).decode() + "\n"
    (tmp_path / "answer").write_text(line, encoding="utf-8")
    kept = corpushub("checkpoint", "--keep", tmp_path / "answer", "--hub", home)
    assert kept["checkpoint"] == asked["checkpoint"] + line
    assert (
        "no new signature line"
        in corpushub("checkpoint", "--keep", tmp_path / "answer", "--hub", home, code=2)["message"]
    )
    assert corpushub("verify", "--hub", home, "--key", tmp_path / "hub.pub")["ok"]
    corpushub("pin", "quickstart@v1", "--undo", "--hub", home)
    assert corpushub("verify", "--hub", home, "--checkpoint", tmp_path / "before")["ok"]


@pytest.mark.parametrize(
    "arguments", [["d", "--bundle", "b"], ["--bundle", "b"], ["d", "--files", "."], ["--growth", "g"]]
)
def test_contradictory_arguments_are_refused(arguments: list[str]) -> None:
    """A version or a bundle is verified, not both, and a bundle needs a key."""
    with pytest.raises(click.UsageError):
        main(["verify", *arguments], standalone_mode=False)
