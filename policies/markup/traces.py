"""Which patterns stand in a source: one pass of Hyperscan for all of them, where it is installed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any


class Traces:
    """Looks for fixed patterns, whatever the case of their ASCII letters.

    Attributes:
        patterns: regular expressions by name, in lower case and ASCII, of the syntax that re and Hyperscan share.
    """

    def __init__(self, patterns: Mapping[str, str]) -> None:
        self.patterns = patterns
        self._names = tuple(patterns)

    def found(self, source: Any) -> frozenset[str]:
        """Return the names of the patterns that match somewhere in *source*, a buffer of UTF-8."""
        if self._database is None:
            return self.searched(source)
        numbers: list[int] = []
        self._database.scan(source, match_event_handler=lambda number, *_: numbers.append(number))
        return frozenset(self._names[number] for number in numbers)

    def searched(self, source: Any) -> frozenset[str]:
        """Return the same without Hyperscan, in one pass for each pattern."""
        low = bytes(source).lower()
        return frozenset(name for name, one in self._compiled.items() if one.search(low))

    @cached_property
    def _compiled(self) -> dict[str, re.Pattern[bytes]]:
        return {name: re.compile(pattern.encode()) for name, pattern in self.patterns.items()}

    @cached_property
    def _database(self) -> Any:
        """Compile the database, once for each process; None without Hyperscan."""
        try:
            import hyperscan
        except ImportError:
            return None
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        flags = [hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH] * len(self._names)
        expressions = [pattern.encode() for pattern in self.patterns.values()]
        database.compile(expressions=expressions, ids=list(range(len(self._names))), flags=flags)
        return database


def literals(*words: str) -> dict[str, str]:
    """Return the patterns that match *words* as they are, by themselves."""
    return {word: re.escape(word) for word in words}
