"""Indexes of a version's words from the first run to an erasure: made by a command, and gone with their documents."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from corpushub import Hub
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl
from lineage.commit.purge import stray_files
from lineage.errors import UnknownReference
from lineage.storage.files import list_files
from pipelines.execution.executor import Execution

ALONE = Execution(workers=1)


def terms(folder: Path) -> set[str]:
    """Return all terms of the indexes in the hub in *folder*."""
    files = [path for path in list_files(str(folder / "warehouse")) if "/words/" in path]
    return {term for path in files for term in pq.read_table(path, columns=["term"]).column(0).to_pylist()}


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """A hub with a version of two documents."""
    write_jsonl(tmp_path / "data" / "a.jsonl", [{"text": "zebras graze here"}, {"text": "zebras sleep, quokkas smile"}])
    (tmp_path / "recipe.toml").write_text(recipe(), encoding="utf-8")
    hub = Hub.locate(tmp_path / "hub")
    hub.run(tmp_path / "recipe.toml", ALONE)
    return hub


def test_an_increment_costs_what_it_adds(hub: Hub, tmp_path: Path) -> None:
    """What is indexed stays, of a later version only files that it added are; nothing is left of the work."""
    first = hub.index("d", ALONE)
    again = hub.index("d", ALONE)
    write_jsonl(tmp_path / "data" / "b.jsonl", [{"text": "zebras again"}])
    hub.run(tmp_path / "recipe.toml", ALONE)
    before = hub.find(text="zebras")
    added = hub.index("d", ALONE)

    assert (first.made, again.made, added.made) == (1, 0, 1)
    assert (first.version, added.version, added.text_files) == ("d@v1", "d@v2", 2)
    assert [one.indexed for one in before.searched] == [2]
    assert [one.indexed for one in hub.find(text="zebras").searched] == [3]
    assert len(hub.find(text="zebras").matches) == len(before.matches) == 3
    assert not (hub.home.scratch / "d").exists()


def test_an_erasure_leaves_no_word(hub: Hub, tmp_path: Path) -> None:
    """What stood in the erased document alone is nowhere; what is left is read until it is indexed again."""
    hub.index("d", ALONE)
    assert {"zebras", "quokkas"} <= terms(tmp_path / "hub")
    (match,) = hub.find(text="quokkas").matches
    erased = hub.erase(f"doc:{match.doc_id}", "asked", execution=ALONE)

    assert erased.verified
    assert not terms(tmp_path / "hub")
    assert [one.indexed for one in hub.find(text="zebras").searched] == [0]
    hub.index("d", ALONE)
    assert "zebras" in terms(tmp_path / "hub")
    assert not {"quokkas", "smile", "sleep"} & terms(tmp_path / "hub")
    assert len(hub.find(text="zebras").matches) == 1
    assert hub.verify("d").ok


def test_indexes_can_be_removed_and_are_nobodys_leftovers(hub: Hub, tmp_path: Path) -> None:
    """Nothing else is: a version is as whole without them."""
    hub.index("d", ALONE)
    assert not hub.clean(grace_seconds=0).leftovers
    assert hub.index("d", remove=True).removed == 1
    assert not terms(tmp_path / "hub")
    assert hub.verify("d").ok
    with pytest.raises(UnknownReference):
        hub.index("other", ALONE)


def test_an_index_is_the_same_whoever_makes_it(hub: Hub, tmp_path: Path) -> None:
    """Its bytes are those of its documents file alone."""
    hub.index("d", ALONE)
    (path,) = [Path(one) for one in list_files(str(tmp_path / "hub" / "warehouse")) if "/words/" in one]
    shutil.copy(path, tmp_path / "before")
    hub.index("d", remove=True)
    hub.index("d", Execution(workers=2))
    assert path.read_bytes() == (tmp_path / "before").read_bytes()


def test_an_index_goes_with_the_documents_of_a_retired_version(hub: Hub, tmp_path: Path) -> None:
    """However young it is, what it was made of is old; and one whose documents are gone is nobody's."""
    hub.index("d", ALONE)
    (path,) = [Path(one) for one in list_files(str(tmp_path / "hub" / "warehouse")) if "/words/" in one]
    content, later = path.read_bytes(), time.time() + 1000
    os.utime(path, (later, later))
    hub.retire("d@v1", "old")
    assert str(path) not in stray_files(hub, "d")
    assert str(path) in [one.path for one in hub.clean(remove=True, grace_seconds=0).leftovers]
    assert not path.exists()

    path.write_bytes(content)
    assert str(path) in stray_files(hub, "d")
