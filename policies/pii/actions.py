"""What happens to a finding: from a value to what stands in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from policies.pii.keys import Key
from policies.pii.surrogates import surrogate

_PSEUDONYM_DIGITS: Final = 16


class Action(StrEnum):
    """What happens to a finding."""

    KEEP = "keep"  # counted, left in the text
    PLACEHOLDER = "placeholder"  # <EMAIL_ADDRESS_1>: equal values in one document have equal numbers
    LABEL = "label"  # <EMAIL_ADDRESS>
    MASK = "mask"  # as many asterisks as the value has code points
    PSEUDONYM = "pseudonym"  # <EMAIL_ADDRESS:0123456789abcdef>: equal values have equal ones in the whole dataset
    SURROGATE = "surrogate"  # another value that looks alike: policies.pii.surrogates; a pseudonym where there is none
    DROP = "drop"  # the document is dropped


KEYED: Final = frozenset({Action.PSEUDONYM, Action.SURROGATE})
"""The actions that need a key."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value that was found.

    Attributes:
        entity: its type.
        text: as it stands in the document.
        normal: its normal form.
        number: counts the values of the type in the document, from 1, by first appearance.
    """

    entity: str
    text: str
    normal: str
    number: int


def replacement(value: Value, action: Action, key: Key | None, regions: Sequence[str]) -> str:
    """Return what stands in the place of *value*; *regions* are where phone numbers may be from.

    A pseudonym is the first half of the hash that the ledger has of the value.

    Raises:
        ValueError: the action needs a key and there is none, or it replaces nothing.
    """
    if action is Action.PLACEHOLDER:
        return f"<{value.entity}_{value.number}>"
    if action is Action.LABEL:
        return f"<{value.entity}>"
    if action is Action.MASK:
        return "*" * len(value.text)
    if key is None or action not in KEYED:
        raise ValueError(f"the action {action} cannot replace a value" + (" without a key" if action in KEYED else ""))
    pseudonym = f"<{value.entity}:{key.hash(value.entity, value.normal)[:_PSEUDONYM_DIGITS]}>"
    if action is Action.PSEUDONYM:
        return pseudonym
    return surrogate(value.entity, value.text, value.normal, key, regions) or pseudonym
