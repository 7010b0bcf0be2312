"""Read a robots.txt: protego decides what may be fetched, a line parser finds the rules about use in the same groups.

Sources: RFC 9309; draft-ietf-aipref-attach (section 3, editors' copy of August 2026); contentsignals.org; RSL 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final, Literal

from protego import Protego

from policies.consent.matching import longest, normal_pattern
from policies.consent.preferences import ALLOW, DENY, UNKNOWN, Statement, content_signal, content_usage, only_refusals
from policies.rights.evidence import LONGEST_VALUE, Evidence, Scope, Where

LIMIT: Final = 500 << 10
"""Bytes that are read of a file (RFC 9309, section 2.5, asks for 500 KiB at least); a line cut there is left out."""

_SCORE: Final = itemgetter(0)

MOST_RULES: Final = 1_000_000
"""Rules of a file, each counted once for every product token of its group; of an ordinary file there are some hundred.
A file above is not decided by: 500 KiB can be written so that they make a hundred million."""

Answer = Literal["allow", "deny", "unknown"]

_AGENT_LINE: Final = frozenset({"user-agent", "useragent", "user agent"})
_SITE_LINES: Final = frozenset({"sitemap", "sitemaps", "site-map", "host"})
_RULES: Final = ("dissallow", "dissalow", "disalow", "diasllow", "disallaw", "disallow", "allow", "crawl-delay")
_RULES_TOO: Final = ("crawl delay", "request-rate", "request rate", "visit-time", "visit time")
_USES_LINES: Final = frozenset({"content-usage", "content-signal", "license"})
_DIRECTIVES: Final = (*sorted(_AGENT_LINE), *sorted(_SITE_LINES), *_RULES, *_RULES_TOO)
_KNOWN: Final = frozenset(_DIRECTIVES)
_WITHOUT_COLON: Final = re.compile("(" + "|".join(_DIRECTIVES).replace(" ", r"\s+") + r")(?=\s|$)(.*)", re.I)
"""protego reads "User-agent foo" too; groups must begin where its groups begin."""

_SPACE: Final = " \t"


@dataclass(slots=True)
class _Group:
    """The rules about use of the groups of one product token, merged: a pattern and its statements as written.

    Attributes:
        token: lower case.
    """

    token: str
    usage: list[tuple[str, str]] = field(default_factory=list)
    signal: list[tuple[str, str]] = field(default_factory=list)
    licenses: list[str] = field(default_factory=list)


_Members = tuple[tuple[str | None, ...], dict[str | None, str]]
"""The group of each agent, and one agent of each group."""


class RobotsFile:
    """A robots.txt that was parsed.

    Attributes:
        readable: whether any line is one of a robots.txt, or there is no line at all; if not, nothing is decided.
        licenses: addresses of RSL documents outside of any group, which concern the whole site.
    """

    __slots__ = ("_about_use", "_asked", "_chosen", "_groups", "_rules", "_stray", "licenses", "readable")

    def __init__(self, body: bytes) -> None:
        """Parse *body*, whatever its bytes; nothing is raised."""
        text = decode(body)
        self._groups: dict[str, _Group] = {}
        self._stray = _Group("")
        self._chosen: dict[str, _Group | None] = {}
        self._asked: dict[tuple[str, ...], _Members] = {}
        self.readable = True
        self._read(text)
        self._rules = Protego.parse(text if self.readable else "")
        self.licenses = tuple(self._stray.licenses)
        self._about_use = any(one.usage or one.signal or one.licenses for one in (self._stray, *self._groups.values()))

    def decide(self, agent: str, path: str) -> Answer:
        """Tell whether *agent* (a product token) may fetch *path* (with its query); "unknown" if not readable."""
        if not self.readable:
            return UNKNOWN
        return ALLOW if self._rules.can_fetch(f"https://host{path}", agent) else DENY

    def group_of(self, agent: str) -> str | None:
        """Return the product token, in lower case, of the groups that apply to *agent*; None if none do."""
        group = self._group(agent)
        return group.token if group else None

    def signals(self, agent: str, path: str) -> list[Evidence]:
        """Return what the groups of *agent* say about the use of *path*, without what concerns fetching.

        Content-Usage is silent on what may not be fetched. A rule that stands outside of any group counts only as far
        as it refuses. RSL documents are named, as unknown terms; the site's own come after the group's.
        """
        group = self._group(agent)
        found: list[Evidence] = []
        for one, misplaced in ((group, False), (self._stray, True)):
            if one is None:
                continue
            if one.usage and self.decide(agent, path) == ALLOW:
                for raw in longest(one.usage, path):
                    found += _evidence("content-usage", raw, _stated(content_usage(raw), misplaced))
            for raw in longest(one.signal, path):
                found += _evidence("content-signal", raw, _stated(content_signal(raw), misplaced))
            found += [rsl_pointer(address, Where.SITE, Scope.SITE) for address in one.licenses]
        return list(dict.fromkeys(found))

    def evidence(self, agents: tuple[str, ...], path: str) -> list[Evidence]:
        """Return "robots:AGENT" for each of *agents*, then what their groups say about the use of *path*, each once."""
        return [*self.shown(agents, self.answers(agents, path)), *self.uses(agents, path)]

    def answers(self, agents: tuple[str, ...], path: str) -> tuple[Answer, ...]:
        """Return for each of *agents* whether it may fetch *path*; agents with the same groups are one question."""
        members = self._members(agents)
        answers = {token: self.decide(agent, path) for token, agent in members[1].items()}
        return tuple([answers[token] for token in members[0]])

    def shown(self, agents: tuple[str, ...], answers: tuple[Answer, ...]) -> list[Evidence]:
        """Return *answers* as evidence, which names the group that each was taken from."""
        shown = ("no group for it" if token is None else f"User-agent: {token}" for token in self._members(agents)[0])
        return [
            robots_evidence(agent, answer, group if self.readable else "not a robots.txt")
            for agent, answer, group in zip(agents, answers, shown, strict=True)
        ]

    def uses(self, agents: tuple[str, ...], path: str) -> list[Evidence]:
        """Return what the groups of *agents* say about the use of *path*, each statement once."""
        if not self._about_use:
            return []
        representatives = self._members(agents)[1].values()
        return list(dict.fromkeys(one for agent in representatives for one in self.signals(agent, path)))

    def _members(self, agents: tuple[str, ...]) -> _Members:
        if agents not in self._asked:
            tokens = tuple([self.group_of(agent) for agent in agents])
            self._asked[agents] = tokens, dict(zip(tokens, agents, strict=True))
        return self._asked[agents]

    def _group(self, agent: str) -> _Group | None:
        if agent not in self._chosen:
            key = agent_key(self._groups, agent)
            self._chosen[agent] = None if key is None else self._groups[key]
        return self._chosen[agent]

    def _read(self, text: str) -> None:
        """Collect the groups and their rules about use, and tell whether the file is one that can be decided by."""
        lines = known = work = 0
        for tokens, name, value in grouped_lines(text):
            lines += 1
            known += name in _KNOWN or name in _USES_LINES
            if name in _AGENT_LINE:
                for token in _named(value):
                    self._groups.setdefault(token, _Group(token))
                continue
            work += len(tokens)
            if work > MOST_RULES:
                break
            if name in _USES_LINES:
                _add(name, value, [self._groups[token] for token in tokens] or [self._stray])
        self.readable = work <= MOST_RULES and (not lines or known > 0)


def grouped_lines(text: str) -> Iterator[tuple[Collection[str], str | None, str]]:
    """Yield each line that is more than a comment: the tokens of its group (lower case), its field and its value.

    Groups are cut as protego cuts them: agent lines in a row share the rules that follow, up to the next agent line,
    and a token with asterisks stands also for itself without them. The field is lower case, None if there is none.
    The tokens are those up to this line: more may be added when the next one is asked for.
    """
    tokens: dict[str, None] = {}
    in_agents = True
    for name, value in map(_split, filter(None, (raw.partition("#")[0].strip() for raw in text.splitlines()))):
        if name in _AGENT_LINE:
            tokens = tokens if in_agents else {}
            tokens.update(dict.fromkeys(_named(value)))
            in_agents = True
        elif name is not None and name not in _SITE_LINES:
            in_agents = False
        yield tokens, name, value


def agent_key(tokens: Iterable[str], agent: str) -> str | None:
    """Choose the token whose group applies to *agent*, as protego does; None if none does.

    It is the longest that is in the agent's name from a token boundary on; "*" fits all, and worst.
    """
    name = agent.strip().lower()
    best = max(((_score(token, name), token) for token in tokens), key=_SCORE, default=None)
    return best[1] if best and best[0] else None


def _named(value: str) -> list[str]:
    token = value.lower()
    tokens = (token, token.replace("*", "")) if token != "*" and "*" in token else (token,)
    return [one for one in tokens if one]


def decode(body: bytes) -> str:
    """Decode the first LIMIT bytes of *body*: UTF-8 (RFC 9309, section 2.2) or, with its mark, UTF-16; leniently."""
    if len(body) > LIMIT:
        kept = body[:LIMIT]
        body = kept[: max(kept.rfind(b"\n"), kept.rfind(b"\r")) + 1]
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body.decode("utf-16", "replace")
    return body.decode("utf-8", "replace").removeprefix("\ufeff")


def robots_evidence(agent: str, meaning: str, shown: str) -> Evidence:
    """Return evidence on whether *agent* may fetch a page; *shown* says by what."""
    return Evidence("robots", Where.SITE, Scope.SITE, shown[:LONGEST_VALUE], f"robots:{agent}", meaning)


def rsl_pointer(address: str, where: Where, scope: Scope) -> Evidence:
    """Return evidence that RSL terms stand at *address*; what they say is unknown until they are read."""
    return Evidence("rsl", where, scope, address[:LONGEST_VALUE], "rsl", UNKNOWN)


def _split(line: str) -> tuple[str | None, str]:
    name, colon, value = line.partition(":")
    name = name.strip().lower()
    if colon and (name in _KNOWN or not value or value[0].isspace()):
        return name, value.strip()
    bare = _WITHOUT_COLON.match(line)
    if bare:
        return " ".join(bare[1].lower().split()), bare[2].strip()
    return (name, value.strip()) if colon else (None, "")


def _add(name: str | None, value: str, groups: Sequence[_Group]) -> None:
    if not value:
        return
    for group in groups:
        if name == "license":
            group.licenses.append(value)
        elif name == "content-usage":
            group.usage.append(_with_path(value))
        elif name == "content-signal":
            group.signal.append(_with_path(value))


def _with_path(value: str) -> tuple[str, str]:
    """Split a rule value into the pattern, empty if it has none, and the preference (attach draft, section 3.2)."""
    if not value.startswith("/"):
        return "", value
    pattern, _, rest = value.replace("\t", " ").partition(" ")
    return normal_pattern(pattern), rest.strip(_SPACE)


def _score(token: str, agent: str) -> int:
    """Return how well the group of *token* fits *agent*, both in lower case; 0 if it does not."""
    if token == "*":
        return 1
    at = agent.find(token)
    while at > 0 and (agent[at - 1].isalnum() or agent[at - 1] in "-_"):
        at = agent.find(token, at + 1)
    return len(token) if at >= 0 else 0


def _stated(statements: list[Statement], misplaced: bool) -> list[Statement]:
    return only_refusals(statements) if misplaced else statements


def _evidence(kind: str, raw: str, statements: list[Statement]) -> list[Evidence]:
    value = raw[:LONGEST_VALUE]
    return [Evidence(kind, Where.SITE, Scope.SITE, value, name, meaning) for name, meaning in statements]
