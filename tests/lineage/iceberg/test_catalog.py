from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lineage.commit.release import Release
from lineage.errors import CommitConflict, HomeError, RepeatedRun, SchemaConflict
from lineage.hub.home import Home, TableName
from lineage.iceberg import catalog
from lineage.iceberg.catalog import WriteSet, commit_version, open_catalog, tags
from lineage.storage.files import DataFile
from lineage.storage.parquet import LEDGER_LAYOUT, documents_layout, write_documents, write_ledger, write_sorted
from lineage.storage.tables import DOCUMENTS, LEDGER
from policies.spans import EDITS, FINDINGS


def write_set(release: Release) -> WriteSet:
    """Return what *release* commits."""
    return WriteSet("fruit", release.run.id, release.documents, release.ledger, release.signals, {"recipe-digest": "c"})


def rows_of(home: Home, table: TableName, name: str) -> pa.Table:
    """Return the rows that Iceberg itself reads at tag *name*."""
    found = open_catalog(home).load_table(("fruit", table))
    return found.scan(snapshot_id=found.metadata.refs[name].snapshot_id).to_arrow()


def test_each_version_holds_exactly_its_files(home: Home, make_release: Callable[..., Release]) -> None:
    """Versions replace, extend and empty the tables; older ones stay as they were, new signals included."""
    first = make_release("r1", [1, 2], {3: 1}, {"words": pa.int32()})
    second = make_release("r2", [4], {}, {"words": pa.int64(), "symbols": pa.float32()})
    both = WriteSet(
        "fruit", "r2", [*first.documents, *second.documents], [*first.ledger, *second.ledger], second.signals
    )
    assert commit_version(home, write_set(first)).number == 1
    made = commit_version(home, both)
    assert (made.number, made.parent) == (2, 1)
    assert commit_version(home, WriteSet("fruit", "r3", [], [])).number == 3
    assert sorted(rows_of(home, "documents", "v1")["words"].to_pylist()) == [1, 2]
    assert rows_of(home, "documents", "v2").num_rows == 3
    assert [value for value in rows_of(home, "documents", "v2")["symbols"].to_pylist() if value] == [4.0]
    assert rows_of(home, "documents", "v3").num_rows == 0
    assert [rows_of(home, "ledger", name).num_rows for name in ("v1", "v2", "v3")] == [5, 7, 0]
    assert rows_of(home, "documents", "v1")["pii_counts"].to_pylist()[0] == [("EMAIL", 2)]


