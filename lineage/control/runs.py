"""Runs on record, and the files that they read. Functions take the engine; each is one transaction."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum

from lineage.control.texts import remember_original
from lineage.errors import UnknownReference
from lineage.hub.connection import now
from lineage.hub.database import Database, delete, insert, rows, update


class RunState(StrEnum):
    """How far a run is."""

    STARTED = "started"  # recorded, nothing computed yet
    RUNNING = "running"
    COMMITTED = "committed"  # made a version
    FAILED = "failed"
    UNCHANGED = "unchanged"  # nothing to do: no new version


@dataclass(frozen=True)
class Run:
    """A run of a recipe.

    Attributes:
        counts: read, kept, changed, dropped, failed.
        reasons: documents by reason.
        not_done: recipe section -> what was not done because the recipe lacks it, as {"pii": "not scanned"}.
    """

    id: str
    dataset: str
    recipe: str
    recipe_digest: str
    inputs_digest: str
    code_version: str
    state: str = RunState.STARTED
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    started: str = field(default_factory=lambda: now())
    finished: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    bytes_in: int = 0
    seconds: float = 0.0
    error: str | None = None
    not_done: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RunInput:
    """A file that a run read: source and name as in the recipe, where it stood, and what it held."""

    source: str
    name: str
    path: str
    size: int
    sha256: str


def start_run(db: Database, run: Run, inputs: Sequence[RunInput] = (), written: str | None = None) -> None:
    """Record *run* and its inputs; a run of that id that was recorded before (a resumed one) is replaced.

    *written* is the recipe as its file has it, of which only the digest is kept.
    """
    with db.begin() as connection:
        delete(connection, "runs", id=run.id)
        delete(connection, "run_inputs", run=run.id)
        insert(connection, "runs", [asdict(run)])
        if written is not None:
            remember_original(connection, "runs", run.id, written)
        insert(connection, "run_inputs", ({"run": run.id, **asdict(item)} for item in inputs))


def save_run(db: Database, run: Run) -> None:
    """Record the present state of *run*."""
    with db.begin() as connection:
        update(connection, "runs", asdict(run), id=run.id)


def finish_run(db: Database, run: Run, state: RunState, error: str | None = None) -> Run:
    """Record that *run* ended in *state*; return it as recorded."""
    ended = replace(run, state=state, error=error, finished=now())
    save_run(db, ended)
    return ended


def get_run(db: Database, run: str) -> Run:
    """Return the run with id *run*; UnknownReference if there is none."""
    found = rows(db, "SELECT * FROM runs WHERE id = :run", run=run)
    if not found:
        raise UnknownReference(f"no run {run} in this hub; list them with `corpushub runs`")
    return Run(**found[0])


def list_runs(db: Database, dataset: str | None = None, limit: int | None = None) -> list[Run]:
    """Return runs, newest first, of *dataset* or of all."""
    where, values = ("", {}) if dataset is None else (" WHERE dataset = :dataset", {"dataset": dataset})
    most = "" if limit is None else f" LIMIT {int(limit)}"
    return [Run(**row) for row in rows(db, f"SELECT * FROM runs{where} ORDER BY started DESC, id DESC{most}", **values)]


def digest_of_inputs(inputs: Iterable[RunInput]) -> str:
    """Return a SHA-256 (hex) over names and digests of *inputs*, whatever their order and place."""
    lines = sorted(f"{item.source} {item.name} {item.sha256}\n" for item in inputs)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def run_inputs(db: Database, run: str) -> list[RunInput]:
    """Return the inputs of *run*, by source and name."""
    query = "SELECT source, name, path, size, sha256 FROM run_inputs WHERE run = :run ORDER BY source, name"
    return [RunInput(**row) for row in rows(db, query, run=run)]
