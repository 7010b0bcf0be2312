"""What persons ask of a hub, as the control database has it: how far it is, and never whom it concerns.

What was told in confidence (the value, how to reach the person, their words) is sealed; see lineage.hub.sealed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sqlalchemy import Connection

from lineage.errors import UnknownRequest
from lineage.hub.database import Database, insert, rows, update


class Right(StrEnum):
    """What somebody may ask for."""

    ERASURE = "erasure"  # GDPR, art. 17
    OPT_OUT = "opt-out"  # art. 21; Directive (EU) 2019/790, art. 4(3)
    CORRECTION = "correction"  # art. 16
    ACCESS = "access"  # art. 15


class Purpose(StrEnum):
    """For which use of a dataset an opt-out is."""

    ALL = "all"
    TRAIN = "train"
    REDISTRIBUTE = "redistribute"


class RequestState(StrEnum):
    """How far a request is."""

    RECEIVED = "received"
    VERIFIED = "verified"  # it is known that whoever asks may
    PLANNED = "planned"  # what it concerns was found, and noted in numbers
    DONE = "done"
    REFUSED = "refused"


OPEN: Final = (RequestState.RECEIVED, RequestState.VERIFIED, RequestState.PLANNED)
"""States of which something is still to be done."""

KEPT_DAYS: Final = 90
"""How long after its end what was told in confidence is kept, so that the person can be answered."""


@dataclass(frozen=True, slots=True)
class PersonRequest:
    """A request as it is recorded; see schema.PERSON_REQUESTS."""

    receipt: str
    asks: str
    purpose: str
    subject: str
    state: str
    created: str
    due: str
    key: str | None
    sealed: str | None
    verified: str | None = None
    verified_by: str | None = None
    planned: str | None = None
    plan: Mapping[str, int] | None = None
    ended: str | None = None
    proofs: str | None = None
    answer: str | None = None
    number: int = 0

    @property
    def reason(self) -> str:
        """What the record of an erasure or a withdrawal says that is made for it: of no other request the same."""
        return f"request {self.number} of {self.created}"


def digest_of(receipt: str) -> str:
    """Return what the database knows a receipt by: the SHA-256 (hex) of its letters."""
    return hashlib.sha256(receipt.strip().lower().encode()).hexdigest()


def record_request(db: Database, request: PersonRequest) -> int:
    """Record a new *request*, and return its number; once this returns no crash loses it."""
    with db.begin() as connection:
        insert(connection, "person_requests", [{k: v for k, v in asdict(request).items() if k != "number"}])
        return _one(connection, "receipt = :it", request.receipt).number


def get_request(db: Database, number: int) -> PersonRequest:
    """Return the request of that number; UnknownRequest if there is none."""
    return _one(db, "number = :it", number)


def find_request(db: Database, receipt: str) -> PersonRequest:
    """Return the request whose receipt somebody shows; UnknownRequest if there is none."""
    return _one(db, "receipt = :it", digest_of(receipt))


def list_requests(db: Database, states: Collection[str] | None = None) -> list[PersonRequest]:
    """Return the requests that are in one of *states*, or all, those that are due first before others."""
    found = [PersonRequest(**row) for row in rows(db, "SELECT * FROM person_requests ORDER BY due, number")]
    return [one for one in found if states is None or one.state in states]


def move_request(db: Database, number: int, among: Collection[str], **facts: Any) -> PersonRequest | None:
    """Give request *number* other *facts* in one transaction; None, nothing changed, if it is in no state *among*."""
    with db.begin() as connection:
        update(connection, "person_requests", {"number": number}, number=number)  # from here on others wait
        if _one(connection, "number = :it", number).state not in among:
            return None
        update(connection, "person_requests", facts, number=number)
        return _one(connection, "number = :it", number)


def _one(source: Database | Connection, condition: str, it: str | int) -> PersonRequest:
    found = rows(source, f"SELECT * FROM person_requests WHERE {condition}", it=it)
    if not found:
        raise UnknownRequest("there is no such request; check the receipt, or the number: `corpushub requests list`")
    return PersonRequest(**found[0])
