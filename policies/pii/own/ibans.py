"""Find account numbers of countries that joined the IBAN registry after Presidio's list of them was made.

Source: SWIFT's IBAN registry, release 100 (2025): codes and lengths. Check digits as in ISO 13616 (modulo 97).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from policies.pii.recognizers import Detector, Span
from policies.pii.search.windows import Gate

_SCORE: Final = 1.0

_LENGTHS: Final = {
    "BI": 27,
    "DJ": 27,
    "FK": 18,
    "HN": 28,
    "MN": 20,
    "NI": 28,
    "OM": 23,
    "RU": 33,
    "SD": 18,
    "SO": 23,
    "ST": 25,
    "SV": 28,
    "YE": 30,
}
"""Characters of an account number by the country's code."""

_NUMBER: Final = re.compile(
    rf"(?<![A-Z0-9])(?:{'|'.join(rf'{code}[0-9]{{2}}(?:[ -]?[A-Z0-9]){{{n - 4}}}' for code, n in _LENGTHS.items())})"
    "(?![A-Z0-9])",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class MoreIbans(Detector):
    """The recognizer; it can stand beside the detectors of policies.pii.recognizers and reads each text in full."""

    entity: str = "IBAN_CODE"
    recognizer: Any = "corpushub_iban"
    gate: Gate | None = None

    def spans(self, text: str) -> Iterator[Span]:
        """Return the account numbers in *text* whose check digits are right, in order."""
        for found in _NUMBER.finditer(text):
            if _remainder(re.sub("[ -]", "", found[0])) == 1:
                yield Span(self.entity, *found.span(), _SCORE, self.recognizer)


def _remainder(number: str) -> int:
    return int("".join(str(int(one, 36)) for one in number[4:] + number[:4])) % 97
