"""Which address is answered by what: the functions that make the answers of pages, and the table of all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from corpushub.printable import json_printable
from corpushub.requests.people.visitors import Visitor
from corpushub.web import answers, asked, people
from corpushub.web.access import pages, public
from corpushub.web.access.doors import UNKNOWN, require_conditions, require_ledger, visitor_of
from corpushub.web.forms import Form
from lineage.control.people.roles import Role, Visibility
from lineage.control.runs import get_run
from lineage.control.versions import list_datasets
from lineage.errors import BadReference, UnknownReference
from lineage.references import DocumentRef, RunRef, parse, parse_version
from lineage.statistics.model import LOSS_KEYS

if TYPE_CHECKING:
    from corpushub.face.hub import Hub

JSON: Final = ".json"
"""What an address ends in that asks for JSON."""

MOST_LISTED: Final = 200
"""Most documents that a diff lists, and most runs."""

MOST_PAIRS, MOST_CLUSTERS = 10, 50
"""Most near-duplicates of each kind that are named, and most clusters and hosts."""

SECONDS: Final = 2.0
"""How long a search may take."""

Answerer = Callable[["Hub", Request], Any]
"""Makes the answer to a request, or a response of its own."""

Receiver = Callable[["Hub", Request, Form], Any]
"""Does what a form asks, and makes the answer, likewise."""


def _datasets(hub: Hub, request: Request) -> Any:
    asked.nothing(request)
    return answers.datasets(hub)


def _dataset(hub: Hub, request: Request) -> Any:
    asked.nothing(request)
    return answers.dataset(hub, request.path_params["name"])


def _version(hub: Hub, request: Request) -> Any:
    asked.nothing(request)
    return answers.version(hub, asked.version(request))


def _documents(hub: Hub, request: Request) -> Any:
    ref, wanted = parse_version(asked.version(request)), asked.conditions(request)
    require_conditions(visitor_of(request), ref.dataset, wanted)
    return answers.documents(hub, ref, wanted)


def _document(hub: Hub, request: Request) -> Any:
    asked.nothing(request)
    ref = parse(f"{asked.version(request)}#{request.path_params['doc_id']}")
    assert isinstance(ref, DocumentRef)
    visitor = visitor_of(request)
    try:
        found = answers.document(hub, ref)
    except UnknownReference:
        if visitor.may(Role.AUDITOR, ref.version.dataset):
            raise
        raise UnknownReference(UNKNOWN) from None  # the ledger tells what else becomes of documents
    if found.released is None and visitor.may(Role.READER, ref.version.dataset):
        require_ledger(visitor, ref.version.dataset)
    return found


def _find(hub: Hub, request: Request) -> Any:
    text, visitor = asked.text(request), visitor_of(request)
    if (place := _place_of(hub, visitor, text)) is not None:
        return RedirectResponse(place + (JSON if request.url.path.endswith(JSON) else ""), 303)
    found = public.found(answers.found(hub, text, SECONDS, _read_by(hub, visitor)), visitor)
    only = found.result.matches[:2]
    if len(only) == 1 and not request.url.path.endswith(JSON):
        return RedirectResponse(document_place(only[0].version, only[0].doc_id), 303)
    return found


def _losses(hub: Hub, request: Request) -> Any:
    by = asked.among(request, "by", LOSS_KEYS)
    return hub.losses(request.path_params["ref"], by=by)


def _diff(hub: Hub, request: Request) -> Any:
    wanted = asked.changed(request)
    found = hub.diff(request.path_params["old"], request.path_params["new"], listed=MOST_LISTED, asked=wanted)
    return answers.DiffPage(wanted, found)


def _dedup(hub: Hub, request: Request) -> Any:
    asked.nothing(request)
    return hub.dedup_report(request.path_params["ref"], pairs=MOST_PAIRS, clusters=MOST_CLUSTERS)


def _lineage(hub: Hub, request: Request) -> Any:
    opened, only_sources = asked.drawn(request)
    return answers.lineage(hub, request.path_params["ref"], opened, only_sources=only_sources)


def _provenance(hub: Hub, request: Request) -> Any:
    from lineage.questions.prov import as_prov

    asked.nothing(request)
    content = orjson.dumps(as_prov(hub.trace_version(request.path_params["ref"])), option=orjson.OPT_INDENT_2)
    return Response(json_printable(content.decode()), media_type="application/json")


def _audit(hub: Hub, request: Request) -> Any:
    from policies.rules.policy_file import shipped, shipped_names  # only audits judge

    chosen = asked.among(request, "policy", shipped_names())
    return answers.audit(hub, request.path_params["ref"], shipped(chosen), chosen, shipped_names())


def _policies(hub: Hub, request: Request) -> Any:
    from corpushub.web.policy_pages import policies  # only they read rules

    asked.nothing(request)
    return policies(hub)


def _policy(hub: Hub, request: Request) -> Any:
    from corpushub.web.policy_pages import policy_page  # only they read rules

    asked.nothing(request)
    return policy_page(hub, request.path_params["name"])


def _papers(hub: Hub, request: Request) -> Any:
    from corpushub.papers.formats import FORMATS  # only papers are made of so much

    return answers.papers(hub, parse_version(request.path_params["ref"]), asked.among(request, "as", [*FORMATS]))


def _runs(hub: Hub, request: Request) -> Any:
    asked.nothing(request)
    return hub.runs(limit=MOST_LISTED)


def _run(hub: Hub, request: Request) -> Any:
    asked.nothing(request)
    return hub.show_run(f"run:{request.path_params['run']}")


PAGES: Final[tuple[tuple[str, str, Answerer], ...]] = (
    ("/", "datasets", _datasets),
    ("/find", "found", _find),
    ("/d/{name}", "dataset", _dataset),
    ("/d/{name}/{number}", "version", _version),
    ("/d/{name}/{number}/docs", "documents", _documents),
    ("/d/{name}/{number}/doc/{doc_id}", "document", _document),
    ("/losses/{ref}", "losses", _losses),
    ("/dedup/{ref}", "dedup", _dedup),
    ("/lineage/{ref}", "lineage", _lineage),
    ("/lineage/{ref}/prov", "prov", _provenance),
    ("/audit/{ref}", "audit", _audit),
    ("/diff/{old}...{new}", "diff", _diff),
    ("/papers/{ref}", "papers", _papers),
    ("/policies", "policies", _policies),
    ("/policies/{name}", "policy", _policy),
    ("/runs", "runs", _runs),
    ("/runs/{run}", "run", _run),
    (people.IN_HERE, "in_here", people.ask_in_here),
    (people.REQUESTS, "requests", people.ask_request),
    (people.REQUESTS + "/{receipt}", "request", people.show_request),
    (people.NEW_REPORT, "new_report", people.ask_report),
    (people.REPORTS, "reports", people.list_reports),
    (people.REPORTS + "/{receipt}", "report", people.show_report),
    ("/receipts/{receipt}", "receipt", people.show_receipt),
    ("/login", "login", pages.login),
    ("/logout", "login", pages.logout),
    ("/admin", "admin", pages.admin),
)
"""Addresses, the names of their templates and schemas, and what answers."""

FORMS: Final[Mapping[str, Receiver]] = {
    "/login": pages.log_in,
    "/logout": pages.log_out,
    people.IN_HERE: people.answer_in_here,
    people.REQUESTS: people.take_request,
    people.REPORTS: people.take_report,
}
"""What does what a form at an address of PAGES asks; whatever is posted elsewhere is refused."""


def version_place(ref: str) -> str:
    """Return the address of the page of version *ref*, NAME@vN."""
    name, _, number = ref.partition("@")
    return f"/d/{name}/{number}"


def document_place(version: str, doc_id: str) -> str:
    """Return the address of the page of a document."""
    return f"{version_place(version)}/doc/{doc_id}"


def documents_place(version: str, **conditions: Any) -> str:
    """Return the address of the list of the documents that meet *conditions*; None asks nothing."""
    wanted = {name: value for name, value in conditions.items() if value is not None}
    return f"{version_place(version)}/docs" + ("?" + urlencode(wanted) if wanted else "")


def _read_by(hub: Hub, visitor: Visitor) -> list[str] | None:
    """Return the datasets whose texts *visitor* may read, None for all."""
    if visitor.datasets is None:
        return None
    names = list_datasets(hub.db)
    return [one for one in names if visitor.may(Role.READER, one) or visitor.level_of(one).reaches(Visibility.OPEN)]


def _place_of(hub: Hub, visitor: Visitor, text: str) -> str | None:
    """Return the address of what the reference *text* names, None if it is none that *visitor* may know of here."""
    try:
        ref = parse(text)
        named = get_run(hub.db, ref.run) if isinstance(ref, RunRef) else parse_version(text.partition("#")[0])
    except BadReference:
        return None
    except UnknownReference:
        if visitor.datasets is None:
            raise
        raise UnknownReference(UNKNOWN) from None
    if not (visitor.may(Role.READER, named.dataset) or visitor.level_of(named.dataset).reaches(Visibility.METADATA)):
        return f"/d/{named.dataset}" if visitor.knows(named.dataset) else None
    if isinstance(ref, RunRef):
        return f"/runs/{hub.show_run(text).run.removeprefix('run:')}"
    if isinstance(ref, DocumentRef):
        return document_place(hub.show(str(ref.version)).version, ref.doc_id)
    if ref.dataset not in list_datasets(hub.db):
        return None
    return version_place(hub.show(str(ref)).version) if ref.number else f"/d/{ref.dataset}"
