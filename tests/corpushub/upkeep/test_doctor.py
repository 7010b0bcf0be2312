from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from corpushub.upkeep import doctor
from corpushub.upkeep.doctor import examine
from corpushub.upkeep.mounts import file_system_of
from lineage.control.runs import Run, RunState, get_run, save_run, start_run
from lineage.control.versions import Version, save_version
from lineage.errors import HomeError
from lineage.events import outbox
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.hub.database import Database
from lineage.hub.home import Home
from lineage.hub.locks import lock_dataset
from lineage.proof.explicit import preview_signing, sign
from lineage.storage.files import DataFile
from lineage.storage.parquet import write_ledger
from pipelines.code.version import code_version

MOUNTS = """\
24 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
31 24 0:35 / /mnt/a\\040share rw - nfs4 server:/export rw
32 31 8:2 / /mnt/a\\040share/local rw - xfs /dev/sdb rw
33 24 8:3 / /over rw - ext4 /dev/sdc rw
34 24 0:36 / /over rw shared:7 - cifs //server/x rw
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A hub with one version, whose code is ours; no setting of the tester counts."""
    for name in ("CORPUSHUB_CATALOG", "CORPUSHUB_WAREHOUSE", "CORPUSHUB_PII_KEY", outbox.URL):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(doctor, "FREE_BYTES", 0)  # the tester's disk may be full
    monkeypatch.setattr(doctor, "FREE_SHARE", 0.0)
    return Home(tmp_path / "hub").create()


@pytest.fixture
def db(place: Home) -> Database:
    """Its control database."""
    return Hub(place).db


@pytest.fixture
def ledger(place: Home, db: Database) -> DataFile:
    """The ledger file of its one version."""
    rows = {"doc_id": ["0" * 32], "outcome": ["kept"]}
    file = write_ledger(pa.table(rows), place.data_folder("fruit", "ledger"))
    file = replace(file, path=place.relative(file.path))
    run = Run("r1", "fruit", "[pii]\n", "c", "d", code_version(), RunState.COMMITTED, not_done={"findings": "no key"})
    start_run(db, run)
    facts: dict[str, Any] = {"licenses": {}, "languages": {}, "sources": {}, "documents": 0, "bytes": 0}
    snapshots: dict[str, Any] = {"ledger_snapshot": 0, "documents_snapshot": 0}
    version = Version("fruit", 1, "r1", None, "0", now(), recipe_digest="c", **facts, **snapshots)
    save_version(db, version, {"ledger": [file]}, run)
    return file


def wrong(hub: Hub) -> dict[str, str]:
    """Return what is wrong with *home*, by check."""
    report = examine(hub)
    found = {one.check: one.message for one in report.findings if one.wrong}
    assert report.ok == (not found)
    return found


@pytest.mark.usefixtures("ledger")
def test_sound_hub_is_ok(place: Home) -> None:
    """Nothing is found where nothing is wrong."""
    assert examine(Hub(place)).findings == []


def test_missing_hub_is_an_error(tmp_path: Path) -> None:
    """Where there is no hub there is nothing to examine."""
    with pytest.raises(HomeError):
        examine(Hub(Home(tmp_path / "none")))


