"""Measure the full-text index: what it takes to make, how large it is, and how long questions take with and without it.

A version of --documents documents is made of the texts of JSON Lines files (gzip; --texts), cut into pieces of equal
number for each text, and written into documents files of 25,000. Questions are phrases that stand in the texts, drawn
with a seed: of one to four words, frequent and rare ones. A question is asked in this process (warm), and as a command
(cold). ``python benchmarks/words.py --texts FOLDER``
"""

from __future__ import annotations

import argparse
import gzip
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import orjson
import pyarrow as pa
from measure import timed

from corpushub.face.hub import Hub
from corpushub.upkeep.words import index_words
from lineage.control.runs import Run, RunState, start_run
from lineage.control.version_files import version_files
from lineage.control.versions import Version, get_version, save_version
from lineage.hub.home import Home
from lineage.questions.find import Scope, find_text
from lineage.references import VersionRef
from lineage.storage.bounds import Bounds
from lineage.storage.files import DataFile
from lineage.storage.parquet import write_documents, write_ledger
from pipelines.execution.executor import Execution

ROWS = 25_000
"""Documents of a file."""

ASKED = 20
"""Questions of each kind."""


def texts(folder: Path, wanted: int) -> Iterator[str]:
    """Yield *wanted* pieces of the texts of the JSON Lines files in *folder*."""
    found: list[str] = []
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path) as lines:
            found += [orjson.loads(line)["text"] for line in lines]
    each = -(-wanted // len(found))
    pieces = (text[at * len(text) // each : (at + 1) * len(text) // each] for text in found for at in range(each))
    yield from (piece for piece, _ in zip(pieces, range(wanted), strict=False))


def make(home: Home, folder: Path, wanted: int) -> list[str]:
    """Record a version of *wanted* documents without anything else; return some of their texts."""
    hub = Hub(home)
    some: list[str] = []
    files: list[DataFile] = []
    found = texts(folder, wanted)
    while batch := [text for text, _ in zip(found, range(ROWS), strict=False)]:
        first = len(files) * ROWS
        ids = [f"{(first + number) * 2654435761 % 2**64:032x}" for number in range(len(batch))]
        uris = [f"https://host{number % 997}.example/{number}" for number in range(len(batch))]
        table = pa.table({"doc_id": ids, "text": batch, "uri": uris, "source_id": ids, "source": ["s"] * len(ids)})
        files.append(write_documents(table, home.data_folder("bench", "documents")))
        some += batch[::50]
    row = pa.table({"doc_id": [files[0].first_doc_id]})
    ledger = [write_ledger(row, home.data_folder("bench", "ledger"))]
    run = Run("bench", "bench", "", "c" * 64, "d" * 64, "0", state=RunState.COMMITTED)
    start_run(hub.db, run)
    version = Version("bench", 1, "bench", None, "e" * 64, run.started, wanted, 0, {}, {}, {}, "c" * 64, 0, 0)
    place = [_relative(home, file) for file in files]
    save_version(hub.db, version, {"documents": place, "ledger": [_relative(home, one) for one in ledger]}, run)
    return some


def _relative(home: Home, file: DataFile) -> DataFile:
    return DataFile(home.relative(file.path), file.sha256, file.rows, file.bytes, file.first_doc_id, file.last_doc_id)


def phrases(some: Sequence[str], words: int) -> list[str]:
    """Draw phrases of that many words from texts."""
    draw = random.Random(words)
    found: list[str] = []
    while len(found) < ASKED:
        split = draw.choice(some).split()
        at = draw.randrange(max(len(split) - words, 0) + 1)
        if len(split) >= words and len(" ".join(split[at : at + words])) > 3:
            found.append(" ".join(split[at : at + words]))
    return found


def say(what: str, timings: Sequence[tuple[float, float]]) -> None:
    """Print medians and the worst."""
    for kind, seconds in zip(("clock", "processor"), zip(*timings, strict=True), strict=True):
        print(f"{what}: {kind} {statistics.median(seconds) * 1000:.0f} ms median, {max(seconds) * 1000:.0f} ms worst")


def ask(hub: Hub, asked: dict[int, list[str]], how: str) -> None:
    """Ask all questions, of this process and as commands."""
    scope = Scope([VersionRef("bench")], bounds=Bounds(seconds=120.0))
    for words, some in asked.items():
        warm = [timed(partial(find_text, hub, one, scope)) for one in some]
        say(f"{how}, {words} words, warm", warm)
    command = [sys.executable, "-m", "corpushub.cli", "find", "--hub", str(hub.home.path), "--in", "bench", "--text"]
    cold = [timed(partial(subprocess.run, [*command, one], capture_output=True, check=False)) for one in asked[2][:5]]
    say(f"{how}, 2 words, cold command with snippets", cold)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, required=True, help="folder of *.jsonl.gz with texts")
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "hub").create()
        some = make(home, given.texts, given.documents)
        asked = {words: phrases(some, words) for words in (1, 2, 4)}
        hub = Hub(home)
        ask(hub, asked, "read")
        made = [timed(lambda: print(index_words(hub, VersionRef("bench"), Execution(workers=given.workers))))]
        say("making the index", made)
        files = version_files(hub.db, get_version(hub.db, VersionRef("bench")), "documents")
        print(f"documents files {sum(file.bytes for file in files):,} bytes")
        ask(hub, asked, "index")


if __name__ == "__main__":
    main()
