from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from lineage.commit.purge import purge, stray_files
from lineage.commit.release import Release
from lineage.control.version_files import version_files
from lineage.control.versions import Version
from lineage.hub import Hub
from lineage.questions.find import Scope, SearchResult, Surroundings, find_text
from lineage.references import VersionRef
from lineage.storage.files import list_files
from lineage.storage.parquet import documents_layout, write_sorted
from lineage.storage.words import hits
from lineage.storage.words.build import IndexWords, words_file, words_folder

LIMITS = hits.Limits(threads=2)
ALPHABET = ["fox ", "FOX", "foxes, ", "red", " ", "x" * 70, "東京都", "京", "é", "İ", "ß", ".", "\n", "1", "a", "ไทย"]


@pytest.fixture
def version(hub: Hub, make_version: Callable[..., Version]) -> Version:
    """Return a version of some documents."""
    return make_version("first", [*range(40)])


def indexed(hub: Hub, version: Version) -> list[str]:
    """Index the documents files of *version*; return where the indexes stand."""
    made = []
    for file in version_files(hub.db, version, "documents"):
        target = words_file(hub.home, version.dataset, file.sha256)
        IndexWords(hub.home.resolve(file.path), file.bytes, target).run()
        made.append(target)
    return made


def snip(found: Sequence[Surroundings]) -> list[str | None]:
    """Show the pieces whole, with the place of what was asked for."""
    return [f"{one.start} {one.text}" for one in found]


def asked(hub: Hub, text: str, scope: Scope | None = None) -> SearchResult:
    """Return the answer to *text*."""
    return find_text(hub, text, scope, snip)


def test_an_index_answers_as_a_search_does(hub: Hub, version: Version) -> None:
    """The same documents with the same snippets, whatever is asked; how many were looked up is told."""
    questions = ["quinces", "QUINCE", "document 1", "ument 3 speaks of quinc", ".", " ", "7", "no such words", "s o"]
    before = {one: asked(hub, one) for one in questions}
    indexed(hub, version)
    for one in questions:
        after = asked(hub, one)
        assert sorted(after.matches, key=str) == sorted(before[one].matches, key=str), one
        assert [(each.complete, each.documents) for each in after.searched] == [(True, 40)]
    assert [one.indexed for one in before["quinces"].searched] == [0]
    assert [one.indexed for one in asked(hub, "quinces").searched] == [40]
    assert [one.indexed for one in asked(hub, ".").searched] == [0], "that is no term: texts are read"


@pytest.mark.parametrize("seed", range(6))
def test_whatever_texts_say(hub: Hub, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts of all scripts, with and without spaces: each piece of them is found where a search finds it."""
    draw = random.Random(seed)
    texts = ["".join(draw.choices(ALPHABET, k=draw.randrange(12))) for _ in range(60)]
    rows = pa.table({"text": texts, "doc_id": [f"{number:032x}" for number in range(60)]})
    monkeypatch.setattr("lineage.storage.parquet.DOCUMENTS_GROUP_ROWS", 25)
    file = write_sorted(rows, hub.home.data_folder("fruit", "documents"), documents_layout())
    target = words_file(hub.home, "fruit", file.sha256)
    IndexWords(file.path, file.bytes, target).run()
    for _ in range(40):
        text = draw.choice(texts)
        start = draw.randrange(len(text) + 1)
        question = text[start : start + draw.randrange(1, 9)]
        asking = hits.look_up_all(hub.home, "fruit", [file], question, LIMITS)
        if not question or asking.rest:
            continue
        found = {hit.row["doc_id"] for some in hits.hits(hub.home, asking, LIMITS) for hit in some}
        (lowered,) = hits.lower([question])
        holding = {f"{at:032x}" for at, one in enumerate(hits.lower(texts)) if lowered in one}
        assert found == holding, question


def test_bounds_hold(hub: Hub, version: Version) -> None:
    """The best are told first, and that there are more; a search without time says so."""
    indexed(hub, version)
    few = asked(hub, "quinces", Scope(limit=3))
    assert (len(few.matches), [one.complete for one in few.searched]) == (3, [False])
    assert few.matches == asked(hub, "quinces").matches[:3]
    assert [one.complete for one in asked(hub, "quinces", Scope(limit=40)).searched] == [True]


def test_a_damaged_index_costs_time_alone(hub: Hub, version: Version) -> None:
    """Documents are read where their index cannot be."""
    (path,) = indexed(hub, version)
    whole = asked(hub, "quinces")
    Path(path).write_bytes(Path(path).read_bytes()[:100])

    after = asked(hub, "quinces")
    assert sorted(after.matches, key=str) == sorted(whole.matches, key=str)
    assert [one.indexed for one in after.searched] == [0]


def test_files_with_and_without_index_are_searched_together(
    hub: Hub, version: Version, make_version: Callable[..., Version], make_release: Callable[..., Release]
) -> None:
    """What a later version adds is read until it is indexed; what it shares is looked up."""
    indexed(hub, version)
    later = make_version("later", [*range(100, 105)], keeping=make_release("first", [*range(40)]))
    found = asked(hub, "quinces", Scope([VersionRef("fruit", later.number)]))
    assert len(found.matches) == 45
    assert [(one.documents, one.indexed) for one in found.searched] == [(45, 40)]


def test_an_index_goes_with_its_documents(hub: Hub, version: Version) -> None:
    """What no documents file stands behind is removed with all that no version names; the others stay."""
    (path,) = indexed(hub, version)
    old = Path(words_file(hub.home, version.dataset, "0" * 64))
    old.write_bytes(b"of a file that an erasure wrote anew")

    assert stray_files(hub, version.dataset) == [str(old)]
    purge(hub, [version.dataset])
    assert list_files(words_folder(hub.home, version.dataset)) == [path]
