"""What must hold wherever a hub keeps its parts: SQLite and a local folder, or PostgreSQL and an S3 store."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from lineage import control, outbox, stores
from lineage.catalog import WriteSet, commit_version, open_catalog, tags
from lineage.control import RunState, Version
from lineage.diff import diff
from lineage.errors import DatasetBusy
from lineage.export import Format, export
from lineage.find import find_text, find_uri
from lineage.history import history, show_run
from lineage.home import Home
from lineage.locks import holder_of, lock_dataset
from lineage.publish import Release, finish_pending, publish
from lineage.reading import open_version
from lineage.references import DocumentRef, RunRef, VersionRef
from lineage.show import show_version
from lineage.sql import ask
from lineage.standing import retire
from lineage.trace import trace_document, trace_version
from lineage.verify import verify_version

NEWEST = VersionRef("fruit")


@pytest.fixture
def home(backed_home: Home) -> Home:
    """A fresh hub with each backing."""
    return backed_home


def test_versions_are_published_and_read(
    home: Home,
    db: Engine,
    publish_version: Callable[..., Version],
    make_id: Callable[[int], str],
    tmp_path: Path,
) -> None:
    """Publish, show, trace, find, diff, ask, export, verify and retire: each works, and finds the same."""
    publish_version("r1", [1, 2, 3])
    publish_version("r2", [1, 5], {2: 1, 3: None}, edition="second")
    shown = show_version(home, NEWEST)
    assert (shown["version"], shown["documents"], shown["parents"]) == ("fruit@v2", 2, ["fruit@v1"])
    assert show_run(home, RunRef("r2"))["state"] == RunState.COMMITTED
    told = trace_document(home, DocumentRef(NEWEST, make_id(2)))
    assert (told["duplicate_of"], told["versions"]) == (make_id(1), ["fruit@v1"])
    assert len(trace_version(home, NEWEST)["nodes"]) == 5
    assert find_uri(home, "https://orchard.example/5")["matches"][0]["outcome"] == "kept"
    assert len(find_text(home, "SECOND")["matches"]) == 2
    found = diff(home, VersionRef("fruit", 1), NEWEST, listed=9)
    assert (found["added"], found["removed"], found["changed"], len(found["documents"])) == (1, 2, 1, 4)
    question = "select count(*) as n, max(text) as t from documents join ledger using (doc_id)"
    (row,) = ask(home, NEWEST, question)["rows"]
    assert (row["n"], row["t"].endswith("second")) == (4, True)
    for form in Format:
        export(home, VersionRef("fruit", 1), tmp_path / form, form)
    assert len((tmp_path / "jsonl" / "documents-00000.jsonl").read_bytes().splitlines()) == 3
    assert verify_version(home, NEWEST)["ok"]
    version = open_version("fruit@v1", home.path)
    assert version.dataset().count_rows() == len(version.relation().fetchall()) == 3
    retire(home, NEWEST, "")
    assert control.get_version(db, NEWEST).number == 1
    assert [bool(item["retired"]) for item in history(home, "fruit")] == [True, False]


def test_iceberg_reads_every_version(home: Home, publish_version: Callable[..., Version]) -> None:
    """Other engines find each version under its tag."""
    publish_version("r1", [1, 2])
    publish_version("r2", [1, 2, 4])
    table = open_catalog(home).load_table(("fruit", "documents"))
    assert list(tags(table)) == ["v1", "v2"]
    rows = [table.scan(snapshot_id=table.metadata.refs[name].snapshot_id).to_arrow().num_rows for name in tags(table)]
    assert rows == [2, 3]


def test_crash_after_the_commit_is_completed(
    home: Home, db: Engine, make_release: Callable[..., Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A driver that dies before it can record its version leaves it to the next command, once."""
    release = make_release("r1", [1, 2])
    control.start_run(db, release.run)
    with monkeypatch.context() as patch:
        patch.setattr(control, "save_version", _die)
        with pytest.raises(KeyboardInterrupt):
            publish(home, db, release)
    assert control.list_versions(db, "fruit") == []
    (version,) = finish_pending(home, db, "fruit")
    assert publish(home, db, release) == version
    assert list(tags(open_catalog(home).load_table(("fruit", "documents")))) == ["v1"]


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_commits_at_once_all_succeed(home: Home, make_release: Callable[..., Release]) -> None:
    """Each writer makes a version, and two drivers of one run make one: nothing is lost or doubled."""
    numbers = (1, 2, 3, 4) if home.catalog == "" else (1, 2)  # the store here is slow, being Python itself
    releases = [make_release(f"r{number}", [number]) for number in (*numbers, numbers[-1])]
    writes = [WriteSet("fruit", release.run.id, release.documents, release.ledger) for release in releases]
    made: list[tuple[str, int]] = []
    threads = [
        threading.Thread(target=lambda one=write: made.append((one.run, commit_version(home, one).number)))
        for write in writes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == len(writes)
    assert sorted(number for _, number in set(made)) == list(numbers)
    table = open_catalog(home).load_table(("fruit", "documents"))
    assert list(tags(table)) == [f"v{number}" for number in numbers]
    assert table.scan().to_arrow().num_rows == 1


def test_one_writer_for_each_dataset(home: Home, tmp_path: Path) -> None:
    """Whoever holds a dataset keeps others out, those of other machines too where the database is shared."""
    other = Home.locate(tmp_path / "another machine").create() if home.catalog else home
    with lock_dataset(home, "fruit", "r1"):
        assert holder_of(home, "fruit") is not None
        assert holder_of(other, "fruit") is not None
        with pytest.raises(DatasetBusy, match="fruit"), lock_dataset(other, "fruit", "r2"):
            pass
        with lock_dataset(other, "bread", "r3"):
            pass
    assert holder_of(other, "fruit") is None
    with lock_dataset(other, "fruit", "r2"):
        assert holder_of(home, "fruit") is not None


def test_missing_object_is_named(home: Home, db: Engine, publish_version: Callable[..., Version]) -> None:
    """Verify says which file of a version is gone."""
    version = publish_version("r1", [1])
    (file,) = control.version_files(db, version, "documents")
    path = home.resolve(file.path)
    assert stores.size(path) == file.bytes
    stores.remove(path)
    assert not stores.exists(path)
    report = verify_version(home, NEWEST)
    assert not report["ok"]
    assert [item["path"] for item in report["mismatches"]] == [file.path]


def test_events_are_kept_with_the_control_database(
    home: Home, db: Engine, make_version: Callable[..., Version]
) -> None:
    """The outbox works wherever the control database is; an event is put in once."""
    make_version("r1", [1])
    run = replace(control.get_run(db, "r1"), finished=control.now())
    control.save_run(db, run)
    for _ in range(2):
        outbox.put(db, run, {"eventType": "START", "eventTime": run.started})
        outbox.catch_up(home, db)
    assert outbox.deliver(home, db) == outbox.Delivery(2, 0)
