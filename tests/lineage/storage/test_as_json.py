from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import orjson

from lineage.storage.as_json import as_json


class Colour(StrEnum):
    """An enumeration of texts."""

    RED = "red"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an answer."""

    size: int
    colour: Colour

    @property
    def is_large(self) -> bool:
        """Whether it is large: for people alone."""
        return self.size > 10


@dataclass(frozen=True, slots=True)
class Whole:
    """An answer."""

    from_: str
    parts: tuple[Part, ...]
    by_name: Mapping[str, Part | None]


@dataclass(frozen=True, slots=True)
class Longer(Whole):
    """An answer with one thing more."""

    to: str


def test_fields_become_keys_in_order() -> None:
    """An answer's keys are its fields, those of the class it extends first; properties are left out."""
    part = Part(1, Colour.RED)
    told = as_json(Longer("a", (part,), {"one": part, "none": None}, "b"))

    assert orjson.dumps(told).decode() == (
        '{"from":"a","parts":[{"size":1,"colour":"red"}],"by_name":{"one":{"size":1,"colour":"red"},"none":null},'
        '"to":"b"}'
    )


def test_keys_of_mappings_stay() -> None:
    """Only names of fields lose a trailing "_": the keys of a mapping are data."""
    assert as_json({"from_": [{"a_": 1}], "b": (1, 2)}) == {"from_": [{"a_": 1}], "b": [1, 2]}


def test_other_values_stay() -> None:
    """A value that is no answer, and a class, are returned as they are."""
    assert [as_json(value) for value in (None, "a", 1.5, Part)] == [None, "a", 1.5, Part]
