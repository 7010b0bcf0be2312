"""Read a robots.txt: which groups are for an agent, what they let it fetch, and what they say about use.

Which lines are whose is told by policies.consent.robots_groups; which of an agent's rules matches a path, by protego.
Sources: RFC 9309; draft-ietf-aipref-attach (section 3, editors' copy of August 2026); contentsignals.org; RSL 1.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from protego import Protego

from policies.consent.matching import longest, normal_pattern
from policies.consent.preferences import ALLOW, DENY, UNKNOWN, Statement, content_signal, content_usage, only_refusals
from policies.consent.robots_groups import (
    LIMIT,
    RULES,
    USES,
    Addressed,
    Agents,
    Group,
    Line,
    decode,
    groups_of,
    is_markup,
)
from policies.rights.evidence import LONGEST_VALUE, Evidence, Scope, Where

__all__ = ["LIMIT", "MOST_RULES", "Answer", "RobotsFile", "Told", "decode", "robots_evidence", "rsl_pointer"]

MOST_RULES: Final = 1_000_000
"""Rules of a file, each counted once for every agent line of its group; of an ordinary file there are some hundred.
A file above is not decided by: 500 KiB can be written so that they make a hundred million."""

Answer = Literal["allow", "deny", "unknown"]

Told = tuple[Answer, str]
"""An answer, and the group that it was taken from, for people."""

_ANYBODY: Final = "agent"
_SPACE: Final = " \t"


@dataclass(frozen=True, slots=True)
class _Rules:
    """The lines of the groups that some values of user-agent lines head, merged.

    Attributes:
        rules: what may be fetched.
        usage, signal: patterns and statements as written, and whether they stand where they are specified.
        licenses: addresses of RSL documents.
    """

    rules: Protego
    usage: list[tuple[str, tuple[str, bool]]]
    signal: list[tuple[str, tuple[str, bool]]]
    licenses: list[str]

    @classmethod
    def of(cls, lines: Iterable[Line]) -> _Rules:
        """Sort *lines*; protego reads the rules as those of the one agent there is."""
        kept = list(lines)
        rules = "".join(f"{one.name}: {one.value}\n" for one in kept if one.name in RULES)
        found = cls(Protego.parse(f"user-agent: {_ANYBODY}\n{rules}"), [], [], [])
        for one in (each for each in kept if each.name in USES and each.value):
            if one.name == "license":
                found.licenses.append(one.value)
            else:
                pattern, stated = _with_path(one.value)
                (found.usage if one.name == "content-usage" else found.signal).append((pattern, (stated, one.exact)))
        return found

    def allow(self, path: str) -> bool:
        """Tell whether *path* may be fetched."""
        return bool(self.rules.can_fetch(f"https://host{path}", _ANYBODY))

    @property
    def about_use(self) -> bool:
        """Whether anything is said about use."""
        return bool(self.usage or self.signal or self.licenses)


class RobotsFile:
    """A robots.txt that was parsed.

    Attributes:
        readable: whether it is one: any line is one of a robots.txt, or there is no line at all, and it is no document
            of another kind; if not, nothing is decided.
        cut: whether more stood behind the limit, where a refusal may be: nothing that was read is a permission.
        groups: in their order; none if the file is not readable.
        licenses: addresses of RSL documents outside of any group, which concern the whole site.
    """

    __slots__ = (
        "_about_use",
        "_addressed",
        "_agents",
        "_asked",
        "_merged",
        "_stray",
        "_stray_lines",
        "cut",
        "groups",
        "licenses",
        "readable",
    )

    def __init__(self, body: bytes) -> None:
        """Parse *body*, whatever its bytes; nothing is raised. Of a file that is longer than LIMIT, so is *body*."""
        text = decode(body)
        found = groups_of(text)
        work = sum(len(group.agents) * len(group.lines) for group in found.groups)
        self.readable = work <= MOST_RULES and (not found.lines or found.known > 0) and not is_markup(text)
        self.cut = len(body) > LIMIT
        self.groups: list[Group] = found.groups if self.readable else []
        self._agents = Agents(value for group in self.groups for value in group.agents)
        self._addressed: dict[str, Addressed] = {}
        self._asked: dict[tuple[str, ...], tuple[list[Addressed], list[int]]] = {}
        self._merged: dict[tuple[str, ...], _Rules] = {}
        self._stray_lines = found.stray if self.readable else []
        self._stray = _Rules.of(self._stray_lines)
        self.licenses = tuple(self._stray.licenses)
        lines = (line for group in self.groups for line in group.lines)
        self._about_use = self._stray.about_use or any(line.name in USES and line.value for line in lines)

    def decide(self, agent: str, path: str) -> Answer:
        """Tell whether *agent* (a product token) may fetch *path* (with its query); "unknown" if nobody can tell."""
        return self._told(self.addressed(agent), path)[0]

    def group_of(self, agent: str) -> str | None:
        """Return the value, in lower case, of the first user-agent line that is for *agent*; None if none is."""
        named = self.addressed(agent).named
        return named[0] if named else None

    def addressed(self, agent: str) -> Addressed:
        """Return which groups are for *agent*."""
        if agent not in self._addressed:
            self._addressed[agent] = self._agents.addressed(agent)
        return self._addressed[agent]

    def signals(self, agent: str, path: str) -> list[Evidence]:
        """Return what the groups of *agent* say about the use of *path*, without what concerns fetching.

        Content-Usage is silent on what may not be fetched. A line that stands outside of any group, or in one that
        means the agent in no specified form, counts only as far as it refuses, and so does all of a file that was cut.
        RSL documents are named, as unknown terms; the site's own come after the group's.
        """
        return list(self._signals(self.addressed(agent), path))

    def evidence(self, agents: tuple[str, ...], path: str) -> list[Evidence]:
        """Return "robots:AGENT" for each of *agents*, then what their groups say about the use of *path*, each once."""
        answers = zip(agents, self.answers(agents, path), strict=True)
        return [*(robots_evidence(agent, *told) for agent, told in answers), *self.uses(agents, path)]

    def answers(self, agents: tuple[str, ...], path: str) -> tuple[Told, ...]:
        """Return for each of *agents* whether it may fetch *path*; agents with the same groups are one question."""
        questions, which = self._questions(agents)
        told = [self._told(one, path) for one in questions]
        return tuple([told[number] for number in which])

    def uses(self, agents: tuple[str, ...], path: str) -> list[Evidence]:
        """Return what the groups of *agents* say about the use of *path*, each statement once."""
        if not self._about_use:
            return []
        questions, _ = self._questions(agents)
        return list(dict.fromkeys(one for addressed in questions for one in self._signals(addressed, path)))

    def _questions(self, agents: tuple[str, ...]) -> tuple[list[Addressed], list[int]]:
        """Return the distinct groups that are for *agents*, and which of them are for each."""
        if agents not in self._asked:
            addressed = [self.addressed(agent) for agent in agents]
            number = {one: place for place, one in enumerate(dict.fromkeys(addressed))}
            self._asked[agents] = list(number), [number[one] for one in addressed]
        return self._asked[agents]

    def rule_behind(self, agent: str, path: str) -> tuple[str | None, Line | None]:
        """Return the user-agent line, as its value, and the rule that answer for *agent*; None where there is none.

        Where no rule matches *path*, which is then allowed, there is only the group.
        """
        addressed = self.addressed(agent)
        values, meaning = addressed.named, self._told(addressed, path)[0]
        if meaning != ALLOW and self._rules(values).allow(path):
            values = next((one[:1] for one in addressed.refused if not self._rules(one[:1]).allow(path)), values)
        rules = [
            (normal_pattern(line.value), line)
            for group in self.groups
            if not group.agents.keys().isdisjoint(values)
            for line in group.lines
            if line.name in RULES and line.value
        ]
        wanted = "allow" if self._rules(values).allow(path) else "disallow"
        matching = sorted(longest(rules, path), key=lambda line: line.name != wanted)
        return (values[0] if values else None), (matching[0] if matching else None)

    def use_behind(self, value: str) -> tuple[str | None, Line | None]:
        """Return the group and the line about use that say *value*, as evidence has it; None where there is none."""
        for group in self.groups:
            for line in group.lines:
                if line.name in USES and value and value in line.value:
                    return next(iter(group.agents)), line
        return None, next((line for line in self._stray_lines if value and value in line.value), None)

    def _told(self, addressed: Addressed, path: str) -> Told:
        """Answer by the groups that count; where these give leave, a refusal meant for the agent prevails."""
        if not self.readable:
            return UNKNOWN, "not a robots.txt"
        shown = f"User-agent: {addressed.named[0]}" if addressed.named else "no group for it"
        if not self._rules(addressed.named).allow(path):
            return DENY, shown
        refusing = (one for one in addressed.refused if not self._rules(one[:1]).allow(path))
        for value, meaning in sorted(refusing, key=lambda one: one[1] != DENY):
            return (DENY if meaning == DENY else UNKNOWN), f"User-agent: {value}"
        return (UNKNOWN, f"{shown}; cut at {LIMIT >> 10} KiB") if self.cut else (ALLOW, shown)

    def _signals(self, addressed: Addressed, path: str) -> Iterator[Evidence]:
        fetched = self._told(addressed, path)[0] != DENY
        spoken = [(self._rules(addressed.named), False), *((self._rules(one[:1]), True) for one in addressed.refused)]
        for rules, misplaced in (*spoken, (self._stray, True)):
            weak = misplaced or self.cut
            for raw, exact in longest(rules.usage, path) if fetched else ():
                yield from _evidence("content-usage", raw, _stated(content_usage(raw), weak or not exact))
            for raw, exact in longest(rules.signal, path):
                yield from _evidence("content-signal", raw, _stated(content_signal(raw), weak or not exact))
            yield from (rsl_pointer(address, Where.SITE, Scope.SITE) for address in rules.licenses)

    def _rules(self, values: tuple[str, ...]) -> _Rules:
        """Return the lines of all groups that one of *values* heads (RFC 9309, section 2.2.1: they are combined)."""
        if values not in self._merged:
            heads = set(values)
            groups = [group for group in self.groups if not heads.isdisjoint(group.agents)] if heads else []
            self._merged[values] = _Rules.of(line for group in groups for line in group.lines)
        return self._merged[values]


def robots_evidence(agent: str, meaning: str, shown: str) -> Evidence:
    """Return evidence on whether *agent* may fetch a page; *shown* says by what."""
    return Evidence("robots", Where.SITE, Scope.SITE, shown[:LONGEST_VALUE], f"robots:{agent}", meaning)


def rsl_pointer(address: str, where: Where, scope: Scope) -> Evidence:
    """Return evidence that RSL terms stand at *address*; what they say is unknown until they are read."""
    return Evidence("rsl", where, scope, address[:LONGEST_VALUE], "rsl", UNKNOWN)


def _with_path(value: str) -> tuple[str, str]:
    """Split a rule value into the pattern, empty if it has none, and the preference (attach draft, section 3.2)."""
    if not value.startswith("/"):
        return "", value
    pattern, _, rest = value.replace("\t", " ").partition(" ")
    return normal_pattern(pattern), rest.strip(_SPACE)


def _stated(statements: list[Statement], misplaced: bool) -> list[Statement]:
    return only_refusals(statements) if misplaced else statements


def _evidence(kind: str, raw: str, statements: list[Statement]) -> list[Evidence]:
    value = raw[:LONGEST_VALUE]
    return [Evidence(kind, Where.SITE, Scope.SITE, value, name, meaning) for name, meaning in statements]
