"""OpenLineage run events (spec 2-0-2) of a run, made from the control database: the same rows give the same events.

A dataset of ours is a dataset there, its version a version facet; each source of a run is one input, however many
files it has, so that an event stays small. Events carry counts, digests and names, never text or personal values.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed
from typing import Any

from lineage.control.costs.energy import UNRATED
from lineage.control.costs.totals import RunEnergy, energy_of_run
from lineage.control.runs import Run, RunInput, RunState, digest_of_inputs, get_run, run_inputs
from lineage.control.versions import Version, version_of_run
from lineage.events.version_facts import VersionFacts
from lineage.hub import Hub
from lineage.storage.as_json import as_json

START, RUNNING, COMPLETE, FAIL = "START", "RUNNING", "COMPLETE", "FAIL"

PRODUCER = "urn:corpushub"
NAMESPACE = "corpushub"
SPEC = "https://openlineage.io/spec"
EVENT_SCHEMA = f"{SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
OWN = "urn:corpushub:facets"

_RUN_IDS = uuid.uuid5(uuid.NAMESPACE_URL, PRODUCER)

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunData:
    """What an event tells beside the run: its inputs, the version it made, what is known of that, what the run cost."""

    inputs: Sequence[RunInput] = ()
    version: Version | None = None
    facts: VersionFacts | None = None
    energy: RunEnergy | None = None


def run_uuid(run: str) -> str:
    """Return the UUID (version 5, RFC 9562) by which events name *run*."""
    return str(uuid.uuid5(_RUN_IDS, run))


def started(run: Run, inputs: Sequence[RunInput]) -> Event:
    """Return the event that *run* began to read *inputs*."""
    return _event(START, run.started, run, RunData(inputs))


def running(run: Run, inputs: Sequence[RunInput], at: str) -> Event:
    """Return the event that *run* has counted its records and goes on to commit, at the time *at*."""
    return _event(RUNNING, at, run, RunData(inputs))


def ended(hub: Hub, run: Run) -> Event:
    """Return the event that *run* made its version, or failed."""
    inputs = run_inputs(hub.db, run.id)
    at = run.finished or run.started
    energy = energy_of_run(hub.db, run.id, UNRATED)
    if run.state != RunState.COMMITTED:
        return _event(FAIL, at, run, RunData(inputs, energy=energy))
    version = version_of_run(hub.db, run.id)
    facts = VersionFacts.of(hub.home, hub.db, version) if version else None
    return _event(COMPLETE, at, run, RunData(inputs, version, facts, energy))


def events_of(hub: Hub, names: Iterable[str]) -> list[Event]:
    """Return the events of the runs *names*: START and COMPLETE, oldest run first."""
    runs = sorted((get_run(hub.db, name) for name in names), key=lambda run: (run.started, run.id))
    pairs = [(started(run, run_inputs(hub.db, run.id)), ended(hub, run)) for run in runs]
    return [event for pair in pairs for event in pair]


def _event(kind: str, at: str, run: Run, data: RunData) -> Event:
    return {
        "eventType": kind,
        "eventTime": at,
        "producer": PRODUCER,
        "schemaURL": EVENT_SCHEMA,
        "run": {"runId": run_uuid(run.id), "facets": _run_facets(kind, run, data.energy)},
        "job": {"namespace": NAMESPACE, "name": run.dataset, "facets": _job_facets()},
        "inputs": _inputs(data.inputs, data.version),
        "outputs": [_output(data.version, data.facts)] if data.version else [],
    }


def _standard(facet: str, schema: str, **content: Any) -> dict[str, Any]:
    """Return the body of a facet of the standard: *schema* is its version and file."""
    return {"_producer": PRODUCER, "_schemaURL": f"{SPEC}/facets/{schema}.json#/$defs/{facet}", **content}


def _own(facet: str, **content: Any) -> dict[str, Any]:
    """Return the body of a facet of ours; lineage/events/facets.json has their schemas."""
    return {"_producer": PRODUCER, "_schemaURL": f"{OWN}:{facet}:1", **content}


def _run_facets(kind: str, run: Run, energy: RunEnergy | None) -> dict[str, Any]:
    engine = {"version": installed("corpushub"), "name": "corpushub", "openlineageAdapterVersion": run.code_version}
    facets = {
        "processing_engine": _standard("ProcessingEngineRunFacet", "1-1-1/ProcessingEngineRunFacet", **engine),
        "corpushub_recipe": _own("recipe", run=run.id, recipeDigest=run.recipe_digest, inputsDigest=run.inputs_digest),
    }
    if run.counts:
        facets["corpushub_decisions"] = _own("decisions", counts=dict(run.counts), reasons=dict(run.reasons))
    if energy is not None:
        facets["corpushub_energy"] = _own("energy", **_energy(energy))
    if kind == FAIL:
        message = {"message": run.error or "unknown", "programmingLanguage": "Python"}
        facets["errorMessage"] = _standard("ErrorMessageRunFacet", "1-0-1/ErrorMessageRunFacet", **message)
    return facets


def _energy(cost: RunEnergy) -> dict[str, Any]:
    """Return what a run cost; its stages are left to `runs run:ID`."""
    told: dict[str, Any] = {
        "cpuSeconds": cost.cpu_seconds,
        "failedSeconds": cost.failed_seconds,
        "gbHours": cost.gb_hours,
    }
    told |= {"readBytes": cost.read_bytes, "writtenBytes": cost.written_bytes, "missing": list(cost.missing)}
    modelled, measured = cost.modelled, cost.measured
    if modelled is not None:
        told["modelled"] = {"kwh": modelled.kwh, "grams": modelled.grams, "cost": modelled.cost}
    return told | ({"measured": {"kwh": measured.kwh}} if measured else {})


def _job_facets() -> dict[str, Any]:
    words = {"processingType": "BATCH", "integration": "CORPUSHUB", "jobType": "RECIPE"}
    return {"jobType": _standard("JobTypeJobFacet", "2-0-3/JobTypeJobFacet", **words)}


def _inputs(files: Sequence[RunInput], version: Version | None) -> list[dict[str, Any]]:
    by_source: dict[str, list[RunInput]] = {}
    for file in files:
        by_source.setdefault(file.source, []).append(file)
    inputs = [_input(source, some) for source, some in sorted(by_source.items())]
    if version is not None and version.parent is not None:
        facets = {"version": _version(f"v{version.parent}")}
        inputs.append({"namespace": NAMESPACE, "name": version.dataset, "facets": facets})
    return inputs


def _input(source: str, files: Sequence[RunInput]) -> dict[str, Any]:
    sizes = {"size": sum(file.size for file in files), "fileCount": len(files)}
    statistics = _standard("InputStatisticsInputDatasetFacet", "1-0-0/InputStatisticsInputDatasetFacet", **sizes)
    digest = digest_of_inputs(files)
    facets = {"version": _version(f"sha256:{digest}")}
    inner = {"inputStatistics": statistics}
    return {"namespace": f"{NAMESPACE}/source", "name": source, "facets": facets, "inputFacets": inner}


def _version(label: str) -> dict[str, Any]:
    return _standard("DatasetVersionDatasetFacet", "1-0-1/DatasetVersionDatasetFacet", datasetVersion=label)


def _output(version: Version, facts: VersionFacts | None) -> dict[str, Any]:
    facets = {
        "version": _version(f"v{version.number}"),
        "corpushub_manifest": _own("manifest", manifestRoot=version.manifest_root, languages=dict(version.languages)),
        "corpushub_licenses": _own("licenses", documents=version.documents, licenses=dict(version.licenses)),
    }
    output = {"namespace": NAMESPACE, "name": version.dataset, "facets": facets}
    if facts is None:
        return output
    schema = [{"name": name, "type": kind} for name, kind in facts.columns]
    facets["schema"] = _standard("SchemaDatasetFacet", "1-1-1/SchemaDatasetFacet", fields=schema)
    facets["corpushub_consent"] = _own("consent", **as_json(facts.consent))
    facets["corpushub_personalData"] = _own("personalData", **as_json(facts.personal_data))
    sizes = {"rowCount": version.documents, "size": facts.bytes, "fileCount": facts.files}
    statistics = _standard("OutputStatisticsOutputDatasetFacet", "1-0-2/OutputStatisticsOutputDatasetFacet", **sizes)
    return {**output, "outputFacets": {"outputStatistics": statistics}}
