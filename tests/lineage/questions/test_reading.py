from __future__ import annotations

import importlib.util
from collections.abc import Callable

import duckdb
import pyarrow as pa
import pytest

from lineage.commit.release import Release
from lineage.control.versions import Version
from lineage.errors import DamagedFile, MissingLibrary, UnknownReference
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.questions.reading import read_version
from lineage.references import VersionRef


def test_dataset_has_the_rows_of_the_version(
    home: Home, make_version: Callable[..., Version], make_release: Callable[..., Release]
) -> None:
    """A Dataset spans the version's files, with signals that only some of them carry, and no other version's."""
    earlier = make_release("r1", [1, 2], {}, {"words": pa.int32()})
    make_version("r1", [1, 2], {}, {"words": pa.int32()})
    make_version("r2", [3], keeping=earlier)
    version = read_version(Hub(home), VersionRef("fruit"))
    table = version.dataset().to_table(columns=["source_id", "words"])
    assert version.name == "fruit@v2"
    assert sorted(table.to_pylist(), key=lambda row: row["source_id"]) == [
        {"source_id": "Q-1", "words": 1},
        {"source_id": "Q-2", "words": 2},
        {"source_id": "Q-3", "words": None},
    ]
    assert read_version(Hub(home), VersionRef("fruit", 1)).dataset("ledger").count_rows() == 4


def test_relation_reads_the_version_only(home: Home, make_version: Callable[..., Version]) -> None:
    """A DuckDB relation can be refined and outlives the call; its connection reads nothing else."""
    make_version("r1", [1, 2], {3: 1})
    relation = read_version(Hub(home), VersionRef("fruit")).relation("ledger")
    assert relation.filter("outcome = 'dropped'").aggregate("count(*)").fetchall() == [(1,)]
    with pytest.raises(duckdb.PermissionException):
        relation.query("rows", "select * from read_text('/etc/passwd')").fetchall()


def test_empty_version_has_columns(home: Home, make_version: Callable[..., Version]) -> None:
    """A version without documents can be read: no rows, all columns."""
    make_version("r1", [])
    version = read_version(Hub(home), VersionRef("fruit"))
    assert version.dataset().count_rows() == 0
    assert "license" in version.dataset().schema.names
    assert version.relation().fetchall() == []


def test_missing_things_are_named(home: Home, make_version: Callable[..., Version]) -> None:
    """An unknown version and a missing file are told apart."""
    make_version("r1", [1])
    with pytest.raises(UnknownReference):
        read_version(Hub(home), VersionRef("fruit", 9))
    version = read_version(Hub(home), VersionRef("fruit"))
    for path in version.paths():
        home.path.joinpath(path).unlink()
    with pytest.raises(DamagedFile, match="verify"):
        version.dataset()


@pytest.mark.skipif(importlib.util.find_spec("polars") is not None, reason="polars is installed")
def test_frame_names_the_missing_library(home: Home, make_version: Callable[..., Version]) -> None:
    """Without Polars the error says which extra brings it."""
    make_version("r1", [1])
    with pytest.raises(MissingLibrary, match="frames"):
        read_version(Hub(home), VersionRef("fruit")).frame()


def test_frame_is_lazy(home: Home, make_version: Callable[..., Version]) -> None:
    """With Polars a LazyFrame over the version's files is returned."""
    pytest.importorskip("polars", reason="the extra frames is not installed")
    make_version("r1", [1, 2])
    frame = read_version(Hub(home), VersionRef("fruit")).frame()
    assert frame.select("source_id").collect().height == 2
