from __future__ import annotations

from corpushub.docs.docstrings import attributes, prose


class Drawing:
    """A drawing.

    It has a second paragraph.

    Attributes:
        title: what it is called, in words
            that need two lines.
        width, height: in mm.
    """


class Bare:
    """Without sections."""


def test_prose_ends_where_sections_begin() -> None:
    """Paragraphs belong to it, the Attributes do not."""
    assert prose(Drawing) == "A drawing.\n\nIt has a second paragraph."
    assert prose(Bare) == "Without sections."


def test_attributes_are_told_by_name() -> None:
    """Each name has its words on one line; names that share an entry have the same."""
    words = {"title": "what it is called, in words that need two lines.", "width": "in mm.", "height": "in mm."}
    assert attributes(Drawing) == words
    assert attributes(Bare) == {}
