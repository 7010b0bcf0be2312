"""Read a site's /ai.txt as Spawning describes it: groups, Allow and Disallow as in robots.txt, by kinds of media.

The file speaks of data sets for training alone, so what it says is named "train-ai".
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Final

from policies.consent.matching import longest, normal_pattern
from policies.consent.preferences import ALLOW, DENY, UNKNOWN
from policies.consent.robots import MOST_RULES, decode
from policies.consent.robots_groups import Agents, Group, groups_of, is_markup
from policies.rights.evidence import LONGEST_VALUE, Evidence, Scope, Where

PATH: Final = "/ai.txt"

_MEANINGS: Final = {"allow": ALLOW, "disallow": DENY}

_Rule = tuple[str, tuple[str, str]]


class AiFile:
    """An ai.txt that was parsed; a text without groups is another thing of that name, and says nothing."""

    __slots__ = ("_agents", "_groups", "_unknown")

    def __init__(self, body: bytes) -> None:
        """Parse *body*, whatever its bytes; nothing is raised.

        Of too many rules (MOST_RULES) none is kept, and none of a document of another kind that holds some.
        """
        text = decode(body)
        groups = groups_of(text).groups
        many = sum(len(group.agents) * len(group.lines) for group in groups) > MOST_RULES
        self._unknown = "too many rules" if many else "not an ai.txt" if groups and is_markup(text) else ""
        self._groups = [] if self._unknown else [(frozenset(group.agents), _rules(group)) for group in groups]
        self._agents = Agents(value for group in groups for value in group.agents)

    def evidence(self, agents: Sequence[str], path: str) -> list[Evidence]:
        """Return what the groups of *agents* and the group for all say about *path*; silence where no rule matches.

        The longest pattern decides, and Disallow among equally long ones: leave to train is never given by accident.
        Of groups that mean an agent in no specified form refusals alone are heard.
        """
        if self._unknown:
            return [_evidence(UNKNOWN, self._unknown)]
        found: dict[Evidence, None] = {}
        for addressed in dict.fromkeys(self._agents.addressed(agent) for agent in (*agents, "*")):
            told = self._told(addressed.named, path)
            told += [one for value, _ in addressed.refused for one in self._told((value,), path) if one[0] == DENY]
            found |= {_evidence(*one): None for one in told}
        return list(found)

    def _told(self, values: tuple[str, ...], path: str) -> list[tuple[str, str]]:
        rules = chain.from_iterable(rules for heads, rules in self._groups if not heads.isdisjoint(values))
        return sorted(longest(rules, path), key=lambda one: one[0] != DENY)[:1]


def _rules(group: Group) -> list[_Rule]:
    return [
        (normal_pattern(line.value), (_MEANINGS[line.name], f"{line.name}: {line.value}"[:LONGEST_VALUE]))
        for line in group.lines
        if line.name in _MEANINGS and line.value
    ]


def _evidence(meaning: str, value: str) -> Evidence:
    return Evidence("ai-txt", Where.SITE, Scope.SITE, value, "train-ai", meaning)
