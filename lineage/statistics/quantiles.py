"""Exact quantiles of signals, in memory that the number of documents has no part in: digit by digit of their keys.

The counts of a version say in which bin each quantile is, and at which rank among the documents of the bin. Where these
do not all have the least value of the bin, the documents are counted again by the next digit of their keys, and so on.
Counts of digits are counts as all others: they are made of parts of the documents, and added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lineage.statistics.bins import BIN_BITS, DIGIT_BITS, KEY_BITS, keys_of, least_of, prefixes_of, rank_of
from lineage.statistics.counts import add, count_prefixes, finite
from lineage.statistics.model import PERCENTS

DIGIT: Final = "digit"
"""The breakdown of counts of digits: key is the signal, number the first bits of its key; amount as for signals."""

LEAST, GREATEST = 0, 100

Row = tuple[int, int, int]
"""First bits of keys, how many documents have them, and how many of these have zeros behind them."""


@dataclass(frozen=True, slots=True)
class Search:
    """A quantile that is looked for.

    Attributes:
        signal: of which signal.
        percent: at which percentage; LEAST and GREATEST are the least and the greatest value.
        rank: its place, from 1, among the values whose keys begin with *prefix*.
        prefix: the first bits of its key.
        bits: how many of them are known.
        settled: whether all others are zero.
    """

    signal: str
    percent: int
    rank: int
    prefix: int = 0
    bits: int = 0
    settled: bool = False

    @property
    def value(self) -> float:
        """The least number that begins so; the quantile once that is settled."""
        return least_of(self.prefix, self.bits)

    def narrow(self, rows: Sequence[Row], bits: int) -> Search:
        """Go on to the *bits* that are told by *rows* of what begins with the prefix, in order."""
        rank = self.rank
        for prefix, documents, settled in rows:
            if rank <= documents:
                return replace(self, rank=rank, prefix=prefix, bits=bits, settled=settled == documents)
            rank -= documents
        raise ValueError(f"the signal {self.signal} has fewer values than were counted")


def begin(counts: pa.Table) -> list[Search]:
    """Return what is looked for in a version, whose *counts* hold the bins of all its signals."""
    searches = []
    for signal, rows in _rows(counts, "signal").items():
        values = sum(documents for _, documents, _ in rows)
        ranks = {LEAST: 1, **{percent: rank_of(percent, values) for percent in PERCENTS}, GREATEST: values}
        searches += [Search(signal, percent, rank).narrow(rows, BIN_BITS) for percent, rank in ranks.items()]
    return searches


def unsettled(searches: Iterable[Search]) -> dict[str, list[int]]:
    """Return the prefixes, by signal, behind which quantiles are still to be found; {} at the end."""
    wanted: dict[str, set[int]] = {}
    for one in searches:
        if not one.settled:
            wanted.setdefault(one.signal, set()).add(one.prefix)
    return {signal: sorted(prefixes) for signal, prefixes in sorted(wanted.items())}


def count_digits(documents: pa.Table, wanted: Mapping[str, Sequence[int]], bits: int) -> pa.Table:
    """Count the next digit of those values in *documents* whose keys begin with *wanted* prefixes of *bits*."""
    counted = []
    for signal, prefixes in wanted.items():
        if signal not in documents.column_names:
            continue
        keys = keys_of(finite(documents[signal]))
        keys = keys[np.isin(prefixes_of(keys, bits), np.array(prefixes, np.int64))]
        counted.append(count_prefixes(DIGIT, signal, keys, bits + DIGIT_BITS))
    return add(counted)


def go_on(searches: Sequence[Search], digits: pa.Table, bits: int) -> list[Search]:
    """Return *searches* with what the counted *digits* say of those that were not settled at *bits*."""
    rows = _rows(digits, DIGIT)
    after = bits + DIGIT_BITS
    below: dict[tuple[str, int], list[Row]] = {}
    for signal, some in rows.items():
        for row in some:
            below.setdefault((signal, row[0] >> DIGIT_BITS), []).append(row)
    return [one if one.settled else one.narrow(below[one.signal, one.prefix], after) for one in searches]


def _rows(counts: pa.Table, breakdown: str) -> dict[str, list[Row]]:
    """Return what *counts* say by signal, in the order of numbers."""
    found: dict[str, list[Row]] = {}
    some = counts.filter(pc.equal(counts["breakdown"], breakdown))
    columns = (some[name].to_pylist() for name in ("key", "number", "documents", "amount"))
    for signal, number, documents, amount in zip(*columns, strict=True):
        found.setdefault(signal, []).append((number % (1 << KEY_BITS), documents, amount))
    return {signal: sorted(rows) for signal, rows in sorted(found.items())}
