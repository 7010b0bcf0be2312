"""What the scan of files prints for each record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from corpushub.cli import main
from corpushub.requests.scan.scan_files import searcher
from corpushub.requests.scan.scan_records import Fields, applier, scan_records
from corpushub.testing.recipes import recipe

MAIL = "zqann@mail.example.com"
TEXT = f"e\u0301 \U0001f600 {MAIL}\r\nand 192.0.2.1"
LINES = [
    json.dumps({"id": "a", "text": TEXT}),
    json.dumps({"id": 7, "text": "nothing"}),
    '{"id": "broken", "text": "zqbroken@mail.example.com',
    "",
    json.dumps({"id": "none"}),
    json.dumps({"key": "k", "body": MAIL, "id": "b", "text": MAIL}),
]
RECIPE = recipe("[pii]", paths=["*.jsonl"])


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with lines of which two are broken, a plain text and a page."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CORPUSHUB_PII_KEY", raising=False)
    Path("docs.jsonl").write_text("\n".join(LINES) + "\n", encoding="utf-8")
    Path("notes.txt").write_bytes(f"\ufeffto {MAIL}\r\n".encode())
    Path("page.html").write_text(f"<p>Write to <b>{MAIL}</b></p>", encoding="utf-8")
    return tmp_path


def scan(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, ["scan", *arguments])


def rows(result: Result) -> list[dict[str, Any]]:
    """Return the printed objects."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_record_is_a_line_in_order(files: Path) -> None:
    """A line has id, status and spans in code points of the text as written; broken lines harm no neighbour."""
    result = scan("docs.jsonl")

    assert result.exit_code == 1
    found = rows(result)
    assert [[*one] for one in found] == [["id", "status", "spans"]] * 5
    assert [(one["id"], one["status"], len(one["spans"])) for one in found] == [
        ("a", "complete", 2),
        ("7", "complete", 0),
        (None, "failed", 0),
        ("none", "failed", 0),
        ("b", "complete", 1),
    ]
    mail, address = found[0]["spans"]
    assert [*mail] == ["type", "start", "end", "score", "recognizer"]
    assert (mail["type"], mail["score"], mail["recognizer"]) == ("EMAIL_ADDRESS", 1.0, "EmailRecognizer")
    assert TEXT[mail["start"] : mail["end"]] == MAIL
    assert TEXT[address["start"] : address["end"]] == "192.0.2.1"
    assert "2 records could not be read" in result.stderr
    assert "zq" not in result.output


def test_fields_are_named(files: Path) -> None:
    """Text and id come from the fields that are named."""
    last = rows(scan("docs.jsonl", "--field", "body", "--id", "key"))[-1]

    assert (last["id"], last["spans"][0]["start"]) == ("k", 0)


def test_a_file_of_plain_text_is_named_by_its_file(files: Path) -> None:
    """Plain text and pages have the file's name as their id; a byte order mark does not count."""
    found = rows(scan("notes.txt", "page.html"))

    assert [(one["id"], one["spans"][0]["start"]) for one in found] == [("notes.txt", 3), ("page.html", 9)]


def test_apply_prints_the_scrubbed_text(files: Path) -> None:
    """Records come as objects with id, status and text, plain text as it is; what was not searched is withheld."""
    Path("noise.bin").write_bytes(bytes(range(256)))
    lines = rows(scan("docs.jsonl", "--apply"))
    plain = scan("noise.bin", "notes.txt", "--apply")

    assert [[*one] for one in lines] == [["id", "status", "text"]] * 5
    assert [one["text"] for one in lines] == [
        "e\u0301 \U0001f600 <EMAIL_ADDRESS_1>\r\nand <IP_ADDRESS_1>",
        "nothing",
        None,
        None,
        "<EMAIL_ADDRESS_1>",
    ]
    assert plain.stdout_bytes == b"to <EMAIL_ADDRESS_1>\r\n"
    assert "noise.bin: not printed; the search is failed" in plain.stderr
    assert plain.exit_code == 1


