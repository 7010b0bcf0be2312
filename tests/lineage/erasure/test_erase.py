"""Erasing documents from all versions of a hub that was built with the real writer and catalog."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.table import Table
from sqlalchemy import insert, update

from lineage.commit.publish import publish
from lineage.commit.purge import stray_files
from lineage.commit.release import Release
from lineage.control import erasures
from lineage.control.erasures import HashedSubject, Subject
from lineage.control.runs import start_run
from lineage.control.version_files import version_files
from lineage.control.versions import Version, get_version
from lineage.erasure.erase import ErasureOrder, erase, preview, resume
from lineage.erasure.notes import read_notes
from lineage.erasure.records import records_with, wanted_in
from lineage.erasure.remains import find_remains
from lineage.erasure.search import Remains
from lineage.erasure.spellings import Spelling
from lineage.errors import DamagedFile, DatasetBusy, UnknownReference
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.hub.locks import lock_dataset
from lineage.hub.schema import OUTBOX, RUN_INPUTS, RUNS
from lineage.iceberg.catalog import open_catalog
from lineage.proof.standings import mark_removed, retire
from lineage.proof.verify import verify_hub, verify_version
from lineage.questions.show import show_version
from lineage.questions.trace import Locator, trace_document
from lineage.references import DocumentRef, VersionRef
from lineage.rewrite.files import Rewriters
from lineage.storage.files import open_parquet, remove_file
from lineage.storage.parquet import write_documents

Publish = Callable[..., Version]
MakeId = Callable[[int], str]


alone = pytest.mark.parametrize("backing", ["local"], indirect=True)
"""Where the files stand cannot matter."""


@pytest.fixture
def home(backed_home: Home) -> Home:
    """A fresh hub with each backing."""
    return backed_home


@pytest.fixture
def three(publish_version: Publish) -> list[Version]:
    """Return three versions: of documents 1 to 5, of 2 to 6, and of 4 to 9; 7 was dropped for 5 in the second."""
    return [
        publish_version("r1", range(1, 6), {11: None}),
        publish_version("r2", range(2, 7), {7: 5, 8: 3}),
        publish_version("r3", range(4, 10)),
    ]


def documents(hub: Hub, number: int) -> set[str]:
    """Return the ids of the documents of a version, from its files."""
    version = get_version(hub.db, VersionRef("fruit", number))
    files = version_files(hub.db, version, "documents")
    return {one for file in files for one in pq.read_table(hub.home.resolve(file.path))["doc_id"].to_pylist()}


def table_of(home: Home, name: str) -> Table:
    """Return an Iceberg table of the dataset."""
    return open_catalog(home).load_table(("fruit", name))


def order(*subjects: Subject) -> ErasureOrder:
    """Return an order to erase *subjects*."""
    return ErasureOrder(subjects, "a test")


@pytest.mark.usefixtures("three")
def test_every_version_loses_the_document_and_nothing_else(hub: Hub, make_id: MakeId) -> None:
    """After an erasure each version has its other documents, verifies, and says how many it lost."""
    answer = erase(hub, order(Subject("doc", make_id(4))), Rewriters())

    kept = [{make_id(n) for n in range(*ends)} - {make_id(4)} for ends in ((1, 6), (2, 7), (4, 10))]
    assert [documents(hub, number) for number in (1, 2, 3)] == kept
    assert [one.documents for one in answer.versions] == [1, 1, 1]
    assert (answer.matched, answer.verified, answer.remains) == (1, True, ())
    for number, count in ((1, 4), (2, 4), (3, 5)):
        version = get_version(hub.db, VersionRef("fruit", number))
        assert (version.documents, version.licenses) == (count, {"MIT": count})
        assert verify_version(hub, VersionRef("fruit", number)).ok


@pytest.mark.usefixtures("three")
def test_tables_hold_what_the_control_database_says(hub: Hub, make_id: MakeId) -> None:
    """Other engines, which read the tags of the Iceberg tables, see the same files; nothing else is left there."""
    erase(hub, order(Subject("doc", make_id(4))), Rewriters())

    for name in ("documents", "ledger"):
        table = table_of(hub.home, name)
        assert sorted(table.metadata.refs) == ["main", "v1", "v1.1", "v2", "v2.1", "v3", "v3.1"]
        assert len(table.metadata.snapshots) == 3
        for number in (1, 2, 3):
            version = get_version(hub.db, VersionRef("fruit", number))
            snapshot = table.metadata.refs[f"v{number}"].snapshot_id
            assert snapshot == getattr(version, f"{name}_snapshot")
            assert snapshot == table.metadata.refs[f"v{number}.1"].snapshot_id
            rows = table.scan(snapshot_id=snapshot).to_arrow()
            assert (make_id(4) in rows["doc_id"].to_pylist()) == (name == "ledger")
    assert stray_files(hub, "fruit") == []


@pytest.mark.usefixtures("three")
@alone
def test_trace_of_an_erased_document_is_a_tombstone(hub: Hub, make_id: MakeId) -> None:
    """A trace says that the document was erased, and nothing about it."""
    erase(hub, order(Subject("doc", make_id(4))), Rewriters())

    trace = trace_document(hub, DocumentRef(VersionRef("fruit", 2), make_id(4)))
    assert [(one.outcome, one.reason) for one in trace.events] == [("dropped", "erased")]
    assert (trace.uri, trace.captured_at, trace.license, trace.versions) == (None, None, None, ())
    assert trace.locator == Locator(None, None, None)


@pytest.mark.usefixtures("three")
@alone
def test_duplicates_of_an_erased_document_lose_the_link(hub: Hub, make_id: MakeId) -> None:
    """A document that was dropped for an erased one of another's no longer names it."""
    erase(hub, order(Subject("doc", make_id(5))), Rewriters())

    trace = trace_document(hub, DocumentRef(VersionRef("fruit", 2), make_id(7)))
    assert (trace.duplicate_of, trace.similarity) == (None, None)
    assert trace.events[-1].detail == "erased"
    assert trace.uri == "https://orchard.example/7"


