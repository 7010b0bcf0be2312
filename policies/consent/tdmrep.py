"""Read a site's /.well-known/tdmrep.json (TDMRep, W3C community group, section "TDM File on the Origin Server")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson

from policies.consent.headers import reservation
from policies.consent.matching import matches, normal_path, normal_pattern
from policies.consent.preferences import UNKNOWN
from policies.rights.evidence import LONGEST_VALUE, Evidence, Scope, Where

PATH: Final = "/.well-known/tdmrep.json"


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: str
    meaning: str
    value: str


class TdmFile:
    """The rules of a tdmrep.json, in their order: the first whose location matches a path decides.

    A rule without a location or a reservation leaves unknown what no sound rule before it decides, and so does a file
    that is no array of objects.
    """

    __slots__ = ("_rules",)

    def __init__(self, body: bytes) -> None:
        """Parse *body*, whatever its bytes; nothing is raised."""
        try:
            content = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
        except orjson.JSONDecodeError:
            content = None
        self._rules = [_rule(entry) for entry in content] if isinstance(content, list) else [_rule(None)]

    def evidence(self, path: str) -> list[Evidence]:
        """Return what the file says about *path*; nothing if no rule matches."""
        target = normal_path(path)
        for rule in self._rules:
            if matches(rule.pattern, target):
                return [Evidence("tdmrep", Where.SITE, Scope.SITE, rule.value, "tdm", rule.meaning)]
        return []


def _rule(entry: Any) -> _Rule:
    if not isinstance(entry, dict):
        return _Rule("", UNKNOWN, "not an array of rules")
    location = entry.get("location")
    if not isinstance(location, str) or "tdm-reservation" not in entry:
        return _Rule("", UNKNOWN, "a rule without location or tdm-reservation")
    parts = [f"{name}: {entry[name]}" for name in ("location", "tdm-reservation", "tdm-policy") if name in entry]
    return _Rule(normal_pattern(location), reservation(entry["tdm-reservation"]), ", ".join(parts)[:LONGEST_VALUE])
