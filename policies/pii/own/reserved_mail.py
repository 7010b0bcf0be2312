"""Find addresses of mail whose host is below no public suffix: reserved names, and top-level domains nobody knows.

Presidio leaves them out, for nobody can be written to there from outside: `.example`, `.test`, `.invalid`, `.local`,
`.internal` and the like (RFC 2606, RFC 6762, RFC 8375). Inside a house they are somebody's address all the same, so
an erasure must find them; whether they are replaced in texts is a setting of the scrubber.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from policies.pii.recognizers import Detector, Span, public_suffix
from policies.pii.search.windows import Gate, email_windows

RECOGNIZER: Final = "corpushub_reserved_mail"

_SCORE: Final = 0.4  # less than that of any other finding that counts, so that it hides none
_LABEL: Final = r"[A-Z0-9](?:[A-Z0-9-]{0,61}[A-Z0-9])?"
_ADDRESS: Final = re.compile(
    rf"(?<![\w.!#$%&'*+/=?^`{{|}}~-])[A-Z0-9_](?:[A-Z0-9._%+'-]{{0,63}}[A-Z0-9_])?@"
    rf"((?:{_LABEL}\.){{1,10}}[A-Z][A-Z0-9-]{{0,62}})(?![\w@])",
    re.IGNORECASE | re.ASCII,
)
_FILES: Final = frozenset(
    ["avif", "bmp", "css", "gif", "htm", "html", "ico", "jpeg", "jpg", "js", "json", "mjs", "pdf", "png", "svg", "webp"]
)
"""Ends of the names of files, which hold an @ for other reasons: icon@2x.png."""


@dataclass(frozen=True, slots=True)
class ReservedMail(Detector):
    """The recognizer; it can stand beside the detectors of policies.pii.recognizers, and reads what they gate."""

    entity: str = "EMAIL_ADDRESS"
    recognizer: Any = RECOGNIZER
    gate: Gate | None = email_windows

    def spans(self, text: str) -> Iterator[Span]:
        """Return the addresses in *text* that are below no public suffix, in order."""
        for found in _ADDRESS.finditer(text):
            host = found[1].lower()
            if host.rpartition(".")[2] not in _FILES and not _is_public(host):
                yield Span(self.entity, *found.span(), _SCORE, self.recognizer)


@lru_cache(maxsize=1 << 12)
def _is_public(host: str) -> bool:
    return public_suffix(host) != ""
