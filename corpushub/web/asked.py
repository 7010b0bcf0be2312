"""What requests ask: their queries, read strictly, so that no condition is passed over in silence."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from starlette.requests import Request

from corpushub.errors import BadRequest
from lineage.questions.diff import Asked as Changed
from lineage.questions.documents.conditions import Conditions
from lineage.references import parse_version

_NUMBERS: Final = {"at_least": float, "below": float, "limit": int, "finding": int}


def version(request: Request) -> str:
    """Return the version that the address of *request* names: NAME@vN, or NAME@vN.K.

    Raises:
        BadReference: it names none.
    """
    ref = f"{request.path_params['name']}@{request.path_params['number']}"
    return str(parse_version(ref))


def nothing(request: Request) -> None:
    """Raise BadRequest if *request* asks for anything beyond its address."""
    _given(request, ())


def text(request: Request) -> str:
    """Return what somebody typed into the box; BadRequest if that is nothing."""
    typed = _given(request, ("q",)).get("q", "").strip()
    if not typed:
        raise BadRequest("nothing was typed; give a text, an address, a host, a reference or an id")
    return typed


def given(request: Request, name: str) -> str:
    """Return the value of *name*, the one thing that is asked; BadRequest if it is missing."""
    value = _given(request, (name,)).get(name, "")
    if not value:
        raise BadRequest(f"{name} is missing")
    return value


def among(request: Request, name: str, known: Sequence[str]) -> str:
    """Return the value of *name*, one of *known*, of which the first is usual; BadRequest if it is another."""
    value = _given(request, (name,)).get(name, known[0])
    if value not in known:
        raise BadRequest(f"{name}={value!r} is none of {', '.join(known)}")
    return value


def changed(request: Request) -> Changed:
    """Return which documents of a diff *request* asks for."""
    return Changed(**{name: value for name, value in _given(request, _names(Changed)).items() if value != ""})


def drawn(request: Request) -> tuple[list[str], bool]:
    """Return which nodes of a lineage *request* opens, and whether it wants the sources alone."""
    given = _given(request, ("open", "only"))
    if given.get("only", "") not in ("", "sources"):
        raise BadRequest(f"only={given['only']!r} is not sources")
    return given.get("open", "").split(), given.get("only") == "sources"


def conditions(request: Request) -> Conditions:
    """Return which documents *request* asks for.

    Raises:
        BadRequest: a condition is unknown, is given twice, or is no number where one is wanted.
    """
    given: dict[str, Any] = _given(request, _names(Conditions))
    for name, kind in _NUMBERS.items():
        if name in given:
            given[name] = _number(name, given[name], kind)
    return Conditions(**{name: value for name, value in given.items() if value != ""})


def _names(conditions: type) -> list[str]:
    return [one.name for one in fields(conditions)]


def _given(request: Request, known: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise BadRequest(f"{name!r} is no condition here" + (f"; the nearest is {near[0]}" if near else ""))
        if name in found:
            raise BadRequest(f"{name} is given twice")
        if "\0" in value:
            raise BadRequest(f"{name} holds a null character")
        found[name] = value
    return found


def _number(name: str, value: str, kind: Any) -> Any:
    try:
        number = kind(value)
    except ValueError as error:
        raise BadRequest(f"{name}={value!r} is no number") from error
    if not math.isfinite(number):
        raise BadRequest(f"{name}={value!r} is no number")
    return number
