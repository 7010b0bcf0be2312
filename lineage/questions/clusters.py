"""Clusters of duplicates: a survivor and all that was dropped for it, grouped from the views that duplicates makes.

The views ``settled`` and ``duplicates`` hold the ledger rows that settled a document, and those that name a survivor.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from lineage.storage import query

NEAR = "near_duplicate"
TWINS = ("exact_duplicate", NEAR)
"""Reasons that promise a kept document with the same text, or nearly the same."""

SIZES = (("2", 2), ("3", 3), ("4", 4), ("5-9", 5), ("10-99", 10), ("100+", 100))
"""Classes of clusters: name and least documents, the survivor included."""

SHARE_ROWS = 4_000_000
"""Ledger rows for which clusters are grouped at a time: what bounds the memory, at about 100 bytes for each."""

HEX: Final = "replace(id::VARCHAR, '-', '')"
"""The doc_id of a UUID called id, in SQL."""

_TALLIES = (
    "CREATE TEMP TABLE by_size (size BIGINT, clusters BIGINT, dropped BIGINT)",
    "CREATE TEMP TABLE largest (id UUID, kept BOOLEAN, dropped BIGINT, mean DOUBLE, least FLOAT)",
    "CREATE TEMP TABLE hosts (host VARCHAR, clusters BIGINT, dropped BIGINT, largest BIGINT)",
    "CREATE TEMP TABLE lost (id UUID, twins BIGINT)",
)

_CLUSTERS = f"""
CREATE OR REPLACE TEMP TABLE clusters AS
WITH members AS (
    SELECT duplicate_of::UUID AS id, count(*) AS dropped, count(*) FILTER (reason IN {TWINS}) AS twins,
           round(avg(similarity::DOUBLE), 6) AS mean, min(similarity) AS least,
           count(*) = count(host) AS web, min(hash(host)) AS first, max(hash(host)) AS last
    FROM (SELECT *, host_of(uri) AS host FROM duplicates WHERE duplicate_of >= $1 AND duplicate_of < $2) GROUP BY 1),
heads AS (
    SELECT id, bool_or(outcome = 'kept') AS kept, coalesce(min(host) FILTER (outcome = 'kept'), min(host)) AS host
    FROM (SELECT id, outcome, host_of(uri) AS host FROM
          (SELECT doc_id::UUID AS id, outcome, uri FROM settled WHERE doc_id >= $1 AND doc_id < $2)
          SEMI JOIN members USING (id)) GROUP BY 1)
SELECT id, dropped, twins, mean, least, coalesce(kept, false) AS kept,
       CASE WHEN web AND first = hash(host) AND last = hash(host) THEN host END AS host
FROM members LEFT JOIN heads USING (id)
"""

_TALLY = (
    "INSERT INTO by_size SELECT dropped + 1, count(*), sum(dropped) FROM clusters GROUP BY 1",
    "INSERT INTO hosts SELECT host, count(*), sum(dropped), max(dropped) + 1 FROM clusters WHERE host > '' GROUP BY 1",
    "INSERT INTO lost SELECT id, twins FROM clusters WHERE twins > 0 AND NOT kept",
)

_RANKED = "dropped DESC, id"
_KEEP_LARGEST = f"INSERT INTO largest SELECT id, kept, dropped, mean, least FROM clusters ORDER BY {_RANKED} LIMIT $1"

_BY_SIZE = "SELECT size, sum(clusters)::BIGINT AS clusters, sum(dropped)::BIGINT AS dropped FROM by_size GROUP BY 1"

_LARGEST = f"""
SELECT {HEX} AS doc_id, kept, dropped + 1 AS size, mean AS mean_similarity, least AS least_similarity
FROM largest ORDER BY {_RANKED} LIMIT $1
"""

_MEMBERS = """
SELECT duplicate_of, reason, count(*) AS rows FROM duplicates
WHERE duplicate_of IN (SELECT unnest($1)) GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2
"""

_TEMPLATES = """
SELECT host, sum(clusters)::BIGINT AS clusters, sum(dropped)::BIGINT AS dropped, max(largest) AS largest
FROM hosts GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT $1
"""

_PLACES = """
SELECT doc_id, coalesce(min(uri) FILTER (outcome = 'kept'), min(uri)) AS uri,
       coalesce(min(source) FILTER (outcome = 'kept'), min(source)) AS source
