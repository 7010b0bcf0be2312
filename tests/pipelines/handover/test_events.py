"""Event fragments: sorted and complete."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.handover.events import CHANGED, DROPPED, EVENTS, FAILED, KEPT, EventLog, events
from pipelines.handover.ids import DOC_ID
from pipelines.handover.sorted_tables import read_sorted
from policies.spans import EDITS, FINDINGS

# few distinct bytes, so that ids share prefixes, fall on bounds, and end in zeros
IDS = st.lists(st.sampled_from(b"\x00\x01\x7f\x80\xff"), min_size=16, max_size=16).map(bytes) | st.binary(
    min_size=16, max_size=16
)


def log_of(ids: list[bytes], outcome: str = KEPT, reason: str | None = None) -> EventLog:
    """Log one event for each id."""
    log = EventLog()
    log.add(events(pa.table({"doc_id": pa.array(ids, DOC_ID)}), seq=0, step="x", outcome=outcome, reason=reason))
    return log


def test_columns_come_from_documents_or_are_given() -> None:
    """A given value wins over the documents' column, one value serves all rows, and what is unknown is null."""
    documents = pa.table({"doc_id": pa.array([b"a" * 16, b"b" * 16], DOC_ID), "uri": ["u", "v"], "text": ["x", "y"]})
    made = events(documents, seq=3, uri=None, value=pa.array([1, None], pa.int8()))

    assert made.schema == EVENTS
    assert made["doc_id"].to_pylist() == [b"a" * 16, b"b" * 16]
    assert made["seq"].to_pylist() == [3, 3]
    assert made["uri"].to_pylist() == [None, None]
    assert made["value"].to_pylist() == [1.0, None]


def test_edits_are_kept_in_order(tmp_path: Path) -> None:
    """Spans follow their event through sorting, the file and counting; null is no edit."""
    edits = pa.array([[{"start": 1, "end": 4, "length": 0}, {"start": 7, "end": 9, "length": 2}], None], EDITS)
    log = EventLog()
    ids = pa.table({"doc_id": pa.array([b"b" * 16, b"a" * 16], DOC_ID)})
    log.add(events(ids, seq=0, step="x", outcome=CHANGED, edits=edits))
    log.add(log_of([b"c" * 16]).batches[0])
    log.write(str(tmp_path / "log"))
    table = read_sorted(str(tmp_path / "log"), "doc_id")

    assert table["edits"].to_pylist() == [None, edits[0].as_py(), None]
    assert log.counts() == {"changed": {"": 2}, "kept": {"": 1}}


def test_no_column_holds_text() -> None:
    """Text cannot enter an event, whatever the documents carry."""
    assert "text" not in EVENTS.names
    assert {field.name for field in FINDINGS.value_type} == {"type", "start", "end", "recognizer", "score", "hash"}
    assert "payload" not in EVENTS.names


@settings(deadline=None, max_examples=50)
@given(st.lists(IDS, max_size=20), st.integers(0, 2**32))
def test_order_of_batches_changes_no_byte(ids: list[bytes], seed: int) -> None:
    """Fragments are sorted: the same events in other batches and another order are the same table."""
    shuffled = random.Random(seed).sample(ids, len(ids))
    parts = EventLog()
    for one in shuffled:
        parts.add(log_of([one]).batches[0])

    assert parts.table().equals(log_of(ids).table())


def test_written_fragment_is_read_back(tmp_path: Path) -> None:
    """A fragment file holds the sorted table, with no events too."""
    for name, log in {"two": log_of([b"b" * 16, b"a" * 16]), "none": log_of([]), "nothing": EventLog()}.items():
        log.write(str(tmp_path / name))
        assert read_sorted(str(tmp_path / name), "doc_id").equals(log.table())


def test_counts_are_by_outcome_and_reason() -> None:
    """Events are counted under the empty reason where they have none."""
    log = log_of([b"a" * 16, b"b" * 16])
    for outcome, reason in ((DROPPED, "empty"), (DROPPED, "empty"), (FAILED, "truncated")):
        log.add(log_of([b"c" * 16], outcome, reason).batches[0])

    assert log.counts() == {"kept": {"": 2}, "dropped": {"empty": 2}, "failed": {"truncated": 1}}
    assert EventLog().counts() == {}
