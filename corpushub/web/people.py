"""What persons ask and send: whether something of theirs is in the hub."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from corpushub.web import asked
from corpushub.web.forms import Form, only

if TYPE_CHECKING:
    from starlette.requests import Request

    from corpushub.face.hub import Hub
    from corpushub.requests.people.in_here import InHere


@dataclass(frozen=True, slots=True)
class InHerePage:
    """A form that asks whether something is in here, and the answer.

    Attributes:
        token: what the form must send along.
        answer: null until something was asked.
    """

    token: str
    answer: InHere | None


IN_HERE: Final = "/in-here"


def ask_in_here(hub: Hub, request: Request) -> InHerePage:
    """Return the form."""
    asked.nothing(request)
    return InHerePage(_token(request, IN_HERE), None)


def answer_in_here(hub: Hub, request: Request, form: Form) -> InHerePage:
    """Look for what *form* holds."""
    from corpushub.requests.people.in_here import in_here  # what searches is loaded by who searches

    typed = only(form, ("kind", "value"))
    return InHerePage(_token(request, IN_HERE), in_here(hub, typed.get("kind", ""), typed.get("value", "")))


def _token(request: Request, path: str) -> str:
    token: str = request.app.state.tokens.make(path)
    return token
