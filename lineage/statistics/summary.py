"""From counts to statistics: what is bounded is taken over, of domains the largest are listed, clusters go by size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
    Statistics,
    Totals,
)
from lineage.statistics.quantiles import GREATEST, LEAST, Search
from lineage.statistics.rights import consent_of, evidence_of

_RANKED: Final = {"domain": "amount", "dropped-domain": "documents"}
"""Breakdowns of which only the largest are listed, and what they are ranked by."""

Row = Mapping[str, Any]


def digest(counts: pa.Table) -> pa.Table:
    """Return of *counts*, complete for all names that they hold, what statistics need: bounded, and added like these.

    Of domains the largest stay, and how many there are (breakdown "distinct"); clusters are counted by size ("cluster":
    number is the size, amount the dropped documents).
    """
    breakdown = counts["breakdown"]
    unbounded = pa.array([*_RANKED, "survivor"])
    parts = [counts.filter(pc.invert(pc.is_in(breakdown, unbounded)))]
    for name in _RANKED:
        some = counts.filter(pc.equal(breakdown, name))
        named = len(some) - int(pc.sum(pc.equal(some["key"], NO_ADDRESS)).as_py() or 0)
        parts += [_largest(some, name), _row("distinct", key=name, documents=named)]
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
    return Statistics(
        totals=totals,
        languages=_shares((one.language, one.documents, one.bytes) for one in kept),
        licenses=_shares((one["key"], one["documents"], one["amount"]) for one in found["license"]),
        sources=_shares((one.source, one.documents, one.bytes) for one in kept),
        domains=_domains(found, "domain", totals.kept, totals.bytes),
        months=tuple(
            Share(one["key"], one["documents"], one["amount"])
            for one in sorted(found["month"], key=lambda one: (one["key"] == UNKNOWN, one["key"]))
        ),
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


def _domains(found: Mapping[str, Sequence[Row]], name: str, documents: int, size: int) -> Domains:
    rank = _RANKED[name]
    rows = sorted(found[name], key=lambda row: (-row[rank], row["key"]))[:MOST_DOMAINS]
    listed = tuple(Share(row["key"], row["documents"], row["amount"]) for row in rows)
    rest = (documents - sum(one.documents for one in listed), size - sum(one.bytes for one in listed))
    return Domains(_one([row for row in found["distinct"] if row["key"] == name]), listed, Share("", *rest))


def _largest(counts: pa.Table, breakdown: str) -> pa.Table:
    """Return the rows of the largest domains."""
    if len(counts) <= MOST_DOMAINS:
        return counts
    order = [(_RANKED[breakdown], "descending"), ("key", "ascending")]
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
