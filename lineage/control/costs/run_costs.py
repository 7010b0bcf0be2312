"""What runs cost, as they were measured: from it the next one is estimated. No answer about a document rests on it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import delete, insert, select

from lineage.control.runs import RunState
from lineage.control.version_files import new_bytes
from lineage.hub.database import Database
from lineage.hub.schema import RUN_COSTS, RUNS, VERSIONS


@dataclass(frozen=True, slots=True)
class RunCost:
    """What a run cost.

    Attributes:
        run: its id.
        read_bytes: of the files that it read, as they are stored.
        work_bytes: of its files between stages.
        memory_bytes: at most at once, of all its processes together.
        workers: processes that worked.
    """

    run: str
    read_bytes: int
    work_bytes: int
    memory_bytes: int
    workers: int


@dataclass(frozen=True, slots=True)
class Precedent:
    """A run that made a version: its cost, the seconds it took, and the bytes of the files that it made."""

    cost: RunCost
    seconds: float
    made_bytes: int


def record_cost(db: Database, cost: RunCost) -> None:
    """Record *cost*, or record it anew."""
    with db.begin() as connection:
        connection.execute(delete(RUN_COSTS).where(RUN_COSTS.c.run == cost.run))
        connection.execute(insert(RUN_COSTS), [asdict(cost)])


def last_of_its_kind(db: Database, dataset: str) -> Precedent | None:
    """Return the newest committed run of *dataset* whose cost is known, else that of any dataset; None if none is."""
    own = (RUNS.c.dataset == dataset).desc()
    columns = (RUNS.c.seconds, VERSIONS.c.dataset, VERSIONS.c.number)
    query = select(RUN_COSTS, *columns).join(RUNS, RUNS.c.id == RUN_COSTS.c.run)
    query = query.join(VERSIONS, VERSIONS.c.run == RUNS.c.id).where(RUNS.c.state == RunState.COMMITTED)
    with db.connect() as connection:
        row = connection.execute(query.order_by(own, RUNS.c.started.desc()).limit(1)).one_or_none()
        if row is None:
            return None
        made = new_bytes(connection, row.dataset, row.number)
    cost = RunCost(row.run, row.read_bytes, row.work_bytes, row.memory_bytes, row.workers)
    return Precedent(cost, float(row.seconds), made)
