from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from sqlalchemy import Engine

from lineage import control, publish
from lineage.compact import compact
from lineage.control import Version
from lineage.home import Home
from lineage.reading import open_version
from lineage.references import DocumentRef, VersionRef
from lineage.release import Release
from lineage.trace import trace_document
from lineage.verify import verify_version

NEWEST = VersionRef("fruit")


alone = pytest.mark.parametrize("backing", ["local"], indirect=True)
"""Where the files stand cannot matter."""


@pytest.fixture
def home(backed_home: Home) -> Home:
    """A fresh hub with each backing."""
    return backed_home


@pytest.fixture
def grown(home: Home, db: Engine, make_release: Callable[..., Release]) -> list[Release]:
    """Three versions, each with the files of those before."""
    releases: list[Release] = []
    for number in (1, 2, 3):
        new = make_release(f"r{number}", [10 * number, 10 * number + 1], {10 * number + 2: 10 * number})
        documents = [file for release in [*releases[-1:], new] for file in release.documents]
        ledger = [file for release in [*releases[-1:], new] for file in release.ledger]
        releases.append(Release(new.run, documents, ledger, licenses={"MIT": 2 * number}))
        control.start_run(db, new.run, [control.RunInput("orchard", f"{number}.gz", "/in", 1, "e")])
        publish.publish(home, db, releases[-1])
    return releases


@pytest.mark.usefixtures("grown")
def test_merged_ledger_tells_the_same(home: Home, db: Engine, make_id: Callable[[int], str]) -> None:
    """All rows are there in one sorted file; documents, older versions and every trace are as before."""
    before = trace_document(home, DocumentRef(NEWEST, make_id(12)))
    rows = sorted(open_version("fruit", home.path).dataset("ledger").to_table().to_pylist(), key=str)
    done = compact(home, "fruit")
    assert (done["version"], done["from"], done["files"]) == ("fruit@v4", "fruit@v3", {"before": 3, "after": 1})
    after = trace_document(home, DocumentRef(NEWEST, make_id(12)))
    assert after == before
    assert sorted(open_version("fruit", home.path).dataset("ledger").to_table().to_pylist(), key=str) == rows
    versions = [control.get_version(db, VersionRef("fruit", number)) for number in (3, 4)]
    documents = [control.version_files(db, version, "documents") for version in versions]
    assert documents[0] == documents[1]
    assert all(verify_version(home, VersionRef("fruit", number))["ok"] for number in (1, 2, 3, 4))


@pytest.mark.usefixtures("grown")
def test_a_later_run_goes_on_from_it(home: Home, db: Engine) -> None:
    """The version has the recipe, inputs and code of the one before, by which a run knows what is unchanged."""
    compact(home, "fruit")
    third, fourth = (control.get_run(db, control.get_version(db, VersionRef("fruit", n)).run) for n in (3, 4))
    for name in ("recipe", "recipe_digest", "inputs_digest", "code_version", "counts", "not_done"):
        assert getattr(fourth, name) == getattr(third, name)
    assert control.run_inputs(db, fourth.id) == control.run_inputs(db, third.id)


@pytest.mark.usefixtures("grown")
@alone
def test_nothing_to_do_makes_no_version(home: Home, db: Engine) -> None:
    """A ledger that is merged already is left alone."""
    assert compact(home, "fruit")["version"] == "fruit@v4"
    again = compact(home, "fruit")
    assert (again["version"], again["files"]) == (None, {"before": 1, "after": 1})
    assert control.newest_number(db, "fruit") == 4


@pytest.mark.usefixtures("grown")
@alone
def test_files_divide_the_ids(home: Home, db: Engine, make_id: Callable[[int], str]) -> None:
    """Where rows need several files each has its own range of ids, so that a lookup reads one."""
    done = compact(home, "fruit", file_rows=8)
    assert done["files"]["after"] == 2
    files = control.version_files(db, control.get_version(db, NEWEST), "ledger")
    assert files[0].last_doc_id < files[1].first_doc_id
    assert len(control.ledger_files_with(db, "fruit", make_id(10))) >= 2
    held = control.ledger_files_with(db, "fruit", make_id(10))
    assert [path for path, numbers in held.items() if 4 in numbers] in ([files[0].path], [files[1].path])


@pytest.mark.usefixtures("grown")
def test_files_that_overlap_are_merged_whatever_their_number(home: Home, db: Engine) -> None:
    """Three files of three runs become three, if that many are needed, but each with its own range of ids."""
    done = compact(home, "fruit", file_rows=5)
    assert done["files"] == {"before": 3, "after": 3}
    files = control.version_files(db, control.get_version(db, NEWEST), "ledger")
    assert all(one.last_doc_id < other.first_doc_id for one, other in pairwise(files))
    assert compact(home, "fruit", file_rows=5)["version"] is None


def test_crash_is_finished(home: Home, db: Engine, grown: list[Release], monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash in the commit is completed by the next command; merging again does nothing."""
    with monkeypatch.context() as patch:
        patch.setattr(control, "save_version", _die)
        with pytest.raises(KeyboardInterrupt):
            compact(home, "fruit")
    assert len(grown) == control.newest_number(db, "fruit") == 3
    assert compact(home, "fruit")["version"] is None
    assert control.newest_number(db, "fruit") == 4


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@alone
def test_empty_version_has_nothing_to_merge(home: Home, publish_version: Callable[..., Version]) -> None:
    """A version without rows is left alone."""
    publish_version("r1", [])
    assert compact(home, "fruit")["version"] is None
