"""Phone numbers by shape and by the words beside them. All numbers are made up or set aside for fiction."""

from __future__ import annotations

from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.pii.phones.numbers import PHONE_REGIONS
from policies.pii.phones.recognizer import PhoneShapes
from policies.pii.recognizers import Span, detectors
from policies.pii.scrubber import resolve_overlaps
from policies.pii.search.scan import Limits, scan_texts


def found(text: str) -> list[str]:
    """Return what the recognizer finds in *text*."""
    return [text[one.start : one.end] for one in PhoneShapes().spans(text)]


BY_SHAPE = [
    "+44 20 7946 0958",
    "+44 (0)20 7946 0958",
    "(+44) 20 7946 0958",
    "+49 30 23125 000",
    "+33140205317",
    "+1-212-555-0123",
    "+1 (212) 555-0123 ext. 45",
    "001-212-555-0123x678",
    "00 44 20 7946 0958",
    "0044 (0)20 7946 0958",
    "(212) 555-0123",
    "(212)555-0123x99",
    "212-555-0123",
    "212.555.0123",
    "212 555-0123",
    "1-800-555-0199",
    "0491 570 156",
    "(020) 7946 0958",
    "0120-555-012",
    "01 99 00 12 34",
    "012-555-0123",  # no area code begins with 0, but nothing else looks like this
]
BY_WORDS = [
    ("Phone: ", "555 0123", ""),
    ("Phone:\n", "555-0123", ""),
    ("phone number is ", "5550123", ""),
    ("Tel.: ", "030/901820", ""),
    ("Fax ", "99 00 12 34", ""),
    ("Mobile: ", "612 34 56 78", ""),
    ("call me at ", "99-88-77-66", ""),
    ("Please ring my sister Ann on ", "491 570 156", " today"),
    ("", "91 234 567", " (office)"),
    ("", "5550123456", "-Fax"),
    ("Teléfono ", "(91) 2345-6789", ""),
    ("Тел. ", "555 01 23", ""),
    ("联系电话：", "555-01234", ""),
    ("Telefon ", "0561 940 83-14", ""),
    ("Fax: ", "030 / 209 1394 30", ""),
    ("ＴＥＬ\u3000", "555-0123", ""),
    ("WhatsApp ", "0711-1234567", ""),
]
NOTHING = [
    "on 2012-01-02 08:00 and 02.01.2012, 2012-01-02 08",
    "the years 1998-2004, tel. 1998-2004",
    "between 12:30:45 and 13:30:45.123456",
    "call us in 2012/01/02",
    "phone 192.168.100.200",
    "phone models 3.14159265 and 1.234.567",
    "It cost $1,234,567 or € 1 234 567.",
    "ISBN 978-3-16-148410-0, phone 978-3-16-148410-0",
    "SSN 123-45-6789, call 123-45-6789",
    "phone in 12345-6789",
    "at 48.858370, 2.294481",
    "version 10.15.7.1234567",
    "part 123-4567-8901-2345",
    "order 1234 5678 of item 12345678",
    "https://example.org/212-555-0123/a",
    "id=212-555-0123",
    "x212-555-0123 and 212-555-0123y",
    "212-555-01234 and 9212-555-0123",
    "+999 123 456 789",  # no such country code
    "+1 212 555",
    "a+44 20 7946 0958",
    "1+2125550123",
    "phone 0000 0000",
    "call 25 000 000%",
    "20 000 000 people live there",
    "dial 110 or 112",
    "rows 01 02 03 04 05 and 01-02-03-04-05",
    "call 1000000 times, call 12 1 2 3-4567",
]


@pytest.mark.parametrize("number", BY_SHAPE)
def test_a_shape_that_little_else_has_needs_no_words(number: str) -> None:
    """The number is found alone and in a sentence, with its extension and without what surrounds it."""
    assert found(number) == [number]
    assert found(f"It was {number}, or so. Then 12 more.") == [number]
    assert [one.score for one in PhoneShapes().spans(number)] == [0.6]


@pytest.mark.parametrize(("before", "number", "behind"), BY_WORDS)
def test_a_word_beside_it_tells(before: str, number: str, behind: str) -> None:
    """A grouping that could be anything is a phone number beside a word that says so, and nothing without it."""
    assert found(f"{before}{number}{behind}") == [number]
    assert [one.score for one in PhoneShapes().spans(f"{before}{number}{behind}")] == [0.5]
    assert found(number) == []
    assert found(f"in lot {number} of") == []


@pytest.mark.parametrize("text", NOTHING)
def test_other_numbers_are_left_alone(text: str) -> None:
    """Dates, years, prices, addresses, identifiers and coordinates are no phone numbers, whatever word is near."""
    assert found(text) == []


