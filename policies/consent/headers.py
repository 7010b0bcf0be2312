"""Read what a page's HTTP header and meta elements say about its use.

Sources: draft-ietf-aipref-attach (section 2), contentsignals.org, TDMRep (W3C community group, sections on the header
field and on HTML), the X-Robots-Tag syntax that search engines document, and DeviantArt's `noai` and `noimageai`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from policies.consent.agents import Agents, shipped_agents
from policies.consent.preferences import ALLOW, DENY, UNKNOWN, Statement, content_signal, content_usage, only_refusals
from policies.consent.robots import rsl_pointer
from policies.rights.evidence import LONGEST_VALUE, Evidence, Scope, Where

_RESERVATIONS: Final = {"0": ALLOW, "1": DENY}
_NO_AI: Final = ("noai", "noimageai")
_ALMOST: Final = re.compile(
    r"no[\s_-]*(?:image[\s_-]*)?ai(?![a-z0-9])|(?<![a-z0-9])no(?:image)?ai(?:all|archive|bot|cache|content|crawl|data|"
    r"follow|gen|image|index|input|learn|ml|model|no|scrap|search|snippet|tdm|train|us(?:e|age)|\d)[a-z0-9]*"
)
_UNSEEN: Final = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_BEHIND: Final = re.compile(r"\s*[=:_-]")
_PARTS: Final = re.compile(r"[,;|\n，；、]")
_NAMES: Final = re.compile(r"[\s,;|]+")
_ROBOTS: Final = frozenset({"robots", "robot", "x-robots-tag", "x-robots", "*", "all"})
_CRAWLER: Final = re.compile(r".*(?:bot|spider|crawler|robots?|ai)")
_WITH_VALUE: Final = ("max-snippet", "max-image-preview", "max-video-preview", "unavailable_after")
_AGENT: Final = re.compile(r"([A-Za-z*][^:,;=]*?)[ \t]*:[ \t]*(.*)", re.DOTALL)
_LINK: Final = re.compile(r'<([^>]*)>((?:[^,"<]|"(?:[^"\\]|\\.)*+")*+)')
_PARAMETER: Final = re.compile(r';\s*([A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+))')
_RSL_TYPE: Final = "application/rsl+xml"


def header_evidence(lines: str, agents: Agents | None = None) -> list[Evidence]:
    """Return the evidence in *lines*, raw header lines "name: value" with lower-case names.

    Repeated Content-Usage fields are one dictionary (RFC 9651, section 4.2); the other fields are read one by one.
    *agents* are the AI user agents, whose own X-Robots-Tag counts like one for all; by default the shipped list.
    """
    fields: dict[str, list[str]] = {}
    for line in lines.split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip().lower(), []).append(value.strip(" \t\r"))
    found: list[Evidence] = []
    if "content-usage" in fields:
        raw = ", ".join(fields["content-usage"])
        found += _evidence("content-usage", Where.HEADER, raw, content_usage(raw))
    for raw in fields.get("content-signal", []):
        found += _evidence("content-signal", Where.HEADER, raw, content_signal(raw))
    found += tdm_evidence(fields, Where.HEADER)
    for raw in fields.get("x-robots-tag", []):
        found += _evidence("x-robots-tag", Where.HEADER, raw, _robots_tag(raw, agents or shipped_agents()))
    found += [rsl_pointer(address, Where.HEADER, Scope.PAGE) for raw in fields.get("link", []) for address in _rsl(raw)]
    return list(dict.fromkeys(found))


def meta_evidence(metas: Sequence[tuple[str, str]], agents: Agents | None = None) -> list[Evidence]:
    """Return the evidence in *metas*, pairs of a meta element's name in lower case and its content.

    The names are "robots" and those of AI agents, or several of them, "tdm-reservation" and "tdm-policy". Content-Usage
    and Content-Signal are not defined for meta elements; there they count only as far as they refuse. What another
    crawler is told is unknown, as in X-Robots-Tag.
    """
    agents = agents or shipped_agents()
    fields: dict[str, list[str]] = {}
    for name, content in metas:
        fields.setdefault(name.strip().lower(), []).append(content.strip())
    found: list[Evidence] = []
    for name, values in fields.items():
        for raw in values:
            if _CRAWLER.fullmatch(name) or _is_for_us(name, agents):
                said = _robots_tag(raw, agents, _is_for_us(name, agents)) + _directives(name, told=False)
                found += _evidence("meta-robots", Where.HEAD, raw, list(dict.fromkeys(said)))
            elif name == "content-usage":
                found += _evidence("content-usage", Where.HEAD, raw, only_refusals(content_usage(raw)))
            elif name == "content-signal":
                found += _evidence("content-signal", Where.HEAD, raw, only_refusals(content_signal(raw)))
    return list(dict.fromkeys([*found, *tdm_evidence(fields, Where.HEAD)]))


def reservation(value: object) -> str:
    """Return the meaning of a tdm-reservation: 1 reserves the right to mine, 0 does not, all else is an error.

    A number stands in JSON, a string everywhere else; both are read.
    """
    spelled = str(value) if isinstance(value, str) or type(value) is int else ""
    return _RESERVATIONS.get(spelled.strip(), UNKNOWN)


def tdm_answer(evidence: Iterable[Evidence]) -> str | None:
    """Return what a page's evidence says of text and data mining, by TDMRep's order; None if it says nothing.

    The page's own elements supersede its header, which supersedes the site's file; what is unknown resets nothing.
    Within one place a refusal prevails.
    """
    told = [one for one in evidence if one.kind == "tdmrep" and one.name == "tdm"]
    for place in (Where.HEAD, Where.HEADER, Where.SITE):
        meanings = {one.meaning for one in told if one.where is place} - {UNKNOWN}
        if meanings:
            return DENY if DENY in meanings else ALLOW
    return UNKNOWN if told else None


def tdm_evidence(fields: Mapping[str, Sequence[str]], where: Where) -> list[Evidence]:
    """Read TDMRep's pair of *fields* found at *where*; a policy alone reserves nothing (section on tdm-policy)."""
    policies = "".join(f", tdm-policy: {policy}" for policy in fields.get("tdm-policy", []))
    return [
        one
        for raw in fields.get("tdm-reservation", [])
        for one in _evidence("tdmrep", where, f"{raw}{policies}", [("tdm", reservation(raw))])
    ]


