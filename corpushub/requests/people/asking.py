"""Requests of persons: taken with a receipt, told to whoever shows it, and to operators with what is confidential.

Of what a person tells in confidence nothing stands in the control database but in sealed form: what it is about, how to
reach them, and their words. Once a request has ended, what it was about and the words are forgotten, and 90 days later
the rest is, too (forgetting).
"""

from __future__ import annotations

import base64
import calendar
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import orjson

from corpushub.errors import BadRequest
from corpushub.requests.subjects import Request
from lineage.control.people.requests import (
    OPEN,
    PersonRequest,
    Purpose,
    RequestState,
    Right,
    digest_of,
    find_request,
    get_request,
    list_requests,
    record_request,
)
from lineage.control.versions import VersionCount
from lineage.errors import HomeError
from lineage.hub import Hub
from lineage.hub.connection import timestamp
from lineage.hub.sealed import seal, unseal

SUBJECTS: Final = ("email", "phone", "name", "host", "uri-prefix", "doc")
"""What a request may be about, as `erase` names it."""

OPT_OUTS: Final = ("host", "uri-prefix")
"""What an opt-out may be about: rules that later runs obey by address."""

MOST_VALUE: Final = 1_000
MOST_CONTACT: Final = 300
MOST_WORDS: Final = 5_000
"""Characters."""

RECEIPT_BITS: Final = 128

FILE: Final = "/.well-known/corpushub-request.txt"
RECORD: Final = "_corpushub-request"
"""Where a site says that a request is its own: a file there, or a DNS TXT record of that name below it."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What somebody asks for.

    Attributes:
        right: a Right.
        purpose: a Purpose.
        kind: one of SUBJECTS.
        value: what it is about.
        contact: how to reach whoever asks; may be empty.
        words: what they say of it; may be empty.
    """

    right: str
    purpose: str
    kind: str
    value: str = field(repr=False)
    contact: str = field(default="", repr=False)
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Confidence:
    """What was told in confidence.

    Attributes:
        value: what a request is about; null once it has ended.
        contact: how to reach the person.
        words: what they said; null once it has ended.
        held: of a request for access, once it is done, the documents that were found, NAME@vN#DOCID each.
    """

    value: str | None
    contact: str
    words: str | None
    held: tuple[str, ...] = ()

    def dump(self) -> bytes:
        """Return it as JSON."""
        return orjson.dumps(self)


@dataclass(frozen=True, slots=True)
class Challenge:
    """How a site says that a request is its own: either is enough.

    Attributes:
        file: path of a file on the site, which is asked for by https.
        record: name of a DNS TXT record, below the site's.
        content: the line that the file holds, and the text of the record.
    """

    file: str
    record: str
    content: str


@dataclass(frozen=True, slots=True)
class RequestStatus:
    """How far a request is, for whoever asked and for everybody who handles it.

    Attributes:
        number: what operators call it.
        asks: erasure, opt-out, correction or access.
        purpose: all, train or redistribute.
        subject: the kind of what it is about.
        state: received, verified, planned, done or refused.
        created: when it was received, RFC 3339 in UTC.
        due: until when it must be answered: a month later (GDPR, art. 12(3)).
        overdue: whether it should have been.
        verified: since when it is known that whoever asks may.
        verified_by: how.
        planned: when what it concerns was found.
        plan: how many documents of which versions that was.
        ended: since when it is done or refused.
        proofs: receipt:ID and run:ID of what was done about it.
        answer: why it was refused, or what else there is to say.
        challenge: how to show that the site is yours; null where there is no site, or nothing to show.
        held: of a request for access that is done, the documents that were found; NAME@vN#DOCID each.
        forgotten: whether nothing of what was told in confidence is left.
    """

    number: int
    asks: str
    purpose: str
    subject: str
    state: str
    created: str
    due: str
    overdue: bool
    verified: str | None
    verified_by: str | None
    planned: str | None
    plan: tuple[VersionCount, ...]
    ended: str | None
    proofs: tuple[str, ...]
    answer: str | None
    challenge: Challenge | None
    held: tuple[str, ...]
    forgotten: bool


@dataclass(frozen=True, slots=True)
class RequestDetails:
    """A request as operators see it.

    Attributes:
        status: how far it is.
        confidence: what was told in confidence; null once forgotten, or where another home of the hub has the key.
    """

    status: RequestStatus
    confidence: Confidence | None


