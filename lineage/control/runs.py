"""Runs on record, and the files that they read. Functions take the engine; each is one transaction."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum

from sqlalchemy import Engine, delete, insert, select, update

from lineage.control.texts import remember_original
from lineage.errors import UnknownReference
from lineage.hub.connection import _load, now
from lineage.hub.schema import RUN_INPUTS, RUNS


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


def start_run(db: Engine, run: Run, inputs: Sequence[RunInput] = (), written: str | None = None) -> None:
    """Record *run* and its inputs; a run of that id that was recorded before (a resumed one) is replaced.

    *written* is the recipe as its file has it, of which only the digest is kept.
    """
    with db.begin() as connection:
        connection.execute(delete(RUNS).where(RUNS.c.id == run.id))
        connection.execute(delete(RUN_INPUTS).where(RUN_INPUTS.c.run == run.id))
        connection.execute(insert(RUNS), [asdict(run)])
        if written is not None:
            remember_original(connection, RUNS, run.id, written)
        if inputs:
            connection.execute(insert(RUN_INPUTS), [{"run": run.id, **asdict(item)} for item in inputs])


def save_run(db: Engine, run: Run) -> None:
    """Record the present state of *run*."""
    with db.begin() as connection:
        connection.execute(update(RUNS).where(RUNS.c.id == run.id).values(**asdict(run)))


def finish_run(db: Engine, run: Run, state: RunState, error: str | None = None) -> Run:
    """Record that *run* ended in *state*; return it as recorded."""
    ended = replace(run, state=state, error=error, finished=now())
    save_run(db, ended)
    return ended


def get_run(db: Engine, run: str) -> Run:
    """Return the run with id *run*; UnknownReference if there is none."""
    with db.connect() as connection:
        row = connection.execute(select(RUNS).where(RUNS.c.id == run)).one_or_none()
    if row is None:
        raise UnknownReference(f"no run {run} in this hub; list them with `corpushub runs`")
    return Run(**row._mapping)


def list_runs(db: Engine, dataset: str | None = None, limit: int | None = None) -> list[Run]:
    """Return runs, newest first, of *dataset* or of all."""
    query = select(RUNS).order_by(RUNS.c.started.desc(), RUNS.c.id.desc()).limit(limit)
    if dataset is not None:
        query = query.where(RUNS.c.dataset == dataset)
    with db.connect() as connection:
        return [Run(**row._mapping) for row in connection.execute(query)]


def digest_of_inputs(inputs: Iterable[RunInput]) -> str:
    """Return a SHA-256 (hex) over names and digests of *inputs*, whatever their order and place."""
    lines = sorted(f"{item.source} {item.name} {item.sha256}\n" for item in inputs)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def run_inputs(db: Engine, run: str) -> list[RunInput]:
    """Return the inputs of *run*, by source and name."""
    query = select(RUN_INPUTS).where(RUN_INPUTS.c.run == run).order_by(RUN_INPUTS.c.source, RUN_INPUTS.c.name)
    with db.connect() as connection:
        return [_load(RunInput, row) for row in connection.execute(query)]
