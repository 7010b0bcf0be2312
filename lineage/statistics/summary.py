"""From counts to statistics: what is bounded is taken over, of domains the largest are listed, clusters go by size."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lineage.statistics.bins import BIN_BITS, least_of
from lineage.statistics.counts import BREAKDOWNS, COUNTS, add
from lineage.statistics.model import (
    MOST_DOMAINS,
    NO_ADDRESS,
    PERCENTS,
    UNKNOWN,
    Bin,
    Clusters,
    Domains,
    Edits,
    Kept,
    Length,
    Lost,
    PersonalData,
    Quantile,
    Share,
    Signal,
    SourceShares,
    Statistics,
    Totals,
)
from lineage.statistics.quantiles import GREATEST, LEAST, Search
from lineage.statistics.rights import consent_of, evidence_of

_RANKED: Final = {"domain": "amount", "source-domain": "amount", "dropped-domain": "documents"}
"""Breakdowns of which only the largest domains are listed, of some for each source, and what they are ranked by."""

_PER_SOURCE: Final = ("source-domain", "source-month")
"""Breakdowns whose first key is the source."""

Row = Mapping[str, Any]


def digest(counts: pa.Table) -> pa.Table:
    """Return of *counts*, complete for all names that they hold, what statistics need: bounded, and added like these.

    Of domains the largest stay, and how many there are (breakdown "distinct": the key is the breakdown, the second the
    source if it has one); clusters are counted by size ("cluster":
    number is the size, amount the dropped documents).
    """
    breakdown = counts["breakdown"]
    unbounded = pa.array([*_RANKED, "survivor"])
    parts = [counts.filter(pc.invert(pc.is_in(breakdown, unbounded)))]
    for name in _RANKED:
        for source, some in _apart(counts.filter(pc.equal(breakdown, name)), name):
            named = len(some) - int(pc.sum(pc.equal(some[_domain(name)], NO_ADDRESS)).as_py() or 0)
            parts += [_largest(some, name), _row("distinct", key=name, second=source, documents=named)]
    dropped = counts.filter(pc.equal(breakdown, "survivor"))["documents"].to_numpy()
    sizes, clusters = np.unique(dropped, return_counts=True)
    for size, number in zip(sizes.tolist(), clusters.tolist(), strict=True):
        parts.append(_row("cluster", number=size + 1, documents=number, amount=size * number))
    return add(parts)


def summarize(digests: Iterable[pa.Table], searches: Sequence[Search], profiles: Mapping[str, str]) -> Statistics:
    """Return the statistics that *digests* come to; *searches* are the quantiles, all settled.

    *profiles* are those of the version, canonical JSON by id.
    """
    found = _by_breakdown(add(digests))
    kept = [Kept(one["key"], one["second"], one["documents"], one["amount"]) for one in found["kept"]]
    lost = [
        Lost(outcome, one["key"], one["second"], one["third"], one["fourth"], one["documents"])
        for outcome in ("dropped", "failed")
        for one in found[outcome]
    ]
    totals = _totals(kept, lost, _one(found["changed"]))
    sources = _shares((one.source, one.documents, one.bytes) for one in kept)
    return Statistics(
        totals=totals,
        languages=_shares((one.language, one.documents, one.bytes) for one in kept),
        licenses=_shares((one["key"], one["documents"], one["amount"]) for one in found["license"]),
        sources=sources,
        domains=_domains(found, "domain", totals.kept, totals.bytes),
        months=_months(found["month"], "key"),
        by_source=_by_source(found, sources),
        lengths=tuple(Length(one["number"], one["documents"], one["amount"]) for one in found["length"]),
        signals=_signals(found, searches),
        scanned=_one(found["scanned"]),
        personal_data=tuple(
            sorted(
                (PersonalData(one["key"], one["amount"], one["documents"]) for one in found["pii"]),
                key=lambda one: (-one.spans, one.type),
            )
        ),
        kept=tuple(sorted(kept, key=lambda one: (-one.documents, *astuple(one)))),
        lost=tuple(sorted(lost, key=lambda one: (-one.documents, *astuple(one)))),
        dropped_domains=_domains(found, "dropped-domain", totals.dropped, 0),
        clusters=tuple(Clusters(one["number"], one["documents"], one["amount"]) for one in found["cluster"]),
        edits=tuple(
            sorted(
                (Edits(one["key"], one["second"], one["documents"], one["amount"]) for one in found["edit"]),
                key=lambda one: (-one.documents, one.step, one.reason),
            )
        ),
        consent=consent_of(found["profile"], profiles),
        evidence=evidence_of(found["profile"], profiles),
    )


def _by_breakdown(counts: pa.Table) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {name: [] for name in (*BREAKDOWNS, "distinct", "cluster")}
    for row in counts.to_pylist():
        found[row["breakdown"]].append(row)
    return found


def _one(rows: Sequence[Row]) -> int:
    return sum(row["documents"] for row in rows)


def _totals(kept: Sequence[Kept], lost: Sequence[Lost], changed: int) -> Totals:
    documents = sum(one.documents for one in kept)
    ends = {end: sum(one.documents for one in lost if one.outcome == end) for end in ("dropped", "failed")}
    size = sum(one.bytes for one in kept)
    return Totals(documents + sum(ends.values()), documents, changed, ends["dropped"], ends["failed"], size)


def _shares(rows: Iterable[tuple[str, int, int]]) -> tuple[Share, ...]:
    """Add up rows of name, documents and bytes; the largest first."""
    documents: Counter[str] = Counter()
    size: Counter[str] = Counter()
    for name, number, amount in rows:
        documents[name] += number
        size[name] += amount
    ordered = sorted(documents, key=lambda name: (-size[name], -documents[name], name))
    return tuple(Share(name, documents[name], size[name]) for name in ordered)


def _by_source(found: Mapping[str, Sequence[Row]], sources: Iterable[Share]) -> tuple[SourceShares, ...]:
    """Tell of each of *sources* its domains and months, by name."""
    held: dict[str, dict[str, list[Row]]] = defaultdict(lambda: {name: [] for name in ("distinct", *_PER_SOURCE)})
    for name in _PER_SOURCE:
        for row in found[name]:
            held[row["key"]][name].append(row)
    for row in found["distinct"]:
        if row["key"] in _PER_SOURCE:
            held[row["second"]]["distinct"].append(row)
    return tuple(
        SourceShares(
            one.name,
            _domains(held[one.name], "source-domain", one.documents, one.bytes),
            _months(held[one.name]["source-month"], "second"),
        )
        for one in sorted(sources, key=lambda one: one.name)
    )


def _months(rows: Sequence[Row], name: str) -> tuple[Share, ...]:
    ordered = sorted(rows, key=lambda row: (row[name] == UNKNOWN, row[name]))
    return tuple(Share(row[name], row["documents"], row["amount"]) for row in ordered)


def _domains(found: Mapping[str, Sequence[Row]], name: str, documents: int, size: int) -> Domains:
    rank, domain = _RANKED[name], _domain(name)
    rows = sorted(found[name], key=lambda row: (-row[rank], row[domain]))[:MOST_DOMAINS]
    listed = tuple(Share(row[domain], row["documents"], row["amount"]) for row in rows)
    rest = (documents - sum(one.documents for one in listed), size - sum(one.bytes for one in listed))
    return Domains(_one([row for row in found["distinct"] if row["key"] == name]), listed, Share("", *rest))


def _domain(breakdown: str) -> str:
    """Return the column of counts that holds the domain."""
    return "second" if breakdown in _PER_SOURCE else "key"


def _apart(counts: pa.Table, breakdown: str) -> Iterator[tuple[str, pa.Table]]:
    """Yield the counts of a breakdown for each source that it tells apart: the source, empty if it does not."""
    if breakdown not in _PER_SOURCE or not len(counts):
        yield "", counts
        return
    counts = counts.sort_by("key")
    runs = pc.run_end_encode(counts["key"].combine_chunks())
    ends = runs.run_ends.to_pylist()
    for source, start, end in zip(runs.values.to_pylist(), [0, *ends], ends, strict=False):
        yield source, counts.slice(start, end - start)


def _largest(counts: pa.Table, breakdown: str) -> pa.Table:
    """Return the rows of the largest domains."""
    if len(counts) <= MOST_DOMAINS:
        return counts
    order = [(_RANKED[breakdown], "descending"), (_domain(breakdown), "ascending")]
    return counts.take(pc.sort_indices(counts, sort_keys=order)[:MOST_DOMAINS])


def _signals(found: Mapping[str, Sequence[Row]], searches: Sequence[Search]) -> tuple[Signal, ...]:
    nulls = {row["key"]: row["documents"] for row in found["null"]}
    bins: dict[str, list[Bin]] = {name: [] for name in nulls}
    for row in found["signal"]:
        least, below = (least_of(row["number"] + more, BIN_BITS) for more in (0, 1))
        bins.setdefault(row["key"], []).append(Bin(least, below, row["documents"]))
    values = {(one.signal, one.percent): one.value for one in searches}
    return tuple(
        Signal(
            name=name,
            documents=sum(one.documents for one in some),
            nulls=nulls.get(name, 0),
            min=values.get((name, LEAST)),
            max=values.get((name, GREATEST)),
            quantiles=tuple(Quantile(at, values[name, at]) for at in PERCENTS if (name, at) in values),
            bins=tuple(some),
        )
        for name, some in sorted(bins.items())
    )


def _row(breakdown: str, **columns: Any) -> pa.Table:
    """Return one row of counts; *columns* that are not given are empty or 0."""
    empty = {field.name: "" if pa.types.is_string(field.type) else 0 for field in COUNTS}
    return pa.Table.from_pylist([{**empty, "breakdown": breakdown, **columns}], COUNTS)
