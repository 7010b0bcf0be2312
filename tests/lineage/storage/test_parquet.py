from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.storage.files import DataFile
from lineage.storage.manifest import manifest_root
from lineage.storage.parquet import (
    LEDGER_LAYOUT,
    Layout,
    documents_layout,
    row_groups,
    write_documents,
    write_ledger,
    write_sorted,
)
from lineage.storage.tables import DOCUMENTS, LEDGER

IDS = st.integers(0, 15).map(lambda number: f"{number:032x}")
EVENTS = st.fixed_dictionaries(
    {
        "doc_id": IDS,
        "seq": st.integers(0, 3),
        "outcome": st.sampled_from(["kept", "dropped", "changed"]),
        "reason": st.none() | st.sampled_from(["empty", "gopher_bullets", "c4_lines"]),
        "file": st.sampled_from(["a", "b"]),
        "offset": st.none() | st.integers(0, 9),
        "step": st.sampled_from(["extract", "gopher", "release"]),
    }
)


def chunked(rows: Sequence[Mapping[str, object]], schema: pa.Schema, seed: int) -> pa.Table:
    """Return *rows* in another order and cut into other chunks."""
    chance = random.Random(seed)
    shuffled = chance.sample(rows, len(rows))
    cut = chance.randint(0, len(rows))
    pieces = [pa.Table.from_pylist(list(part), schema) for part in (shuffled[:cut], shuffled[cut:])]
    return pa.concat_tables(pieces)


@settings(max_examples=20, deadline=None)
@given(st.lists(EVENTS, max_size=60), st.integers())
def test_ledger_bytes_do_not_depend_on_order_or_chunks(rows: Sequence[Mapping[str, object]], seed: int) -> None:
    """The same events in any order and chunking give the same file, byte for byte."""
    schema = pa.schema([LEDGER.field(name) for name in EVENTS_COLUMNS])
    with tempfile.TemporaryDirectory() as folder:
        first = write_ledger(pa.Table.from_pylist(rows, schema), f"{folder}/one")
        second = write_ledger(chunked(rows, schema, seed), f"{folder}/two")
        assert Path(first.path).read_bytes() == Path(second.path).read_bytes()
    assert first.sha256 == second.sha256


EVENTS_COLUMNS = ("doc_id", "seq", "outcome", "reason", "file", "offset", "step")


@settings(max_examples=15, deadline=None)
@given(st.dictionaries(IDS, st.none() | st.text(max_size=40), max_size=16), st.integers())
def test_documents_bytes_do_not_depend_on_types_of_the_caller(texts: dict[str, str | None], seed: int) -> None:
    """Large strings, metadata, order and chunks of the caller's table leave no mark on the file."""
    rows = [{"doc_id": key, "text": text, "offset": 7} for key, text in texts.items()]
    plain = pa.schema([("doc_id", pa.string()), ("text", pa.string()), ("offset", pa.int64())])
    other = pa.schema(
        [("offset", pa.int32()), ("text", pa.large_string()), ("doc_id", pa.large_string())], {"who": "me"}
    )
    with tempfile.TemporaryDirectory() as folder:
        first = write_documents(pa.Table.from_pylist(rows, plain), folder)
        second = write_documents(chunked(rows, other, seed), folder)
        assert first == second
        back = pq.read_table(first.path)
    assert back.schema.equals(DOCUMENTS)
    assert dict(zip(back["doc_id"].to_pylist(), back["text"].to_pylist(), strict=True)) == texts


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=40), st.integers(1, 9), st.integers(1, 100))
def test_row_groups_keep_their_bounds(sizes: list[int], group_rows: int, group_bytes: int) -> None:
    """Row groups hold every row once, and exceed the byte bound only with a single row."""
    table = pa.table({"doc_id": [f"{n:032x}" for n in range(len(sizes))], "text": ["x" * size for size in sizes]})
    groups = list(row_groups(table, Layout(table.schema, ("doc_id",), group_rows, group_bytes)))
    assert pa.concat_tables(groups).equals(table)
    for group in groups:
        size = sum(len(text) for text in group["text"].to_pylist())
        assert group.num_rows == 1 or (group.num_rows <= group_rows and size <= group_bytes)


def test_file_describes_itself(tmp_path: Path) -> None:
    """The descriptor names the rows, the range of ids and the digest, which is also the file's name."""
    file = write_ledger(pa.table({"doc_id": ["b" * 32, "a" * 32]}), str(tmp_path))
    assert (file.rows, file.first_doc_id, file.last_doc_id) == (2, "a" * 32, "b" * 32)
    assert Path(file.path) == tmp_path / f"{file.sha256}.parquet"
    assert file.bytes == Path(file.path).stat().st_size
    assert file.may_hold("a" * 31 + "c")
    assert not file.may_hold("c" * 32)
    assert list(tmp_path.iterdir()) == [Path(file.path)]


