"""What happened to a dataset, and which runs there were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from lineage.control import runs as records
from lineage.control.costs.energy import UNRATED, Rates
from lineage.control.costs.progress import RunProgress, progress_of
from lineage.control.costs.totals import RunEnergy, energy_of_run
from lineage.control.erasures import erased_documents, revision_numbers
from lineage.control.policy_texts import policy_of_run
from lineage.control.retention import Retention, retentions
from lineage.control.runs import Run, RunState, get_run, run_inputs
from lineage.control.texts import text_digests
from lineage.control.versions import get_version, list_versions, newest_number, version_of_run
from lineage.control.withdrawals import WithdrawalSummary, show_withdrawal, withdrawals
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.hub.locks import holder_of
from lineage.references import RunRef, VersionRef
from lineage.storage.as_json import LINES

UNDER_WAY: Final = (RunState.STARTED, RunState.RUNNING)
"""States of runs that have not ended."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A version in the history of its dataset.

    Attributes:
        version: NAME@vN.
        created: RFC 3339, UTC.
        documents: how many it keeps.
        bytes: of their texts.
        run: run:ID of the run that made it.
        parents: the version that the run went on from, if any.
        counts: that run's, by outcome.
        pinned: since when, null if it is not.
        retired: since when, null if it is not.
        revisal: the withdrawal that made it, null for others.
        revision: how often an erasure changed it.
        erased: documents that it lost so.
    """

    version: str
    created: str
    documents: int
    bytes: int
    run: str
    parents: tuple[str, ...]
    counts: Mapping[str, int]
    pinned: str | None
    retired: str | None
    revisal: WithdrawalSummary | None
    revision: int
    erased: int


@dataclass(frozen=True, slots=True)
class History:
    """The history of a dataset.

    Attributes:
        versions: its versions, newest first.
    """

    versions: tuple[HistoryEntry, ...]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run did.

    Attributes:
        run: run:ID.
        dataset: whose version it was to make.
        state: see RunState, and "interrupted" for one that was killed.
        version: the version it made, null if none.
        counts: records by outcome.
        reasons: documents by reason.
        not_done: recipe sections that were not applied, and what that means.
        revisal: the withdrawal that it carried out, null for others.
        recipe_digest: of its recipe.
        inputs_digest: of what it read.
        code_version: of the code that did it.
        host: where it ran.
        pid: of its process.
        started: RFC 3339, UTC.
        finished: likewise; null if it has not ended.
        seconds: how long it took.
        bytes_in: bytes it read.
        error: why it failed, null if it did not.
    """

    run: str
    dataset: str
    state: str
    version: str | None
    counts: Mapping[str, int]
    reasons: Mapping[str, int]
    not_done: Mapping[str, str]
    revisal: WithdrawalSummary | None
    recipe_digest: str
    inputs_digest: str
    code_version: str
    host: str
    pid: int
    started: str
    finished: str | None
    seconds: float
    bytes_in: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs that there were.

    Attributes:
        runs: newest first.
    """

    runs: tuple[RunSummary, ...]


@dataclass(frozen=True, slots=True)
class Input:
    """A file that a run read.

    Attributes:
        source: its source in the recipe.
        name: its name there.
        size: its bytes.
        sha256: their SHA-256, hex.
    """

    source: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class KeptText:
    """A recipe or policy as the hub keeps it: without logins, secrets and personal data.

    Attributes:
        text: TOML.
        sha256: of that text, hex; a statement about the run's version names the same of its recipe.
        original: the SHA-256 of the text as its file had it.
    """

    text: str = field(metadata={LINES: True})
    sha256: str
    original: str


@dataclass(frozen=True, slots=True)
class RunWithInputs(RunSummary):
    """What a run did, by which recipe, and the files it read.

    Attributes:
        inputs: these files, by source and name.
        recipe: the recipe, as it is kept.
        policy: the policy that it decided by, likewise; null if there was none, or it is not kept.
        energy: what it cost in processor time, memory and energy; null if nothing is known.
        progress: how far it was when it said so last; null if it has ended, or has not said it yet.
    """

    inputs: tuple[Input, ...]
    recipe: KeptText
    policy: KeptText | None
    energy: RunEnergy | None
    progress: RunProgress | None


def history(hub: Hub, dataset: str) -> History:
    """Return the versions of *dataset*; UnknownReference if it has none."""
    standing, revisions, erased = (
        retentions(hub.db, dataset),
        revision_numbers(hub.db, dataset),
        erased_documents(hub.db, dataset),
    )
    if newest_number(hub.db, dataset) is None:
        get_version(hub.db, VersionRef(dataset))
    runs = {run.id: run for run in records.list_runs(hub.db, dataset)}
    revised = {run: one.summary() for run, one in withdrawals(hub.db, dataset).items()}
    return History(
        tuple(
            HistoryEntry(
                version=version.name,
                created=version.created,
                documents=version.documents,
                bytes=version.bytes,
                run=f"run:{version.run}",
                parents=version.parents,
                counts=runs[version.run].counts if version.run in runs else {},
                pinned=standing.get(version.number, Retention()).pinned,
                retired=standing.get(version.number, Retention()).retired,
                revisal=revised.get(version.run),
                revision=revisions.get(version.number, 0),
                erased=erased.get(version.number, 0),
            )
            for version in list_versions(hub.db, dataset)
        )
    )


def list_runs(hub: Hub, dataset: str | None = None, limit: int | None = None) -> Runs:
    """Return the runs of *dataset*, or all, at most *limit* of them."""
    return Runs(tuple(RunSummary(**_summary(hub, run)) for run in records.list_runs(hub.db, dataset, limit)))


def show_run(hub: Hub, ref: RunRef, rates: Rates = UNRATED) -> RunWithInputs:
    """Return what run *ref* did; UnknownReference if there is no such run.

    By *rates* its energy is modelled where none were named when it ran.
    """
    run = get_run(hub.db, ref.run)
    inputs = (Input(item.source, item.name, item.size, item.sha256) for item in run_inputs(hub.db, run.id))
    recipe, policy = _kept(hub, "runs", run.id, run.recipe), policy_of_run(hub.db, run.id)
    return RunWithInputs(
        **_summary(hub, run),
        inputs=tuple(inputs),
        recipe=recipe,
        policy=_kept(hub, "policy_texts", *policy) if policy else None,
        energy=energy_of_run(hub.db, run.id, rates),
        progress=progress_of(hub.db, run.id) if run.state in UNDER_WAY else None,
    )


def _kept(hub: Hub, table: str, key: str, text: str) -> KeptText:
    digests = text_digests(hub.db, table, key, text)
    return KeptText(text, digests.kept, digests.original)


def _summary(hub: Hub, run: Run) -> dict[str, Any]:
    """Return the fields of *run*'s RunSummary."""
    version = version_of_run(hub.db, run.id)
    told = {field.name: getattr(run, field.name, None) for field in fields(RunSummary)}
    return told | {
        "run": f"run:{run.id}",
        "state": _state(hub.home, run),
        "version": version.name if version else None,
        "revisal": show_withdrawal(hub.db, run.id),
    }


def _state(home: Home, run: Run) -> str:
    """Return the run's state; a run under way whose dataset nobody holds any more was killed."""
    return "interrupted" if run.state in UNDER_WAY and holder_of(home, run.dataset) is None else str(run.state)
