"""Texts for pages: with what was looked for, or what was put in the place of personal data, marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
