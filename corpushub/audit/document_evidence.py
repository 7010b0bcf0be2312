"""What was said of the rights in a document, word for word: read again from the sources that the run read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.capture import Extent, Kind, Limits
from connectors.errors import ConnectorError
from connectors.streams.files import DigestedFile, SourceFile
from connectors.streams.scratch import scratch_folder
from corpushub.audit.quoted_claims import DocumentEvidence, QuotedClaim
from corpushub.recipe.job import digest_of_file
from corpushub.recipe.model import Pii
from lineage.control.runs import RunInput, get_run, run_inputs
from lineage.hub import Hub
from lineage.questions.trace import DocumentTrace
from pipelines.captures.bodies import decode
from pipelines.captures.formats import connector_named
from pipelines.handover.ids import doc_ids
from pipelines.outcome import put
from pipelines.rights.decide import ADDRESS, evidence_of
from pipelines.rights.finders import PageFinder, SiteFinder
from pipelines.rights.site_files import SiteFilesTask, open_sites
from policies.addresses.places import locate
from policies.addresses.redaction import redact_uri
from policies.consent import ai_txt, tdmrep
from policies.consent.agents import Agents
from policies.consent.robots import RobotsFile
from policies.consent.sites import SiteFiles, rfc3339
from policies.pii.actions import Action
from policies.pii.scrubber import Scrubber
from policies.rights.credits import CREDITS
from policies.rights.evidence import Evidence, Scope, Where
from policies.rights.licenses import normalize_all
from policies.rights.profiles import LICENSE

LONGEST_QUOTE: Final = 200
"""Code points of what is quoted."""

_ROBOTS: Final = ":robots"
_SLICE: Final = 1 << 20
_ADDRESS: Final = re.compile(r"(?:https?:)?//[^\s<>\"']+")
_FILES: Final = {"tdmrep": tdmrep.PATH, "ai-txt": ai_txt.PATH}


def document_evidence(hub: Hub, found: DocumentTrace, signals: Mapping[str, tuple[str, str]]) -> DocumentEvidence:
    """Read again what speaks of the document of which *found* is the trace: its record, and the files of sites.

    *signals* are those of its profile, name to meaning and where. A source that is gone or has changed is named in
    place of its claims. No run records its registries: what they said is told from the profile.
    """
    gone: list[str] = []
    runs = list(dict.fromkeys(event.run.removeprefix("run:") for event in found.events))
    inputs = [one for run in runs for one in run_inputs(hub.db, run)]
    recipe = tomllib.loads(get_run(hub.db, runs[-1]).recipe) if runs else {}
    source: dict[str, Any] = next((one for one in recipe.get("source", ()) if one["name"] == found.source), {})
    claims = list(_declared(found, source))
    capture = _capture(hub, found, source, inputs, gone)
    if capture is not None:
        robots = [one for one in inputs if one.source.endswith(_ROBOTS)]
        there = [one for one in robots if _stands(hub, one, gone)]
        with scratch_folder(str(hub.home.scratch)) as work:
            claims += _read(capture, found, there, _agents(signals), work)
    for name, (meaning, where) in signals.items():
        if Where.REGISTRY in where.split(","):
            claims.append(QuotedClaim("registry", Where.REGISTRY, Scope.PAGE, name, meaning, None, None, None))
    return DocumentEvidence(_scrubbed(claims, recipe), gone)


def _declared(found: DocumentTrace, source: Mapping[str, Any]) -> Iterator[QuotedClaim]:
    """Return what the recipe declares of the whole source."""
    said = source.get("license", "unknown")
    if said not in ("unknown", "per-record"):
        meaning = normalize_all(pa.array([said], pa.string()))[0].as_py()
        yield QuotedClaim("source", Where.SOURCE, Scope.DATASET, LICENSE, meaning, said, None, "recipe")


def _capture(
    hub: Hub, found: DocumentTrace, source: Mapping[str, Any], inputs: Sequence[RunInput], gone: list[str]
) -> pa.RecordBatch | None:
    """Return the record of a document, one row; None if it is not there any more, which *gone* is told."""
    name = found.locator.file
    place = next((one for one in inputs if one.source == found.source and one.name == name), None)
    if place is None or "connector" not in source:
        gone.append(f"{name or 'the record'}: no run of this hub says where it was read")
        return None
    if not _stands(hub, place, gone):
        return None
    try:
        row = _row(place, source, found)
    except ConnectorError as error:
        gone.append(f"{place.name}: {error}")
        return None
    if row is None:
        gone.append(f"{place.name}: the record does not stand there any more")
    elif row["kind"][0].as_py() == Kind.REVISIT.value:
        gone.append(f"{place.name}: the record repeats another, whose page was not read again")
    return row


def _stands(hub: Hub, place: RunInput, gone: list[str]) -> bool:
    """Tell whether a file holds what it held when it was read; if not, *gone* is told."""
    try:
        same = digest_of_file(place.path, hub.db) == place.sha256
    except (ConnectorError, OSError):
        gone.append(f"{place.name}: the file is gone")
        return False
    if not same:
        gone.append(f"{place.name}: the file has changed since it was read")
    return same


def _row(place: RunInput, source: Mapping[str, Any], found: DocumentTrace) -> pa.RecordBatch | None:
    """Return the row with the document's id, near its offset; a slice is read where the file can be cut."""
    connector = connector_named(source["connector"])
    options = {key: value for key, value in source.items() if key in connector.options}
    at = found.locator.offset or 0
    slices = connector.split(SourceFile(place.path, place.name, place.size), _SLICE)
    near = [part for part in slices if part.start <= at and (part.end is None or at < part.end)]
    wanted = pa.scalar(bytes.fromhex(found.doc_id), pa.binary(16))
    for part in near if len(slices) > 1 else slices:
        for batch in connector.read(part, options, Limits(), Extent()):
            mask = pc.equal(doc_ids(found.source or "", batch), wanted)
            if pc.any(mask).as_py():
                return batch.filter(mask).slice(0, 1)
    return None


