"""Whom or what somebody asks about: KIND:VALUE, its normal form, and what says it in a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from corpushub.errors import BadRequest
from lineage.control.erasures import PERSONAL, Subject, salted
from lineage.erasure.spellings import Spelling, is_said
from lineage.erasure.subjects import KINDS
from pipelines.rights.suppression import ENTITIES
from policies.addresses.redaction import redact_uri
from policies.addresses.urls import asked_host, asked_prefix
from policies.pii.disguises import spelling
from policies.pii.keys import Key
from policies.pii.normal_values import normal_value


@dataclass(frozen=True, slots=True)
class Request:
    """One request: kind, the value as given, and why. The value is in memory only, and in no message."""

    kind: str
    value: str = field(repr=False)
    reason: str

    @classmethod
    def parse(cls, subject: str, reason: str) -> Request:
        """Return the request for *subject*, KIND:VALUE.

        Raises:
            BadRequest: there is no such kind, the value cannot be one of it, or the reason names it.
        """
        kind, mark, value = subject.partition(":")
        if not mark or kind not in KINDS:
            raise BadRequest(f"a subject is KIND:VALUE, where KIND is one of {', '.join(KINDS)}; nothing was changed")
        request = cls(kind, value.strip(), reason.strip())
        refuse_naming(reason, [request])
        return request

    def normal(self) -> str:
        """Return the normal form of the value: what is hashed, or what ledgers have.

        Raises:
            BadRequest: it cannot be a value of its kind.
        """
        normal = _NORMAL[self.kind](self.value)
        if not normal:
            raise BadRequest(f"that is no {self.kind}; nothing was changed; write {self.kind}:{_EXAMPLES[self.kind]}")
        return normal

    def subject(self, key: Key | None, salt: str) -> Subject:
        """Return whom the request is about, a person by the hash under *key*, without one under *salt*."""
        if self.kind not in PERSONAL:
            return Subject(self.kind, self.normal())
        if key is None:
            return Subject(self.kind, salted(salt, self.kind, self.normal()))
        return Subject(self.kind, key.hash(ENTITIES[self.kind], self.normal()))


def _identifier(digits: int) -> Callable[[str], str]:
    return lambda value: value.lower() if re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", value) else ""


_NORMAL: Final[Mapping[str, Callable[[str], str]]] = {
    "email": lambda value: normal_value("EMAIL_ADDRESS", value) if re.fullmatch(r'"*[^\s"]\S*@\S+', value) else "",
    "phone": lambda value: normal_value("PHONE_NUMBER", value) if sum(map(str.isdecimal, value)) > 4 else "",
    "name": lambda value: normal_value("PERSON", value) if any(map(str.isalpha, value)) else "",
    "uri-prefix": lambda value: redact_uri(asked_prefix(value) or ""),
    "host": lambda value: asked_host(value) or "",
    "doc": _identifier(32),
    "content": _identifier(64),
}

_EXAMPLES: Final = {
    "email": "someone@example.org",
    "phone": "+1-212-555-0100",
    "name": '"Some One"',
    "uri-prefix": "https://example.org/people/",
    "host": "example.org",
    "doc": "32 hexadecimal digits",
    "content": "64 hexadecimal digits",
}


def refuse_naming(reason: str, requests: Sequence[Request]) -> None:
    """Raise BadRequest if *reason* names whom one of *requests* is about, in any spelling that an erasure finds."""
    words = (word for one in requests for word in (one.value, one.normal()))
    if any(word.casefold() in reason.casefold() for word in words) or is_said(reason, spellings(requests)):
        raise BadRequest("the reason names the subject, and would be kept with the receipt; say it without")


def spellings(requests: Iterable[Request]) -> tuple[Spelling, ...]:
    """Return how the values of the persons in *requests* may be written."""
    made = (spelling(one.kind, one.value) for one in requests if one.kind in PERSONAL)
    return tuple(dict.fromkeys(Spelling(one.sieve, one.exact) for one in made))