@pytest.mark.usefixtures("three")
@alone
def test_copies_of_an_erased_content_are_erased_too(hub: Hub, make_id: MakeId) -> None:
    """What was dropped as a copy of an erased content held the same, so of it too a tombstone is all that is left."""
    version = get_version(hub.db, VersionRef("fruit", 2))
    path = version_files(hub.db, version, "documents")[0].path
    rows = pq.read_table(hub.home.resolve(path)).to_pylist()
    content = next(row["content_id"] for row in rows if row["doc_id"] == make_id(5))
    answer = erase(hub, order(Subject("content", content)), Rewriters())

    assert answer.matched == 2
    assert trace_document(hub, DocumentRef(VersionRef("fruit", 2), make_id(7))).events[0].reason == "erased"


@alone
def test_kept_rows_name_the_new_data_file(hub: Hub, three: list[Version], make_id: MakeId) -> None:
    """The ledger names the file that holds a document, also after that file was rewritten."""
    erase(hub, order(Subject("doc", make_id(4))), Rewriters())

    assert three
    trace = trace_document(hub, DocumentRef(VersionRef("fruit", 1), make_id(1)))
    files = version_files(hub.db, get_version(hub.db, VersionRef("fruit", 1)), "documents")
    assert trace.output in {None, *(Path(file.path).name for file in files)}


@pytest.mark.usefixtures("three")
@alone
def test_several_subjects_are_erased_in_one_rewrite(hub: Hub, make_id: MakeId) -> None:
    """A batch makes one receipt and one revision of each version."""
    answer = erase(hub, order(Subject("doc", make_id(1)), Subject("doc", make_id(9))), Rewriters())

    assert answer.matched == 2
    assert [one.revision for one in answer.versions] == ["fruit@v1.1", "fruit@v3.1"]
    again = erase(hub, order(Subject("doc", make_id(2))), Rewriters())
    assert [one.revision for one in again.versions] == ["fruit@v1.2", "fruit@v2.1"]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("subject", "numbers"),
    [
        (Subject("host", "orchard.example"), {*range(1, 10), 11}),
        (Subject("uri-prefix", "https://orchard.example/1"), {1, 11}),
        (Subject("host", "example"), set()),
    ],
)
@alone
def test_subjects_are_found_by_their_address(hub: Hub, subject: Subject, numbers: set[int], make_id: MakeId) -> None:
    """A host is the whole host, a prefix any beginning; dropped documents are found like kept ones."""
    found = preview(hub, order(subject))

    assert {one for dataset in found for one in dataset.doc_ids} == {make_id(number) for number in numbers}


def spelled(*words: str) -> tuple[Spelling, ...]:
    """Return spellings of *words*, letter case aside."""
    return tuple(Spelling(f"(?i){re.escape(word)}", f"(?i){re.escape(word)}") for word in words)