def test_ledger_of_an_earlier_release_gains_columns(
    home: Home, make_release: Callable[..., Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table made without the last columns gets them with the next version, and both versions can be read."""
    newer = ["edits", "findings"]
    old, folder = pa.schema([field for field in LEDGER if field.name not in newer]), home.data_folder("fruit", "ledger")
    first = make_release("r1", [1, 2])
    rows = pq.read_table(first.ledger[0].path).drop_columns(newer)
    plain = write_sorted(rows, folder, replace(LEDGER_LAYOUT, schema=old))
    with monkeypatch.context() as patch:
        patch.setattr(catalog, "LEDGER", old)
        commit_version(home, WriteSet("fruit", "r1", first.documents, [plain]))
    assert "edits" not in rows_of(home, "ledger", "v1").column_names
    edits = [[{"start": 0, "end": 5, "length": 0}], None, None, None]
    found = [[{"type": "EMAIL", "start": 0, "end": 5, "recognizer": "R", "score": 0.5, "hash": "00"}], None, None, None]
    rows = rows.append_column("edits", pa.array(edits, EDITS)).append_column("findings", pa.array(found, FINDINGS))
    edited = write_ledger(rows, folder)
    commit_version(home, WriteSet("fruit", "r2", first.documents, [plain, edited]))
    for name, column in (("edits", edits), ("findings", found)):
        read = rows_of(home, "ledger", "v2")[name].to_pylist()
        assert [value for value in read if value] == column[:1]  # pyiceberg's reader turns null lists into empty ones
        assert len(read) == 8
    assert rows_of(home, "ledger", "v1").num_rows == 4


def test_documents_of_an_earlier_release_gain_columns(
    home: Home, make_release: Callable[..., Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table and its files made before documents had titles and authors are read beside newer ones."""
    newer = ["title", "author"]
    old = pa.schema([field for field in DOCUMENTS if field.name not in newer])
    folder, first = home.data_folder("fruit", "documents"), make_release("r1", [1, 2])
    rows = pq.read_table(first.documents[0].path).drop_columns(newer)
    plain = write_sorted(rows, folder, replace(documents_layout(), schema=old))
    with monkeypatch.context() as patch:
        patch.setattr(catalog, "DOCUMENTS", old)
        patch.setattr(catalog, "documents_schema", lambda signals: old)
        commit_version(home, WriteSet("fruit", "r1", [plain], first.ledger))
    assert "title" not in rows_of(home, "documents", "v1").column_names
    named = write_documents(rows.append_column("title", pa.array(["Of ships", None])), folder)
    commit_version(home, WriteSet("fruit", "r2", [plain, named], first.ledger))
    assert sorted(filter(None, rows_of(home, "documents", "v2")["title"].to_pylist())) == ["Of ships"]
    assert rows_of(home, "documents", "v2")["author"].null_count == 4


def test_same_run_commits_once(home: Home, make_release: Callable[..., Release]) -> None:
    """A repeated commit gives the same snapshots; the same run id with other files is refused."""
    release = make_release("r1", [1, 2])
    made = commit_version(home, write_set(release))
    assert commit_version(home, write_set(release)) == made
    with pytest.raises(RepeatedRun, match="r1"):
        commit_version(home, write_set(make_release("r1", [1, 2, 3])))
    assert rows_of(home, "documents", "v1").num_rows == 2


def test_two_drivers_of_one_run_do_not_double(home: Home, make_release: Callable[..., Release]) -> None:
    """Drivers that both saw the table before either committed make one version between them."""
    release = make_release("r1", [1, 2], {3: None})
    ready = threading.Barrier(2)
    real = catalog._replace_files
    made, waited = [], set[int]()

    def together(*arguments: object) -> int:
        if threading.get_ident() not in waited:
            waited.add(threading.get_ident())
            with suppress(threading.BrokenBarrierError):
                ready.wait()
        return real(*arguments)  # type: ignore[arg-type]

    def drive() -> None:
        try:
            made.append(commit_version(home, write_set(release)))
        finally:
            ready.abort()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalog, "_replace_files", together)
        drivers = [threading.Thread(target=drive) for _ in range(2)]
        for driver in drivers:
            driver.start()
        for driver in drivers:
            driver.join()
    assert made[0] == made[1]
    assert rows_of(home, "documents", "v1").num_rows == 2
    assert rows_of(home, "ledger", "v1").num_rows == 5


COMMIT_IN_CHILDREN = """
import os, pickle, sys
from pathlib import Path
from lineage.iceberg.catalog import commit_version
from lineage.hub.home import Home

writes = pickle.loads(Path(sys.argv[2]).read_bytes())
children = []
for write in writes:
    child = os.fork()
    if child == 0:
        commit_version(Home(sys.argv[1]), write)
        os._exit(0)
    children.append(child)
sys.exit(sum(os.waitpid(child, 0)[1] != 0 for child in children))
"""


def test_four_processes_commit_at_once(home: Home, make_release: Callable[..., Release], tmp_path: Path) -> None:
    """Two processes for each of two runs, at the same time on a fresh hub: two whole versions, nothing doubled."""
    writes = [write_set(make_release(run, numbers)) for run, numbers in (("r1", [1, 2]), ("r2", [3, 4, 5]))]
    (tmp_path / "writes").write_bytes(pickle.dumps(writes * 2))
    command = [sys.executable, "-c", COMMIT_IN_CHILDREN, str(home.path), str(tmp_path / "writes")]
    assert subprocess.run(command, check=False).returncode == 0
    documents, ledger = (open_catalog(home).load_table(("fruit", table)) for table in ("documents", "ledger"))
    assert list(tags(documents)) == list(tags(ledger)) == ["v1", "v2"]
    sizes = sorted(rows_of(home, "documents", name).num_rows for name in ("v1", "v2"))
    assert sizes == [2, 3]
    for name in ("v1", "v2"):
        kept = set(rows_of(home, "documents", name)["doc_id"].to_pylist())
        assert set(rows_of(home, "ledger", name)["doc_id"].to_pylist()) == kept


def test_losing_every_try_is_an_error(home: Home, make_release: Callable[..., Release]) -> None:
    """A commit that other writers beat every time gives up after a bounded number of tries and says so."""
    release = make_release("r1", [1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalog, "TRIES", 0)
        with pytest.raises(CommitConflict, match="earlier versions are as before"):
            commit_version(home, write_set(release))
    assert commit_version(home, write_set(release)).number == 1


def test_contradicting_signal_is_refused(home: Home, make_release: Callable[..., Release]) -> None:
    """A signal that becomes a string makes no version, and the next run is not disturbed by it."""
    commit_version(home, write_set(make_release("r1", [1], {}, {"words": pa.int32()})))
    with pytest.raises(SchemaConflict, match="words"):
        commit_version(home, write_set(make_release("r2", [1], {}, {"words": pa.string()})))
    assert commit_version(home, write_set(make_release("r3", [1, 2], {}, {"words": pa.int32()}))).number == 2
    assert rows_of(home, "documents", "v2").num_rows == 2


def test_metadata_holds_no_text_or_uri(home: Home, make_release: Callable[..., Release]) -> None:
    """Neither manifests nor metadata of Iceberg hold a byte of a text or URI, and bounds exist for doc_id only."""
    commit_version(home, write_set(make_release("r1", [1, 2], {3: 1})))
    for path in Path(home.warehouse).rglob("metadata/*"):
        content = path.read_bytes()
        assert b"quince" not in content
        assert b"orchard.example" not in content
    for name in ("documents", "ledger"):
        table = open_catalog(home).load_table(("fruit", name))
        column = table.schema().find_field("doc_id").field_id
        for file in catalog.live_files(table).values():
            assert set(file.lower_bounds) == set(file.upper_bounds) == {column}
            assert "quince" not in repr(file)


def test_iceberg_prunes_by_id(home: Home, make_release: Callable[..., Release], make_id: Callable[[int], str]) -> None:
    """Descriptors made without opening files let Iceberg skip those that cannot hold an id."""
    documents = [
        write_documents(pa.table({"doc_id": [make_id(n)], "text": ["quince"]}), home.data_folder("fruit", "documents"))
        for n in range(4)
    ]
    commit_version(home, WriteSet("fruit", "r1", documents, []))
    table = open_catalog(home).load_table(("fruit", "documents"))
    tasks = list(table.scan(row_filter=f"doc_id == '{make_id(2)}'").plan_files())
    assert [task.file.file_path for task in tasks] == [home.resolve(documents[2].path)]


def test_files_outside_the_warehouse_are_refused(home: Home) -> None:
    """A file that stands elsewhere is named, and nothing is committed."""
    with pytest.raises(HomeError, match="/elsewhere/x"):
        commit_version(home, WriteSet("fruit", "r1", [DataFile("/elsewhere/x.parquet", "0" * 64, 1, 1, "a", "a")], []))
