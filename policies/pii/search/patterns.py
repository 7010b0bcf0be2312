"""What a pattern can match, read from its syntax: its width, how far it looks ahead, and a wider pattern for engines.

Patterns are those of the regex module; they are parsed with the standard library's parser, which knows all the syntax
that Presidio's patterns use. A pattern that it does not know has no shape, and its recognizer reads whole texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

_parser: Any = re._parser  # type: ignore[attr-defined]
_op: Any = re._constants  # type: ignore[attr-defined]

_INLINE: Final = "(?i)"  # the only inline flag in Presidio's patterns, not always where the standard library allows it
_UNBOUNDED: Final = 1 << 20  # what is wider is without bound
_MANY: Final = 64  # a repeat of more is widened to one without bound, which costs a matcher less

_WORD, _DIGIT, _SPACE, _OTHER = b"_5 \x01"  # what stands for characters that ASCII does not have
_FOLDED: Final = {"\u017f": "s", "\u212a": "k", "\u0130": "i", "\u0131": "i"}  # match ASCII letters if case is ignored


@dataclass(frozen=True, slots=True)
class Shape:
    """Bounds on a pattern.

    Attributes:
        width: most code points that it matches; None without bound.
        reach: most code points behind a match that it looks at; None without bound.
        solid: neither matches nor the text it looks at behind them hold white space.
    """

    width: int | None
    reach: int | None
    solid: bool


def shape(pattern: str, flags: int) -> Shape | None:
    """Return the shape of *pattern*; None where the syntax is unknown."""
    tree = _parsed(pattern)
    if tree is None:
        return None
    flags |= _own_flags(pattern)
    width, reach = tree.getwidth()[1], _reach(tree)
    solid = all(not _matches_space(source, flags) for source in set(_leaves(tree, behind=False)))
    return Shape(_bounded(width), _bounded(reach), solid)


def widened(pattern: str, flags: int) -> str | None:
    """Return a pattern over bytes that ends a match wherever *pattern* does in the text; None if its syntax is unknown.

    The bytes are those of `as_bytes`, and case must be ignored. The pattern is without look-around, back-references and
    groups, and means the same to every engine.
    """
    tree = _parsed(pattern)
    return None if tree is None else _sequence(tree, flags | _own_flags(pattern), {})


def as_bytes(codes: npt.NDArray[np.uint32]) -> bytes:
    """Return one byte for each of the code points *codes* (uint32 n).

    ASCII stays as it is. What else the regex module takes for a digit, a word character or white space becomes an
    ASCII character of that kind, and what it takes for an ASCII letter where case is ignored becomes that letter: so
    each \\b of a text is one of the bytes.
    """
    folded: npt.NDArray[np.uint8] = _table()[codes]
    return folded.tobytes()


@cache
def _table() -> npt.NDArray[np.uint8]:
    import regex  # type: ignore[import-untyped]

    from policies.pii.search.windows import every_character

    table = np.full(0x110000, _OTHER, np.uint8)
    for byte, pattern in ((_WORD, r"\w+"), (_SPACE, r"\s+"), (_DIGIT, r"\d+")):
        for match in regex.finditer(pattern, every_character()):
            table[match.start() : match.end()] = byte
    for character, letter in _FOLDED.items():
        table[ord(character)] = ord(letter)
    table[:128] = np.arange(128)
    return table


@cache
def _parsed(pattern: str) -> Any:
    try:
        return _parser.parse(pattern.replace(_INLINE, ""), re.DOTALL | re.MULTILINE)
    except (re.error, OverflowError):
        return None


def _own_flags(pattern: str) -> int:
    return int(re.IGNORECASE) if _INLINE in pattern else 0


def _bounded(width: int) -> int | None:
    return width if width < _UNBOUNDED else None


def _reach(tree: Any) -> int:
    """Return how many code points behind a match its assertions may look at."""
    furthest = 0
    for operator, argument in tree:
        if operator is _op.AT:
            furthest = max(furthest, 1)
        elif operator in (_op.ASSERT, _op.ASSERT_NOT):
            direction, inner = argument
            own = inner.getwidth()[1] if direction > 0 else 0
            furthest = max(furthest, own + _reach(inner))
        else:
            furthest = max([furthest, *map(_reach, _inner(operator, argument))])
    return furthest


def _inner(operator: Any, argument: Any) -> Iterator[Any]:
    """Iterate the parts of a node that are patterns themselves; assertions are not among them."""
    if operator is _op.SUBPATTERN:
        yield argument[-1]
    elif operator in (_op.MAX_REPEAT, _op.MIN_REPEAT, _op.POSSESSIVE_REPEAT):
        yield argument[2]
    elif operator is _op.BRANCH:
        yield from argument[1]
    elif operator is _op.ATOMIC_GROUP:
        yield argument


def _leaves(tree: Any, *, behind: bool) -> Iterator[str]:
    """Iterate the source of each class and literal of *tree*, those of look-behinds only if *behind*."""
    for operator, argument in tree:
        if operator in (_op.ASSERT, _op.ASSERT_NOT):
            if behind or argument[0] > 0:
                yield from _leaves(argument[1], behind=behind)
        elif operator in (_op.LITERAL, _op.NOT_LITERAL, _op.IN, _op.ANY):
            yield _source(operator, argument)
        else:
            for inner in _inner(operator, argument):
                yield from _leaves(inner, behind=behind)


_CATEGORIES: Final = {
    _op.CATEGORY_DIGIT: r"\d",
    _op.CATEGORY_NOT_DIGIT: r"\D",
    _op.CATEGORY_SPACE: r"\s",
    _op.CATEGORY_NOT_SPACE: r"\S",
    _op.CATEGORY_WORD: r"\w",
    _op.CATEGORY_NOT_WORD: r"\W",
}


def _source(operator: Any, argument: Any) -> str:
    """Return a class or literal in the regex module's syntax."""
    if operator is _op.ANY:
        return r"[\s\S]"
    if operator is _op.IN:
        negated = argument[0][0] is _op.NEGATE
        return f"[{'^' if negated else ''}{''.join(map(_member, argument[negated:]))}]"
    return f"[{'^' if operator is _op.NOT_LITERAL else ''}{_character(argument)}]"


