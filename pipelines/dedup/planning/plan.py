"""What deduplication of a corpus would take, stage by stage, by counts alone: tasks, files opened, bytes, memory.

The numbers of tasks come from the functions that cut the work of a real job (pipelines.dedup.planning.layout). Opens
are the files that tasks open; bytes are what they ask of files, in full where only a part of a column may be wanted,
and what they write. Documents, texts and drops are taken to be spread evenly, and a job has no earlier version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pipelines.dedup.catalogue import spans
from pipelines.dedup.components.shipping import SHIP_TEXT
from pipelines.dedup.near.sketches import width
from pipelines.dedup.planning.layout import BANDS_AT_ONCE, Layout, batches, fans, merges, pieces

NUMBER, DOC_ID, CONTENT_ID = 8, 16, 32
"""Bytes of a number or a key, and of ids."""

DROP = 3 * NUMBER + DOC_ID + 5
"""Bytes of a drop: its key, two numbers, the winner's id, similarity and reason."""

PICKLE = 4096
"""Bytes that no pickled task exceeds: it names files, of which it has fewer than ten."""

HEADER = 2048
"""Bytes of a file of sections beside its rows; a number more for each of its ranges."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a job holds and finds.

    Attributes:
        layout: its documents, parts and text, and the limits of tasks.
        ranks: survivor rules.
        num_perm: values of a signature.
        bands: bands of a signature; 0 where no near-duplicates are looked for.
        groupings: how often equal ids are looked for: of records, of texts, of URLs.
        dropped: documents that each grouping drops.
        pairs: candidates, counted for each task that finds them.
        edges: edges of the spanning forests of all candidate tasks.
        members: documents in a pair.
        near: near-duplicates that are dropped.
        rounds: rounds of stars, where these are made.
    """

    layout: Layout
    ranks: int = 3
    num_perm: int = 128
    bands: int = 21
    groupings: int = 2
    dropped: int = 0
    pairs: int = 0
    edges: int = 0
    members: int = 0
    near: int = 0
    rounds: int = 8

    @property
    def ordered(self) -> int:
        """Bytes of a document's key, number, and what survivor order is made of."""
        return 3 * NUMBER + DOC_ID + NUMBER * self.ranks

    @property
    def band_entry(self) -> int:
        """Bytes of a document in a band."""
        return self.ordered + NUMBER + NUMBER * width(self.num_perm)

    @property
    def member(self) -> int:
        """Bytes of a document that is shipped, whose set takes half as much as its text."""
        return self.ordered + NUMBER + self.layout.text // (2 * max(1, self.layout.documents))


@dataclass(frozen=True, slots=True)
class StagePlan:
    """What a stage takes.

    Attributes:
        name: kind of its tasks.
        tasks: how many.
        opens: files that they open in all, at most.
        read: bytes that they ask of these in all, at most.
        written: bytes that they write in all.
        memory: bytes that one of them holds.
    """

    name: str
    tasks: int
    opens: int
    read: int
    written: int
    memory: int


@dataclass(frozen=True, slots=True)
class Listed:
    """Runs as a task meets them that reads one range: how many hold it, and whether their list is a file of its own."""

    runs: int
    is_file: bool

    @property
    def opens(self) -> int:
        """Files that a task opens to read its range."""
        return self.runs + self.is_file


def plan(inventory: Inventory) -> list[StagePlan]:
    """Return the stages of a job with this inventory, in order."""
    planner = Planner(inventory)
    if inventory.bands and not inventory.layout.few:
        planner.check()
    for _ in range(inventory.groupings):
        planner.group()
    if inventory.bands:
        planner.candidates()
        planner.connect()
        planner.verify()
    planner.verdicts()
    return planner.stages


