"""Licence claims as SPDX expressions: one canonical spelling for each, None for what nobody can interpret."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any, Final

import pyarrow as pa

from policies.rights import license_names

PUBLIC_DOMAIN: Final = 0
PERMISSIVE: Final = 1
ATTRIBUTION: Final = 2
COPYLEFT: Final = 3
RESTRICTED: Final = 4
UNKNOWN: Final = 5

_REFERENCE: Final = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+")
_LONGEST: Final = 512  # code points; a longer claim is prose, not a licence id, and parsing it is not worth the time
_PORT: Final = re.compile(r"(CC-[A-Z-]+?-\d\.\d)-[A-Z]+")
_BRACKETED: Final = re.compile(r"(.+?)\s*\(([^()]+)\)")
_JOINED: Final = re.compile(r"\s+(?:or|OR)\s+|\s*\|\|?\s*")
_ATTRIBUTION: Final = re.compile(r"CC-BY-\d.*|ODC-By-.*|OGL-.*|etalab-.*", re.IGNORECASE)
_NOT_FREE: Final = re.compile(r".*-(?:NC|ND)(?:-.*|$)", re.IGNORECASE)
_PUBLIC_DOMAIN: Final = re.compile(r"LicenseRef-(?:scancode-)?public-?domain(?:-.*|$)", re.IGNORECASE)
_CLASS_OF_CATEGORY: Final = {
    "Public Domain": PUBLIC_DOMAIN,
    "Permissive": PERMISSIVE,
    "Copyleft Limited": COPYLEFT,
    "Copyleft": COPYLEFT,
}
"""ScanCode LicenseDB categories that are not restricted; every other one is RESTRICTED."""


@lru_cache(maxsize=4096)
def normalize(raw: str | None) -> str | None:
    """Return the canonical SPDX expression of the licence claim *raw*, or None if it is absent or not understood.

    Understood are SPDX expressions in any case (SPDX 3.0 annex B; LicenseRef- ids are kept as written), addresses of
    Creative Commons licences of every version and port, of GNU, Apache, Mozilla, Open Data Commons and other
    licences, and everyday names that say the version. A Creative Commons port without an SPDX id of its own becomes
    the unported licence, whose conditions it shares. GNU addresses name one version, so they become "-only".
    """
    claim = (raw or "").strip()
    if not claim or len(claim) > _LONGEST:
        return None
    return _expression(claim) or _spelling(claim) or _said_twice(claim) or _alternatives(claim)


def normalize_all(raw: pa.StringArray) -> pa.StringArray:
    """Normalise each claim of *raw* (string n), working once for each distinct value; null where unknown."""
    return by_distinct(raw, normalize, pa.string())


def by_distinct(values: pa.StringArray, function: Callable[[str | None], Any], type_: pa.DataType) -> pa.Array:
    """Apply *function* to each distinct value of *values*, null included, and return an array of *type_*, n."""
    encoded = values.dictionary_encode(null_encoding="encode")
    results = pa.array([function(value) for value in encoded.dictionary.to_pylist()], type_)
    return results.take(encoded.indices)


def licence_class(expression: str | None) -> int:
    """Return how freely text under *expression* may be used; lower is freer.

    0 public domain and CC0, 1 permissive, 2 attribution (CC-BY), 3 share-alike and copyleft, 4 non-commercial,
    no-derivatives and proprietary terms, 5 unknown. Of alternatives (OR) the best counts, of conditions that hold
    together (AND) the worst; an exception (WITH) only adds permissions, so its base licence counts.
    Categories are those of ScanCode LicenseDB as bundled with license-expression.
    """
    tree = parse(expression)
    return UNKNOWN if tree is None else fold(tree, _class_of, best=min, worst=max)


def parse(expression: str | None) -> Any:
    """Return the license-expression tree of *expression* after normalisation, or None if it is unknown."""
    canonical = normalize(expression)
    return None if canonical is None else _parsed(canonical)


def fold(tree: Any, leaf: Callable[[str], Any], best: Callable[..., Any], worst: Callable[..., Any]) -> Any:
    """Reduce an expression tree: *leaf* judges a licence ("MIT", "X WITH Y"), *best* joins OR, *worst* joins AND."""
    if not tree.args:
        return leaf(tree.render())
    judged = [fold(part, leaf, best, worst) for part in tree.args]
    return best(judged) if tree.operator.strip() == "OR" else worst(judged)


def known_ids() -> Iterator[str]:
    """Iterate the SPDX ids of licences (not of exceptions), LicenseRef- ids of the index excluded."""
    return (key for key in categories() if not key.startswith("LicenseRef-"))


def base_licence(leaf: str) -> str:
    """Return the licence that *leaf* names, without its exception ("X WITH Y" gives "X").

    SPDX exceptions only add permissions; a LicenseRef behind WITH may say anything, so the whole is returned then.
    """
    licence, _, exception = leaf.partition(" WITH ")
    return leaf if exception.startswith("LicenseRef-") else licence


def _class_of(leaf: str) -> int:
    licence = base_licence(leaf)
    if _PUBLIC_DOMAIN.fullmatch(licence):
        return PUBLIC_DOMAIN
    if _NOT_FREE.fullmatch(licence):
        return RESTRICTED
    if _ATTRIBUTION.fullmatch(licence):
        return ATTRIBUTION
    return _CLASS_OF_CATEGORY.get(categories().get(licence, ""), RESTRICTED)


def _expression(claim: str) -> str | None:
    tree = _parsed(claim)
    return None if tree is None else str(tree.render())


def _spelling(claim: str) -> str | None:
    spdx = license_names.from_url(claim) or license_names.from_name(claim)
    return None if spdx is None else _expression(spdx) or _expression(_PORT.sub(r"\1", spdx))


def _said_twice(claim: str) -> str | None:
    """Read "Creative Commons Attribution 4.0 International (CC BY 4.0)"; a remark in the brackets changes the terms."""
    match = _BRACKETED.fullmatch(claim)
    if match is None:
        return None
    name, again = (_expression(part) or _spelling(part) for part in match.groups())
    return name if name == again else None


def _alternatives(claim: str) -> str | None:
    """Read "MIT or Apache 2.0": names that are no SPDX ids, joined by or."""
    parts = _JOINED.split(claim)
    if len(parts) < 2:
        return None
    known = [_expression(part) or _spelling(part) for part in parts]
    return None if None in known else _expression(" OR ".join(f"({part})" for part in known))


def _parsed(claim: str) -> Any:
    """Parse *claim* strictly; None unless every id is known or a LicenseRef."""
    from license_expression import ExpressionError, ParseError

    spdx = _spdx()
    try:
        tree = spdx.parse(claim, strict=True)
    except (ExpressionError, ParseError):
        return None
    if tree is None:
        return None
    foreign = spdx.unknown_license_keys(tree)
    return tree if all(_REFERENCE.fullmatch(key) for key in foreign) else None


@cache
def _spdx() -> Any:
    """Build the SPDX vocabulary once, when the first licence is looked at: it costs tens of milliseconds.

    Of the index's aliases only earlier SPDX ids stay (GPL-2.0 for GPL-2.0-only). It also has "GPL" and LicenseRef ids
    of others, and a LicenseRef means what its own document says, never MIT.
    """
    from license_expression import LicenseSymbol, Licensing

    return Licensing(
        [
            LicenseSymbol(entry["spdx_license_key"], _earlier_ids(entry), is_exception=entry["is_exception"])
            for entry in _index()
        ]
    )


def _earlier_ids(entry: dict[str, Any]) -> tuple[str, ...]:
    return tuple(key for key in entry["other_spdx_license_keys"] if re.search(r"\d", key) and key[:11] != "LicenseRef-")


@cache
def _index() -> list[dict[str, Any]]:
    """Load the entries of ScanCode LicenseDB that have an SPDX id or a LicenseRef-scancode id."""
    from license_expression import get_license_index

    return [entry for entry in get_license_index() if entry.get("spdx_license_key")]


@cache
def categories() -> dict[str, str]:
    """Map each SPDX licence id, exceptions left out, to its ScanCode LicenseDB category."""
    return {entry["spdx_license_key"]: entry["category"] for entry in _index() if not entry["is_exception"]}