def _robots_tag(raw: str, agents: Agents, told: bool = True) -> list[Statement]:
    """Read one X-Robots-Tag: directives for all, and after "agent:" those for that agent up to the next such name.

    What only an agent outside of the list is told is unknown: nobody refused us, and nobody gave leave. *told* says
    whether what comes before any such name is meant for us.
    """
    stated: list[Statement] = []
    for part in _PARTS.split(raw):
        match = _AGENT.fullmatch(part.strip())
        if match and match[1].lower() not in _WITH_VALUE:
            stated += _directives(match[1], told=False)
            told = _is_for_us(match[1], agents)
        stated += _directives(match[2] if match else part, told)
    return list(dict.fromkeys(stated))


def _is_for_us(names: str, agents: Agents) -> bool:
    """Tell whether one of *names* means all robots or an agent of the list."""
    given = (names.strip().lower(), *(one.partition("/")[0] for one in _NAMES.split(names.strip().lower())))
    return any(one in _ROBOTS or agents.known(one) for one in given)


def _directives(text: str, told: bool) -> list[Statement]:
    """Pick noai and noimageai, whatever parts them; noindex, none and the like say nothing about training.

    A near miss, joined to another word or to a value, is unknown. Characters that are not shown part nothing.
    """
    low = _UNSEEN.sub("", text).lower()
    stated = []
    for match in _ALMOST.finditer(low):
        before = low[match.start() - 1 : match.start()]
        joined, whole = before.isalnum(), match[0] in _NO_AI
        if joined and not whole:
            continue  # the end of another word
        sure = whole and not joined and before not in ("-", "_", "=", "!") and not _BEHIND.match(low, match.end())
        stated.append(("noimageai" if "image" in match[0] else "noai", DENY if told and sure else UNKNOWN))
    return stated


def _rsl(raw: str) -> Iterator[str]:
    """Yield the targets of links to RSL terms (RFC 8288; RSL 1.0: rel="license" and its own type)."""
    for target, rest in _LINK.findall(raw):
        values = {name.lower(): (quoted or bare).lower() for name, quoted, bare in reversed(_PARAMETER.findall(rest))}
        if "license" in values.get("rel", "").split() and values.get("type", "").partition(";")[0] == _RSL_TYPE:
            yield target.strip()


def _evidence(kind: str, where: Where, raw: str, statements: Iterable[Statement]) -> list[Evidence]:
    value = raw[:LONGEST_VALUE]
    return [Evidence(kind, where, Scope.PAGE, value, name, meaning) for name, meaning in statements]
