"""Show what files say about rights: one object for each capture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from connectors.streams.files import DigestedFile, digest, list_files
from connectors.streams.scratch import scratch_folder
from corpushub.requests.scan.scan_files import captures
from pipelines.captures.bodies import decode
from pipelines.captures.extract import extract
from pipelines.handover.ids import content_ids
from pipelines.outcome import put
from pipelines.rights.decide import ADDRESS, evidence_of
from pipelines.rights.finders import PageFinder, SiteFinder
from pipelines.rights.site_files import SiteFilesTask
from policies.addresses.redaction import redact_uri
from policies.consent.sites import rfc3339
from policies.rights.evidence import LONGEST_VALUE, Evidence, Scope, Where
from policies.rights.licenses import normalize_all
from policies.rights.profiles import LICENSE, profile_of


@dataclass(frozen=True, slots=True)
class Beside:
    """Files beside the captures that are asked about them, as patterns.

    Attributes:
        robots: files of sites, as a recipe's `robots` names them: archives, HOST.txt, HOST/robots.txt, ...
        registries: registry files, as [policy] names them.
    """

    robots: tuple[str, ...] = ()
    registries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownEvidence:
    """Something that speaks about rights.

    Attributes:
        kind: what it is, such as rel-license or robots.
        where: in which part of the capture, or beside it.
        value: what stands there, shortened.
        scope: what it speaks of.
        name: license, or the signal.
        meaning: an SPDX expression, or allow or deny; null if it says neither.
        at: as of when, RFC 3339 in UTC; null if that is not known.
    """

    kind: str
    where: Where
    value: str
    scope: Scope
    name: str
    meaning: str | None
    at: str | None


@dataclass(frozen=True, slots=True)
class CaptureEvidence:
    """What speaks of a capture.

    Attributes:
        uri: its address, redacted; null if it has none.
        evidence: all that was found.
        license: the SPDX expression that follows; null if none does.
        disagreeing: whether licences were claimed that contradict each other.
        signals: name of each to allow, deny or unknown, the most restrictive.
        profile: id of the rights profile, as in the ledger of a run whose source declares no licence.
    """

    uri: str | None
    evidence: Sequence[ShownEvidence]
    license: str | None
    disagreeing: bool
    signals: Mapping[str, str]
    profile: str


def evidence_files(
    patterns: Sequence[str], field: str = "text", beside: Beside | None = None
) -> Iterator[CaptureEvidence]:
    """Yield what speaks of each capture of the files that *patterns* name, in order; *field* holds the text in tables.

    Evidence is looked for as a run looks for it (pipelines.rights.finders). Registries of content ids are asked
    about texts as they are extracted, before any step of a recipe.

    Raises:
        ConnectorError: a file is missing or not of its format.
        PolicyError: a registry cannot be read, or is malformed.
    """
    with _site_finder(beside or Beside()) as sites:
        for file in list_files(patterns, "."):
            for batch in captures(file.path, {"text": field}):
                micros = batch["captured_at"].cast(pa.int64()).to_pylist()
                rows = zip(batch["uri"].to_pylist(), _evidence(decode(batch), sites), micros, strict=True)
                yield from (describe(uri, found, at) for uri, found, at in rows)


def describe(uri: str | None, evidence: Sequence[Evidence], at: int | None = None) -> CaptureEvidence:
    """Return one capture, which was made *at* (microseconds since 1970), for people and scripts."""
    profile = profile_of(evidence)
    return CaptureEvidence(
        uri=None if uri is None else redact_uri(uri),
        evidence=[_shown(one, None if at is None else rfc3339(at)) for one in evidence],
        license=profile.license,
        disagreeing=profile.disagree,
        signals={signal.name: signal.meaning for signal in profile.signals},
        profile=profile.id,
    )


@contextmanager
def _site_finder(beside: Beside) -> Iterator[SiteFinder]:
    """Yield what asks the files of *beside*; those of sites are collected in a temporary folder."""
    files = list_files(beside.robots, ".") if beside.robots else []
    registries = list_files(beside.registries, ".") if beside.registries else []
    with scratch_folder() as work:
        sources = tuple(DigestedFile(file.path, file.name, file.size, digest(file.path)) for file in files)
        task = SiteFilesTask(sources, work) if sources else None
        if task:
            task.run()
        yield SiteFinder(task, tuple(file.path for file in registries))


def _evidence(batch: pa.RecordBatch, sites: SiteFinder) -> list[list[Evidence]]:
    claims = batch["license"]
    batch = put(batch, "license", normalize_all(claims))
    found = evidence_of(batch.append_column(ADDRESS, batch["uri"]), (PageFinder(), sites))
    contents = sites.of_contents(_contents(batch)) if sites.registries else [[]] * batch.num_rows
    rows = enumerate(zip(claims.to_pylist(), batch["license"].to_pylist(), contents, strict=True))
    return [[*_declared(*stated), *found.get(row, ()), *more] for row, (*stated, more) in rows]


def _contents(batch: pa.RecordBatch) -> pa.Array:
    """Return the content ids of the texts of *batch*; null where there is none."""
    texts = extract(batch, "main").text
    return pc.if_else(pc.is_valid(texts), content_ids(pc.fill_null(texts, "")), None)


def _shown(one: Evidence, captured: str | None) -> ShownEvidence:
    beside = one.where in (Where.SITE, Where.REGISTRY)  # another file than the capture, perhaps of no known time
    at = one.at or (None if beside else captured)
    return ShownEvidence(one.kind, one.where, one.value, one.scope, one.name, one.meaning, at)


def _declared(claim: str | None, license: str | None) -> list[Evidence]:
    """Return the evidence of a record's own licence field, which was understood as *license*."""
    if claim is None or not claim.strip():
        return []
    return [Evidence("record", Where.RECORD, Scope.PAGE, claim[:LONGEST_VALUE], LICENSE, license)]
