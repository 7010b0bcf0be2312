"""What deduplication did to a version: clusters, templates, pairs and similarities, from its ledger alone.

A cluster is a survivor and all that was dropped for it. Revisits are counted but take part in none: each names the
capture that it repeats, whatever became of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from lineage.control.versions import get_version, version_files
from lineage.hub import Hub
from lineage.references import VersionRef
from lineage.storage import query
from lineage.storage.query import Bounds
from lineage.storage.tables import FINAL_OUTCOMES
from policies.addresses.sql import teach_hosts

NEAR = "near_duplicate"
TWINS = ("exact_duplicate", NEAR)
"""Reasons that promise a kept document with the same text, or nearly the same."""

REVISIT = "revisit"
REASONS = (*TWINS, "repeated_record", "id_conflict", REVISIT)
"""Reasons that every report counts; others are counted where their rows name a survivor."""

BINS = 100
"""Bins of a similarity histogram: bin i holds [i / 100, (i + 1) / 100), the last one 1.0 too."""

SIZES = (("2", 2), ("3", 3), ("4", 4), ("5-9", 5), ("10-99", 10), ("100+", 100))
"""Classes of clusters: name and least documents, the survivor included."""

SHARE_ROWS = 4_000_000
"""Ledger rows for which clusters are grouped at a time: what bounds the memory, at about 100 bytes for each."""

_COLUMNS = ("doc_id", "outcome", "reason", "source", "uri", "duplicate_of", "similarity")
_NOTHING = "(SELECT " + ", ".join(f"NULL::VARCHAR AS {name}" for name in _COLUMNS[:-1])
_NOTHING += f", NULL::FLOAT AS {_COLUMNS[-1]} WHERE false)"

_HEX = "replace(id::VARCHAR, '-', '')"

_SETTLED = f"""
CREATE TEMP VIEW settled AS
SELECT {", ".join(_COLUMNS)} FROM {{files}} WHERE outcome IN ({", ".join(map(query.quote, FINAL_OUTCOMES))})
"""

_DUPLICATES = f"""
CREATE TEMP VIEW duplicates AS
SELECT * FROM settled WHERE outcome = 'dropped' AND duplicate_of IS NOT NULL AND reason IS DISTINCT FROM '{REVISIT}'
"""

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

_OUTCOMES = "SELECT outcome, reason, count(*) AS rows, count(duplicate_of) AS named FROM settled GROUP BY 1, 2"

_BY_SIZE = "SELECT size, sum(clusters)::BIGINT AS clusters, sum(dropped)::BIGINT AS dropped FROM by_size GROUP BY 1"

_LARGEST = f"""
SELECT {_HEX} AS doc_id, kept, dropped + 1 AS size, mean AS mean_similarity, least AS least_similarity
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

_BINNED = f"""
SELECT coalesce(source, 'unknown') AS source, count(*) AS pairs,
       least(round(similarity::DOUBLE * 1000000)::BIGINT // {1_000_000 // BINS}, {BINS - 1}) AS bin
FROM duplicates WHERE reason = '{NEAR}' AND similarity IS NOT NULL GROUP BY 1, 3 ORDER BY 1
"""  # to six decimals first: as 32-bit floats some hundredths lie a hair below themselves

_PAIR = "SELECT doc_id, uri, source, duplicate_of, similarity FROM duplicates"
_DOUBTFUL = f"{_PAIR} WHERE reason = '{NEAR}' ORDER BY abs(similarity - $1), doc_id, duplicate_of LIMIT $2"
_SAMPLE = f"{_PAIR} WHERE reason = '{NEAR}' ORDER BY doc_id, duplicate_of, similarity LIMIT $1"

_ORPHANS = f"""
WITH heads AS (SELECT {_HEX} AS doc_id, twins FROM lost),
     fates AS (SELECT doc_id, min(coalesce(reason, outcome)) AS fate FROM settled SEMI JOIN heads USING (doc_id)
               WHERE duplicate_of IS DISTINCT FROM doc_id GROUP BY 1)
SELECT coalesce(fate, 'not_read') AS fate, sum(twins)::BIGINT AS documents
FROM heads LEFT JOIN fates USING (doc_id) GROUP BY 1 ORDER BY 2 DESC, 1
"""

_LOST = f"""
{_PAIR} WHERE reason IN {TWINS} AND duplicate_of IN (SELECT {_HEX} FROM lost) ORDER BY doc_id, duplicate_of LIMIT $1
"""

