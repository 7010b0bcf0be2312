"""What stands around words that were found in a text: short, on one line, and without personal data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa

from lineage.questions.find import Surroundings
from policies.pii.scrubber import Scrubber

Edit = Mapping[str, int]
"""A row of policies.spans.EDITS."""

WORDS: Final = 80
"""Code points that are shown of the words, and on either side of them."""

MOST: Final = 400
"""Code points of a snippet: placeholders are longer than what they stand for."""


def snippets(found: Sequence[Surroundings]) -> list[str | None]:
    """Return the snippet of each; null where the search for personal data did not come to its end.

    More than is shown is searched, so that the edge of a snippet cuts no value in two before it is known as one.
    """
    scrubbed = Scrubber(reserved_mail=True).scrub(pa.array([one.text for one in found], pa.string()))
    rows = zip(found, scrubbed.text.to_pylist(), scrubbed.edits.to_pylist(), strict=True)
    return [None if text is None else _cut(one, text, edits or []) for one, text, edits in rows]


def _cut(found: Surroundings, text: str, edits: Sequence[Edit]) -> str:
    """Cut *text*, in which *edits* were made, to what stands around the words."""
    start, end = max(0, found.start - WORDS), min(len(found.text), found.start + 2 * WORDS)
    shown = text[_moved(start, edits, "start") : _moved(end, edits, "end")]
    line = "".join(one if one.isprintable() else " " for one in shown)
    line = " ".join(line.split())
    line = line if len(line) <= MOST else line[:MOST].rpartition(" ")[0]
    return "…" * (start > 0) + line + "…" * (end < len(found.text))


def _moved(place: int, edits: Sequence[Edit], side: str) -> int:
    """Return where *place* went; one inside an edit is brought to the *side* of what replaced it."""
    moved = place
    for edit in edits:
        if edit["start"] >= place:
            break
        if edit["end"] > place:
            return moved - place + edit["start"] + (edit["length"] if side == "end" else 0)
        moved += edit["length"] - (edit["end"] - edit["start"])
    return moved
