"""What corpora of a million to ten thousand million documents would take: every stage planned, by counts alone.

    python benchmarks/scale.py [--documents 6 7 8 9 10] [--markdown]

Documents are as a web crawl has them (see CRAWL), spread evenly; three in ten are near-duplicates of another. The
numbers of tasks come from the functions that cut the work of a real run; the sizes of pickled tasks and what the driver
holds for one are measured here, on tasks that are made as a run makes them. A test holds the plan of deduplication
against the files and bytes that a real job opens (tests/pipelines/dedup). Money is a list price, see PRICES.
"""

from __future__ import annotations

import argparse
import json
import math
import pickle
import sys
import tempfile
import tracemalloc
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from connectors.streams.files import SourceFile
from corpushub.recipe.inputs import Input
from corpushub.recipe.job import annotate_tasks, dedup_settings, slice_bytes
from corpushub.recipe.loading import load_recipe
from corpushub.recipe.model import Recipe
from corpushub.recipe.rights import Rights
from pipelines.annotate.stage import AnnotateReport, AnnotateTask
from pipelines.captures import revisits
from pipelines.dedup.near.lsh import bands_for
from pipelines.dedup.planning import plan as dedup_plan
from pipelines.dedup.planning.layout import Layout
from pipelines.dedup.planning.plan import Inventory, StagePlan
from pipelines.execution.engines.parcels import Parcel
from pipelines.execution.merging import CHUNK_BYTES, FAN
from pipelines.handover.parts import PART_TEXT_BYTES, WrittenPart
from pipelines.release import record
from pipelines.release.stage import GROUP_TEXT_BYTES

RECIPE = """
[dataset]
name = "crawl"
[[source]]
name = "crawl"
connector = "jsonl"
paths = ["crawl/*.jsonl"]
[[step]]
use = "language"
[[step]]
use = "gopher_quality"
[dedup]
[pii]
"""


@dataclass(frozen=True, slots=True)
class Crawl:
    """What a document is like, in bytes and shares.

    Attributes:
        stored: bytes of its page in an archive, compressed.
        text: bytes of its text.
        file: bytes of an archive.
        events: rows of the ledger for each document.
        event: bytes of one between stages.
        kept: share of documents that are released.
        near, exact: shares of documents that are near-duplicates, and copies, of another.
        pairs: candidates for each near-duplicate.
        compressed: bytes of a released document in its data file.
        seconds: processor seconds for a document, from its bytes in the store to the ledger: half as much again as the
            WARC job of docs/benchmarks.md takes (4 ms, all filters), for personal data.
    """

    stored: int = 33_000
    text: int = 3_000
    file: int = 1_000_000_000
    events: float = 1.4
    event: int = 456
    kept: float = 0.6
    near: float = 0.3
    exact: float = 0.1
    pairs: float = 2.0
    compressed: int = 1_150
    seconds: float = 0.006


CRAWL = Crawl()


@dataclass(frozen=True, slots=True)
class Prices:
    """List prices in dollars: of a core for an hour, of a thousand requests that read and that write, of a TB-month."""

    core_hour: float = 0.04
    thousand_reads: float = 0.0004
    thousand_writes: float = 0.005
    terabyte_month: float = 23.0


PRICES = Prices()


