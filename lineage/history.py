"""What happened to a dataset, and which runs there were."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from lineage import control
from lineage.control import Run, RunState
from lineage.home import Home
from lineage.locks import holder_of
from lineage.receipts import erased_documents, revision_numbers
from lineage.references import RunRef, VersionRef
from lineage.revisals import revisals, show_revisal
from lineage.standing import Standing, standings

_DIGESTS = ("recipe_digest", "inputs_digest", "code_version")
_CIRCUMSTANCES = ("host", "pid", "started", "finished", "seconds", "bytes_in", "error")


def history(home: Home, dataset: str) -> list[dict[str, Any]]:
    """Return the versions of *dataset*, newest first.

    Keys: version, created, documents, bytes, run, parents, counts, pinned, retired (since when, or null), revisal (see
    Revisal.show; null for a version that is none), revision (how often an erasure changed it, 0 for never), erased
    (documents it lost so). Raises UnknownReference if it has none.
    """
    db = control.connect(home)
    standing, revisions, erased = standings(db, dataset), revision_numbers(db, dataset), erased_documents(db, dataset)
    if control.newest_number(db, dataset) is None:
        control.get_version(db, VersionRef(dataset))
    runs = {run.id: run for run in control.list_runs(db, dataset)}
    revised = {run: one.show() for run, one in revisals(db, dataset).items()}
    return [
        {
            "version": version.name,
            "created": version.created,
            "documents": version.documents,
            "bytes": version.bytes,
            "run": f"run:{version.run}",
            "parents": [] if version.parent is None else [f"{dataset}@v{version.parent}"],
            "counts": dict(runs[version.run].counts) if version.run in runs else {},
            "pinned": standing.get(version.number, Standing()).pinned,
            "retired": standing.get(version.number, Standing()).retired,
            "revisal": revised.get(version.run),
            "revision": revisions.get(version.number, 0),
            "erased": erased.get(version.number, 0),
        }
        for version in control.list_versions(db, dataset)
    ]


def list_runs(home: Home, dataset: str | None = None, limit: int | None = None) -> list[dict[str, Any]]:
    """Return runs, newest first, as show_run does but without their inputs."""
    db = control.connect(home)
    return [_summary(home, db, run) for run in control.list_runs(db, dataset, limit)]


def show_run(home: Home, ref: RunRef) -> dict[str, Any]:
    """Return what run *ref* did.

    Keys: run, dataset, state, version, counts, reasons, times, digests, not_done, revisal, inputs.
    Raises UnknownReference if there is no such run.
    """
    db = control.connect(home)
    run = control.get_run(db, ref.run)
    inputs = [
        {"source": item.source, "name": item.name, "size": item.size, "sha256": item.sha256}
        for item in control.run_inputs(db, run.id)
    ]
    return {**_summary(home, db, run), "inputs": inputs}


def _summary(home: Home, db: Engine, run: Run) -> dict[str, Any]:
    version = control.version_of_run(db, run.id)
    return {
        "run": f"run:{run.id}",
        "dataset": run.dataset,
        "state": _state(home, run),
        "version": version.name if version else None,
        "counts": dict(run.counts),
        "reasons": dict(run.reasons),
        "not_done": dict(run.not_done),
        "revisal": show_revisal(db, run.id),
        **{key: getattr(run, key) for key in _DIGESTS + _CIRCUMSTANCES},
    }


def _state(home: Home, run: Run) -> str:
    """Return the run's state; a run under way whose dataset nobody holds any more was killed."""
    under_way = run.state in {RunState.STARTED, RunState.RUNNING}
    return "interrupted" if under_way and holder_of(home, run.dataset) is None else str(run.state)
