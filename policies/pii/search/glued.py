"""Set values apart from what is glued to them, so that Presidio's recognizers see them.

Their patterns begin and end at the border of a word (\\b), and to them every letter is one: so a number or an address
with Han, kana, Hangul, Thai or Cyrillic letters right beside it, with Markdown's underscores around it, or with
no-break spaces between its groups is none, or takes its neighbours along. Here such places are found, and each is
written out once more with a space between the scripts, plain spaces and hyphens, and without the marks. What
recognizers find there is a finding in the text at the same place.

Only tokens that may hold a value are looked at, each with the words around it; time is linear in the text.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, NamedTuple

from policies.pii.recognizers import Detector, Span
from policies.pii.search.scan import Limits, Scan, scan_texts

RECOGNIZER: Final = "corpushub_glued"
"""What stands before the name of the recognizer of such a finding."""

_SPACES: Final = "\u00a0\u2000-\u200a\u202f\u205f\u3000"
_HYPHENS: Final = "\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
_WIDE: Final = "\uff01-\uff5e"  # full-width forms of ASCII
_PLAIN: Final = str.maketrans(
    dict.fromkeys((160, *range(8192, 8203), 8239, 8287, 12288), " ")
    | dict.fromkeys((*range(8208, 8214), 8722, 65112, 65123), "-")
    | {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
)

_FEWEST_DIGITS: Final = 6  # of a value: a short phone number; an IP address has three dots as well
_SHORTEST_MAIL: Final = 6  # "a@b.cd"
_BEFORE, _BEHIND = 160, 48  # code points around a token in which words may say what it is
_LONGEST: Final = 320  # code points of a token; what is longer is no value, but an address of mail may be that long


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text with its values set apart.

    Attributes:
        text: the stretch, written out.
        places: where each of its code points stands in the whole text; what is put in stands where the next does.
        tokens: where in *text* the tokens begin and end that may hold a value, in order.
        touched: places in *text* at which it differs from the whole text, in order.
    """

    text: str
    places: Sequence[int]
    tokens: Sequence[tuple[int, int]]
    touched: Sequence[int]

    def lift(self, span: Span) -> Span | None:
        """Return *span* of the piece as one of the whole text; None unless setting apart had a part in it."""
        if bisect_left(self.touched, span.start - 1) == bisect_right(self.touched, span.end + 1):
            return None
        token = bisect_right(self.tokens, (span.start, len(self.text))) - 1
        if token < 0 or span.end > self.tokens[token][1]:
            return None
        start, end = self.places[span.start], self.places[span.end - 1] + 1
        return replace(span, start=start, end=end, recognizer=f"{RECOGNIZER}:{span.recognizer}")


def pieces(text: str) -> Iterator[Piece]:
    """Iterate the stretches of *text* in which something is glued to what may be a value, in order."""
    if text.isascii() and not any(mark in text for mark in "_*~`"):
        return
    near: list[_Token] = []
    for token in _glued(text):
        if near and token.begin - _BEFORE > near[-1].end + _BEHIND:
            yield _written_out(text, near)
            near = []
        near.append(token)
    if near:
        yield _written_out(text, near)


def scan_glued(texts: Sequence[str], detectors: Sequence[Detector], limits: Limits, min_score: float) -> Scan:
    """Search what is glued to others in *texts* with *detectors*, as scan_texts searches the rest."""
    found = [(document, piece) for document, text in enumerate(texts) for piece in pieces(text)]
    inner = scan_texts([piece.text for _, piece in found], detectors, limits, min_score) if found else Scan()
    scan = Scan(problems=inner.problems)
    for number, (document, piece) in enumerate(found):
        lifted = [one for span in inner.spans.get(number, ()) if (one := piece.lift(span))]
        if lifted:
            scan.spans.setdefault(document, []).extend(lifted)
        if number in inner.status:
            scan.stop(document, inner.status[number])
    return scan


def without_swallowed(spans: Iterable[Span]) -> list[Span]:
    """Return *spans* of one text without those that take along what a finding of ours sets apart."""
    kept: list[Span] = []
    exact: dict[str, list[Span]] = {}
    for span in spans:
        group = exact.setdefault(span.entity, []) if span.recognizer.startswith(RECOGNIZER) else kept
        group.append(span)
    starts = {entity: sorted((one.start, one.end, one.score) for one in group) for entity, group in exact.items()}
    kept = [one for one in kept if not _swallows(one, starts.get(one.entity, ()))]
    return [*kept, *(one for group in exact.values() for one in group)]


def _swallows(span: Span, exact: Sequence[tuple[int, int, float]]) -> bool:
    """Tell whether *span* holds the first of *exact* (start, end and score, in order) that begins in it, and more."""
    place = bisect_left(exact, (span.start, 0, 0.0))
    if place == len(exact) or exact[place][1] > span.end:
        return False
    start, end, score = exact[place]
    return (start, end) != (span.start, span.end) and span.score <= score


class _Token(NamedTuple):
    """A token of a text that may hold a value: its place, how it is written out, and where spaces are put in."""

    begin: int
    end: int
    plain: str
    cuts: Sequence[int]


