"""Measure erasures: ``python benchmarks/erasure.py [--files 6] [--rows 8000] [--rounds 5] [--workers 2]``.

Per affected file: what a documents file costs to rewrite without two documents, against reading, filtering and writing
it with pyarrow alone with the same compression, in turns in one process. Then a whole erasure, from the search to the
verified receipt, over a hub of three versions of those files: by one process, then of as many other documents by
workers, which have started before.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from measure import report, say

from corpushub.running import rewriters as running
from lineage.commit.publish import publish
from lineage.commit.release import Release
from lineage.control.erasures import Subject
from lineage.control.runs import Run, start_run
from lineage.erasure.erase import ErasureOrder, erase
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.rewrite.files import Rewriters, rewrite_documents
from lineage.storage.files import DataFile
from lineage.storage.parquet import write_documents, write_ledger
from pipelines.execution import warm_processes
from pipelines.execution.executor import Execution

TARGET = 1.5
"""Most that an erasure may cost per affected file, as a multiple of the plain rewrite."""


def make_rows(draw: random.Random, rows: int, words: list[str]) -> pa.Table:
    """Make documents of about 1,600 bytes of text."""
    texts = [" ".join(draw.choices(words, k=250)) for _ in range(rows)]
    ids = [f"{draw.getrandbits(128):032x}" for _ in range(rows)]
    return pa.table(
        {
            "text": texts,
            "doc_id": ids,
            "content_id": [hashlib.sha256(text.encode()).hexdigest() for text in texts],
            "source": ["s"] * rows,
            "source_id": [f"id-{one[:8]}" for one in ids],
            "uri": [f"https://h{one[:2]}.example/{one}" for one in ids],
            "license": ["MIT"] * rows,
            "language": ["en"] * rows,
        }
    )


def plain_rewrite(path: str, doc_ids: frozenset[str], folder: str) -> None:
    """Read, filter and write a file with pyarrow alone, durably, as anybody would."""
    table = pq.read_table(path)
    gone = pc.is_in(table["doc_id"], value_set=pa.array(sorted(doc_ids)))
    target = f"{folder}/plain.parquet"
    pq.write_table(table.filter(pc.invert(gone)), target, compression="zstd", compression_level=3)
    descriptor = os.open(target, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def seconds(work: Callable[[], object]) -> float:
    """Return how long *work* takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def compare(files: list[DataFile], gone: frozenset[str], folder: Path, rounds: int) -> dict[str, float]:
    """Rewrite every file both ways in turns; return medians per file and the median of the ratios."""
    plain, ours, ratios, wanted = [], [], [], pa.array(sorted(gone), pa.string())
    for _ in range(rounds):
        for file in files:
            first = seconds(lambda file=file: plain_rewrite(file.path, gone, str(folder)))  # type: ignore[misc]
            target = str(folder / "rewritten")
            second = seconds(lambda file=file, target=target: rewrite_documents(file.path, wanted, target))  # type: ignore[misc]
            for made in Path(target).glob("*"):
                made.unlink()
            plain.append(first)
            ours.append(second)
            ratios.append(second / first)
    return {
        "plain s": round(statistics.median(plain), 4),
        "erasure s": round(statistics.median(ours), 4),
        "ratio": round(statistics.median(ratios), 3),
    }


def publish_versions(hub: Hub, files: list[DataFile], tables: list[pa.Table]) -> None:
    """Publish three versions: of the first third of the files, of two thirds, of all."""
    for number in (1, 2, 3):
        share = -(-len(files) * number // 3)
        events = pa.concat_tables(
            table.select(["doc_id", "content_id", "source", "source_id", "uri", "license"]) for table in tables[:share]
        )
        rows = len(events)
        fixed = {"run": f"r{number}", "step": "release", "outcome": "kept"}
        for name, value in fixed.items():
            events = events.append_column(name, pa.repeat(pa.scalar(value), rows))
        events = events.append_column("seq", pa.repeat(pa.scalar(0, pa.int16()), rows))
        ledger = write_ledger(events, hub.home.data_folder("d", "ledger"))
        run = Run(f"r{number}", "d", "", "c" * 64, "d" * 64, "1")
        start_run(hub.db, run)
        publish(hub, Release(run, files[:share], [ledger]))


def order_of(tables: list[pa.Table], first: int) -> ErasureOrder:
    """Return the order to erase two documents of each file, from the row *first*."""
    ids = sorted(one for table in tables for one in table["doc_id"][first : first + 2].to_pylist())
    return ErasureOrder(tuple(Subject("doc", one) for one in ids), "a measurement")


def main() -> int:
    """Measure; the exit code is 1 if the ratio is above TARGET."""
    parser = argparse.ArgumentParser(description="Measure erasures.")
    parser.add_argument("--files", type=int, default=6)
    parser.add_argument("--rows", type=int, default=8000, help="of a file; about 1.6 kB of text each")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    draw = random.Random(1)
    words = ["".join(draw.choices("abcdefghijklmnop", k=draw.randint(2, 10))) for _ in range(20_000)]
    with tempfile.TemporaryDirectory(prefix="erasure-") as scratch:
        home = Home(Path(scratch) / "hub", catalog="", warehouse_root="").create()
        tables = [make_rows(draw, options.rows, words) for _ in range(options.files)]
        files = [write_documents(table, home.data_folder("d", "documents")) for table in tables]
        gone = frozenset(one for table in tables for one in table["doc_id"][:2].to_pylist())
        row = {"MB": round(files[0].bytes / 1e6, 1), **compare(files, gone, Path(scratch), options.rounds)}
        say(f"per file: {row}")
        publish_versions(Hub(home), files, tables)
        wholes = [("this process", seconds(lambda: erase(Hub(home), order_of(tables, 0), Rewriters())))]
        running.SMALL = 0
        with running.rewriters_for(home, ".erasure", Execution(workers=options.workers)) as rewriters:
            erase(Hub(home), order_of(tables, 2), rewriters)
            wholes.append(
                (f"{options.workers} workers", seconds(lambda: erase(Hub(home), order_of(tables, 4), rewriters)))
            )
        warm_processes.close()
    total = [
        {"by": by, "files": options.files, "seconds": round(whole, 2), "per file": round(whole / options.files, 3)}
        for by, whole in wholes
    ]
    report("erasure", {"Per affected documents file": [row], "A whole erasure of three versions, verified": total})
    return 0 if row["ratio"] <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
