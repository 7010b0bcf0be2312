from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from lineage.commit import publish
from lineage.commit.release import Release
from lineage.control.runs import RunInput, get_run, run_inputs, start_run
from lineage.control.version_files import ledger_files_with, version_files
from lineage.control.versions import Version, get_version, newest_number
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.proof.verify import verify_version
from lineage.questions.reading import read_version
from lineage.questions.trace import trace_document
from lineage.references import DocumentRef, VersionRef
from lineage.rewrite.compact import BeforeAfter, compact

NEWEST = VersionRef("fruit")


alone = pytest.mark.parametrize("backing", ["local"], indirect=True)
"""Where the files stand cannot matter."""


@pytest.fixture
def home(backed_home: Home) -> Home:
    """A fresh hub with each backing."""
    return backed_home


@pytest.fixture
def grown(hub: Hub, make_release: Callable[..., Release]) -> list[Release]:
    """Three versions, each with the files of those before."""
    releases: list[Release] = []
    for number in (1, 2, 3):
        new = make_release(f"r{number}", [10 * number, 10 * number + 1], {10 * number + 2: 10 * number})
        documents = [file for release in [*releases[-1:], new] for file in release.documents]
        ledger = [file for release in [*releases[-1:], new] for file in release.ledger]
        releases.append(Release(new.run, documents, ledger, licenses={"MIT": 2 * number}))
        start_run(hub.db, new.run, [RunInput("orchard", f"{number}.gz", "/in", 1, "e")])
        publish.publish(hub, releases[-1])
    return releases


@pytest.mark.usefixtures("grown")
def test_merged_ledger_tells_the_same(hub: Hub, make_id: Callable[[int], str]) -> None:
    """All rows are there in one sorted file; documents, older versions and every trace are as before."""
    before = trace_document(hub, DocumentRef(NEWEST, make_id(12)))
    rows = sorted(read_version(hub, VersionRef("fruit")).dataset("ledger").to_table().to_pylist(), key=str)
    done = compact(hub, "fruit")
    assert (done.version, done.from_, done.files) == ("fruit@v4", "fruit@v3", BeforeAfter(3, 1))
    after = trace_document(hub, DocumentRef(NEWEST, make_id(12)))
    assert after == before
    assert sorted(read_version(hub, VersionRef("fruit")).dataset("ledger").to_table().to_pylist(), key=str) == rows
    versions = [get_version(hub.db, VersionRef("fruit", number)) for number in (3, 4)]
    documents = [version_files(hub.db, version, "documents") for version in versions]
    assert documents[0] == documents[1]
    assert all(verify_version(hub, VersionRef("fruit", number)).ok for number in (1, 2, 3, 4))


@pytest.mark.usefixtures("grown")
def test_a_later_run_goes_on_from_it(hub: Hub) -> None:
    """The version has the recipe, inputs and code of the one before, by which a run knows what is unchanged."""
    compact(hub, "fruit")
    third, fourth = (get_run(hub.db, get_version(hub.db, VersionRef("fruit", n)).run) for n in (3, 4))
    for name in ("recipe", "recipe_digest", "inputs_digest", "code_version", "counts", "not_done"):
        assert getattr(fourth, name) == getattr(third, name)
    assert run_inputs(hub.db, fourth.id) == run_inputs(hub.db, third.id)


@pytest.mark.usefixtures("grown")
@alone
def test_nothing_to_do_makes_no_version(hub: Hub) -> None:
    """A ledger that is merged already is left alone."""
    assert compact(hub, "fruit").version == "fruit@v4"
    again = compact(hub, "fruit")
    assert (again.version, again.files) == (None, BeforeAfter(1, 1))
    assert newest_number(hub.db, "fruit") == 4


@pytest.mark.usefixtures("grown")
@alone
def test_files_divide_the_ids(hub: Hub, make_id: Callable[[int], str]) -> None:
    """Where rows need several files each has its own range of ids, so that a lookup reads one."""
    done = compact(hub, "fruit", file_rows=8)
    assert done.files.after == 2
    files = version_files(hub.db, get_version(hub.db, NEWEST), "ledger")
    assert files[0].last_doc_id < files[1].first_doc_id
    assert len(ledger_files_with(hub.db, "fruit", make_id(10))) >= 2
    held = ledger_files_with(hub.db, "fruit", make_id(10))
    assert [path for path, numbers in held.items() if 4 in numbers] in ([files[0].path], [files[1].path])


@pytest.mark.usefixtures("grown")
def test_files_that_overlap_are_merged_whatever_their_number(hub: Hub) -> None:
    """Three files of three runs become three, if that many are needed, but each with its own range of ids."""
    done = compact(hub, "fruit", file_rows=5)
    assert done.files == BeforeAfter(3, 3)
    files = version_files(hub.db, get_version(hub.db, NEWEST), "ledger")
    assert all(one.last_doc_id < other.first_doc_id for one, other in pairwise(files))
    assert compact(hub, "fruit", file_rows=5).version is None


def test_crash_is_finished(hub: Hub, grown: list[Release], monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash in the commit is completed by the next command; merging again does nothing."""
    with monkeypatch.context() as patch:
        patch.setattr("lineage.commit.publish.record_version", _die)
        with pytest.raises(KeyboardInterrupt):
            compact(hub, "fruit")
    assert len(grown) == newest_number(hub.db, "fruit") == 3
    assert compact(hub, "fruit").version is None
    assert newest_number(hub.db, "fruit") == 4


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@alone
def test_empty_version_has_nothing_to_merge(hub: Hub, publish_version: Callable[..., Version]) -> None:
    """A version without rows is left alone."""
    publish_version("r1", [])
    assert compact(hub, "fruit").version is None
