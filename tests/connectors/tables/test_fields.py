from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors.capture import Limits, Mark
from connectors.tables.fields import Fields, as_date, as_media_type, as_names, as_text, getter, scalar


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a", 1),
        ("b.c", 2),
        ("d.e", "the longest name wins"),
        ("d.e.f", None),
        ("list.1.x", 3),
        ("json.k", 4),
        ("b.none.c", None),
        ("a.b", None),
        ("broken.k", None),
    ],
)
def test_paths_lead_to_values_or_nothing(path: str, expected: object) -> None:
    """Names with dots, lists, JSON held as text and dead ends."""
    record: dict[str, Any] = {
        "a": 1,
        "b": {"c": 2},
        "d": {"e": "shorter"},
        "d.e": "the longest name wins",
        "list": [{}, {"x": 3}],
        "json": '{"k": 4}',
        "broken": "{k",
    }

    assert getter(path)(record) == expected


def test_values_become_strings() -> None:
    """Null and the empty string are null; structures are kept as JSON."""
    values = ["a", "", None, 7, 1.5, True, ["MIT"], ["a", "b"], {"k": None}, b"a\xff"]

    assert [scalar(value) for value in values] == [
        "a", None, None, "7", "1.5", "true", "MIT", '["a","b"]', '{"k":null}', "a\ufffd"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("A. Writer", "A. Writer"),
        (["A", "B"], "A; B"),
        ([{"name": "A", "id": 1}, "B", None, ""], "A; B"),
        ({"name": "A"}, "A"),
        ({"id": 1}, None),
        ([], None),
        (None, None),
        (7, "7"),
    ],
)
def test_names_are_joined(value: object, names: str | None) -> None:
    """Tables name authors in many ways."""
    assert as_names(value) == names


def test_titles_and_authors_are_read_where_records_usually_have_them() -> None:
    """Without a mapping, title and author are the fields of those names."""
    row = Fields.of({}).row({"text": "x", "title": "T", "author": ["A", "B"]}, 0, 1, Limits())
    assert (row.title, row.author) == ("T", "A; B")


def test_text_is_a_string_or_utf8() -> None:
    """Anything else has the failure it deserves, and says what it is instead."""
    assert [as_text(value) for value in ("a", b"\xc3\xa9", b"x\xff", None, 5)] == [
        ("a", None, None),
        ("é", None, None),
        (None, "bad_encoding", "byte 1 is not UTF-8"),
        (None, "missing_text", "the text is null or not there"),
        (None, "missing_text", "the text is a number"),
    ]


def test_dates_and_types_are_normalised() -> None:
    """Dates of any kind are microseconds; media types lose case and parameters."""
    moment = datetime(2024, 1, 2, tzinfo=UTC)
    values = (moment, moment.replace(tzinfo=None), date(2024, 1, 2), "2024-01-02", ["2024-01-02"])

    assert {as_date(value) for value in values} == {(1704153600000000, None)}
    assert as_date(2024) == (1704067200000000, None)
    assert as_date(["2024"]) == as_date(b"2024") == as_date(2024)
    assert (as_date(None), as_date("soon")) == ((None, None), (None, Mark.DATE_UNREADABLE))
    assert as_date(1704153600) == (1704153600000000, None)  # seconds since 1970
    assert [as_media_type(value) for value in (None, "Text/HTML; charset=x")] == ["text/plain", "text/html"]


def test_the_limit_counts_bytes_of_text() -> None:
    """A text is too large by its UTF-8 bytes, not its characters."""
    fields = Fields.of({})

    assert fields.row({"text": "é" * 5}, 0, 1, Limits(record_bytes=10)).failure is None
    assert fields.row({"text": "é" * 5}, 0, 1, Limits(record_bytes=9)).failure == "too_large"
