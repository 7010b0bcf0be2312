"""What must hold wherever a hub keeps its parts: SQLite and a local folder, or PostgreSQL and an S3 store."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from sqlalchemy import delete

from lineage.commit.publish import finish_pending, publish
from lineage.commit.release import Release
from lineage.control.erasures import Subject, list_suppressions, show_receipt
from lineage.control.runs import RunState, get_run, save_run, start_run
from lineage.control.under_way import refuse_unfinished
from lineage.control.version_files import version_files
from lineage.control.versions import Version, get_version, list_versions
from lineage.erasure import erase as erasure
from lineage.erasure.erase import ErasureOrder, resume
from lineage.errors import DatasetBusy, ErasureError, LogDamaged
from lineage.events import outbox
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.hub.home import Home
from lineage.hub.locks import holder_of, lock_dataset
from lineage.hub.schema import SUPPRESSIONS
from lineage.iceberg.catalog import WriteSet, open_catalog, tags
from lineage.proof.guard import require_sound
from lineage.proof.standings import pin, retire
from lineage.proof.verify import verify_hub, verify_version
from lineage.questions.diff import diff
from lineage.questions.export import Format, export
from lineage.questions.find import find_text, find_uri
from lineage.questions.graph import trace_version
from lineage.questions.history import history, show_run
from lineage.questions.reading import read_version
from lineage.questions.show import show_version
from lineage.questions.sql import ask
from lineage.questions.trace import trace_document
from lineage.references import DocumentRef, RunRef, VersionRef
from lineage.rewrite.compact import compact
from lineage.rewrite.files import Rewriters
from lineage.storage import stores
from lineage.storage.files import list_files
from lineage.withdrawal.rows import ruled
from lineage.withdrawal.withdraw import WithdrawalOrder, lift, withdraw

NEWEST = VersionRef("fruit")


@pytest.fixture
def home(backed_home: Home) -> Home:
    """A fresh hub with each backing."""
    return backed_home


def test_versions_are_published_and_read(
    hub: Hub,
    publish_version: Callable[..., Version],
    make_id: Callable[[int], str],
    tmp_path: Path,
) -> None:
    """Publish, show, trace, find, diff, ask, export, verify and retire: each works, and finds the same."""
    publish_version("r1", [1, 2, 3])
    publish_version("r2", [1, 5], {2: 1, 3: None}, edition="second")
    shown = show_version(hub, NEWEST)
    assert (shown.version, shown.documents, shown.parents) == ("fruit@v2", 2, ("fruit@v1",))
    assert show_run(hub, RunRef("r2")).state == RunState.COMMITTED
    told = trace_document(hub, DocumentRef(NEWEST, make_id(2)))
    assert (told.duplicate_of, told.versions) == (make_id(1), ("fruit@v1",))
    assert len(trace_version(hub, NEWEST).nodes) == 5
    assert find_uri(hub, "https://orchard.example/5").matches[0].outcome == "kept"
    assert len(find_text(hub, "SECOND").matches) == 2
    found = diff(hub, VersionRef("fruit", 1), NEWEST, listed=9)
    assert (found.added, found.removed, found.changed, len(found.documents)) == (1, 2, 1, 4)
    question = "select count(*) as n, max(text) as t from documents join ledger using (doc_id)"
    (row,) = ask(hub, NEWEST, question).rows
    assert (row["n"], row["t"].endswith("second")) == (4, True)
    for form in Format:
        export(hub, VersionRef("fruit", 1), tmp_path / form, form)
    assert len((tmp_path / "jsonl" / "documents-00000.jsonl").read_bytes().splitlines()) == 3
    assert verify_version(hub, NEWEST).ok
    version = read_version(hub, VersionRef("fruit", 1))
    assert version.dataset().count_rows() == len(version.relation().fetchall()) == 3
    retire(hub, NEWEST, "")
    assert get_version(hub.db, NEWEST).number == 1
    assert [bool(item.retired) for item in history(hub, "fruit").versions] == [True, False]


def test_iceberg_reads_every_version(home: Home, publish_version: Callable[..., Version]) -> None:
    """Other engines find each version under its tag."""
    publish_version("r1", [1, 2])
    publish_version("r2", [1, 2, 4])
    table = open_catalog(home).load_table(("fruit", "documents"))
    assert list(tags(table)) == ["v1", "v2"]
    rows = [table.scan(snapshot_id=table.metadata.refs[name].snapshot_id).to_arrow().num_rows for name in tags(table)]
    assert rows == [2, 3]


def test_crash_after_the_commit_is_completed(
    hub: Hub, make_release: Callable[..., Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A driver that dies before it can record its version leaves it to the next command, once."""
    release = make_release("r1", [1, 2])
    start_run(hub.db, release.run)
    with monkeypatch.context() as patch:
        patch.setattr("lineage.commit.publish.record_version", _die)
        with pytest.raises(KeyboardInterrupt):
            publish(hub, release)
    assert list_versions(hub.db, "fruit") == []
    (version,) = finish_pending(hub, "fruit")
    assert publish(hub, release) == version
    assert list(tags(open_catalog(hub.home).load_table(("fruit", "documents")))) == ["v1"]


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


