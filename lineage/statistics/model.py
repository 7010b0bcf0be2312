"""What a version holds and what was dropped on the way to it, in numbers: the statistics as answers see them.

Everything is a count of documents, of bytes of UTF-8 text or of spans, and follows from the version's documents files,
ledger files and profiles alone: no run, time, path or name of a home takes part. What is not known of a document counts
as UNKNOWN. Kept are the documents of the version; dropped and failed are the records whose last event in the ledger
says so, tombstones of erased documents included (reason "erased").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

UNKNOWN: Final = "unknown"
"""The name of what is not known: no language was identified, no licence found, no time of capture told."""

NO_ADDRESS: Final = "(none)"
"""The domain of documents without a web address; no host is spelled so."""

PERCENTS: Final = (1, 5, 25, 50, 75, 95, 99)
"""At which quantiles of signals are told."""

MOST_DOMAINS: Final = 10_000
"""Domains that are listed one by one, the largest first; the others are one number."""

LOSS_KEYS: Final = ("language", "source", "reason")
"""By what losses are told."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Records, as the ledger has them: read = kept + dropped + failed.

    Attributes:
        read: records.
        kept: documents of the version.
        changed: those of the kept whose text a step changed.
        dropped: records that a step, the policy or an erasure dropped.
        failed: records that could not be read.
        bytes: of the texts of the kept.
    """

    read: int
    kept: int
    changed: int
    dropped: int
    failed: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Share:
    """The kept documents with one value: a language, a licence (SPDX expression), a source, a domain, a month.

    Attributes:
        name: the value; UNKNOWN if there is none. Months are YYYY-MM (UTC).
        documents: how many.
        bytes: of their texts.
    """

    name: str
    documents: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Length:
    """The kept documents with texts of *least* to 2 * *least* - 1 bytes; *least* is 0 or a power of two.

    Attributes:
        least: bytes of the shortest text that counts here.
        documents: how many.
        bytes: of their texts.
    """

    least: int
    documents: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Domains:
    """Documents by registrable domain (public suffix list, private section left out: "example.co.uk").

    A host without a public suffix, as an IP address, counts as itself; no web address counts as NO_ADDRESS.

    Attributes:
        distinct: how many domains there are, NO_ADDRESS aside.
        listed: the MOST_DOMAINS with the most bytes (of what was dropped: documents), exact, the largest first.
        rest: all others in one, named "".
    """

    distinct: int
    listed: tuple[Share, ...]
    rest: Share


@dataclass(frozen=True, slots=True)
class SourceShares:
    """The kept documents of one source.

    Attributes:
        source: its name.
        domains: by registrable domain.
        months: by month of capture, in order; UNKNOWN last.
    """

    source: str
    domains: Domains
    months: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Bin:
    """The documents whose signal is in [*least*, *below*).

    Attributes:
        least: the least value of the bin.
        below: the least value of the next one.
        documents: how many.
    """

    least: float
    below: float
    documents: int


@dataclass(frozen=True, slots=True)
class Quantile:
    """The value at the rank ceil(n * *percent* / 100), from 1, of n values in order: SQL's quantile_disc, exact.

    Attributes:
        percent: one of PERCENTS.
        value: a value that a document has.
    """

    percent: int
    value: float


@dataclass(frozen=True, slots=True)
class Signal:
    """A number that a step measured of the kept documents (booleans count as 0 and 1).

    Attributes:
        name: the column.
        documents: with a value.
        nulls: without one.
        min: the least value; null if there is none. Likewise max.
        max: the greatest value.
        quantiles: at PERCENTS; none if there is no value.
        bins: those that hold a document, in order: 16 equal steps from each power of two to the next, so that a bin is
            at most 6.25 % of its values wide.
    """

    name: str
    documents: int
    nulls: int
    min: float | None
    max: float | None
    quantiles: tuple[Quantile, ...]
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """What was found and acted upon of one type of personal data in the kept documents.

    Attributes:
        type: the entity: EMAIL_ADDRESS.
        spans: how many.
        documents: with at least one.
    """

    type: str
    spans: int
    documents: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The kept documents of one language and source.

    Attributes:
        language: the language; UNKNOWN if none was identified.
        source: the source.
        documents: how many.
        bytes: of their texts.
    """

    language: str
    source: str
    documents: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Lost:
    """The records of one language and source that ended for one reason.

    Attributes:
        outcome: dropped or failed.
        step: which step dropped them.
        reason: why (docs/reasons.md).
        language: as it was identified before they were dropped; UNKNOWN if it was not, and for what could not be read.
        source: the source.
        documents: how many.
    """

    outcome: str
    step: str
    reason: str
    language: str
    source: str
    documents: int


