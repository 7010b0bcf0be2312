"""Losses: they add up to what was read, and name of whom a filter took most."""

from __future__ import annotations

import pyarrow as pa
import pytest

from lineage.statistics.counts import COUNTS, add
from lineage.statistics.losses import losses_of
from lineage.statistics.model import Statistics
from lineage.statistics.summary import summarize


def statistics_of(rows: list[tuple[str, tuple[str, ...], int]]) -> Statistics:
    """Return statistics of counted documents: (breakdown, keys, documents)."""
    empty = dict.fromkeys(("key", "second", "third", "fourth"), "") | {"number": 0, "amount": 0}
    made = []
    for breakdown, keys, documents in rows:
        named = dict(zip(("key", "second", "third", "fourth"), keys, strict=False))
        made.append({**empty, **named, "breakdown": breakdown, "documents": documents})
    return summarize([add([pa.Table.from_pylist(made, COUNTS)])], [], {})


SEEN = statistics_of(
    [
        ("kept", ("en", "web"), 80),
        ("kept", ("de", "web"), 10),
        ("kept", ("de", "books"), 10),
        ("dropped", ("gopher", "short", "en", "web"), 20),
        ("dropped", ("gopher", "short", "de", "web"), 25),
        ("dropped", ("gopher", "long", "de", "web"), 5),
        ("dropped", ("dedup", "exact", "en", "web"), 10),
        ("dropped", ("http", "status", "unknown", "web"), 30),
        ("failed", ("read", "truncated", "unknown", "web"), 10),
        ("dropped", ("gopher", "short", "mt", "web"), 3),
    ]
)


def test_groups_add_up_to_what_was_read() -> None:
    """By language and by source."""
    for by in ("language", "source"):
        found = losses_of("d@v1", SEEN, by)
        for end in ("read", "kept", "dropped", "failed"):
            assert sum(getattr(one, end) for one in found.losses) == getattr(found.totals, end)
    assert found.totals.read == 203


def test_the_language_that_a_filter_took_most_of_stands_first() -> None:
    """By its rate among all records of that language; a group of three records comes behind all others."""
    found = losses_of("d@v1", SEEN, "language")

    first = found.taken[0]
    assert (first.step, first.name, first.dropped, first.read, first.rate) == ("gopher", "de", 30, 50, 0.6)
    assert first.mean == round(53 / 163, 6)
    assert first.ratio == round(0.6 / (53 / 163), 3)
    assert [one.name for one in found.losses] == ["unknown", "de", "en", "mt"]
    assert found.losses[1].ratio == round(found.losses[1].rate / found.rate, 3)


def test_by_reason_each_tells_its_language() -> None:
    """Reasons have a share of all that was dropped."""
    found = losses_of("d@v1", SEEN, "reason")

    assert [(one.name, one.dropped) for one in found.losses][:2] == [("short", 48), ("status", 30)]
    assert {(one.reason, one.name) for one in found.taken} == {("short", "de"), ("long", "de"), ("exact", "en")}
    assert sum(one.ratio or 0 for one in found.losses) == pytest.approx(1, abs=0.01)


def test_a_version_that_lost_nothing_has_no_ratio() -> None:
    """Nothing is divided by zero."""
    found = losses_of("d@v1", statistics_of([("kept", ("en", "web"), 2)]), "language")

    assert (found.rate, found.losses[0].ratio, found.taken) == (0.0, None, ())
    assert losses_of("d@v1", statistics_of([]), "reason").losses == ()
