"""How far a run under way is, as it says itself now and then; what it says last is all that is left of a killed one."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from lineage.hub.database import Database, delete, insert, rows


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is.

    Attributes:
        at: when that was so, RFC 3339, UTC.
        stage: the stage under way.
        tasks: that it has.
        finished: how many of them are done.
        retried: how often one of them failed and was tried again.
        share: the part of its work that is done, 0 to 1.
        read: records so far, where the stage counts any; likewise kept.
        kept: of these.
        bytes: of their texts.
        seconds: since the stage began.
        left: seconds that it may still take; null as long as that cannot be told.
        memory: bytes that the processes of the run have on the driver's machine.
    """

    at: str
    stage: str
    tasks: int
    finished: int
    retried: int
    share: float
    read: int
    kept: int
    bytes: int
    seconds: float
    left: float | None
    memory: int


def record_progress(db: Database, run: str, progress: RunProgress) -> None:
    """Record how far *run* is, in the place of what was recorded before."""
    with db.begin() as connection:
        delete(connection, "run_progress", run=run)
        insert(connection, "run_progress", [{"run": run, "progress": asdict(progress)}])


def forget_progress(db: Database, run: str) -> None:
    """Forget how far *run* was: it has ended."""
    with db.begin() as connection:
        delete(connection, "run_progress", run=run)


def progress_of(db: Database, run: str) -> RunProgress | None:
    """Return what *run* said last of how far it is; None if it said nothing, or has ended."""
    found = rows(db, "SELECT progress FROM run_progress WHERE run = :run", run=run)
    return RunProgress(**found[0]["progress"]) if found else None
