from __future__ import annotations

import os
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import Engine

from hub.clean import clean
from lineage import control
from lineage.control import Run, RunState, Version
from lineage.errors import VersionRetired
from lineage.export import Format, export
from lineage.files import DataFile
from lineage.home import Home
from lineage.parquet import write_documents, write_ledger
from lineage.publish import finish_pending, publish
from lineage.references import DocumentRef, VersionRef
from lineage.release import Release
from lineage.standing import pin, restore, retire
from lineage.trace import trace_document

OLD = 1_600_000_000


@pytest.fixture
def place(tmp_path: Path) -> Home:
    """An empty hub."""
    return Home(tmp_path / "hub").create()


@pytest.fixture
def db(place: Home) -> Engine:
    """Its control database."""
    return control.connect(place)


def commit(home: Home, db: Engine, run: str, numbers: list[int], keep: Release | None = None) -> Release:
    """Publish a version of documents *numbers*, and those of *keep*; return what was released."""
    ids = [f"{number:032x}" for number in numbers]
    documents = write_documents(pa.table({"doc_id": ids, "text": [f"text {n}" for n in numbers]}), _data(home, 0))
    rows = {"doc_id": ids, "run": [run] * len(ids), "step": ["release"] * len(ids), "outcome": ["kept"] * len(ids)}
    rows["seq"] = pa.array([0] * len(ids), pa.int16())
    ledger = write_ledger(pa.table(rows), _data(home, 1))
    for file in (documents, ledger):
        os.utime(file.path, (OLD, OLD))
    release = Release(
        Run(run, "fruit", "", "c", "d", "1", RunState.RUNNING),
        [*(keep.documents if keep else ()), documents],
        [*(keep.ledger if keep else ()), ledger],
    )
    control.start_run(db, release.run)
    publish(home, db, release)
    shutil.rmtree(home.runs / run)  # as the driver does
    return release


def _data(home: Home, place: int) -> str:
    return home.data_folder("fruit", "ledger" if place else "documents")


def data_files(home: Home, db: Engine, version: Version) -> list[str]:
    """Return the paths of a version's documents files."""
    return [home.resolve(file.path) for file in control.version_files(db, version, "documents")]


def test_orphans_need_a_grace_period(place: Home, db: Engine) -> None:
    """A data file that no version holds is a leftover once it is old enough; nothing else is listed."""
    commit(place, db, "r1", [1])
    orphan: DataFile = write_documents(pa.table({"doc_id": ["f" * 32], "text": ["left"]}), _data(place, 0))
    assert clean(place, remove=True)["leftovers"] == []
    assert [item["path"] for item in clean(place, remove=False, grace=0)["leftovers"]] == [orphan.path]
    assert Path(orphan.path).exists()
    assert clean(place, remove=True, grace=0)["removed"]
    assert not Path(orphan.path).exists()


def test_releases_begun_are_left_alone(place: Home, db: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver that died while it committed leaves files which the next run needs: they are no leftovers."""
    with monkeypatch.context() as patch:
        patch.setattr(control, "save_version", _die)
        with pytest.raises(KeyboardInterrupt):
            commit(place, db, "r1", [1])
    assert clean(place, remove=True, grace=0)["leftovers"] == []
    assert [version.number for version in finish_pending(place, db, "fruit")] == [1]


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_retired_versions_lose_what_they_alone_hold(place: Home, db: Engine) -> None:
    """Files that a version in use shares stay; the retired version is traceable, and reading it says why it cannot."""
    first = commit(place, db, "r1", [1])
    commit(place, db, "r2", [2], keep=first)
    second = VersionRef("fruit", 2)
    shared, own = [
        place.resolve(file.path) for file in control.version_files(db, control.get_version(db, second), "documents")
    ]
    retire(place, second, "wrong")
    assert clean(place, remove=True)["leftovers"] == []
    assert [item["path"] for item in clean(place, remove=True, grace=0)["leftovers"]] == [own]
    assert Path(shared).exists()
    assert trace_document(place, DocumentRef(second, f"{2:032x}"))["versions"] == ["fruit@v2"]
    with pytest.raises(VersionRetired, match="removed"):
        export(place, second, place.path / "out", Format.JSONL)
    with pytest.raises(VersionRetired, match="removed"):
        restore(place, second)
    assert commit(place, db, "r3", [3], keep=first).run.id == "r3"
    assert control.get_version(db, VersionRef("fruit")).number == 3


def test_object_stores_lose_what_retired_versions_held(
    place: Home, db: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where others may be committing only files of retired versions are leftovers, never unknown ones."""
    first = commit(place, db, "r1", [1])
    commit(place, db, "r2", [2], keep=first)
    second = control.get_version(db, VersionRef("fruit", 2))
    own = data_files(place, db, second)[1]
    write_documents(pa.table({"doc_id": ["f" * 32], "text": ["left"]}), _data(place, 0))
    retire(place, VersionRef("fruit", 2), "wrong")
    monkeypatch.setattr("hub.clean.is_local", lambda path: path != place.warehouse)
    assert clean(place, remove=True)["leftovers"] == []
    assert [item["path"] for item in clean(place, remove=True, grace=0)["leftovers"]] == [own]
    assert not Path(own).exists()


def test_pinned_versions_lose_nothing(place: Home, db: Engine) -> None:
    """What a pinned version holds is never a leftover, whatever else is retired."""
    first = commit(place, db, "r1", [1])
    commit(place, db, "r2", [2], keep=first)
    pin(place, VersionRef("fruit", 2), "model")
    retire(place, VersionRef("fruit", 1), "old")
    assert clean(place, remove=True, grace=0)["leftovers"] == []
    assert all(Path(path).exists() for path in data_files(place, db, control.get_version(db, VersionRef("fruit"))))
