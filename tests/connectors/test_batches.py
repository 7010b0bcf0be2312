from __future__ import annotations

from connectors.batches import Row, batches, failed, utf8_size
from connectors.capture import CAPTURES, Failure, Limits


def test_a_row_has_the_columns_of_captures() -> None:
    """Field names and order are those of the schema."""
    assert list(Row._fields) == CAPTURES.names


def test_batches_close_at_bytes_and_at_rows() -> None:
    """A batch is closed by the row that reaches a limit; no row is lost or moved."""
    rows = [Row(text="é" * n, offset=n) for n in range(10)] + [Row(payload=b"x" * 30, offset=10), Row(offset=11)]

    found = list(batches(rows, Limits(batch_bytes=20, batch_rows=4)))

    assert [batch.num_rows for batch in found] == [4, 3, 2, 2, 1]
    assert [row["offset"] for batch in found for row in batch.to_pylist()] == list(range(12))
    assert list(batches([], Limits())) == []


def test_a_failed_row_holds_its_place_only() -> None:
    """Nothing but the place and the failure is set."""
    row = failed(Failure.TRUNCATED, 7, None)

    assert {name: value for name, value in row._asdict().items() if value is not None} == {
        "kind": "record",
        "offset": 7,
        "failure": "truncated",
    }


def test_sizes_are_bytes_of_utf8() -> None:
    """Characters beyond ASCII count as many bytes as they take."""
    assert [utf8_size(text) for text in ("", "abc", "é", "世界")] == [0, 3, 2, 6]
