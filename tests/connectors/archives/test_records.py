from __future__ import annotations

from collections.abc import Callable

from connectors.archives.cursor import Cursor
from connectors.archives.records import alone, walk
from connectors.archives.warc import SYNTAX
from connectors.capture import Failure

Build = Callable[..., bytes]


def test_a_walk_stops_before_the_first_record_at_the_stop(warc_record: Build) -> None:
    """The cursor is left on the record that the next slice begins with, garbage before it belongs to this one."""
    one = warc_record(b"one", "resource")
    cursor = Cursor([one + b"garbage\r\n" + one + one])

    found = list(walk(cursor, SYNTAX, 1000, stop=len(one)))

    assert [(record.block, record.failure) for record in found] == [(b"one", None), (None, Failure.BROKEN_RECORD)]
    assert cursor.position == len(one) + len(b"garbage\r\n")


def test_missing_separators_do_not_matter(warc_record: Build) -> None:
    """Records that follow each other without, or with more, line breaks are read."""
    one = warc_record(b"one", "resource").rstrip()

    for separator in (b"", b"\n", b"\r\n" * 9):
        found = list(walk(Cursor([one + separator + one + separator]), SYNTAX, 1000))

        assert [(record.block, record.length) for record in found] == [(b"one", len(one))] * 2


def test_only_a_single_whole_record_is_alone(warc_record: Build) -> None:
    """Anything before, behind or missing sends the caller the careful way."""
    one = warc_record(b"one", "resource")
    found = alone(one, SYNTAX, 7, 99)

    assert found is not None
    assert (found.offset, found.length, found.block) == (7, 99, b"one")
    for data in (b" " + one, one + one, one[:-5], one + b"more", b""):
        assert alone(data, SYNTAX, 0, 0) is None


def test_a_large_record_is_skipped_and_its_header_kept(warc_record: Build) -> None:
    """Only the place and header of a record above the limit remain."""
    large, small = warc_record(b"x" * 5000, "resource"), warc_record(b"small", "resource")

    found = list(walk(Cursor([large[:100], large[100:] + small]), SYNTAX, 1000))

    assert [record.failure for record in found] == [Failure.TOO_LARGE, None]
    assert (found[0].offset, found[0].length, found[1].offset) == (0, len(large) - 4, len(large))
    assert b"WARC-Target-URI" in found[0].header
