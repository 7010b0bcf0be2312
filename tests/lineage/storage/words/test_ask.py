from __future__ import annotations

import random
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lineage.errors import DamagedFile
from lineage.storage.files import open_parquet
from lineage.storage.words import ask, build
from lineage.storage.words.ask import Found, look_up, ranked
from lineage.storage.words.build import index
from lineage.storage.words.footer import KEY, OPEN, seal
from lineage.storage.words.terms import LENGTHS, pieces


def written(folder: Path, *parts: list[str | None]) -> str:
    """Write the index of a file whose row groups hold the texts of *parts*; return where."""
    path = folder / f"{len([*folder.iterdir()])}.parquet"
    path.write_bytes(index(pa.array(texts, pa.string()) for texts in parts))
    return str(path)


def documents(path: str) -> int:
    """Return of how many documents the index at *path* is."""
    with open_parquet(path) as file:
        terms = file.read().to_pylist()
    return sum(len(one["rows"]) for one in terms if one["term"] == LENGTHS)


def asked(path: str, text: str) -> Found:
    """Return what the index at *path* says of *text*."""
    found = look_up(path, pieces(text), documents(path))
    assert found is not None
    return found


def places(*paths: str, text: str) -> list[tuple[int, int, int]]:
    """Return the candidates of *text* in the indexes at *paths*, the most relevant first."""
    found = [(number, asked(path, text)) for number, path in enumerate(paths)]
    return [(one.file, one.part, one.row) for one in ranked(found)]


def test_relevance_is_bm25_over_all_files(tmp_path: Path) -> None:
    """A short document that says it often comes first; rare words count more than frequent ones."""
    one = written(tmp_path, ["red plum", "plum plum plum", None], ["red red pear"])
    other = written(tmp_path, ["red and green and blue and plum"])

    assert places(one, other, text=" plum ") == [(0, 0, 1), (0, 0, 0), (1, 0, 0)]
    assert places(one, other, text="red plum") == [(0, 0, 0), (1, 0, 0)]
    found = [(0, asked(one, " plum ")), (1, asked(other, " plum "))]
    assert [(each.documents, each.terms, each.holding.tolist()) for _, each in found] == [(4, 8, [2]), (1, 7, [1])]


def test_pieces_at_the_edges_are_parts_of_terms(tmp_path: Path) -> None:
    """What is asked for may begin and end in the middle of words, as a search in the text would find it."""
    path = written(tmp_path, ["marshland fox", "land foxes", "a marsh", "東京都", "x" * 200])

    assert {row for *_, row in places(path, text="land fo")} >= {0, 1}
    assert {row for *_, row in places(path, text="arsh")} == {0, 2, 4}, "a long run may hold anything"
    assert {row for *_, row in places(path, text="京")} == {3, 4}
    assert {row for *_, row in places(path, text=" land ")} == {1}
    assert {row for *_, row in places(path, text="x" * 100)} == {4}
    assert places(path, text=" none ") == []


def test_row_groups_of_terms_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor do slices: what is found is the same, and slices change no byte."""
    texts: list[str | None] = [f"word{number % 7} word{number % 11} the" for number in range(300)]
    whole = index([pa.array(texts, pa.string())])
    monkeypatch.setattr(build, "SLICE_BYTES", 100)
    assert index([pa.array(texts, pa.string())]) == whole
    monkeypatch.setattr(build, "GROUP_TERMS", 2)
    monkeypatch.setattr(build, "GROUP_POSTINGS", 50)
    small = written(tmp_path, texts)
    big = tmp_path / "big.parquet"
    big.write_bytes(whole)

    for text in ("word3 word", "the", " word5 ", "d1"):
        assert places(small, text=text) == places(str(big), text=text) != []


def test_what_everything_holds_is_not_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading the texts is as quick then."""
    path = written(tmp_path, [f"{number:05}" for number in range(50)])

    monkeypatch.setattr(ask, "MOST_TERMS", 20)
    assert look_up(path, pieces("0"), 50) is None
    assert look_up(path, pieces("00013"), 50) is not None
    monkeypatch.setattr(ask, "MOST_POSTINGS", 10)
    assert look_up(path, pieces("00013"), 50) is None


def test_a_long_question_takes_what_its_answer_takes(tmp_path: Path) -> None:
    """Of thousands of terms nothing is held for documents that have not all of them."""
    long = " ".join(map(str, range(4000)))
    path, asked_for = written(tmp_path, [*map(str, range(4000)), long]), pieces(long)
    tracemalloc.start()
    found = look_up(path, asked_for, 4001)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found is not None
    assert [one.rows.tolist() for one in found.candidates] == [[4000]]
    assert most < 4000 * 4001, "a byte for each term and document"


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_index_is_an_error(tmp_path: Path, seed: int) -> None:
    """Whichever bit is another, and wherever it ends: nothing else is found than what the whole index says."""
    path = Path(written(tmp_path, [f"some words of mine, {number % 7}" for number in range(50)]))
    content, draw = path.read_bytes(), random.Random(seed)
    whole = [places(str(path), text=text) for text in (" words ", "3")]
    damaged = 0
    for _ in range(60):
        changed = bytearray(content)
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
        path.write_bytes(changed if draw.random() < 0.8 else changed[: draw.randrange(len(changed))])
        for text, found in zip((" words ", "3"), whole, strict=True):
            try:
                said = look_up(str(path), pieces(text), 50)
            except DamagedFile:
                damaged += 1
                continue
            assert said is not None
            assert [(0, one.part, one.row) for one in ranked([(0, said)])] == found
    assert damaged > 60


def test_what_is_no_index_of_these_documents_is_an_error(tmp_path: Path) -> None:
    """None is there, it has other columns, or was made of another file: nothing may be found by it."""
    with pytest.raises(DamagedFile, match="corpushub index"):
        look_up(str(tmp_path / "none"), pieces("x"), 2)
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"term": ["", "x"], "lines": [[0], [0]]}).replace_schema_metadata({KEY: OPEN}), other)
    with pytest.raises(DamagedFile, match="ValueError"):
        look_up(str(other), pieces("x"), 2)
    other.write_bytes(seal(other.read_bytes()))
    with pytest.raises(DamagedFile, match="KeyError"):
        look_up(str(other), pieces("x"), 2)
    some: list[list[str | None]] = [[], ["x"], ["x", "y", "x"]]
    for texts in some:
        with pytest.raises(DamagedFile):
            look_up(written(tmp_path, texts), pieces("x"), 2)
