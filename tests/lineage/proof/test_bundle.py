from __future__ import annotations

import base64
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import which
from typing import Any

import orjson
import pytest

from lineage.audit_log import log
from lineage.audit_log.leaves import Event
from lineage.control.versions import Version
from lineage.errors import BadBundle, ExportError, ProofError, SigningError
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.proof.bundle import parse_proof, write_bundle
from lineage.proof.bundle_check import BundleFiles, verify_bundle
from lineage.proof.public_key import describe_key
from lineage.references import VersionRef

FRUIT = VersionRef("fruit", 1)


@pytest.fixture
def given(hub: Hub, make_version: Callable[..., Version], tmp_path: Path) -> BundleFiles:
    """Return what a third party got: bundle, key, files and an earlier checkpoint of the log."""
    describe_key(hub.home, tmp_path / "hub.pub")
    log.append(hub, Event("erasure", "receipt", "cd" * 32))
    (tmp_path / "checkpoint").write_text(str(describe_key(hub.home).checkpoint))
    make_version("r1", [1, 2, 3], {4: 1})
    write_bundle(hub, FRUIT, tmp_path / "bundle.json", tmp_path / "files", tmp_path / "checkpoint")
    return BundleFiles(tmp_path / "bundle.json", tmp_path / "hub.pub", tmp_path / "files", tmp_path / "checkpoint")


def wrong(given: BundleFiles) -> list[str]:
    """Return what is wrong with what is given, as text."""
    report = verify_bundle(given)
    assert report.ok == (not report.mismatches)
    return [f"{item.path}: {item.problem}" for item in report.mismatches]


def test_bundle_is_enough(given: BundleFiles, home: Home) -> None:
    """Bundle, files and key are all that a third party needs, whatever the files are called."""
    home.path.rename(home.path.with_name("gone"))
    report = verify_bundle(given)

    assert (report.ok, report.version, report.files, report.leaf) == (True, "fruit@v1", 2, 1)
    assert given.files is not None
    for number, path in enumerate([path for path in given.files.rglob("*") if path.is_file()]):
        path.rename(given.files / f"renamed-{number}")
    assert wrong(given) == []
    assert verify_bundle(BundleFiles(given.bundle, given.key)).files == 0


def edit(given: BundleFiles, **changes: Any) -> None:
    """Change members of the bundle."""
    content = orjson.loads(given.bundle.read_bytes())
    given.bundle.write_bytes(orjson.dumps({**content, **changes}))


def test_changed_files_are_named(given: BundleFiles) -> None:
    """A file with another byte, and one that is missing, are named."""
    assert given.files is not None
    (document,) = (given.files / "documents").iterdir()
    (ledger,) = (given.files / "ledger").iterdir()
    document.write_bytes(document.read_bytes()[:-1])
    ledger.unlink()

    assert wrong(given) == [
        f"{document}: its bytes are not those that were committed",
        f"ledger {ledger.stem}: it is missing",
    ]


def test_changed_bundle_is_named(given: BundleFiles) -> None:
    """Whatever part of a bundle is changed, it is named."""
    whole = orjson.loads(given.bundle.read_bytes())
    payload = base64.b64decode(whole["statement"]["payload"]).replace(b"fruit", b"roots")
    forged = {**whole["statement"], "payload": base64.b64encode(payload).decode()}
    leaf = {**whole["leaf"], "content": whole["leaf"]["content"].replace("fruit", "roots")}
    shifted = whole["proof"].replace("index 1", "index 0")
    cut = whole["proof"].replace("\n2\n", "\n1\n")
    cases = [
        ({"statement": forged}, "statement: the key did not sign it"),
        ({"manifest": whole["manifest"].replace("ledger", "index")}, "manifest: it is not the one"),
        ({"version": "fruit@v2"}, "manifest: it is not the one"),
        ({"leaf": leaf}, "leaf: the proof does not lead"),
        ({"proof": shifted}, "leaf: the proof does not lead"),
        ({"proof": cut}, "checkpoint: the key did not sign it"),
        ({"consistency": None}, "checkpoint: the bundle does not prove"),
        ({"consistency": {"size": 1, "hashes": []}}, "checkpoint: the bundle does not prove"),
    ]
    for changes, words in cases:
        edit(given, **{**whole, **changes})
        assert any(problem.startswith(words) for problem in wrong(given)), changes