_PLACES = """
SELECT doc_id, coalesce(min(uri) FILTER (outcome = 'kept'), min(uri)) AS uri,
       coalesce(min(source) FILTER (outcome = 'kept'), min(source)) AS source
FROM settled WHERE doc_id IN (SELECT unnest($1)) GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Most:
    """How many of each kind a report names: pairs (doubtful ones, and as many others), clusters (and hosts)."""

    pairs: int = 10
    clusters: int = 10


def duplicates(
    hub: Hub, ref: VersionRef, threshold: float | None = None, most: Most | None = None, bounds: Bounds | None = None
) -> dict[str, Any]:
    """Report what deduplication did to version *ref*; *threshold* is the one that its near-duplicates had to reach.

    Keys: version; ok (no orphans); counts {read, kept, dropped, failed}; reasons {reason: documents}; clusters {number,
    dropped, sizes [{size, clusters, dropped}], largest [{doc_id, uri, source, kept, size, members {reason: n},
    mean_similarity, least_similarity}]}; templates [{host, clusters, dropped, largest}], of clusters that lie on one
    host; similarity {bins, pairs, counts, by_source {name: counts}}, of near-duplicates, counts by bin (see BINS);
    pairs {doubtful, sample} [{doc_id, uri, source, duplicate_of, survivor_uri, similarity}], those closest to the
    threshold and some others; orphans {documents, by_fate, examples}, exact and near duplicates whose survivor is not
    kept, by what became of that ("not_read": the version never met it).

    Raises UnknownReference if there is no such version, DamagedFile if a ledger file cannot be read.
    """
    version = get_version(hub.db, ref)
    held = version_files(hub.db, version, "ledger")
    files = query.resolve_all(hub.home, held)
    wanted = most or Most()
    with query.connect(files, bounds) as connection:
        teach_hosts(connection)
        ledger = f"read_parquet([{', '.join(map(query.quote, files))}])" if files else _NOTHING
        for statement in (_SETTLED.format(files=ledger), _DUPLICATES, *_TALLIES):
            query.rows(connection, statement)
        _tally(connection, sum(file.rows for file in held), wanted.clusters)
        outcomes = query.rows(connection, _OUTCOMES)
        orphans = _orphans(connection, wanted.pairs)
        return {
            "version": version.name,
            "ok": not orphans["documents"],
            "counts": _counts(outcomes),
            "reasons": _reasons(outcomes),
            "clusters": _clusters(connection, wanted.clusters),
            "templates": query.rows(connection, _TEMPLATES, [wanted.clusters]),
            "similarity": _similarity(query.rows(connection, _BINNED)),
            "pairs": _pairs(connection, threshold or 0.0, wanted.pairs),
            "orphans": orphans,
        }


def _tally(connection: Any, rows: int, most: int) -> None:
    """Group duplicates into clusters, one range of survivors after another, and keep of each what a report needs."""
    shares = min(1 + rows // SHARE_ROWS, 1 << 16)
    cuts = [f"{share * (1 << 16) // shares:04x}" for share in range(shares)]
    for low, high in pairwise([*cuts, "g"]):
        query.rows(connection, _CLUSTERS, [low, high])
        for statement in _TALLY:
            query.rows(connection, statement)
        query.rows(connection, _KEEP_LARGEST, [most])


def _counts(outcomes: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    counts = dict.fromkeys(("read", *FINAL_OUTCOMES), 0)
    for row in outcomes:
        counts["read"] += row["rows"]
        counts[row["outcome"]] += row["rows"]
    return counts


def _reasons(outcomes: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Count the documents dropped for another one, by reason, the most frequent first."""
    counts = dict.fromkeys(REASONS, 0)
    for row in outcomes:
        if row["outcome"] == "dropped" and (row["named"] or row["reason"] in REASONS):
            counts[row["reason"]] = row["rows"]
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _clusters(connection: Any, most: int) -> dict[str, Any]:
    by_size = query.rows(connection, _BY_SIZE)
    return {
        "number": sum(row["clusters"] for row in by_size),
        "dropped": sum(row["dropped"] for row in by_size),
        "sizes": _sizes(by_size),
        "largest": _largest(connection, most),
    }


def _sizes(by_size: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Add clusters up by the classes of SIZES."""
    classes = [{"size": name, "clusters": 0, "dropped": 0} for name, _ in SIZES]
    for row in by_size:
        mine = classes[sum(row["size"] >= least for _, least in SIZES) - 1]
        mine["clusters"] += row["clusters"]
        mine["dropped"] += row["dropped"]
    return classes


def _largest(connection: Any, most: int) -> list[dict[str, Any]]:
    found = query.rows(connection, _LARGEST, [most])
    ids = [row["doc_id"] for row in found]
    members: dict[str, dict[str, int]] = {name: {} for name in ids}
    for row in query.rows(connection, _MEMBERS, [ids]):
        members[row["duplicate_of"]][row["reason"]] = row["rows"]
    places = _places(connection, ids)
    return [{**row, **places.get(row["doc_id"], _NOWHERE), "members": members[row["doc_id"]]} for row in found]


_NOWHERE: Mapping[str, None] = {"uri": None, "source": None}


def _places(connection: Any, ids: list[str]) -> dict[str, dict[str, Any]]:
    """Return uri and source of the documents *ids* that the ledger knows."""
    rows = query.rows(connection, _PLACES, [ids])
    return {row["doc_id"]: {name: row[name] for name in _NOWHERE} for row in rows}


def _similarity(binned: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    total, by_source = [0] * BINS, dict[str, list[int]]()
    for row in binned:
        total[row["bin"]] += row["pairs"]
        by_source.setdefault(row["source"], [0] * BINS)[row["bin"]] += row["pairs"]
    return {"bins": BINS, "pairs": sum(total), "counts": total, "by_source": by_source}


def _pairs(connection: Any, threshold: float, most: int) -> dict[str, list[dict[str, Any]]]:
    """Return the pairs closest to *threshold*, and a sample of the others.

    The sample has the smallest doc_ids: fair, since these are hashes, and the same each time.
    """
    doubtful = query.rows(connection, _DOUBTFUL, [threshold, most])
    others = [row for row in query.rows(connection, _SAMPLE, [2 * most]) if row not in doubtful]
    return {"doubtful": _with_survivors(connection, doubtful), "sample": _with_survivors(connection, others[:most])}


def _orphans(connection: Any, most: int) -> dict[str, Any]:
    fates = {row["fate"]: row["documents"] for row in query.rows(connection, _ORPHANS)}
    examples = query.rows(connection, _LOST, [most]) if fates else []
    return {"documents": sum(fates.values()), "by_fate": fates, "examples": _with_survivors(connection, examples)}


def _with_survivors(connection: Any, pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add to each pair where its survivor was found."""
    places = _places(connection, [pair["duplicate_of"] for pair in pairs]) if pairs else {}
    return [{**pair, "survivor_uri": places.get(pair["duplicate_of"], _NOWHERE)["uri"]} for pair in pairs]
