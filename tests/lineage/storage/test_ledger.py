from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.errors import DamagedFile
from lineage.storage.ledger import lookup
from lineage.storage.parquet import Layout, write_sorted
from lineage.storage.tables import LEDGER, LEDGER_ORDER

NUMBERS = st.lists(st.integers(0, 40), max_size=80)


def spread(number: int) -> str:
    """Return an id for *number*, spread over the whole range of ids."""
    return f"{number * (1 << 128) // 64:032x}"


def ledger(numbers: list[int], start: int = 0) -> pa.Table:
    """Return one event for each of *numbers*, the value telling events apart."""
    rows = [{"doc_id": spread(n), "seq": i % 5, "value": float(start + i)} for i, n in enumerate(numbers)]
    return pa.Table.from_pylist(rows, pa.schema([LEDGER.field(name) for name in ("doc_id", "seq", "value")]))


def brute_force(table: pa.Table, doc_id: str) -> set[tuple[int, float]]:
    """Return the events of *doc_id* by looking at every row."""
    return {(row["seq"], row["value"]) for row in table.to_pylist() if row["doc_id"] == doc_id}


@settings(max_examples=15, deadline=None)
@given(NUMBERS, st.integers(1, 7))
def test_lookup_finds_what_a_full_scan_finds(numbers: list[int], group_rows: int) -> None:
    """A lookup gives exactly the document's events, in order, wherever row groups are cut."""
    table = ledger(numbers)
    with tempfile.TemporaryDirectory() as folder:
        file = write_sorted(table, folder, Layout(LEDGER, LEDGER_ORDER, group_rows))
        for number in range(-1, 42):
            doc_id = spread(max(number, 0)) if number >= 0 else "f" * 32
            found = lookup(file.path, doc_id)
            assert {(event["seq"], event["value"]) for event in found} == brute_force(table, doc_id)
            assert [event["seq"] for event in found] == sorted(event["seq"] for event in found)


def test_columns_that_an_older_file_lacks_are_none(tmp_path: Path) -> None:
    """Asked for a column that came later, a file written before answers with None in every row."""
    older = Layout(pa.schema([field for field in LEDGER if field.name != "detail"]), LEDGER_ORDER, 10)
    file = write_sorted(ledger([1, 1, 2]), str(tmp_path), older)
    found = lookup(file.path, spread(1), ["value", "detail"])

    assert found == [{"value": 0.0, "detail": None}, {"value": 1.0, "detail": None}]


def test_damaged_file_is_named(tmp_path: Path) -> None:
    """A missing or overwritten ledger file is one clear error."""
    with pytest.raises(DamagedFile, match="gone"):
        lookup(str(tmp_path / "gone.parquet"), "a" * 32)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(DamagedFile, match="bad"):
        lookup(str(tmp_path / "bad.parquet"), "a" * 32)
