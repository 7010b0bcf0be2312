"""Kill whatever changes a hub or hands it out between any two operations: ``python benchmarks/crash_points.py``.

A small hub of three versions is built once. Each trial puts it back, runs an erasure, a withdrawal, a compaction, an
export, or the run of a fourth version from its commit on, in a child process, and kills that with SIGKILL before a
random operation on files or databases. Then the next command runs: for an erasure what every command that writes does
first, for the others the same command. The hub must then be as if nobody had died: every version with its expected
manifest root, its files as they should be, the Iceberg tables in agreement, nothing beside them, no note left, and an
export whole. An erasure that had not begun must leave everything as it was. Whenever it dies, nothing is left outside
the hub, but for what an export had begun, which the next one removes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kill_points import Counter, in_child, killed_before
from measure import say

from corpushub.requests.erase import execute
from corpushub.requests.subjects import Request
from corpushub.requests.withdraw import WithdrawalOptions, WithdrawalRequest
from corpushub.requests.withdraw import execute as withdraw
from corpushub.running.run import run
from corpushub.running.unfinished import finish
from lineage.commit.purge import stray_files
from lineage.control.erasures import list_suppressions
from lineage.control.version_files import version_files
from lineage.control.versions import Version, list_versions, revision_of
from lineage.erasure.notes import read_notes
from lineage.hub import Hub
from lineage.hub.home import Home, TableName
from lineage.iceberg.catalog import live_files_of, open_catalog
from lineage.iceberg.relocate import TABLES
from lineage.proof.verify import verify_version
from lineage.questions.export import Format, export
from lineage.references import VersionRef, tags_of
from lineage.rewrite.compact import compact
from pipelines.execution.executor import Execution

RECIPE = """
[dataset]
name = "d"
[[source]]
name = "s"
connector = "jsonl"
paths = ["data/*.jsonl"]
[dedup]
"""
VERSIONS = 3
WORDS = [f"{first}{last}" for first in "bdfgklmnprst" for last in ("ab", "el", "im", "or", "un")]


class Silent:
    """Shows nobody the progress."""

    def follow(self, journal: Path) -> Any:
        """Follow nothing."""
        return nullcontext()

    def announce(self, stage: str, tasks: Any) -> None:
        """Say nothing."""

    def say(self, words: str) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the trials take place."""

    folder: Path

    @property
    def home(self) -> Home:
        """The hub of the trial."""
        return Home(self.folder / "hub", catalog="", warehouse_root="")

    def write(self, number: int) -> None:
        """Write a source file of which the first record is the subject's."""
        draw = random.Random(number)
        (self.folder / "data").mkdir(exist_ok=True)
        rows = [
            {
                "id": f"{number}-{at}",
                "url": f"https://{'subject' if at == 0 else 'other'}.example/{number}/{at}",
                "text": " ".join(draw.choices(WORDS, k=60)),
            }
            for at in range(6)
        ]
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (self.folder / "data" / f"{number}.jsonl").write_text(text, encoding="utf-8")

    def ingest(self) -> None:
        """Run the recipe."""
        run(Hub(self.home), self.folder / "recipe.toml", Execution(workers=1), Silent())

    def erase(self) -> None:
        """Erase the subject."""
        execute(Hub(self.home), [Request.parse("host:subject.example", "a trial")], None, dry_run=False)

    def withdraw(self) -> None:
        """Take the subject out of the newest version."""
        asked = WithdrawalRequest(VersionRef("d"), ("host:subject.example",), None, "a trial")
        withdraw(Hub(self.home), asked, WithdrawalOptions(), Silent().say)

    def compact(self) -> None:
        """Merge the ledger files."""
        compact(Hub(self.home), "d")

    def export(self) -> None:
        """Hand the newest version out, unless that is done."""
        if not self.out.exists():
            export(Hub(self.home), VersionRef("d"), self.out, Format.JSONL)

    @property
    def out(self) -> Path:
        """Where exports go."""
        return self.folder / "out" / "d"

    @property
    def temporary(self) -> Path:
        """The system's folder of temporary files, as far as the trials know."""
        return self.folder / "tmp"

    def build(self) -> None:
        """Build the hub, and keep a copy of it."""
        for around in (self.out.parent, self.temporary):
            around.mkdir()
        (self.folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
        for number in range(VERSIONS):
            self.write(number)
            self.ingest()
        shutil.copytree(self.folder / "hub", self.folder / "pristine")

    def restore(self) -> None:
        """Put the hub back as it was built, and empty what is around it."""
        for around in (self.out.parent, self.temporary):
            shutil.rmtree(around, ignore_errors=True)
            around.mkdir()
        shutil.rmtree(self.folder / "hub")
        shutil.copytree(self.folder / "pristine", self.folder / "hub")


def state(place: Place) -> dict[str, Any]:
    """Return what the hub holds and what was handed out, and what is wrong with it."""
    hub = Hub(place.home)
    versions = list_versions(hub.db, "d")
    wrong = [f"note {note.erasure.id}" for note in read_notes(hub.home)]
    wrong += [f"mismatch in {one.name}" for one in versions if not verify_version(hub, _ref(one)).ok]
    wrong += [name for name in TABLES if not _agrees(hub, name, versions)]
    return {
        "roots": [one.manifest_root for one in versions],
        "documents": [one.documents for one in versions],
        "suppressed": len(list_suppressions(hub.db)),
        "strays": len(stray_files(hub, "d")),
        "handed out": {
            str(path.relative_to(place.out.parent)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in place.out.parent.rglob("*")
            if path.is_file()
        },
        "wrong": wrong + [f"outside the hub: {path.name}" for path in place.temporary.rglob("*")],
    }


def _agrees(hub: Hub, name: TableName, versions: list[Version]) -> bool:
    """Tell whether an Iceberg table has the tags of each of *versions*, with its snapshot and files, and no more."""
    table, tags = open_catalog(hub.home).load_table(("d", name)), {"main"}
    for one in versions:
        tags |= {*tags_of(one.number, revision_of(hub.db, one))}
        snapshot = table.metadata.snapshot_by_id(table.metadata.refs[f"v{one.number}"].snapshot_id)
        held = {hub.home.resolve(file.path) for file in version_files(hub.db, one, name)}
        if snapshot is None or snapshot.snapshot_id != getattr(one, f"{name}_snapshot"):
            return False
        if {*live_files_of(snapshot, table.io)} != held:
            return False
    return tags == {*table.metadata.refs}


def _ref(version: Version) -> VersionRef:
    return VersionRef(version.dataset, version.number)


@dataclass(frozen=True, slots=True)
class Trials:
    """Trials of one kind.

    Attributes:
        name: commit, erase, withdraw, compact or export.
        work: what is killed.
        recover: what the next command does.
        place: where.
    """

    name: str
    work: Callable[[Counter], None]
    recover: Callable[[], None]
    place: Place

    def child(self, work: Callable[[], Any]) -> Any:
        """Run *work* in a child of its own, as a new command would."""
        return in_child(work, self.place.folder / "answer")

    def after(self, work: Callable[[], Any]) -> dict[str, Any]:
        """Return the state of the hub after *work*."""

        def both() -> dict[str, Any]:
            work()
            return state(self.place)

        return dict(self.child(both))

    def undisturbed(self) -> tuple[int, dict[str, Any]]:
        """Return how many operations there are, and the state of the hub after them."""
        self.place.restore()
        operations = killed_before(0, self.work, self.place.folder / "answer")
        assert operations is not None
        return operations, self.after(lambda: None)

    def trial(self, last: int, before: dict[str, Any], expected: dict[str, Any]) -> str | None:
        """Kill before operation *last* and recover; return what is wrong afterwards, None if nothing is."""
        self.place.restore()
        killed_before(last, self.work, self.place.folder / "answer")
        if left := [path.name for path in self.place.temporary.rglob("*")]:
            return f"operation {last}: left outside the hub: {left}"
        found = self.after(self.recover)
        if self.name == "erase" and not found["suppressed"]:  # it had not begun
            if found["wrong"] or found["roots"] != before["roots"]:
                return f"operation {last}: not as before: {found}"
            found = self.after(self.place.erase)
        return None if _same(found, expected) else f"operation {last}: {found}"


def _same(found: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Compare two states; files that a killed run left unnamed are for ``clean``, an erasure leaves none."""
    strays = found["strays"] == 0 or not found["suppressed"]
    same = all(found[key] == expected[key] for key in ("roots", "documents", "handed out"))
    return strays and not found["wrong"] and same


def committing(place: Place) -> Callable[[Counter], None]:
    """Return a run of a fourth version that counts operations from its commit on."""

    def work(counter: Counter) -> None:
        counter.armed = False
        publish = vars(sys.modules[run.__module__])["publish"]

        def armed(*arguments: Any) -> Any:
            counter.armed = True
            return publish(*arguments)

        vars(sys.modules[run.__module__])["publish"] = armed
        place.write(VERSIONS)
        place.ingest()

    return work


def run_trials(kind: Trials, count: int, draw: random.Random) -> tuple[dict[str, int], list[str]]:
    """Run *count* trials of one kind; return their numbers, and what went wrong."""
    before, failures = kind.after(lambda: None), []
    operations, expected = kind.undisturbed()
    points = sorted(draw.choices(range(1, operations + 1), k=count))
    for number, last in enumerate(points, start=1):
        problem = kind.trial(last, before, expected)
        failures += [f"{kind.name}: {problem}"] if problem else []
        if number % 10 == 0:
            say(f"{kind.name}: {number} of {len(points)} trials, {len(failures)} failures so far")
    kind.place.restore()
    return {"operations": operations, "trials": len(points), "places": len({*points})}, failures


def kinds_of(place: Place) -> list[Trials]:
    """Return what is killed, and what the next command is."""

    def next_command() -> None:
        finish(Hub(place.home))

    return [
        Trials("erase", lambda counter: place.erase(), next_command, place),
        Trials("commit", committing(place), place.ingest, place),
        Trials("withdraw", lambda counter: place.withdraw(), place.withdraw, place),
        Trials("compact", lambda counter: place.compact(), place.compact, place),
        Trials("export", lambda counter: place.export(), place.export, place),
    ]


def main() -> int:
    """Run the trials; the exit code is 1 if one of them ended otherwise than it must."""
    parser = argparse.ArgumentParser(description="Kill what changes a hub between any two operations.")
    parser.add_argument("--points", type=int, default=200, help="trials in all, as many of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["commit", "erase", "withdraw", "compact", "export"])
    parser.add_argument("--scratch", type=Path, help="parent of the scratch folder (default: the system's)")
    options = parser.parse_args()
    draw, failures, summary = random.Random(options.seed), [], {}
    with tempfile.TemporaryDirectory(prefix="crash-", dir=options.scratch) as scratch:
        place = Place(Path(scratch))
        os.environ["TMPDIR"] = tempfile.tempdir = str(place.temporary)
        place.build()
        kinds = [one for one in kinds_of(place) if options.only in {None, one.name}]
        for kind in kinds:
            summary[kind.name], problems = run_trials(kind, options.points // len(kinds), draw)
            failures += problems
    print(json.dumps({"seed": options.seed, "kinds": summary, "failures": failures}))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
