"""Sorted tables: every range of ids is read without loss and by itself, in files large and small, merged or not."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.execution import merging
from pipelines.execution.in_process import run_tasks
from pipelines.handover import sorted_tables
from pipelines.handover.ids import DOC_ID
from pipelines.handover.lists import name_of, read_list, write_list
from pipelines.handover.sorted_tables import (
    SortedTable,
    cuts,
    low_of,
    range_of,
    read_ranges,
    read_sorted,
    write_sorted,
)

SCHEMA = pa.schema([pa.field("id", DOC_ID), pa.field("word", pa.string()), pa.field("list", pa.list_(pa.int8()))])

# few distinct bytes, so that ids share prefixes, fall on bounds, and end in zeros
IDS = st.lists(st.sampled_from(b"\x00\x01\x7f\x80\xff"), min_size=16, max_size=16).map(bytes) | st.binary(
    min_size=16, max_size=16
)


def table_of(ids: list[bytes]) -> pa.Table:
    """Return a table of *ids*, sorted, each with a word and a list that tell it."""
    ids = sorted(ids)
    columns = [pa.array(ids, DOC_ID), pa.array([one.hex() for one in ids]), pa.array([[len(one)] for one in ids])]
    return pa.table(columns, SCHEMA.names).cast(SCHEMA)


@settings(deadline=None, max_examples=50)
@given(st.lists(IDS, max_size=40), st.integers(1, 9), st.integers(1, 7))
def test_ranges_are_read_without_loss(
    tmp_path_factory: pytest.TempPathFactory, ids: list[bytes], buckets: int, rows: int
) -> None:
    """Every row is in exactly one range, in order, whatever the ids, the ranges asked for and those of the file."""
    path = str(tmp_path_factory.mktemp("ranges") / "table")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorted_tables, "RANGE_ROWS", rows)
        write_sorted(path, table_of(ids), "id")
    pieces = [read_sorted(path, "id", low, high) for low, high in cuts(buckets)]

    assert pa.concat_tables(pieces).equals(table_of(ids))
    assert read_sorted(path, "id").equals(table_of(ids))
    for piece, (low, high) in zip(pieces, cuts(buckets), strict=True):
        assert all(low <= one and (high is None or one < high) for one in piece["id"].to_pylist())
    with SortedTable(path) as table:
        assert len(table) == len(ids)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 5000))
def test_cuts_cover_the_space(ranges: int) -> None:
    """The first range begins at zero, each ends where the next begins, the last is open, and bounds are in theirs."""
    found = cuts(ranges)

    assert (len(found), found[0][0], found[-1][1]) == (ranges, bytes(16), None)
    assert [high for _, high in found[:-1]] == [low for low, _ in found[1:]]
    assert [range_of(low_of(at, ranges), ranges) for at in range(ranges)] == list(range(ranges))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(IDS, max_size=12), min_size=1, max_size=9), st.integers(1, 4), st.integers(1, 200))
def test_merging_keeps_every_row(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[bytes]], rows: int, chunk: int
) -> None:
    """Files are merged in levels until they are few, with the same rows in every range, in any order of the files."""
    folder = tmp_path_factory.mktemp("merged")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorted_tables, "RANGE_ROWS", rows)
        patch.setattr(merging, "FAN", 2)
        patch.setattr(merging, "CHUNK_BYTES", chunk)
        paths = [str(folder / f"{at}.table") for at in range(len(files))]
        for path, ids in zip(paths, files, strict=True):
            write_sorted(path, table_of(ids), "id")
        listed = merging.merge(paths, "id", str(folder / "out"), run_tasks)
        again = merging.merge(paths[::-1], "id", str(folder / "out"), run_tasks)
    everything = table_of([one for ids in files for one in ids])

    assert len(read_list(listed)) <= 2
    assert again == listed
    for low, high in cuts(5):
        found = read_ranges(read_list(listed), SCHEMA, "id", low, high)
        expected = sorted_tables.cut(everything, "id", low, high)
        assert sorted(found["word"].to_pylist()) == expected["word"].to_pylist()


def test_a_range_costs_its_bytes(tmp_path: Path) -> None:
    """A large file is not read for the sake of one range: what is mapped is the end and the range."""
    ids = [(at << 113).to_bytes(16, "big") for at in range(1 << 15)]
    path = str(tmp_path / "table")
    write_sorted(path, table_of(ids), "id")
    low, high = cuts(64)[7]
    with SortedTable(path) as table:
        read: list[int] = []
        table._file = _Counting(table._file, read)
        assert table.read("id", low, high)["id"].to_pylist() == ids[7 << 9 : 8 << 9]
        assert sum(read) < table.size / 30


class _Counting:
    """A file that notes how many bytes are asked of it."""

    def __init__(self, file: pa.NativeFile, read: list[int]) -> None:
        self._file = file
        self._read = read

    def seek(self, at: int) -> None:
        """Go to a place."""
        self._file.seek(at)

    def read_buffer(self, size: int) -> pa.Buffer:
        """Return the next bytes, counted."""
        self._read.append(size)
        return self._file.read_buffer(size)


def test_the_end_of_a_file_of_many_ranges_is_read_in_two_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index longer than what is read at once is read again, whole."""
    monkeypatch.setattr(sorted_tables, "_TAIL", 64)
    monkeypatch.setattr(sorted_tables, "RANGE_ROWS", 1)
    ids = [bytes([at]) * 16 for at in range(256)]
    write_sorted(str(tmp_path / "table"), table_of(ids), "id")

    assert read_sorted(str(tmp_path / "table"), "id").equals(table_of(ids))


def test_a_list_is_named_by_what_it_lists(tmp_path: Path) -> None:
    """Neither the order nor the folder of the files changes its name, and it says where they stand."""
    one = write_list(str(tmp_path), ["/a/2.x", "/a/1.x"])
    other = write_list(str(tmp_path), ["/b/1.x", "/b/2.x"])

    assert name_of(one) == name_of(other) != name_of(write_list(str(tmp_path), ["/a/1.x"]))
    assert read_list(other) == ["/b/1.x", "/b/2.x"]
