"""Rules in words: every part of a condition is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

import pytest

from policies.rules.conditions import Condition
from policies.rules.policy_file import load_policy, shipped, shipped_names
from policies.rules.words import clauses, otherwise

PARTS: Final[Mapping[str, tuple[Any, str]]] = {
    "license": (("MIT", "CC-BY-*"), "the licence is MIT or CC-BY-*"),
    "permits": (("reproduce", "share", "adapt"), "the licence permits all of reproduce, share, adapt"),
    "bans": (("commercial",), "the licence bans commercial"),
    "duties": (("share-alike", "source"), "the licence asks for share-alike or source"),
    "licensed": (False, "no licence is known"),
    "disagree": (True, "claims about the licence disagree"),
    "signals": ((("tdm", "absent"),), "no signal tdm was found"),
    "any_signal": (
        (("tdm", "deny"), ("robots:*", "deny")),
        "the signal tdm says deny or the signal robots:* says deny",
    ),
    "hosts": (("a.example",), "the host is a.example, or below"),
    "languages": (("en", "de"), "the language is en or de"),
    "after": ("2024-01-01", "it was captured on 2024-01-01 or later"),
    "before": ("2025-01-01", "it was captured before 2025-01-01"),
}


@pytest.mark.parametrize("name", [field.name for field in fields(Condition)])
def test_each_part_is_told(name: str) -> None:
    """A condition that got another part is told of with it, or this fails."""
    value, words = PARTS[name]

    assert clauses(Condition(**{name: value})) == (words,)


def test_all_parts_are_told_together() -> None:
    """As many clauses as parts; a condition without any has none."""
    assert len(clauses(Condition(**{name: value for name, (value, _) in PARTS.items()}))) == len(PARTS)
    assert clauses(Condition()) == ()


def test_what_no_rule_decides_is_told_of_each_shipped_policy() -> None:
    """In sentences."""
    for name in shipped_names():
        assert all(words.endswith(".") for words in otherwise(load_policy(shipped(name))).values())