@pytest.mark.usefixtures("three")
@alone
def test_spellings_are_looked_for_in_every_text(hub: Hub, make_id: MakeId) -> None:
    """A person is found by the spellings in texts, whatever was hashed; copies come with it, and nothing shows them."""
    subject = Subject("email", "0" * 32)
    spellings = spelled("document 5 SPEAKS", "document 2 speaks")
    found = preview(hub, ErasureOrder((subject,), "a test", spellings=spellings))

    assert [one.doc_ids for one in found] == [{make_id(n) for n in (2, 5, 7)}]
    assert "speaks" not in repr(spellings)


@pytest.mark.usefixtures("three")
@alone
def test_addresses_and_ids_of_dropped_documents_are_searched_too(hub: Hub, make_id: MakeId) -> None:
    """What the ledger says of a document that was dropped is searched like what is kept."""
    order = ErasureOrder((Subject("name", "0" * 32),), "a test", spellings=spelled("orchard.example/11"))
    answer = erase(hub, order, Rewriters())

    assert (answer.matched, answer.verified) == (1, True), answer.remains
    assert trace_document(hub, DocumentRef(VersionRef("fruit", 1), make_id(11))).events[0].reason == "erased"


def test_titles_and_authors_are_searched_in_every_version(
    hub: Hub, make_id: MakeId, make_release: Callable[..., Release]
) -> None:
    """They have no findings, so a person is looked for in them as written, also where texts have hashes."""
    release = make_release("r1", [1, 2])
    with open_parquet(release.documents[0].path) as file:
        rows = file.read().drop_columns(["title", "author"])
    names = [f"A. Writer {one}; B." for one in rows["source_id"].to_pylist()]
    credited = rows.append_column("author", pa.array(names)).append_column("title", pa.array(["T", None]))
    start_run(hub.db, release.run)
    documents_file = write_documents(credited, hub.home.data_folder("fruit", "documents"))
    publish(hub, replace(release, documents=[documents_file]))
    remove_file(release.documents[0].path)
    order = ErasureOrder((Subject("name", "0" * 32),), "a test", key_id="k", spellings=spelled("a. writer q-2"))
    answer = erase(hub, order, Rewriters())

    assert (answer.matched, answer.verified) == (1, True)
    assert documents(hub, 1) == {make_id(1)}


@pytest.mark.usefixtures("three")
def test_an_erasure_of_everything_leaves_empty_versions(hub: Hub) -> None:
    """Versions that lose all their documents stay, and verify."""
    answer = erase(hub, order(Subject("host", "orchard.example")), Rewriters())

    assert answer.verified
    assert [documents(hub, number) for number in (1, 2, 3)] == [set()] * 3
    assert all(verify_version(hub, VersionRef("fruit", number)).ok for number in (1, 2, 3))


@pytest.mark.usefixtures("three")
def test_a_later_version_follows_an_erased_one(hub: Hub, publish_version: Publish, make_id: MakeId) -> None:
    """Commits after an erasure number on, and leave the erased versions as they are."""
    erase(hub, order(Subject("doc", make_id(4))), Rewriters())
    version = publish_version("r4", range(20, 23))

    assert (version.number, version.parent) == (4, 3)
    assert make_id(4) not in documents(hub, 1)
    assert sorted(table_of(hub.home, "documents").metadata.refs) == [
        "main",
        "v1",
        "v1.1",
        "v2",
        "v2.1",
        "v3",
        "v3.1",
        "v4",
    ]


@pytest.mark.usefixtures("three")
def test_only_the_present_revision_can_be_named(hub: Hub, make_id: MakeId) -> None:
    """NAME@vN.R is the version as the R-th erasure left it; earlier revisions have neither a tag nor a snapshot."""
    erase(hub, order(Subject("doc", make_id(2))), Rewriters())
    erase(hub, order(Subject("doc", make_id(4))), Rewriters())

    assert get_version(hub.db, VersionRef("fruit", 1, 2)) == get_version(hub.db, VersionRef("fruit", 1))
    assert show_version(hub, VersionRef("fruit", 3, 1)).revision == 1
    with pytest.raises(UnknownReference, match=r"fruit@v1\.1 is gone.*fruit@v1\.2"):
        get_version(hub.db, VersionRef("fruit", 1, 1))
    with pytest.raises(UnknownReference, match=r"fruit@v3\.2 does not exist.*fruit@v3\.1"):
        trace_document(hub, DocumentRef(VersionRef("fruit", 3, 2), make_id(5)))
    for name in ("documents", "ledger"):
        table = table_of(hub.home, name)
        assert sorted(table.metadata.refs) == ["main", "v1", "v1.2", "v2", "v2.2", "v3", "v3.1"]
        assert len(table.metadata.snapshots) == 3


