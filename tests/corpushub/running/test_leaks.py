"""Nothing leaks: values planted in every place a source has are in no file of the hub and in no word it says."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

COMMAND = Path(sys.executable).with_name("corpushub")
KEY = "zqkey and more than sixteen bytes"
CONTROL = "zqcontrol"  # stands in a text that is kept and not scrubbed
PLACES = ["text", "dropped", "copy", "fault", "url", "login", "token", "id", "license", "broken", "name", "bad", "key"]
PLACES += ["header", "cookie", "comment", "uri", "record", "revisit", "ip", "title", "author", "head", "writer"]
CREDIT, WRITER = "zqcredit", "zqpenname"  # a title and an author that a licence asks for
UNASKED = "zqunasked"  # a title that none asks for
FAULT = "+1 212 555 2399"
RECIPE = """
[dataset]
name = "d"
[[source]]
name = "tables"
connector = "jsonl"
paths = ["data/*.jsonl"]
license = "per-record"
[[source]]
name = "pages"
connector = "warc"
paths = ["data/*.warc"]
[dedup]
near = false
[pii]
default = "pseudonym"
actions = { IP_ADDRESS = "drop", PHONE_NUMBER = "surrogate" }
"""
BREAK_A_RECOGNIZER = f"""
import phonenumbers
plain = phonenumbers.PhoneNumberMatcher.__init__
def fail(self, text, *rest, **named):
    if {FAULT!r} in text:
        raise ValueError(text)
    plain(self, text, *rest, **named)
phonenumbers.PhoneNumberMatcher.__init__ = fail
"""


def mark(place: str) -> str:
    """Return the e-mail address that is planted in a place, and nowhere else."""
    return f"zq{place}@secret.example.com"


def tables() -> Iterator[str]:
    """Make lines of JSON with values in texts, ids, addresses and licences, a broken one, and half of one."""
    url = f"https://zqlogin:pw@h.example/u/{mark('url')}?access_token=zqtoken&page=2"
    yield json.dumps({"id": "1", "text": f"The word {CONTROL}, and {mark('text')} too.", "url": url})
    yield json.dumps({"id": mark("id"), "text": "plain", "license": f"ask {mark('license')}"})
    named = {"title": f"{CREDIT} {mark('title')}", "author": mark("author"), "license": "CC-BY-4.0"}
    yield json.dumps({"id": "9", "text": "attributed", **named})
    yield json.dumps({"id": "10", "text": "unattributed", **named, "title": UNASKED, "license": "MIT"})
    yield json.dumps({"id": "3", "text": f"{mark('dropped')} at 10.1.2.3 is zqip@secret.example.com"})
    for number in (4, 5):
        yield json.dumps({"id": str(number), "text": f"{mark('copy')} twice"})
    yield json.dumps({"id": "6", "text": f"call zqfault {mark('fault')}: {FAULT}"})
    yield '{"id": "7", "text": ' + mark("broken") + "}"
    yield '{"id": "8", "text": "' + mark("broken")


def archive() -> bytes:
    """Make a WARC file: a page with values in header and comment, a broken record, a revisit of what is not there."""
    by = '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">L</a>'
    head = f"<title>{mark('head')}</title><meta name=author content='{WRITER} {mark('writer')}'>"
    page = f"<html>{head}<!-- {mark('comment')} --><body><p>A page of words.</p>{by}</body></html>"
    http = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-User: {mark('header')}\r\nSet-Cookie: s=zqcookie\r\n\r\n"
    again = "HTTP/1.1 200 OK\r\n\r\n"
    records = [("response", f"https://h.example/?mail={mark('uri')}", http + page)]
    records.append(("revisit", f"https://h.example/{mark('revisit')}", again))
    whole = "".join(record(*one) for one in records)
    return f"{whole}WARC/1.1\r\nWARC-Type: {mark('record')}\r\nContent-Length: many\r\n\r\n".encode()


def record(kind: str, uri: str, block: str) -> str:
    """Make a WARC record."""
    fields = f"WARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\nWARC-Date: 2024-01-02T03:04:05Z\r\n"
    fields += "Content-Type: application/http; msgtype=response\r\n"
    return f"WARC/1.1\r\n{fields}Content-Length: {len(block)}\r\n\r\n{block}\r\n\r\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recipe and its sources, of which one cannot be read, and a recognizer that raises."""
    folder = tmp_path_factory.mktemp("leaks")
    for name in ("data", "inject", "tmp"):
        (folder / name).mkdir()
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    (folder / "inject" / "sitecustomize.py").write_text(BREAK_A_RECOGNIZER, encoding="utf-8")
    (folder / "data" / f"{mark('name')}.jsonl").write_text("\n".join(tables()), encoding="utf-8")
    (folder / "data" / "a.warc").write_bytes(archive())
    (folder / "data" / f"{mark('bad')}.warc").write_bytes(b"this is no archive")
    return folder