def _agents(signals: Mapping[str, tuple[str, str]]) -> Agents | None:
    """Return the agents that the run asked sites about; None for the shipped list, if it asked no site."""
    names = (name.partition(":") for name in signals)
    tokens = sorted((token for kind, _, token in names if kind == "robots" and token), key=str.lower)
    return Agents("", tuple(tokens)) if tokens else None


def _read(
    capture: pa.RecordBatch, found: DocumentTrace, robots: Sequence[RunInput], agents: Agents | None, work: str
) -> Iterator[QuotedClaim]:
    """Yield what the record, and the files of sites that the run had, say."""
    there = list({(one.name, one.sha256): one for one in robots}.values())
    sources = tuple(DigestedFile(one.path, one.name, one.size, one.sha256) for one in there)
    task = SiteFilesTask(sources, work) if sources else None
    if task:
        task.run()
    said = capture["license"][0].as_py()
    batch = put(capture, "license", normalize_all(capture["license"])).append_column(ADDRESS, capture["uri"])
    evidence = evidence_of(decode(batch), (PageFinder(agents), SiteFinder(task, agents=agents))).get(0, [])
    sites = open_sites(task.table_path, agents) if task else None
    uri, micros = batch["uri"][0].as_py(), batch["captured_at"].cast(pa.int64())[0].as_py()
    if said and said.strip():
        evidence = [
            Evidence("record", Where.RECORD, Scope.PAGE, said, LICENSE, batch["license"][0].as_py()),
            *evidence,
        ]
    for one in evidence:
        if one.name not in CREDITS:
            yield _claim(one, found, (uri, micros), sites)


def _claim(
    one: Evidence, found: DocumentTrace, page: tuple[str | None, int | None], sites: SiteFiles | None
) -> QuotedClaim:
    uri, micros = page
    beside = one.where in (Where.SITE, Where.REGISTRY)
    at = one.at or (None if beside or micros is None else rfc3339(micros))
    claim = QuotedClaim(one.kind, one.where, one.scope, one.name, one.meaning, one.value, at, found.locator.file)
    if not beside or sites is None or not uri:
        return claim
    kind = one.kind.removesuffix("-later")
    behind = sites.robots_behind(uri, micros)
    if kind in _FILES:
        return replace(claim, file=_FILES[kind])
    if behind is None or kind not in ("robots", "content-usage", "content-signal", "rsl"):
        return replace(claim, file=None)
    return _of_robots(replace(claim, file=redact_uri(behind[0])), behind[1], uri)


def _of_robots(claim: QuotedClaim, robots: RobotsFile | None, uri: str) -> QuotedClaim:
    """Return a claim of a robots.txt with the line and group behind it, and the line as its quote."""
    place = locate(uri)
    if robots is None or place is None or not robots.readable:
        return claim
    agent = claim.name.removeprefix("robots:")
    of_agent = claim.name != agent
    group, line = robots.rule_behind(agent, place.path) if of_agent else robots.use_behind(claim.quote or "")
    quote = f"{line.name}: {line.value}" if line else claim.quote
    return replace(claim, group=group, line=line.number if line else None, quote=quote)


def _scrubbed(claims: Sequence[QuotedClaim], recipe: Mapping[str, Any]) -> list[QuotedClaim]:
    """Return *claims* with their quotes shortened, addresses redacted and personal data replaced."""
    quotes = [_ADDRESS.sub(lambda found: redact_uri(found[0]), one.quote or "") for one in claims]
    clean = _scrubber(recipe).scrub(pa.array(quotes, pa.string()), pa.array(["en"] * len(quotes), pa.string()))
    whole = pc.if_else(pc.equal(clean.status, "complete"), clean.text, None).to_pylist()
    return [
        replace(one, quote=quote[:LONGEST_QUOTE] if quote else None) for one, quote in zip(claims, whole, strict=True)
    ]


def _scrubber(recipe: Mapping[str, Any]) -> Scrubber:
    """Return what looks for all that the recipe's [pii] section looks for, and puts labels in its place."""
    section = Pii.model_validate(recipe.get("pii", {}))
    types = list(dict.fromkeys([*section.entities, *section.actions]))
    plain: dict[str, Any] = {"actions": {}, "default": Action.LABEL, "entities": types, "key_file": None}
    return replace(section.model_copy(update=plain).scrubber(Path()), key=None)