@pytest.mark.usefixtures("three")
def test_an_untouched_version_keeps_its_revision(hub: Hub, make_id: MakeId) -> None:
    """A version that an erasure does not change is at the revision that it had, and none is revision 0."""
    erase(hub, order(Subject("doc", make_id(9))), Rewriters())

    assert sorted(table_of(hub.home, "documents").metadata.refs) == ["main", "v1", "v2", "v3", "v3.1"]
    assert get_version(hub.db, VersionRef("fruit", 1, 0)).number == 1
    with pytest.raises(UnknownReference, match=r"fruit@v3\.0 is gone"):
        get_version(hub.db, VersionRef("fruit", 3, 0))


def lose_files(hub: Hub, number: int) -> list[str]:
    """Retire a version, and remove what it alone holds as ``clean`` does; return what is gone."""
    ref = VersionRef("fruit", number)
    retire(hub, ref, "wrong")
    version = get_version(hub.db, ref)
    mark_removed(hub, version)
    gone = [hub.home.resolve(file.path) for file in version_files(hub.db, version, "documents")]
    for path in gone:
        remove_file(path)
    return gone


@pytest.mark.parametrize("number", [1, 4, 5])
def test_versions_whose_files_were_removed_stand_in_no_erasure_s_way(
    hub: Hub, three: list[Version], make_id: MakeId, number: int
) -> None:
    """What retired versions lost is neither read nor named any more; their ledgers are rewritten like all others."""
    lose_files(hub, 1)
    wanted = ErasureOrder((Subject("doc", make_id(number)),), "a test", spellings=spelled("nobody speaks so"))
    assert [one.doc_ids for one in preview(hub, wanted)] == [{make_id(number)}]
    answer = erase(hub, wanted, Rewriters())

    assert (answer.matched, answer.verified) == (1, True), answer.remains
    assert verify_hub(hub).ok, verify_hub(hub)
    assert documents(hub, 2) == {make_id(one) for one in range(2, 7)} - {make_id(number)}
    traced = trace_document(hub, DocumentRef(VersionRef("fruit", 1), make_id(number)))
    assert traced.events[0].reason == "erased"


def test_a_file_that_a_version_in_use_lost_is_damage(hub: Hub, three: list[Version], make_id: MakeId) -> None:
    """Only what was removed with a retired version may be missing; nothing is changed where anything else is."""
    remove_file(hub.home.resolve(version_files(hub.db, three[1], "documents")[0].path))
    lose_files(hub, 1)

    with pytest.raises(DamagedFile):
        erase(hub, order(Subject("doc", make_id(4))), Rewriters())
    assert read_notes(hub.home) == []


def test_files_that_outlive_their_removal_are_erased_from(hub: Hub, three: list[Version], make_id: MakeId) -> None:
    """A crash between the mark and the removal leaves files of a version that counts as removed: they are read."""
    retire(hub, VersionRef("fruit", 1), "wrong")
    mark_removed(hub, three[0])
    answer = erase(hub, order(Subject("doc", make_id(1))), Rewriters())

    assert (answer.verified, [one.documents for one in answer.versions]) == (True, [1])
    assert documents(hub, 1) == {make_id(one) for one in range(2, 6)}


@pytest.mark.usefixtures("three")
def test_nothing_is_erased_while_a_run_is_under_way(hub: Hub, make_id: MakeId) -> None:
    """An erasure beside a run is refused: the run could commit the document behind its back."""
    with lock_dataset(hub.home, "other", "r"), pytest.raises(DatasetBusy):
        erase(hub, order(Subject("doc", make_id(4))), Rewriters())

    assert make_id(4) in documents(hub, 1)


@pytest.mark.usefixtures("three")
@alone
def test_a_receipt_names_nobody(hub: Hub, make_id: MakeId) -> None:
    """A receipt has a salted hash of an id, which only somebody who knows the id can compare."""
    answer = erase(hub, order(Subject("doc", make_id(4))), Rewriters())

    told = erasures.show_receipt(hub.db, answer.receipt.removeprefix("receipt:"))
    assert make_id(4) not in str(told)
    assert told.requests == (HashedSubject("doc", Subject("doc", make_id(4)).digest(told.salt)),)
    assert told.out_of_reach