COMMIT = """
import pickle, sys
from lineage.iceberg.catalog import commit_version
from lineage.hub.home import Home
home, write = Home.locate(sys.argv[1]), pickle.load(sys.stdin.buffer)
sys.stdin.close()
print(write.run, commit_version(home, write).number)
"""


def test_processes_commit_at_once(home: Home, make_release: Callable[..., Release]) -> None:
    """Four writers make a version each, and two drivers of one run make one: nothing is lost or doubled."""
    numbers = (1, 2, 3, 4)
    releases = [make_release(f"r{number}", [number]) for number in (*numbers, numbers[-1])]
    begun = []
    for release in releases:
        write = WriteSet("fruit", release.run.id, release.documents, release.ledger)
        command = [sys.executable, "-c", COMMIT, str(home.path)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(pickle.dumps(write))
        process.stdin.close()
        begun.append(process)
    made = [process.stdout.read().decode().split() for process in begun if process.stdout]

    assert [process.wait() for process in begun] == [0] * len(begun)
    assert made[-1] == made[-2]
    assert sorted(int(number) for _, number in made[:-1]) == list(numbers)
    table = open_catalog(home).load_table(("fruit", "documents"))
    assert list(tags(table)) == [f"v{number}" for number in numbers]
    assert table.scan().to_arrow().num_rows == 1


def test_zombie_driver_changes_nothing(hub: Hub, make_release: Callable[..., Release]) -> None:
    """A driver that wakes up after others have finished its run and gone on finds it done."""
    late, next_one = make_release("r1", [1, 2]), make_release("r2", [1, 2, 3])
    for release in (late, next_one):
        start_run(hub.db, release.run)
    first, second = publish(hub, late), publish(hub, next_one)
    before = [version.manifest_root for version in list_versions(hub.db, "fruit")]

    assert publish(hub, late).number == first.number
    assert get_version(hub.db, NEWEST).number == second.number == 2
    assert [version.manifest_root for version in list_versions(hub.db, "fruit")] == before
    table = open_catalog(hub.home).load_table(("fruit", "documents"))
    assert len(table.metadata.snapshots) == len(list(tags(table))) == 2
    assert table.scan().to_arrow().num_rows == 3


def test_erased_subjects_are_refused_and_receipts_kept(
    hub: Hub, publish_version: Callable[..., Version], make_id: Callable[[int], str]
) -> None:
    """The suppression and the receipt of an erasure stand in the control database, and the receipt names nobody."""
    publish_version("r1", [1, 2])
    answer = erasure.erase(hub, ErasureOrder((Subject("doc", make_id(1)),), "a test"), Rewriters())
    receipt = show_receipt(hub.db, answer.receipt.removeprefix("receipt:"))

    assert (receipt.verified, receipt.matched, receipt.state) == (True, 1, "verified")
    assert make_id(1) not in str(receipt)
    assert [(one["kind"], one["value"]) for one in list_suppressions(hub.db)] == [("doc", make_id(1))]


@pytest.mark.parametrize("step", ["_rewrite", "commit_erasure", "sign_rest", "purge", "find_remains"])
def test_interrupted_erasure_is_finished(
    hub: Hub,
    publish_version: Callable[..., Version],
    make_id: Callable[[int], str],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    """Wherever an erasure dies nothing is written before it is finished, and the next command does that."""
    publish_version("r1", [1, 2])
    order = ErasureOrder((Subject("doc", make_id(1)),), "a test")
    with monkeypatch.context() as patch:
        patch.setattr(erasure, step, _die)
        with pytest.raises(KeyboardInterrupt):
            erasure.erase(hub, order, Rewriters())
    with pytest.raises(ErasureError, match="not finished"):
        refuse_unfinished(hub.home)
    (answer,) = resume(hub, Rewriters())

    assert (answer.verified, answer.matched) == (True, 1)
    refuse_unfinished(hub.home)
    assert list_files(f"{hub.home.common}/erasures") == []
    assert verify_version(hub, NEWEST).ok
    assert get_version(hub.db, NEWEST).documents == 1


def test_hub_that_nobody_touched_is_sound(
    hub: Hub, publish_version: Callable[..., Version], make_id: Callable[[int], str]
) -> None:
    """Runs, a withdrawal, an erasure, a compaction and changes of standing leave nothing to be found; a theft does."""
    publish_version("r1", [1, 2, 3])
    publish_version("r2", [1, 2, 3, 4])
    mask = pa.array([f"https://orchard.example/{3}"])

    def rule(rows: pa.Table) -> pa.Table:
        return ruled(pc.is_in(rows["uri"], value_set=mask), "host:orchard", "revised")

    done = withdraw(hub, WithdrawalOrder("fruit", ("host:x",), lambda: [rule], (("host", "x"),), "a test"), Rewriters())
    assert done.version is not None
    erasure.erase(hub, ErasureOrder((Subject("doc", make_id(1)),), "a test"), Rewriters())
    compact(hub, "fruit", file_rows=2)
    pin(hub, VersionRef("fruit", 1), "a model")
    retire(hub, VersionRef("fruit", 2), "old")
    lift(hub, "fruit", str(done.run), "a mistake")
    publish_version("r3", [2, 4])

    report = verify_hub(hub)
    assert [*report.mismatches, *(wrong for one in report.versions for wrong in one.mismatches)] == []
    assert (report.ok, report.unfinished) == (True, ())
    require_sound(hub)
    with hub.db.begin() as connection:
        connection.execute(delete(SUPPRESSIONS))
    assert "suppressions" in [one.path for one in verify_hub(hub).mismatches]
    with pytest.raises(LogDamaged, match="suppressions: it is in the log, and not in the control database"):
        erasure.erase(hub, ErasureOrder((Subject("doc", make_id(2)),), "a test"), Rewriters())


def test_one_writer_for_each_dataset(home: Home, tmp_path: Path) -> None:
    """Whoever holds a dataset keeps others out, those of other machines too where the database is shared."""
    other = Home.locate(tmp_path / "another machine").create() if home.catalog else home
    with lock_dataset(home, "fruit", "r1"):
        assert holder_of(home, "fruit") is not None
        assert holder_of(other, "fruit") is not None
        with pytest.raises(DatasetBusy, match="fruit"), lock_dataset(other, "fruit", "r2"):
            pass
        with lock_dataset(other, "bread", "r3"):
            pass
    assert holder_of(other, "fruit") is None
    with lock_dataset(other, "fruit", "r2"):
        assert holder_of(home, "fruit") is not None


def test_missing_object_is_named(hub: Hub, publish_version: Callable[..., Version]) -> None:
    """Verify says which file of a version is gone."""
    version = publish_version("r1", [1])
    (file,) = version_files(hub.db, version, "documents")
    path = hub.home.resolve(file.path)
    assert stores.size(path) == file.bytes
    stores.remove(path)
    assert not stores.exists(path)
    report = verify_version(hub, NEWEST)
    assert not report.ok
    assert [item.path for item in report.mismatches] == [file.path]


def test_events_are_kept_with_the_control_database(hub: Hub, make_version: Callable[..., Version]) -> None:
    """The outbox works wherever the control database is; an event is put in once."""
    make_version("r1", [1])
    run = replace(get_run(hub.db, "r1"), finished=now())
    save_run(hub.db, run)
    for _ in range(2):
        outbox.put(hub.db, run, {"eventType": "START", "eventTime": run.started})
        outbox.catch_up(hub)
    assert outbox.deliver(hub) == outbox.Delivery(2, 0)
