"""Texts with the names in them marked: read from files of one token per line, or made from templates of our own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from policies.names.features import sentences, tokens

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


@dataclass(frozen=True, slots=True)
class Pools:
    """Names to fill templates with."""

    given: Sequence[str]
    family: Sequence[str]
    cities: Sequence[str]
    countries: Sequence[str]

    def invented(self, random: Random, source: Sequence[str]) -> str:
        """Return a name that nobody knows: the head of one and the tail of another."""
        one, other = random.choice(source), random.choice(source)
        return one[: max(2, len(one) // 2)] + other[len(other) // 2 :].lower()

    def fill(self, slot: str, random: Random) -> str:
        """Return something for a slot of a template."""
        if slot in "FL":
            pool = self.given if slot == "F" else self.family
            return self.invented(random, pool) if random.random() < 0.4 else random.choice(pool)
        if slot == "P":
            middle = random.choice(["", "", "", " " + random.choice("ABCDEFGHJKLMNPRSTW") + "."])
            return f"{self.fill('F', random)}{middle} {self.fill('L', random)}"
        if slot == "O":
            return random.choice(_COMPANIES).format(L=self.fill("L", random), C=self.fill("C", random))
        if slot == "S":
            return f"{random.randrange(1, 900)} {self.fill('L', random)} {random.choice(_STREETS)}"
        return random.choice(self.cities if slot == "C" else self.countries)


_COMPANIES: Final = ["{L} Inc", "{L} & Co", "{L} Bank", "{L} Foundation", "{L} Ltd", "{C} Times", "University of {C}"]
_STREETS: Final = ["Street", "Road", "Avenue", "St", "Lane", "Rd", "Ave", "Drive", "Square"]
_SLOTS: Final = {"P": "PERSON", "F": "PERSON", "L": "PERSON", "C": "LOCATION", "K": "LOCATION", "O": "ORGANIZATION"}
_SLOTS_TAKEN: Final = re.compile(r"\{([PFLCKOS])\}")

TEMPLATES: Final = (
    "Hi {F},\n\nthanks for the files.\n\n{F}",
    "Dear Mr. {L},\nplease find the draft enclosed.\nRegards,\n{P}",
    "Dear {F}, I will call you when I am back from {C}.",
    "{F} -\nAny news on this?\nThanks,\n{F}",
    "From: {P}\nTo: {P}; {P}\nSubject: Re: Lunch on Friday",
    "cc: {P}, {P}",
    "Author: {P} ({O})",
    "By {P}",
    "{P} was born in {C}, {K}, in 1934 and studied law in {C}.",
    "{P}, who runs {O}, said on Monday that prices in {K} would fall.",
    "The parcel for {P} goes to {S}, {C}, {K}.",
    "President {L} met Prime Minister {P} in {C} on Tuesday.",
    "Dr. {L} and her staff are wonderful.",
    "I spoke with {F} and {F} at {O} yesterday, and {F} agrees.",
    "Ask for {F}! She did a great job with my car.",
    "We flew from {C} to {C} and then took a train across {K}.",
    "I am from {K} and want to move to {C} next year.",
    "Is {C} a good place to live? What about {C} or {C}?",
    "{C}, {K} - Police have arrested two men, officials said.",
    "{L} won the match against {L} in {C}.",
    "Professor {P} teaches history at the {O}.",
    "The book by {P} and {P} was reviewed in {O}.",
    "My name is {P} and my address is {S}, {C}.",
    "{P} lives at {S} in {C}.",
    "Soldiers from {K} crossed the border with {K}, according to {O}.",
    "According to {P}, a spokesman for {O}, nobody was hurt.",
    "Does anybody know where {P} lives now? I think {F} moved to {K}.",
    "{P}'s new record is out; {L} will tour {K} in May.",
    "Call {P} on Thursday about the contract with {O}.",
    "{P}\nSenior Manager\n{O}\n{C}, {K}",
    "Mrs {L} said that {F} had left {C} early.",
    "Happy birthday, {F}!",
    "The governor of {C}, {P}, will visit {K}.",
    "Our office in {C} is closed; write to {O}, {S}, {C}.",
    "Translated by {P}, edited by {P} and {P}.",
    "There are many restaurants in {C}, but few in {C}.",
    "South of {C} the river enters {K}.",
    "He married {P} in 1871; their son {F} died in {C}.",
    "{O} has hired {P} as its new director.",
    "Was {P} really the first to climb it?",
)
"""Sentences as they stand in letters, news, biographies and reviews, written for this purpose."""


def filled(template: str, pools: Pools, random: Random) -> Labelled:
    """Fill the slots of *template*: a person's name, given or family name, a city, country, company or street."""
    text, end = "", 0
    names = []
    for match in _SLOTS_TAKEN.finditer(template):
        text += template[end : match.start()]
        end = match.end()
        value = pools.fill(match[1], random)
        if match[1] in _SLOTS:
            names.append((_SLOTS[match[1]], len(text), len(text) + len(value)))
        text += value
    return Labelled(text + template[end:], tuple(names))


def renamed(labelled: Labelled, pools: Pools, random: Random) -> Labelled:
    """Return the text with other, partly invented, names of persons."""
    text, end = "", 0
    names = []
    for kind, start, stop in labelled.names:
        text += labelled.text[end:start]
        value = labelled.text[start:stop]
        if kind == "PERSON" and value[:1].isupper():
            value = pools.fill("P" if " " in value else random.choice("FL"), random)
        names.append((kind, len(text), len(text) + len(value)))
        text += value
        end = stop
    return Labelled(text + labelled.text[end:], tuple(names))
