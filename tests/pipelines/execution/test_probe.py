"""What workers elsewhere are asked before the first stage, by an engine of processes with their own environment."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from lineage.storage.files import list_files
from pipelines.errors import UnfitWorker
from pipelines.execution import probe
from pipelines.execution.journal import JournalReader
from pipelines.execution.probe import PROBES, Demand, Place, require_workers
from pipelines.execution.remote import Answer, Assignment, carry_out, on_engine
from pipelines.execution.stage import Executor
from policies.pii.keys import VARIABLE, KeySource

KEY = "sixteen bytes and some more"


@pytest.fixture
def places(tmp_path: Path) -> tuple[Place, Place]:
    """Return where work files and data files go."""
    for name in ("work", "warehouse"):
        (tmp_path / name).mkdir()
    settings = ("CORPUSHUB_WORK", "CORPUSHUB_WAREHOUSE")
    return Place(str(tmp_path / "work"), settings[0]), Place(str(tmp_path / "warehouse"), settings[1])


def _settle(environment: Mapping[str, str]) -> None:
    for name, value in environment.items():
        os.environ[name] = value
        if not value:
            del os.environ[name]


def elsewhere(journal: Path, environment: Mapping[str, str] | None = None) -> Executor:
    """Return an engine of a process of its own, with some variables set, or unset by an empty value."""
    journal.mkdir(exist_ok=True)

    def run(sent: Sequence[Assignment]) -> Iterable[Answer]:
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, spawn, initializer=partial(_settle, environment or {})) as pool:
            yield from pool.map(carry_out, sent)

    return on_engine(run, str(journal))


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> KeySource:
    """Return the key of personal data in this process's environment."""
    monkeypatch.setenv(VARIABLE, KEY)
    found = KeySource.locate(None)
    assert found is not None
    return found


def test_fit_workers_are_passed_and_noted(places: tuple[Place, Place], key: KeySource, tmp_path: Path) -> None:
    """Nothing is left of the probe; the journal tells of hosts and processors, and not of the key."""
    source = tmp_path / "source"
    source.write_bytes(b"content")
    require_workers(elsewhere(tmp_path / "journal"), Demand(places, (str(source),), (), key))

    assert [list_files(place.path) for place in places] == [[], []]
    events = [one for one in JournalReader(tmp_path / "journal").new_events() if one["event"] == "end"]
    assert len(events) == PROBES
    assert KEY not in "".join(path.read_text() for path in (tmp_path / "journal").glob("*"))


@pytest.mark.parametrize("number", [0, 1])
def test_a_place_that_a_worker_does_not_see(places: tuple[Place, Place], number: int, tmp_path: Path) -> None:
    """The sentence names it and the setting: here as if the worker had other disks."""

    def hidden(sent: Sequence[Assignment]) -> Iterable[Answer]:
        folder = Path(places[number].path)
        folder.rename(folder.with_suffix(".away"))
        folder.mkdir()
        try:
            yield from [carry_out(one) for one in sent]
        finally:
            shutil.rmtree(folder)
            folder.with_suffix(".away").rename(folder)

    demand = Demand(places)
    (tmp_path / "journal").mkdir()
    with pytest.raises(UnfitWorker) as told:
        require_workers(on_engine(hidden, str(tmp_path / "journal")), demand)
    words = str(told.value)
    assert f"cannot read and write {places[number].path} (No such file or directory); nothing was computed" in words
    assert f"set {places[number].setting} to a store, or to a folder that all workers have at the same path" in words
    assert list_files(places[number].path) == []


def test_a_store_that_a_worker_cannot_reach(watched_store: object, tmp_path: Path) -> None:
    """The sentence names its settings and the store's word for it; no key is shown."""
    demand = Demand((Place("s3://corpora/probed", "CORPUSHUB_WORK"),))
    lost = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    with pytest.raises(UnfitWorker, match=r"s3://corpora/probed \(NETWORK_CONNECTION\).*give it the AWS_\* settings"):
        require_workers(elsewhere(tmp_path / "journal", lost), demand)
    assert list_files("s3://corpora/probed") == []
    require_workers(elsewhere(tmp_path / "journal"), demand)
    assert list_files("s3://corpora/probed") == []


@pytest.mark.parametrize("value", ["", "another key, not that of this process"])
def test_a_worker_without_the_key(places: tuple[Place, Place], key: KeySource, value: str, tmp_path: Path) -> None:
    """It is told by its id, and not shown."""
    with pytest.raises(UnfitWorker, match="CORPUSHUB_PII_KEY in its environment") as told:
        require_workers(elsewhere(tmp_path / "journal", {VARIABLE: value}), Demand(places, (), (), key))
    assert KEY not in str(told.value)
    assert not value or value not in str(told.value)


