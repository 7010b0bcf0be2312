"""Recognise the texts of code licences: files named LICENSE, COPYING and the like."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from policies.markup.tags import tag_evidence
from policies.rights.evidence import Evidence, Scope, Where
from policies.rights.licenses import normalize

_FILE: Final = re.compile(r"(?:un)?licen[sc]es?(?:[-._].*)?|copying(?:[-._].*)?|copyright(?:\.\w+)?", re.IGNORECASE)
_LONGEST: Final = 100_000  # code points that are read; the GNU GPL has 35,000
_NOT_WORDS: Final = re.compile(r"[^\w.]+")


@dataclass(frozen=True, slots=True)
class _Text:
    """A licence by its words in lower case: all of *has* are there, none of *lacks*, and *longest* is their length."""

    spdx: str
    has: tuple[str, ...]
    lacks: tuple[str, ...] = ()
    longest: int = _LONGEST


_GRANT: Final = "permission is hereby granted free of charge to any person obtaining a copy"
_KEEP: Final = "copyright notice and this permission notice"
_AS_IS: Final = "redistributions of source code must retain the above copyright notice"
_BINARY: Final = "redistributions in binary form must reproduce the above copyright notice"
_NAMES: Final = (
    "may be used to endorse or promote products derived from this software without specific prior written permission"
)
_CC: Final = "section 1 definitions"

_TEXTS: Final = (
    _Text("Apache-2.0", ("apache license", "version 2.0 january 2004", "terms and conditions for use reproduction")),
    _Text("AGPL-3.0-only", ("gnu affero general public license version 3 19 november 2007", "0. definitions.")),
    _Text("LGPL-3.0-only", ("gnu lesser general public license version 3 29 june 2007", "0. additional definitions.")),
    _Text("GPL-3.0-only", ("gnu general public license version 3 29 june 2007", "0. definitions.")),
    _Text("LGPL-2.1-only", ("gnu lesser general public license version 2.1 february 1999", "terms and conditions for")),
    _Text("GPL-2.0-only", ("gnu general public license version 2 june 1991", "terms and conditions for copying")),
    _Text("GFDL-1.3-only", ("gnu free documentation license version 1.3 3 november 2008", "0. preamble")),
    _Text("GFDL-1.2-only", ("gnu free documentation license version 1.2 november 2002", "0. preamble")),
    _Text("MPL-2.0", ("mozilla public license version 2.0", "1. definitions")),
    _Text("EPL-2.0", ("eclipse public license v 2.0", "1. definitions")),
    _Text("EUPL-1.2", ("european union public licence v. 1.2", "1. definitions")),
    _Text("Unlicense", ("this is free and unencumbered software released into the public domain",), longest=1500),
    _Text("CC0-1.0", ("cc0 1.0 universal", "statement of purpose")),
    _Text("CC-BY-NC-ND-4.0", ("attribution noncommercial noderivatives 4.0 international", _CC)),
    _Text("CC-BY-NC-SA-4.0", ("attribution noncommercial sharealike 4.0 international", _CC)),
    _Text("CC-BY-NC-4.0", ("attribution noncommercial 4.0 international", _CC)),
    _Text("CC-BY-ND-4.0", ("attribution noderivatives 4.0 international", _CC)),
    _Text("CC-BY-SA-4.0", ("attribution sharealike 4.0 international", _CC)),
    _Text("CC-BY-4.0", ("attribution 4.0 international", _CC)),
    _Text("BSL-1.0", ("boost software license version 1.0", "permission is hereby granted")),
    _Text(
        "Zlib",
        ("this software is provided as is without any express or implied", "altered source versions must be"),
        ("product documentation is required",),
        longest=1250,
    ),
    _Text(
        "ISC",
        (
            "permission to use copy modify and or distribute this software for any purpose with or without fee",
            "copyright notice and this permission notice appear in all copies",
        ),
        ("in supporting documentation",),
        longest=1000,
    ),
    _Text(
        "0BSD",
        ("permission to use copy modify and or distribute this software for any purpose with or without fee",),
        ("provided that",),
        longest=900,
    ),
    _Text(
        "MIT",
        (
            _GRANT,
            "of this software and associated documentation files",
            _KEEP,
            "without restriction",
            "substantial portions of the software",
            "authors or copyright holders be liable",
        ),
        (
            "except as contained in this notice",
            "is asked",
            "advertis",
            "shall be used for good",
            "commons clause",
            "to endorse",
            "binary form",
            "non commercial",
            "you may not",
            "ethical",
            "must not",
        ),
        longest=1350,
    ),
    _Text(
        "MIT-0",
        (_GRANT, "of this software and associated documentation files"),
        (_KEEP, "subject to the following"),
        longest=1150,
    ),
    _Text(
        "BSD-3-Clause",
        (_AS_IS, _BINARY, _NAMES),
        (
            "advertising materials",
            "nuclear",
            "patent",
            "acknowledg",
            "attribution",
            "source code must be",
            "military",
            "modification or redistribution",
            "may not be called",
            "you are under no obligation",
        ),
        longest=1850,
    ),
    _Text(
        "BSD-2-Clause",
        (_AS_IS, _BINARY),
        (
            "endorse",
            "advertising",
            "patent",
            "acknowledg",
            "may not",
            "must not",
            "nuclear",
            "views and conclusions",
            "3. ",
            "without modification immediately",
            "source code must be",
            "neither the name",
        ),
        longest=1650,
    ),
)
"""Licences by phrases that together stand in no other's text; the first that fits counts. The words are those of the
licences; what is not among them is unknown, and so is a text with more conditions."""


def license_of_text(text: str) -> str | None:
    """Return the SPDX id of the licence whose text *text* is, None if it is none that is known.

    The "or any later version" of GNU licences stands in a file's own notice, never in the licence, so they are "-only".
    """
    words = _NOT_WORDS.sub(" ", text[:_LONGEST].lower())
    for one in _TEXTS:
        if len(words) > one.longest:
            continue
        if all(phrase in words for phrase in one.has) and not any(phrase in words for phrase in one.lacks):
            return one.spdx
    return None


def is_license_file(path: str) -> bool:
    """Tell whether the last part of *path* is a usual name of a licence file (LICENSE, COPYING.txt, LICENSE-MIT)."""
    return _FILE.fullmatch(path.rpartition("/")[2]) is not None


def text_evidence(text: str, path: str = "") -> list[Evidence]:
    """Return what a source file or licence file at *path* says about licences: SPDX tags, or the text it is."""
    return [*tag_evidence(text), *([file_evidence(text, path)] if is_license_file(path) else ())]


def file_evidence(text: str, path: str) -> Evidence:
    """Return what the licence file at *path*, which holds *text*, says of its folder; own words are unknown."""
    return Evidence("license-file", Where.SITE, Scope.SITE, path[-200:], "license", normalize(license_of_text(text)))
