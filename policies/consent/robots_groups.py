"""The lines of a robots.txt, the groups they form, and which groups are for an agent (RFC 9309, section 2.2).

A product token ends where the RFC ends it: at the first character that is no letter, "_" or "-". What a site writes
behind it, or in a form that the RFC does not know (a list, a wildcard, a whole User-Agent header), gives no leave; a
refusal in it is heard.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Final

from policies.consent.matching import matches
from policies.consent.preferences import DENY, UNKNOWN

LIMIT: Final = 500 << 10
"""Bytes that are read of a file (RFC 9309, section 2.5, asks for 500 KiB at least); a line cut there is left out."""

AGENT: Final = "user-agent"
RULES: Final = frozenset({"allow", "disallow"})
_USUAL: Final = RULES | {AGENT}
USES: Final = frozenset({"content-usage", "content-signal", "license"})

_FIELDS: Final = {
    **dict.fromkeys(("useragent", "useragents"), AGENT),
    **dict.fromkeys(("allow", "allows", "allowed"), "allow"),
    **dict.fromkeys(("disallow", "disallows", "disallowed"), "disallow"),
    **dict.fromkeys(("dissallow", "dissalow", "disalow", "diasllow", "disallaw"), "disallow"),
}
"""Fields of groups by their letters, with the misspellings that Google's parser and protego read too."""

_OTHERS: Final = frozenset(
    {"sitemap", "sitemaps", "site-map", "host", "crawl-delay", "crawl delay", "request-rate", "request rate"}
    | {"visit-time", "visit time"}
)
_KNOWN: Final = frozenset({AGENT}) | RULES | USES | _OTHERS
_WORDS: Final = (r"user[\s_-]*agents?", "diss?all?ow", "diasllow", "disallaw", "allow", *sorted(_OTHERS))
_WITHOUT_COLON: Final = re.compile("(" + "|".join(_WORDS) + r")(?:\s*[=;|>]+|\s|$)(.*)", re.IGNORECASE)
"""The reference parser and protego read "User-agent foo" too."""

_NO_LETTER: Final = re.compile(r"[\W_]+")
_COLONS: Final = str.maketrans({"\uff1a": ":", "\ufe55": ":"})
_TOKEN_CHAR: Final = frozenset("abcdefghijklmnopqrstuvwxyz_-")
_EVERYBODY: Final = re.compile(
    r"[\W_]*(?:\*[\W_\d]*|(?:\*[\W_]*)?(?:all|any|every|everyone|everybody|anybody|anyone|\*)"
    r"(?:[\W_]*(?:user[\W_]*)?(?:agents?|ai|bots?|robots?|crawlers?|spiders?)){0,2}[\W_]*)"
)
_LONGEST_VAGUE: Final = 200  # code points of a value that means all
_JOINED: Final = re.compile(
    r"(?:\\r|\\n|<br ?/?>|[\s;,|])"
    r"(?=(?:user-?agents?|disallow|allow|sitemap|crawl-delay|content-(?:usage|signal)) ?:)",
    re.IGNORECASE,
)
"""What stands between records of one line: line ends spelled out, blanks, marks."""

_AGENT_FIELD: Final = re.compile(r"\W*user-?agents?\s*:", re.IGNORECASE)
_ENDS: Final = re.compile(r"(?:[rn]\\|[\s;,|])*")
"""The same behind a record, read backwards."""

