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

    The names are "robots" and those of AI agents, "tdm-reservation" and "tdm-policy". Content-Usage and Content-Signal
    are not defined for meta elements; there they count only as far as they refuse.
    """
    agents = agents or shipped_agents()
    fields: dict[str, list[str]] = {}
    for name, content in metas:
        fields.setdefault(name.strip().lower(), []).append(content.strip())
    found: list[Evidence] = []
    for name, values in fields.items():
        for raw in values:
            if name == "robots" or agents.known(name):
                found += _evidence("meta-robots", Where.HEAD, raw, _directives(raw.split(","), told=True))
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


def _robots_tag(raw: str, agents: Agents) -> list[Statement]:
    """Read one X-Robots-Tag: directives for all, and after "agent:" those for that agent up to the next such name.

    What only an agent outside of the list is told is unknown: nobody refused us, and nobody gave leave.
    """
    stated: list[Statement] = []
    told = True
    held: list[str] = []
    for part in raw.split(","):
        directive = part.strip()
        match = _AGENT.fullmatch(directive)
        if match and match[1].lower() not in _WITH_VALUE:
            stated += _directives(held, told)
            told, held = match[1] == "*" or agents.known(match[1]), [match[2]]
        else:
            held.append(directive)
    return stated + _directives(held, told)


def _directives(parts: Iterable[str], told: bool) -> list[Statement]:
    """Pick noai and noimageai; noindex, none and the like say nothing about training. A near miss is unknown."""
    words = (part.strip().lower() for part in parts)
    known = ((word, re.sub(r"[\s_-]", "", word.partition("=")[0])) for word in words)
    return [(plain, DENY if told and word in _NO_AI else UNKNOWN) for word, plain in known if plain in _NO_AI]


def _rsl(raw: str) -> Iterator[str]:
    """Yield the targets of links to RSL terms (RFC 8288; RSL 1.0: rel="license" and its own type)."""
    for target, rest in _LINK.findall(raw):
        values = {name.lower(): (quoted or bare).lower() for name, quoted, bare in reversed(_PARAMETER.findall(rest))}
        if "license" in values.get("rel", "").split() and values.get("type", "").partition(";")[0] == _RSL_TYPE:
            yield target.strip()


def _evidence(kind: str, where: Where, raw: str, statements: Iterable[Statement]) -> list[Evidence]:
    value = raw[:LONGEST_VALUE]
    return [Evidence(kind, where, Scope.PAGE, value, name, meaning) for name, meaning in statements]
