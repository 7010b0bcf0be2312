"""How long pages of the hub in a browser take, side by side with Datasette over the same rows in SQLite.

``python benchmarks/web.py [--corpus FOLDER] [--times 1 100] [--requests 200]``, after ``peers.py setup datasette``.

The corpus is run once, into a version. For each number of --times a version of so many times its documents is made of
it: the same rows under ids of their own. Datasette serves the same rows, with an index on each column that is asked by,
and time enough for all its facets. Both are asked for one page after the other, documents and languages at random. What
Datasette has no page for is asked of ours alone.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from corpus import DATA
from hub_runs import NAME, Job, corpushub, jsonl, run_job
from measure import report, say
from peers import installed, python

from lineage.commit.publish import publish
from lineage.commit.release import Release
from lineage.control.runs import Run, start_run
from lineage.control.version_files import version_files
from lineage.control.versions import get_version
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.hub.home import Home, TableName
from lineage.questions.profiles import read_profiles
from lineage.references import VersionRef
from lineage.statistics.files import write_summary
from lineage.statistics.whole import state_whole
from lineage.storage.files import DataFile
from lineage.storage.parquet import write_documents, write_ledger, write_profiles

GOALS = {"overview": 150, "document": 50, "filtered list": 300, "lineage": 100}
"""Milliseconds that 95 of 100 requests may take."""

SHOWN = ("doc_id", "uri", "source", "license", "language", "text")
INDEXED = ("source", "license", "language")

ROOM = 256
"""How many copies have ids of their own: the first two digits say which copy it is."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and what Datasette answers the same with.

    Attributes:
        name: what it is.
        ours: its address.
        theirs: the one at Datasette; None if that has none.
    """

    name: str
    ours: str
    theirs: str | None


def multiply(home: Path, folder: Path, times: int) -> Path:
    """Make a hub in *folder* with a version of *times* the documents of the one in *home*; return its folder."""
    source, target = Hub(Home(home)), Hub(Home(folder))
    version = get_version(source.db, VersionRef(NAME))
    target.home.create()

    def copied(kind: TableName, write: Callable[[pa.Table, str], DataFile]) -> list[DataFile]:
        files = [source.home.resolve(file.path) for file in version_files(source.db, version, kind)]
        into = target.home.data_folder(NAME, kind)
        found = []
        for copy in range(times):
            for path in files:
                table = pq.read_table(path)
                for column in {"doc_id", "duplicate_of"} & set(table.column_names):
                    rest = pc.utf8_slice_codeunits(table[column], 2)
                    ids = pc.binary_join_element_wise(f"{copy * ROOM // times:02x}", rest, "").cast(pa.string())
                    table = table.set_column(table.column_names.index(column), column, ids)
                found.append(write(table, into))
        return found

    signals = _signals(source, version_files(source.db, version, "documents"))
    run = replace(Run("synthetic", NAME, "[dataset]", "0" * 64, "0" * 64, "0"), counts={}, finished=now())
    start_run(target.db, run)
    documents = copied("documents", lambda table, into: write_documents(table, into, signals))
    ledger = copied("ledger", write_ledger)
    profiles = [write_profiles(read_profiles(source, version), target.home.data_folder(NAME, "profiles"))]
    stated = state_whole(*([file.path for file in files] for files in (documents, ledger, profiles)))
    statistics = [write_summary(stated, target.home.data_folder(NAME, "statistics"))]
    files = (documents, ledger, (), profiles, statistics)

    def grown(counted: Mapping[str, int]) -> dict[str, int]:
        return {name: count * times for name, count in counted.items()}

    release = Release(
        run,
        *files,
        signals=signals,
        licenses=grown(version.licenses),
        languages=grown(version.languages),
        sources=grown(version.sources),
        text_bytes=version.bytes * times,
    )
    publish(target, release)
    source.db.dispose()
    target.db.dispose()
    return folder


def _signals(hub: Hub, files: Sequence[DataFile]) -> dict[str, pa.DataType]:
    from lineage.storage.tables import DOCUMENTS

    schema = pq.read_schema(hub.home.resolve(files[0].path))
    return {field.name: field.type for field in schema if field.name not in DOCUMENTS.names}


def fill(home: Path, database: Path) -> tuple[list[str], list[str]]:
    """Write the rows of the version in *home* into a SQLite *database*; return some ids and all languages."""
    hub = Hub(Home(home))
    ids: list[str] = []
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"CREATE TABLE documents ({', '.join(SHOWN)}, PRIMARY KEY (doc_id))")
        for file in version_files(hub.db, get_version(hub.db, VersionRef(NAME)), "documents"):
            for batch in pq.ParquetFile(hub.home.resolve(file.path)).iter_batches(2000, columns=list(SHOWN)):
                rows = [tuple(row[name] for name in SHOWN) for row in batch.to_pylist()]
                connection.executemany(f"INSERT INTO documents VALUES ({', '.join('?' * len(SHOWN))})", rows)
                ids.append(rows[0][0])
        for name in INDEXED:
            connection.execute(f"CREATE INDEX by_{name} ON documents ({name})")
        connection.commit()
        found = connection.execute("SELECT language FROM documents GROUP BY 1 ORDER BY count(*) DESC LIMIT 20")
        languages = [name for (name,) in found if name]
    hub.db.dispose()
    return ids, languages


def pages(ids: Sequence[str], languages: Sequence[str], draw: random.Random) -> Iterator[Page]:
    """Yield pages of each kind, at random, for ever."""
    facets = "&".join(f"_facet={name}" for name in INDEXED)
    words = ("harbour", "licence", "the", "protocol", "zebra")
    while True:
        doc_id, language, word = draw.choice(ids), draw.choice(languages), draw.choice(words)
        place = f"/d/{NAME}/v1"
        yield Page("overview", place, f"/rows/documents?{facets}&_size=1")
        yield Page("document", f"{place}/doc/{doc_id}", f"/rows/documents/{doc_id}")
        asked = urlencode({"language": language})
        yield Page("filtered list", f"{place}/docs?{asked}", f"/rows/documents?{asked}&{facets}&_size=50")
        yield Page("lineage", f"/lineage/{NAME}@v1", None)
        found = urlencode({"text__contains": word})
        text = urlencode({"text": word})
        yield Page("text search", f"{place}/docs?{text}", f"/rows/documents?{found}&{facets}&_size=50")


@contextmanager
def serving(command: Sequence[str], ready: Callable[[str], str | None]) -> Iterator[str]:
    """Run the server *command*; yield the address that *ready* reads from the first line that tells it."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stderr is not None
    try:
        address = next(filter(None, map(ready, process.stderr)), None)
        if address is None:
            raise SystemExit(f"{command[0]} ended before it served")
        yield address
    finally:
        process.terminate()
        process.wait()
        process.stderr.close()


