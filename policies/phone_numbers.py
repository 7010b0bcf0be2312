"""Which digits can be a phone number at all: libphonenumber's own answer, asked once for each string of digits.

Presidio's phone recognizer runs libphonenumber's matcher once for each region and costs a millisecond for a date. The
matcher accepts a candidate only if the digits of one of its parts verify as a number; those parts consist of whole
blocks of digits that follow each other. So a window in which no such string of digits verifies holds no number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Any, Final

from policies.windows import Gate, phone_windows

PHONE_REGIONS: Final = ("US", "GB", "DE", "FR", "IL", "IN", "CA", "BR")
"""The regions that Presidio's phone recognizer asks libphonenumber about by default."""

_INTERNATIONAL: Final = 6  # fewest digits of a number with its country code, over all that libphonenumber knows
_DIALLING_OUT: Final = 1  # fewest digits of an international prefix
_LONGEST_BLOCK: Final = 20  # digits; the matcher cuts longer blocks
_LONGEST_NUMBER: Final = 36  # digits: 17, and what stands before them (international prefix, carrier, country code)
_MOST_BLOCKS: Final = 40  # beyond that the recognizer is not slower than trying all parts
_BLOCKS: Final = re.compile(r"[0-9]+")
_CORE: Final = re.compile(r"\d(?:.*\d)?", re.DOTALL)
_PLUS: Final = re.compile("[+\uff0b]")
_ABROAD: Final = "ZZ"  # libphonenumber's code for no region: a number with a plus sign has none
_PREFIXES: Final = 2  # national prefixes that the parser strips at most: behind a country code, and again
_TYPES: Final = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
    "fixed_line",
    "mobile",
)
_LETTERS: Final = re.compile(r"(?:x[^x]*){3}|xt|int|anexo|[^\W!-~]", re.IGNORECASE)
"""Three letters stand for digits, as may other scripts; between digits only x and the labels of extensions count."""


def phone_gate(regions: tuple[str, ...]) -> Gate:
    """Return the gate of Presidio's phone recognizer for *regions* (CLDR codes known to libphonenumber)."""
    fewest = min([_INTERNATIONAL, *map(_shortest, regions)])
    return partial(phone_windows, fewest=fewest, possible=partial(_possible, fewest=fewest, regions=regions))