@pytest.mark.usefixtures("three")
def test_an_erasure_that_finds_nothing_still_suppresses(hub: Hub) -> None:
    """Nothing is rewritten where nothing is found, and the subject is refused from then on all the same."""
    answer = erase(hub, order(Subject("host", "elsewhere.example")), Rewriters())

    assert (answer.matched, answer.versions, answer.verified) == (0, (), True), answer.remains
    assert [one["value"] for one in erasures.list_suppressions(hub.db)] == ["elsewhere.example"]


@pytest.mark.usefixtures("three")
@alone
def test_a_crash_before_the_proof_is_finished_with_the_spellings(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever resumes knows what to look for; while it lasts only the owner can read it, and then nothing is left."""

    def crash(*_: object) -> list[Remains]:
        raise KeyboardInterrupt

    order = ErasureOrder((Subject("email", "0" * 32),), "a test", spellings=spelled("document 5 speaks"))
    with monkeypatch.context() as patch:
        patch.setattr("lineage.erasure.erase.find_remains", crash)
        with pytest.raises(KeyboardInterrupt):
            erase(hub, order, Rewriters())
    notes = hub.home.path / "erasures"
    assert any(b"document" in path.read_bytes() for path in notes.iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in (notes, *notes.iterdir())} == {0o700, 0o600}
    (finished,) = resume(hub, Rewriters())

    assert finished.verified, finished.remains
    assert list(notes.iterdir()) == []


@pytest.mark.usefixtures("three")
@alone
def test_a_reason_with_the_value_hides_nothing_and_blocks_nothing(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reason of an earlier release stays where it is kept; the value in a text of the hub is found all the same."""
    value = "document 5 speaks of quinces"
    subject, spellings = Subject("email", "0" * 32), spelled(value)
    said = hub.home.path / "openlineage" / "note.txt"
    said.parent.mkdir(exist_ok=True)
    said.write_text(value)
    answer = erase(hub, ErasureOrder((subject,), value, spellings=spellings), Rewriters())

    assert [one.path for one in answer.remains] == ["openlineage/note.txt"]
    said.unlink()
    (finished,) = resume(hub, Rewriters())
    assert finished.verified, finished.remains
    again = erase(hub, ErasureOrder((subject,), "a test", spellings=spellings), Rewriters())
    assert again.verified, again.remains
    assert any("1 names of sources or files" in one.why for one in again.unsearched)


@pytest.mark.usefixtures("three")
@alone
def test_names_that_stay_hide_nothing_in_other_columns(hub: Hub) -> None:
    """What is kept in one column is left over in another, whole strings of statements and events aside."""
    value = "crawl of document 5"
    with hub.db.begin() as connection:
        connection.execute(update(RUN_INPUTS).values(source=value))
        connection.execute(update(RUNS).values(error=f"cannot read {value}"))
        event = {"inputs": [{"name": value}], "message": f"cannot read {value}"}
        connection.execute(update(OUTBOX).values(event=json.dumps(event)))
        connection.execute(insert(OUTBOX).values(run="x", kind="x", event=json.dumps(event), created="", tries=0))
    wanted = wanted_in(hub.db, spelled(value))
    assert (wanted.kept, [*records_with(hub.db, wanted)]) == (True, [])

    with hub.db.begin() as connection:
        connection.execute(update(RUNS).values(host=f"cannot read {value}"))
        connection.execute(update(OUTBOX).values(event=json.dumps({"message": f"cannot read {value} twice"})))
    assert [*records_with(hub.db, wanted)] == ["outbox", "runs"]


@pytest.mark.usefixtures("three")
@alone
def test_without_the_spellings_nothing_is_proved(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home that does not know what to look for says so, and the erasure counts as unfinished."""

    def lose(*_: object) -> list[Remains]:
        (note,) = read_notes(hub.home)
        remove_file(str(note.spellings))
        return find_remains(hub, note)

    order = ErasureOrder((Subject("email", "0" * 32),), "a test", spellings=spelled("nobody speaks so"))
    monkeypatch.setattr("lineage.erasure.erase.find_remains", lose)
    answer = erase(hub, order, Rewriters())

    assert not answer.verified
    assert "erase --resume" in answer.remains[0].problem
