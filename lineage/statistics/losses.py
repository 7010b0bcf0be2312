"""Losses: what was kept and dropped of each language, source or reason, and of whom a filter took most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from lineage.statistics.model import UNKNOWN, Lost, Statistics, Totals

FEW: Final = 20
"""Groups of fewer records come behind all others: chance alone makes their rates high or low."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What became of the records of one language or source, or for one reason.

    Attributes:
        name: the language, source or reason.
        read: its records; of a reason, all records.
        kept: of these; of a reason 0.
        dropped: of these.
        failed: of these.
        rate: dropped / read.
        ratio: *rate* to that of all records; of a reason its share of all that was dropped. Null where nothing was.
    """

    name: str
    read: int
    kept: int
    dropped: int
    failed: int
    rate: float
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Taken:
    """Of which language or source one filter took the greatest part; what has no language counts for no language.

    Attributes:
        step: the filter.
        reason: for which reason; empty if all of the step's are counted.
        name: the language or source.
        read: its records.
        dropped: how many of them the filter dropped.
        rate: dropped / read.
        mean: what the filter dropped of all records that have a language or source, as part of these.
        ratio: *rate* to *mean*.
    """

    step: str
    reason: str
    name: str
    read: int
    dropped: int
    rate: float
    mean: float
    ratio: float


@dataclass(frozen=True, slots=True)
class Losses:
    """What was kept and dropped on the way to a version.

    Attributes:
        version: NAME@vN.
        by: language, source or reason.
        totals: of all records; read, kept, dropped and failed are the sums of the losses by language or source.
        rate: dropped / read, the mean rate.
        losses: the greatest rate first, groups of fewer than FEW records last.
        taken: for each filter (by reason: for each reason of it) of whom it took most, the greatest rate first. By
            reason that is a language.
    """

    version: str
    by: str
    totals: Totals
    rate: float
    losses: tuple[Loss, ...]
    taken: tuple[Taken, ...]


def losses_of(version: str, statistics: Statistics, by: str) -> Losses:
    """Return what *statistics* say of losses *by* one of LOSS_KEYS."""
    totals = statistics.totals
    found = _reasons(statistics) if by == "reason" else _groups(statistics, by)
    ordered = sorted(found, key=lambda one: (one.read < FEW, -one.rate, -one.dropped, -one.failed, one.name))
    return Losses(version, by, totals, _part(totals.dropped, totals.read), tuple(ordered), _taken(statistics, by))


def _reasons(statistics: Statistics) -> list[Loss]:
    totals, counted = statistics.totals, {"dropped": Counter[str](), "failed": Counter[str]()}
    for one in statistics.lost:
        counted[one.outcome][one.reason] += one.documents
    dropped, failed = counted["dropped"], counted["failed"]
    return [
        Loss(
            name=name,
            read=totals.read,
            kept=0,
            dropped=dropped[name],
            failed=failed[name],
            rate=_part(dropped[name], totals.read),
            ratio=_ratio(dropped[name], totals.dropped),
        )
        for name in sorted({*dropped, *failed})
    ]


def _groups(statistics: Statistics, by: str) -> list[Loss]:
    kept, dropped, failed = Counter[str](), Counter[str](), Counter[str]()
    for held in statistics.kept:
        kept[getattr(held, by)] += held.documents
    for one in statistics.lost:
        (dropped if one.outcome == "dropped" else failed)[getattr(one, by)] += one.documents
    mean = _part(statistics.totals.dropped, statistics.totals.read)
    found = []
    for name in {*kept, *dropped, *failed}:
        read = kept[name] + dropped[name] + failed[name]
        rate = _part(dropped[name], read)
        found.append(Loss(name, read, kept[name], dropped[name], failed[name], rate, _ratio(rate, mean)))
    return found


def _taken(statistics: Statistics, by: str) -> tuple[Taken, ...]:
    group = "source" if by == "source" else "language"
    read = {one.name: one.read for one in _groups(statistics, group) if group == "source" or one.name != UNKNOWN}
    every = sum(read.values())
    filters = _filters(statistics.lost, lambda one: (one.step, one.reason if by == "reason" else ""), group, read)
    found = []
    for (step, reason), dropped in filters.items():
        name = min(dropped, key=lambda name: (read[name] < FEW, -_part(dropped[name], read[name]), -read[name], name))
        part, whole = dropped[name] / read[name], dropped.total() / every
        numbers = (round(part, 6), round(whole, 6), round(part / whole, 3))
        found.append(Taken(step, reason, name, read[name], dropped[name], *numbers))
    return tuple(sorted(found, key=lambda one: (one.read < FEW, -one.rate, -one.ratio, one.step, one.reason)))


def _filters(
    lost: Iterable[Lost], key: Callable[[Lost], tuple[str, str]], group: str, names: Iterable[str]
) -> dict[tuple[str, str], Counter[str]]:
    """Return for each filter how many records it dropped of each of *names*."""
    known, found = set(names), dict[tuple[str, str], Counter[str]]()
    for one in lost:
        if one.outcome == "dropped" and getattr(one, group) in known:
            found.setdefault(key(one), Counter())[getattr(one, group)] += one.documents
    return found


def _part(number: int, whole: int) -> float:
    return round(number / whole, 6) if whole else 0.0


def _ratio(rate: float, mean: float) -> float | None:
    return round(rate / mean, 3) if mean else None
