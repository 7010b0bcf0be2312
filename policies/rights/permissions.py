"""What each licence permits, asks for and forbids: a table of facts with the clauses they stand in.

The words are those of policy files. It is no legal advice: a lawyer reads the table, the engine only looks things up.
What is not in the table and has no category that settles it (LicenseRef- site terms, proprietary terms) is not known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Final

from policies.rights import licenses

PERMITS: Final = ("reproduce", "share", "adapt", "commercial")
"""Uses: copy; pass on; change, the changed work included in passing on; any of these for commercial advantage."""

DUTIES: Final = ("attribution", "notice", "state-changes", "share-alike", "source")
"""Name the author and source; pass the licence text or notice on; say what was changed; license changed works alike;
offer the source."""

BANS: Final = ("commercial", "derivatives", "field-of-use")
"""No commercial use; no changed work may be passed on; not for named purposes or persons."""

DATABASE: Final = ("licensed", "waived", "not-covered", "unknown")
"""What becomes of the sui generis database right (Directive 96/9/EC)."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one licence.

    Attributes:
        permits: of PERMITS.
        duties: of DUTIES.
        bans: of BANS.
        known: false where nobody can say; the other fields are then empty and mean nothing.
        database: one of DATABASE.
        outbound: licences (patterns) under which a changed work may be passed on; empty where any will do.
        cure_days: days within which a breach, once discovered or notified, must be mended for the rights to return by
            themselves; None where the licence has no such rule.
        source: the text that says so, or what the terms follow from.
        clauses: where in the text: pairs of a word of the fields above (or "database", "cure") and its clause, which is
            a number with letters, or the heading of a text without numbers.
    """

    permits: frozenset[str] = frozenset()
    duties: frozenset[str] = frozenset()
    bans: frozenset[str] = frozenset()
    known: bool = True
    database: str = "unknown"
    outbound: tuple[str, ...] = ()
    cure_days: int | None = None
    source: str = ""
    clauses: tuple[tuple[str, str], ...] = ()

    def accepts(self, licence: str) -> bool:
        """Tell whether a changed work may be passed on under *licence*."""
        return not self.outbound or any(fnmatchcase(licence, pattern) for pattern in self.outbound)


UNKNOWN_TERMS: Final = Terms(known=False, source="no entry in the table, and no category that settles it")

_ALL: Final = frozenset(PERMITS)


def _free(duties: str, source: str, clauses: str = "", **more: Any) -> Terms:
    """Return terms that permit everything for *duties*, with *clauses* written as "word clause; word clause"."""
    pairs = tuple((word, clause) for word, _, clause in (one.partition(" ") for one in clauses.split("; ") if one))
    return Terms(_ALL, frozenset(duties.split()), source=source, clauses=pairs, **more)


_TABLE: Final = (
    ("CC0-1.0", _free("", "CC0 1.0 legal code", "reproduce 2; adapt 1(i); database 1(vi)", database="waived")),
    ("CC-PDM-1.0", _free("", "Public Domain Mark 1.0: a label for works free of known copyright")),
    ("CC-PDDC", _free("", "Copyright-Only Dedication or Public Domain Certification")),
    ("PDDL-1.0", _free("", "PDDL 1.0", "reproduce 3.1; adapt 1.0; database 3.2", database="waived")),
    ("LicenseRef-*[Pp]ublic[Dd]omain*", _free("", "in the public domain, as its reference says")),
    ("LicenseRef-*public-domain*", _free("", "in the public domain, as its reference says")),
    (
        "ODC-By-1.0",
        _free(
            "attribution notice",
            "ODC-By 1.0",
            "reproduce 3.1(d); share 3.1(e); adapt 3.1(b); attribution 4.3; notice 4.2(b); database 2.1(b); "
            "cure 9.4(c)",
            database="licensed",
            cure_days=30,
        ),
    ),
    (
        "ODbL-1.0",
        _free(
            "attribution notice share-alike source",
            "ODbL 1.0",
            "reproduce 3.1(d); share 3.1(e); adapt 3.1(b); attribution 4.3; notice 4.2(b); share-alike 4.4(a); "
            "source 4.6; database 2.1(b); cure 9.4(c)",
            database="licensed",
            outbound=("ODbL-*",),
            cure_days=30,
        ),
    ),
    (
        "CDLA-Permissive-1.0",
        _free(
            "attribution notice state-changes",
            "CDLA-Permissive 1.0",
            "share 2.1; notice 3.1(a); state-changes 3.1(b); attribution 3.1(c)",
        ),
    ),
    ("CDLA-Permissive-2.0", _free("notice", "CDLA-Permissive 2.0", "share 1.1; adapt 1.1; notice 2.1")),
    (
        "CDLA-Sharing-1.0",
        _free(
            "attribution notice state-changes share-alike",
            "CDLA-Sharing 1.0",
            "share 2.1; share-alike 3.1(a); state-changes 3.1(b); attribution 3.1(c); notice 3.3",
            outbound=("CDLA-Sharing-1.0",),
        ),
    ),
    (
        "OGL-UK-*",
        _free(
            "attribution",
            "Open Government Licence",
            "reproduce You are free to; adapt You are free to; attribution You must; "
            "database Using Information under this licence",
            database="licensed",
        ),
    ),
    (
        "OGL-Canada-2.0",
        _free(
            "attribution", "OGL Canada 2.0", "reproduce You are free to; adapt You are free to; attribution You must"
        ),
    ),
    (
        "etalab-2.0",
        _free(
            "attribution",
            "Licence Ouverte 2.0",
            "reproduce libre de réutiliser; adapt libre de réutiliser; attribution Sous réserve de; "
            "database Les « Droits de propriété intellectuelle »",
            database="licensed",
        ),
    ),
    (
        "GFDL-*",
        _free(
            "attribution notice state-changes share-alike source",
            "GFDL",
            "reproduce 2; share 2; adapt 4; attribution 4(B); notice 2; state-changes 4(I); share-alike 4; source 3",
        ),
    ),
    (
        "LAL-1.3",
        _free(
            "attribution notice state-changes share-alike",
            "Licence Art Libre 1.3",
            "reproduce 2.1; share 2.2; adapt 2.3; notice 2.2(1); attribution 2.2(2); state-changes 2.3(2); "
            "share-alike 2.3(3)",
            outbound=("LAL-1.3", "CC-BY-SA-4.0"),
        ),
    ),
    (
        "Apache-2.0",
        _free(
            "notice state-changes",
            "Apache License 2.0",
            "reproduce 2; adapt 2; share 4; notice 4(a); state-changes 4(b)",
        ),
    ),
    ("MIT-0", _free("", "MIT No Attribution")),
    ("0BSD", _free("", "BSD Zero Clause")),
    ("Unlicense", _free("", "The Unlicense, second paragraph")),
    ("WTFPL", _free("", "WTFPL 2", "reproduce 0")),
)
"""Licence ids or patterns with their terms; the first that matches counts."""

_CC: Final = re.compile(r"CC-(?P<kind>(?:BY|NC|ND|SA)(?:-(?:NC|ND|SA))*)-(?P<version>\d\.\d)(?:-(?P<port>.+))?")

_FOURTH: Final = {
    **dict.fromkeys(("reproduce", "share", "commercial"), "2(a)(1)(A)"),
    **dict.fromkeys(("adapt", "derivatives"), "2(a)(1)(B)"),
    "attribution": "3(a)(1)(A)",
    "notice": "3(a)(1)(C)",
    "state-changes": "3(a)(1)(B)",
    "share-alike": "3(b)",
}
"""Where the texts of version 4.0 say what."""

_PORT_SECTIONS: Final = {"UK": ("2", "2"), "JP": ("3", "5")}
"""Sections of the grant and of its conditions, in ports that number them otherwise than 3 and 4."""

_DATABASES: Final = {
    **dict.fromkeys(("3.0-AT", "3.0-DE", "3.0-NL"), ("waived", "3")),
    "2.0-FR": ("licensed", "3(e)"),
    "2.0-DE": ("licensed", "1"),
}
"""Ports with an SPDX id whose texts speak of the database right, and where; no unported version before 4.0 does."""

_GNU: Final = frozenset({"notice", "state-changes", "share-alike", "source"})

_BY_CATEGORY: Final = {
    "Public Domain": Terms(_ALL),
    "Permissive": Terms(_ALL, frozenset({"notice"})),
    "Copyleft Limited": Terms(_ALL, frozenset({"notice", "share-alike", "source"})),
    "Copyleft": Terms(_ALL, _GNU),
}
"""Terms that all licences of a ScanCode LicenseDB category share; the other categories settle nothing."""


@lru_cache(maxsize=4096)
def terms_of(licence: str) -> Terms:
    """Return the terms of one *licence*, an SPDX id or LicenseRef-; of "X WITH Y" those of X: exceptions only permit.

    UNKNOWN_TERMS where nobody can say. A later version of a licence never counts for an earlier one.
    """
    name = licenses.base_licence(licence)
    if match := _CC.fullmatch(name):
        return _creative_commons(match["kind"].split("-"), match["version"], match["port"] or "")
    for pattern, terms in _TABLE:
        if fnmatchcase(name, pattern):
            return replace(terms, outbound=_gnu_outbound(name)) if pattern == "GFDL-*" else terms
    return _code_licence(name)


def _creative_commons(kind: list[str], version: str, port: str) -> Terms:
    fourth = version == "4.0"
    bans = {word for code, word in (("NC", "commercial"), ("ND", "derivatives")) if code in kind}
    permits = _ALL - ({"commercial"} & bans) - ({"adapt"} if "ND" in kind else set())
    duties = {"notice"} | {word for code, word in (("BY", "attribution"), ("SA", "share-alike")) if code in kind}
    duties |= {"state-changes"} if fourth or (version == "3.0" and "ND" not in kind) else set()
    clauses = _FOURTH if fourth else _earlier_clauses(kind, port)
    database, clause = ("licensed", "4(a)") if fourth else _DATABASES.get(f"{version}-{port}", ("not-covered", ""))
    said = [(word, clauses[word]) for word in sorted((permits - {"commercial"}) | duties | bans)]
    said += [("database", clause)] if clause else []
    return Terms(
        frozenset(permits),
        frozenset(duties),
        frozenset(bans),
        database=database,
        outbound=_outbound("-".join(kind), version),
        cure_days=30 if fourth else None,
        source=f"CC {'-'.join(kind)} {version}{f' {port}' if port else ''} legal code",
        clauses=(*said, ("cure", "6(b)(1)")) if fourth else tuple(said),
    )


def _earlier_clauses(kind: list[str], port: str) -> dict[str, str]:
    """Return where versions before 4.0 say what, in the order of their elements; ports divide sections otherwise."""
    order = (("SA", "share-alike"), ("NC", "commercial"), ("BY", "attribution"))
    conditions = ["notice", *(word for code, word in order if code in kind)]
    found = dict.fromkeys(("reproduce", "share", "adapt", "derivatives"), "3") | {"state-changes": "3(b)"}
    found |= {word: f"4({letter})" for letter, word in zip("abcd", conditions, strict=False)}
    if not port:
        return found
    grant, condition = _PORT_SECTIONS.get(port, ("3", "4"))
    return {word: grant if clause.startswith("3") else condition for word, clause in found.items()}


def _outbound(kind: str, version: str) -> tuple[str, ...]:
    """Return what a changed work may be licensed under: 4.0 section 3(b)(1), before it section 4(b).

    1.0 names no other version. Compatible with BY-SA 4.0 are, as Creative Commons declared, the Licence Art Libre
    1.3 (21 October 2014) and, one way, GPL 3.0 (8 October 2015).
    """
    if not kind.endswith("SA"):
        return ()
    if version == "1.0":
        return (f"CC-{kind}-1.0",)
    later = tuple(f"CC-{kind}-{one}*" for one in ("2.0", "2.5", "3.0", "4.0") if one >= version)
    return (*later, "LAL-1.3", "GPL-3.0-*") if kind == "BY-SA" and version == "4.0" else later


def _code_licence(name: str) -> Terms:
    category = licenses.categories().get(name)
    terms = _BY_CATEGORY.get(category or "")
    if terms is None:
        return UNKNOWN_TERMS
    family = re.match(r"(?:A|L)?GPL-\d", name)
    outbound = _gnu_outbound(name) if family else ()
    cure = 30 if family and "-3.0" in name else None
    clauses = (("cure", "8"),) if cure else ()
    source = f"ScanCode LicenseDB category {category}"
    return replace(terms, outbound=outbound, cure_days=cure, source=source, clauses=clauses)


def _gnu_outbound(name: str) -> tuple[str, ...]:
    """Return the outbound set of a GNU licence: its version, and later ones where its notice says "or later".

    GPL 3.0 section 14, GPL 2.0 section 9, GFDL section 10.
    """
    match = re.fullmatch(r"((?:A|L)?GPL|GFDL)-(\d\.\d)(?:-(?:no-)?invariants)?-(only|or-later)", name)
    if match is None:
        return (name,)
    family, version, later = match.groups()
    same = f"{family}-{version}-*"
    if later == "only":
        return (same,)
    versions = ("1.2", "1.3") if family == "GFDL" else ("2.0", "2.1", "3.0")
    return (same, *(f"{family}-{one}-*" for one in versions if one > version))


def effective(expression: str | None) -> tuple[str, ...]:
    """Return the licences of *expression* that hold together, of alternatives the freest; sorted, () if unknown."""
    tree = licenses.parse(expression)
    if tree is None:
        return ()
    choose = licenses.fold(tree, lambda leaf: (leaf,), best=_freest, worst=_joined)
    return tuple(sorted(set(choose)))


def _freest(options: list[tuple[str, ...]]) -> tuple[str, ...]:
    return min(options, key=lambda leaves: (max(map(licenses.licence_class, leaves)), leaves))


def _joined(parts: list[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(leaf for part in parts for leaf in part)


def at_odds(one: str, other: str) -> bool:
    """Tell whether no changed work that holds both licences' works can be passed on under either's terms.

    So it is where one asks for share-alike and the other is not among, or forbids more than, what it accepts.
    """
    first, second = terms_of(one), terms_of(other)
    if not (first.known and second.known):
        return False
    alike = [terms for terms in (first, second) if "share-alike" in terms.duties]
    if not alike:
        return False
    if len(alike) == 2:
        return not (first.accepts(other) or second.accepts(one))
    return bool((first.bans ^ second.bans) & {"commercial", "derivatives"})