def test_a_source_that_a_worker_cannot_open(places: tuple[Place, Place], tmp_path: Path) -> None:
    """The sentence names the file."""
    with pytest.raises(UnfitWorker, match=r"cannot open the source file /nowhere/a\.warc .*put the sources where all"):
        require_workers(elsewhere(tmp_path / "journal"), Demand(places, ("/nowhere/a.warc",)))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("code_version", lambda: "another", "has another release of corpushub; nothing was computed; install the same"),
        ("_flags", lambda: set(), "has another kind of processor"),
        ("library_versions", lambda: {"pyarrow": "1.0"}, ""),
    ],
)
def test_a_worker_that_would_compute_something_else(
    name: str, value: object, words: str, places: tuple[Place, Place], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another release of ours, or a processor for which other code is chosen, is named; libraries go by the code."""
    (tmp_path / "journal").mkdir()

    def changed(sent: Sequence[Assignment]) -> Iterable[Answer]:
        with monkeypatch.context() as patch:
            patch.setattr(probe, name, value)
            return [carry_out(one) for one in sent]

    execute = on_engine(changed, str(tmp_path / "journal"))
    monkeypatch.setattr(probe, "_flags", lambda: {probe.NEEDED})
    if not words:
        require_workers(execute, Demand(places))
        return
    with pytest.raises(UnfitWorker, match=words):
        require_workers(execute, Demand(places))


def test_libraries_that_differ_are_named(
    places: tuple[Place, Place], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first three of them, with both versions."""
    (tmp_path / "journal").mkdir()

    def older(sent: Sequence[Assignment]) -> Iterable[Answer]:
        answers = [carry_out(one) for one in sent]
        return [{**one, "code": "another", "libraries": {**one["libraries"], "pyarrow": "1.0"}} for one in answers]

    with pytest.raises(UnfitWorker, match=r"has pyarrow 1\.0, not \d+\.\d+\.\d+; nothing was computed; install"):
        require_workers(on_engine(older, str(tmp_path / "journal")), Demand(places))


def test_a_plugin_that_is_not_there(places: tuple[Place, Place], tmp_path: Path) -> None:
    """Or another release of it than here is named."""
    (tmp_path / "journal").mkdir()

    def without(sent: Sequence[Assignment]) -> Iterable[Answer]:
        answers = [carry_out(one) for one in sent]
        return [{**one, "plugins": {"numpy:step": "no installed distribution"}} for one in answers]

    with pytest.raises(UnfitWorker, match="has not the plugin numpy:step as it is here"):
        require_workers(on_engine(without, str(tmp_path / "journal")), Demand(places, (), ("numpy:step",)))


def test_an_engine_that_does_not_answer(places: tuple[Place, Place], tmp_path: Path) -> None:
    """Or whose workers do not know what a probe is ends the run before it begins."""
    (tmp_path / "journal").mkdir()

    def broken(sent: Sequence[Assignment]) -> Iterable[Answer]:
        raise ModuleNotFoundError("No module named 'pipelines'")

    with pytest.raises(UnfitWorker, match=r"no worker could be asked .*ModuleNotFoundError.*same release of corpushub"):
        require_workers(on_engine(broken, str(tmp_path / "journal")), Demand(places))
    assert [list_files(place.path) for place in places] == [[], []]


def test_an_engine_that_gives_up_is_asked_once(places: tuple[Place, Place], tmp_path: Path) -> None:
    """Where workers cannot hand over what they found the sentence names all that they must reach."""
    asked: list[int] = []

    def speechless(sent: Sequence[Assignment]) -> Iterable[Answer]:
        asked.append(len(sent))
        raise OSError("no answer could be written")

    (tmp_path / "journal").mkdir()
    with pytest.raises(UnfitWorker) as told:
        require_workers(on_engine(speechless, str(tmp_path / "journal")), Demand(places))
    assert asked == [PROBES]
    assert all(f"{place.setting} ({place.path})" in str(told.value) for place in places)


def test_a_process_looks_once(places: tuple[Place, Place], monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is out of reach takes long to be given up: the tasks of one process tell the same of it."""
    looked: list[str] = []

    def gone(path: str) -> bytes:
        looked.append(path)
        raise TimeoutError

    monkeypatch.setattr(probe, "read_whole", gone)
    tasks = [probe.ProbeTask(number, Demand(places), "looked") for number in range(PROBES)]
    assert [{*task.run().unreached} for task in tasks] == [{place.path for place in places}] * PROBES
    assert len(looked) == len(places)