def plan(documents: int, crawl: Crawl = CRAWL) -> list[StagePlan]:
    """Return the stages of a run over so many documents, in order."""
    stored, text = documents * crawl.stored, documents * crawl.text
    files, slices = -(-stored // crawl.file), _slices(documents, crawl)
    parts, groups = max(slices, -(-text // PART_TEXT_BYTES)), max(1, -(-text // GROUP_TEXT_BYTES[1]))
    events = int(documents * crawl.events)
    sidecar = documents * (1_100 + crawl.text // 2)
    fragments = events * crawl.event
    stages = [
        StagePlan("DigestTask", files, files, stored, 0, 1 << 20),
        StagePlan("AnnotateTask", slices, slices, stored, text + sidecar + fragments, _annotating(documents, crawl)),
    ]
    stages += _merged("revisits", slices, documents * 2 * 49)
    resolving = len(revisits.plan("list", 2 * documents, "out"))
    opens = resolving * (1 + min(slices, FAN))
    stages += [StagePlan("ResolveTask", resolving, opens, documents * 2 * 49, 0, 100 * revisits.CAPTURES_PER_TASK)]
    stages += _dedup(documents, parts, text, crawl)
    read, written = text + documents * 40, int(documents * crawl.kept * crawl.compressed) + int(fragments * 0.7)
    opens = parts * 2 + groups
    stages += [StagePlan("ReleaseTask", groups, opens, read, written, 3 * GROUP_TEXT_BYTES[1])]
    stages += [StagePlan("IndexTask", groups, opens, documents * 700, documents * 260, GROUP_TEXT_BYTES[1] // 2)]
    stages += _merged("record", slices + groups, fragments)
    recording = len(record.plan(record.Fragments("list", "list"), events, "run", "ledger", "out"))
    opens = recording * (2 + min(slices + groups, FAN))
    return [*stages, StagePlan("RecordTask", recording, opens, fragments, events * 90, 1_500 * record.EVENTS_PER_FILE)]


def _slices(documents: int, crawl: Crawl) -> int:
    stored = documents * crawl.stored
    size = min(slice_bytes(stored), crawl.file)
    return max(1, -(-stored // crawl.file) * -(-crawl.file // size) if stored > crawl.file else -(-stored // size))


def _annotating(documents: int, crawl: Crawl) -> int:
    """Bytes that a task holds: the events of its slice, the keys of an open part, a batch, and what is loaded."""
    inside = documents // _slices(documents, crawl) + 1
    return int(inside * crawl.events * crawl.event) + PART_TEXT_BYTES // crawl.text * 2_600 + (400 << 20)


def _merged(stage: str, files: int, size: int) -> list[StagePlan]:
    """Plan the merging of *files* of *size* bytes in all until they are FAN, as pipelines.execution.merging does."""
    stages = []
    while files > FAN:
        tasks = -(-files // FAN)
        stages.append(StagePlan(f"MergeTask ({stage})", tasks, files + tasks, size, size, 3 * CHUNK_BYTES))
        files = tasks
    return stages


def _dedup(documents: int, parts: int, text: int, crawl: Crawl) -> list[StagePlan]:
    settings = dedup_settings(_recipe())
    near = int(documents * crawl.near)
    pairs = int(near * crawl.pairs)
    inventory = Inventory(
        Layout(documents, parts, text, settings.limits),
        num_perm=settings.num_perm,
        bands=bands_for(settings.threshold, settings.num_perm).bands,
        dropped=int(documents * crawl.exact),
        pairs=3 * pairs,
        edges=2 * near,
        members=int(1.5 * near),
        near=near,
    )
    return dedup_plan.plan(inventory)


def _recipe() -> Recipe:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "recipe.toml").write_text(RECIPE, encoding="utf-8")
        return load_recipe(Path(folder) / "recipe.toml")[0]


@dataclass(frozen=True, slots=True)
class Measured:
    """Bytes of the largest pickled task and its parcel, and what a driver holds for a task and its report."""

    pickle: int
    parcel: int
    held: int


def measure(count: int = 2_000) -> Measured:
    """Make *count* annotate tasks and reports as a run does, and measure them."""
    recipe = _recipe()
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        inputs = [Input(recipe.source[0], SourceFile(file.name, "a.jsonl", 1), "0" * 64)]
        (model,) = annotate_tasks(recipe, Rights(), inputs, inputs, "s3://corpora/between/hub/crawl/annotate")
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tasks = [_task(model, f"segment-{at:09}.jsonl", f"{at:064}") for at in range(count)]
    reports = {task.id: _report(task) for task in tasks}
    held = (tracemalloc.get_traced_memory()[0] - before) // len(tasks)
    tracemalloc.stop()
    largest = max(len(pickle.dumps(task)) for task in tasks[:50])
    sent = Parcel("s3://corpora/between/hub/crawl/collected-1234567-123456789012345.json.sent", 0, 1 << 20, bytes(32))
    parcel = len(pickle.dumps(sent))
    return Measured(largest, parcel, held if reports else 0)


def _task(model: AnnotateTask, name: str, sha256: str) -> AnnotateTask:
    piece = replace(model.slice, path=f"s3://corpora/crawl/{name}", end=64 << 20)
    return replace(model, slice=piece, name=name, file_digest=sha256, size=64 << 20)


def _report(task: AnnotateTask) -> AnnotateReport:
    parts = [asdict(WrittenPart(f"AnnotateTask-{task.id}-{at:04}", 10_000, PART_TEXT_BYTES)) for at in range(3)]
    reasons = {f"reason_{at}": 1000 + at for at in range(20)}
    content = {"id": task.id, "parts": parts, "read": 20_000, "rows": 20_000, "bytes_in": 1 << 30, "begins": 0}
    events = {"kept": {"": 10_000}, "dropped": reasons, "failed": {"truncated": 1, "bad_record": 2}}
    return AnnotateReport.load(json.loads(json.dumps({**content, "ends": None, "events": events, "captures": [0, 0]})))


@dataclass(frozen=True, slots=True)
class Total:
    """What a run takes in all.

    Attributes:
        documents: of it.
        tasks, opens, read, written: of all stages together.
        memory: bytes of the largest task.
        largest: the stage that it is of.
        driver: bytes that the driver holds at most, at the stage with the most tasks.
        graph: bytes of the largest graph that is handed to an engine.
    """

    documents: int
    tasks: int
    opens: int
    read: int
    written: int
    memory: int
    largest: str
    driver: int
    graph: int


def total(documents: int, stages: Sequence[StagePlan], measured: Measured) -> Total:
    """Add *stages* up."""
    largest = max(stages, key=lambda stage: stage.memory)
    most = max(stage.tasks for stage in stages)
    return Total(
        documents=documents,
        tasks=sum(stage.tasks for stage in stages),
        opens=sum(stage.opens for stage in stages),
        read=sum(stage.read for stage in stages),
        written=sum(stage.written for stage in stages),
        memory=largest.memory,
        largest=largest.name,
        driver=(250 << 20) + most * measured.held,
        graph=most * measured.parcel,
    )


def exponents(totals: Sequence[Total]) -> dict[str, list[float]]:
    """Return how each sum grows from each number of documents to the next, and over all: 1 is in proportion.

    Sums grow in steps, where files become so many that they are merged once more.
    """
    found: dict[str, list[float]] = {}
    for name in ("tasks", "opens", "read", "written"):
        values = [(one.documents, getattr(one, name)) for one in totals]
        pairs = [*pairwise(values), (values[0], values[-1])] if len(values) > 1 else []
        found[name] = [round(math.log(b / a) / math.log(n / m), 3) for (m, a), (n, b) in pairs]
    return found


@dataclass(frozen=True, slots=True)
class Bill:
    """What a corpus of so many stored bytes costs.

    Attributes:
        stored: bytes of its archives.
        documents: that these hold.
        core_hours: of processors.
        cores: with which it is done in *hours*.
        reads, writes: requests to the store.
        work: bytes between stages, for the time of the run.
        dollars: cores and requests.
        month: of keeping documents, ledger and index for a month.
    """

    stored: int
    documents: int
    core_hours: float
    cores: int
    hours: float
    reads: int
    writes: int
    work: int
    dollars: float
    month: float


READS_AN_OPEN = 3
"""Requests for the end of a file, for its columns' places, and for a range: of small files one is enough."""


def bill(stored: int, cores: int, crawl: Crawl = CRAWL, prices: Prices = PRICES) -> Bill:
    """Return what a corpus of *stored* bytes costs on so many *cores*."""
    documents = stored // crawl.stored
    stages = plan(documents, crawl)
    reads = READS_AN_OPEN * sum(stage.opens for stage in stages)
    writes = 2 * sum(stage.tasks for stage in stages)
    hours = documents * crawl.seconds / 3600
    kept = documents * (crawl.kept * crawl.compressed + crawl.events * 90 + 260)
    dollars = hours * prices.core_hour + reads / 1000 * prices.thousand_reads + writes / 1000 * prices.thousand_writes
    month = kept / 1e12 * prices.terabyte_month
    work = sum(stage.written for stage in stages)
    return Bill(stored, documents, hours, cores, hours / cores, reads, writes, work, dollars, month)


def main() -> None:
    """Plan, and print tables or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, nargs="*", default=[6, 7, 8, 9, 10], help="powers of ten")
    parser.add_argument("--markdown", action="store_true", help="print the tables of docs/scale.md")
    given = parser.parse_args()
    measured = measure()
    counts = [10**power for power in given.documents]
    plans = {count: plan(count) for count in counts}
    totals = [total(count, stages, measured) for count, stages in plans.items()]
    bills = [bill(10**12, 64), bill(10**14, 2048), bill(10**16, 32768)]
    if given.markdown:
        print(_tables(plans, totals, bills))
        return
    answer: dict[str, Any] = {
        "measured": asdict(measured),
        "totals": [asdict(one) for one in totals],
        "exponents": exponents(totals),
        "stages": {str(count): [asdict(stage) for stage in stages] for count, stages in plans.items()},
        "bills": [asdict(one) for one in bills],
    }
    json.dump(answer, sys.stdout, indent=1)


def _tables(plans: dict[int, list[StagePlan]], totals: Sequence[Total], bills: Sequence[Bill]) -> str:
    sums = [
        [
            *(_power(one.documents), one.tasks, one.opens, _size(one.read), _size(one.written)),
            *(f"{_size(one.memory)} ({one.largest})", _size(one.driver), _size(one.graph)),
        ]
        for one in totals
    ]
    names = ["documents", "tasks", "files opened", "read", "written", "largest task", "driver", "graph"]
    lines = _table(names, sums)
    grown = [[name, *(f"{value:.3f}" for value in values)] for name, values in exponents(totals).items()]
    lines += _table(["exponent", *(f"to {_power(one.documents)}" for one in totals[1:]), "over all"], grown)
    for count, stages in plans.items():
        rows = [
            [one.name, one.tasks, one.opens, _size(one.read), _size(one.written), _size(one.memory)] for one in stages
        ]
        lines += [f"{_power(count)} documents:", ""]
        lines += _table(["stage", "tasks", "files opened", "read", "written", "memory of a task"], rows)
    paid = [
        [
            *(_size(one.stored), one.documents, round(one.core_hours), one.cores, round(one.hours, 1)),
            *(one.reads, one.writes, _size(one.work), round(one.dollars), round(one.month)),
        ]
        for one in bills
    ]
    names = ["archives", "documents", "core hours", "cores", "hours", "requests that read", "that write"]
    return "\n".join(lines + _table([*names, "between stages", "dollars", "dollars a month"], paid))


def _table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    told = [[f"{value:,}" if isinstance(value, int) else str(value) for value in row] for row in rows]
    return [f"| {' | '.join(row)} |" for row in (names, ["---"] * len(names), *told)] + [""]


def _power(documents: int) -> str:
    return f"10^{round(math.log10(documents))}"


def _size(value: float) -> str:
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} PB"


if __name__ == "__main__":
    main()
