"""Texts for pages: with what was looked for, or what was put in the place of personal data, marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lineage.questions.trace import DocumentTrace, Edit


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text, and whether it is marked."""

    text: str
    marked: bool


def around(text: str, start: int | None, length: int) -> list[Piece]:
    """Return *text* with *length* code points from *start* on marked; None marks nothing."""
    return pieces(text, [] if start is None else [(start, start + length)])


def edited(text: str, trace: DocumentTrace) -> list[Piece]:
    """Return *text* with what its last edits put there marked; what earlier steps changed stands elsewhere by now."""
    edits = [event.edits for event in trace.events if event.edits]
    return pieces(text, spans(edits[-1]) if edits else [])


PASSAGE: Final = 8
"""Words of the shortest passage that two texts are said to share."""


def shared(text: str, other: str) -> list[Piece]:
    """Return *text* with every passage of PASSAGE words or more marked that *other* has too, letter case ignored."""
    words, theirs = (list(re.finditer(r"\w+", one)) for one in (text, other))
    mine, known = _passages(words), set(_passages(theirs))
    marks: list[tuple[int, int]] = []
    for at, passage in enumerate(mine):
        if passage in known:
            start, end = words[at].start(), words[at + PASSAGE - 1].end()
            if marks and start <= marks[-1][1]:
                start = marks.pop()[0]
            marks.append((start, end))
    return pieces(text, marks)


def _passages(words: Sequence[re.Match[str]]) -> list[tuple[str, ...]]:
    spelled = [word[0].lower() for word in words]
    return list(zip(*(spelled[at:] for at in range(PASSAGE)), strict=False))


def spans(edits: Sequence[Edit]) -> list[tuple[int, int]]:
    """Return where in the edited text what *edits* put there stands, in code points; edits are of the text before."""
    found, shift = [], 0
    for edit in sorted(edits, key=lambda one: one.start):
        found.append((edit.start + shift, edit.start + shift + edit.length))
        shift += edit.length - (edit.end - edit.start)
    return found


def pieces(text: str, marks: Sequence[tuple[int, int]]) -> list[Piece]:
    """Return *text* cut at *marks*, ascending spans that do not overlap; what lies outside is passed over."""
    found, at = [], 0
    for start, end in marks:
        if not at <= start < end <= len(text):
            continue
        if at < start:
            found.append(Piece(text[at:start], marked=False))
        found.append(Piece(text[start:end], marked=True))
        at = end
    return [*found, Piece(text[at:], marked=False)] if at < len(text) or not found else found