def _member(node: Any) -> str:
    operator, argument = node
    if operator is _op.CATEGORY:
        return _CATEGORIES[argument]
    if operator is _op.RANGE:
        return f"{_character(argument[0])}-{_character(argument[1])}"
    return _character(argument)


def _character(code: int) -> str:
    return f"\\U{code:08x}"


@cache
def _matches_space(source: str, flags: int) -> bool:
    import regex

    return regex.search(source, _spaces(), flags) is not None


@cache
def _spaces() -> str:
    import regex

    from policies.pii.search.windows import every_character

    return "".join(regex.findall(r"\s", every_character()))


@cache
def _bytes_of(source: str, flags: int) -> str:
    """Return the class of bytes that stand for a character that the class *source* matches."""
    import regex

    from policies.pii.search.windows import every_character

    member = np.zeros(0x110000, np.bool_)
    for match in regex.finditer(source + "+", every_character(), flags):
        member[match.start() : match.end()] = True
    return _class(set(bytes(np.unique(_table()[member]).tolist()).lower()))


def _class(accepted: set[int]) -> str:
    """Return a class of bytes in few characters: engines limit the length of a pattern."""
    if len(accepted) == 1 and chr(one := min(accepted)).isalnum():
        return chr(one)
    heads = sorted(one for one in accepted if one - 1 not in accepted)
    tails = sorted(one for one in accepted if one + 1 not in accepted)
    return f"[{''.join(map(_range, heads, tails))}]"


def _range(head: int, tail: int) -> str:
    first, last = (chr(one) if chr(one).isalnum() else f"\\x{one:02x}" for one in (head, tail))
    return first if head == tail else f"{first}-{last}"


def _sequence(tree: Iterable[Any], flags: int, groups: dict[int, str]) -> str:
    return "".join(_node(operator, argument, flags, groups) for operator, argument in tree)


def _node(operator: Any, argument: Any, flags: int, groups: dict[int, str]) -> str:
    if operator in (_op.LITERAL, _op.NOT_LITERAL, _op.IN, _op.ANY):
        return _bytes_of(_source(operator, argument), flags)
    if operator is _op.AT:
        return r"\b" if argument is _op.AT_BOUNDARY else ""
    if operator is _op.GROUPREF:
        return groups[argument]
    if operator is _op.BRANCH:
        return f"(?:{'|'.join(_sequence(one, flags, groups) for one in argument[1])})"
    if operator in (_op.MAX_REPEAT, _op.MIN_REPEAT, _op.POSSESSIVE_REPEAT):
        least, most, inner = argument
        return _repeat(least, most, _sequence(inner, flags, groups))
    if operator is _op.SUBPATTERN:
        inner = _sequence(argument[-1], flags, groups)
        if argument[0] is not None:
            groups[argument[0]] = inner
        return inner
    if operator is _op.ATOMIC_GROUP:
        return _sequence(argument, flags, groups)
    return ""  # an assertion: without it the pattern only matches more


def _repeat(least: int, most: int, inner: str) -> str:
    if (least, most) == (1, 1):
        return inner
    return f"(?:{inner}){{{least},{'' if most > _MANY else most}}}"
