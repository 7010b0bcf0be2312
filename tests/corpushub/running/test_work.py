"""Files between stages in a store: they serve as those in the home do, and nothing of them stays behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corpushub.requests.erase import execute
from corpushub.requests.subjects import Request
from corpushub.requests.withdraw import WithdrawalOptions, WithdrawalRequest
from corpushub.requests.withdraw import execute as withdraw
from corpushub.running import rewriters
from corpushub.running.run import RunResult, run
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl
from corpushub.testing.watching import SilentWatcher
from corpushub.upkeep.clean import clean
from corpushub.upkeep.doctor import examine
from lineage.commit.work import work_names
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.hub.locks import lock_dataset
from lineage.references import VersionRef
from lineage.storage.files import list_files, read_whole
from pipelines.execution import warm_processes
from pipelines.execution.executor import Execution


@pytest.fixture(params=["s3", "folder"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Let work files of hubs stand in a store, or in a folder beside them; return where."""
    if request.param == "s3":
        request.getfixturevalue("shared")
        where = f"{request.getfixturevalue('warehouse')}work"
    else:
        request.getfixturevalue("local_backing")(monkeypatch)
        where = str(tmp_path / "elsewhere")
    monkeypatch.setenv("CORPUSHUB_WORK", where)
    yield where
    warm_processes.close()


@pytest.fixture
def warehouse(shared: None) -> str:
    """Return the prefix that the hubs of the test have in the store, beside which other things may stand."""
    return Home.locate("any").warehouse + "-"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A recipe and its source: one document of the host that will be erased, two of others."""
    (tmp_path / "recipe.toml").write_text(recipe("[dedup]"), encoding="utf-8")
    words = ("alder", "birch", "cedar", "elm", "hazel", "oak", "yew")
    rows = [
        {"id": host, "url": f"https://{host}.example/", "text": " ".join(f"{word}{host}" for word in words)}
        for host in ("subject", "other", "third")
    ]
    write_jsonl(tmp_path / "data" / "a.jsonl", rows)
    return tmp_path


def ingest(folder: Path, home: Home, **how: Any) -> RunResult:
    """Run the recipe in a home, in this process."""
    with Hub(home) as hub:
        return run(hub, folder / "recipe.toml", Execution(workers=1, **how), SilentWatcher())


def interrupted(folder: Path, home: Home) -> None:
    """Run the recipe in a home, up to the commit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("corpushub.running.run.publish", _die)
        with pytest.raises(KeyboardInterrupt):
            ingest(folder, home)


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def texts(place: str) -> list[str]:
    """Return the files in *place* that hold text of the subject."""
    return [path for path in list_files(place) if b"aldersubject" in read_whole(path)]


def test_a_run_leaves_nothing(place: str, folder: Path) -> None:
    """The version is the one of a run whose work files stand in its home, and none is left of them in either place."""
    made = ingest(folder, home := Home.locate(folder / "hub").create())
    plain = ingest(folder, Home(folder / "plain", "", "", ""))

    assert made.version == "d@v1"
    assert made.manifest_root == plain.manifest_root
    assert list_files(place) == list_files(str(home.scratch)) == []
    with Hub(home) as hub:
        assert [one for one in examine(hub).findings if one.wrong] == []


def test_what_a_failed_run_leaves_serves_the_next_or_is_cleaned(place: str, folder: Path) -> None:
    """Raw text stands there until then, of which `clean` tells; a repeat computes nothing again."""
    home = Home.locate(folder / "hub").create()
    interrupted(folder, home)
    left = list_files(place)
    assert texts(place)
    with Hub(home) as hub:
        (listed, *_) = clean(hub, remove=False).leftovers
        assert (listed.path, work_names(home)) == (home.work_folder("d"), ["d"])
        assert listed.bytes >= sum(len(read_whole(path)) for path in left)
        assert list_files(place) == left
        clean(hub, remove=True)
    assert list_files(place) == []
    interrupted(folder, home)
    assert ingest(folder, home).version == "d@v1"
    assert list_files(place) == []


def test_work_under_way_is_not_cleaned(place: str, folder: Path) -> None:
    """Neither by a home of the same hub, as long as the dataset is held, nor by another hub with the same setting."""
    first, second = (Home.locate(folder / name).create() for name in ("one", "two"))
    interrupted(folder, first)
    left = list_files(place)
    with lock_dataset(first, "d", "r"), Hub(second) as hub, Hub(Home(folder / "three", "", "").create()) as stranger:
        for one in (hub, stranger):
            _ = one.db
            clean(one, remove=True)
        assert list_files(place) == left
    ingest(folder, first)
    assert list_files(place) == []


def test_an_erasure_reaches_what_any_home_left(place: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a killed run of its own, in a store of any home of the hub; what its workers read goes with it."""
    monkeypatch.setattr(rewriters, "SMALL", 0)
    first = Home.locate(folder / "one").create()
    ingest(folder, first)
    (folder / "recipe.toml").write_text(recipe("[dedup]\nnear = false"), encoding="utf-8")
    interrupted(folder, first)
    assert texts(place)
    eraser = Home.locate(folder / "two").create() if first.is_shared else first
    with Hub(eraser) as hub:
        request = [Request.parse("host:subject.example", "a request")]
        answer = execute(hub, request, None, dry_run=False, execution=Execution(workers=2))

    assert (answer.verified, answer.matched) == (True, 1)
    assert list_files(place) == []


def test_a_withdrawal_leaves_nothing(place: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the list of what goes nor what its workers have said."""
    monkeypatch.setattr(rewriters, "SMALL", 0)
    home = Home.locate(folder / "hub").create()
    ingest(folder, home)
    asked = WithdrawalRequest(VersionRef("d"), ("host:subject.example",), None, "a test")
    with Hub(home) as hub:
        done = withdraw(hub, asked, WithdrawalOptions(execution=Execution(workers=2)), lambda words: None)

    assert done.version == "d@v2"
    assert list_files(place) == []


def test_what_an_earlier_setting_left_is_found(
    folder: Path, tmp_path: Path, local_backing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever lets work files stand elsewhere from now on does not lose sight of those in the home."""
    local_backing(monkeypatch)
    interrupted(folder, old := Home(folder / "hub", "", "", "").create())
    home = Home(folder / "hub", "", "", str(tmp_path / "elsewhere")).create()
    assert texts(old.work)
    with Hub(home) as hub:
        clean(hub, remove=True)
    assert list_files(old.work) == []


def test_a_home_takes_its_work_files_along(folder: Path, tmp_path: Path, place: str) -> None:
    """A home that is moved goes on with what its killed run left."""
    home = Home.locate(folder / "one").create()
    interrupted(folder, home)
    before = list_files(place)
    moved = Home.locate(home.path.rename(folder / "two"))

    assert list_files(moved.work) == before
    assert ingest(folder, moved).version == "d@v1"
    assert list_files(place) == []
