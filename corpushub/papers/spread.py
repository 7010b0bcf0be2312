"""From where on the web and from which time documents are: of a version, or of one of its sources, with queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from corpushub.papers.fields import Measure, Row
from lineage.statistics.model import NO_ADDRESS, UNKNOWN, Domains, Share
from lineage.storage.query import quote

SIZE: Final = "coalesce(sum(strlen(text)), 0)::BIGINT"
"""SQL: bytes of texts."""

_MONTH: Final = "strftime(captured_at AT TIME ZONE 'UTC', '%Y-%m')"
_DOMAINS: Final = """
SELECT domain, count(*) AS documents, sum(size)::BIGINT AS bytes FROM (
  SELECT arg_max(domain, length(domain)) AS domain, any_value(size) AS size
  FROM (SELECT doc_id, strlen(text) AS size, host_of(uri) AS host FROM documents{where})
  JOIN (SELECT unnest([{names}]) AS domain) ON host = domain OR ends_with(host, '.' || domain) GROUP BY doc_id
) GROUP BY domain ORDER BY bytes DESC, domain
"""


@dataclass(frozen=True)
class Spread:
    """Domains and months of documents.

    Attributes:
        found: the documents by registrable domain.
        shares: by month of capture, in order.
        place: where *found* stands in the statistics: "domains".
        source: the source that they are of; None for all of the version.
    """

    found: Domains
    shares: Sequence[Share]
    place: str
    source: str | None = None

    @property
    def _where(self) -> str:
        return "" if self.source is None else f" WHERE coalesce(source, '{UNKNOWN}') = {quote(self.source)}"

    def domains(self, most: int) -> Measure:
        """Return the *most* registrable domains with the most bytes, those of documents without an address aside."""
        listed = [one for one in self.found.listed if one.name != NO_ADDRESS]
        rows = rows_of(sorted(listed, key=lambda one: (-one.bytes, one.name))[:most])
        names = ", ".join(quote(str(row[0])) for row in rows)
        query = _DOMAINS.format(names=names, where=self._where).strip()
        return Measure(
            ("domain", "documents", "bytes"), tuple(rows), query if rows else "SELECT 'none', 0, 0 WHERE false"
        )

    @cached_property
    def distinct_domains(self) -> Measure:
        """How many registrable domains there are."""
        return Measure(("domains",), ((self.found.distinct,),), "", statistic=f"{self.place}.distinct")

    @cached_property
    def months(self) -> Measure:
        """Documents and bytes by month of capture."""
        month = f"coalesce({_MONTH}, '{UNKNOWN}') AS name"
        query = (
            f"SELECT {month}, count(*) AS documents, {SIZE} AS bytes FROM documents{self._where} GROUP BY 1 ORDER BY 1"
        )
        return Measure(("month", "documents", "bytes"), tuple(sorted(rows_of(self.shares))), query)

    @cached_property
    def first_month(self) -> Measure:
        """The first month of capture; no rows if none is known."""
        return self._month("min")

    @cached_property
    def last_month(self) -> Measure:
        """The last month of capture; no rows if none is known."""
        return self._month("max")

    def _month(self, which: str) -> Measure:
        known = [one.name for one in self.shares if one.name != UNKNOWN]
        month = (min if which == "min" else max)(known, default=None)
        query = f"SELECT {which}({_MONTH}) FROM documents{self._where}"
        return Measure(("month",), ((month,),) if month else (), query)


def rows_of(shares: Iterable[Share]) -> list[Row]:
    """Return name, documents and bytes of each of *shares*."""
    return [(one.name, one.documents, one.bytes) for one in shares]
