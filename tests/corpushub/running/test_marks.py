"""What is said of records beside their fate: in the run, the ledger and the documents; older versions have none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl

TEXT = "The ship left the harbour early in the morning and nobody saw it again, number"
DATES = ["2024-02-03", "2024-02-30", "03/04/2024", "+12024-01-01", "soon", None, "31 Feb 2024"]
EXPECTED = {"date_ambiguous": 1, "date_impossible": 2, "date_out_of_range": 1, "date_unreadable": 1}
OLDER = """
import sys
import pyarrow as pa
from lineage.storage import tables
tables.LEDGER = pa.schema([field for field in tables.LEDGER if field.name != "marks"])
tables.DOCUMENTS = pa.schema([field for field in tables.DOCUMENTS if field.name != "marks"])
from pipelines.release import record
record.marks = lambda events: {}
from corpushub.cli import main
main(sys.argv[1:])
"""
"""A release of corpushub that has no marks yet."""


def write(folder: Path, name: str, first: int = 0) -> None:
    """Write a file of records with all sorts of dates."""
    rows = [{"id": f"{first + n}", "text": f"{TEXT} {first + n}", "date": date} for n, date in enumerate(DATES)]
    write_jsonl(folder / "data" / name, [*rows, {"id": f"bad {first}", "date": "soon"}])


def test_dates_that_are_null_are_counted_by_kind(tmp_path: Path, corpushub: Any) -> None:
    """The run counts each record once, and ledger, documents and trace say which record it is."""
    write(tmp_path, "a.jsonl")
    (tmp_path / "recipe.toml").write_text(recipe("[dedup]\nnear = false"))
    hub = tmp_path / "hub"
    made = corpushub("run", tmp_path / "recipe.toml", "--hub", hub)
    told = corpushub("sql", "d@v1", "SELECT doc_id, unnest(marks) AS mark FROM documents ORDER BY mark", "--hub", hub)
    failed = corpushub("sql", "d@v1", "SELECT marks FROM ledger WHERE outcome = 'failed'", "--hub", hub)
    doc_id = next(row["doc_id"] for row in told["rows"] if row["mark"] == "date_ambiguous")
    trace = corpushub("trace", f"d@v1#{doc_id}", "--hub", hub)

    assert made["marks"] == {**EXPECTED, "date_unreadable": 2}
    assert [row["mark"] for row in told["rows"]] == sorted(name for name, n in EXPECTED.items() for _ in range(n))
    assert failed["rows"] == [{"marks": ["date_unreadable"]}]
    assert trace["captured_at"] is None
    assert trace["events"][-1]["marks"] == ["date_ambiguous"]


def test_versions_from_before_there_were_marks_are_of_use(tmp_path: Path, corpushub: Any) -> None:
    """They are read, traced, compared, gone on from, compacted and erased from; what they do not say is null."""
    write(tmp_path, "a.jsonl")
    (tmp_path / "recipe.toml").write_text(recipe("[dedup]\nnear = false"))
    hub = tmp_path / "hub"
    order = ["run", str(tmp_path / "recipe.toml"), "--hub", str(hub), "--workers", "1"]
    done = subprocess.run([sys.executable, "-c", OLDER, *order], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    write(tmp_path, "b.jsonl", 100)
    second = corpushub("run", tmp_path / "recipe.toml", "--hub", hub)

    def rows(version: str, query: str) -> Any:
        return [[*row.values()] for row in corpushub("sql", version, query, "--hub", hub)["rows"]]

    ids = [row[0] for row in rows("d@v1", "SELECT doc_id FROM documents ORDER BY source_id")]
    old = corpushub("trace", f"d@v2#{ids[2]}", "--hub", hub)
    between = corpushub("diff", "d@v1", "d@v2", "--hub", hub)
    compacted = corpushub("compact", "d", "--hub", hub)
    erased = corpushub("erase", "--subject", f"doc:{ids[0]}", "--reason", "r", "--yes", "--hub", hub)

    assert second["reused"]["documents"] == len(DATES)
    assert second["marks"] == {**EXPECTED, "date_unreadable": 2}
    assert (rows("d@v1", "SELECT count(marks) FROM documents"), old["events"][-1]["marks"]) == ([[0]], None)
    assert rows("d@v2", "SELECT count(marks) FROM documents") == [[sum(EXPECTED.values())]]
    assert between["added"] == len(DATES)
    assert compacted
    assert erased["verified"]
    assert len(rows("d@v1", "SELECT doc_id FROM documents")) == len(DATES) - 1
    assert corpushub("verify", "d@v2", "--hub", hub)["ok"]
