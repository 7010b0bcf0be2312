from __future__ import annotations

import os
import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from corpushub.upkeep.clean import clean
from lineage.commit.publish import finish_pending, publish
from lineage.commit.release import Release
from lineage.control.runs import Run, RunState, start_run
from lineage.control.version_files import version_files
from lineage.control.versions import Version, get_version
from lineage.errors import VersionRetired
from lineage.hub import Hub
from lineage.hub.database import Database
from lineage.hub.home import Home
from lineage.proof.standings import pin, restore, retire
from lineage.questions.documents.population import population
from lineage.questions.export import Format, export
from lineage.questions.find import Scope, find_text
from lineage.questions.trace import trace_document
from lineage.references import DocumentRef, VersionRef
from lineage.storage.files import DataFile
from lineage.storage.parquet import write_documents, write_ledger

OLD = 1_600_000_000


@pytest.fixture
def place(tmp_path: Path) -> Home:
    """An empty hub."""
    return Home(tmp_path / "hub").create()


@pytest.fixture
def db(place: Home) -> Database:
    """Its control database."""
    return Hub(place).db


def commit(hub: Hub, run: str, numbers: list[int], keep: Release | None = None) -> Release:
    """Publish a version of documents *numbers*, and those of *keep*; return what was released."""
    ids = [f"{number:032x}" for number in numbers]
    documents = write_documents(pa.table({"doc_id": ids, "text": [f"text {n}" for n in numbers]}), _data(hub.home, 0))
    rows = {"doc_id": ids, "run": [run] * len(ids), "step": ["release"] * len(ids), "outcome": ["kept"] * len(ids)}
    rows["seq"] = pa.array([0] * len(ids), pa.int16())
    ledger = write_ledger(pa.table(rows), _data(hub.home, 1))
    for file in (documents, ledger):
        os.utime(file.path, (OLD, OLD))
    release = Release(
        Run(run, "fruit", "", "c", "d", "1", RunState.RUNNING),
        [*(keep.documents if keep else ()), documents],
        [*(keep.ledger if keep else ()), ledger],
    )
    start_run(hub.db, release.run)
    publish(hub, release)
    shutil.rmtree(hub.home.runs / run)  # as the driver does
    return release


def _data(home: Home, place: int) -> str:
    return home.data_folder("fruit", "ledger" if place else "documents")


def data_files(hub: Hub, version: Version) -> list[str]:
    """Return the paths of a version's documents files."""
    return [hub.home.resolve(file.path) for file in version_files(hub.db, version, "documents")]


def test_orphans_need_a_grace_period(place: Home, db: Database) -> None:
    """A data file that no version holds is a leftover once it is old enough; nothing else is listed."""
    commit(Hub(place), "r1", [1])
    orphan: DataFile = write_documents(pa.table({"doc_id": ["f" * 32], "text": ["left"]}), _data(place, 0))
    assert clean(Hub(place), remove=True).leftovers == []
    assert [item.path for item in clean(Hub(place), remove=False, grace=0).leftovers] == [orphan.path]
    assert Path(orphan.path).exists()
    assert clean(Hub(place), remove=True, grace=0).removed
    assert not Path(orphan.path).exists()


def test_releases_begun_are_left_alone(place: Home, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver that died while it committed leaves files which the next run needs: they are no leftovers."""
    with monkeypatch.context() as patch:
        patch.setattr("lineage.commit.publish.record_version", _die)
        with pytest.raises(KeyboardInterrupt):
            commit(Hub(place), "r1", [1])
    assert clean(Hub(place), remove=True, grace=0).leftovers == []
    assert [version.number for version in finish_pending(Hub(place), "fruit")] == [1]


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_retired_versions_lose_what_they_alone_hold(place: Home, db: Database) -> None:
    """Files that a version in use shares stay; the retired version is traceable, and reading it says why it cannot."""
    first = commit(Hub(place), "r1", [1])
    commit(Hub(place), "r2", [2], keep=first)
    second = VersionRef("fruit", 2)
    shared, own = [place.resolve(file.path) for file in version_files(db, get_version(db, second), "documents")]
    retire(Hub(place), second, "wrong")
    assert clean(Hub(place), remove=True).leftovers == []
    assert [item.path for item in clean(Hub(place), remove=True, grace=0).leftovers] == [own]
    assert Path(shared).exists()
    assert trace_document(Hub(place), DocumentRef(second, f"{2:032x}")).versions == ("fruit@v2",)
    with pytest.raises(VersionRetired, match="removed"):
        export(Hub(place), second, place.path / "out", Format.JSONL)
    with pytest.raises(VersionRetired, match="removed"):
        restore(Hub(place), second)
    with pytest.raises(VersionRetired, match="removed"):
        find_text(Hub(place), "anything", Scope((second,)))
    with (
        pytest.raises(VersionRetired, match="removed"),
        population(Hub(place), get_version(db, second)),
    ):
        pass
    assert commit(Hub(place), "r3", [3], keep=first).run.id == "r3"
    assert get_version(db, VersionRef("fruit")).number == 3


def test_object_stores_lose_what_retired_versions_held(
    place: Home, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where others may be committing only files of retired versions are leftovers, never unknown ones."""
    first = commit(Hub(place), "r1", [1])
    commit(Hub(place), "r2", [2], keep=first)
    second = get_version(db, VersionRef("fruit", 2))
    own = data_files(Hub(place), second)[1]
    write_documents(pa.table({"doc_id": ["f" * 32], "text": ["left"]}), _data(place, 0))
    retire(Hub(place), VersionRef("fruit", 2), "wrong")
    monkeypatch.setattr("corpushub.upkeep.clean.is_local", lambda path: path != place.warehouse)
    assert clean(Hub(place), remove=True).leftovers == []
    assert [item.path for item in clean(Hub(place), remove=True, grace=0).leftovers] == [own]
    assert not Path(own).exists()


def test_pinned_versions_lose_nothing(place: Home, db: Database) -> None:
    """What a pinned version holds is never a leftover, whatever else is retired."""
    first = commit(Hub(place), "r1", [1])
    commit(Hub(place), "r2", [2], keep=first)
    pin(Hub(place), VersionRef("fruit", 2), "model")
    retire(Hub(place), VersionRef("fruit", 1), "old")
    assert clean(Hub(place), remove=True, grace=0).leftovers == []
    assert all(Path(path).exists() for path in data_files(Hub(place), get_version(db, VersionRef("fruit"))))
