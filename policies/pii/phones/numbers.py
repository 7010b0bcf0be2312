"""Which digits can be a phone number at all: libphonenumber's own answer, asked once for each string of digits.

Presidio's phone recognizer runs libphonenumber's matcher once for each region and costs a millisecond for a date. The
matcher accepts a candidate only if the digits of one of its parts verify as a number; those parts consist of whole
blocks of digits that follow each other. So a window in which no such string of digits verifies holds no number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache, partial
from typing import Any, Final

from policies.pii.phones.numbering_plans import may_verify, may_verify_abroad, shortest
from policies.pii.search.windows import Gate, phone_windows

PHONE_REGIONS: Final = ("US", "GB", "DE", "FR", "IL", "IN", "CA", "BR")
"""The regions that Presidio's phone recognizer asks libphonenumber about by default."""

_INTERNATIONAL: Final = 6  # fewest digits of a number with its country code, over all that libphonenumber knows
_DIALLING_OUT: Final = 1  # fewest digits of an international prefix
_LONGEST_BLOCK: Final = 20  # digits; the matcher cuts longer blocks
_LONGEST_NUMBER: Final = 36  # digits: 17, and what stands before them (international prefix, carrier, country code)
_MOST_BLOCKS: Final = 40  # beyond that the recognizer is not slower than trying all parts
_BLOCKS: Final = re.compile(r"[0-9]+")
_PLUS: Final = re.compile("[+\uff0b]")
_ABROAD: Final = "ZZ"  # libphonenumber's code for no region: a number with a plus sign has none
_LETTERS: Final = re.compile(r"(?:x[^x]*){3}|xt|int|anexo|[^\W!-~]", re.IGNORECASE)
"""Three letters stand for digits, as may other scripts; between digits only x and the labels of extensions count."""
_PLAIN: Final = re.compile(r"[0-9 ()\[\]./\u00a0\u2010-\u2015-]+")
"""Digits and signs that only separate them: a candidate of these means what its digits mean."""


@cache
def phone_gate(regions: tuple[str, ...]) -> Gate:
    """Return the gate of Presidio's phone recognizer for *regions* (CLDR codes known to libphonenumber)."""
    fewest = _fewest(regions)
    return partial(phone_windows, fewest=fewest, possible=partial(_possible, fewest=fewest, regions=regions))


def numbers_within(window: str, regions: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Iterate where in *window*, which the gate let through, Presidio's phone recognizer finds a number.

    A number is yielded once for each of the regions in which it is one. Up to its first number the matcher takes the
    same way in each region; so it goes that way once, to see for which regions it must go again.
    """
    look, find = _matchers()
    likely = look(window, regions).regions()
    for region in (one for one in regions if one in likely):
        for match in find(window, region, regions):
            yield match.start, match.end


def _possible(window: str, first: int, last: int, *, fewest: int, regions: tuple[str, ...]) -> bool:
    """Return whether a number can be in *window*, of which the outer digits stand at *first* and *last*."""
    blocks = _clear_blocks(window[first : last + 1])
    if blocks is None:
        return True
    asked = (_ABROAD, *regions) if _PLUS.search(window) else regions
    return any(_numbers(digits, asked) for digits in _parts(blocks, fewest))


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
def _numbers(digits: str, regions: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of *regions* in which *digits*, however they are grouped, are a number for Presidio's leniency.

    In no region they are those of a number behind a plus sign, which means the same everywhere.
    """
    return tuple(region for region in regions if _is_number(digits, region))


def _is_number(digits: str, region: str) -> bool:
    if region == _ABROAD:
        return len(digits) >= _INTERNATIONAL and may_verify_abroad(digits) and _verifies(f"+{digits}", region)
    return len(digits) >= _shortest(region) and may_verify(digits, region) and _verifies(digits, region)


def _verifies(digits: str, region: str) -> bool:
    from phonenumbers import Leniency, NumberParseException, PhoneNumberMatcher, parse, phonenumbermatcher

    try:
        number = parse(digits, region, keep_raw_input=True)
    except NumberParseException:
        return False
    return phonenumbermatcher._verify(Leniency.VALID, number, digits, PhoneNumberMatcher(digits, region))


def _fewest(regions: tuple[str, ...]) -> int:
    return min([_INTERNATIONAL, *map(_shortest, regions)])


@cache
def _shortest(region: str) -> int:
    """Return the fewest digits with which a number can be written in *region*."""
    return min(shortest(region), _DIALLING_OUT + _INTERNATIONAL)


def _plain_numbers(candidate: str, regions: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of *regions* in which a candidate of the matcher may be a number."""
    return _numbers("".join(_BLOCKS.findall(candidate)), regions) if _PLAIN.fullmatch(candidate) else regions


@cache
def _matchers() -> tuple[Any, Any]:
    """Return two of libphonenumber's matchers that do not parse what cannot be a number.

    The first only looks in which regions there may be one, the second finds them.
    """
    from phonenumbers import PhoneNumberMatch, PhoneNumberMatcher

    class Look(PhoneNumberMatcher):
        def __init__(self, text: str, asked: tuple[str, ...]) -> None:
            super().__init__(text, None)
            self.asked = asked
            self.likely: set[str] = set()

        def regions(self) -> set[str]:
            self.has_next()
            return self.likely

        def _parse_and_verify(self, candidate: str, offset: int) -> None:
            self.likely.update(_plain_numbers(candidate, self.asked))

    class Find(PhoneNumberMatcher):
        def __init__(self, text: str, region: str, asked: tuple[str, ...]) -> None:
            super().__init__(text, region)
            self.asked = asked

        def _parse_and_verify(self, candidate: str, offset: int) -> PhoneNumberMatch | None:
            if self.preferred_region not in _plain_numbers(candidate, self.asked):
                return None
            return super()._parse_and_verify(candidate, offset)

    return Look, Find
