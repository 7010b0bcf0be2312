"""Files that are damaged anywhere, or expand without end, fail alone and in bounded time."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import random
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from connectors import CONNECTORS
from connectors.capture import CAPTURES, Extent, Limits, Slice
from connectors.errors import MissingSource, UnreadableSource

MUTATIONS = 300
RECORDS = [
    {
        "id": n,
        "text": f"text {n} é " * (1 + n % 7),
        "url": f"http://a.example/{n}",
        "date": "2024-01-02",
        "x": {"a": [n]},
    }
    for n in range(40)
]
FLAT = [{**record, "x": json.dumps(record["x"])} for record in RECORDS]


def as_jsonl(path: Path) -> None:
    """Write the records as JSON Lines."""
    path.write_text("".join(json.dumps(record) + "\n" for record in RECORDS))


def as_gzip(path: Path) -> None:
    """Write them as compressed JSON Lines."""
    as_jsonl(path)
    path.write_bytes(gzip.compress(path.read_bytes(), mtime=0))


def as_json(path: Path) -> None:
    """Write them as a JSON array."""
    path.write_text(json.dumps(RECORDS))


def as_csv(path: Path) -> None:
    """Write them as a table with quoted cells."""
    rows = [",".join(json.dumps(str(value)).replace('\\"', '""') for value in record.values()) for record in FLAT]
    path.write_text("\n".join([",".join(FLAT[0]), *rows]))


def as_sqlite(path: Path) -> None:
    """Write them as a table of a database."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA page_size = 512")
    database.execute("CREATE TABLE docs (id INTEGER PRIMARY KEY, text TEXT, url TEXT, date TEXT, x TEXT)")
    database.executemany("INSERT INTO docs VALUES (:id, :text, :url, :date, :x)", FLAT)
    database.commit()
    database.close()


def parquet_writer(**how: Any) -> Callable[[Path], None]:
    """Return what writes the records as a Parquet file of a kind."""

    def write(path: Path) -> None:
        pq.write_table(pa.Table.from_pylist(RECORDS), path, row_group_size=16, **how)

    return write


WRITERS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "parquet": ("parquet", parquet_writer()),
    "parquet-plain": ("parquet", parquet_writer(compression="none", use_dictionary=False)),
    "parquet-v2": ("parquet", parquet_writer(compression="zstd", data_page_version="2.0")),
    "jsonl": ("jsonl", as_jsonl),
    "gzip": ("jsonl", as_gzip),
    "json": ("json", as_json),
    "csv": ("csv", as_csv),
    "sqlite": ("sqlite", as_sqlite),
}


