"""What operators do about a request: find out who asks, find what it concerns, do it or refuse it, and say so.

Each state is recorded in one transaction. What is done is an erasure or a withdrawal as any other, whose reason names
the request; so a decision that a crash interrupted is given again, finds what was done already, and goes on from there.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from corpushub.errors import BadRequest
from corpushub.requests.people.asking import (
    Confidence,
    RequestStatus,
    challenge_of,
    confidence_of,
    status_of,
)
from corpushub.requests.people.sites import Asked, ask_site
from corpushub.requests.subjects import Request, refuse_naming
from lineage.control.people.requests import (
    OPEN,
    PersonRequest,
    Purpose,
    RequestState,
    Right,
    get_request,
    move_request,
)
from lineage.control.runs import get_run
from lineage.control.versions import VersionCount, get_version, list_datasets
from lineage.hub import Hub
from lineage.hub.connection import timestamp
from lineage.hub.database import rows
from lineage.hub.own_secrets import place_of
from lineage.hub.sealed import seal, shred
from lineage.references import VersionRef
from pipelines.execution.executor import Execution
from policies.addresses.urls import asked_host, host_of

if TYPE_CHECKING:
    from corpushub.requests.withdraw import WithdrawalRequest

MOST_HELD = 1_000
"""Documents that an answer to a request for access lists."""

DUE = (RequestState.VERIFIED, RequestState.PLANNED)
"""States in which a request can be granted."""


@dataclass(frozen=True, slots=True)
class Granting:
    """How a request is granted.

    Attributes:
        answer: what to tell the person; needed for corrections, and kept.
        key_file: the key of the findings; None means that of the environment.
        old_versions: let an opt-out take documents out of older versions, too.
        execution: how files are rewritten.
        say: is told what lineage events could not be delivered.
        moment: when; None means now.
    """

    answer: str = ""
    key_file: Path | None = None
    old_versions: bool = False
    execution: Execution = field(default_factory=Execution)
    say: Callable[[str], None] = lambda _: None
    moment: datetime | None = None


@dataclass(frozen=True, slots=True)
class RequestPlan:
    """What a request concerns.

    Attributes:
        status: how far it is.
        documents: that it concerns, kept or dropped.
        versions: how many of them each version holds.
        unsearched: what was not looked for.
    """

    status: RequestStatus
    documents: int
    versions: tuple[VersionCount, ...]
    unsearched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RequestDecision:
    """What came of a decision.

    Attributes:
        status: how far the request is; done or refused, unless something was left.
        remains: where something of the subject was found after an erasure; it is still planned then.
    """

    status: RequestStatus
    remains: tuple[str, ...]


def verify(hub: Hub, number: int, by_hand: str = "", ask: Asked = ask_site) -> RequestStatus:
    """Record that whoever asks may: because their site says so, or *by_hand*, as operators found out.

    Args:
        hub: it.
        number: of the request.
        by_hand: how it was found out; empty to ask the site.
        ask: asks a site, and returns what of it holds the line that it should, None if nothing does.

    Raises:
        BadRequest: the site does not say so, there is none, the words name the person, or it was verified before.
    """
    request = get_request(hub.db, number)
    told = _told(hub, request)
    how = by_hand.strip()
    if how:
        _refuse_naming(request, told, how)
    else:
        host = _host(request, told)
        found = ask(host, challenge_of(request))
        if found is None:
            what = f"the site says nothing of request {number}; it is as before"
            raise BadRequest(f"{what}; wait until it does, or find out otherwise and give --by-hand")
        how = found
    facts = {"state": RequestState.VERIFIED, "verified": _now(None), "verified_by": how}
    return status_of(_moved(hub, request, (RequestState.RECEIVED,), **facts))


def plan(hub: Hub, number: int, how: Granting) -> RequestPlan:
    """Find what request *number* concerns, and record how many documents that is; no version is changed.

    Raises:
        BadRequest: it is not known who asks, it has ended, or the key of the findings is not there.
    """
    return _plan(hub, get_request(hub.db, number), how)[0]


def _plan(hub: Hub, request: PersonRequest, how: Granting) -> tuple[RequestPlan, tuple[str, ...]]:
    """Do as plan does; return the documents, too."""
    if request.state == RequestState.RECEIVED:
        what = f"it is not known whether whoever asks may; request {request.number} is as before"
        raise BadRequest(f"{what}; find out with `corpushub requests verify {request.number}`")
    _require_open(request, DUE)
    if request.plan is not None and proofs_of(hub, request):  # it was begun, and what it concerned is gone by now
        begun = status_of(request)
        return RequestPlan(begun, sum(one.documents for one in begun.plan), begun.plan, ()), ()
    told = _told(hub, request)
    look = _look_for_opt_out if request.asks == Right.OPT_OUT else _look_for_subject
    found = look(hub, request, told, how)
    facts = {"state": RequestState.PLANNED, "planned": _now(how.moment)}
    counts = {one.version: one.documents for one in found.versions}
    moved = _moved(hub, request, DUE, **facts, plan=counts)
    return RequestPlan(status_of(moved), found.documents, found.versions, found.unsearched), found.held


@dataclass(frozen=True, slots=True)
class _Found:
    documents: int
    versions: tuple[VersionCount, ...]
    unsearched: tuple[str, ...]
    held: tuple[str, ...]


def _look_for_subject(hub: Hub, request: PersonRequest, told: Confidence, how: Granting) -> _Found:
    from corpushub.requests.erase import execute  # what erases is imported by who erases

    wanted = [Request(request.subject, told.value or "", "")]
    report = execute(hub, wanted, how.key_file, dry_run=True)
    why = (f"{one.version}: {one.why}" if one.version else one.why for one in report.unsearched)
    newest = {name: get_version(hub.db, VersionRef(name)).name for name in {one.dataset for one in report.documents}}
    held = (f"{newest[one.dataset]}#{one.doc_id}" for one in report.documents[:MOST_HELD])
    return _Found(report.matched, report.versions, tuple(why), tuple(held))


def _look_for_opt_out(hub: Hub, request: PersonRequest, told: Confidence, how: Granting) -> _Found:
    from corpushub.requests.withdraw import WithdrawalOptions, execute  # see _look_for_subject

    found = [
        execute(hub, _order(name, request, told), WithdrawalOptions(dry_run=True), how.say)
        for name in datasets_for(hub, request.purpose)
    ]
    versions = tuple(version for one in found for version in one.versions)
    return _Found(sum(one.matched for one in found), versions, (), ())


def grant(hub: Hub, number: int, how: Granting) -> RequestDecision:
    """Do what request *number* asks for, and record what proves it; may be repeated after a crash.

    Raises:
        BadRequest: as plan does; a correction, which no command makes, needs an answer; the answer names the person.
        DatasetBusy, ProofError, DamagedFile: as erasures and withdrawals do; the request stays planned.
    """
    request = get_request(hub.db, number)
    _require_answer(hub, request, how.answer)
    planned, held = _plan(hub, request, how)
    told = _told(hub, request)
    remains: tuple[str, ...] = ()
    if request.asks == Right.ERASURE:
        remains = _erase(hub, request, told, how)
    elif request.asks == Right.OPT_OUT:
        remains = _withdraw(hub, request, told, how)
    if remains:
        return RequestDecision(planned.status, remains)
    proofs = proofs_of(hub, request)
    kept = held if request.asks == Right.ACCESS else ()
    ended = _end(hub, request, DUE, RequestState.DONE, how, proofs=" ".join(proofs), held=kept)
    return RequestDecision(ended, ())


def refuse(hub: Hub, number: int, reason: str, moment: datetime | None = None) -> RequestDecision:
    """Record that request *number* is refused, and the *reason*, which the person is shown.

    Raises:
        BadRequest: there is no reason, it names the person, or the request has ended.
    """
    request = get_request(hub.db, number)
    if not reason.strip():
        raise BadRequest(f"a refusal needs a reason, which the person is shown; request {number} is as before")
    _require_answer(hub, request, reason)
    ended = _end(hub, request, OPEN, RequestState.REFUSED, Granting(reason, moment=moment))
    return RequestDecision(ended, ())


def _erase(hub: Hub, request: PersonRequest, told: Confidence, how: Granting) -> tuple[str, ...]:
    """Erase what *request* is about, or finish what was begun for it; return what is left."""
    from corpushub.requests.erase import execute  # see _look_for_subject
    from corpushub.running.unfinished import finish

    finish(hub, how.execution)
    known = rows(hub.db, "SELECT state FROM erasures WHERE reason = :reason", reason=request.reason)
    if any(row["state"] == "verified" for row in known):
        return ()
    wanted = [Request(request.subject, told.value or "", request.reason)]
    report = execute(hub, wanted, how.key_file, dry_run=False, execution=how.execution)
    return () if report.verified else tuple(f"{one.path}: {one.problem}" for one in report.remains)


def _withdraw(hub: Hub, request: PersonRequest, told: Confidence, how: Granting) -> tuple[str, ...]:
    """Take what *request* is about out of each dataset of its purpose, also of what later runs would take in."""
    from corpushub.requests.withdraw import WithdrawalOptions, execute  # see _look_for_subject

    options = WithdrawalOptions(old_versions=how.old_versions, execution=how.execution, ahead=True)
    remains: list[str] = []
    for name in datasets_for(hub, request.purpose):
        erased = execute(hub, _order(name, request, told), options, how.say).erased
        remains += [f"{one.path}: {one.problem}" for one in erased.remains] if erased else []
    return tuple(remains)


def _order(dataset: str, request: PersonRequest, told: Confidence) -> WithdrawalRequest:
    from corpushub.requests.withdraw import WithdrawalRequest  # see _look_for_subject

    return WithdrawalRequest(VersionRef(dataset), (f"{request.subject}:{told.value}",), None, request.reason)


def datasets_for(hub: Hub, purpose: str) -> list[str]:
    """Return the datasets whose recipes name *purpose*, or all of them."""
    names = list_datasets(hub.db)
    return names if purpose == Purpose.ALL else [name for name in names if _purpose_of(hub, name) == purpose]


def _purpose_of(hub: Hub, dataset: str) -> str:
    from corpushub.recipe.model import Dataset  # what recipes are made of is imported by who reads one

    recipe = tomllib.loads(get_run(hub.db, get_version(hub.db, VersionRef(dataset)).run).recipe)
    usual = Dataset.model_fields["purpose"].default
    return str(recipe.get("dataset", {}).get("purpose", usual))


def proofs_of(hub: Hub, request: PersonRequest) -> list[str]:
    """Return what was done for *request*, as it is on record: receipts of erasures, and runs of withdrawals."""
    erasures = rows(hub.db, "SELECT id FROM erasures WHERE reason = :it ORDER BY created", it=request.reason)
    revisals = rows(hub.db, "SELECT run FROM revisals WHERE reason = :it ORDER BY created", it=request.reason)
    return [*(f"receipt:{row['id']}" for row in erasures), *(f"run:{row['run']}" for row in revisals)]


def _end(
    hub: Hub,
    request: PersonRequest,
    among: tuple[RequestState, ...],
    state: RequestState,
    how: Granting,
    *,
    proofs: str = "",
    held: tuple[str, ...] = (),
) -> RequestStatus:
    """Record that *request* has ended, and keep of what was told in confidence only how to say so, under a new key."""
    told = replace(_told(hub, request), value=None, words=None, held=held)
    key, sealed = seal(hub.home, told.dump(), request.receipt)
    facts = {"state": state, "ended": _now(how.moment), "proofs": proofs or None, "answer": how.answer.strip() or None}
    moved = _moved(hub, request, among, **facts, key=key, sealed=sealed)
    if request.key:
        shred(place_of(hub.home, request.key))
    return status_of(moved, held=held)


def _told(hub: Hub, request: PersonRequest) -> Confidence:
    told = confidence_of(hub, request)
    if told is None or (told.value is None and request.state in OPEN):
        what = f"what request {request.number} is about is sealed under a key that is not here; nothing was changed"
        raise BadRequest(f"{what}; go on in the home of the hub that received it")
    return told


def _require_answer(hub: Hub, request: PersonRequest, answer: str) -> None:
    """Raise BadRequest if *request* has ended, or *answer* names whom it is about, or is needed and missing."""
    _require_open(request, OPEN)
    if request.asks == Right.CORRECTION and not answer.strip():
        what = f"no command corrects a text, so say what was done; request {request.number} is as before"
        raise BadRequest(f"{what}; give --answer")
    _refuse_naming(request, _told(hub, request), answer)


def _refuse_naming(request: PersonRequest, told: Confidence, words: str) -> None:
    if words.strip():
        refuse_naming(words, [Request(request.subject, told.value or "", "")])


def _require_open(request: PersonRequest, among: tuple[RequestState, ...]) -> None:
    if request.state not in among:
        raise BadRequest(f"request {request.number} is {request.state}; it is as before")


def _moved(hub: Hub, request: PersonRequest, among: tuple[RequestState, ...], **facts: object) -> PersonRequest:
    moved = move_request(hub.db, request.number, among, **facts)
    if moved is None:
        state = get_request(hub.db, request.number).state
        raise BadRequest(f"request {request.number} is {state}; it is as before")
    return moved


def _host(request: PersonRequest, told: Confidence) -> str:
    """Return the site that *request* is about; BadRequest if it is about none."""
    host = host_of(told.value) if request.subject == "uri-prefix" else None
    if request.subject == "host":
        host = asked_host(told.value or "")
    if not host:
        what = f"request {request.number} is about no site that could be asked; it is as before"
        raise BadRequest(f"{what}; find out who asks, and give --by-hand HOW")
    return host


def _now(moment: datetime | None) -> str:
    return timestamp(moment or datetime.now(UTC))