def test_footer_holds_statistics_of_ids_only(tmp_path: Path) -> None:
    """No footer publishes a text or URI: only doc_id has a minimum and maximum."""
    row = {"doc_id": "a" * 32, "text": "confidential", "uri": "https://confidential.example/"}
    row["captured_at"] = datetime(2024, 1, 1, tzinfo=UTC)  # type: ignore[assignment]
    file = write_documents(pa.Table.from_pylist([row]), str(tmp_path), {"words": pa.int32()})
    content = Path(file.path).read_bytes()
    footer = content[-8 - int.from_bytes(content[-8:-4], "little") :]
    assert b"confidential" not in footer
    metadata = pq.read_metadata(file.path)
    columns = [metadata.row_group(0).column(index) for index in range(metadata.num_columns)]
    assert [c.path_in_schema for c in columns if c.is_stats_set and c.statistics.has_min_max] == ["doc_id"]
    assert metadata.row_group(0).sorting_columns[0].column_index == 1
    assert metadata.metadata is None


def test_empty_table_is_a_file(tmp_path: Path) -> None:
    """A table without rows gives a readable file that holds no id."""
    file = write_ledger(LEDGER.empty_table(), str(tmp_path))
    assert (file.rows, file.first_doc_id) == (0, "")
    assert not file.may_hold("")
    assert pq.read_table(file.path).num_rows == 0


def test_unknown_columns_are_refused(tmp_path: Path) -> None:
    """A column that the ledger does not have, such as a text, cannot slip in."""
    with pytest.raises(ValueError, match="text"):
        write_ledger(pa.table({"doc_id": ["a" * 32], "text": ["secret"]}), str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_stem_stands_before_the_digest(tmp_path: Path) -> None:
    """A stem groups files by name and does not change their bytes."""
    table = pa.table({"doc_id": ["a" * 32]})
    named, plain = (write_sorted(table, str(tmp_path), LEDGER_LAYOUT, stem) for stem in ("shard", ""))
    assert named.sha256 == plain.sha256
    assert Path(named.path).name == f"shard-{plain.sha256}.parquet"


def test_writes_to_any_filesystem(tmp_path: Path) -> None:
    """A URL as folder writes the same bytes there."""
    table = pa.table({"doc_id": ["a" * 32]})
    assert write_ledger(table, "memory://lake/data").sha256 == write_ledger(table, str(tmp_path)).sha256


def test_manifest_root_does_not_depend_on_place_or_order() -> None:
    """The root of a version is that of its bytes, wherever the files stand and however they are listed."""
    files = [DataFile(f"x/{n}", f"{n:064x}", n, n, "", "") for n in range(3)]
    moved = [DataFile(f"y/{n}", f"{n:064x}", n, n, "", "") for n in (2, 0, 1)]
    assert manifest_root(files, []) == manifest_root(moved, [])
    assert manifest_root(files, []) != manifest_root([], files)
    assert manifest_root(files[:2], []) != manifest_root(files, [])


def test_layouts_bound_documents_by_text() -> None:
    """Row groups of documents are bounded by 32 MB of text; those of the ledger by 10,000 rows."""
    assert documents_layout().group_bytes == 32 << 20
    assert LEDGER_LAYOUT.group_rows == 10_000


def test_texts_alone_are_compressed_hard(tmp_path: Path) -> None:
    """Of texts a file is smaller than at zstd's level 1, at which all other columns are; what it holds is the same."""
    chance = random.Random(5)
    words = ["".join(chance.choices("abcdefgh", k=6)) for _ in range(2000)]
    phrases = [" ".join(chance.choices(words, k=5)) for _ in range(2000)]
    rows = [{"doc_id": f"{n:032x}", "text": ". ".join(chance.choices(phrases, k=100))} for n in range(100)]
    table = pq.read_table(write_documents(pa.Table.from_pylist(rows), str(tmp_path)).path)
    pq.write_table(table, tmp_path / "level-1", compression="zstd", compression_level=1, use_dictionary=False)
    (ours,) = tmp_path.glob("*.parquet")

    def stored(path: Path, name: str) -> int:
        column = pq.read_metadata(path).row_group(0).column(table.schema.get_field_index(name))
        assert column.compression == "ZSTD"
        return int(column.total_compressed_size)

    assert stored(ours, "text") < stored(tmp_path / "level-1", "text")
    assert stored(ours, "doc_id") == stored(tmp_path / "level-1", "doc_id")
    assert [(row["doc_id"], row["text"]) for row in table.to_pylist()] == [(row["doc_id"], row["text"]) for row in rows]
