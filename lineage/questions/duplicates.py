"""What deduplication did to a version: clusters, templates, pairs and similarities, from its ledger alone.

A cluster is a survivor and all that was dropped for it. Revisits are counted but take part in none: each names the
capture that it repeats, whatever became of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lineage.control.version_files import version_files
from lineage.control.versions import get_version
from lineage.hub import Hub
from lineage.questions.clusters import HEX, NEAR, NOWHERE, TWINS, Clusters, Template, clusters, places, tally, templates
from lineage.references import VersionRef
from lineage.storage import query
from lineage.storage.bounds import Bounds
from lineage.storage.tables import FINAL_OUTCOMES
from policies.addresses.sql import teach_hosts

REVISIT = "revisit"
REASONS = (*TWINS, "repeated_record", "id_conflict", REVISIT)
"""Reasons that every report counts; others are counted where their rows name a survivor."""

BINS = 100
"""Bins of a similarity histogram: bin i holds [i / 100, (i + 1) / 100), the last one 1.0 too."""

_COLUMNS = ("doc_id", "outcome", "reason", "source", "uri", "duplicate_of", "similarity")
_NOTHING = "(SELECT " + ", ".join(f"NULL::VARCHAR AS {name}" for name in _COLUMNS[:-1])
_NOTHING += f", NULL::FLOAT AS {_COLUMNS[-1]} WHERE false)"

_SETTLED = f"""
CREATE TEMP VIEW settled AS
SELECT {", ".join(_COLUMNS)} FROM {{files}} WHERE outcome IN ({", ".join(map(query.quote, FINAL_OUTCOMES))})
"""

_DUPLICATES = f"""
CREATE TEMP VIEW duplicates AS
SELECT * FROM settled WHERE outcome = 'dropped' AND duplicate_of IS NOT NULL AND reason IS DISTINCT FROM '{REVISIT}'
"""

_OUTCOMES = "SELECT outcome, reason, count(*) AS rows, count(duplicate_of) AS named FROM settled GROUP BY 1, 2"

_BINNED = f"""
SELECT coalesce(source, 'unknown') AS source, count(*) AS pairs,
       least(round(similarity::DOUBLE * 1000000)::BIGINT // {1_000_000 // BINS}, {BINS - 1}) AS bin
FROM duplicates WHERE reason = '{NEAR}' AND similarity IS NOT NULL GROUP BY 1, 3 ORDER BY 1
"""  # to six decimals first: as 32-bit floats some hundredths lie a hair below themselves

_PAIR = "SELECT doc_id, uri, source, duplicate_of, similarity FROM duplicates"
_DOUBTFUL = f"{_PAIR} WHERE reason = '{NEAR}' ORDER BY abs(similarity - $1), doc_id, duplicate_of LIMIT $2"
_SAMPLE = f"{_PAIR} WHERE reason = '{NEAR}' ORDER BY doc_id, duplicate_of, similarity LIMIT $1"

_ORPHANS = f"""
WITH heads AS (SELECT {HEX} AS doc_id, twins FROM lost),
     fates AS (SELECT doc_id, min(coalesce(reason, outcome)) AS fate FROM settled SEMI JOIN heads USING (doc_id)
               WHERE duplicate_of IS DISTINCT FROM doc_id GROUP BY 1)
SELECT coalesce(fate, 'not_read') AS fate, sum(twins)::BIGINT AS documents
FROM heads LEFT JOIN fates USING (doc_id) GROUP BY 1 ORDER BY 2 DESC, 1
"""

_LOST = f"""
{_PAIR} WHERE reason IN {TWINS} AND duplicate_of IN (SELECT {HEX} FROM lost) ORDER BY doc_id, duplicate_of LIMIT $1
"""


@dataclass(frozen=True, slots=True)
class Most:
    """How many of each kind a report names: pairs (doubtful ones, and as many others), clusters (and hosts)."""

    pairs: int = 10
    clusters: int = 10


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """Records of a version.

    Attributes:
        read: all that were read.
        kept: those that are in it.
        dropped: those that are not.
        failed: those that could not be read.
    """

    read: int
    kept: int
    dropped: int
    failed: int


@dataclass(frozen=True, slots=True)
class Similarities:
    """Near-duplicates by their similarity with the survivor.

    Attributes:
        bins: of the counts; see BINS.
        pairs: how many there are.
        counts: pairs in each bin.
        by_source: likewise, by the source of the dropped document.
    """

    bins: int
    pairs: int
    counts: tuple[int, ...]
    by_source: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Pair:
    """A dropped document and its survivor.

    Attributes:
        doc_id: of the dropped one.
        uri: where that was captured.
        source: its source, as the recipe names it.
        duplicate_of: doc_id of the survivor.
        similarity: the verified Jaccard index of the two; null where it was not measured.
        survivor_uri: where the survivor was captured.
    """

    doc_id: str
    uri: str | None
    source: str | None
    duplicate_of: str
    similarity: float | None
    survivor_uri: str | None


@dataclass(frozen=True, slots=True)
class Pairs:
    """Near-duplicates.

    Attributes:
        doubtful: those closest to the threshold.
        sample: some others.
    """

    doubtful: tuple[Pair, ...]
    sample: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Orphans:
    """Exact and near duplicates whose survivor is not kept.

    Attributes:
        documents: how many.
        by_fate: by what became of the survivor ("not_read": the version never met it), the most frequent first.
        examples: some of them.
    """

    documents: int
    by_fate: Mapping[str, int]
    examples: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Duplicates:
    """What deduplication did to a version.

    Attributes:
        version: NAME@vN.
        ok: whether there are no orphans.
        counts: its records.
        reasons: documents dropped for another one, by reason, the most frequent first.
        clusters: survivors with what was dropped for them.
        templates: hosts with the most documents dropped for one of the same host.
        similarity: of near-duplicates.
        pairs: near-duplicates.
        orphans: duplicates whose survivor is not kept.
    """

    version: str
    ok: bool
    counts: RecordCounts
    reasons: Mapping[str, int]
    clusters: Clusters
    templates: tuple[Template, ...]
    similarity: Similarities
    pairs: Pairs
    orphans: Orphans


def duplicates(
    hub: Hub, ref: VersionRef, threshold: float | None = None, most: Most | None = None, bounds: Bounds | None = None
) -> Duplicates:
    """Report what deduplication did to version *ref*; *threshold* is the one that its near-duplicates had to reach.

    Raises UnknownReference if there is no such version, DamagedFile if a ledger file cannot be read.
    """
    version = get_version(hub.db, ref)
    held = version_files(hub.db, version, "ledger")
    files = query.resolve_all(hub.home, held)
    wanted = most or Most()
    with query.connect(files, bounds) as connection:
        teach_hosts(connection)
        ledger = f"read_parquet([{', '.join(map(query.quote, files))}])" if files else _NOTHING
        for statement in (_SETTLED.format(files=ledger), _DUPLICATES):
            query.rows(connection, statement)
        tally(connection, sum(file.rows for file in held), wanted.clusters)
        outcomes = query.rows(connection, _OUTCOMES)
        orphans = _orphans(connection, wanted.pairs)
        return Duplicates(
            version=version.name,
            ok=not orphans.documents,
            counts=_counts(outcomes),
            reasons=_reasons(outcomes),
            clusters=clusters(connection, wanted.clusters),
            templates=templates(connection, wanted.clusters),
            similarity=_similarity(query.rows(connection, _BINNED)),
            pairs=_pairs(connection, threshold or 0.0, wanted.pairs),
            orphans=orphans,
        )


def _counts(outcomes: Iterable[Mapping[str, Any]]) -> RecordCounts:
    counts = dict.fromkeys(("read", *FINAL_OUTCOMES), 0)
    for row in outcomes:
        counts["read"] += row["rows"]
        counts[row["outcome"]] += row["rows"]
    return RecordCounts(**counts)


def _reasons(outcomes: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Count the documents dropped for another one, by reason, the most frequent first."""
    counts = dict.fromkeys(REASONS, 0)
    for row in outcomes:
        if row["outcome"] == "dropped" and (row["named"] or row["reason"] in REASONS):
            counts[row["reason"]] = row["rows"]
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _similarity(binned: Iterable[Mapping[str, Any]]) -> Similarities:
    total, by_source = [0] * BINS, dict[str, list[int]]()
    for row in binned:
        total[row["bin"]] += row["pairs"]
        by_source.setdefault(row["source"], [0] * BINS)[row["bin"]] += row["pairs"]
    return Similarities(BINS, sum(total), tuple(total), {name: tuple(some) for name, some in by_source.items()})


def _pairs(connection: Any, threshold: float, most: int) -> Pairs:
    """Return the pairs closest to *threshold*, and a sample of the others.

    The sample has the smallest doc_ids: fair, since these are hashes, and the same each time.
    """
    doubtful = query.rows(connection, _DOUBTFUL, [threshold, most])
    others = [row for row in query.rows(connection, _SAMPLE, [2 * most]) if row not in doubtful]
    return Pairs(_with_survivors(connection, doubtful), _with_survivors(connection, others[:most]))


def _orphans(connection: Any, most: int) -> Orphans:
    fates = {row["fate"]: row["documents"] for row in query.rows(connection, _ORPHANS)}
    examples = query.rows(connection, _LOST, [most]) if fates else []
    return Orphans(sum(fates.values()), fates, _with_survivors(connection, examples))


def _with_survivors(connection: Any, pairs: list[dict[str, Any]]) -> tuple[Pair, ...]:
    """Add to each pair where its survivor was found."""
    where = places(connection, [pair["duplicate_of"] for pair in pairs]) if pairs else {}
    return tuple(Pair(**pair, survivor_uri=where.get(pair["duplicate_of"], NOWHERE).uri) for pair in pairs)
