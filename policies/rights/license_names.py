"""Spellings of licences that are not SPDX expressions: addresses and everyday names, as tables.

Each table maps a form to an SPDX id. A form that leaves the version open ("GPL", "CC BY") is in none of them: without
a version nobody can say what is allowed, and an unknown licence must not become a permission.
"""

from __future__ import annotations

import re
from typing import Final

_CC_KINDS: Final = {
    "by": "BY",
    "by-sa": "BY-SA",
    "by-nc": "BY-NC",
    "by-nd": "BY-ND",
    "by-nc-sa": "BY-NC-SA",
    "by-nc-nd": "BY-NC-ND",
    "by-nd-nc": "BY-NC-ND",  # the order that version 1.0 used
    "sa": "SA",
}
"""Creative Commons licence codes as in its addresses; retired ones (sampling, devnations) stay unknown."""

_CC_URL: Final = re.compile(
    r"(?:www\.)?creativecommons\.org/licen[sc]es/(?P<kind>[a-z-]+)/(?P<version>\d\.\d)"
    r"(?:/(?!deed|legalcode|rdf)(?P<port>[a-z]{2,8}))?(?:/|\.|$)"
)
_CC_NAME: Final = re.compile(r"(?:cc|creative commons) (?P<kind>[a-z ]+?) v?(?P<version>\d \d)(?: (?P<rest>[a-z ]+))?")
_CC_WORDS: Final = (
    ("non commercial", "nc"),
    ("noncommercial", "nc"),
    ("no derivatives", "nd"),
    ("noderivatives", "nd"),
    ("no derivs", "nd"),
    ("noderivs", "nd"),
    ("share alike", "sa"),
    ("sharealike", "sa"),
    ("attribution", "by"),
)
_CC_UNPORTED: Final = {"", "international", "unported", "generic", "int", "intl", "international public"}

_URLS: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?:www\.)?creativecommons\.org/publicdomain/zero/1\.0", "CC0-1.0"),
        (r"(?:www\.)?creativecommons\.org/publicdomain/mark/1\.0", "CC-PDM-1.0"),
        (r"(?:www\.)?creativecommons\.org/licen[sc]es/publicdomain(?:/|$)", "CC-PDDC"),
        (r"(?:www\.)?gnu\.org/(?:old-)?licenses/(?:old-licenses/)?(a?l?gpl)-(\d\.\d)(?!\d|\.\d)", r"\1-\2-only"),
        (r"(?:www\.)?gnu\.org/(?:old-)?licenses/(?:old-licenses/)?fdl-(\d\.\d)(?!\d|\.\d)", r"GFDL-\1-only"),
        (r"(?:www\.)?apache\.org/licenses/license-(\d\.\d)(?!\d|\.\d)", r"Apache-\1"),
        (r"(?:www\.)?mozilla\.org/(?:[a-z-]+/)?mpl/(\d\.\d)(?!\d|\.\d)", r"MPL-\1"),
        (r"(?:www\.)?opendatacommons\.org/licenses/odbl(?:/|$)", "ODbL-1.0"),
        (r"(?:www\.)?opendatacommons\.org/licenses/by(?:/|$)", "ODC-By-1.0"),
        (r"(?:www\.)?opendatacommons\.org/licenses/pddl(?:/|$)", "PDDL-1.0"),
        (r"(?:www\.)?nationalarchives\.gov\.uk/doc/open-government-licence/version/([123])(?:/|$)", r"OGL-UK-\1.0"),
        (r"(?:www\.)?etalab\.gouv\.fr/\S*(?:licence|license)[-_]ouverte[-_]v?2", "etalab-2.0"),
        (r"(?:www\.)?govdata\.de/dl-de/(by|zero)-2-0(?:/|$)", r"DL-DE-\1-2.0"),
        (r"data\.norge\.no/nlod/(?:[a-z]{2}/)?([12])\.0(?:/|$)", r"NLOD-\1.0"),
        (r"open\.canada\.ca/en/open-government-licence-canada(?:/|$)", "OGL-Canada-2.0"),
        (r"(?:www\.)?artlibre\.org/licence/lal(?:/|$)", "LAL-1.3"),
        (r"(?:www\.)?(?:dati\.gov\.it|formez\.it)/iodl/2\.0(?:/|$)", "LicenseRef-IODL-2.0"),
        (r"(?:www\.)?usa\.gov/(?:government-works|publicdomain)(?:/|$)", "LicenseRef-PublicDomain-USGov"),
        (
            r"(?:www\.)?rightsstatements\.org/(?:vocab|page)/([a-z-]+)/1\.0(?:/|$)",
            r"LicenseRef-rightsstatements-\1-1.0",
        ),
        (r"(?:www\.)?cdla\.(?:dev|io)/(permissive|sharing)-(\d)-(\d)(?:/|$)", r"CDLA-\1-\2.\3"),
        (r"(?:www\.)?unlicense\.org(?:/|$)", "Unlicense"),
        (r"(?:www\.)?wtfpl\.net(?:/|$)", "WTFPL"),
        (r"(?:www\.)?boost\.org/license_1_0\.txt", "BSL-1.0"),
        (r"(?:www\.)?eclipse\.org/legal/epl-(?:v)?([12])(?:\.|-?)0", r"EPL-\1.0"),
        (r"(?:www\.)?opensource\.org/licenses?/mit(?:-license)?(?:\.php|\.html|/|$)", "MIT"),
        (
            r"(?:www\.)?(?:spdx\.org|opensource\.org|choosealicense\.com)/licenses?/([a-z0-9.+-]+?)"
            r"(?:\.html|\.txt|\.json|\.php|/|$)",
            r"\1",
        ),
    )
)
"""Address patterns (lower case, without scheme) and the SPDX id each stands for."""

