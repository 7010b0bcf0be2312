"""Where in a batch of texts a recognizer can find anything: cheap, exact gates before the costly recognizers.

Each gate rests on what its recognizer's patterns can match (presidio-analyzer 2.2.366, phonenumbers 9.0). It answers
with windows, such that the recognizer finds in the windows, each taken alone, exactly the spans that it finds in the
whole text. The argument stands at each gate; the differential tests check it.

Positions are code points of one string that holds the texts of a batch, a line feed before, between and after them;
no pattern of the gated recognizers matches a line feed, so that no window and no match crosses from text to text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]

_DIGIT: Final = 1  # \d of the re or the regex module
_WORD: Final = 2  # \w of the regex module
_LOCAL: Final = 4  # may stand before the @ of an e-mail address
_ADDRESS: Final = 8  # may stand in an IP address with its zone and mask
_PHONE: Final = 16  # may stand between the digits of a phone number or before its extension
_HEX: Final = 32  # ASCII hexadecimal digit
_SPACES: Final = 64  # \s of the regex module

_AT, _DOT, _COLON, _SPACE, _HYPHEN = (ord(character) for character in "@.: -")

_SHORTEST_DOMAIN: Final = 3  # "a.b"
_CARD_DIGITS: Final = 13  # fewest digits that the card pattern matches: 4 + 3 + 3 + 3
_PHONE_LEAD: Final = 11  # two brackets or plus signs with four characters each before the first digit, one of context
_PHONE_TAIL: Final = 3  # a number sign that ends an extension, one character of context


@dataclass(frozen=True, slots=True)
class Batch:
    """The texts of a batch as one string.

    Attributes:
        text: the texts, a line feed before, between and after them.
        starts: int64 n + 1, where each text begins in *text*; the last is one past the final line feed.
        codes: uint32, the code points of *text*.
        kinds: uint8, for each code point the bits of its character classes.
    """

    text: str
    starts: Positions
    codes: npt.NDArray[np.uint32]
    kinds: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Batch:
        """Join *texts*; they hold no lone surrogates."""
        text = "\n" + "".join(f"{one}\n" for one in texts)
        codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        starts = np.concatenate([[0], np.cumsum(lengths + 1)]) + 1
        return cls(text, starts, codes, _classes()[codes])

    def is_a(self, kind: int) -> npt.NDArray[np.bool_]:
        """Return for each code point whether it is of a class in *kind*."""
        member: npt.NDArray[np.bool_] = (self.kinds & kind) != 0
        return member

    def is_space(self) -> npt.NDArray[np.bool_]:
        """Return for each code point whether it is white space."""
        return self.is_a(_SPACES)


@dataclass(frozen=True, slots=True)
class Windows:
    """m windows on a batch, in order.

    Attributes:
        begins: int64 m, first code point of the window, its context included.
        ends: int64 m, one past its last code point.
        first: int64 m; a span that ends at or before it belongs to the context and is not the window's.
    """

    begins: Positions
    ends: Positions
    first: Positions


Gate = Callable[[Batch], Windows]


def email_windows(batch: Batch) -> Windows:
    """Return the windows in which Presidio's e-mail pattern matches.

    The pattern is a local part of letters, digits and !#$%&'*+-/=?^_`{|}~. that neither begins nor ends with a dot, an
    @, and a domain of \\w and hyphens with a dot in it, between two \\b. So it contains one @ with a local character
    other than a dot before it and a \\w behind it, begins after any earlier @ and any earlier match, and ends where the
    longest domain ends: the classes inside the domain are disjoint, so it can match in one way only, and what follows
    is no \\w. A window is the local run up to that end; one that begins inside an earlier window is joined to it.
    """
    at = np.flatnonzero(batch.codes == _AT)
    before, behind = batch.kinds[at - 1], batch.kinds[at + 1]
    at = at[((before & _LOCAL) != 0) & (batch.codes[at - 1] != _DOT) & ((behind & _WORD) != 0)]
    if not at.size:
        return _none()
    breaks = np.flatnonzero(~batch.is_a(_LOCAL))
    place = np.searchsorted(breaks, at)  # an @ is a break itself
    rows = np.stack([breaks[place - 1] + 1, at + 1, breaks[place + 1]], axis=1)
    rows = rows[rows[:, 2] - rows[:, 1] >= _SHORTEST_DOMAIN].tolist()
    begins, ends = _joined((run, end) for run, *domain in rows if (end := _domain_end(batch.text, *domain)))
    return Windows(begins - 1, ends + 1, begins)


def card_windows(batch: Batch) -> Windows:
    """Return the windows in which Presidio's credit card pattern can match.

    It matches 13 to 17 digits, at most one hyphen or space between two of them, between two \\b; its look-ahead reads
    at most one character more. So a match lies in a chain of digits with such gaps, and one character on either side
    of the chain is all the context it reads.
    """
    digits = np.flatnonzero(batch.is_a(_DIGIT))
    gaps = np.diff(digits)
    separators = batch.codes[digits[:-1] + 1] if digits.size else gaps
    linked = (gaps == 1) | ((gaps == 2) & ((separators == _SPACE) | (separators == _HYPHEN)))
    head, tail = _chains(len(digits), ~linked, _CARD_DIGITS)
    return Windows(digits[head] - 1, digits[tail] + 2, digits[head])


def ip_windows(batch: Batch) -> Windows:
    """Return the windows in which one of Presidio's IP patterns can match.

    All of them match letters, digits, and the signs . : % / only and look one character to either side, so a match
    lies in a run of such characters. The IPv4 pattern needs three dots between digits, each at most four characters
    after the one before. Every IPv6 pattern begins where neither a \\w nor a colon stands before it, and has only
    hexadecimal digits and colons up to a double colon or up to its sixth colon.
    """
    hits = np.concatenate([_dotted(batch), _coloned(batch)])
    if not hits.size:
        return _none()
    breaks = np.flatnonzero(~batch.is_a(_ADDRESS))
    after = np.unique(np.searchsorted(breaks, hits))
    begins = breaks[after - 1]
    return Windows(begins, breaks[after] + 1, begins + 1)


def phone_windows(batch: Batch, fewest: int, possible: Callable[[str, int, int], bool]) -> Windows:
    """Return the windows in which libphonenumber's matcher can find a number of at least *fewest* digits.

    Its candidates are digits joined by a few characters of a fixed class, or by an extension label, of which all
    characters are in that class too; a digit that follows any other character begins a new candidate. In front of a
    candidate's first digit stand at most ten characters of it, and the matcher looks at one character to either side.
    Of the windows so found only those stay for which *possible* is true, given the window's text and where in it the
    first digit and the last stand.
    """
    digits = np.flatnonzero(batch.is_a(_DIGIT))
    foreign = np.cumsum(~batch.is_a(_DIGIT | _PHONE), dtype=np.int64)[digits]
    head, tail = _chains(len(digits), np.diff(foreign) > 0, fewest)
    padded = np.concatenate([[-1], digits, [len(batch.codes)]])
    first, last = digits[head], digits[tail]
    begins = np.maximum(first - _PHONE_LEAD, padded[head] + 1)
    ends = np.minimum(last + _PHONE_TAIL, padded[tail + 2])
    rows = np.stack([begins, ends, first - begins, last - begins], axis=1).tolist()
    stay = np.array([possible(batch.text[begin:end], *inside) for begin, end, *inside in rows], np.bool_)
    return Windows(begins[stay], ends[stay], first[stay])


def _none() -> Windows:
    return Windows(*(np.empty(0, np.int64) for _ in range(3)))


def _dotted(batch: Batch) -> Positions:
    """Return the first dot of each three that an IPv4 address may have."""
    dots = np.flatnonzero(batch.codes == _DOT)
    dots = dots[(batch.kinds[dots - 1] & batch.kinds[dots + 1] & _DIGIT) != 0]
    near: Positions = dots[:-2][dots[2:] - dots[:-2] <= 8]
    return near


def _coloned(batch: Batch) -> Positions:
    """Return a colon of each IPv6 address: the first of a double colon, or the sixth."""
    colons = np.flatnonzero(batch.codes == _COLON)
    double = colons[(batch.codes[colons + 1] == _COLON) & (batch.codes[colons - 1] != _COLON)]
    spread = colons[5:] - colons[:-5]  # five groups of one to four digits, a colon after each
    sixth = colons[5:][(spread >= 10) & (spread <= 25)]
    hits = np.unique(np.concatenate([double, sixth]))
    if not hits.size:
        return hits
    colon = batch.codes == _COLON
    outside = np.flatnonzero(~(batch.is_a(_WORD) | colon))
    foreign = np.flatnonzero(~(batch.is_a(_HEX) | colon))
    pure: Positions = hits[outside[np.searchsorted(outside, hits) - 1] == foreign[np.searchsorted(foreign, hits) - 1]]
    return pure


def _chains(digits: int, cut: npt.NDArray[np.bool_], fewest: int) -> tuple[Positions, Positions]:
    """Return the first and last member, counted among all digits, of each chain of at least *fewest* digits.

    *cut* tells for each digit but the last whether its chain ends with it.
    """
    edges = np.flatnonzero(cut)
    head = np.concatenate([[0], edges + 1])
    tail = np.concatenate([edges, [digits - 1]])
    long = tail - head + 1 >= fewest
    return head[long], tail[long]


def _joined(found: Iterable[tuple[int, int]]) -> tuple[Positions, Positions]:
    """Join overlapping (begin, end) pairs, given in order of their ends."""
    begins: list[int] = []
    ends: list[int] = []
    for begin, end in found:
        if ends and begin < ends[-1]:
            ends[-1] = end
        else:
            begins.append(begin)
            ends.append(end)
    return np.array(begins, np.int64), np.array(ends, np.int64)


def _domain_end(text: str, start: int, bound: int) -> int | None:
    """Return where the longest domain with a dot that begins at *start* ends, at most at *bound*; None if none begins.

    The bound is not for the answer: without it the engine looks for a dot in all the rest of the text.
    """
    match = _domain().match(text, start, bound)
    return None if match is None else int(match.end())


@cache
def _domain() -> Any:
    import regex  # type: ignore[import-untyped]

    return regex.compile(r"\w++(?:-++\w++)*+(?:\.\w++(?:-++\w++)*+)++")


@cache
def _classes() -> npt.NDArray[np.uint8]:
    """Return for each code point the bits of its classes, as the engines behind the recognizers see them.

    Asking the engines themselves settles what Unicode version and case folding they know.
    """
    import re

    import regex
    from phonenumbers import phonenumbermatcher, phonenumberutil

    phone = "".join(sorted(set(phonenumbermatcher._PATTERN.pattern)))
    folded = regex.IGNORECASE
    table = np.zeros(0x110000, np.uint8)
    for kind, pattern in (
        (_DIGIT, re.compile(r"\d+")),
        (_DIGIT, regex.compile(r"\d+")),
        (_WORD, regex.compile(r"\w+")),
        (_LOCAL, regex.compile(r"[!#$%&'*+\-/=?^_`{|}~.\w]+", folded)),
        (_ADDRESS, regex.compile(r"[0-9A-Za-z.:%/\d]+", folded)),
        (_PHONE, re.compile(f"[{phonenumberutil._VALID_PUNCTUATION}:\\t{re.escape(phone)}]+", re.IGNORECASE)),
        (_HEX, regex.compile(r"[0-9A-Fa-f]+", folded)),
        (_SPACES, regex.compile(r"\s+")),
    ):
        for match in pattern.finditer(every_character()):
            table[match.start() : match.end()] |= kind
    return table


@cache
def every_character() -> str:
    """Return all code points in order; a private-use character stands in for each surrogate, which no text holds."""
    codes = np.arange(0x110000, dtype=np.uint32)
    codes[0xD800:0xE000] = 0xE000
    return codes.tobytes().decode("utf-32-le")