class Planner:
    """Adds up the stages of a job, each as the ones before have left its files."""

    def __init__(self, inventory: Inventory) -> None:
        """Begin with no stage."""
        self.stages: list[StagePlan] = []
        self._one = inventory
        self._layout = inventory.layout
        self._drops: list[Listed] = []  # of each stage that drops
        self._found: list[tuple[int, int]] = []  # their tasks and drops
        self._finders = 0  # candidate tasks

    @cached_property
    def _spans(self) -> int:
        layout = self._layout
        return len(spans([layout.documents // max(1, layout.parts)] * layout.parts, layout.limits.span))

    def check(self) -> None:
        """Look at the headers of sidecars."""
        self._add("CheckTask", self._spans, self._spans + self._layout.parts, 0, 0, 0)

    def group(self) -> None:
        """Find equal ids."""
        one, layout = self._one, self._layout
        columns, entry = DOC_ID + CONTENT_ID + NUMBER * one.ranks, one.ordered + CONTENT_ID
        if layout.few:
            opens = 2 + self._opens(self._drops) + 2 * layout.parts
            self._add("GroupTask", 1, opens, layout.documents * (columns + CONTENT_ID), 0, 100 * layout.documents)
            return self._drop(1, one.dropped)
        size = layout.documents * entry
        opens = self._spans * (1 + self._opens(self._drops)) + layout.parts
        self._add("RouteTask", self._spans, opens, layout.documents * columns, size, 3 * size // self._spans)
        routed = self._merge(self._spans, layout.shares, size)
        held = 100 * layout.documents // layout.shares
        self._add("GroupTask", layout.shares, layout.shares * (1 + routed.opens), size, 0, held)
        return self._drop(layout.shares, one.dropped)

    def candidates(self) -> None:
        """Find candidates by bands."""
        one, layout = self._one, self._layout
        signatures, written = layout.documents * 4 * one.num_perm, 2 * NUMBER * (one.pairs + one.edges)
        if layout.few:
            tasks = layout.band_tasks(one.bands)
            opens = sum(2 + self._opens(self._drops) + layout.parts * (1 + 2 * (stop - at)) for at, stop in tasks)
            self._finders = len(tasks)
            read = signatures * (one.bands + 1)  # of documents that share a band their whole signature, for each
            self._add("CandidateTask", len(tasks), opens, read, written, 200 * layout.documents)
            return
        size = layout.documents * one.band_entry
        rounds = -(-one.bands // BANDS_AT_ONCE)
        opens = self._spans * 2 + rounds * (self._spans * self._opens(self._drops) + layout.parts)
        held = (size + layout.documents * NUMBER * (min(one.bands, BANDS_AT_ONCE) + 12)) // self._spans
        self._add("BandTask", self._spans, opens, signatures + layout.documents * 64, size * one.bands, held)
        routed = self._merge(self._spans, layout.shares, size, one.bands)
        self._finders = one.bands * layout.shares
        held = 100 * layout.documents // layout.shares
        self._add("CandidateTask", self._finders, self._finders * (1 + routed.opens), size * one.bands, written, held)

    def connect(self) -> None:
        """Join candidates to components."""
        limits, forests = self._layout.limits, [self._one.edges // self._finders] * self._finders
        while len(cut := batches(forests, limits.forests, limits.edges)) > 1:
            if len(cut) == len(forests):
                return self._stars(len(forests), sum(forests))
            read = sum(forests) * 2 * NUMBER
            forests = [min(sum(forests[start:stop]), self._one.members) for start, stop in cut]
            opens, written = 2 * len(cut) + sum(stop - start for start, stop in cut), sum(forests) * 2 * NUMBER
            self._add("ForestTask", len(cut), opens, read, written, 60 * max(forests))
        opens, held = 1 + len(forests) + (len(forests) > 1), 60 * sum(forests)
        labels = self._one.members * 2 * NUMBER
        self._add("ConnectTask", 1, opens, sum(forests) * 2 * NUMBER, labels, held)
        self._labels = Listed(1, False)
        return None

    def _stars(self, runs: int, edges: int) -> None:
        size, held = edges * 2 * NUMBER, 60 * edges // self._spans
        for _ in range(2 * self._one.rounds):
            listed = self._merge(runs, self._spans, size)
            self._add("StarTask", self._spans, self._spans * (1 + listed.opens), size, 2 * size, held)
            runs = self._spans
        listed, labels = self._merge(runs, self._spans, 2 * size), self._one.members * 2 * NUMBER
        self._add("StarLabelTask", self._spans, self._spans * (1 + listed.opens), 2 * size, labels, held)
        self._labels = self._merge(self._spans, self._spans, labels)

    def verify(self) -> None:
        """Compare candidates."""
        one, layout = self._one, self._layout
        shares, sets = layout.component_shares(one.members), one.members * one.member
        paired = one.pairs * 2 * NUMBER
        pairs, held = self._merge(self._finders, self._spans, paired), 60 * one.members + sets
        if layout.few and shares == 1:
            self._add("VerifyTask", 1, 2 + pairs.opens + 3 * layout.parts, paired + sets, 0, held)
            return self._drop(1, one.near)
        opens = self._spans * (2 + self._labels.opens + pairs.opens) + layout.parts
        read, sent = one.members * 2 * NUMBER + paired + sets, one.pairs * 3 * NUMBER
        self._add("ShipTask", self._spans, opens, read, sent + sets, 3 * min(sets // self._spans, SHIP_TEXT // 2))
        runs = max(self._spans, -(-layout.text // SHIP_TEXT))
        opens = 1 + self._merge(self._spans, shares, sent).opens + self._merge(runs, shares, sets).opens
        self._add("VerifyTask", shares, shares * opens, sent + sets, 0, held // shares)
        return self._drop(shares, one.near)

    def verdicts(self) -> None:
        """Follow winners, and write what becomes of each part."""
        drops = sum(found for _, found in self._found) * DROP
        lists, rounds = self._drops, len(self._found) if self._spans > 1 else 0
        runs, moved, settled = sum(tasks for tasks, _ in self._found), drops, []
        for _ in range(rounds):
            claims = self._merge(runs, self._spans, moved)
            opens = self._spans * (1 + claims.opens + self._opens(self._drops))
            held = 5 * drops // self._spans
            self._add("FollowTask", self._spans, opens, drops + moved, moved, held)
            settled.append(self._merge(self._spans, self._spans, moved))
            runs, moved = self._spans, moved // 2
            lists = settled
        tasks = max(1, self._spans)
        opens = tasks * (1 + self._opens(lists))
        self._add("VerdictTask", tasks, opens, 2 * drops, drops, 5 * drops // tasks)

    def _drop(self, tasks: int, drops: int) -> None:
        """Note the drops of the stage before, which are written by number and, where there are spans, by winner."""
        last = self.stages[-1]
        written = drops * DROP * (2 if self._spans > 1 else 1)
        self.stages[-1] = StagePlan(last.name, last.tasks, last.opens, last.read, last.written + written, last.memory)
        self._found.append((tasks, drops))
        self._drops.append(self._merge(tasks, self._spans, drops * DROP))

    def _merge(self, runs: int, ranges: int, size: int, lists: int = 1) -> Listed:
        """Merge *lists* lists of so many runs, of *size* bytes, for tasks that read so many ranges each."""
        fan, groups = self._layout.limits.fan, [(ranges, runs)]
        while any(merges(count, inside, fan) for inside, count in groups):
            tasks, opens, after = 0, 0, []
            for inside, count in groups:
                if not merges(count, inside, fan):
                    after.append((inside, count))
                    continue
                starts, merged = pieces(inside, fan), len(fans(count, fan))
                tasks += len(starts) * merged
                opens += len(starts) * (count + merged)
                sizes = [stop - start for start, stop in zip(starts, [*starts[1:], inside], strict=True)]
                after += [(some, merged) for some in sizes]
            self._add("MergeTask", tasks * lists, opens * lists, size * lists, size * lists, 3 * size // tasks)
            groups = after
        return Listed(max(count for _, count in groups), len(groups) > 1 or runs > 1)

    def _opens(self, lists: Sequence[Listed]) -> int:
        return sum(listed.opens for listed in lists)

    def _add(self, name: str, tasks: int, opens: int, read: int, written: int, held: int) -> None:
        """Append a stage; *held* are bytes in memory of one of its tasks."""
        ranges = NUMBER * max(self._spans, self._layout.shares)
        stage = StagePlan(
            name, tasks, opens, read + opens * (HEADER + ranges), written + tasks * (HEADER + ranges), held
        )
        self.stages.append(stage)
