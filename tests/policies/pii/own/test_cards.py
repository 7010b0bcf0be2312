"""Payment cards beside Presidio's pattern. All numbers are made up here and have a right check digit."""

from __future__ import annotations

from time import process_time

import pytest

from policies.pii.own.cards import CardRanges, passes_luhn


def with_check_digit(begin: str, length: int) -> str:
    """Return a number of *length* digits that begins with *begin* and passes."""
    body = begin.ljust(length - 1, "7")
    return next(number for digit in "0123456789" if passes_luhn(number := body + digit))


def found(text: str) -> list[str]:
    """Return what the recognizer finds in *text*."""
    return [text[one.start : one.end] for one in CardRanges().spans(text)]


COMMON = [("4", 16), ("51", 16), ("2221", 16), ("2720", 16), ("2204", 16), ("34", 15), ("2131", 15), ("3528", 16)]
RARE = [("4", 13), ("4", 19), ("36", 14), ("5018", 12), ("6304", 12), ("6759", 19), ("62", 17)]
NONE = [("2220", 16), ("2721", 16), ("1", 16), ("9", 16), ("4", 14), ("0604", 12), ("54", 15)]


@pytest.mark.parametrize(("begin", "length"), COMMON)
def test_common_lengths_need_no_word(begin: str, length: int) -> None:
    """A number of a published range with its check digit is a card, also in groups; another check digit is none."""
    number = with_check_digit(begin, length)
    assert found(f"it was {number}.") == [number]
    grouped = " ".join(number[at : at + 4] for at in range(0, length, 4))
    assert found(f"it was {grouped}, I think") == [grouped]
    assert found(f"it was {number[:-1]}{(int(number[-1]) + 1) % 10}.") == []


@pytest.mark.parametrize(("begin", "length"), RARE)
def test_rare_lengths_need_a_word(begin: str, length: int) -> None:
    """Other lengths count only where a word before says what they are."""
    number = with_check_digit(begin, length)
    assert found(f"record {number} of the log") == []
    assert found(f"Please charge my credit card. Number is {number}!") == [number]


@pytest.mark.parametrize(("begin", "length"), NONE)
def test_other_ranges_are_no_cards(begin: str, length: int) -> None:
    """A right check digit in a range that no scheme has is not enough, whatever is said."""
    assert found(f"card {with_check_digit(begin, length)}") == []


@pytest.mark.parametrize("around", ["{}-1", "{}1", "1{}", "a{}", "{}a", "0.{}", "{}.5", "/{}", "{}/"])
def test_a_part_of_something_is_no_card(around: str) -> None:
    """Digits inside a longer number, a word, an amount or an address do not count."""
    assert found(f"card {around.format(with_check_digit('2221', 16))}") == []


@pytest.mark.parametrize("piece", ["4", "4 ", "4-", "card 4444444444444 "])
def test_junk_costs_little(piece: str) -> None:
    """A megabyte of any repeated piece takes far less than the minutes that a square of it would."""
    text = piece * (1_000_000 // len(piece))
    began = process_time()
    list(CardRanges().spans(text))
    assert process_time() - began < 30
