"""How the work on a job's documents is cut into tasks: a pure function of how many there are, and of the limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FEW = 4
"""Parts that one task reads column by column, in units of the fan; with more, entries are routed to shares first."""

FORESTS = 16
"""Spanning forests that one task merges."""

MANY, LARGE = 64, 8
"""Shares of components that are enough for all workers, and how much larger one may get where there would be more."""

MOST = 8
"""Runs that a task opens at most, in units of the fan; above, they are merged."""

BAND_TASKS = 8
"""Tasks over which the bands are spread where entries are not routed, if there are as many bands."""

BANDS_AT_ONCE = 9
"""Bands whose keys a task that routes entries holds at a time: for the others the parts of its span are read again."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large tasks may be.

    Attributes:
        documents: entries of a share of the documents.
        text: bytes of text of a share of the components.
        fan: files of other tasks that one task merges.
        edges: edges between candidates that one task connects.
        forests: spanning forests that one task merges.
        span: rows of the parts that one task reads.
    """

    documents: int
    text: int
    fan: int
    edges: int
    forests: int
    span: int


@dataclass(frozen=True, slots=True)
class Layout:
    """How a job is cut.

    Attributes:
        documents: of the job.
        parts: files that these are in.
        text: bytes of their text.
        limits: of its tasks.
    """

    documents: int
    parts: int
    text: int
    limits: Limits

    @property
    def shares(self) -> int:
        """Over how many tasks the documents are spread, by id or by band key."""
        return max(1, -(-self.documents // self.limits.documents))

    @property
    def few(self) -> bool:
        """Whether one task may read all parts, so that nothing need be routed."""
        return self.shares == 1 and self.parts <= FEW * self.limits.fan

    def band_tasks(self, bands: int) -> list[tuple[int, int]]:
        """Return the bands [start, stop) of each task where entries are not routed."""
        tasks = min(bands, BAND_TASKS)
        return [(at * bands // tasks, (at + 1) * bands // tasks) for at in range(tasks)]

    def component_shares(self, members: int) -> int:
        """Over how many tasks components of so many documents are spread, if their texts are as long as others.

        Beyond MANY shares these grow, up to LARGE times the text: more tasks would only write more files.
        """
        shares = -(-self.member_text(members) // self.limits.text)
        return max(1, min(shares, max(MANY, -(-shares // LARGE))))

    def member_text(self, members: int) -> int:
        """Return the bytes of text of so many documents, if it is as long as that of others."""
        return members * self.text // max(1, self.documents)


def batches(edges: Sequence[int], most_forests: int, most_edges: int) -> list[tuple[int, int]]:
    """Cut forests with so many *edges*, as they follow one another, into runs [start, stop) for one task each."""
    cuts, held = [0], 0
    for at, some in enumerate(edges):
        if at > cuts[-1] and (at - cuts[-1] == most_forests or held + some > most_edges):
            cuts.append(at)
            held = 0
        held += some
    return list(zip(cuts, [*cuts[1:], len(edges)], strict=True)) if edges else []


def merges(runs: int, ranges: int, fan: int) -> bool:
    """Tell whether so many runs are merged before as many tasks as there are ranges open those that they need.

    That is where a task would have too many open, or where a level of merging leaves a third of all opens: it costs
    reading and writing everything once.
    """
    if runs <= fan:
        return False
    after = runs * len(pieces(ranges, fan)) + ranges * len(fans(runs, fan))
    return runs > MOST * fan or 3 * after < runs * ranges


def pieces(ranges: int, fan: int) -> list[int]:
    """Cut so many ranges of keys into at most *fan* pieces that are merged apart; return the first range of each."""
    return list(range(0, ranges, -(-ranges // fan)))


def fans(runs: int, fan: int) -> list[tuple[int, int]]:
    """Cut so many runs into those [start, stop) that one task merges."""
    return [(start, min(start + fan, runs)) for start in range(0, runs, fan)]
