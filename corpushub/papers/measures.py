"""The numbers of a version as papers tell them: from its statistics, each with the query that finds it again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from corpushub.papers.fields import Measure, Row
from corpushub.papers.spread import SIZE, Spread, rows_of
from lineage.statistics.model import UNKNOWN, Domains, Share, Statistics
from lineage.storage.query import quote

BYTES_PER_TOKEN: Final = 4
"""Bytes of UTF-8 text that a token is taken for where none were counted: about what English needs; others need more."""

FINAL: Final = "outcome IN ('kept', 'dropped', 'failed')"
DUPLICATES: Final = ("exact_duplicate", "near_duplicate", "url_duplicate")
RESERVED: Final = ("consent_denied", "consent_unknown")
QUARTILES: Final = (5, 25, 50, 75, 95)

_SHARES: Final = (
    f"SELECT coalesce({{column}}, '{UNKNOWN}') AS name, count(*) AS documents, {SIZE} AS bytes FROM documents "
)
_CONSENT: Final = """
WITH signals AS (
  SELECT profile, unnest(map_entries(CAST(content->'signals' AS MAP(VARCHAR, VARCHAR[])))) AS one FROM profiles
), met AS (
  SELECT profile, 1 AS kept, 0 AS dropped FROM documents
  UNION ALL SELECT profile, 0, 1 FROM ledger WHERE outcome = 'dropped'
)
SELECT one.key AS signal, one.value[1] AS answer, sum(met.kept)::BIGINT AS kept, sum(met.dropped)::BIGINT AS dropped
FROM met JOIN signals USING (profile) GROUP BY 1, 2 ORDER BY sum(met.kept) + sum(met.dropped) DESC, 1, 2
"""


@dataclass(frozen=True)
class Measures:
    """The statistics of a version, told with their queries."""

    statistics: Statistics

    @cached_property
    def documents(self) -> Measure:
        """Documents of the version."""
        return _one("documents", self.statistics.totals.kept, "SELECT count(*) FROM documents")

    @cached_property
    def bytes(self) -> Measure:
        """Bytes of their texts."""
        return _one("bytes", self.statistics.totals.bytes, f"SELECT {SIZE} FROM documents")

    @cached_property
    def tokens(self) -> Measure:
        """Tokens, estimated."""
        query = f"SELECT {SIZE} // {BYTES_PER_TOKEN} FROM documents"
        return _one("tokens", self.statistics.totals.bytes // BYTES_PER_TOKEN, query)

    @cached_property
    def read(self) -> Measure:
        """Records that were read."""
        return _one("records read", self.statistics.totals.read, f"SELECT count(*) FROM ledger WHERE {FINAL}")

    @cached_property
    def changed(self) -> Measure:
        """Documents whose text a step changed."""
        query = "SELECT count(DISTINCT doc_id) FROM ledger SEMI JOIN documents USING (doc_id) WHERE outcome = 'changed'"
        return _one("documents changed", self.statistics.totals.changed, query)

    @cached_property
    def dropped(self) -> Measure:
        """Records that were dropped."""
        query = "SELECT count(*) FROM ledger WHERE outcome = 'dropped'"
        return _one("records dropped", self.statistics.totals.dropped, query)

    @cached_property
    def failed(self) -> Measure:
        """Records that could not be read."""
        query = "SELECT count(*) FROM ledger WHERE outcome = 'failed'"
        return _one("records failed", self.statistics.totals.failed, query)

    @cached_property
    def sources(self) -> Measure:
        """Documents and bytes by source."""
        return _shares("source", self.statistics.sources, "source")

    @cached_property
    def languages(self) -> Measure:
        """Documents and bytes by language."""
        return _shares("language", self.statistics.languages, "language")

    @cached_property
    def licenses(self) -> Measure:
        """Documents and bytes by licence."""
        return _shares("licence", self.statistics.licenses, "license")

    @cached_property
    def overall(self) -> Spread:
        """Domains and months of all documents."""
        return Spread(self.statistics.domains, self.statistics.months, "domains")

    def of_source(self, name: str) -> Spread:
        """Return domains and months of the documents of the source *name*."""
        for at, one in enumerate(self.statistics.by_source):
            if one.source == name:
                return Spread(one.domains, one.months, f"by_source.{at}.domains", name)
        return Spread(Domains(0, (), Share("", 0, 0)), (), "domains", name)

    def share_of(self, column: str, names: Sequence[str], what: str = "documents") -> Measure:
        """Return how many documents, or bytes of text, have one of *names* in *column* (source, language, license)."""
        shares: dict[str, tuple[Share, ...]] = {
            "source": self.statistics.sources,
            "language": self.statistics.languages,
            "license": self.statistics.licenses,
        }
        total = sum(getattr(one, what) for one in shares[column] if one.name in names)
        counted = "count(*)" if what == "documents" else SIZE
        query = f"SELECT {counted} FROM documents WHERE coalesce({column}, '{UNKNOWN}') IN ({_literals(names)})"
        return _one(what, total, query if names else "SELECT 0")

    @cached_property
    def drops(self) -> Measure:
        """Records dropped, by step and reason."""
        return self._lost("dropped", ())

    @cached_property
    def failures(self) -> Measure:
        """Records that failed, by step and reason."""
        return self._lost("failed", ())

    @cached_property
    def reservations(self) -> Measure:
        """Records dropped since their publisher objects."""
        return self._lost("dropped", RESERVED)

    def dropped_for(self, *reasons: str) -> Measure:
        """Return how many records were dropped for one of *reasons*."""
        total = sum(one.documents for one in self.statistics.lost if one.outcome == "dropped" and one.reason in reasons)
        query = f"SELECT count(*) FROM ledger WHERE outcome = 'dropped' AND reason IN ({_literals(reasons)})"
        return _one("records dropped", total, query)

    def _lost(self, outcome: str, reasons: Sequence[str]) -> Measure:
        found: dict[tuple[str, str], int] = {}
        for one in self.statistics.lost:
            if one.outcome == outcome and (not reasons or one.reason in reasons):
                found[one.step, one.reason] = found.get((one.step, one.reason), 0) + one.documents
        among = f" AND reason IN ({_literals(reasons)})" if reasons else ""
        query = f"SELECT step, reason, count(*) FROM ledger WHERE outcome = '{outcome}'{among} GROUP BY ALL "
        return Measure(("step", "reason", "records"), _ranked(found), query + "ORDER BY 3 DESC, 1, 2")

    @cached_property
    def edits(self) -> Measure:
        """Texts changed, by step and reason."""
        found = {(one.step, one.reason): one.documents for one in self.statistics.edits}
        query = "SELECT step, reason, count(*) FROM ledger WHERE outcome = 'changed' GROUP BY ALL ORDER BY 3 DESC, 1, 2"
        return Measure(("step", "reason", "texts"), _ranked(found), query)

    @cached_property
    def scanned(self) -> Measure:
        """Documents that were searched for personal data."""
        query = "SELECT count(*) FROM documents WHERE pii_counts IS NOT NULL"
        return _one("documents searched", self.statistics.scanned, query)

    @cached_property
    def personal(self) -> Measure:
        """Spans and documents of personal data that were acted upon, by type."""
        rows = [(one.type, one.spans, one.documents) for one in self.statistics.personal_data]
        query = (
            "SELECT one.key AS type, sum(one.value)::BIGINT AS spans, count(*) AS documents "
            "FROM (SELECT unnest(map_entries(pii_counts)) AS one FROM documents) WHERE one.value > 0 "
            "GROUP BY ALL ORDER BY spans DESC, type"
        )
        ranked = tuple(sorted(rows, key=lambda row: (-row[1], row[0])))
        return Measure(("type", "spans", "documents"), ranked, query)

    @cached_property
    def consent(self) -> Measure:
        """Documents kept and records dropped, by consent signal and answer."""
        found: dict[tuple[str, str], tuple[int, int]] = {}
        for one in self.statistics.consent:
            kept, dropped = found.get((one.kind, one.answer), (0, 0))
            found[one.kind, one.answer] = (kept + one.kept, dropped + one.dropped)
        rows: list[Row] = [(*key, *counts) for key, counts in found.items()]
        ranked = sorted(rows, key=lambda row: (-(int(row[2] or 0) + int(row[3] or 0)), str(row[0]), str(row[1])))
        return Measure(("signal", "answer", "kept", "dropped"), tuple(ranked), _CONSENT.strip())

    @cached_property
    def signals(self) -> Measure:
        """Quantiles of every quality signal."""
        rows: list[Row] = []
        for one in self.statistics.signals:
            at = {quantile.percent: quantile.value for quantile in one.quantiles}
            rows.append((one.name, one.documents, *(at.get(percent) for percent in QUARTILES)))
        names = [str(row[0]) for row in rows]
        query = " UNION ALL ".join(map(_quantiles, names)) + " ORDER BY 1" if names else "SELECT 'none' WHERE false"
        columns = ("signal", "documents", *(f"{percent} %" for percent in QUARTILES))
        return Measure(columns, tuple(sorted(rows, key=lambda row: str(row[0]))), query)


def _quantiles(name: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    at = ", ".join(f"quantile_disc({column}::DOUBLE, {percent / 100})" for percent in QUARTILES)
    return f"SELECT {quote(name)} AS signal, count({column}), {at} FROM documents"


def _one(name: str, value: int, sql: str) -> Measure:
    return Measure((name,), ((value,),), sql)


def _shares(name: str, shares: Iterable[Share], column: str) -> Measure:
    rows = sorted(rows_of(shares), key=lambda row: (-int(row[1] or 0), str(row[0])))
    query = _SHARES.format(column=column) + "GROUP BY 1 ORDER BY 2 DESC, 1"
    return Measure((name, "documents", "bytes"), tuple(rows), query)


def _ranked(found: dict[tuple[str, str], int]) -> tuple[Row, ...]:
    rows = sorted(found.items(), key=lambda one: (-one[1], *one[0]))
    return tuple((*key, count) for key, count in rows)


def _literals(names: Sequence[str]) -> str:
    return ", ".join(map(quote, names))
