"""Compile kernels ahead of their use, on all cores: once on a machine, and again those that changed.

Each job gives the kernels of one part of a run something small to do; a recipe needs some of the jobs. They are tasks
of a stage before the first, or each worker would compile the same. Machine code is for the processor that compiled it:
another type of processor that shares the cache folder compiles its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import pyarrow as pa

from pipelines.execution.stage import Report
from pipelines.kernels.compiled import cache_folder, kernels_digest, store

_PAGE = b"<html><body><article><h1>The harbour</h1><p>The ship has left the harbour for the sea.</p></article></body>"
_TEXT = "The ship has left the harbour, and the run_chores that sailed with it will not be home before winter. "


@dataclass(frozen=True, slots=True)
class CompileTask:
    """Compile the kernels of a job, or load what is compiled, and mark that as done.

    Attributes:
        id: the name of the job.
    """

    id: str
    code: str = ""

    @property
    def cost(self) -> int:
        """Return about how many milliseconds it takes."""
        return JOBS[self.id][1]

    def run(self) -> Report:
        """Do the job, and leave the mark."""
        JOBS[self.id][0]()
        store(_marker(self.id), lambda file: None)
        return Report(self.id)

    def load(self, content: Mapping[str, Any]) -> Report:
        """Return the report that crossed processes as JSON."""
        return Report.load(content)


def plan(jobs: Collection[str]) -> list[CompileTask]:
    """Return the tasks of those of *jobs* of which the kernels, as their sources are now, are not known to be compiled.

    No kernel is imported to find that out.
    """
    return [CompileTask(job) for job in JOBS if job in jobs and not is_warm(job)]


def is_warm(job: str) -> bool:
    """Tell whether the kernels of a job have been compiled, as their sources are now; imports none."""
    return (cache_folder() / _marker(job)).exists()


def needed(steps: Iterable[str], pages: bool, duplicates: str, overlaps: bool, units: bool) -> tuple[str, ...]:
    """Return the jobs of a run.

    Args:
        steps: names of its steps; those that are no job of ours have no kernels.
        pages: whether there may be pages among what it reads.
        duplicates: "exact" or "signature", how near-duplicates are verified; empty where none are looked for.
        overlaps: whether it looks for what overlaps benchmarks.
        units: whether it counts lines and paragraphs.
    """
    parts = {
        "texts": True,
        "pages": pages,
        "signatures": bool(duplicates),
        "pairs": bool(duplicates),
        "verification by sets": duplicates == "exact",
        "verification by signatures": duplicates == "signature",
        "overlaps": overlaps,
        "units": units,
    }
    return tuple(sorted({*steps} & {*JOBS} | {name for name, wanted in parts.items() if wanted}))


def warm_up(jobs: Iterable[str] | None = None) -> None:
    """Do *jobs*, all of them by default, in this process, which then holds their machine code."""
    for job in JOBS if jobs is None else jobs:
        CompileTask(job).run()


def _marker(job: str) -> str:
    return f"warm-{job.replace(' ', '-')}-{kernels_digest()}"


def _texts() -> None:
    from pipelines.kernels.canonical import canonical

    canonical(pa.array([_TEXT]))


def _pages() -> None:
    from connectors.capture import CAPTURES, Kind
    from pipelines.captures.bodies import decode
    from pipelines.captures.extract import extract

    page = {"kind": Kind.RECORD.value, "media_type": "text/html", "http_status": 200, "payload": _PAGE}
    extract(decode(pa.RecordBatch.from_pylist([page], schema=CAPTURES)), "main")


def _step(name: str) -> Callable[[], None]:
    def judge() -> None:
        from pipelines.steps import STEPS

        columns = {
            "text": pa.array([_TEXT * 9]),
            "language": pa.array(["en"]),
            "language_score": pa.array([1.0], pa.float32()),
        }
        STEPS[name]()(pa.record_batch(columns))

    return judge


def _overlaps() -> None:
    from pipelines.decontaminate.overlaps import ITEMS, BenchmarkIndex, build_index, find_overlaps

    item = {"benchmark": "warm", "id": "1", "text": _TEXT}
    index, _ = build_index(pa.RecordBatch.from_pylist([item], schema=ITEMS), [(13, 8)])
    with TemporaryDirectory() as folder:
        index.write(f"{folder}/index")
        find_overlaps(pa.array([f"Ahoy! {_TEXT}"]), BenchmarkIndex.read(f"{folder}/index"))


def _signatures() -> None:
    from pipelines.dedup.near.sketches import sketch
    from pipelines.kernels.minhash import MinHasher

    signatures, _ = MinHasher().sketch(pa.array([_TEXT * 9]))
    sketch(signatures)


class _Copies:
    """Rows of documents that all have the same sketch, of one bucket."""

    def __init__(self, count: int) -> None:
        from pipelines.dedup.near.sketches import width

        self.numbers = np.arange(count)
        self._columns: Mapping[str, Any] = {
            "sketch": np.zeros((count, width(128)), np.uint64),
            "winner": self.numbers,
            "doc_id": np.zeros((count, 16), np.uint8),
            "rank": np.zeros((count, 1), np.int64),
            "epoch": self.numbers,
        }

    def take(self, names: Sequence[str], places: Any) -> list[Any]:
        """Return the values of columns at *places*."""
        return [self._columns[name][places] for name in names]


def _pairs() -> None:
    """Find the pairs of a small bucket and of one that is not compared pair by pair."""
    from pipelines.dedup.near.candidates import SMALL, find_pairs
    from pipelines.dedup.near.pairs import Graph

    for count in (2, SMALL + 1):
        edges, _ = find_pairs(np.zeros(count, np.uint64), _Copies(count), 0, (1, 0))
        Graph.of(edges).forest()


def _verify(by_sets: bool) -> Callable[[], None]:
    def verify() -> None:
        from pipelines.dedup.components.survivors import OPEN, Neighbours, walk, walk_estimated
        from pipelines.kernels.shingles import ShingleSets

        first, second = np.zeros(1, np.int64), np.ones(1, np.int64)
        given = Neighbours.of(first, second, 2), np.full(2, OPEN), np.arange(2)
        if by_sets:
            walk(*given, ShingleSets(np.arange(3), np.ones(2, np.uint32)), 0.8)
        else:
            walk_estimated(*given, np.zeros((2, 128), np.uint32), 0.8)

    return verify


def _units() -> None:
    from pipelines.kernels.units import cut_units, distinct_hashes, find_units

    texts = pa.array([f"{_TEXT}\n{_TEXT} Ö\n\nThe ship."])
    for paragraphs in (False, True):
        units = find_units(texts, paragraphs, 15)
        distinct_hashes(units)
        cut_units(texts, units, np.ones(len(units.hashes), np.bool_))


JOBS: Final[Mapping[str, tuple[Callable[[], None], int]]] = {
    "texts": (_texts, 1500),
    "pages": (_pages, 3500),
    "language": (_step("language"), 5500),
    "gopher_quality": (_step("gopher_quality"), 3000),
    "gopher_repetition": (_step("gopher_repetition"), 5000),
    "c4": (_step("c4"), 5000),
    "fineweb_quality": (_step("fineweb_quality"), 4000),
    "signatures": (_signatures, 4000),
    "pairs": (_pairs, 2000),
    "verification by sets": (_verify(True), 1300),
    "verification by signatures": (_verify(False), 1300),
    "overlaps": (_overlaps, 3500),
    "units": (_units, 9000),
}
"""What each job does, and how many milliseconds of a core that takes, about, where nothing is compiled."""