def regions_within(window: str, regions: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of *regions* for which the matcher can find a number in *window*, which the gate let through."""
    core = _CORE.search(window)
    blocks = _clear_blocks(core[0]) if core else []
    if blocks is None:
        return regions
    parts = [*_parts(blocks, min([_INTERNATIONAL, *map(_shortest, regions)]))]
    if _PLUS.search(window) and any(_is_number(digits, _ABROAD) for digits in parts):
        return regions
    return tuple(region for region in regions if any(_is_number(digits, region) for digits in parts))


def _possible(window: str, first: int, last: int, *, fewest: int, regions: tuple[str, ...]) -> bool:
    """Return whether a number can be in *window*, of which the outer digits stand at *first* and *last*."""
    blocks = _clear_blocks(window[first : last + 1])
    if blocks is None:
        return True
    asked = (_ABROAD, *regions) if _PLUS.search(window) else regions
    return any(_is_number(digits, region) for digits in _parts(blocks, fewest) for region in asked)


def _clear_blocks(core: str) -> list[str] | None:
    """Return the blocks of digits in *core*, which begins and ends with a digit; None if more decides than they."""
    if _LETTERS.search(core):
        return None
    blocks = _BLOCKS.findall(core)
    return None if len(blocks) > _MOST_BLOCKS or max(map(len, blocks)) > _LONGEST_BLOCK else blocks


def _parts(blocks: Sequence[str], fewest: int) -> Iterator[str]:
    """Iterate the digits of all runs of *blocks* that are long enough for a number and not too long."""
    for begin in range(len(blocks)):
        digits = ""
        for block in blocks[begin:]:
            digits += block
            if len(digits) > _LONGEST_NUMBER:
                break
            if len(digits) >= fewest:
                yield digits


@lru_cache(maxsize=1 << 18)
def _is_number(digits: str, region: str) -> bool:
    """Return whether *digits*, however they are grouped, are a number in *region* for Presidio's leniency.

    In no region they are those of a number behind a plus sign, which means the same everywhere.
    """
    if region == _ABROAD:
        return len(digits) >= _INTERNATIONAL and _verifies(f"+{digits}", region)
    return len(digits) >= _shortest(region) and _may_verify(digits, region) and _verifies(digits, region)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The numbering plan that a region's numbers without a plus sign follow.

    Attributes:
        abroad: its international prefix, if any.
        country: its country code.
        prefixes: its national prefixes and that of the main region of the country code.
        types: by length, all national numbers under the country code; None where a rule may make others of the digits.
    """

    abroad: re.Pattern[str] | None
    country: str
    prefixes: tuple[re.Pattern[str], ...]
    types: Mapping[int, re.Pattern[str]] | None


def _may_verify(digits: str, region: str) -> bool:
    """Return whether *digits* can be a number in *region*; the parser takes ten times as long.

    Without an international prefix a number has the country code of the region, so that what is left without country
    code and national prefixes is of a type of number (fixed line, mobile, ...) in one of the regions of that code.
    """
    plan = _plan(region)
    if plan.types is None or (plan.abroad is not None and plan.abroad.match(digits)):
        return True
    begins = {0, len(plan.country)} if digits.startswith(plan.country) else {0}
    for _ in range(_PREFIXES):
        matches = (prefix.match(digits, begin) for prefix in plan.prefixes for begin in begins)
        begins = begins | {match.end() for match in matches if match}
    sizes = ((begin, plan.types.get(len(digits) - begin)) for begin in begins)
    return any(one is not None and one.fullmatch(digits, begin) for begin, one in sizes)


@cache
def _plan(region: str) -> _Plan:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, country_code_for_region

    own: Any = PhoneMetadata.metadata_for_region(region)
    country = country_code_for_region(region)
    known = map(PhoneMetadata.metadata_for_region, COUNTRY_CODE_TO_REGION_CODE[country])
    metadata: list[Any] = [one for one in known if one is not None]
    asked = (own, metadata[0])  # those whose rules the parser follows
    prefixes = {one.national_prefix_for_parsing for one in asked if one.national_prefix_for_parsing}
    patterns: dict[int, set[str]] = {}
    for size, pattern in (found for one in metadata for found in _patterns(one)):
        patterns.setdefault(size, set()).add(pattern)
    types = {size: re.compile("|".join(sorted(found))) for size, found in sorted(patterns.items())}
    abroad = re.compile(own.international_prefix) if own.international_prefix else None
    ruled = any(one.national_prefix_transform_rule for one in asked)
    return _Plan(abroad, str(country), tuple(map(re.compile, sorted(prefixes))), None if ruled else types)


def _patterns(metadata: Any) -> Iterator[tuple[int, str]]:
    """Iterate the lengths and patterns of all types of number that the validation of a number looks at."""
    general = metadata.general_desc
    for name in _TYPES:
        one = getattr(metadata, name)
        if one is not None and one.national_number_pattern:
            for size in one.possible_length or general.possible_length:
                yield size, one.national_number_pattern


def _verifies(digits: str, region: str) -> bool:
    from phonenumbers import Leniency, NumberParseException, PhoneNumberMatcher, parse, phonenumbermatcher

    try:
        number = parse(digits, region, keep_raw_input=True)
    except NumberParseException:
        return False
    return phonenumbermatcher._verify(Leniency.VALID, number, digits, PhoneNumberMatcher(digits, region))


@cache
def _shortest(region: str) -> int:
    """Return the fewest digits with which a number of *region* can be written.

    A transformation of the national prefix may add digits that the text does not have.
    """
    from phonenumbers import PhoneMetadata

    metadata: Any = PhoneMetadata.metadata_for_region(region)
    rule = re.sub(r"\\\d", "", metadata.national_prefix_transform_rule or "")
    shortest = min(metadata.general_desc.possible_length) - sum(map(str.isdigit, rule))
    return int(min(shortest, _DIALLING_OUT + _INTERNATIONAL))
