"""One hub with two homes, as on two machines: a PostgreSQL database and an S3 store are all that they share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpushub.requests.erase import execute
from corpushub.requests.subjects import Request
from corpushub.running.run import RunResult, run
from corpushub.running.unfinished import ErasureReport, finish
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl
from corpushub.testing.watching import SilentWatcher
from corpushub.upkeep import services
from corpushub.upkeep.clean import clean
from corpushub.upkeep.doctor import examine
from lineage.audit_log.signing import trusted_keys
from lineage.commit.pending import list_pending
from lineage.control.erasures import show_receipt
from lineage.control.version_files import version_files
from lineage.control.versions import get_version
from lineage.erasure import erase
from lineage.erasure.notes import read_notes
from lineage.errors import DatasetBusy
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.hub.locks import lock_dataset
from lineage.proof.bundle import write_bundle
from lineage.proof.bundle_check import BundleFiles, verify_bundle
from lineage.proof.public_key import describe_key
from lineage.proof.standings import retire
from lineage.proof.verify import verify_version
from lineage.questions.find import find_uri
from lineage.references import VersionRef
from lineage.storage import stores
from lineage.storage.files import list_files, remove_file
from pipelines.execution.executor import Execution


@pytest.fixture
def folder(tmp_path: Path, shared: None) -> Path:
    """A recipe and its first source file, while hubs are shared."""
    (tmp_path / "recipe.toml").write_text(recipe("[dedup]"), encoding="utf-8")
    write_file(tmp_path, "a")
    return tmp_path


@pytest.fixture
def homes(folder: Path) -> Iterator[tuple[Home, Home]]:
    """The two homes, of which the first has made a version."""
    first, second = (Home.locate(folder / name).create() for name in ("one", "two"))
    assert ingest(folder, first).version == "d@v1"
    yield first, second
    assert not list_pending(first)
    assert not read_notes(first)


def write_file(folder: Path, name: str) -> None:
    """Write a file of the source: one document of the host that will be erased, two of others."""
    rows = [
        {
            "id": f"{host}-{name}{at}",
            "url": f"https://{host}.example/{name}{at}",
            "text": " ".join(f"{word}{name}{at}" for word in ("alder", "birch", "cedar", "elm", "hazel", "oak", "yew")),
        }
        for at, host in enumerate(("subject", "other", "third"))
    ]
    write_jsonl(folder / "data" / f"{name}.jsonl", rows)


def ingest(folder: Path, home: Home, *, full: bool = False) -> RunResult:
    """Run the recipe in a home, in this process."""
    return run(Hub(home), folder / "recipe.toml", Execution(workers=1, full=full), SilentWatcher())


def erase_subject(hub: Hub) -> ErasureReport:
    """Erase the host."""
    return execute(hub, [Request.parse("host:subject.example", "a request")], None, dry_run=False)


def found(hub: Hub, name: str) -> list[str]:
    """Return what became of a record of the subject, as *home* sees it."""
    return [match.outcome for match in find_uri(hub, f"https://subject.example/{name}0").matches]


def test_homes_work_on_one_hub(folder: Path, homes: tuple[Home, Home], tmp_path: Path) -> None:
    """One ingests, the other goes on, erases and answers; the first sees it, verifies, and refuses the erased."""
    first, second = homes
    assert ingest(folder, second).unchanged == "d@v1"
    write_file(folder, "b")
    grown = ingest(folder, second)
    assert (grown.version, grown.counts["read"], grown.unattested) == ("d@v2", 3, None)
    assert grown.reused is not None
    assert found(Hub(first), "b") == ["kept"]
    answer = erase_subject(Hub(second))
    assert (answer.verified, answer.matched, answer.remains) == (True, 2, ())

    assert found(Hub(first), "a") == found(Hub(first), "b") == []
    receipt = show_receipt(Hub(first).db, str(answer.receipt).removeprefix("receipt:"))
    assert [one.revision for one in receipt.versions] == ["d@v1.1", "d@v2.1"]
    write_file(folder, "c")
    assert ingest(folder, first, full=True).reasons == {"erased": 3}
    for home in homes:
        reports = [verify_version(Hub(home), VersionRef("d", number)) for number in (1, 2, 3)]
        assert all(report.ok for report in reports), reports
        assert len({report.log for report in reports}) == 1
        assert [one for one in examine(Hub(home)).findings if one.wrong] == []
    assert len(trusted_keys(first)) == len({describe_key(home).id for home in homes}) == 2
    assert not (first.path / "log").exists()


def test_bundle_of_any_home_needs_its_key_alone(folder: Path, homes: tuple[Home, Home], tmp_path: Path) -> None:
    """Whoever signed statement and checkpoint, a third party needs the key of the home that hands the bundle out."""
    for number, home in enumerate(homes):
        describe_key(home, tmp_path / f"{number}.pub")
    write_file(folder, "b")
    ingest(folder, homes[1])
    for number, home in enumerate(homes):
        for version in (1, 2):
            write_bundle(Hub(home), VersionRef("d", version), tmp_path / "bundle", tmp_path / f"files-{version}")
            given = BundleFiles(tmp_path / "bundle", tmp_path / f"{number}.pub", tmp_path / f"files-{version}")
            assert verify_bundle(given).mismatches == ()


@pytest.mark.parametrize("step", ["commit_erasure", "purge"])
def test_erasure_is_finished_by_another_home(
    folder: Path, homes: tuple[Home, Home], step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the machine that erases dies, no home writes anything before the erasure is finished, by whichever."""
    first, second = homes
    with monkeypatch.context() as patch:
        patch.setattr(erase, step, _die)
        with pytest.raises(KeyboardInterrupt):
            erase_subject(Hub(second))
    assert [note.erasure.reason for note in read_notes(first)] == ["a request"]
    (answer,) = finish(Hub(first)).finished

    assert (answer.verified, answer.matched) == (True, 1)
    assert found(Hub(second), "a") == []
    assert verify_version(Hub(second), VersionRef("d", 1)).ok


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_commit_is_finished_by_another_home(
    folder: Path, homes: tuple[Home, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A driver that dies while it commits leaves a version that the next command completes, on any machine."""
    first, second = homes
    write_file(folder, "b")
    with monkeypatch.context() as patch:
        patch.setattr("lineage.commit.publish.record_version", _die)
        with pytest.raises(KeyboardInterrupt):
            ingest(folder, second)
    assert len(list_pending(first)) == 1
    assert ingest(folder, first).unchanged == "d@v2"
    assert verify_version(Hub(first), VersionRef("d", 2)).ok


def test_first_run_elsewhere_stops_an_erasure(folder: Path, homes: tuple[Home, Home]) -> None:
    """A dataset that nobody knows yet is held by the machine that makes it; an erasure waits for it."""
    first, second = homes
    with lock_dataset(first, "unheard-of", "r"), pytest.raises(DatasetBusy, match="another machine"):
        erase_subject(Hub(second))
    assert found(Hub(second), "a") == ["kept"]


def test_work_files_of_before_an_erasure_are_dropped(folder: Path, homes: tuple[Home, Home]) -> None:
    """What a killed run left in another home may hold the erased text, and name files that are gone."""
    first, second = homes
    write_file(folder, "b")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("corpushub.running.run.publish", _die)
        with pytest.raises(KeyboardInterrupt):
            ingest(folder, first)
    left = [path for path in (first.scratch / "d").rglob("*") if path.is_file()]
    assert any(b"aldera0" in path.read_bytes() or b"alderb0" in path.read_bytes() for path in left)
    assert erase_subject(Hub(second)).verified

    made = ingest(folder, first)
    assert (made.version, made.reasons) == ("d@v2", {"erased": 1})
    assert verify_version(Hub(first), VersionRef("d", 2)).ok
    assert not (first.scratch / "d").exists()


def test_objects_of_retired_versions_are_cleaned(folder: Path, homes: tuple[Home, Home]) -> None:
    """Either home removes what only a retired version held, and nothing else."""
    first, second = homes
    write_file(folder, "b")
    ingest(folder, second)
    retire(Hub(second), VersionRef("d", 2), "wrong")
    db = Hub(first).db
    held = {
        number: {
            first.resolve(file.path)
            for file in version_files(db, get_version(db, VersionRef("d", number)), "documents")
        }
        for number in (1, 2)
    }
    listed = {item.path for item in clean(Hub(first), remove=True, grace=0).leftovers}
    assert held[2] - held[1] <= listed
    assert not any(stores.exists(path) for path in held[2] - held[1])
    assert verify_version(Hub(second), VersionRef("d", 1)).ok


def ailments(hub: Hub) -> dict[str, str]:
    """Return what is wrong with *home*, by check."""
    return {one.check: one.message for one in examine(hub).findings if one.wrong}


def test_doctor_examines_what_homes_share(
    folder: Path, homes: tuple[Home, Home], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that refuses, clocks apart, a key that is missing or not trusted, outdated texts: each is named."""
    first, second = homes
    assert ailments(Hub(first)) == ailments(Hub(second)) == {}
    (first.scratch / "d").mkdir()
    monkeypatch.setenv("CORPUSHUB_SIGNING_KEY", str(tmp_path / "none.pem"))
    monkeypatch.setattr(services, "CLOCK_SECONDS", -1.0)
    for path in list_files(f"{first.common}/keys"):
        remove_file(path)
    found = ailments(Hub(first))
    assert set(found) == {"database", "store", "signatures", "outdated"}
    assert "clean --yes" in found["outdated"]
    with monkeypatch.context() as patch:
        patch.setattr(stores, "file_system", _refuse)
        assert "cannot be written, read and cleaned: Permission denied" in ailments(Hub(first))["store"]


def _refuse(*_: object) -> None:
    raise PermissionError(13, "Permission denied")
