from __future__ import annotations

import ast
import json
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpushub.commands.output import Output
from corpushub.printable import json_printable, one_line, printable, shown

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\r\x08\x7f\u202eevil\u2066\u2028\nerror: nothing"
BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


class Kind(StrEnum):
    """A word of ours."""

    ONE = "one"


@dataclass(frozen=True)
class Inner:
    """Something within an answer."""

    name: str
    kind: Kind = Kind.ONE


@dataclass(frozen=True)
class Answer:
    """An answer with strings in all places."""

    name: str
    inner: tuple[Inner, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    many: list[str] = field(default_factory=list)


def is_harmless(text: str) -> bool:
    """Tell whether a terminal would only write *text* down."""
    return not any(
        (unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs") and char not in "\n\t")
        or unicodedata.bidirectional(char) in BIDI
        for char in text
    )


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_acts_on_a_terminal(text: str) -> None:
    """Whatever a text holds, it is written down and does nothing; what is harmless stays as it is."""
    assert is_harmless(printable(text))
    assert is_harmless(one_line(text))
    assert "\n" not in one_line(text)
    if is_harmless(text) and text.isprintable():
        assert printable(text) == text == one_line(text)


@given(st.text())
def test_json_means_the_same(text: str) -> None:
    """Escapes of JSON stand for the characters themselves."""
    line = json_printable(json.dumps({"a": text}, ensure_ascii=False))
    assert json.loads(line) == {"a": text}
    assert is_harmless(line)


def test_values_are_lines_of_their_own() -> None:
    """A line end in a value writes no line of an answer, however deep it stands; what needs nothing stays itself."""
    answer = Answer(HOSTILE, (Inner(HOSTILE),), {HOSTILE: 1}, [HOSTILE])
    found = shown(answer)
    for text in (found.name, found.inner[0].name, *found.counts, *found.many):
        assert "\n" not in text
        assert is_harmless(text)
    assert found.inner[0].kind is Kind.ONE
    plain = Answer("a", (Inner("b"),), {"c": 1}, ["d"])
    assert shown(plain) is plain


@pytest.mark.parametrize("as_json", [False, True])
def test_answers_and_errors_pass_one_door(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """Text and JSON, answers and errors."""
    output = Output(json=as_json)
    output.answer("show", Answer(HOSTILE, (Inner(HOSTILE),)), lambda one: f"{one.name}\n{one.inner[0].name}")
    output.error(ValueError(HOSTILE))
    told = capsys.readouterr()
    assert is_harmless(told.out)
    assert is_harmless(told.err)


def test_commands_speak_through_one_door() -> None:
    """No command writes by itself: what it says to people passes ``say``, and what programs read its two sisters."""
    found = set()
    for path in sorted((Path(__file__).parents[2] / "corpushub").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "click.echo",
                "click.secho",
                "sys.stdout.write",
            ):
                found.add(path.name)
    assert found == {"output.py"}
