"""What happened to a dataset, and which runs there were."""

from __future__ import annotations

from typing import Any

from lineage.control import runs as records
from lineage.control.erasures import erased_documents, revision_numbers
from lineage.control.retention import Retention, retentions
from lineage.control.runs import Run, RunState, get_run, run_inputs
from lineage.control.versions import get_version, list_versions, newest_number, version_of_run
from lineage.control.withdrawals import show_withdrawal, withdrawals
from lineage.home import Home
from lineage.hub import Hub
from lineage.hub.locks import holder_of
from lineage.references import RunRef, VersionRef

_DIGESTS = ("recipe_digest", "inputs_digest", "code_version")
_CIRCUMSTANCES = ("host", "pid", "started", "finished", "seconds", "bytes_in", "error")


def history(hub: Hub, dataset: str) -> list[dict[str, Any]]:
    """Return the versions of *dataset*, newest first.

    Keys: version, created, documents, bytes, run, parents, counts, pinned, retired (since when, or null), revisal (see
    Withdrawal.show; null for a version that is none), revision (how often an erasure changed it, 0 for never), erased
    (documents it lost so). Raises UnknownReference if it has none.
    """
    standing, revisions, erased = (
        retentions(hub.db, dataset),
        revision_numbers(hub.db, dataset),
        erased_documents(hub.db, dataset),
    )
    if newest_number(hub.db, dataset) is None:
        get_version(hub.db, VersionRef(dataset))
    runs = {run.id: run for run in records.list_runs(hub.db, dataset)}
    revised = {run: one.show() for run, one in withdrawals(hub.db, dataset).items()}
    return [
        {
            "version": version.name,
            "created": version.created,
            "documents": version.documents,
            "bytes": version.bytes,
            "run": f"run:{version.run}",
            "parents": [] if version.parent is None else [f"{dataset}@v{version.parent}"],
            "counts": dict(runs[version.run].counts) if version.run in runs else {},
            "pinned": standing.get(version.number, Retention()).pinned,
            "retired": standing.get(version.number, Retention()).retired,
            "revisal": revised.get(version.run),
            "revision": revisions.get(version.number, 0),
            "erased": erased.get(version.number, 0),
        }
        for version in list_versions(hub.db, dataset)
    ]


def list_runs(hub: Hub, dataset: str | None = None, limit: int | None = None) -> list[dict[str, Any]]:
    """Return runs, newest first, as show_run does but without their inputs."""
    return [_summary(hub, run) for run in records.list_runs(hub.db, dataset, limit)]


def show_run(hub: Hub, ref: RunRef) -> dict[str, Any]:
    """Return what run *ref* did.

    Keys: run, dataset, state, version, counts, reasons, times, digests, not_done, withdrawal, inputs.
    Raises UnknownReference if there is no such run.
    """
    run = get_run(hub.db, ref.run)
    inputs = [
        {"source": item.source, "name": item.name, "size": item.size, "sha256": item.sha256}
        for item in run_inputs(hub.db, run.id)
    ]
    return {**_summary(hub, run), "inputs": inputs}


def _summary(hub: Hub, run: Run) -> dict[str, Any]:
    version = version_of_run(hub.db, run.id)
    return {
        "run": f"run:{run.id}",
        "dataset": run.dataset,
        "state": _state(hub.home, run),
        "version": version.name if version else None,
        "counts": dict(run.counts),
        "reasons": dict(run.reasons),
        "not_done": dict(run.not_done),
        "revisal": show_withdrawal(hub.db, run.id),
        **{key: getattr(run, key) for key in _DIGESTS + _CIRCUMSTANCES},
    }


def _state(home: Home, run: Run) -> str:
    """Return the run's state; a run under way whose dataset nobody holds any more was killed."""
    under_way = run.state in {RunState.STARTED, RunState.RUNNING}
    return "interrupted" if under_way and holder_of(home, run.dataset) is None else str(run.state)
