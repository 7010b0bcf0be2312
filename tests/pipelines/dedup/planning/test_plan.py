"""Plans: what is said of a job by counts alone is what a job of that size does."""

from __future__ import annotations

import hashlib
import pickle
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from math import log
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
import pytest

from pipelines.dedup.components.forests import LabelReport
from pipelines.dedup.deduplicate import DedupResult, DedupSettings, deduplicate
from pipelines.dedup.drops import REASONS
from pipelines.dedup.near.candidates import CandidateReport
from pipelines.dedup.near.lsh import bands_for
from pipelines.dedup.planning.layout import Layout
from pipelines.dedup.planning.plan import HEADER, PICKLE, Inventory, StagePlan, plan
from pipelines.execution.stage import R, Task
from pipelines.handover import sections, workfiles
from pipelines.handover.parts import PartFile
from pipelines.handover.sidecar import SidecarRows, write_sidecar
from pipelines.kernels.minhash import MinHasher

ROUTED = DedupSettings(task_documents=60, task_text=20_000, fan=4)
"""Limits so small that a few hundred documents are routed, merged, shipped and followed."""


def write_parts(folder: Path, parts: int, rows: int) -> list[PartFile]:
    """Write sidecars of made-up documents, of which one in four is a copy and one in four nearly one."""
    draw, files = random.Random(1), []
    texts: list[str] = []
    for number in range(parts * rows):
        words = [f"w{draw.randrange(10_000)}" for _ in range(60)] if number % 4 < 2 else draw.choice(texts).split()
        if number % 4 == 3:
            words[draw.randrange(60)] = "changed"
        texts.append(" ".join(words))
    for part in range(parts):
        mine = texts[part * rows : (part + 1) * rows]
        ids = [hashlib.sha256(f"{part} {row}".encode()).digest()[:16] for row in range(rows)]
        contents = [hashlib.sha256(text.encode()).digest() for text in mine]
        sizes, ranks = np.array([*map(len, mine)], np.int64), (np.zeros(rows, np.int64),) * 3
        keys = pa.array(ids, pa.binary(16)), pa.array(contents, pa.binary(32))
        signatures, sets = MinHasher().sketch(pa.array(mine))
        path = f"{folder}/{part:03}"
        write_sidecar(f"{path}.dedup", SidecarRows(*keys, sizes, ranks, signatures, MinHasher(), None, sets))
        files.append(PartFile(path, rows, int(sizes.sum())))
    return files