_NAMES: Final = {
    name: spdx
    for spdx, names in {
        "0BSD": "0bsd|zero clause bsd|bsd zero clause",
        "AGPL-3.0-only": "agpl 3|agpl 3 0|agplv3|gnu agpl 3|gnu agplv3|gnu affero general public 3|affero gpl 3",
        "AGPL-3.0-or-later": "agplv3+|agpl 3+|agpl 3 0+|agpl 3 or later|gnu affero general public 3 or later",
        "Apache-1.1": "apache 1 1|apache software 1 1",
        "Apache-2.0": "apache 2|apache 2 0|apache2|apache2 0|apache software 2 0|apache software 2|asl 2 0|al2",
        "Artistic-2.0": "artistic 2|artistic 2 0",
        "BSD-2-Clause": "bsd 2 clause|2 clause bsd|simplified bsd|freebsd|bsd 2|bsd2",
        "BSD-3-Clause": "bsd 3 clause|3 clause bsd|new bsd|modified bsd|revised bsd|bsd 3|bsd3",
        "BSL-1.0": "boost 1 0|boost software 1 0|boost software",
        "CC0-1.0": "cc0|cc 0|cc zero|cc0 1 0|cc0 1 0 universal|creative commons zero|creative commons zero 1 0"
        "|creative commons zero 1 0 universal|creative commons cc0 1 0 universal|creative commons cc0",
        "CC-PDM-1.0": "public domain mark|public domain mark 1 0|cc public domain mark 1 0|pdm|pdm 1 0",
        "ECL-2.0": "ecl 2 0|educational community 2 0",
        "EPL-1.0": "epl 1 0|eclipse public 1 0",
        "EPL-2.0": "epl 2|epl 2 0|eclipse public 2 0",
        "EUPL-1.2": "eupl 1 2|european union public 1 2",
        "DL-DE-BY-2.0": "dl de by 2 0|datenlizenz deutschland namensnennung 2 0|data germany attribution 2 0",
        "DL-DE-ZERO-2.0": "dl de zero 2 0|datenlizenz deutschland zero 2 0|data germany zero 2 0",
        "LAL-1.3": "free art 1 3|art libre 1 3",
        "NLOD-1.0": "nlod 1 0|norwegian for open government data 1 0",
        "NLOD-2.0": "nlod 2 0|norwegian for open government data 2 0",
        "OGL-Canada-2.0": "open government canada 2 0|open government canada",
        "etalab-2.0": "etalab 2 0|licence ouverte 2 0|open 2 0 etalab|ouverte 2 0",
        "GFDL-1.2-only": "gfdl 1 2|gnu free documentation 1 2",
        "GFDL-1.3-only": "gfdl 1 3|gnu free documentation 1 3",
        "GFDL-1.2-or-later": "gfdl 1 2+|gfdl 1 2 or later|gnu free documentation 1 2 or later",
        "GFDL-1.3-or-later": "gfdl 1 3+|gfdl 1 3 or later|gnu free documentation 1 3 or later",
        "GPL-2.0-only": "gpl 2|gpl 2 0|gplv2|gnu gpl 2|gnu gplv2|gnu general public 2|gnu general public 2 0|gpl2",
        "GPL-2.0-or-later": "gplv2+|gpl 2+|gpl 2 0+|gpl 2 or later|gplv2 or later|gnu general public 2 or later|gpl2+"
        "|gnu general public 2 0 or later|gpl 2 0 or later|gnu gpl 2 or later|gnu gplv2 or later",
        "GPL-3.0-only": "gpl 3|gpl 3 0|gplv3|gnu gpl 3|gnu gplv3|gnu general public 3|gnu general public 3 0|gpl3",
        "GPL-3.0-or-later": "gplv3+|gpl 3+|gpl 3 0+|gpl 3 or later|gplv3 or later|gnu general public 3 or later|gpl3+"
        "|gnu general public 3 0 or later|gpl 3 0 or later|gnu gpl 3 or later|gnu gplv3 or later",
        "ISC": "isc",
        "LGPL-2.1-only": "lgpl 2 1|lgplv2 1|gnu lgpl 2 1|gnu lesser general public 2 1",
        "LGPL-2.1-or-later": "lgplv2 1+|lgpl 2 1+|lgpl 2 1 or later|gnu lesser general public 2 1 or later",
        "LGPL-3.0-only": "lgpl 3|lgpl 3 0|lgplv3|gnu lgpl 3|gnu lesser general public 3|gnu lesser general public 3 0",
        "LGPL-3.0-or-later": "lgplv3+|lgpl 3+|lgpl 3 0+|lgpl 3 or later|gnu lesser general public 3 or later",
        "LicenseRef-PublicDomain": "public domain|pd|publicdomain|in public domain|public domain work",
        "MIT": "mit|expat|mit expat|mit x11|x11 mit",
        "MIT-0": "mit 0|mit no attribution",
        "MPL-1.1": "mpl 1 1|mozilla public 1 1",
        "MPL-2.0": "mpl 2|mpl 2 0|mplv2|mozilla public 2 0|mozilla public 2",
        "ODC-By-1.0": "odc by|odc by 1 0|open data commons attribution 1 0|open data commons attribution",
        "ODbL-1.0": "odbl|odbl 1 0|open database|open data commons open database 1 0|open data commons open database",
        "OGL-UK-3.0": "ogl 3|ogl 3 0|oglv3|open government 3 0|uk open government 3 0|open government v3 0",
        "PDDL-1.0": "pddl|pddl 1 0|open data commons public domain dedication and",
        "PSF-2.0": "psf|psf 2|python software foundation|python software foundation 2",
        "PostgreSQL": "postgresql|postgres",
        "Unlicense": "unlicense|the unlicense",
        "WTFPL": "wtfpl|do what fuck you want to public",
        "Zlib": "zlib|zlib libpng",
    }.items()
    for name in names.split("|")
}

