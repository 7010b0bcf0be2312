"""The whole story: five versions, three subjects, two of them erased, and what every command says afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from fastavro import reader as avro_reader
from sqlalchemy import select

from corpushub.errors import BadRequest, Suppressed
from corpushub.requests.erase import execute
from corpushub.requests.subjects import Request
from corpushub.running.run import RunResult, run
from corpushub.running.unfinished import FinishedErasures
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl
from corpushub.testing.watching import SilentWatcher
from corpushub.text import erasures
from lineage.control.erasures import show_receipt
from lineage.control.version_files import version_files
from lineage.control.versions import get_version
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.hub.schema import METADATA
from lineage.proof.verify import verify_version
from lineage.questions.diff import ErasedDocuments, VersionDiff, diff
from lineage.questions.duplicates import duplicates
from lineage.questions.export import Format, export
from lineage.questions.find import find_text, find_uri
from lineage.questions.trace import trace_document
from lineage.references import DocumentRef, VersionRef
from lineage.storage.files import list_files, open_parquet, read_whole
from pipelines.execution.executor import Execution

KEY = "a key of more than sixteen bytes"
RECIPE = recipe("[dedup]", '[pii]\ndefault = "keep"\nkey_file = "key"')
ANN, BOB, CAT = "ann.zqsubject@people.example.org", "+1 212 555 2368", "cat.zqkept@people.example.org"
WORDS = ("quick", "brown", "fox", "jumps", "lazy", "dog", "near", "quiet", "river", "bank", "small", "birds", "sing")
FILES = {
    "a": ["ann", "bob", "cat", "plain"],
    "b": ["ann", "plain", "plain"],
    "c": ["bob", "cat", "copy"],
    "d": ["ann", "plain"],
    "e": ["plain", "cat"],
}


def text_of(name: str, at: int, who: str) -> str:
    """Return a text that is about *who*, unlike all others but for a copy."""
    if who == "copy":
        return text_of("a", 0, "ann") + " again"
    about = {"ann": f"zqann{name}{at} writes from {ANN}", "bob": f"zqbob{name}{at} answers {BOB} by phone"}
    about["cat"] = f"mail {CAT} for more"
    body = " ".join(f"{word}{name}{at}" for word in WORDS)
    return f"{body} {about.get(who, 'and no more')}"


def rows_of(name: str) -> list[dict[str, str]]:
    """Return the records of a file."""
    return [
        {"id": f"zqid-{who}-{name}{at}", "text": text_of(name, at, who), "url": f"https://h.example/{who}/{name}{at}"}
        for at, who in enumerate(FILES[name])
    ]


def write_file(folder: Path, name: str) -> None:
    """Write a file of the source."""
    write_jsonl(folder / "data" / f"{name}.jsonl", rows_of(name))


def ingest(folder: Path, *, full: bool = False) -> RunResult:
    """Run the recipe in this process."""
    return run(Hub(Home(folder / "hub")), folder / "recipe.toml", Execution(workers=1, full=full), SilentWatcher())


def read(hub: Hub, number: int) -> dict[str, str]:
    """Return the documents of a version: id of the record -> text."""
    version = get_version(hub.db, VersionRef("d", number))
    files = version_files(hub.db, version, "documents")
    tables = [rows_in(hub.home.resolve(file.path)) for file in files]
    return {row["source_id"]: row["text"] for table in tables for row in table}


def ids(hub: Hub, number: int) -> dict[str, str]:
    """Return doc_ids of a version by the record's own id."""
    files = version_files(hub.db, get_version(hub.db, VersionRef("d", number)), "documents")
    tables = [rows_in(hub.home.resolve(file.path)) for file in files]
    return {row["source_id"]: row["doc_id"] for table in tables for row in table}


def rows_in(path: str) -> list[dict[str, Any]]:
    """Return the rows of a Parquet file."""
    with open_parquet(path) as file:
        rows: list[dict[str, Any]] = file.read().to_pylist()
    return rows


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, backing_of_module: str) -> dict[str, Any]:
    """Five versions of which two subjects were erased: the folder, and what was there before."""
    folder = tmp_path_factory.mktemp("story")
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    (folder / "key").write_text(KEY, encoding="utf-8")
    for name in "abcd":
        write_file(folder, name)
        ingest(folder)
    (folder / "data" / "b.jsonl").unlink()
    ingest(folder)
    home = Home(folder / "hub")
    before = {number: read(Hub(home), number) for number in range(1, 6)}
    doc_ids = {name: one for number in range(1, 6) for name, one in ids(Hub(home), number).items()}
    requests = [Request.parse(f"email:{ANN.upper()}", "request 1"), Request.parse(f"phone:{BOB}", "request 2")]
    preview = execute(Hub(home), requests, folder / "key", dry_run=True)
    answer = execute(Hub(home), requests, folder / "key", dry_run=False)
    return {
        "folder": folder,
        "home": home,
        "before": before,
        "doc_ids": doc_ids,
        "answer": answer,
        "preview": preview,
    }


def about(name: str) -> bool:
    """Tell whether a record is about an erased subject, or a copy of one that is."""
    return any(who in name for who in ("ann", "bob", "copy"))