def call(folder: Path, *arguments: str, code: int = 0) -> str:
    """Run the command line as loudly as it can be; return all it says."""
    path = os.pathsep.join([str(folder / "inject"), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path, "CORPUSHUB_PII_KEY": KEY, "TMPDIR": str(folder / "tmp")}
    command = [str(COMMAND), *arguments, "--hub", str(folder / "hub"), "--debug"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == code, done.stderr[-2000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def said(folder: Path) -> str:
    """All that is said by a run that fails, one that does not, and questions about what it made."""
    recipe = f"{folder}/recipe.toml"
    words = [call(folder, "run", recipe, "--yes", code=1)]
    assert leaks_in(folder / "hub", work=False) == {}
    words.append(call(folder, "run", recipe, "--yes", "--workers", "2", "--allow-failed", "1", "--json"))
    words += [call(folder, "plan", recipe, flag) for flag in ("--json", "--debug")]
    for question in (["runs"], ["show", "d"], ["trace", "d"], ["verify", "d"], ["clean"], ["dedup-report", "d"]):
        words.append(call(folder, *question, "--json"))
    return "".join(words)


def leaks_in(home: Path, *, work: bool = True) -> dict[str, list[str]]:
    """Return for each planted value the files below *home* that hold it, decoded; *work*: those between stages too."""
    found: dict[str, list[str]] = {}
    for path in sorted(path for path in home.rglob("*") if path.is_file()):
        if work or home / "work" not in path.parents:
            content = f"{path.relative_to(home)} {decoded(path)}"
            for place in PLACES:
                if f"zq{place}" in content:
                    found.setdefault(place, []).append(str(path.relative_to(home)))
    return found


def decoded(path: Path) -> str:
    """Return what a file holds, whatever it is packed with."""
    content = path.read_bytes()
    if content.startswith(b"PAR1"):
        return f"{content!r} {pq.read_table(path).to_pylist()}"
    if content.startswith(b"ARROW1"):
        return str(pa.ipc.open_file(content).read_all().to_pylist())
    if content.startswith(b"SQLite format 3"):
        with sqlite3.connect(path) as database:
            return "\n".join(database.iterdump())
    if content.startswith(b"Obj\x01"):  # Avro: blocks of two numbers and deflated rows, each before the same 16 bytes
        return "".join(inflated(block) for block in content.split(content[-16:])[1:-1]) + repr(content)
    return repr(content)


def inflated(block: bytes) -> str:
    """Return the rows of an Avro block."""
    start = 0
    for _ in range(2):  # the numbers of rows and bytes, seven bits in each byte
        while block[start] & 0x80:
            start += 1
        start += 1
    try:
        return repr(zlib.decompress(block[start:], -15))
    except zlib.error:
        return repr(block)


def test_no_file_of_the_hub_holds_a_planted_value(folder: Path, said: str) -> None:
    """Not the documents, the ledger, the index, the catalog, the control database, nor what is left in between."""
    assert leaks_in(folder / "hub") == {}
    assert leaks_in(folder / "tmp") == {}


def test_nothing_said_holds_a_planted_value(said: str) -> None:
    """Neither answers nor progress, warnings, tracebacks and plans."""
    assert [place for place in PLACES if f"zq{place}" in said] == []
    assert "Traceback" in said
    assert "<EMAIL>" in said


def test_the_search_for_leaks_can_find_one(folder: Path, said: str) -> None:
    """The word that may stand in the hub is found there: in the text of the document that is kept, and nowhere else."""
    holders = [path for path in (folder / "hub").rglob("*") if path.is_file() and CONTROL in decoded(path)]
    assert [path.parent.parent.name for path in holders] == ["documents"]


@pytest.mark.parametrize("word", [CREDIT, WRITER])
def test_whom_to_name_stands_beside_the_text_alone(folder: Path, said: str, word: str) -> None:
    """A title or author that a licence asks for is in the documents and in nothing else, not even in what was said."""
    holders = [path for path in (folder / "hub").rglob("*") if path.is_file() and word in decoded(path)]
    assert [path.parent.parent.name for path in holders] == ["documents"]
    assert word not in said


def test_nobody_is_named_without_need(folder: Path, said: str) -> None:
    """A title that no licence asks for is in no file, work files included."""
    assert [path for path in (folder / "hub").rglob("*") if path.is_file() and UNASKED in decoded(path)] == []


def test_a_redacted_id_is_found_by_what_it_was(folder: Path, said: str) -> None:
    """A question is redacted as the answer was, so that the record with an e-mail address for an id is found by it."""
    answer = json.loads(call(folder, "find", "--id", mark("id"), "--json"))
    assert [match["source_id"] for match in answer["matches"]] == ["<EMAIL>"]


def test_every_fault_is_accounted_for(folder: Path, said: str) -> None:
    """What was planted went the way it was meant to go: scrubbed, dropped, failed, unreadable."""
    run: Any = json.loads(next(line for line in said.splitlines() if '"corpushub.run/1"' in line))
    counts, reasons = run["counts"], run["reasons"]
    assert counts["read"] == counts["kept"] + counts["dropped"] + counts["failed"]
    expected = {"pii_scrubbed", "pii_found", "pii_scan_failed", "exact_duplicate", "broken_record", "unreadable_shard"}
    assert expected | {"revisit_unresolved", "truncated"} <= set(reasons)
