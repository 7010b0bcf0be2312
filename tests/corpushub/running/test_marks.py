"""What is said of records beside their fate: in the run, the ledger and the documents; older versions have none."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from corpushub.testing.recipes import recipe, source
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


def warc(*records: tuple[str, bytes, dict[str, str]]) -> bytes:
    """Return an archive of pages, each with the text of its body, its payload and further header lines."""
    found = b""
    for number, (headers, body, more) in enumerate(records):
        block = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n{headers}\r\n".encode() + body
        fields = {"WARC-Type": "response", "WARC-Target-URI": f"http://a.example/{number}", **more}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        found += f"WARC/1.0\r\n{head}Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"
    return found


PAGES = (
    ("", f"{TEXT} one".encode(), {"WARC-Date": "2024-02-03T04:05:06Z"}),
    ("Content-Length: 900\r\n", f"{TEXT} two".encode(), {"WARC-Date": "2024-02-03T04:05:06Z"}),
    ("", f"{TEXT} three".encode(), {"WARC-Payload-Digest": "sha1:" + "A" * 32}),
)


@pytest.mark.parametrize(
    ("options", "counts", "reasons", "marks"),
    [
        ({}, (3, 0, 0), {}, {"digest_mismatch": 1, "truncated": 1}),
        ({"integrity": "off"}, (3, 0, 0), {}, {"truncated": 1}),
        ({"integrity": "drop"}, (2, 0, 1), {"digest_mismatch": 1}, {"digest_mismatch": 1, "truncated": 1}),
        ({"truncated": "drop"}, (2, 1, 0), {"body_truncated": 1}, {"digest_mismatch": 1, "truncated": 1}),
    ],
)
def test_a_source_says_what_becomes_of_changed_and_cut_records(
    options: dict[str, str],
    counts: tuple[int, int, int],
    reasons: dict[str, int],
    marks: dict[str, int],
    tmp_path: Path,
    corpushub: Any,
) -> None:
    """Both are kept with a mark by default."""
    (tmp_path / "a.warc").write_bytes(warc(*PAGES))
    (tmp_path / "recipe.toml").write_text(f'[dataset]\nname = "d"\n{source("s", "warc", ["a.warc"], **options)}')

    made = corpushub("run", tmp_path / "recipe.toml", "--hub", tmp_path / "hub")

    assert tuple(made["counts"][name] for name in ("kept", "dropped", "failed")) == counts
    assert (made["reasons"], made["marks"]) == (reasons, marks)


def test_a_choice_that_there_is_not_is_refused_by_the_plan(tmp_path: Path, corpushub: Any) -> None:
    """The error names the choices."""
    (tmp_path / "a.warc").write_bytes(warc(*PAGES))
    text = f'[dataset]\nname = "d"\n{source("s", "warc", ["a.warc"], integrity="strict")}'
    (tmp_path / "recipe.toml").write_text(text)

    error = corpushub("plan", tmp_path / "recipe.toml", "--hub", tmp_path / "hub", code=2)

    assert "'integrity' is one of record, drop, off" in error["message"]


@pytest.mark.parametrize(
    ("pins", "said"),
    [
        ({"data/a.jsonl": "right"}, None),
        ({"data/a.jsonl": "RIGHT"}, None),
        ({"data/a.jsonl": "wrong"}, "data/a.jsonl of source 's' is not the file that the recipe means"),
        ({"data/b.jsonl": "right"}, "has no file 'data/b.jsonl', of which its `sha256` speaks; did you mean"),
        ({"data/a.jsonl": "short"}, "String should match pattern"),
    ],
)
def test_a_recipe_may_say_what_a_file_must_hold(
    pins: dict[str, str], said: str | None, tmp_path: Path, corpushub: Any
) -> None:
    """A file with other bytes, or one that is not there, is refused before anything is read."""
    write(tmp_path, "a.jsonl")
    right = hashlib.sha256((tmp_path / "data" / "a.jsonl").read_bytes()).hexdigest()
    values = {"right": right, "RIGHT": right.upper(), "wrong": "0" * 64, "short": "00"}
    wanted = {name: values[value] for name, value in pins.items()}
    (tmp_path / "recipe.toml").write_text(recipe(sha256=wanted))
    for command in ("plan", "run"):
        found = corpushub(command, tmp_path / "recipe.toml", "--hub", tmp_path / "hub", code=2 if said else 0)
        assert said is None or said in found["message"]


def test_a_pinned_file_is_looked_at_even_if_its_time_has_not_changed(tmp_path: Path, corpushub: Any) -> None:
    """That size and time agree with those of another day proves nothing."""
    write(tmp_path, "a.jsonl")
    path = tmp_path / "data" / "a.jsonl"
    right = hashlib.sha256(path.read_bytes()).hexdigest()
    (tmp_path / "recipe.toml").write_text(recipe(sha256={"data/a.jsonl": right}))
    corpushub("run", tmp_path / "recipe.toml", "--hub", tmp_path / "hub")
    times = path.stat()
    path.write_bytes(path.read_bytes().replace(b"ship", b"boat"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    assert corpushub("run", tmp_path / "recipe.toml", "--hub", tmp_path / "hub", code=2)["error"] == "WrongDigest"