FROM settled WHERE doc_id IN (SELECT unnest($1)) GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document was captured, and its source, as the recipe names it."""

    uri: str | None
    source: str | None


NOWHERE: Final = Place(None, None)
"""Of a document that the ledger does not know."""


@dataclass(frozen=True, slots=True)
class ClusterSize:
    """A class of clusters.

    Attributes:
        size: how many documents they have, see SIZES.
        clusters: how many there are.
        dropped: documents dropped in them.
    """

    size: str
    clusters: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """A survivor and what was dropped for it.

    Attributes:
        doc_id: of the survivor.
        kept: whether that is kept.
        size: documents, the survivor included.
        mean_similarity: of the dropped ones with the survivor; null where none was measured.
        least_similarity: likewise.
        uri: where the survivor was captured.
        source: its source, as the recipe names it.
        members: dropped documents by reason, the most frequent first.
    """

    doc_id: str
    kept: bool
    size: int
    mean_similarity: float | None
    least_similarity: float | None
    uri: str | None
    source: str | None
    members: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Clusters:
    """All clusters.

    Attributes:
        number: how many there are.
        dropped: documents dropped in them.
        sizes: clusters by size.
        largest: the largest ones.
    """

    number: int
    dropped: int
    sizes: tuple[ClusterSize, ...]
    largest: tuple[Cluster, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """Clusters that lie on one host.

    Attributes:
        host: that one.
        clusters: how many there are.
        dropped: documents dropped in them.
        largest: documents of the largest one.
    """

    host: str
    clusters: int
    dropped: int
    largest: int


def tally(connection: Any, rows: int, most: int) -> None:
    """Group duplicates into clusters, one range of survivors after another, and keep of each what a report needs."""
    shares = min(1 + rows // SHARE_ROWS, 1 << 16)
    cuts = [f"{share * (1 << 16) // shares:04x}" for share in range(shares)]
    for statement in _TALLIES:
        query.rows(connection, statement)
    for low, high in pairwise([*cuts, "g"]):
        query.rows(connection, _CLUSTERS, [low, high])
        for statement in _TALLY:
            query.rows(connection, statement)
        query.rows(connection, _KEEP_LARGEST, [most])


def clusters(connection: Any, most: int) -> Clusters:
    """Return all clusters, *most* of them by name, once they are tallied."""
    by_size = query.rows(connection, _BY_SIZE)
    return Clusters(
        number=sum(row["clusters"] for row in by_size),
        dropped=sum(row["dropped"] for row in by_size),
        sizes=_sizes(by_size),
        largest=_largest(connection, most),
    )


def _sizes(by_size: Iterable[Mapping[str, Any]]) -> tuple[ClusterSize, ...]:
    """Add clusters up by the classes of SIZES."""
    sums = [[0, 0] for _ in SIZES]
    for row in by_size:
        mine = sums[sum(row["size"] >= least for _, least in SIZES) - 1]
        mine[0] += row["clusters"]
        mine[1] += row["dropped"]
    return tuple(ClusterSize(name, *some) for (name, _), some in zip(SIZES, sums, strict=True))


def _largest(connection: Any, most: int) -> tuple[Cluster, ...]:
    rows = query.rows(connection, _LARGEST, [most])
    ids = [row["doc_id"] for row in rows]
    members: dict[str, dict[str, int]] = {name: {} for name in ids}
    for row in query.rows(connection, _MEMBERS, [ids]):
        members[row["duplicate_of"]][row["reason"]] = row["rows"]
    known = places(connection, ids)
    found = [(row, known.get(row["doc_id"], NOWHERE)) for row in rows]
    return tuple(
        Cluster(**row, uri=place.uri, source=place.source, members=members[row["doc_id"]]) for row, place in found
    )


def places(connection: Any, ids: list[str]) -> dict[str, Place]:
    """Return the places of the documents *ids* that the ledger knows."""
    return {row["doc_id"]: Place(row["uri"], row["source"]) for row in query.rows(connection, _PLACES, [ids])}


def templates(connection: Any, most: int) -> tuple[Template, ...]:
    """Return the *most* hosts with the most documents dropped for one of the same host."""
    return tuple(Template(**row) for row in query.rows(connection, _TEMPLATES, [most]))
