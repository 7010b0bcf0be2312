"""Note who is shown what, before it is shown."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable

from corpushub.errors import HubError
from corpushub.requests.people.visitors import OPERATOR, Visitor
from lineage.control.people.accesses import Reveal, put_accesses
from lineage.hub import Hub
from lineage.hub.connection import now

_log = logging.getLogger(__name__)


class NotNoted(HubError):
    """It could not be noted who is about to see something; it must not be shown."""


def note(hub: Hub, visitor: Visitor, shown: Iterable[Reveal]) -> None:
    """Note durably that *visitor* is about to see what is *shown*; nothing is done if that is nothing.

    A hub that may only be read notes nothing. So it shows no text but to the operator, whose files they are anyway.

    Raises:
        NotNoted: it could not be noted; do not show it.
    """
    known = [*shown]
    if not known or (hub.db.read_only and visitor.name == OPERATOR):
        return
    if hub.db.read_only:
        raise NotNoted("this hub may only be read, so that it cannot note who sees what: it shows no texts and stories")
    try:
        put_accesses(hub.db, now(), visitor.name, known)
    except _failures() as error:  # anything else ends the request, which then shows nothing either
        _log.error("an access could not be noted: %s", type(error).__name__)
        raise NotNoted("it could not be noted that you look at this, so it is not shown; try again later") from error


def _failures() -> tuple[type[Exception], ...]:
    """Return what keeps an access from being recorded; SQLAlchemy is imported by then, and only then."""
    from sqlalchemy.exc import SQLAlchemyError

    return (SQLAlchemyError, sqlite3.Error, OSError)
