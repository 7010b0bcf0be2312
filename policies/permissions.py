"""What each licence permits, asks for and forbids: a table of facts with the clauses they stand in.

The words are those of policy files. It is no legal advice: a lawyer reads the table, the engine only looks things up.
What is not in the table and has no category that settles it (LicenseRef- site terms, proprietary terms) is not known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

from policies import licenses

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
        cure_days: days after which a breach that was mended is forgiven by itself; None where the licence has no cure.
        source: where the facts stand.
    """

    permits: frozenset[str] = frozenset()
    duties: frozenset[str] = frozenset()
    bans: frozenset[str] = frozenset()
    known: bool = True
    database: str = "unknown"
    outbound: tuple[str, ...] = ()
    cure_days: int | None = None
    source: str = ""

    def accepts(self, licence: str) -> bool:
        """Tell whether a changed work may be passed on under *licence*."""
        return not self.outbound or any(fnmatchcase(licence, pattern) for pattern in self.outbound)


UNKNOWN_TERMS: Final = Terms(known=False, source="no entry in the table, and no category that settles it")

_ALL: Final = frozenset(PERMITS)
_FREE: Final = Terms(_ALL, database="waived")
_NAMED: Final = frozenset({"attribution", "notice"})

_TABLE: Final = (
    ("CC0-1.0", replace(_FREE, source="CC0 1.0 legal code, sections 1(vi), 2 and 3")),
    ("CC-PDM-1.0", Terms(_ALL, source="Public Domain Mark 1.0: a label for works free of known copyright")),
    ("CC-PDDC", Terms(_ALL, source="Copyright-Only Dedication or Public Domain Certification")),
    ("PDDL-1.0", replace(_FREE, source="PDDL 1.0, sections 2.0 and 3.0")),
    ("LicenseRef-*[Pp]ublic[Dd]omain*", Terms(_ALL, source="in the public domain, as its reference says")),
    ("LicenseRef-*public-domain*", Terms(_ALL, source="in the public domain, as its reference says")),
    (
        "ODC-By-1.0",
        Terms(_ALL, _NAMED, database="licensed", cure_days=30, source="ODC-By 1.0, sections 3.1, 4.2, 4.3 and 9.2"),
    ),
    (
        "ODbL-1.0",
        Terms(
            _ALL,
            frozenset({"attribution", "notice", "share-alike", "source"}),
            database="licensed",
            outbound=("ODbL-*",),
            cure_days=30,
            source="ODbL 1.0, sections 3.1, 4.2 to 4.4, 4.6 and 9.2",
        ),
    ),
    (
        "CDLA-Permissive-1.0",
        Terms(_ALL, frozenset({"notice", "state-changes"}), source="CDLA-Permissive 1.0, sections 2 and 3"),
    ),
    ("CDLA-Permissive-2.0", Terms(_ALL, frozenset({"notice"}), source="CDLA-Permissive 2.0, sections 1 and 2")),
    (
        "CDLA-Sharing-1.0",
        Terms(
            _ALL,
            frozenset({"notice", "state-changes", "share-alike"}),
            outbound=("CDLA-Sharing-1.0",),
            source="CDLA-Sharing 1.0, section 3",
        ),
    ),
    (
        "OGL-UK-*",
        Terms(_ALL, frozenset({"attribution"}), database="licensed", source='OGL, "You are free to" and "You must"'),
    ),
    ("OGL-Canada-2.0", Terms(_ALL, frozenset({"attribution"}), source='OGL Canada 2.0, "You are free to", "You must"')),
    (
        "etalab-2.0",
        Terms(_ALL, frozenset({"attribution"}), database="licensed", source="Licence Ouverte 2.0, rights and duty"),
    ),
    (
        "GFDL-*",
        Terms(
            _ALL,
            frozenset({"attribution", "notice", "state-changes", "share-alike", "source"}),
            outbound=("GFDL-*",),
            source="GFDL, sections 2 to 4",
        ),
    ),
    (
        "LAL-1.3",
        Terms(
            _ALL,
            frozenset({"attribution", "notice", "share-alike"}),
            outbound=("LAL-*", "CC-BY-SA-4.0"),
            source="Licence Art Libre 1.3, sections 2 to 5",
        ),
    ),
    (
        "Apache-2.0",
        Terms(_ALL, frozenset({"notice", "state-changes"}), source="Apache License 2.0, sections 2 and 4"),
    ),
    ("MIT-0", Terms(_ALL, source="MIT No Attribution")),
    ("0BSD", Terms(_ALL, source="BSD Zero Clause")),
    ("Unlicense", Terms(_ALL, source="The Unlicense, first paragraph")),
    ("WTFPL", Terms(_ALL, source="WTFPL 2, clause 0")),
)
"""Licence ids or patterns with their terms; the first that matches counts."""

_CC: Final = re.compile(r"CC-(?P<kind>(?:BY|NC|ND|SA)(?:-(?:NC|ND|SA))*)-(?P<version>\d\.\d)(?:-(?P<port>.+))?")

_EU_PORTS: Final = frozenset({"AT", "DE", "NL"})
"""Ports of version 3.0 with an SPDX id whose text waives the database right."""

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
            return terms
    return _code_licence(name)


def _creative_commons(kind: list[str], version: str, port: str) -> Terms:
    bans = {word for code, word in (("NC", "commercial"), ("ND", "derivatives")) if code in kind}
    permits = _ALL - ({"commercial"} & bans) - ({"adapt"} if "ND" in kind else set())
    duties = {"notice"} | ({"attribution"} if "BY" in kind else set())
    duties |= {"state-changes"} if version >= "3.0" else set()
    duties |= {"share-alike"} if "SA" in kind else set()
    clauses = "2(a), 3, 4 and 6(b)" if version == "4.0" else "3, 4 and 7"
    return Terms(
        frozenset(permits),
        frozenset(duties),
        frozenset(bans),
        database=_database(version, port),
        outbound=_outbound("-".join(kind), version),
        cure_days=30 if version == "4.0" else None,
        source=f"CC {'-'.join(kind)} {version} legal code, sections {clauses}",
    )


def _database(version: str, port: str) -> str:
    """Return what becomes of the database right: 4.0 section 4 licenses it, ports 3.0 of EU states waive it."""
    if version == "4.0":
        return "licensed"
    return "waived" if version == "3.0" and port in _EU_PORTS else "not-covered"


def _outbound(kind: str, version: str) -> tuple[str, ...]:
    """Return what a changed work may be licensed under: 4.0 section 3(b), 2.0 to 3.0 section 4(b), 1.0 section 4(b).

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
    return replace(terms, outbound=outbound, cure_days=cure, source=f"ScanCode LicenseDB category {category}")


def _gnu_outbound(name: str) -> tuple[str, ...]:
    """Return the outbound set of a GNU licence: its version, and later ones where it says so (GPL 3.0 section 14)."""
    match = re.fullmatch(r"((?:A|L)?GPL)-(\d\.\d)-(only|or-later)", name)
    if match is None:
        return (name,)
    family, version, later = match.groups()
    same = f"{family}-{version}-*"
    if later == "only":
        return (same,)
    return (same, *(f"{family}-{one}-*" for one in ("2.0", "2.1", "3.0") if one > version))


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
