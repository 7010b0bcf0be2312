"""Tell others of a run: OpenLineage events into the outbox, delivered once the version stands."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from lineage.control.runs import Run, RunInput
from lineage.events import openlineage, outbox
from lineage.hub import Hub
from lineage.hub.connection import now


class RunEvents:
    """The events of one run."""

    def __init__(self, hub: Hub, inputs: Sequence[RunInput]) -> None:
        self.hub, self.inputs = hub, inputs

    def started(self, run: Run) -> None:
        """Note that *run* began."""
        outbox.put(self.hub.db, run, openlineage.started(run, self.inputs))

    def running(self, run: Run) -> None:
        """Note that *run* has counted its records and is about to commit."""
        outbox.put(self.hub.db, run, openlineage.running(run, self.inputs, now()))

    @contextmanager
    def failure(self, say: Callable[[str], None]) -> Iterator[None]:
        """Deliver the event of a run that the block recorded as failed."""
        try:
            yield
        except Exception:  # whatever ended the run, which goes on its way
            self.ended(say)
            raise

    def ended(self, say: Callable[[str], None]) -> None:
        """Note how runs ended, and deliver what waits; say so if a receiver did not take all."""
        deliver_events(self.hub, say)


def deliver_events(hub: Hub, say: Callable[[str], None]) -> None:
    """Deliver the events of all runs that ended; *say* how many wait if a receiver did not take them."""
    try:
        outbox.catch_up(hub)
        left = outbox.deliver(hub).waiting
    except (OSError, SQLAlchemyError, sqlite3.Error) as error:  # the version stands, however full a disk is
        say(f"lineage events could not be delivered ({type(error).__name__}); the next run tries again")
        return
    if left:
        say(f"{left} lineage events were not taken by the receiver; the next run offers them again")
