"""Connecting: from forests of candidates to a label for each document, in as many stages as their size asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.dedup.catalogue import Numbering
from pipelines.dedup.components.forests import ConnectTask, Forest, ForestTask
from pipelines.dedup.components.stars import Kind, StarLabelTask, StarTask, add_up
from pipelines.dedup.merging import Merger
from pipelines.dedup.planning.layout import Limits, batches
from pipelines.execution.once import run_stage
from pipelines.handover.runs import RunList


@dataclass(frozen=True, slots=True)
class Labels:
    """Which component each document of a pair belongs to.

    Attributes:
        path: of the list of labels by number.
        members: how many documents have one.
        components: how many there are.
        largest: documents of the largest.
    """

    path: str
    members: int
    components: int
    largest: int


@dataclass(frozen=True, slots=True)
class Connector:
    """Plans and runs the stages that find components.

    Attributes:
        catalogue: path of the catalogue.
        numbering: of its documents.
        merge: merges runs between stages.
        limits: of its tasks; where two forests have more edges than one may hold, stars are made.
    """

    catalogue: str
    numbering: Numbering
    merge: Merger
    limits: Limits

    def __call__(self, forests: Sequence[Forest]) -> Labels:
        """Label the documents of all *forests*."""
        while len(cut := self._batches(forests)) > 1:
            if len(cut) == len(forests):
                return self._stars([forest.path for forest in forests])
            listed = RunList.of([forest.path for forest in forests]).save(self.merge.out)
            tasks = [ForestTask(listed, span, self.catalogue, self.merge.out) for span in cut]
            forests = [Forest(report.forest, report.edges) for report in run_stage(tasks, self.merge.execute)]
        listed = RunList.of([forest.path for forest in forests]).save(self.merge.out)
        (done,) = run_stage([ConnectTask(listed, self.catalogue, self.merge.out)], self.merge.execute)
        return Labels(done.labels, done.members, done.components, done.largest)

    def _batches(self, forests: Sequence[Forest]) -> list[tuple[int, int]]:
        return batches([forest.edges for forest in forests], self.limits.forests, self.limits.edges)

    def _stars(self, edges: Sequence[str]) -> Labels:
        """Make stars, the small and the large in turns, until neither changes an edge."""
        while True:
            both, small = self._star("small", edges)
            edges, large = self._star("large", both)
            if not small and not large:
                break
        lows, listed = self.numbering.lows, self.merge(both, self.numbering.lows)
        tasks = [StarLabelTask(span, listed, self.catalogue, self.merge.out) for span in range(len(lows))]
        reports = run_stage(tasks, self.merge.execute)
        return Labels(self.merge([report.labels for report in reports], lows), *add_up(reports))

    def _star(self, kind: Kind, edges: Sequence[str]) -> tuple[list[str], int]:
        lows, listed = self.numbering.lows, self.merge(edges, self.numbering.lows)
        tasks = [StarTask(kind, span, listed, self.catalogue, self.merge.out) for span in range(len(lows))]
        reports = run_stage(tasks, self.merge.execute)
        return [report.edges for report in reports], sum(report.changed for report in reports)