def our_server(home: Path) -> list[str]:
    """Return the command that serves the hub in *home*."""
    return [corpushub(), "serve", "--bind", "127.0.0.1:0", "--hub", str(home)]


def their_server(database: Path) -> list[str]:
    """Return the command by which Datasette serves *database*, with a minute for each query and facet."""
    limits = [f"--setting {name} 60000".split() for name in ("sql_time_limit_ms", "facet_time_limit_ms")]
    words = [word for limit in limits for word in limit]
    return [str(python("datasette")), "-m", "datasette", "serve", "-i", str(database), "--port", "0", *words]


def address_of(line: str) -> str | None:
    """Return the address that a server says in *line*, None if it says none."""
    found = next((word for word in line.split() if word.startswith("http://127.0.0.1:")), None)
    return found.rstrip("/") if found else None


def asked(address: str, place: str) -> float:
    """Return the milliseconds until the whole answer is there."""
    began = time.perf_counter()
    with urllib.request.urlopen(address + place) as answer:
        answer.read()
    return (time.perf_counter() - began) * 1000


def percentile(times: Sequence[float], percent: int) -> float:
    """Return the value at the rank ceil(n * percent / 100)."""
    return sorted(times)[-(-len(times) * percent // 100) - 1]


def compared(home: Path, folder: Path, requests: int, *, with_peer: bool) -> list[dict[str, object]]:
    """Return a row for each kind of page of the hub in *home*."""
    database = folder / "rows.db"
    say("writing the rows into SQLite")
    ids, languages = fill(home, database)
    ours: dict[str, list[float]] = {}
    theirs: dict[str, list[float]] = {}
    with serving(our_server(home), address_of) as here:
        kinds = pages(ids, languages, random.Random(18))
        there_is = serving(their_server(database), address_of) if with_peer else nobody()
        with there_is as there:
            for _ in range(5 * 3):  # what is asked first loads what later ones have
                one = next(kinds)
                asked(here, one.ours)
                if there and one.theirs:
                    asked(there, one.theirs)
            for number in range(5 * requests):
                one = next(kinds)
                ours.setdefault(one.name, []).append(asked(here, one.ours))
                if there and one.theirs:
                    theirs.setdefault(one.name, []).append(asked(there, one.theirs))
                if number % 50 == 49:
                    say(f"{number + 1} of {5 * requests} pages")
    return [row(name, times, theirs.get(name, [])) for name, times in ours.items()]


@contextmanager
def nobody() -> Iterator[str]:
    """Stand in for a server that is not there."""
    yield ""


def row(name: str, ours: Sequence[float], theirs: Sequence[float]) -> dict[str, object]:
    """Return what a table tells of one kind of page."""
    told: dict[str, object] = {"page": name, "p50 ms": percentile(ours, 50), "p95 ms": percentile(ours, 95)}
    told["goal ms"] = GOALS.get(name)
    if theirs:
        told |= {"Datasette p50 ms": percentile(theirs, 50), "Datasette p95 ms": percentile(theirs, 95)}
        told["times as fast"] = percentile(theirs, 50) / percentile(ours, 50)
    return told


def main() -> int:
    """Make the versions, serve them, and report."""
    parser = argparse.ArgumentParser(description="Measure the hub in a browser beside Datasette.")
    parser.add_argument("--corpus", type=Path, default=DATA / "cut100", help="folder of .jsonl.gz shards")
    parser.add_argument("--hub", type=Path, help=f"a hub with a version of {NAME} that was made before")
    parser.add_argument("--times", type=int, nargs="+", default=[1, 100], help="of its documents; at most 256")
    parser.add_argument("--requests", type=int, default=200, help="of each kind of page")
    parser.add_argument("--scratch", type=Path, help="where to work; 12 GB for a hundredfold of cut100")
    options = parser.parse_args()
    if options.hub is None and not any(options.corpus.glob("*.jsonl.gz")):
        say(f"skipped: no corpus at {options.corpus}")
        return 0
    with_peer = installed("datasette")
    if not with_peer:
        say("Datasette is not set up (benchmarks/peers.py setup datasette); ours alone is measured")
    folder = Path(tempfile.mkdtemp(prefix="web-", dir=options.scratch))
    try:
        home = options.hub
        if home is None:
            say("running the corpus")
            run_job(Job(jsonl(options.corpus), steps=("language",)), folder / "run")
            home = folder / "run" / "hub"
        tables = {}
        for times in options.times:
            part = folder / f"times-{times}"
            part.mkdir()
            if times > 1:
                say(f"making {times} times the documents")
            made = home if times == 1 else multiply(home, part / "hub", times)
            tables[f"{times} times"] = compared(made, part, options.requests, with_peer=with_peer)
            shutil.rmtree(part)
        report("web", tables, ["starlette", "uvicorn"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
