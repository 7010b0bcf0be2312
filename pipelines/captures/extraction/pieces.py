"""A run of text while it is put together from the text nodes of a line."""

from __future__ import annotations

import re
from typing import Final

from pipelines.captures.extraction.scripts import FRACTION, is_note, is_power, mark_of

BREAK: Final = "\0"
"""Stands for a br; no parsed text holds it."""

_SPACE: Final = re.compile(r"[ \t\n\f\r]+")
_LINE_ENDS: Final = re.compile(f" ?{BREAK} ?")
_SMALL: Final = 16  # pieces of a script that are looked at

Start = tuple[int, int, int]
"""Where an element begins: the number of the run, of the piece, and the linked code points before."""


class Pieces:
    """The pieces of the run at hand.

    Attributes:
        pieces: texts in their order.
        linked: how many of their code points stand in links.
        runs: how many runs have ended.
    """

    __slots__ = ("linked", "pieces", "runs")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.linked = self.runs = 0

    def start(self) -> Start:
        """Return where an element begins; before it there is a piece to put a mark in."""
        self.pieces.append("")
        return self.runs, len(self.pieces) - 1, self.linked

    def bracket(self, start: Start) -> None:
        """Put what stands behind *start* in brackets: a reading, in ruby."""
        if start[0] == self.runs and len(self.pieces) > start[1] + 1:
            self.pieces[start[1]] = "("
            self.pieces.append(")")

    def drop_number(self, start: Start) -> None:
        """Drop what stands behind *start* if it is a number."""
        if start[0] == self.runs and "".join(self.pieces[start[1] :]).strip().isdigit():
            del self.pieces[start[1] :]

    def end_script(self, start: Start, tag: str, after: str, full: bool) -> None:
        """Mark what stands behind *start*, a sup or sub element; *after* it stands a text.

        References to notes are dropped, or put in brackets if *full*. Digits of an index stand apart from those behind,
        and a whole number from the fraction that follows it.
        """
        run, at, linked = start
        if run != self.runs or len(self.pieces) - at > _SMALL:
            return
        script = "".join(self.pieces[at:])
        begin = script.lstrip()[:1]
        if tag == "sup" and (self.linked > linked or begin == "[") and is_note(script):
            if not full:
                del self.pieces[at:]
            elif begin.isalnum():
                self.pieces[at] = "["
                self.pieces.append("]")
            return
        base = self.pieces[at - 1] if at else ""
        if tag == "sup" and is_power(base, script):
            self.pieces[at - 1] = base = base.rstrip()
        mark = mark_of(tag, base, script)
        if mark == "^" and after[:1] in FRACTION and base[-1:].isdigit():
            mark = " "
        self.pieces[at] = mark
        if mark:
            self._close_up(at, after)
        if script[-1:].isdigit() and after[:1].isdigit():
            self.pieces.append(" ")

    def _close_up(self, at: int, after: str) -> None:
        """Leave out the blanks at the ends of a script; a word that stands behind it stays apart."""
        for i in range(at + 1, len(self.pieces)):
            self.pieces[i] = self.pieces[i].lstrip()
            if self.pieces[i]:
                break
        if after and not after[0].isalnum():
            self.pieces[-1] = self.pieces[-1].rstrip()

    def end(self, preformatted: bool) -> tuple[str, int]:
        """End the run and return its text, with white space as displayed, and how much of it is linked."""
        text = "".join(self.pieces).replace("\u00a0", " ")
        text = _preformatted(text) if preformatted else _displayed(text)
        linked = min(self.linked, len(text))
        self.pieces.clear()
        self.linked = 0
        self.runs += 1
        return ("", 0) if text.isspace() else (text, linked)


def _displayed(text: str) -> str:
    """Return *text* with white space collapsed as CSS does (css-text-3, section 4.1.1), and with line ends for br."""
    text = " ".join(text.split()) if text.isascii() else _SPACE.sub(" ", text).strip(" ")
    return _LINE_ENDS.sub("\n", text).strip(" \n") if BREAK in text else text


def _preformatted(text: str) -> str:
    return text.replace(BREAK, "\n").rstrip().lstrip("\n")
