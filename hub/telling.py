"""Tell others of a run: OpenLineage events into the outbox, delivered once the version stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from lineage import control, openlineage, outbox
from lineage.control import Run, RunInput
from lineage.home import Home


class Telling:
    """The events of one run."""

    def __init__(self, home: Home, db: Engine, inputs: Sequence[RunInput]) -> None:
        self.home, self.db, self.inputs = home, db, inputs

    def started(self, run: Run) -> None:
        """Note that *run* began."""
        outbox.put(self.db, run, openlineage.started(run, self.inputs))

    def running(self, run: Run) -> None:
        """Note that *run* has counted its records and is about to commit."""
        outbox.put(self.db, run, openlineage.running(run, self.inputs, control.now()))

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
        tell_others(self.home, self.db, say)


def tell_others(home: Home, db: Engine, say: Callable[[str], None]) -> None:
    """Deliver the events of all runs that ended; *say* how many wait if a receiver did not take them."""
    try:
        outbox.catch_up(home, db)
        left = outbox.deliver(home, db).waiting
    except (OSError, SQLAlchemyError) as error:  # the version stands: a full disk must not make the run a failure
        say(f"lineage events could not be delivered ({type(error).__name__}); the next run tries again")
        return
    if left:
        say(f"{left} lineage events were not taken by the receiver; the next run offers them again")
