"""What persons ask and send: whether something of theirs is in the hub, requests, and reports of documents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from starlette.responses import RedirectResponse

from corpushub.web import asked
from corpushub.web.access.counts import rounded
from corpushub.web.access.doors import UNKNOWN, refused, visitor_of
from corpushub.web.forms import Form, only
from lineage.control.people.roles import Role, Visibility
from lineage.control.versions import list_datasets
from lineage.errors import UnknownReference
from lineage.references import DocumentRef, parse

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from corpushub.face.hub import Hub
    from corpushub.requests.people.asking import RequestQueue, RequestStatus
    from corpushub.requests.people.in_here import DatasetInHere, InHere
    from corpushub.requests.people.reports import Report, Reports
    from corpushub.requests.people.visitors import Visitor
    from lineage.control.erasures import Receipt

IN_HERE: Final = "/in-here"
REQUESTS: Final = "/requests"
REPORTS: Final = "/reports"
NEW_REPORT: Final = "/report"


@dataclass(frozen=True, slots=True)
class InHerePage:
    """A form that asks whether something is in here, and the answer.

    Attributes:
        token: what the form must send along.
        answer: null until something was asked.
    """

    token: str
    answer: InHere | None


@dataclass(frozen=True, slots=True)
class RequestsPage:
    """A form for requests, and for operators those that wait for an answer.

    Attributes:
        token: what the form must send along.
        queue: null for others than operators.
    """

    token: str
    queue: RequestQueue | None


@dataclass(frozen=True, slots=True)
class RequestPage:
    """How far a request is, for whoever has its receipt.

    Attributes:
        receipt: that.
        status: as `corpushub requests show` tells it.
    """

    receipt: str
    status: RequestStatus


@dataclass(frozen=True, slots=True)
class NewReportPage:
    """A form to report a document.

    Attributes:
        token: what the form must send along.
        document: NAME@vN#DOCID.
    """

    token: str
    document: str


@dataclass(frozen=True, slots=True)
class ReportsPage:
    """For operators, the reports that are open; null for others."""

    open: Reports | None


@dataclass(frozen=True, slots=True)
class ReportPage:
    """What became of a report, for whoever has its receipt.

    Attributes:
        receipt: that.
        report: as `corpushub reports show` tells it.
    """

    receipt: str
    report: Report


def ask_in_here(hub: Hub, request: Request) -> InHerePage:
    """Return the form."""
    asked.nothing(request)
    return InHerePage(_token(request, IN_HERE), None)


def answer_in_here(hub: Hub, request: Request, form: Form) -> InHerePage:
    """Look for what *form* holds."""
    typed, visitor = only(form, ("kind", "value")), visitor_of(request)
    names = [name for name in list_datasets(hub.db) if _speaks_of(visitor, name, Visibility.METADATA)]
    found = hub.in_here(typed.get("kind", ""), typed.get("value", ""), names)
    told = tuple(one if visitor.may(Role.READER, one.dataset) else _told(one, visitor) for one in found.datasets)
    return InHerePage(_token(request, IN_HERE), replace(found, datasets=told))


def _told(found: DatasetInHere, visitor: Visitor) -> DatasetInHere:
    """Return what everybody is told: whether something is there, and which documents only where these are open."""
    searched = tuple(replace(one, documents=rounded(one.documents)) for one in found.searched)
    is_open = visitor.level_of(found.dataset).reaches(Visibility.OPEN)
    return replace(found, searched=searched, documents=found.documents if is_open else ())


def ask_request(hub: Hub, request: Request) -> RequestsPage:
    """Return the form, and the queue."""
    asked.nothing(request)
    return RequestsPage(_token(request, REQUESTS), hub.requests() if _operates(request) else None)


def take_request(hub: Hub, request: Request, form: Form) -> Response:
    """Record what *form* asks for, and send whoever sent it to its status."""
    typed = only(form, ("right", "purpose", "kind", "value", "contact", "words"))
    said = {name: typed.get(name, "") for name in ("purpose", "contact", "words")}
    taken = hub.request(typed.get("right", ""), f"{typed.get('kind', '')}:{typed.get('value', '')}", **said)
    return _to(request, f"{REQUESTS}/{taken.receipt}")


def show_request(hub: Hub, request: Request) -> RequestPage:
    """Return how far the request is whose receipt the address holds."""
    from corpushub.requests.people.asking import status_by_receipt

    asked.nothing(request)
    receipt = request.path_params["receipt"]
    return RequestPage(receipt, status_by_receipt(hub, receipt))


def ask_report(hub: Hub, request: Request) -> NewReportPage:
    """Return the form for the document that the address names."""
    from corpushub.requests.people.reports import document_of

    named = asked.given(request, "of")
    _require_shown(request, named)
    return NewReportPage(_token(request, REPORTS), str(document_of(hub, named)))


def list_reports(hub: Hub, request: Request) -> ReportsPage:
    """Return what is reported."""
    asked.nothing(request)
    return ReportsPage(hub.reports() if _operates(request) else None)


def take_report(hub: Hub, request: Request, form: Form) -> Response:
    """Record what *form* reports, and send whoever sent it to where it can be followed."""
    typed = only(form, ("of", "problem", "words"))
    _require_shown(request, typed.get("of", ""))
    taken = hub.report(typed.get("of", ""), typed.get("problem", ""), typed.get("words", ""))
    return _to(request, f"{REPORTS}/{taken.receipt}")


def show_report(hub: Hub, request: Request) -> ReportPage:
    """Return what became of the report whose receipt the address holds."""
    from corpushub.requests.people.reports import report_by_receipt

    asked.nothing(request)
    receipt = request.path_params["receipt"]
    return ReportPage(receipt, report_by_receipt(hub, receipt))


def show_receipt(hub: Hub, request: Request) -> Receipt:
    """Return the record of an erasure; whom exports went to is for operators alone."""
    asked.nothing(request)
    found = hub.receipt(request.path_params["receipt"])
    if _operates(request):
        return found
    return replace(found, exports=tuple(replace(one, recipient=None, purpose=None) for one in found.exports))


def _operates(request: Request) -> bool:
    """Tell whether who asks may see what others asked for, who may have asked about any dataset."""
    visitor = visitor_of(request)
    return visitor.role.reaches(Role.CURATOR) and visitor.datasets is None


def _require_shown(request: Request, ref: str) -> None:
    """Refuse who asks unless they may see the document *ref*, if there is one.

    Raises:
        UnknownReference: they may not even know of its dataset.
        HTTPException: 401 or 403: they may know of that alone.
    """
    target, visitor = parse(ref), visitor_of(request)
    if isinstance(target, DocumentRef) and not _speaks_of(visitor, target.version.dataset, Visibility.OPEN):
        raise refused(visitor, Role.READER) if visitor.knows(target.version.dataset) else UnknownReference(UNKNOWN)


def _speaks_of(visitor: Visitor, dataset: str, level: Visibility) -> bool:
    """Tell whether *visitor* may be told of *dataset* what it shows to everybody from *level* on."""
    return visitor.may(Role.READER, dataset) or visitor.level_of(dataset).reaches(level)


def _token(request: Request, path: str) -> str:
    token: str = request.app.state.tokens.make(path)
    return token


def _to(request: Request, place: str) -> Response:
    return RedirectResponse(place + (".json" if request.url.path.endswith(".json") else ""), 303)
