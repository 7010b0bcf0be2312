"""The outbox of lineage events: written with the run, delivered after the commit, at least once, in order.

To ``HOME/openlineage/YYYY-MM.ndjson`` or, if CORPUSHUB_OPENLINEAGE_URL is set, by HTTP POST to that address (with
CORPUSHUB_OPENLINEAGE_API_KEY as bearer token, if set). What cannot be delivered now waits for the next command that
makes events; a receiver that does not answer delays a command by a few seconds, never fails it.
"""

from __future__ import annotations

import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from lineage.control.runs import Run, RunState, get_run
from lineage.events import openlineage
from lineage.events.openlineage import COMPLETE, FAIL, START, Event
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.hub.database import Database
from lineage.hub.locks import wait_among_homes
from lineage.hub.private import make_folder, open_private, sync_folder
from lineage.hub.schema import OUTBOX, RUNS
from policies.addresses.urls import is_web

URL = "CORPUSHUB_OPENLINEAGE_URL"
API_KEY = "CORPUSHUB_OPENLINEAGE_API_KEY"

REFUSALS = 20
"""How often an event is offered that the receiver refuses (an HTTP status of 4xx) before it is left alone."""

BATCH = 500


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a delivery may take: seconds for one answer, and for all."""

    answer: float = 3.0
    total: float = 10.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a delivery did: events sent, and events that still wait."""

    sent: int
    waiting: int


def put(db: Database, run: Run, event: Event) -> None:
    """Put *event* of *run* into the outbox, unless it is there."""
    row = {"run": run.id, "kind": event["eventType"], "event": orjson.dumps(event).decode(), "tries": 0}
    try:
        with db.begin() as connection:
            connection.execute(insert(OUTBOX), [{**row, "created": event["eventTime"]}])
    except IntegrityError:
        return  # put by a command before


def catch_up(hub: Hub) -> None:
    """Put in the last event of every run that ended: also of runs whose driver died before it could."""
    last = (OUTBOX.c.run == RUNS.c.id) & OUTBOX.c.kind.in_((COMPLETE, FAIL)) & (OUTBOX.c.created == RUNS.c.finished)
    begun = select(OUTBOX.c.id).where((OUTBOX.c.run == RUNS.c.id) & (OUTBOX.c.kind == START)).exists()
    over = RUNS.c.state.in_((RunState.COMMITTED, RunState.FAILED)) & RUNS.c.finished.is_not(None)
    missing = select(RUNS.c.id).where(over & begun & ~select(OUTBOX.c.id).where(last).exists())
    with hub.db.connect() as connection:
        names = list(connection.execute(missing.order_by(RUNS.c.finished)).scalars())
    for name in names:
        run = get_run(hub.db, name)
        put(hub.db, run, openlineage.ended(hub, run))


def waiting(db: Database) -> int:
    """Return how many events wait for delivery."""
    with db.connect() as connection:
        return int(connection.execute(select(func.count()).where(OUTBOX.c.sent.is_(None))).scalar_one())


def deliver(hub: Hub, patience: Patience | None = None) -> Delivery:
    """Deliver what waits, in order, while *patience* lasts; never raises for what a receiver does."""
    url = os.environ.get(URL, "")
    with wait_among_homes(hub.home, "outbox"):  # one deliverer at a time, or events would be sent out of order
        sent = _to_receiver(hub.db, url, patience or Patience()) if url else _to_file(hub)
    return Delivery(sent, waiting(hub.db))


def _unsent(db: Database) -> Sequence[Row[Any]]:
    offered = select(OUTBOX).where(OUTBOX.c.sent.is_(None) & (OUTBOX.c.tries < REFUSALS))
    with db.connect() as connection:
        return connection.execute(offered.order_by(OUTBOX.c.id).limit(BATCH)).all()


def _mark(db: Database, ids: Sequence[int]) -> None:
    with db.begin() as connection:
        connection.execute(update(OUTBOX).where(OUTBOX.c.id.in_(ids)).values(sent=now()))


def _refused(db: Database, number: int) -> None:
    with db.begin() as connection:
        connection.execute(update(OUTBOX).where(OUTBOX.c.id == number).values(tries=OUTBOX.c.tries + 1))


def _to_file(hub: Hub) -> int:
    """Append all events to the file of the month; return how many."""
    sent = 0
    while rows := _unsent(hub.db):
        path = hub.home.path / "openlineage" / f"{now()[:7]}.ndjson"
        make_folder(path.parent)
        _append(path, "".join(f"{row.event}\n" for row in rows).encode())
        _mark(hub.db, [row.id for row in rows])
        sent += len(rows)
    return sent


def _append(path: Path, lines: bytes) -> None:
    with os.fdopen(open_private(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "ab") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def _to_receiver(db: Database, url: str, patience: Patience) -> int:
    """Post events one by one, until one gets no answer or the time is over; return how many were taken."""
    deadline = time.monotonic() + patience.total
    sent = 0
    for row in _unsent(db):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        status = _post(url, row.event.encode(), min(patience.answer, left))
        if status is None or status >= 500 or status in {408, 429}:
            break  # it may answer later; what follows must not overtake
        if 200 <= status < 300:
            _mark(db, [row.id])
            sent += 1
        else:
            _refused(db, row.id)
    return sent


def _post(url: str, body: bytes, seconds: float) -> int | None:
    """Return the status that *url* answers with, None for no answer or no address."""
    if not is_web(url):
        return None
    key = os.environ.get(API_KEY)
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return int(error.code)
    except (OSError, http.client.HTTPException, ValueError):
        return None