def mutations(data: bytes, seed: str) -> Iterator[bytes]:
    """Yield *data* with bytes flipped, overwritten, cut out, doubled or cut off: the same ones in every run."""
    chance = random.Random(seed)
    for number in range(MUTATIONS):
        changed = bytearray(data)
        near_end = number % 3 == 0  # where a Parquet file has its footer
        at = chance.randrange(max(0, len(data) - 1200), len(data)) if near_end else chance.randrange(len(data))
        kind = chance.randrange(6)
        if kind <= 2:
            for _ in range(1 + kind):
                changed[min(at + chance.randrange(8), len(data) - 1)] ^= 1 << chance.randrange(8)
        elif kind == 3:
            changed[at : at + 4] = chance.choice([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"])
        elif kind == 4:
            del changed[at : at + chance.randrange(1, 60)]
        else:
            changed[at:at] = changed[at : at + chance.randrange(1, 60)]
        yield bytes(changed)


@pytest.mark.parametrize("kind", WRITERS)
def test_no_damage_raises_what_the_stage_does_not_know(kind: str, tmp_path: Path) -> None:
    """Each of 300 mutated files gives captures that the pipeline can use, or is unreadable; never anything else."""
    connector, write = WRITERS[kind]
    path = tmp_path / "good"
    write(path)
    options = {"table": "docs"} if connector == "sqlite" else {"fields": {"license": "x.a.0"}}
    for data in mutations(path.read_bytes(), kind):
        damaged = tmp_path / "damaged"
        damaged.write_bytes(data)
        try:
            for batch in CONNECTORS[connector].read(Slice(str(damaged)), options, Limits(), Extent()):
                assert batch.schema == CAPTURES
                batch.validate(full=True)
                rows = batch.to_pylist()  # as later stages ask for values: dates and texts must be some
                assert all((row["text"] is None) == (row["failure"] is not None) for row in rows)
        except (UnreadableSource, MissingSource):
            pass


@pytest.mark.parametrize("kind", ["parquet", "parquet-plain", "parquet-v2"])
def test_no_row_of_a_damaged_parquet_file_is_lost(kind: str, tmp_path: Path) -> None:
    """As long as the footer is whole, as many rows come as it promises, read or failed."""
    path = tmp_path / "good"
    WRITERS[kind][1](path)
    data = path.read_bytes()
    end = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    chance = random.Random(kind)
    for _ in range(60):
        changed = bytearray(data)
        changed[chance.randrange(4, end)] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        batches = CONNECTORS["parquet"].read(Slice(str(path)), {}, Limits(), Extent())
        offsets = [offset for batch in batches for offset in batch.column("offset").to_pylist()]
        assert offsets == list(range(len(RECORDS)))


def bomb(name: str, mebibytes: int) -> bytes:
    """Return a compressed stream of so many MiB of spaces."""
    makers: dict[str, Callable[[], Any]] = {
        "gzip": lambda: zlib.compressobj(9, zlib.DEFLATED, 31),
        "bz2": bz2.BZ2Compressor,
        "xz": lambda: lzma.LZMACompressor(preset=0),
        "zstd": lambda: zstandard.ZstdCompressor().compressobj(),
    }
    maker = makers[name]()
    return b"".join([*(maker.compress(b" " * (1 << 20)) for _ in range(mebibytes)), maker.flush()])


@pytest.mark.parametrize("connector", ["jsonl", "json", "csv", "parquet", "sqlite", "warc", "wet", "arc"])
@pytest.mark.parametrize("compression", ["gzip", "bz2", "xz", "zstd"])
def test_a_stream_that_expands_without_end_is_refused(
    compression: str, connector: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file is unreadable, and the message names the limits, as soon as they are passed."""
    monkeypatch.setattr("connectors.capture.FREE_BYTES", 2 << 20)
    path = tmp_path / "bomb"
    start = b"[" if connector == "json" else b""
    path.write_bytes({"json": lambda: _begun(compression, start)}.get(connector, lambda: bomb(compression, 8))())
    options = {"table": "docs"} if connector == "sqlite" else {}
    with pytest.raises(UnreadableSource, match="`expansion`"):
        list(CONNECTORS[connector].read(Slice(str(path)), options, Limits(), Extent()))


def _begun(compression: str, start: bytes) -> bytes:
    one: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "bz2": bz2.compress,
        "xz": lzma.compress,
        "zstd": zstandard.compress,
    }
    return one[compression](start) + bomb(compression, 8)


def test_a_stream_may_not_exceed_the_bytes_of_a_file(tmp_path: Path) -> None:
    """The limit in all holds whatever the ratio, and what keeps within it is read."""
    path = tmp_path / "t.jsonl.gz"
    path.write_bytes(gzip.compress(b"".join(json.dumps({"text": str(n)}).encode() + b"\n" for n in range(5000))))
    read = CONNECTORS["jsonl"].read
    assert sum(batch.num_rows for batch in read(Slice(str(path)), {}, Limits(file_bytes=1 << 20), Extent())) == 5000
    with pytest.raises(UnreadableSource, match="`file_bytes`"):
        list(read(Slice(str(path)), {}, Limits(file_bytes=1 << 14), Extent()))
