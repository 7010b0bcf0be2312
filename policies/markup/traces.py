"""Which words and patterns stand in a source: one pass of Hyperscan for all of them, where it is installed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any


class Traces:
    """Looks for fixed words and patterns, whatever the case of their ASCII letters.

    Attributes:
        words: in lower case, ASCII; each is its own name.
        patterns: by name, a word that stands in every match, and the regular expression, in lower case, ASCII, and of
            the syntax that re and Hyperscan share.
    """

    def __init__(self, words: tuple[str, ...], patterns: Mapping[str, tuple[str, str]] | None = None) -> None:
        self.words = words
        self.patterns = patterns or {}
        self._names = (*words, *self.patterns)

    @property
    def quick(self) -> bool:
        """Whether one pass finds all."""
        return self._database is not None

    def found(self, source: Any) -> frozenset[str]:
        """Return the names of what stands in *source*, a buffer of UTF-8."""
        if self._database is None:
            return self.searched(source)
        numbers: list[int] = []
        self._database.scan(source, match_event_handler=lambda number, *_: numbers.append(number))
        return frozenset(self._names[number] for number in numbers)

    def searched(self, source: Any) -> frozenset[str]:
        """Return the same without Hyperscan, in one pass for each word."""
        low = bytes(source).lower()
        words = (name for name, word in self._words if word in low)
        patterns = (name for name, word, one in self._compiled if word in low and one.search(low))
        return frozenset((*words, *patterns))

    @cached_property
    def _words(self) -> list[tuple[str, bytes]]:
        return [(word, word.encode()) for word in self.words]

    @cached_property
    def _compiled(self) -> list[tuple[str, bytes, re.Pattern[bytes]]]:
        return [(name, word.encode(), re.compile(one.encode())) for name, (word, one) in self.patterns.items()]

    @cached_property
    def _database(self) -> Any:
        """Compile the database, once for each process; None without Hyperscan."""
        try:
            import hyperscan
        except ImportError:
            return None
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        flags = [hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH] * len(self._names)
        expressions = [*map(re.escape, self.words), *(pattern for _, pattern in self.patterns.values())]
        numbers = list(range(len(self._names)))
        database.compile(expressions=[one.encode() for one in expressions], ids=numbers, flags=flags)
        return database
