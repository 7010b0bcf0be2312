"""Measure reading of JSON Lines and compression of data files: ``python benchmarks/formats.py``.

One process, seconds of the processor, the least of several rounds that take turns. The first table reads the shards,
and lines of a quarter of a kilobyte made here, by runs of rows and row by row, as lines are that are not plain. The
second writes the documents of the shards at several levels of zstd: texts, and all other columns.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
from corpus import DATA, documents, shards
from measure import report, say

from connectors.batches import Row, batches
from connectors.capture import Extent, Limits, Slice
from connectors.streams.streams import open_stream
from connectors.tables.fields import Fields
from connectors.tables.jsonl import read, row_of
from connectors.tables.lines import split_lines
from lineage.storage.parquet import DOCUMENTS_GROUP_BYTES, DOCUMENTS_GROUP_ROWS, Layout, encode
from pipelines.handover.ids import as_hex, content_ids

LEVELS = (1, 2, 3, 6, 9)
ROUNDS = 4


def by_runs(path: str) -> int:
    """Read the file at *path* as runs do; return its rows."""
    return sum(batch.num_rows for batch in read(Slice(path), {}, Limits(), Extent()))


def row_by_row(path: str) -> int:
    """Read the file at *path* one row at a time; return its rows."""
    fields, limits = Fields.of({}), Limits()

    def rows() -> Iterator[Row]:
        with open_stream(path) as stream:
            for line in split_lines(stream, limits.record_bytes):
                row = row_of(line, stream, fields, limits)
                if row is not None:
                    yield row

    return sum(batch.num_rows for batch in batches(rows(), limits))


def seconds(work: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Return the least processor seconds of each of *work*, done in turns."""
    found = dict.fromkeys(work, float("inf"))
    for _ in range(ROUNDS):
        for name, do in work.items():
            start = time.process_time()
            do()
            found[name] = min(found[name], time.process_time() - start)
    return found


def short_lines(path: Path, count: int = 200_000) -> None:
    """Write *count* records of a quarter of a kilobyte, the same each time."""
    chance = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            text = " ".join(chance.choices(["alpha", "bravo", "chärlie", "delta"], k=25))
            record = {"id": f"d{number}", "text": text, "url": f"http://a.example/{number}", "license": "MIT"}
            file.write(json.dumps({**record, "date": f"2024-01-{1 + number % 28:02}"}, ensure_ascii=False) + "\n")


def all_of(read: Callable[[str], int], paths: list[str]) -> int:
    """Return how many rows *read* finds in *paths*."""
    return sum(map(read, paths))


def reading(name: str, paths: list[str], size: int) -> list[dict[str, Any]]:
    """Return what reading *paths*, *size* bytes decoded, takes."""
    ways = {"runs": by_runs, "row by row": row_by_row}
    found = seconds({way: partial(all_of, read, paths) for way, read in ways.items()})
    return [
        {"file": name, "read by": way, "seconds": spent, "MB/s": size / 1e6 / spent} for way, spent in found.items()
    ]


def writing(folder: Path) -> list[dict[str, Any]]:
    """Return what writing the documents of *folder* takes at each level."""
    records = [document.record for document in documents(folder)]
    text = pa.array([record["text"] for record in records], pa.string())
    ids = as_hex(content_ids(text))
    uris = pa.array([record.get("url") for record in records], pa.string())
    table = pa.table({"doc_id": ids, "content_id": ids, "uri": uris, "text": text}).sort_by("doc_id")
    rows = []
    for title, columns in {"text": ["text"], "other columns": ["doc_id", "content_id", "uri"]}.items():
        part = table.select(columns)
        layout = Layout(part.schema, columns[:1], DOCUMENTS_GROUP_ROWS, DOCUMENTS_GROUP_BYTES, columns[0])
        work = {level: partial(encode, part, layout, level) for level in LEVELS}
        spent = seconds({str(level): do for level, do in work.items()})
        for level, do in work.items():
            took = spent[str(level)]
            rate = part.nbytes / 1e6 / took
            rows.append({"columns": title, "level": level, "seconds": took, "MB/s": rate, "MB stored": do().size / 1e6})
    return rows


def main() -> int:
    """Measure both and print the tables."""
    parser = argparse.ArgumentParser(description="Measure reading of JSON Lines and compression of data files.")
    parser.add_argument("--corpus", type=Path, default=DATA / "cut100", help="folder of .jsonl.gz shards")
    options = parser.parse_args()
    if not shards(options.corpus):
        say(f"skipped: no .jsonl.gz files in {options.corpus}")
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        short = Path(scratch) / "short.jsonl"
        short_lines(short)
        paths = [str(path) for path in shards(options.corpus)]
        stored = sum(sum(map(len, open_decoded(path))) for path in paths)
        tables = {
            "JSON Lines": [
                *reading(options.corpus.name, paths, stored),
                *reading("short lines", [str(short)], short.stat().st_size),
            ],
            "Data files": writing(options.corpus),
        }
    report("formats", tables, ("pyarrow", "orjson", "zlib-ng"))
    return 0


def open_decoded(path: str) -> Iterator[bytes]:
    """Yield the decoded chunks of the file at *path*."""
    with open_stream(path) as stream:
        yield from stream


if __name__ == "__main__":
    sys.exit(main())