def _glued(text: str) -> Iterator[_Token]:
    """Iterate the tokens of *text* that may hold a value and are not written as they stand."""
    for begin, end in _around_anchors(text):
        written = text[begin:end]
        if end - begin > _LONGEST or not _may_be_value(written):
            continue
        cuts = [at for at in range(max(begin, 1), min(end, len(text) - 1) + 1) if _is_border(text[at - 1], text[at])]
        plain = _without_marks(written.translate(_PLAIN))
        if cuts or plain != written:
            yield _Token(begin, end, plain, cuts)


def _around_anchors(text: str) -> Iterator[tuple[int, int]]:
    """Iterate where the tokens of *text* begin and end that hold what each value has: an @, digits, dots or colons."""
    done = 0
    for anchor in _anchors().finditer(text):
        at = anchor.start()
        if at < done:
            continue
        first = max(done, at - _LONGEST)
        gap = _breaks().search(text, first, at + 1)
        found = _tokens().search(text, gap.end() if gap else first)
        while found.end() <= at:
            found = _tokens().search(text, found.end())
        done = found.end()
        yield found.span()


def _may_be_value(token: str) -> bool:
    if "@" in token or "\uff20" in token:
        return len(token) >= _SHORTEST_MAIL
    return sum(map(str.isdecimal, token)) >= _FEWEST_DIGITS or token.count(":") > 1 or token.count(".") > 2


def _written_out(text: str, tokens: Sequence[_Token]) -> Piece:
    """Return the stretch of *text* around *tokens*, which are near each other, as a piece."""
    at = _word_begin(text, max(tokens[0].begin - _BEFORE, 0), tokens[0].begin)
    out: list[str] = []
    places: list[int] = []
    bounds: list[tuple[int, int]] = []
    touched: list[int] = []
    for token in tokens:
        out.append(text[at : token.begin])
        places.extend(range(at, token.begin))
        opened = len(places)
        for at in range(token.begin, token.end + 1):
            if at in token.cuts:
                touched.append(len(places))
                out.append(" ")
                places.append(at)
            if at < token.end:
                character = token.plain[at - token.begin]
                if character != text[at]:
                    touched.append(len(places))
                out.append(character)
                places.append(at)
        bounds.append((opened, len(places)))
    end = min(tokens[-1].end + _BEHIND, len(text))
    out.append(text[at:end])
    places.extend(range(at, end))
    return Piece("".join(out), places, bounds, touched)


def _word_begin(text: str, first: int, last: int) -> int:
    """Return where in text[first:last] the first word begins that is whole."""
    return text.find(" ", first, last) + 1 or first if first else 0


def _is_border(before: str, behind: str) -> bool:
    """Tell whether a letter of another script than Latin meets what may be a part of a value."""
    if _is_foreign(behind) and before in ".-":
        return True  # the end of a sentence, or a dash
    return _is_foreign(before) is not _is_foreign(behind) and _may_touch(before) and _may_touch(behind)


def _may_touch(character: str) -> bool:
    return character.isalnum() or character in "+(_"


@cache
def _is_foreign(character: str) -> bool:
    return _foreign().match(character) is not None


def _without_marks(token: str) -> str:
    """Return *token* with the marks of Markdown around values, and what joins them to names, as spaces."""
    return str(_marks().sub(lambda found: " " * len(found[0]), token))


@cache
def _foreign() -> Any:
    import regex  # type: ignore[import-untyped]

    return regex.compile(r"[\p{L}\p{M}--[\p{Latin}\p{Inherited}]]", regex.V1)


_INSIDE: Final = f"!-~\u00c0-\u024f{_WIDE}{_HYPHENS}"


@cache
def _anchors() -> Any:
    """Return the pattern of what each token has that may be a value: an @, six digits, an IPv4 address, two colons."""
    import regex

    digit, gap = "[0-9\uff10-\uff19]", rf"[-./()+ \uff08\uff09\uff0b\uff0e\uff0f{_SPACES}{_HYPHENS}]{{0,2}}"
    address = r"\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]"
    return regex.compile(
        rf"[@\uff20]|{digit}(?:(?:{gap}{digit}){{{_FEWEST_DIGITS - 1}}}|{address})|:[0-9A-Fa-f]{{0,4}}:"
    )


@cache
def _breaks() -> Any:
    """Return the pattern, searched for from behind, of what stands between tokens."""
    import regex

    spaces = f"[ {_SPACES}]"
    return regex.compile(rf"(?r)[^ {_INSIDE}{_SPACES}]|(?<![0-9A-Z)]){spaces}|{spaces}(?![0-9A-Z(])")


@cache
def _tokens() -> Any:
    """Return the pattern of tokens: what may be in values, with single spaces between digits and capitals."""
    import regex

    inside = f"[{_INSIDE}]"
    return regex.compile(rf"{inside}++(?:(?<=[0-9A-Z)])[ {_SPACES}](?=[0-9A-Z(]){inside}++)*+")


@cache
def _marks() -> Any:
    """Return the pattern of what is no part of a value: marks in pairs around it, or behind it, and underscores.

    These are not in names of hosts, and between a number and letters they join two names.
    """
    import regex

    pair, behind = r"(?<![\w*~`])[_*~`]{1,3}(?=[+(\w][^\s]*?[\w)][_*~`]{1,3}(?!\w))", r"(?<=[\w)])[_*~`]{1,3}(?!\w)"
    host = r"(?<=@[^\s@_]{1,253})_"
    name = r"(?<=[^\W\d_])_(?=[0-9+(])|(?<=[0-9)])_(?=[^\W\d_])"
    return regex.compile(f"{pair}|{behind}|{host}|{name}")
