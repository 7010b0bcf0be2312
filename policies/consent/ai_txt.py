"""Read a site's /ai.txt as Spawning describes it: groups, Allow and Disallow as in robots.txt, by kinds of media.

The file speaks of data sets for training alone, so what it says is named "train-ai".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from policies.consent.matching import longest, normal_pattern
from policies.consent.preferences import ALLOW, DENY, UNKNOWN
from policies.consent.robots import MOST_RULES, agent_key, decode, grouped_lines
from policies.rights.evidence import LONGEST_VALUE, Evidence, Scope, Where

PATH: Final = "/ai.txt"

_MEANINGS: Final = {"allow": ALLOW, "disallow": DENY}


class AiFile:
    """An ai.txt that was parsed; a text without groups is another thing of that name, and says nothing."""

    __slots__ = ("_rules",)

    def __init__(self, body: bytes) -> None:
        """Parse *body*, whatever its bytes; nothing is raised. Of too many rules (MOST_RULES) none is kept."""
        self._rules: dict[str, list[tuple[str, tuple[str, str]]]] = {}
        work = 0
        for tokens, name, value in grouped_lines(decode(body)):
            if name not in _MEANINGS or not value:
                continue
            work += len(tokens)
            if work > MOST_RULES:
                self._rules = {"*": [("", (UNKNOWN, "too many rules"))]}
                break
            for token in tokens:
                told = _MEANINGS[name], f"{name}: {value}"[:LONGEST_VALUE]
                self._rules.setdefault(token, []).append((normal_pattern(value), told))

    def evidence(self, agents: Sequence[str], path: str) -> list[Evidence]:
        """Return what the groups of *agents* and the group for all say about *path*; silence where no rule matches.

        The longest pattern decides, and Disallow among equally long ones: leave to train is never given by accident.
        """
        found: dict[Evidence, None] = {}
        for token in dict.fromkeys(agent_key(self._rules, agent) for agent in (*agents, "*")):
            told = sorted(longest(self._rules.get(token or "", ()), path), key=lambda one: one[0] != DENY)
            for meaning, value in told[:1]:
                found[Evidence("ai-txt", Where.SITE, Scope.SITE, value, "train-ai", meaning)] = None
        return list(found)