def test_leaf_of_another_statement_is_named(
    given: BundleFiles, hub: Hub, make_version: Callable[..., Version], tmp_path: Path
) -> None:
    """A true leaf of another version does not serve for this one."""
    make_version("r2", [1, 2])
    write_bundle(hub, VersionRef("fruit", 2), tmp_path / "other.json")
    other = orjson.loads((tmp_path / "other.json").read_bytes())
    edit(given, leaf=other["leaf"], proof=other["proof"], consistency=None)

    assert wrong(BundleFiles(given.bundle, given.key)) == ["leaf: it is not about this statement"]


def test_another_key_signs_nothing(given: BundleFiles, tmp_path: Path) -> None:
    """With a stranger's key neither statement nor checkpoint is believed."""
    describe_key(Home(tmp_path / "stranger"), tmp_path / "stranger.pub")

    assert [problem.split(":")[0] for problem in wrong(BundleFiles(given.bundle, tmp_path / "stranger.pub"))] == [
        "statement",
        "checkpoint",
    ]


def test_unusable_files_are_errors(given: BundleFiles, hub: Hub, tmp_path: Path) -> None:
    """What cannot be read or written is an error that says what to do."""
    with pytest.raises(BadBundle, match="is no bundle of proof"):
        verify_bundle(BundleFiles(given.key, given.key))
    with pytest.raises(SigningError, match="no Ed25519 public key"):
        verify_bundle(BundleFiles(given.bundle, given.bundle))
    with pytest.raises(BadBundle, match="is no folder"):
        verify_bundle(BundleFiles(given.bundle, given.key, tmp_path / "none"))
    with pytest.raises(BadBundle, match="no earlier checkpoint"):
        write_bundle(hub, FRUIT, tmp_path / "b", since=given.key)
    with pytest.raises(ExportError, match="the version is as before"):
        write_bundle(hub, FRUIT, tmp_path / "none" / "b")
    edit(given, manifest="documents abc\n")
    with pytest.raises(BadBundle, match="line 1 of the manifest"):
        verify_bundle(given)
    with hub.db.begin() as connection:
        connection.exec_driver_sql("DELETE FROM attestations")
    with pytest.raises(ProofError, match="has no statement"):
        write_bundle(hub, FRUIT, tmp_path / "b")


def test_proof_is_a_tlog_proof(given: BundleFiles) -> None:
    """The proof has the form of C2SP tlog-proof and comes out as it went in."""
    text = orjson.loads(given.bundle.read_bytes())["proof"]

    assert text.startswith("c2sp.org/tlog-proof@v1\nindex 1\n")
    assert text.count("\n\n") == 2
    assert parse_proof(text).text == text
    with pytest.raises(ValueError, match="no tlog-proof"):
        parse_proof("nonsense")


@pytest.mark.skipif(which("openssl") is None, reason="openssl is not installed")
def test_program_of_the_docs_needs_no_corpushub(given: BundleFiles, tmp_path: Path) -> None:
    """The program in docs/verification.md, run alone, accepts a sound bundle and names what is wrong with another."""
    page = (Path(__file__).parents[3] / "docs" / "verification.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "check.py").write_text(program, encoding="utf-8")
    assert given.files is not None

    def run() -> tuple[int, str]:
        command: list[str | Path] = [sys.executable, "-I", "check.py", given.bundle, given.key, str(given.files)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    assert run()[0] == 0
    whole = orjson.loads(given.bundle.read_bytes())
    for changes, words in (
        ({"manifest": whole["manifest"].replace("ledger", "index")}, "the manifest is another one"),
        ({"proof": whole["proof"].replace("\n2\n", "\n1\n")}, "the checkpoint is not signed"),
        ({"leaf": {**whole["leaf"], "salt": "00" * 32}}, "the leaf is not in the log"),
    ):
        edit(given, **{**whole, **changes})
        code, said = run()
        assert (code, words in said) == (1, True), said
    edit(given, **whole)
    next((given.files / "ledger").iterdir()).write_bytes(b"")
    assert "missing or changed: ledger" in run()[1]
