"""The record stage: all fragments become ledger files, each event once, revisits with their originals."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.captures.revisits import ORIGINALS
from pipelines.handover.events import EVENTS, EventLog, events
from pipelines.handover.ids import DOC_ID
from pipelines.handover.lists import write_list
from pipelines.handover.sorted_tables import write_sorted
from pipelines.reasons import Reason
from pipelines.release import record
from pipelines.release.record import RecordReport

Rows = list[dict[str, Any]]
OUTCOMES = [("kept", None), ("dropped", "empty"), ("dropped", "revisit_unresolved"), ("changed", "c4_lines")]


def id_of(name: str) -> bytes:
    """Return the doc_id of a made-up document."""
    return hashlib.sha256(name.encode()).digest()[:16]


def write_fragment(folder: Path, rows: Sequence[tuple[str, str, str | None]]) -> str:
    """Write events (document, outcome, reason) as a fragment."""
    log = EventLog()
    for name, outcome, reason in rows:
        table = pa.table({"doc_id": pa.array([id_of(name)], DOC_ID)})
        log.add(events(table, seq=0, step="x", outcome=outcome, reason=reason, source="s", file="f", offset=0))
    path = str(folder / f"{hashlib.sha256(repr(rows).encode()).hexdigest()[:32]}.events")
    log.write(path)
    return path


def write_originals(folder: Path, pairs: Sequence[tuple[str, str]] = ()) -> str:
    """Write resolved revisits."""
    rows = sorted((id_of(name), True, id_of(original)) for name, original in pairs)
    columns = [pa.array([row[at] for row in rows], one.type) for at, one in enumerate(ORIGINALS)]
    path = str(folder / f"{hashlib.sha256(repr(pairs).encode()).hexdigest()[:32]}.originals")
    write_sorted(path, pa.table(columns, ORIGINALS), "doc_id")
    return path


def run(folder: Path, fragments: Sequence[str], originals: str, total: int) -> tuple[list[RecordReport], Rows]:
    """Run the whole stage; return its reports and the ledger's rows."""
    source = record.Fragments(*(write_list(str(folder / "out"), paths) for paths in (fragments, [originals])))
    reports = [task.run() for task in record.plan(source, total, "run1", str(folder / "ledger"), str(folder / "out"))]
    rows = [row for report in reports if report.file for row in pq.read_table(report.file.path).to_pylist()]
    return reports, rows


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(OUTCOMES)), max_size=30), st.integers(1, 4))
def test_every_event_is_recorded_once(
    tmp_path: Path, drawn: list[tuple[str, tuple[str, str | None]]], pieces: int
) -> None:
    """The ledger has the events of all fragments in order of doc_id, and the reports count them, however many files."""
    rows = [(name, *outcome) for name, outcome in drawn]
    fragments = [write_fragment(tmp_path, rows[i::pieces]) for i in range(pieces)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record, "EVENTS_PER_FILE", 4)
        reports, found = run(tmp_path, sorted(set(fragments)), write_originals(tmp_path), len(rows))
    distinct = {fragment: rows[i::pieces] for i, fragment in enumerate(fragments)}
    expected = sorted(
        (id_of(name).hex(), outcome, reason or "") for piece in distinct.values() for name, outcome, reason in piece
    )

    assert len(reports) == max(1, -(-len(rows) // 4))
    assert sorted((row["doc_id"], row["outcome"], row["reason"] or "") for row in found) == expected
    assert [row["doc_id"] for row in found] == sorted(row["doc_id"] for row in found)
    assert sum(row[2] for report in reports for row in report.events) == len(found)
    assert {row["run"] for row in found} <= {"run1"}


def test_resolved_revisits_name_their_original(tmp_path: Path) -> None:
    """An unresolved revisit whose original is known becomes a revisit of it; all else stays as it is."""
    rows = [("a", "dropped", "revisit_unresolved"), ("b", "dropped", "revisit_unresolved"), ("c", "kept", None)]
    originals = write_originals(tmp_path, [("a", "c"), ("c", "b")])
    reports, found = run(tmp_path, [write_fragment(tmp_path, rows)], originals, 3)
    by_id = {row["doc_id"]: (row["reason"], row["duplicate_of"]) for row in found}

    assert by_id == {
        id_of("a").hex(): (Reason.REVISIT.value, id_of("c").hex()),
        id_of("b").hex(): (Reason.REVISIT_UNRESOLVED.value, None),
        id_of("c").hex(): (None, None),
    }
    assert reports[0].events == [("dropped", "revisit", 1), ("dropped", "revisit_unresolved", 1), ("kept", "", 1)]


def test_changed_counts_kept_documents_once(tmp_path: Path) -> None:
    """A document that two steps changed counts once, and one that was dropped later not at all."""
    rows = [("a", "changed", "c4_lines"), ("a", "changed", "pii_scrubbed"), ("a", "kept", None)]
    rows += [("b", "changed", "c4_lines"), ("b", "dropped", "near_duplicate"), ("c", "kept", None)]
    reports, _ = run(tmp_path, [write_fragment(tmp_path, rows)], write_originals(tmp_path), len(rows))

    assert reports[0].changed == 1


def test_order_of_fragments_changes_no_byte(tmp_path: Path) -> None:
    """Ledger files are named by their content, and that does not depend on who wrote which fragment first."""
    fragments = [write_fragment(tmp_path, [(name, "kept", None)]) for name in "abc"]
    originals = write_originals(tmp_path)
    one, _ = run(tmp_path / "one", fragments, originals, 3)
    other, _ = run(tmp_path / "other", fragments[::-1], originals, 3)

    assert one[0].file is not None
    assert other[0].file is not None
    assert one[0].file.sha256 == other[0].file.sha256
    assert one[0].id == other[0].id


def test_no_event_is_no_file(tmp_path: Path) -> None:
    """A range without events reports zero and writes nothing."""
    reports, found = run(tmp_path, [write_fragment(tmp_path, [])], write_originals(tmp_path), 0)

    assert found == []
    assert [(report.file, report.events, report.changed) for report in reports] == [(None, [], 0)]


def test_final_outcomes() -> None:
    """Every record ends as kept, dropped or failed; changed is no end."""
    assert [record.is_final(outcome) for outcome in ("kept", "dropped", "failed", "changed")] == [True] * 3 + [False]
    assert record.count(EVENTS.empty_table()) == []
