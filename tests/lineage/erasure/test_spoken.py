"""Files are searched for what they hold: raw, decompressed and column by column; what cannot be read is named."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from lineage.erasure.search import overlapping
from lineage.erasure.spellings import OVERLAP, Spelling, Wanted, is_in_blocks, table_of
from lineage.erasure.spoken import search_spoken
from lineage.rewrite.chores import keep_table

NEEDLE = "zq.ann@mail.example.org"
SPELLED = Spelling("(?i)zq[.]ann@mail", r"(?i)(?<![a-z])zq[.]ann@mail[.]example[.]org(?![a-z])")
KEPT = "crawls of zq.ann@mail.example.org"
LINE = f"a line of {NEEDLE} and more\n".encode() * 3


@pytest.fixture
def wanted(tmp_path: Path) -> str:
    """Return where the spellings stand that are looked for."""
    return keep_table(str(tmp_path / "notes"), "r", table_of(Wanted((SPELLED,), frozenset([KEPT, NEEDLE]), kept=True)))


def write(path: Path) -> None:
    """Write a file that holds NEEDLE, in the form that its name says."""
    table = pa.table({"a": [["none", NEEDLE]], "b": [{"c": "x", "d": 1}]})
    kind = path.suffix
    if kind == ".parquet":
        pq.write_table(table, path, compression="zstd")
    elif kind == ".arrow":
        codec = pa.ipc.IpcWriteOptions(compression="zstd")
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema, options=codec) as out:
            out.write_table(table)
    elif kind == ".gz":
        path.write_bytes(gzip.compress(LINE))
    elif kind == ".zst":
        path.write_bytes(zstandard.compress(LINE))
    else:
        path.write_bytes(LINE)


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.json.gz", "a.jsonl.zst", "a.json", "a.txt", "checkpoint"])
def test_a_value_is_found_in_every_form(name: str, tmp_path: Path, wanted: str) -> None:
    """Compressed or not, in a column or in plain bytes; and what says so does not repeat it."""
    write(tmp_path / name)
    problem = search_spoken(str(tmp_path / name), wanted)

    assert problem is not None
    assert "zq" not in problem


@pytest.mark.parametrize("column", ["source", "file", "doc_id"])
def test_names_of_sources_are_not_searched(column: str, tmp_path: Path, wanted: str) -> None:
    """They stand in statements; the answer says that they are not looked at."""
    pq.write_table(pa.table({column: [NEEDLE]}), tmp_path / "a.parquet", compression="zstd")

    assert search_spoken(str(tmp_path / "a.parquet"), wanted) is None


def test_what_events_tell_of_stays(tmp_path: Path, wanted: str) -> None:
    """A name on record that holds the value is no finding as a whole string of an event; anything more is one."""
    path = tmp_path / "openlineage" / "2026-01.ndjson"
    path.parent.mkdir()
    for told, left in (
        ([KEPT, NEEDLE], False),
        ([KEPT + "."], True),
        ([f"{KEPT} {NEEDLE}"], True),
        ([KEPT, {f"x {NEEDLE}": 1}], True),
    ):
        path.write_bytes(orjson.dumps({"a": "b"}) + b"\n" + orjson.dumps({"inputs": told}) + b"\n")
        assert (search_spoken(str(path), wanted) is not None) is left, told
    path.write_text(f"no JSON, {KEPT}")
    assert search_spoken(str(path), wanted) is not None


@pytest.mark.parametrize("name", ["a.json", "a.parquet", "a.json.gz", "metadata", "catalog.sqlite", "hub.sqlite"])
def test_what_stays_hides_nothing_elsewhere(name: str, tmp_path: Path, wanted: str) -> None:
    """A name or reason on record, though it be the value itself, is left over wherever else it stands.

    Only the control database is not searched as bytes then: its rows are read.
    """
    write(tmp_path / name)

    assert (search_spoken(str(tmp_path / name), wanted) is None) is (name == "hub.sqlite")


def test_what_cannot_be_read_is_named(tmp_path: Path, wanted: str) -> None:
    """A file that is damaged, or compressed in a way that nothing of a hub is, counts as something left."""
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(LINE)[:-20])
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x", LINE)

    assert search_spoken(str(tmp_path / "a.json.gz"), wanted) is not None
    assert search_spoken(str(tmp_path / "a.zip"), wanted) is not None
    assert search_spoken(str(tmp_path / "gone.json"), wanted) is None


@pytest.mark.parametrize("cut", [*range(1, 60, 7), 5000, 9000])
def test_no_cut_hides_or_makes_a_value(cut: int) -> None:
    """Wherever blocks end the value is found, and another's that begins with the same is not."""
    held, other = (
        b"x" * 9000 + b" " + NEEDLE.encode() + b" " + b"y" * 9000,
        b"x" * 9000 + b" " + NEEDLE.encode() + b"anic",
    )
    for content, found in ((held, True), (other + b"y" * 9000, False)):
        at = 9000 + cut if cut < 100 else cut
        pieces = iter([content[:at], content[at:]])
        assert is_in_blocks(overlapping(pieces, OVERLAP), [SPELLED]) is found