@dataclass(frozen=True, slots=True)
class RequestQueue:
    """Requests of persons.

    Attributes:
        requests: those that wait for an answer, or all; those that are due first before others.
    """

    requests: tuple[RequestStatus, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """That a request was received.

    Attributes:
        receipt: what its status is asked for with, 26 letters and digits; the hub does not keep it.
        number: what operators call it.
    """

    receipt: str
    number: int


def take(hub: Hub, asking: Asking, moment: datetime | None = None) -> Taken:
    """Record what *asking* asks for, and return its receipt; from then on no crash loses it.

    Raises:
        BadRequest: it cannot be asked so; nothing was recorded, and what was typed is not repeated.
        HomeError: the hub may only be read from here.
    """
    when = moment or datetime.now(UTC)
    normal = _require(asking)
    require_writable(hub)
    receipt = fresh_receipt()
    digest = digest_of(receipt)
    told = Confidence(normal, asking.contact.strip(), asking.words.strip())
    key, sealed = seal(hub.home, told.dump(), digest)
    request = PersonRequest(
        receipt=digest,
        asks=asking.right,
        purpose=asking.purpose,
        subject=asking.kind,
        state=RequestState.RECEIVED,
        created=timestamp(when),
        due=timestamp(a_month_after(when)),
        key=key,
        sealed=sealed,
    )
    return Taken(receipt, record_request(hub.db, request))


def require_writable(hub: Hub) -> None:
    """Raise HomeError if nothing can be recorded in *hub* from here."""
    if hub.db.read_only or not hub.home.is_writable:
        raise HomeError("this hub may only be read from here; nothing was recorded; ask those who keep it")


def fresh_receipt() -> str:
    """Return a new receipt: 128 random bits in base32, 26 letters and digits."""
    return base64.b32encode(secrets.token_bytes(RECEIPT_BITS // 8)).decode().rstrip("=").lower()


def _require(asking: Asking) -> str:
    """Return the value of *asking* as it is kept; BadRequest if it cannot be asked so."""
    if asking.right not in {*Right} or asking.purpose not in {*Purpose} or asking.kind not in SUBJECTS:
        raise BadRequest("nothing was recorded: say what you ask for, for which use, and what it is about")
    if asking.right != Right.OPT_OUT and asking.purpose != Purpose.ALL:
        raise BadRequest("nothing was recorded: a use is chosen for opt-outs; anything else is about all of them")
    if asking.right == Right.OPT_OUT and asking.kind not in OPT_OUTS:
        raise BadRequest("nothing was recorded: an opt-out is for a site or a part of it; for a person ask for erasure")
    sizes = ((asking.value, MOST_VALUE), (asking.contact, MOST_CONTACT), (asking.words, MOST_WORDS))
    if any(len(text) > most for text, most in sizes):
        raise BadRequest("nothing was recorded: what you wrote is too long; say it in fewer words")
    if any(not one.isprintable() for one in asking.contact):
        raise BadRequest("nothing was recorded: write how to reach you on one line")
    value = " ".join(asking.value.split())
    try:
        Request(asking.kind, value, "").normal()
    except BadRequest as error:
        raise BadRequest(str(error).replace("nothing was changed", "nothing was recorded")) from None
    return value


def a_month_after(when: datetime) -> datetime:
    """Return the same moment a month later, or on the last day of that month if it has fewer days."""
    year, month = when.year + when.month // 12, when.month % 12 + 1
    return when.replace(year=year, month=month, day=min(when.day, calendar.monthrange(year, month)[1]))


def status_by_receipt(hub: Hub, receipt: str) -> RequestStatus:
    """Return how far the request is whose *receipt* somebody shows; UnknownRequest if there is none."""
    request = find_request(hub.db, receipt)
    held = confidence_of(hub, request) if request.ended else None
    return status_of(request, held=held.held if held else ())


def queue(hub: Hub, *, every: bool = False) -> RequestQueue:
    """Return the requests that are to be answered, or with *every* all of them."""
    return RequestQueue(tuple(status_of(one) for one in list_requests(hub.db, None if every else OPEN)))


def details(hub: Hub, number: int) -> RequestDetails:
    """Return the request of that number; UnknownRequest if there is none."""
    request = get_request(hub.db, number)
    told = confidence_of(hub, request)
    return RequestDetails(status_of(request, held=told.held if told else ()), told)


def confidence_of(hub: Hub, request: PersonRequest) -> Confidence | None:
    """Return what was told in confidence with *request*; None if that is forgotten, or its key is in another home.

    Raises:
        BadRequest: it is not what was sealed.
    """
    try:
        told = unseal(hub.home, request.key, request.sealed, request.receipt)
    except ValueError:
        what = f"what was told with request {request.number} is not what was sealed; nothing was changed"
        raise BadRequest(f"{what}; somebody altered the control database or the key") from None
    if told is None:
        return None
    content = orjson.loads(told)
    return Confidence(**{**content, "held": tuple(content["held"])})


def challenge_of(request: PersonRequest) -> Challenge:
    """Return what the site says that *request* is about, if it is its own; nobody can tell the receipt from it."""
    digest = hashlib.sha256(f"challenge {request.receipt}".encode()).hexdigest()
    return Challenge(FILE, RECORD, f"corpushub-request={digest[:32]}")


def status_of(request: PersonRequest, *, held: tuple[str, ...] = ()) -> RequestStatus:
    """Return how far *request* is."""
    unknown = request.state == RequestState.RECEIVED and request.subject in OPT_OUTS
    return RequestStatus(
        number=request.number,
        asks=request.asks,
        purpose=request.purpose,
        subject=request.subject,
        state=request.state,
        created=request.created,
        due=request.due,
        overdue=request.state in OPEN and request.due < timestamp(datetime.now(UTC)),
        verified=request.verified,
        verified_by=request.verified_by,
        planned=request.planned,
        plan=tuple(VersionCount(name, count) for name, count in (request.plan or {}).items()),
        ended=request.ended,
        proofs=tuple((request.proofs or "").split()),
        answer=request.answer,
        challenge=challenge_of(request) if unknown else None,
        held=held,
        forgotten=request.sealed is None,
    )
