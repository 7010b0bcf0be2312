"""Write natural-looking paragraphs in six languages from the phrases of phrases.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

UNSPACED = frozenset({"ja", "zh"})
"""Languages written without spaces between words, and hence between sentences."""

Paragraphs = tuple[tuple[str, ...], ...]
"""An article: paragraphs of sentences."""


@cache
def phrases() -> dict[str, dict[str, Any]]:
    """Read phrases.toml: for each language code its phrases by role."""
    return tomllib.loads(Path(__file__).with_name("phrases.toml").read_text(encoding="utf-8"))


@dataclass(slots=True)
class Writer:
    """Writes sentences of one language; phrases of a role return only when all of them have been used.

    Attributes:
        language: a key of phrases().
        random: the source of all choices; the same state gives the same text.
    """

    language: str
    random: Random
    _decks: dict[str, list[str]] = field(default_factory=dict)

    def draw(self, role: str) -> str:
        """Take the next phrase of *role* from a shuffled deck."""
        deck = self._decks.setdefault(role, [])
        if not deck:
            deck.extend(phrases()[self.language][role])
            self.random.shuffle(deck)
        return deck.pop()

    def sentence(self) -> str:
        """Write one sentence; about every fifth is a remark with figures in it."""
        if self.random.random() < 0.2:
            return self.draw("remarks").format(n=self.random.randint(3, 97), year=self.random.randint(1951, 2023))
        pattern = self.random.choice(phrases()[self.language]["patterns"])
        roles = ("subject", "action", "place", "time", "reason")
        filled = {role: self.draw(f"{role}s") for role in roles if f"{{{role}}}" in pattern}
        return capitalised(str(pattern.format(**filled)))

    def article(self, sentences: int) -> Paragraphs:
        """Write *sentences* sentences in paragraphs of three to five."""
        self._decks.clear()
        paragraphs = []
        while sentences > 0:
            size = min(sentences, self.random.randint(3, 5))
            paragraphs.append(tuple(self.sentence() for _ in range(size)))
            sentences -= size
        return tuple(paragraphs)

    def revise(self, article: Paragraphs, share: float) -> Paragraphs:
        """Rewrite neighbouring sentences from a random place on, until at least *share* of the characters are new."""
        sentences = [sentence for paragraph in article for sentence in paragraph]
        goal = share * sum(map(len, sentences))
        position, replaced = self.random.randrange(len(sentences)), 0
        while replaced < goal:
            replaced += len(sentences[position])
            sentences[position] = self.sentence()
            position = (position + 1) % len(sentences)
        remaining = iter(sentences)
        return tuple(tuple(next(remaining) for _ in paragraph) for paragraph in article)


def capitalised(sentence: str) -> str:
    """Return *sentence* with its first letter in upper case and the others as they are."""
    return sentence[:1].upper() + sentence[1:]


def joined(language: str, paragraph: tuple[str, ...]) -> str:
    """Return the sentences of *paragraph* as running text of *language*."""
    return ("" if language in UNSPACED else " ").join(paragraph)


def plain(language: str, article: Paragraphs) -> str:
    """Return *article* as plain text, an empty line between paragraphs."""
    return "\n\n".join(joined(language, paragraph) for paragraph in article)
