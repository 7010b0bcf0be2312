"""What versions cost: committing many files and ledger rows, and tracing one document among millions.

    python benchmarks/versions.py [--folder DIR] [--rows 200000 1000000 5000000] [--files 10000] [--lookups 200]
    python benchmarks/versions.py --rows --versions 10000 --held 100000

Rows are made up, but written, published and looked up by the code that runs use. Commits never open data files, so
the many documents files of the first part are descriptors only. Ledgers are as ten and as sixteen runs leave them, a
file each over all ids, and as `compact` merges them. With --versions, a dataset of so many versions of --held files
each, of which every version changes CHANGED, is asked what people ask.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from sqlalchemy import insert

from lineage.commit.publish import publish
from lineage.commit.release import Release
from lineage.control.runs import Run, RunState, start_run
from lineage.control.version_files import version_files
from lineage.control.versions import Version, save_version
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.hub.database import Database
from lineage.hub.home import Home
from lineage.hub.schema import FILE_SPANS, VERSIONS
from lineage.hub.schema import RUNS as RUN_TABLE
from lineage.questions.diff import diff
from lineage.questions.find import find_id
from lineage.questions.show import show_version
from lineage.questions.trace import trace_document
from lineage.references import DocumentRef, VersionRef
from lineage.rewrite.compact import FILE_ROWS
from lineage.storage.files import DataFile
from lineage.storage.parquet import write_ledger

DATASET = "bench"
RUNS = (10, 16)
CHANGED = 10


def doc_ids(start: int, count: int, share: tuple[int, int] = (0, 1)) -> list[str]:
    """Return *count* ids that lie like hashes in one *share* (which, of how many) of all ids."""
    values = np.random.default_rng(start).integers(0, 256, (count, 16), np.uint8)
    which, shares = share
    values[:, 0] = values[:, 0].astype(int) // shares + 256 * which // shares
    raw = values.tobytes().hex()
    return [raw[at : at + 32] for at in range(0, len(raw), 32)]


def ledger_files(home: Home, rows: int, runs: int = 0) -> tuple[list[DataFile], list[str]]:
    """Write *rows* ledger rows as so many *runs* do, 0: as `compact` does; return the files, and ids that they hold."""
    file_rows = -(-rows // runs) if runs else FILE_ROWS
    shares = -(-rows // file_rows)
    files, known = [], []
    for start in range(0, rows, file_rows):
        count = min(file_rows, rows - start)
        ids = doc_ids(start, count, (0, 1) if runs else (start // file_rows, shares))
        known += ids[:: max(1, count // 100)]
        numbers = pa.array(np.arange(start, start + count))
        table = pa.table(
            {
                "doc_id": ids,
                "seq": pa.array(np.zeros(count, np.int16)),
                "content_id": [one + one for one in ids],
                "run": pa.repeat("r1", count),
                "step": pa.repeat("release", count),
                "outcome": pa.repeat("kept", count),
                "source": pa.repeat("web", count),
                "uri": [f"https://example.org/{number}" for number in range(start, start + count)],
                "file": pa.repeat("crawl/a.warc.gz", count),
                "offset": numbers,
                "length": numbers,
            }
        )
        files.append(write_ledger(table, home.data_folder(DATASET, "ledger")))
    return files, known


def descriptors(home: Home, count: int) -> list[DataFile]:
    """Return *count* descriptors of documents files that need not exist."""
    found = []
    for number in range(count):
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        first, last = sorted((digest[:32], digest[32:]))
        folder = home.data_folder(DATASET, "documents")
        found.append(DataFile(f"{folder}/{digest}.parquet", digest, 1000, 1 << 20, first, last))
    return found


def fresh(folder: Path, name: str) -> tuple[Home, Database, Run]:
    """Return an empty hub with a run that may commit."""
    shutil.rmtree(folder / name, ignore_errors=True)
    home = Home(folder / name, catalog="", warehouse_root="").create()
    db = Hub(home).db
    run = Run("r1", DATASET, "", "c", "d", "1", RunState.RUNNING)
    start_run(db, run)
    return home, db, run


def commit_cost(folder: Path, files: int, rows: int) -> dict[str, float]:
    """Return seconds of the first commit of *files* files with *rows* ledger rows, and of one that adds a file."""
    home, db, run = fresh(folder, "commit")
    ledger, _ = ledger_files(home, rows)
    documents = descriptors(home, files)
    import lineage.iceberg.catalog  # noqa: F401 - a second to import, which a run spends while its workers work

    before = time.perf_counter()
    publish(Hub(home), Release(run, documents, ledger))
    first = time.perf_counter() - before
    second_run = replace(run, id="r2")
    start_run(db, second_run)
    before = time.perf_counter()
    publish(Hub(home), Release(second_run, [*documents, *descriptors(home, files + 1)[-1:]], ledger))
    return {"files": files, "ledger_rows": rows, "first_s": first, "one_more_file_s": time.perf_counter() - before}


def trace_latency(folder: Path, rows: int, lookups: int, runs: int) -> dict[str, float]:
    """Return milliseconds of *lookups* traces of random documents among *rows* ledger rows, in this process.

    cpu_ms is the processor time of one on average, which other work on the machine does not lengthen; first_ms that of
    the first, when no file was opened yet; find_ms that of a `find --id`.
    """
    home, db, run = fresh(folder, "trace")
    ledger, known = ledger_files(home, rows, runs)
    version = Version(DATASET, 1, "r1", None, "0", now(), rows, 0, {}, {}, {}, "c", 0, 0)
    files = [replace(file, path=home.relative(file.path)) for file in ledger]
    save_version(db, version, {"ledger": files}, run)
    wanted = random.Random(0).choices(known, k=lookups)
    times = []
    start = time.process_time()
    trace_document(Hub(home), DocumentRef(VersionRef(DATASET), known[0]))
    first, start = 1000 * (time.process_time() - start), time.process_time()
    for doc_id in wanted:
        before = time.perf_counter()
        found = trace_document(Hub(home), DocumentRef(VersionRef(DATASET), doc_id))
        times.append(1000 * (time.perf_counter() - before))
        if found.versions != (f"{DATASET}@v1",):
            raise SystemExit(f"the trace of {doc_id} is wrong")
    cpu, start = 1000 * (time.process_time() - start) / lookups, time.process_time()
    if not all(find_id(Hub(home), doc_id).matches for doc_id in wanted):
        raise SystemExit("a document is not found")
    find = 1000 * (time.process_time() - start) / lookups
    cuts = statistics.quantiles(times, n=20)
    megabytes = sum(file.bytes for file in ledger) / 1e6
    numbers = {"p50_ms": statistics.median(times), "p95_ms": cuts[18], "max_ms": max(times), "cpu_ms": cpu}
    numbers |= {"first_ms": first, "find_ms": find}
    return {"rows": rows, "runs": runs, "files": len(ledger), "megabytes": megabytes, **numbers}


def many_versions(folder: Path, versions: int, held: int) -> dict[str, float]:
    """Return seconds of questions to a dataset of many *versions*, and of recording one more, and bytes on disk."""
    home, db, run = fresh(folder, "versions")
    ledger, known = ledger_files(home, 100_000)
    first = Version(DATASET, 1, "r1", None, "0", now(), 1, 0, {}, {}, {}, "c", 0, 0)
    made = [replace(first, number=number, run=f"r{number}", parent=number - 1 or None) for number in range(1, versions)]
    files = descriptors(home, held + CHANGED * versions)
    place = {"dataset": DATASET, "table": "documents"}
    spans = [
        {**place, "first": max(1, 2 + (at - held) // CHANGED), "last": 1 + at // CHANGED, **asdict(file)}
        for at, file in enumerate(files)
    ]
    spans = [{**span, "path": home.relative(span["path"])} for span in spans]
    spans = [{**span, "last": span["last"] if span["last"] < versions - 1 else None} for span in spans]
    own = [{**place, "table": "ledger", "first": 1, "last": None, **asdict(file)} for file in ledger]
    with db.begin() as connection:
        connection.execute(insert(RUN_TABLE), [asdict(replace(run, id=one.run)) for one in made[1:]])
        connection.execute(insert(VERSIONS), [asdict(one) for one in made])
        connection.execute(insert(FILE_SPANS), [{**one, "path": home.relative(one["path"])} for one in own] + spans)
    hub, asked = Hub(home), VersionRef(DATASET, versions // 2)
    newest = [file for _, file in sorted((one.path, one) for one in version_files(db, made[-1], "documents"))]
    logged = version_files(db, made[-1], "ledger")
    added = [replace(file, path=home.relative(file.path)) for file in descriptors(home, len(files) + 1)[-1:]]
    then = replace(first, number=versions, run=f"r{versions}", parent=versions - 1)
    start_run(db, replace(run, id=then.run))
    questions: dict[str, Callable[[], object]] = {
        "show_s": lambda: show_version(hub, asked),
        "trace_s": lambda: trace_document(hub, DocumentRef(asked, known[0])),
        "trace_newest_s": lambda: trace_document(hub, DocumentRef(VersionRef(DATASET), known[0])),
        "files_s": lambda: version_files(db, made[len(made) // 2], "documents"),
        "diff_of_same_files_s": lambda: diff(hub, asked, asked),
        "one_more_s": lambda: save_version(db, then, {"documents": [*newest[1:], *added], "ledger": logged}),
    }
    told: dict[str, float] = {"versions": versions, "files": held, "changed": CHANGED}
    for name, question in questions.items():
        before = time.perf_counter()
        question()
        told[name] = time.perf_counter() - before
    return {**told, "database_bytes": (home.path / "hub.sqlite").stat().st_size}


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="where hubs are made; default a temporary folder")
    parser.add_argument("--rows", type=int, nargs="*", default=[200_000, 1_000_000, 5_000_000])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--ledger-rows", type=int, default=1_000_000)
    parser.add_argument("--lookups", type=int, default=200)
    parser.add_argument("--versions", type=int, help="measure a dataset of so many versions instead")
    parser.add_argument("--held", type=int, default=100_000, help="files of each of these versions")
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="corpushub-lineage-"))
    try:
        if given.versions:
            json.dump(many_versions(folder, given.versions, given.held), sys.stdout, indent=1)
            return
        answer: dict[str, object] = {"commit": commit_cost(folder, given.files, given.ledger_rows)}
        answer["trace"] = [
            trace_latency(folder, rows, given.lookups, runs) for rows in given.rows for runs in (*RUNS, 0)
        ]
        json.dump(answer, sys.stdout, indent=1)
    finally:
        for name in ("commit", "trace", "versions"):
            shutil.rmtree(folder / name, ignore_errors=True)


if __name__ == "__main__":
    main()