_UNSPECIFIED: Final = '"'  # before an agent of such a line: what is written so gives no leave, a refusal is heard
_LIST: Final = re.compile(r"""[\u200b-\u200f\u2060"'`\s]*[\w.*/-]+(?:["'`\s,;|&+]+[\w.*/-]+)*["'`\s,;|]*""")
_HEADER: Final = "mozilla/"  # what nearly every User-Agent header begins with
_BUT: Final = re.compile(r"\b(?:not|no|non|but|except|excluding|without)\b")
_PAGE: Final = re.compile(r"^[ \t]*<(?:!doctype\s|html\b|head\b|body\b)", re.IGNORECASE | re.MULTILINE)
_OF_UTF_16: Final = re.compile(rb"(?:\x00[\x09-\x7e]){2}|(?P<little>(?:[\x09-\x7e]\x00){2})")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is more than a comment.

    Attributes:
        number: counted from 1.
        name: the field in lower case, misspellings of agents and rules put right; None if there is none.
        value: what stands behind it.
        exact: whether a field about use is written as it is specified.
    """

    number: int
    name: str | None
    value: str
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """A group: the agents of user-agent lines in a row, and what follows up to the next such line.

    Attributes:
        agents: values of those lines in lower case, with the number of each line.
        lines: rules and lines about use, in their order.
    """

    agents: dict[str, int] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Groups:
    """What a text holds of a robots.txt.

    Attributes:
        groups: in their order.
        stray: lines about use outside of any group.
        lines: how many lines there are.
        known: how many of them a robots.txt may have.
    """

    groups: list[Group] = field(default_factory=list)
    stray: list[Line] = field(default_factory=list)
    lines: int = 0
    known: int = 0


@dataclass(frozen=True, slots=True)
class Addressed:
    """Which groups are for an agent, by the values of their user-agent lines.

    Attributes:
        named: those that count for it: with its product token, or without any such those for all.
        refused: others that mean it in a form that the RFC does not know, and what a refusal in them is: "deny" where
            the form is plain, else "unknown".
    """

    named: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


class Agents:
    """The values of all user-agent lines of a file, and whom they address."""

    __slots__ = ("_all", "_spelled", "_starts", "_text", "_values", "_wild")

    def __init__(self, values: Iterable[str]) -> None:
        self._values = list(dict.fromkeys(values))
        self._text = "".join(f"\n{one}" for one in self._values) + "\n"
        self._starts = list(accumulate((len(one) + 1 for one in self._values), initial=1))
        self._all = tuple(one for one in self._values if _is_for_all(one))
        rest = dict.fromkeys(self._values)
        for one in self._all:
            del rest[one]
        self._wild = [one for one in rest if "*" in one or _is_vague(one)]
        self._spelled: dict[str, list[str]] = {}
        for one in self._values:
            for name in {_letters(part) for part in (one, *one.split(","))}:
                self._spelled.setdefault(name, []).append(one)

    def addressed(self, agent: str) -> Addressed:
        """Return which values address *agent*, a product token."""
        token = agent.strip().lower()
        named: list[str] = []
        meant: list[str] = []
        for value, begins in self._with(token) if token else ():
            (named if begins else meant).append(value)
        meant += self._spelled.get(_letters(token), ()) if token else ()
        known = frozenset(named)
        fitting = () if named else (one for one in self._wild if _is_vague(one) or matches(one, token))
        refused = {one: DENY if one else UNKNOWN for one in fitting}
        refused |= {one: _refusal(one) for one in dict.fromkeys(meant) if one not in known}
        return Addressed(tuple(named) or self._all, tuple(refused.items()))

    def _with(self, token: str) -> Iterator[tuple[str, bool]]:
        """Yield the values in which *token* stands as a whole, and whether they begin with it."""
        at = self._text.find(token)
        while at > 0:
            before, behind = self._text[at - 1], self._text[at + len(token)]
            number = bisect_right(self._starts, at) - 1
            begins = at == self._starts[number]
            if behind not in _TOKEN_CHAR and (begins or not (before.isalnum() or before in "_-")):
                yield self._values[number], begins
            at = self._text.find(token, at + 1)


def groups_of(text: str) -> Groups:
    """Return the groups of *text*.

    Agent lines share what follows them until a rule or a line about use has come; other records (Crawl-delay, Sitemap,
    whatever nobody knows) end no list of agents (RFC 9309, section 2.2.4, and Google's reference parser).
    """
    found = Groups()
    in_agents = False
    for line in lines_of(text):
        found.lines += 1
        found.known += line.name in _KNOWN
        if line.name == AGENT:
            if not in_agents:
                found.groups.append(Group())
            found.groups[-1].agents.setdefault(line.value.lower(), line.number)
            in_agents = True
        elif line.name in RULES or line.name in USES:
            in_agents = False
            if found.groups:
                found.groups[-1].lines.append(line)
            elif line.name in USES:
                found.stray.append(line)
    return found


def lines_of(text: str) -> Iterator[Line]:
    """Yield the lines of *text* that are more than a comment."""
    for number, raw in enumerate(text.splitlines(), 1):
        records = _records(raw)
        for record in records:
            line = record.partition("#")[0].strip("\ufeff \t")
            if line:
                found = _split(number, line)
                yield found if len(records) == 1 else _unspecified(found)


def _records(raw: str) -> list[str]:
    """Return the records of one line: more than one where agents share it with rules, or line ends are spelled out."""
    if raw.count(":") + raw.count("\uff1a") < 2 and "\\" not in raw:
        return [raw]
    spelled = "\\n" in raw or "\\r" in raw
    line = raw if spelled else raw.partition("#")[0]
    records = [_trimmed(one) for one in _JOINED.split(line)]
    return records if spelled or any(map(_AGENT_FIELD.match, records)) else [raw]


def _trimmed(record: str) -> str:
    ends = _ENDS.match(record[::-1])
    return record[: len(record) - ends.end()] if ends else record


def _unspecified(line: Line) -> Line:
    return replace(line, value=_UNSPECIFIED + line.value) if line.name == AGENT else line


def is_markup(text: str) -> bool:
    """Tell whether *text* is a document of another kind (HTML, XML, JSON), whatever lines it holds.

    It begins as one, a line begins with what only pages have, or one with any tag before all lines of a robots.txt.
    """
    start = text.lstrip("\ufeff \t\r\n")
    if start[:1] in ("<", "{", "[") or _PAGE.search(text):
        return True
    for line in lines_of(start):
        if line.name in _USUAL:
            return False
        if re.match(r"<[a-z!/?]", (line.name or "") + line.value, re.IGNORECASE):
            return True
    return False


def decode(body: bytes) -> str:
    """Decode the first LIMIT bytes of *body*: UTF-8 (RFC 9309, section 2.2) or UTF-16; leniently."""
    if len(body) > LIMIT:
        kept = body[:LIMIT]
        body = kept[: max(kept.rfind(b"\n"), kept.rfind(b"\r")) + 1]
    unmarked = _OF_UTF_16.match(body)
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = body.decode("utf-16", "replace")
    elif unmarked:
        text = body.decode("utf-16-le" if unmarked["little"] else "utf-16-be", "replace")
    else:
        text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    return text.replace("\0", "")  # what is left of UTF-32, or strewn in


def _is_for_all(value: str) -> bool:
    """Tell whether a group is for all agents; what follows a blank is a remark, as for Google's reference parser."""
    return value == "*" or (value[:1] == "*" and value[1].isspace())


def _is_vague(value: str) -> bool:
    """Tell whether *value* means all agents in a form that the RFC does not know, or nobody at all."""
    return not value or (len(value) < _LONGEST_VAGUE and _EVERYBODY.fullmatch(value) is not None)


def _letters(value: str) -> str:
    """Return *value* without version, blanks and marks: GPT-Bot is written for GPTBot."""
    return _NO_LETTER.sub("", value.partition("/")[0])


def _refusal(value: str) -> str:
    plain = value.startswith(_HEADER) or (_LIST.fullmatch(value) is not None and not _BUT.search(value))
    return DENY if plain else UNKNOWN


def _split(number: int, line: str) -> Line:
    written, colon, value = (line if line.isascii() else line.translate(_COLONS)).partition(":")
    given = written.strip().lower()
    if colon and given in _USUAL:
        return Line(number, given, value.strip().lstrip(": \t"))
    name = given if "/" in given else _FIELDS.get(_NO_LETTER.sub("", given), given)
    if colon and (name in _USUAL or given in _OTHERS):
        return _unusual(number, name, value)
    bare = _WITHOUT_COLON.match(line)
    if bare:
        given = " ".join(bare[1].lower().split())
        return Line(number, _FIELDS.get(_NO_LETTER.sub("", given), given), bare[2].strip(" \t:=;|>"))
    return _unusual(number, name, value) if colon else Line(number, None, line)


def _unusual(number: int, name: str, value: str) -> Line:
    if name in _USUAL:
        return Line(number, name, value.strip().lstrip(": \t"))
    meant = _NO_LETTER.sub("-", name).strip("-")
    return Line(number, meant if meant in USES else name, value.strip(), name in USES)