def test_a_word_speaks_of_the_nearest_number_only() -> None:
    """A label does not reach over another number, nor over the end of a line with text."""
    assert found("tel 555 0123 in lot 1234 5678") == ["555 0123"]
    assert found("tel: see below\n1234 5678") == []


def test_brackets_around_a_number_stay() -> None:
    """The brackets of a remark are not part of the number in it."""
    assert found("(+44 20 7946 0958)") == ["+44 20 7946 0958"]
    assert found("(212-555-0123)") == ["212-555-0123"]


def test_it_adds_to_presidio_and_takes_nothing() -> None:
    """Beside Presidio's recognizer the scan has that one's findings, unchanged, and ours; overlaps resolve to one."""
    text = "Desk: (212)555-0123x456, call 91 234 567 or +1 212 555 0123."
    presidio = detectors(("PHONE_NUMBER",), PHONE_REGIONS)
    alone = scan_texts([text], presidio, Limits()).spans[0]
    beside = [*presidio, PhoneShapes()]
    both = scan_texts([text], beside, Limits()).spans[0]
    assert all(span in both for span in alone)
    assert {*both} - {*alone} == {*PhoneShapes().spans(text)}
    winners = [text[one.start : one.end] for one in resolve_overlaps(both)]
    assert winners == ["(212)555-0123x456", "91 234 567", "+1 212 555 0123"]


PIECES = [
    *["0", "1", "2", "12", "20", "212", "555", "0123", "44", "+", "-", ".", "/", "(", ")", "x", "#", ":", ",", ";"],
    " ",
    "\n",
    "tel ",
    "call ",
    " fax",
    "ext. ",
    "é",
    "٣",
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
@settings(max_examples=300, deadline=None)
def test_findings_are_in_order_and_of_the_right_size(text: str) -> None:
    """Whatever is put together: spans do not overlap, begin and end well, and hold 7 to 21 digits."""
    spans: list[Span] = list(PhoneShapes().spans(text))
    for one in spans:
        value = text[one.start : one.end]
        assert value[0] in "+(0123456789"
        assert value[-1] in "0123456789"
        assert 7 <= sum(map(str.isdigit, value)) <= 21
    assert all(one.end <= other.start for one, other in pairwise(spans))


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
@settings(max_examples=100, deadline=None)
def test_lines_apart_change_nothing(text: str) -> None:
    """What stands on far-off lines does not count."""
    gap = "\nnothing is here\n"
    shift = len(gap)
    spans = [(one.start + shift, one.end + shift, one.score) for one in PhoneShapes().spans(text)]
    assert [(one.start, one.end, one.score) for one in PhoneShapes().spans(gap + text + gap)] == spans


@pytest.mark.parametrize(
    "piece", ["1", "1 ", "12 34 ", "1-", "+1", "+1 ", "(1", "(123)", "123-456-", "00 ", "1/2.3-", "tel 1", "x1"]
)
def test_junk_costs_little(piece: str) -> None:
    """A megabyte of any repeated piece takes far less than the minutes that a square of it would."""
    text = piece * (1_000_000 // len(piece))
    began = process_time()
    list(PhoneShapes().spans(text))
    assert process_time() - began < 30


@pytest.mark.parametrize(
    "number",
    [
        "8 (495) 123-45-67",
        "8(495)123-45-67",
        "8-800-555-35-35",
        "8 800 555-35-35",
        "8 (800) 555-3535",
        "8 (4722) 12-34-56",
        "415-555-2671/2672",
        "(415) 555-2671/72",
        "415-555-2671/72/73",
        "415-555-2671/2672/2673",
        "8(495)1234567",
        "8(800)5553535",
        "8 (383) 2-12-34-56",
        "03(1234)5678",
    ],
)
def test_shapes_of_russia_and_of_several_numbers(number: str) -> None:
    """An 8 before area code and groups; the last digits of further numbers belong to the first."""
    found = [(number[one.start : one.end], one.score) for one in PhoneShapes().spans(number)]

    assert found == [(number, 0.6)]


@pytest.mark.parametrize(
    "text", ["8 345 678 123", "8 800 555 1234 5678", "8-123-456-78-90", "415-555-2671/2672/x", "8 (495)"]
)
def test_what_only_begins_like_them(text: str) -> None:
    """Thousands, other groups, paths."""
    assert [one for one in PhoneShapes().spans(text) if one.end - one.start == len(text)] == []


@pytest.mark.parametrize("label", ["手机号是", "手机号码是", "電話番号は", "联系电话", "휴대폰은 "])
def test_labels_may_end_in_particles(label: str) -> None:
    """Words for number, and for is, stand between the label and its number."""
    assert [one.score for one in PhoneShapes().spans(f"{label} 13800138000。")] == [0.5]
