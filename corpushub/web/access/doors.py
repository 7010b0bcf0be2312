"""Which address lets whom in: one table. An address that is not in it is not served at all.

A door asks for a role at the datasets that the address names, or lets everybody in where these show enough of
themselves; who comes in that way is given an answer of its own (corpushub.web.access.public). Of a dataset that
somebody may not know of nothing is said, not even that it is kept from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request

from corpushub.requests.people.visitors import Visitor
from corpushub.web.access import public
from corpushub.web.access.reveals import (
    Revealing,
    nothing,
    of_audit,
    of_document,
    of_documents,
    of_found,
    of_in_here,
    of_public,
    of_public_documents,
)
from lineage.control.people.roles import Role, Visibility
from lineage.control.runs import get_run
from lineage.errors import UnknownReference
from lineage.hub import Hub
from lineage.questions.documents.conditions import Conditions
from lineage.references import parse_version

Told = Callable[[Any, Visitor], Any]
"""Makes of the full answer what a visitor is told; None if there is nothing that they may know of."""


@dataclass(frozen=True, slots=True)
class Door:
    """Who is let in at an address.

    Attributes:
        least: the role that is needed at the datasets that the address names; anywhere, if it names none.
        whole: whether it is needed at all datasets.
        lower: a role below it with which one is let in, too, and told less; None if there is none.
        shows: from which visibility of these datasets on everybody is, likewise; None for nobody.
        told: what those are told who come in that way. Of an address that names no dataset: what each visitor is told.
        of: which parts of the address name datasets, or versions, documents or runs of them.
        reveals: which documents the full answer shows.
        reveals_told: likewise, of what is told.
    """

    least: Role
    whole: bool = False
    lower: Role | None = None
    shows: Visibility | None = None
    told: Told | None = None
    of: Sequence[str] = ("name", "ref", "old", "new", "run")
    reveals: Revealing = nothing
    reveals_told: Revealing = nothing


DOORS: Final[Mapping[str, Door]] = {
    "/": Door(Role.PUBLIC, told=public.datasets),
    "/find": Door(Role.PUBLIC, told=public.found, reveals_told=of_found),
    "/login": Door(Role.PUBLIC),
    "/logout": Door(Role.PUBLIC),
    "/d/{name}": Door(Role.READER, shows=Visibility.LISTED, told=public.dataset),
    "/d/{name}/{number}": Door(Role.READER, shows=Visibility.METADATA, told=public.version),
    "/d/{name}/{number}/docs": Door(
        Role.READER,
        shows=Visibility.OPEN,
        told=public.documents,
        reveals=of_documents,
        reveals_told=of_public_documents,
    ),
    "/d/{name}/{number}/doc/{doc_id}": Door(
        Role.AUDITOR,
        lower=Role.READER,
        shows=Visibility.OPEN,
        told=public.document,
        reveals=of_document,
        reveals_told=of_public,
    ),
    "/losses/{ref}": Door(Role.READER, shows=Visibility.METADATA, told=public.losses),
    "/dedup/{ref}": Door(Role.AUDITOR),
    "/lineage/{ref}": Door(Role.READER),
    "/lineage/{ref}/prov": Door(Role.READER),
    "/diff/{old}...{new}": Door(Role.AUDITOR),
    "/papers/{ref}": Door(Role.READER),
    "/audit/{ref}": Door(Role.AUDITOR, reveals=of_audit),
    "/runs": Door(Role.AUDITOR, told=public.runs),
    "/runs/{run}": Door(Role.AUDITOR),
    "/policies": Door(Role.AUDITOR, whole=True),
    "/policies/{name}": Door(Role.AUDITOR, whole=True, of=()),
    "/in-here": Door(Role.PUBLIC, reveals=of_in_here),
    "/requests": Door(Role.PUBLIC),
    "/requests/{receipt}": Door(Role.PUBLIC),
    "/report": Door(Role.PUBLIC),
    "/reports": Door(Role.PUBLIC),
    "/reports/{receipt}": Door(Role.PUBLIC),
    "/receipts/{receipt}": Door(Role.PUBLIC),
    "/admin": Door(Role.ADMIN, whole=True),
}
"""The door of each address of corpushub.web.addresses.PAGES; a test asks for each of them."""

OF_KEPT: Final = frozenset(
    {
        *("language", "license", "source", "domain", "month", "text", "signal", "at_least", "below"),
        *("after", "limit"),
    }
)
"""What readers may ask of kept documents; by anything else the ledger would tell, which auditors may see."""

UNKNOWN: Final = "nothing of that name is here, or nothing that you may know of; with a token there may be more: /login"


def admit(door: Door, visitor: Visitor, hub: Hub, request: Request) -> bool:
    """Let *visitor* in, or not; tell whether they are told the full answer.

    Raises:
        UnknownReference: they may not know that what the address names exists, if it does.
        HTTPException: 401 or 403: they may know that, and may not see it.
    """
    names = _datasets(door, visitor, hub, request)
    if not names or door.whole:
        if not visitor.role.reaches(door.least) or (door.whole and visitor.datasets is not None):
            raise refused(visitor, door.least)
        return door.told is None
    if all(visitor.may(door.least, name) for name in names):
        return True
    if not all(map(visitor.knows, names)):
        raise UnknownReference(UNKNOWN)
    if not all(_is_told(door, visitor, name) for name in names):
        raise refused(visitor, door.lower or door.least)
    return False


def _is_told(door: Door, visitor: Visitor, dataset: str) -> bool:
    """Tell whether *visitor* is let in at *dataset*, be it to be told less."""
    if visitor.may(door.lower or door.least, dataset):
        return True
    return door.shows is not None and visitor.level_of(dataset).reaches(door.shows)


def visitor_of(request: Request) -> Visitor:
    """Return who asks, who has been let in by now."""
    visitor: Visitor = request.state.visitor
    return visitor


def require_conditions(visitor: Visitor, dataset: str, wanted: Conditions) -> None:
    """Raise HTTPException unless *visitor* may know of *dataset* what the documents tell that are *wanted*."""
    usual = Conditions()
    if any(getattr(wanted, one.name) != getattr(usual, one.name) for one in fields(wanted) if one.name not in OF_KEPT):
        require_ledger(visitor, dataset)


def require_ledger(visitor: Visitor, dataset: str) -> None:
    """Raise HTTPException unless *visitor* may see what the ledger of *dataset* alone tells."""
    if not visitor.may(Role.AUDITOR, dataset):
        raise refused(visitor, Role.AUDITOR)


def refused(visitor: Visitor, least: Role) -> HTTPException:
    """Return what tells *visitor* that something takes the role *least*."""
    if visitor.is_known():
        return HTTPException(403, f"your token does not open this: it takes one for the role {least}")
    needed = "a token" if least is Role.PUBLIC else f"a token for the role {least}"
    return HTTPException(401, f"this takes {needed}; show it at /login, or as a bearer", {"WWW-Authenticate": "Bearer"})


def _datasets(door: Door, visitor: Visitor, hub: Hub, request: Request) -> list[str]:
    """Return the datasets that the address of *request* names.

    Raises:
        UnknownReference: there is no such run, or no such name could be.
    """
    given = {name: request.path_params[name] for name in door.of if name in request.path_params}
    try:
        return [
            get_run(hub.db, value).dataset if name == "run" else parse_version(value).dataset
            for name, value in given.items()
        ]
    except UnknownReference:
        if visitor.datasets is None:
            raise
        raise UnknownReference(UNKNOWN) from None