def test_each_ailment_is_named(place: Home, db: Database, ledger: DataFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Damaged files, a clock behind its records, open commits, loose keys, waiting events: each is found."""
    Path(place.resolve(ledger.path)).write_bytes(b"short")
    monkeypatch.setattr(doctor, "_written_by", lambda *_: "99.1.0")
    run = replace(get_run(db, "r1"), id="r2", started="2999-01-01T00:00:00.000000Z")
    start_run(db, run)
    outbox.put(db, run, {"eventType": "START", "eventTime": run.started})
    monkeypatch.setenv(outbox.URL, "http://receiver.example/")
    (place.runs / "r2").mkdir()
    (place.runs / "r2" / "release.json").write_text("{}")
    (place.path / "keys").mkdir()
    (place.path / "keys" / "signing.pem").write_text("x")
    (place.path / "keys" / "signing.pem").chmod(0o644)
    found = wrong(Hub(place))
    assert set(found) == {"files", "clock", "commits", "keys", "events", "libraries"}
    assert "verify fruit@v1" in found["files"]
    assert "99.1.0" in found["libraries"]
    assert "run:r2" in found["commits"]


@pytest.mark.usefixtures("ledger")
def test_key_of_findings_is_missed(place: Home, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings that were hashed need their key again; with it, nothing is wrong."""
    save_run(db, replace(get_run(db, "r1"), not_done={}))
    assert set(wrong(Hub(place))) == {"keys"}
    monkeypatch.setenv("CORPUSHUB_PII_KEY", "k" * 16)
    assert wrong(Hub(place)) == {}


@pytest.mark.usefixtures("ledger")
def test_missing_signing_keys_are_named(place: Home, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost private key is worth knowing, for a new one would be made; without the public one nothing verifies."""
    sign(Hub(place), preview_signing(Hub(place), "fruit@v1"))
    assert examine(Hub(place)).findings == []
    (place.path / "keys" / "signing.pem").unlink()
    assert [(one.check, one.wrong) for one in examine(Hub(place)).findings] == [("signatures", False)]
    for path in (place.path / "keys").iterdir():
        path.unlink()
    assert "statement about fruit@v1" in wrong(Hub(place))["signatures"]
    monkeypatch.setenv("CORPUSHUB_SIGNING_KEY", str(place.path / "none.pem"))
    assert "none.pem" in [one.message for one in examine(Hub(place)).findings][-1]


@pytest.mark.usefixtures("ledger")
def test_notes_are_not_wrong(place: Home, db: Database) -> None:
    """A lock of a killed process, what it left, events that wait for a file and another code are, no more."""
    (place.locks / "fruit.lock").write_text("{}")
    left = Path(place.work_folder("fruit")) / "annotate" / "batch"
    left.parent.mkdir(parents=True, mode=0o700)
    left.touch(0o600)
    save_run(db, replace(run := get_run(db, "r1"), code_version="other"))
    outbox.put(db, run, {"eventType": "START", "eventTime": run.started})
    report = examine(Hub(place))
    assert report.ok
    assert {one.check for one in report.findings} == {"locks", "work", "code", "events"}


@pytest.mark.usefixtures("ledger")
def test_work_under_way_is_not_told(place: Home) -> None:
    """Files between stages are worth a word only where no command makes or reads them."""
    Path(place.work_folder("fruit")).mkdir(mode=0o700)
    with lock_dataset(place, "fruit", "r"):
        assert examine(Hub(place)).findings == []
    assert [one.check for one in examine(Hub(place)).findings] == ["work"]


@pytest.mark.usefixtures("ledger")
def test_full_disk_and_network_drive(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little space, and SQLite on another machine's disk, are wrong."""
    monkeypatch.setattr(doctor, "FREE_BYTES", 1 << 60)
    monkeypatch.setattr(doctor, "file_system_of", lambda _: "nfs4")
    found = wrong(Hub(place))
    assert set(found) == {"disk", "network_drive"}
    assert "PostgreSQL" in found["network_drive"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/x", "ext4"),
        ("/mnt/a share/hub", "nfs4"),
        ("/mnt/a share/local/hub", "xfs"),
        ("/mnt/a sharebeside", "ext4"),
        ("/over/hub", "cifs"),
    ],
)
def test_file_system_is_that_of_the_longest_mount(tmp_path: Path, path: str, kind: str) -> None:
    """The deepest mount point wins, the later of two on one point, and names may hold white space."""
    (tmp_path / "mountinfo").write_text(MOUNTS)
    assert file_system_of(Path(path), tmp_path / "mountinfo") == kind


def test_unknown_mounts_are_no_failure(tmp_path: Path) -> None:
    """Where the system does not list its mounts nothing is known."""
    assert file_system_of(Path(os.sep), tmp_path / "none") == ""