def test_apply_acts_as_the_recipe_says(files: Path) -> None:
    """Actions come from the recipe; one that needs a key is refused without it, before anything is printed."""
    Path("mask.toml").write_text(RECIPE + 'default = "mask"\n', encoding="utf-8")
    Path("key.toml").write_text(RECIPE + 'default = "pseudonym"\n', encoding="utf-8")

    assert scan("notes.txt", "--apply", "--recipe", "mask.toml").stdout_bytes.strip() == b"to " + b"*" * len(MAIL)
    refused = scan("notes.txt", "--apply", "--recipe", "key.toml")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "CORPUSHUB_PII_KEY" in refused.stderr
    assert scan("notes.txt", "--recipe", "key.toml").exit_code == 1


def test_a_dropped_text_is_not_printed(files: Path) -> None:
    """Where an action drops a plain text its place stays empty, and the reason is told."""
    Path("drop.toml").write_text(RECIPE + 'default = "drop"\n', encoding="utf-8")
    dropped = scan("notes.txt", "--apply", "--recipe", "drop.toml")

    assert (dropped.exit_code, dropped.stdout) == (1, "")
    assert "notes.txt: not printed; an action drops it" in dropped.stderr


def test_names_are_looked_for_in_english_alone(files: Path) -> None:
    """In lines as in the summary; in how many records they were not looked for is told."""
    Path("names.toml").write_text(RECIPE + 'names = true\n\n[[step]]\nuse = "language"\n', encoding="utf-8")
    texts = ["Yesterday Robert Miller and his wife flew from London to Paris.", "Gestern flog die Familie nach Hause."]
    Path("names.jsonl").write_text("\n".join(json.dumps({"text": one}) for one in texts), encoding="utf-8")
    lines = scan("names.jsonl", "--recipe", "names.toml")
    report = scan("names.jsonl", "--recipe", "names.toml", "--summary")

    assert {span["type"] for span in rows(lines)[0]["spans"]} == {"PERSON", "LOCATION"}
    assert "not looked for in 1 records" in lines.stderr
    assert "PERSON" in report.stdout


def test_exit_codes(files: Path) -> None:
    """The code is 0 where nothing is found, 2 where a file is missing or options contradict each other."""
    Path("clean.jsonl").write_text(LINES[1], encoding="utf-8")

    assert (scan("clean.jsonl").exit_code, rows(scan("clean.jsonl"))[0]["spans"]) == (0, [])
    missing = scan("clean.jsonl", "none.txt")
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert scan("clean.jsonl", "--apply", "--summary").exit_code == 2


def test_a_summary_is_the_report(files: Path) -> None:
    """The summary counts by file in words, and names findings on request."""
    result = scan("docs.jsonl", "--summary", "--findings", "1")

    assert "docs.jsonl: 5 documents searched, 2 failed" in result.stdout
    assert "record 1 at" in result.stdout


def test_records_are_read_as_they_are_asked_for(files: Path) -> None:
    """The first record is there before the file has been read: memory holds a batch, whatever the file holds."""
    size = 5 << 20
    with Path("large.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"id": str(number), "text": "x" * (size // 5)}) + "\n" for number in range(15))
        file.write("{broken")
    records: Iterator[Any] = scan_records(["large.jsonl"], searcher(None), Fields())
    first = next(records)
    Path("large.jsonl").write_text("", encoding="utf-8")  # what was not read yet is gone
    assert (first.id, len([first, *records]) < 16) == ("0", True)


def test_a_text_beyond_the_limit_is_partial(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with more bytes than a record may have is not read to its end, and says so."""
    from connectors.capture import Limits

    monkeypatch.setattr("corpushub.requests.scan.scan_files.Limits", lambda: Limits(record_bytes=100))
    Path("long.txt").write_text("x " * 1000 + MAIL, encoding="utf-8")
    (found,) = scan_records(["long.txt"], applier(None), Fields())
    assert (found.status.value, found.text, found.id) == ("partial", None, "long.txt")