def test_versions_lack_exactly_the_erased_documents(story: dict[str, Any]) -> None:
    """Every old version is readable and has all its documents but those of the two subjects, unchanged."""
    left = {number: read(Hub(story["home"]), number) for number in range(1, 6)}

    for number, documents in story["before"].items():
        assert any(about(name) for name in documents)
        assert left[number] == {name: text for name, text in documents.items() if not about(name)}
    assert any("cat" in name for name in left[1])


def test_answer_counts_what_the_dry_run_announced(story: dict[str, Any]) -> None:
    """Dry run and erasure agree on documents and versions, and the erasure is verified."""
    answer, preview = story["answer"], story["preview"]

    assert answer.verified
    assert answer.matched == preview.matched == len(preview.documents)
    assert answer.versions == preview.versions
    lost = [sum(map(about, documents)) for documents in story["before"].values()]
    assert [one.documents for one in answer.versions] == lost


def decoded(path: str) -> Iterator[bytes]:
    """Yield a file's bytes, and what is in them if they are compressed."""
    yield read_whole(path)
    if path.endswith(".parquet"):
        yield repr(rows_in(path)).encode()
    if path.endswith(".avro"):
        yield repr(list(avro_reader(BytesIO(read_whole(path))))).encode()


def recorded(hub: Hub) -> bytes:
    """Return every row of the control database."""
    with hub.db.connect() as connection:
        return repr([connection.execute(select(table)).all() for table in METADATA.tables.values()]).encode()


def test_no_byte_of_the_hub_tells_of_the_erased(story: dict[str, Any]) -> None:
    """No file holds a text, address or own id of an erased document; doc_ids are in tombstones of the ledger alone."""
    needles = [b"zqann", b"zqbob", b"zqid-ann", b"zqid-bob", b"zqid-copy", b"h.example/ann", b"h.example/bob"]
    needles += [ANN.encode(), BOB.encode(), b"zqsubject"]
    gone = [one for name, one in story["doc_ids"].items() if about(name)]
    places = {str(story["home"].path), story["home"].warehouse, story["home"].common}
    held = sorted({path for place in places for path in list_files(place)})

    assert len(held) > 20
    for path in held:
        for content in decoded(path):
            assert not any(needle in content for needle in needles), path
            if "/ledger/" not in path and not path.endswith("hub.sqlite"):
                assert not any(one.encode() in content or bytes.fromhex(one) in content for one in gone), path
    assert not any(needle in recorded(Hub(story["home"])) for needle in needles)
    assert b"zqkept" in b"".join(content for path in held for content in decoded(path))


def test_every_version_verifies_and_the_receipt_says_so(story: dict[str, Any]) -> None:
    """All files are what the control database says; the receipt names digests before and after, and nobody."""
    home = story["home"]
    receipt = show_receipt(Hub(home).db, story["answer"].receipt.removeprefix("receipt:"))

    assert all(verify_version(Hub(home), VersionRef("d", number)).ok for number in range(1, 6))
    for one in receipt.versions:
        number = int(one.version.removeprefix("d@v"))
        assert one.new_root == get_version(Hub(home).db, VersionRef("d", number)).manifest_root
        assert one.old_root != one.new_root
    assert ANN not in str(receipt)
    assert [one.kind for one in receipt.requests] == ["email", "phone"]


def test_questions_agree_after_an_erasure(story: dict[str, Any], tmp_path: Path) -> None:
    """Trace gives a tombstone, find nothing, diff and export what is left."""
    home = story["home"]
    erased = story["doc_ids"]["zqid-ann-a0"]
    trace = trace_document(Hub(home), DocumentRef(VersionRef("d", 1), erased))

    assert [(one.outcome, one.reason) for one in trace.events] == [("dropped", "erased")]
    assert trace.versions == ()
    assert find_uri(Hub(home), "https://h.example/ann/a0").matches == ()
    assert find_text(Hub(home), "zqann").matches == ()
    written = export(Hub(home), VersionRef("d", 4), tmp_path / "out", Format.JSONL)
    assert "zqann" not in (tmp_path / "out" / written.files[0]).read_text(encoding="utf-8")


def check_diff(story: dict[str, Any], old: int, new: int) -> VersionDiff:
    """Check that diff tells exactly how the documents of two versions differ; return what it says."""
    home, told = story["home"], []
    found = diff(Hub(home), VersionRef("d", old), VersionRef("d", new), listed=100)
    before, after = ids(Hub(home), old), ids(Hub(home), new)
    told += [(before[name], "removed") for name in before.keys() - after.keys()]
    told += [(after[name], "added") for name in after.keys() - before.keys()]
    assert sorted((one.doc_id, one.change) for one in found.documents) == sorted(told)
    assert (found.added + found.removed, found.changed) == (len(told), 0)
    assert sum(found.by_reason.values()) == found.removed
    assert all((one.reason is None) == (one.change == "added") for one in found.documents)
    return found


