"""Counts are sums over documents and records: any division, any order, and less what is taken away."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.statistics.counts import add, count_documents, count_ledger, negative, without_texts
from lineage.storage.parquet import canonical
from lineage.storage.tables import LEDGER, documents_schema

Rows = Sequence[dict[str, Any]]

SIGNALS = {"words": pa.int32(), "share": pa.float32(), "flag": pa.bool_(), "note": pa.string()}

TEXTS = st.text("aé日", max_size=40)
DOCUMENTS = st.fixed_dictionaries(
    {
        "text": TEXTS,
        "doc_id": st.integers(0, 99).map(lambda number: f"{number:032x}"),
        "source": st.sampled_from(["web", "books"]),
        "uri": st.sampled_from(["https://a.example.org/1", "http://b.example.co.uk/", "urn:x", None]),
        "license": st.sampled_from(["MIT", None]),
        "profile": st.sampled_from(["0" * 16, "1" * 16, None]),
        "language": st.sampled_from(["en", "de", None]),
        "language_score": st.sampled_from([0.25, 0.5, None]),
        "captured_at": st.sampled_from([datetime(2024, 2, 29, tzinfo=UTC), datetime(1999, 12, 31, tzinfo=UTC), None]),
        "pii_counts": st.sampled_from([{"EMAIL_ADDRESS": 2, "PHONE_NUMBER": 1}, {"EMAIL_ADDRESS": 1}, {}, None]),
        "words": st.integers(-(2**31), 2**31 - 1) | st.none(),
        "share": st.floats(width=32) | st.none(),
        "flag": st.booleans() | st.none(),
        "note": st.just("said"),
    }
)
ENDINGS = [("kept", None), ("dropped", "too_short"), ("dropped", "exact_duplicate"), ("failed", "truncated")]


def documents_of(rows: Rows) -> pa.Table:
    """Return *rows* as documents."""
    schema = documents_schema(SIGNALS)
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema)


def ledger_of(rows: Rows) -> pa.Table:
    """Return *rows* as a ledger."""
    plain = {"seq": 0, "run": "r", "step": "x", "file": "f", "offset": 0}
    return canonical(pa.Table.from_pylist([{**plain, **row} for row in rows], LEDGER), LEDGER)


RECORDS = st.lists(
    st.tuples(
        st.sampled_from(ENDINGS),
        st.booleans(),
        st.sampled_from(["en", None]),
        st.sampled_from(["web", "books"]),
        st.sampled_from(["https://a.example.org/", None]),
        st.sampled_from(["1" * 32, "2" * 32]),
    ),
    max_size=30,
)


def counted(rows: list[dict[str, Any]]) -> pa.Table:
    """Count documents."""
    return count_documents(without_texts(documents_of(rows)))


def ledger_rows(records: list[Any]) -> list[list[dict[str, Any]]]:
    """Return the rows of each record."""
    found = []
    for number, ((outcome, reason), edited, language, source, uri, survivor) in enumerate(records):
        one = {"doc_id": f"{number:032x}", "language": language, "source": source, "uri": uri, "profile": "0" * 16}
        end = {**one, "outcome": outcome, "reason": reason}
        if reason == "exact_duplicate":
            end["duplicate_of"] = survivor
        edits = [{"start": 0, "end": 1, "length": 0}]
        change = [{**one, "outcome": "changed", "reason": "c4_lines", "edits": edits}] if edited else []
        found.append([*change, end])
    return found


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(DOCUMENTS, max_size=20), seed=st.integers(0, 9), gone=st.integers(0, 20))
def test_documents_are_counted_alike_however_they_are_divided(rows: list[Any], seed: int, gone: int) -> None:
    """Parts in any order add up to the whole, and the whole less some is what the others come to."""
    whole = counted(rows)
    mixed = random.Random(seed).sample(rows, len(rows))
    parts = [counted(mixed[at : at + 1 + seed]) for at in range(0, len(mixed), 1 + seed)]

    assert add(reversed(parts)).equals(whole)
    assert add([whole, negative(counted(rows[:gone]))]).equals(counted(rows[gone:]))


@settings(max_examples=60, deadline=None)
@given(records=RECORDS, seed=st.integers(0, 9), gone=st.integers(0, 30))
def test_records_are_counted_alike_however_they_are_divided(records: list[Any], seed: int, gone: int) -> None:
    """So it is with the ledger, as long as the rows of a record stay together."""
    rows = ledger_rows(records)
    mixed = random.Random(seed).sample(rows, len(rows))

    def count(some: list[list[dict[str, Any]]]) -> pa.Table:
        return count_ledger(ledger_of([row for record in some for row in record]))

    parts = [count(mixed[at : at + 1 + seed]) for at in range(0, len(mixed), 1 + seed)]

    assert add(parts).equals(count(rows))
    assert add([count(rows), negative(count(rows[:gone]))]).equals(count(rows[gone:]))


def rows_of(counts: pa.Table, breakdown: str) -> list[tuple[Any, ...]]:
    """Return the rows of a breakdown without empty keys."""
    names = ("key", "second", "third", "fourth", "number", "documents", "amount")
    some = [row for row in counts.to_pylist() if row["breakdown"] == breakdown]
    return [tuple(row[name] for name in names if row[name] != "") for row in some]


def test_what_is_counted_of_documents() -> None:
    """Languages, licences, domains, months, lengths, personal data and signals, with bytes of text."""
    rows = [
        {"text": "日", "source": "web", "language": "en", "uri": "https://www.example.org/", "share": 0.5, "words": 0},
        {"text": "", "source": "web", "captured_at": datetime(2024, 2, 29, tzinfo=UTC), "pii_counts": {"IP": 2}},
    ]

    counts = counted(rows)

    assert rows_of(counts, "kept") == [("en", "web", 0, 1, 3), ("unknown", "web", 0, 1, 0)]
    assert rows_of(counts, "license") == [("unknown", 0, 2, 3)]
    assert rows_of(counts, "domain") == [("(none)", 0, 1, 0), ("example.org", 0, 1, 3)]
    assert rows_of(counts, "month") == [("2024-02", 0, 1, 0), ("unknown", 0, 1, 3)]
    assert rows_of(counts, "length") == [(0, 1, 0), (2, 1, 3)]
    assert rows_of(counts, "pii") == [("IP", 0, 1, 2)]
    assert rows_of(counts, "scanned") == [(0, 1, 0)]
    assert [row[0] for row in rows_of(counts, "signal")] == ["share", "words"]
    assert ("note", 0, 2, 0) not in rows_of(counts, "null")


def test_what_is_counted_of_the_ledger() -> None:
    """Ends by step, reason, language and source; changes; edits; whom duplicates were dropped for; revisits aside."""
    one = {"doc_id": "1", "source": "web", "language": "en"}
    rows: Rows = [
        {**one, "outcome": "changed", "step": "c4", "reason": "c4_lines"},
        {**one, "seq": 1, "outcome": "kept"},
        {**one, "doc_id": "2", "outcome": "dropped", "reason": "near_duplicate", "duplicate_of": "1"},
        {**one, "doc_id": "3", "outcome": "dropped", "reason": "revisit", "duplicate_of": "1", "language": None},
        {**one, "doc_id": "4", "outcome": "failed", "reason": "truncated", "language": None},
    ]

    counts = count_ledger(ledger_of(rows))

    assert rows_of(counts, "dropped") == [
        ("x", "near_duplicate", "en", "web", 0, 1, 0),
        ("x", "revisit", "unknown", "web", 0, 1, 0),
    ]
    assert rows_of(counts, "failed") == [("x", "truncated", "unknown", "web", 0, 1, 0)]
    assert rows_of(counts, "survivor") == [("1", 0, 1, 0)]
    assert rows_of(counts, "changed") == [(0, 1, 0)]
    assert rows_of(counts, "edit") == [("c4", "c4_lines", 0, 1, 0)]
