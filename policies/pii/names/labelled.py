"""Texts with the names in them marked, read from files of one token per line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from policies.pii.names.features import sentences, tokens

OUTSIDE: Final = "O"
TYPES: Final = {
    **dict.fromkeys(("PER", "person", "PERSON"), "PERSON"),
    **dict.fromkeys(("LOC", "location", "LOCATION"), "LOCATION"),
    **dict.fromkeys(("ORG", "corporation", "group", "ORGANIZATION"), "ORGANIZATION"),
}
"""The entity types by the names that corpora have for them; what else they mark is not marked here."""

_GLUED: Final = re.compile(r"['’]\w{1,2}|n['’]t|[.,:;!?)\]]", re.IGNORECASE)
_HANDLE: Final = "@"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text, and the (entity type, start, end) of the names in it, in order."""

    text: str
    names: tuple[tuple[str, int, int], ...]


def read_columns(path: Path, column: int) -> Iterator[Labelled]:
    """Read sentences of a token and its BIO tag per line, the token in *column* and the tag after it.

    Twitter's handles are not marked as names, nor are tags: they are found by their sign, not by a model.
    """
    rows: list[tuple[str, str]] = []
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        cells = line.split("\t")
        if len(cells) > column + 1 and cells[column]:
            rows.append((cells[column], cells[column + 1].strip()))
        elif not line.startswith("#") and rows:
            yield join(_handles(rows))
            rows = []


def _handles(rows: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Join each lone @ with what follows it, and unmark handles and tags."""
    sign = ""
    for word, tag in rows:
        if word == _HANDLE:
            sign = word
            continue
        yield (sign + word, OUTSIDE) if sign or word[0] in "@#" else (word, tag)
        sign = ""


def join(rows: Iterable[tuple[str, str]]) -> Labelled:
    """Make a text of tokens, with spaces where writers put them."""
    text = ""
    names: list[tuple[str, int, int]] = []
    for word, tag in rows:
        if text and not _GLUED.fullmatch(word):
            text += " "
        kind = TYPES.get(tag[2:])
        if kind and tag[0] == "I" and names and names[-1][0] == kind and names[-1][2] >= len(text) - 1:
            names[-1] = (kind, names[-1][1], len(text) + len(word))
        elif kind:
            names.append((kind, len(text), len(text) + len(word)))
        text += word
    return Labelled(text, tuple(names))


def sequences(labelled: Labelled) -> Iterator[tuple[list[str], list[str]]]:
    """Iterate the words and labels of each sentence of a text: B- and I- with the type, or O."""
    found = tokens(labelled.text)
    marks = {}
    for kind, start, end in labelled.names:
        inside = [place for place, (_, begin, _) in enumerate(found) if start <= begin < end]
        marks.update({place: f"{'I' if place != inside[0] else 'B'}-{kind}" for place in inside})
    for first, last in sentences(found):
        yield [word for word, _, _ in found[first:last]], [marks.get(place, OUTSIDE) for place in range(first, last)]


def recased(labelled: Labelled, kind: str) -> Labelled:
    """Return the text in capitals ("upper"), in small letters ("lower") or with each word capitalised ("title")."""
    changed = {"upper": str.upper, "lower": str.lower, "title": _title}[kind](labelled.text)
    return Labelled(changed, labelled.names) if len(changed) == len(labelled.text) else labelled


def _title(text: str) -> str:
    return re.sub(r"(?<![\w@#'’])[a-z](?=\w{3})", lambda match: match[0].upper(), text)