_NOISE: Final = re.compile(r"\b(?:the|an?|licen[sc]ed?|version|ver|under|terms of)\b")
_SEPARATORS: Final = re.compile(r"[\s_/.,;:()\"'’–-]+")
_SCHEME: Final = re.compile(r"^(?:https?:)?//")
_ARCHIVED: Final = re.compile(r"^(?:https?:)?//web\.archive\.org/web/\d{4,14}[a-z_]*/")
"""What the Wayback Machine writes before the addresses in the pages that it hands out."""

_VERSION: Final = re.compile(r"\bv(?=\d)")


def from_url(raw: str) -> str | None:
    """Return the SPDX id that the address *raw* of a known licence stands for (unchecked spelling), or None."""
    address = _SCHEME.sub("", _ARCHIVED.sub("", raw.strip().lower()))
    if match := _CC_URL.match(address):
        return _creative_commons(match["kind"], match["version"], match["port"])
    for pattern, replacement in _URLS:
        if found := pattern.match(address):
            return found.expand(replacement)
    return None


def from_name(raw: str) -> str | None:
    """Return the SPDX id of the everyday name *raw* ("Apache License, Version 2.0", "cc by-sa 4.0"), or None."""
    name = _bare(raw)
    return _NAMES.get(name) or _creative_commons_name(name)


def _bare(raw: str) -> str:
    """Lower the case and drop articles, punctuation and the word licence."""
    words = _SEPARATORS.sub(" ", raw.lower().replace("(at your option) any later version", "or later"))
    words = words.replace("any later version", "or later").replace("or newer", "or later").replace("or or", "or")
    return " ".join(_VERSION.sub("", _NOISE.sub(" ", words)).split())


def _creative_commons_name(name: str) -> str | None:
    """Read "cc by sa 4 0" and "creative commons attribution sharealike 4 0 international"."""
    for words, code in _CC_WORDS:
        name = name.replace(words, code)
    match = _CC_NAME.fullmatch(name)
    if match is None:
        return None
    kind, version = match["kind"].strip().replace(" ", "-"), match["version"].replace(" ", ".")
    rest = (match["rest"] or "").strip()
    if rest in _CC_UNPORTED:
        return _creative_commons(kind, version, None)
    return _creative_commons(kind, version, rest) if re.fullmatch(r"[a-z]{2}|igo", rest) else None


def _creative_commons(kind: str, version: str, port: str | None) -> str | None:
    """Compose the id of one Creative Commons licence; a port is kept as suffix, though SPDX knows few of them."""
    code = _CC_KINDS.get(kind)
    if code is None:
        return None
    return f"CC-{code}-{version}" + (f"-{port.upper()}" if port else "")