def test_diff_explains_every_difference(story: dict[str, Any]) -> None:
    """Of any two versions diff names each document that only one has, why it went, and what erasures took from both."""
    lost = {number: sum(map(about, documents)) for number, documents in story["before"].items()}
    for old, new in permutations(range(1, 6), 2):
        found = check_diff(story, old, new)
        assert found.erased == ErasedDocuments(lost[old], lost[new])
        assert set(found.by_reason) <= {"not_read"}
        assert not {one.doc_id for one in found.documents} & {
            one for name, one in story["doc_ids"].items() if about(name)
        }
    changes = diff(Hub(story["home"]), VersionRef("d", 4), VersionRef("d", 5))
    assert (changes.added, changes.removed, changes.by_reason) == (0, 2, {"not_read": 2})


def test_commands_tell_of_an_erasure(story: dict[str, Any], corpushub: Any) -> None:
    """The receipt is shown, a dry run answers no where nothing is found, and nothing is left to be finished."""
    hub = ("--hub", story["home"].path)
    shown = corpushub("show", story["answer"].receipt, *hub)
    again = ["erase", "--subject", f"email:{ANN}", "--reason", "x", "--key-file", story["folder"] / "key"]
    none = corpushub(*again, "--dry-run", *hub, code=1)
    cats = [story["doc_ids"][name] for name in ("zqid-cat-a2", "zqid-plain-a3")]
    two = [part for one in cats for part in ("--subject", f"doc:{one}")]
    both = corpushub("erase", *two, "--reason", "x", "--dry-run", *hub)
    resumed = corpushub("erase", "--resume", *hub)

    assert (shown["verified"], shown["versions"][0]["revision"]) == (True, "d@v1.1")
    assert none["matched"] == 0
    assert {one["doc_id"] for one in both["documents"]} == set(cats)
    assert resumed["finished"] == []
    gone = execute(Hub(story["home"]), [Request.parse(f"email:{ANN}", "x")], story["folder"] / "key", dry_run=True)
    told = erasures.receipt(show_receipt(Hub(story["home"]).db, shown["receipt"].removeprefix("receipt:")))
    assert "d@v1.1" in told
    assert " rewritten, " in told
    assert "0 documents would be erased" in erasures.dry_run(gone)
    assert "nothing of the subject was found" in erasures.erased(story["answer"])
    assert erasures.resumed(FinishedErasures(())) == "no erasure is unfinished"


def test_deduplication_is_reported_without_the_erased(story: dict[str, Any]) -> None:
    """No duplicate is said to lack its survivor because both were erased."""
    assert all(duplicates(Hub(story["home"]), VersionRef("d", number)).ok for number in range(1, 6))


def test_later_runs_refuse_the_erased(story: dict[str, Any]) -> None:
    """An unchanged recipe makes no version; a grown source is read on; a full reading drops the subjects as erased."""
    folder, home = story["folder"], story["home"]
    assert ingest(folder).unchanged == "d@v5"
    write_file(folder, "e")
    grown = ingest(folder)
    assert grown.version == "d@v6"
    assert grown.counts["read"] == len(FILES["e"])
    write_file(folder, "b")
    again = ingest(folder, full=True)

    grown_by, read_again = check_diff(story, 5, 6), check_diff(story, 6, 7)
    assert (grown_by.added, grown_by.removed, read_again.removed) == (2, 0, 0)
    assert (read_again.added, read_again.erased) == (2, ErasedDocuments(0, 0))
    assert again.reasons["erased"] == sum(who in {"ann", "bob", "copy"} for one in FILES.values() for who in one)
    assert not any(map(about, read(Hub(home), 7)))
    trace = trace_document(Hub(home), DocumentRef(VersionRef("d", 7), story["doc_ids"]["zqid-ann-a0"]))
    assert (trace.uri, trace.events[0].reason) == (None, "erased")
    assert find_uri(Hub(home), "https://h.example/ann/a0").matches == ()


def test_a_run_that_could_not_tell_is_refused(story: dict[str, Any], tmp_path: Path) -> None:
    """Without a scan for personal data, or with another key, a run could take somebody in again: nothing is read."""
    home = story["home"]
    for tail in ("", '[pii]\nkey_file = "other"\n', '[pii]\nkey_file = "key"\nentities = ["EMAIL_ADDRESS"]\n'):
        (tmp_path / "other").write_text("another key of sixteen bytes or more", encoding="utf-8")
        (tmp_path / "key").write_text(KEY, encoding="utf-8")
        (tmp_path / "recipe.toml").write_text(RECIPE.partition("[pii]")[0].replace('"d"', '"n"') + tail)
        write_file(tmp_path, "a")
        with pytest.raises(Suppressed):
            run(Hub(home), tmp_path / "recipe.toml", Execution(workers=1), SilentWatcher())


def test_a_person_is_not_looked_for_with_another_key(story: dict[str, Any], tmp_path: Path) -> None:
    """With another key nobody would be found, so the request is refused."""
    (tmp_path / "other").write_text("another key of sixteen bytes or more", encoding="utf-8")
    with pytest.raises(BadRequest, match="hashed with key"):
        execute(Hub(story["home"]), [Request.parse(f"email:{CAT}", "x")], tmp_path / "other", dry_run=True)
