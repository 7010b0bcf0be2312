"""Find payment cards that Presidio's pattern leaves out: 12 and 19 digits, and the ranges that begin with 2.

Presidio's pattern takes 13 to 17 digits that begin with 1, 3, 4, 5 or 6. Cards also have 12, 18 or 19 digits (ISO/IEC
7812-1 allows 8 to 19), and Mastercard, Mir and JCB issue numbers that begin with 2. Every number must be of a range
that a scheme publishes, and end with the right check digit (Luhn; ISO/IEC 7812-1, annex B). One number in ten has it by
chance, so that the rarer lengths count only where a word before says that it is a card.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from policies.pii.context.nearby import word_set, words_before
from policies.pii.recognizers import Detector, Span
from policies.pii.search.windows import Gate

_SCORE: Final = 0.6

_CHAIN: Final = re.compile(r"[0-9](?:[ -]?[0-9]){11,}+")
_LONGEST: Final = 19 + 18  # a separator between all digits
_INSIDE: Final = re.compile(r"[\w.,@#$€£/=+-]")  # before or behind the digits: they are a part of something

_COMMON: Final = re.compile(
    r"""
      4[0-9]{15} | 5[1-5][0-9]{14}                                            # Visa, Mastercard
    | 2(?:22[1-9] | 2[3-9][0-9] | [3-6][0-9]{2} | 7[01][0-9] | 720)[0-9]{12}  # Mastercard
    | 220[0-4][0-9]{12}                                                       # Mir
    | 3[47][0-9]{13} | (?:2131|1800)[0-9]{11} | 35(?:2[89]|[3-8][0-9])[0-9]{12}  # American Express, JCB
    """,
    re.VERBOSE,
)
_RARE: Final = re.compile(
    r"""
      4[0-9]{12} (?:[0-9]{6})?                                                # Visa
    | 3(?:0[0-5]|[689][0-9])[0-9]{11}                                         # Diners Club
    | 6[0-9]{11,18} | 5[0678][0-9]{10,17}                                     # Maestro, Discover, UnionPay
    | 220[0-4][0-9]{13,15} | 35(?:2[89]|[3-8][0-9])[0-9]{13,15}
    """,
    re.VERBOSE,
)

_WORDS: Final = word_set(
    "card cards credit debit visa mastercard maestro amex discover jcb diners unionpay mir "
    "karte kreditkarte carte tarjeta carta cartão kaart kort karta карта карты"
)
_REACH: Final = 5  # words from "card" to its number


@dataclass(frozen=True, slots=True)
class CardRanges(Detector):
    """The recognizer; it can stand beside the detectors of policies.pii.recognizers and reads each text in full."""

    entity: str = "CREDIT_CARD"
    recognizer: Any = "corpushub_card"
    gate: Gate | None = None

    def spans(self, text: str) -> Iterator[Span]:
        """Return the card numbers in *text*, in order."""
        for chain in _CHAIN.finditer(text):
            start, end = chain.span()
            if end - start <= _LONGEST and _stands_alone(text, start, end) and _is_card(text, start, end):
                yield Span(self.entity, start, end, _SCORE, self.recognizer)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Return whether the stretch is not a part of a longer number, word or amount."""
    before, behind = text[max(0, start - 1) : start], text[end : end + 1]
    ends = behind in (".", ",") and not text[end + 1 : end + 2].isdigit()  # of a sentence
    return not _INSIDE.match(before) and (ends or not _INSIDE.match(behind))


def _is_card(text: str, start: int, end: int) -> bool:
    digits = re.sub("[^0-9]", "", text[start:end])
    common = _COMMON.fullmatch(digits)
    if not (common or _RARE.fullmatch(digits)) or not passes_luhn(digits):
        return False
    return bool(common) or any(word in _WORDS for word in words_before(text, start, _REACH))


def passes_luhn(digits: str) -> bool:
    """Return whether the last of *digits* is the right check digit for the others."""
    kept, doubled = digits[-1::-2], digits[-2::-2]
    return (sum(map(int, kept)) + sum(sum(divmod(2 * int(digit), 10)) for digit in doubled)) % 10 == 0
