"""Where in a batch the context words of recognizers stand: what the prefilter's one pass tells about them.

A context word counts if it is a token of spaCy's English tokenizer. That sets a token apart from letters beside it only
where one of its exceptions does ("cannot" is "can" and "not"); a unit such as "km" it sets apart from a digit. So where
a word stands between two ASCII letters, or beside one, it is no token, unless it is a part of an exception.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from policies.pii.context.enhancer import exception_parts
from policies.pii.search.prefilter import Expression, Stretches, distinct
from policies.pii.search.windows import Batch, Positions

Words = frozenset[str]


@dataclass(frozen=True, slots=True)
class Places:
    """Where in a batch one of some words may stand, in order: int64 n, one past its end."""

    ends: Positions

    def in_texts(self, batch: Batch, documents: Positions) -> npt.NDArray[np.bool_]:
        """Return for each of the *documents*, by number, whether there is a place in it."""
        counts = np.searchsorted(self.ends, batch.starts)
        some: npt.NDArray[np.bool_] = (np.diff(counts) > 0)[documents]
        return some

    def of_text(self, batch: Batch, document: int) -> list[int]:
        """Return the places in one document, counted from where it begins."""
        first, last = np.searchsorted(self.ends, batch.starts[document : document + 2])
        places: list[int] = (self.ends[first:last] - batch.starts[document]).tolist()
        return places


def is_foreign(word: str) -> bool:
    """Return whether the prefilter cannot tell *word* from others: to it all letters that ASCII lacks are the same.

    Letters with case count as told apart: some text may have them as capitals.
    """
    return not any(one.isascii() for one in word) and word.upper() == word


def ends_of(word: str, batch: Batch) -> Positions:
    """Return where in *batch* the foreign *word* ends, in order: int64 n, one past its end."""
    ends, place = [], batch.text.find(word)
    while place >= 0:
        ends.append(place + len(word))
        place = batch.text.find(word, place + 1)
    return np.array(ends, np.int64)


def expression(word: str) -> Expression:
    """Return what the prefilter searches for to find *word*: it and a character to either side."""
    plain = word.isascii() and word.isalpha() and word not in exception_parts()
    beside = "[^a-z]" if plain else r"[\s\S]"
    return f"{beside}{re.escape(word)}{beside}", int(re.IGNORECASE)


def places(contexts: Iterable[Words], ends: Mapping[str, Positions]) -> dict[Words, Places]:
    """Return for each of *contexts* where its words stand, given for each word where it may end."""
    return {context: Places(distinct([ends[word] for word in context])) for context in set(contexts)}


@cache
def single(words: Words) -> Words:
    """Return those of *words* that can be tokens: white space always ends one."""
    return frozenset(word for word in words if len(word.split()) == 1 and word == word.strip())


def keep_supported(found: Stretches, where: Places, batch: Batch) -> Stretches:
    """Return those of *found* in whose text one of the words stands."""
    stay = where.in_texts(batch, found.documents)
    columns = (found.documents, found.begins, found.stops, found.ends)
    documents, begins, stops, ends = (one[stay] for one in columns)
    return Stretches(documents, begins, stops, ends, found.linear)