@dataclass(frozen=True, slots=True)
class Clusters:
    """Clusters of duplicates of one size; what was dropped for a document that was erased since is in none.

    Attributes:
        size: documents of such a cluster, the survivor included.
        clusters: how many there are.
        dropped: documents dropped in them.
    """

    size: int
    clusters: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Edits:
    """Changes of texts for one reason, of documents that were kept or dropped later.

    Attributes:
        step: which step changed them.
        reason: why (docs/reasons.md).
        documents: changed texts.
        spans: places that were changed, where the ledger keeps them.
    """

    step: str
    reason: str
    documents: int
    spans: int


@dataclass(frozen=True, slots=True)
class Consent:
    """Documents with one consent signal and its answer.

    Attributes:
        kind: the signal: "tdm", "train-ai", "robots:GPTBot".
        answer: allow, deny or unknown.
        where: where it was found (header, head, body, footer, site, source, record, registry), joined by commas.
        kept: documents of the version with it.
        dropped: dropped records with it, whatever they were dropped for.
    """

    kind: str
    answer: str
    where: str
    kept: int
    dropped: int


@dataclass(frozen=True, slots=True)
class EvidenceCount:
    """Documents with one kind of evidence on their rights.

    Attributes:
        kind: "license" (a licence is claimed), "license-disagreement" (several are), "license-unclear" (a claim is not
            understood), "signal-WHERE" (a consent signal was found there: signal-header, signal-site), "nothing" (a
            profile without evidence) or UNKNOWN (no profile).
        kept: documents of the version with it; one may count in several kinds.
        dropped: dropped records with it.
    """

    kind: str
    kept: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """The statistics of a version; lists come with the largest first, then by name, unless they have an order.

    Attributes:
        totals: records and documents.
        languages, licenses, sources: the kept documents by each.
        domains: the kept documents by registrable domain.
        months: the kept documents by month of capture, in order; UNKNOWN last.
        by_source: both for each source, by name.
        lengths: the kept documents by bytes of text, in order.
        signals: every number that was measured of the kept documents, by name.
        scanned: kept documents that were searched for personal data.
        personal_data: what was found in these and acted upon, by type.
        kept: the kept documents by language and source.
        lost: what was dropped and failed by outcome, step, reason, language and source; it adds up to both totals.
        dropped_domains: the dropped records by registrable domain; bytes are not known and 0.
        clusters: clusters of duplicates by size, in order.
        edits: changed texts by step and reason.
        consent: consent signals by kind, answer and where.
        evidence: evidence by kind.
    """

    totals: Totals
    languages: tuple[Share, ...]
    licenses: tuple[Share, ...]
    sources: tuple[Share, ...]
    domains: Domains
    months: tuple[Share, ...]
    by_source: tuple[SourceShares, ...]
    lengths: tuple[Length, ...]
    signals: tuple[Signal, ...]
    scanned: int
    personal_data: tuple[PersonalData, ...]
    kept: tuple[Kept, ...]
    lost: tuple[Lost, ...]
    dropped_domains: Domains
    clusters: tuple[Clusters, ...]
    edits: tuple[Edits, ...]
    consent: tuple[Consent, ...]
    evidence: tuple[EvidenceCount, ...]
