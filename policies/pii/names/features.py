"""Tokens and sentences of a text, and what the tagger looks at in a token.

All that a token contributes depends on the token alone and on how far it stands from the one to be tagged, or on the
classes of two neighbours. So the weights of a distinct word are added up once, however often it occurs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

Token = tuple[str, int, int]
"""A token and the code points that it begins and ends at."""

OFFSETS: Final = (-2, -1, 0, 1, 2)
"""Where a token whose features count may stand from the one to be tagged."""

PAIRS: Final = ((-1, 0), (0, 1), (-1, 1))
"""Which neighbours' classes are looked at together."""

STYLED: Final = len(PAIRS)
"""The number of the pair of a sentence's style and a token's classes."""

KINDS: Final = "abc"
"""Names of the kinds of classes."""

PAD: Final = ""
"""Stands for what is before and after a sentence."""

LONGEST_SENTENCE: Final = 200  # tokens; longer ones are cut

_TOKEN: Final = re.compile(
    r"""
      \n\s*                                            # line breaks
    | (?:https?://|www\.)\S+                           # addresses
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+
    | [@\#]\w+                                         # handles and tags
    | (?:[^\W\d_]\.){2,}                               # U.S.
    | [A-Z]\.(?=\s+[A-Z])                              # an initial
    | \d+(?:[.,:/]\d+)*(?!\w)
    | [^\W_]+(?:['’](?!(?:s|m|d|t|re|ll|ve|S)\b)[^\W\d_]+)*
    | ['’](?:s|m|d|t|re|ll|ve|S)\b
    | [^\w\s] | _
    """,
    re.VERBOSE,
)
_ENDS: Final = frozenset(".!?")
_CLOSING: Final = frozenset("\"')]”’»")
_TITLES: Final = frozenset(
    """
    mr mrs ms dr prof st rev hon gen col maj capt lt sgt sen rep gov pres jr sr vs no fig vol ed dept
    """.split()  # noqa: SIM905 - a list would be eight times as high
)
_WRAPPED: Final = range(56, 101)  # code points of a line that was probably broken to fit a page
_SOCIAL: Final = "@#"
_SURE_PLACE: Final = 8 | 16 | 32 | 64  # of gazetteers.Place
_SHORT: Final = 4  # words of a sentence without a style
_CAPITALS: Final = frozenset({"X", "X.", "XX", "Xx", "XxX"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a lower-cased word from other texts.

    Attributes:
        fine, coarse: the clusters of words with like neighbours that it belongs to; 0 if it is rare.
        cased: how often it begins with a capital inside sentences, 1 (never) to 5 (always); 0 if it is rare.
        place: the bits of gazetteers.Place.
        named: 1 to 16, how often a first model took it for a person or a place where it has a capital; 0 if it is rare.
        person: the bits of gazetteers.Person.
        written: how a dictionary writes it: 1 in small letters, 2 with a capital, 3 both; 0 if it has not got it.
    """

    fine: int = 0
    coarse: int = 0
    cased: int = 0
    place: int = 0
    named: int = 0
    person: int = 0
    written: int = 0


Lexicon = dict[str, Entry]
UNKNOWN: Final = Entry()


def tokens(text: str) -> list[Token]:
    """Return the tokens of *text*; a run of line breaks with the space behind it is one."""
    return [(match[0], *match.span()) for match in _TOKEN.finditer(text)]


def sentences(found: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Iterate the sentences of tokens as (first, one past the last); the line breaks that end them belong to none.

    A line break ends a sentence unless the line is as long as those of hard-wrapped text are and has no stop at its
    end; then it stays inside the sentence as a token.
    """
    first, line = 0, 0
    for place, (word, start, end) in enumerate(found):
        if word[0] == "\n":
            if not (word == "\n" and start - line in _WRAPPED and place > first and found[place - 1][0] not in _ENDS):
                yield from _cut(first, place)
                first = place + 1
            line = end
        elif place > first and _begins(found, place):
            yield from _cut(first, place)
            first = place
    yield from _cut(first, len(found))


def _begins(found: Sequence[Token], place: int) -> bool:
    """Return whether a sentence begins at *place* because the one before has ended."""
    word, start, _ = found[place]
    last, _, end = found[place - 1]
    if start == end or not (word[0].isupper() or word[0] in "\"'“‘«" or word[0].isdigit()):
        return False
    if last in _CLOSING and place > 1:
        last = found[place - 2][0]
        return last in _ENDS
    return last in _ENDS and (last != "." or place < 2 or found[place - 2][0].lower() not in _TITLES)


def _cut(first: int, last: int) -> Iterator[tuple[int, int]]:
    for begin in range(first, last, LONGEST_SENTENCE):
        yield begin, min(begin + LONGEST_SENTENCE, last)


@lru_cache(1 << 15)
def shape(word: str) -> str:
    """Return the class of a token's look."""
    if word == PAD:
        return "pad"
    head = word[0]
    if head in _SOCIAL and len(word) > 1:
        return head
    if "://" in word or word.startswith("www.") or "@" in word[1:]:
        return "url"
    if head.isalpha():
        return _letters(word)
    if head.isdigit():
        return f"d{min(len(word), 5)}" if word.isdecimal() else "dx"
    return "nl" if head == "\n" else f"p{head}" if head in ".,!?:;\"'’()-/&*“”" else "p"


def _letters(word: str) -> str:
    if word.islower():
        return "x"
    if not word[0].isupper():
        return "xX" if word[0].islower() else "uncased"
    if "." in word:
        return "X."
    if len(word) == 1:
        return "X"
    if word.isupper():
        return "XX"
    return "Xx" if word[1:].islower() else "XxX"


def features(word: str, lexicon: Lexicon) -> list[list[str]]:
    """Return the features of *word* for each of OFFSETS."""
    look = shape(word)
    low = word.lower() if look not in {"@", "#", "url", "nl"} else look
    entry = lexicon.get(low, UNKNOWN)
    far = [f"w{low}", f"s{look}", f"c{entry.coarse}", f"f{entry.fine}"]
    near = [*far, f"g{entry.cased}{look}", f"p{entry.place}{look}", f"t{entry.named}{look}", f"3{low[-3:]}"]
    near += [f"q{bit}{look}" for bit in _bits(entry.place)] + [f"y{bit}{look}" for bit in _bits(entry.person)]
    near += [f"m{entry.written}{look}", f"M{entry.written}{entry.cased}{look}"]
    mixed = [f"c{entry.coarse}{look}", f"f{entry.fine}{look}", f"v{entry.place}{entry.cased}", f"W{word}"]
    mixed += [f"y{entry.person}{entry.cased}{look}", f"m{entry.written}{look}|{entry.person}|{entry.place}"]
    by_distance = (far, near, [*near, *mixed, *_affixes(low, look)], near, far)
    return [[f"{offset}{one}" for one in names] for offset, names in zip(OFFSETS, by_distance, strict=True)]


def _bits(value: int) -> list[int]:
    return [bit for bit in range(value.bit_length()) if value >> bit & 1]


def _affixes(low: str, look: str) -> Iterator[str]:
    if low[:1].isalpha():
        yield f"n{min(len(low), 9)}{look}"
        for size in range(1, 5):
            if len(low) > size:
                yield f"<{low[:size]}"
                yield f">{low[-size:]}"


def classes(word: str, lexicon: Lexicon) -> list[str]:
    """Return the classes of *word* that are looked at together with those of a neighbour, one for each kind of pair."""
    look = shape(word)
    entry = lexicon.get(word.lower(), UNKNOWN)
    listed = f"{look}{entry.person}{'-' if entry.place & _SURE_PLACE else ''}{entry.written}"
    return [f"{look}{entry.coarse}", f"{look}{entry.place}{entry.cased}", listed]


def style(words: Sequence[str]) -> str:
    """Return the class of how a sentence uses capitals: all, in most words, in none, or usual; and if it is short."""
    looks = [shape(word) for word in words if word[0].isalpha()]
    if len(looks) < _SHORT:
        return f"~{len(looks)}"
    capital = sum(look in _CAPITALS for look in looks)
    if 2 * sum(look == "XX" for look in looks) > len(looks):
        return "~caps"
    return "~title" if 10 * capital >= 7 * len(looks) else "~usual" if capital else "~small"


def pair_features(left: Sequence[str], right: Sequence[str], pair: int) -> list[str]:
    """Return the features of two neighbours with the classes *left* and *right*; *pair* is its number in PAIRS."""
    return [
        f"{pair}{kind}{one}|{other}" for kind, (one, other) in zip(KINDS, zip(left, right, strict=True), strict=True)
    ]


def sentence_features(
    words: Sequence[str], single: Callable[[str], list[list[str]]], kinds: Callable[[str], list[str]]
) -> list[list[str]]:
    """Return the features of each token of a sentence, given features() and classes() of a word."""
    padded = [PAD, PAD, *words, PAD, PAD]
    alone = [single(word) for word in padded]
    named = [kinds(word) for word in padded]
    styles = [style(words)] * len(KINDS)
    return [
        [
            *(one for number, offset in enumerate(OFFSETS) for one in alone[place + offset][number]),
            *(
                one
                for number, (left, right) in enumerate(PAIRS)
                for one in pair_features(named[place + left], named[place + right], number)
            ),
            *pair_features(styles, named[place], STYLED),
        ]
        for place in range(2, len(words) + 2)
    ]


def is_capital(word: str) -> bool:
    """Return whether *word* begins with a capital letter of the Latin script."""
    return word[:1].isupper() and (word[0] <= "\u024f" or "\u1e00" <= word[0] <= "\u1eff")