@dataclass
class Watch:
    """Runs tasks, and counts by their kind what they open and read, and what they say."""

    tasks: Counter[str] = field(default_factory=Counter)
    opens: Counter[str] = field(default_factory=Counter)
    read: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    edges: int = 0
    members: int = 0
    largest: int = 0
    now: str = ""

    def __call__(self, tasks: Sequence[Task[R]], /) -> list[R]:
        """Run *tasks* as another process would get them."""
        self.stages[type(tasks[0]).__name__] += 1
        return [self._run(task) for task in tasks]

    def _run(self, task: Task[R]) -> R:
        pickled = pickle.dumps(task)
        self.now, self.largest = type(task).__name__, max(self.largest, len(pickled))
        self.tasks[self.now] += 1
        report: R = pickle.loads(pickled).run()
        self.now = ""
        if isinstance(report, CandidateReport):
            self.edges += report.edges
        if isinstance(report, LabelReport):
            self.members += report.members
        return report


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Count each file that is opened for reading, and each range of a section that is asked for."""
    counted, opening, read = Watch(), workfiles.reading, sections.Sections.read

    @contextmanager
    def noting(path: str) -> Iterator[pa.NativeFile]:
        with opening(path) as file:
            counted.opens[counted.now] += 1  # a report of an earlier attempt, which is looked for first, is not there
            yield file

    def measuring(self: sections.Sections, name: str, start: int = 0, stop: int | None = None) -> sections.Array:
        values = read(self, name, start, stop)
        counted.read[counted.now] += values.nbytes
        return values

    monkeypatch.setattr(workfiles, "reading", noting)
    monkeypatch.setattr(sections, "reading", noting)
    monkeypatch.setattr(sections.Sections, "read", measuring)
    return counted


def inventory(files: Sequence[PartFile], settings: DedupSettings, watch: Watch, result: DedupResult) -> Inventory:
    """Return what is known of a job once it has been done."""
    documents = sum(file.rows for file in files)
    layout = Layout(documents, len(files), sum(file.bytes for file in files), settings.limits)
    return Inventory(
        layout,
        bands=bands_for(settings.threshold, settings.num_perm).bands,
        dropped=result.counts["exact_duplicate"],
        pairs=result.counts["candidates"] * 20,
        edges=watch.edges,
        members=watch.members,
        near=result.counts["near_duplicate"],
    )


def by_kind(stages: Sequence[StagePlan]) -> dict[str, StagePlan]:
    """Add up the stages of one kind of task."""
    total: dict[str, StagePlan] = {}
    for one in stages:
        before = total.get(one.name, replace(one, tasks=0, opens=0, read=0, written=0))
        total[one.name] = replace(
            one,
            tasks=before.tasks + one.tasks,
            opens=before.opens + one.opens,
            read=before.read + one.read,
            written=before.written + one.written,
        )
    return total


@pytest.mark.parametrize(("settings", "parts"), [(ROUTED, 20), (DedupSettings(), 6)])
def test_a_job_does_what_its_plan_says(tmp_path: Path, watch: Watch, settings: DedupSettings, parts: int) -> None:
    """It has the tasks that are planned; they open and read no more than was said, and not much less."""
    files = write_parts(tmp_path, parts, 12)
    result = deduplicate(files, settings, str(tmp_path / "out"), watch)
    planned = by_kind(plan(inventory(files, settings, watch, result)))

    assert set(planned) == set(watch.tasks)
    assert ("MergeTask" in planned) is (settings == ROUTED)
    for kind, stage in planned.items():
        if kind != "FollowTask":  # planned for the longest chains
            assert watch.tasks[kind] == stage.tasks
        assert watch.opens[kind] <= stage.opens <= 2 * watch.opens[kind]
        assert watch.read[kind] <= stage.read <= 3 * (watch.read[kind] + watch.opens[kind] * HEADER)
    assert watch.largest <= PICKLE


def corpus(documents: int) -> Inventory:
    """Return a corpus of so many documents of 3 KB in parts of 32 MiB, three in ten of them in a pair."""
    text = 3000 * documents
    layout = Layout(documents, -(-text // (32 << 20)), text, DedupSettings().limits)
    found = {"pairs": 2 * documents, "edges": documents * 3 // 2, "members": documents * 3 // 10}
    return Inventory(layout, dropped=documents // 10, near=documents // 8, **found)


def test_work_grows_with_the_corpus() -> None:
    """From ten million documents to ten thousand million all work grows about linearly, and no task with it."""
    small, large = plan(corpus(10**7)), plan(corpus(10**10))
    for measure in ("tasks", "opens", "read", "written"):
        before, after = (sum(getattr(stage, measure) for stage in stages) for stages in (small, large))
        assert log(after / before) / log(1000) < 1.25

    assert max(stage.memory for stage in large) < 1_500_000_000


def test_stages_read_what_was_written_once() -> None:
    """Each stage reads at most three times what was written for it, sidecars aside."""
    for stages in (plan(corpus(10**documents)) for documents in (8, 9, 10)):
        given = by_kind(stages)
        assert given["GroupTask"].read < 3 * given["RouteTask"].written
        assert given["CandidateTask"].read < 3 * given["BandTask"].written
        assert given["VerifyTask"].read < 3 * given["ShipTask"].written


def make_up(task: Task[R]) -> R:
    """Return a report of *task* as one would be, whose paths name files that are not there."""
    kind = type(task)._report  # type: ignore[attr-defined]
    path = f"{task.out}/{task.id}"  # type: ignore[attr-defined]
    made = {"str": path, "list[str]": [path], "int": 3_000_000, "Mapping[str, str]": {}}
    values = {one.name: made.get(str(one.type)) for one in fields(kind)}
    values |= {"id": task.id, "moved": 0, "changed": 0, "mismatch": "", "reasons": dict.fromkeys(REASONS, 0)}
    return cast(R, kind(**{one.name: values[one.name] for one in fields(kind)}))


def test_a_task_is_no_larger_for_more_parts(tmp_path: Path) -> None:
    """With 100,000 parts each task still is pickled in a few KB: it names files that list what it reads."""
    files = [PartFile(f"{tmp_path}/{part:06}", 2_000, 1 << 25) for part in range(100_000)]
    sizes: dict[str, int] = {}

    def measure(tasks: Sequence[Task[R]], /) -> list[R]:
        for task in tasks:
            kind = type(task).__name__
            sizes[kind] = max(sizes.get(kind, 0), len(pickle.dumps(task)))
        return [make_up(task) for task in tasks]

    deduplicate(files, DedupSettings(url=True, task_edges=1 << 20), str(tmp_path / "out"), measure)
    assert {"CheckTask", "RouteTask", "BandTask", "MergeTask", "ShipTask", "FollowTask", "VerdictTask"} <= set(sizes)
    assert max(sizes.values()) <= PICKLE
