"""Pages that one reader has parsed and another takes the text of, so that each page is parsed once."""

from __future__ import annotations

from typing import Final

from selectolax.lexbor import LexborHTMLParser

from pipelines.captures.extraction.text import Mode, tree_text

HELD_BYTES: Final = 1 << 22
"""Bytes of source whose trees are held at once; a tree takes some ten times its source."""


class ParsedPages:
    """The pages of one batch, by the ids of their documents; used by one thread at a time.

    Trees are held while their sources come to no more than *limit* bytes. The text of pages beyond that is taken at
    once and held in place of the tree, whether or not it will be asked for.
    """

    def __init__(self, mode: Mode, limit: int = HELD_BYTES) -> None:
        self._mode, self._limit = mode, limit
        self._held: dict[bytes, LexborHTMLParser | str | None] = {}
        self._refused: set[bytes] = set()
        self._bytes = 0

    def hold(self, doc_id: bytes, tree: LexborHTMLParser, size: int) -> None:
        """Hold the parsed page of a document, of *size* bytes; of two pages of one id neither is held."""
        if doc_id in self._held:
            self._held[doc_id] = None
        elif self._bytes + size <= self._limit:
            self._held[doc_id] = tree
            self._bytes += size
        else:
            self._held[doc_id] = tree_text(tree, self._mode)

    def refuse(self, doc_id: bytes) -> None:
        """Note that the page of a document is too costly to be read."""
        self._refused.add(doc_id)

    def refuses(self, doc_id: bytes) -> bool:
        """Tell whether the page of a document is too costly to be read."""
        return doc_id in self._refused

    def take(self, doc_id: bytes) -> str | None:
        """Return the text of a document whose page is held, and let go of it; None if it is not."""
        held = self._held.pop(doc_id, None)
        return tree_text(held, self._mode) if isinstance(held, LexborHTMLParser) else held

    def clear(self) -> None:
        """Let go of all pages."""
        self._held.clear()
        self._refused.clear()
        self._bytes = 0
