"""Documents like a text are found by the index, as comparing with each would find them."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pipelines.dedup.indexes.similar import Similar, has_shingles, similar_in
from pipelines.errors import SidecarMismatch
from pipelines.handover.sections import Array, write_sections
from pipelines.handover.sidecar import SidecarRows, write_sidecar
from pipelines.kernels.minhash import MinHasher

WORDS = [f"w{number}" for number in range(5000)]


def text(seed: int, length: int = 200) -> str:
    """Return words by chance."""
    return " ".join(random.Random(seed).choices(WORDS, k=length))


def shingles(of: str) -> set[tuple[str, ...]]:
    """Return the set of five words on end."""
    words = re.findall(r"\w+", of.lower())
    return {tuple(words[at : at + 5]) for at in range(max(1, len(words) - 4))}


def jaccard(one: str, other: str) -> float:
    """Return how alike two texts are."""
    left, right = shingles(one), shingles(other)
    return len(left & right) / len(left | right)


def index(path: Path, texts: list[str], *, sets: bool = True, num_perm: int = 128) -> str:
    """Write an index of *texts*, of which the doc_ids count from 0; empty ones are as the dropped."""
    minhash = MinHasher(num_perm=num_perm)
    signatures, shingle_sets = minhash.sketch(pa.array(texts))
    rows = len(texts)
    ids = [number.to_bytes(16, "big") for number in range(rows)]
    write_sidecar(
        str(path),
        SidecarRows(
            pa.array(ids, pa.binary(16)),
            pa.array([bytes(32)] * rows, pa.binary(32)),
            np.zeros(rows, np.int64),
            (),
            signatures,
            minhash,
            sets=shingle_sets if sets else None,
        ),
    )
    return str(path)


def found(path: str, asked: str, threshold: float = 0.8) -> list[Similar]:
    """Return what the index has, the best first."""
    answer = similar_in(path, asked, threshold)
    assert answer is not None
    assert answer.complete
    return sorted(answer.documents, key=lambda one: -one.resemblance)


def edited(of: str, times: int) -> str:
    """Return the text with so many of its last words replaced."""
    words = of.split()
    return " ".join([*words[: len(words) - times], *(f"new{at}" for at in range(times))])


@pytest.mark.parametrize("num_perm", [64, 128, 256])
def test_what_is_alike_is_found_with_its_similarity(tmp_path: Path, num_perm: int) -> None:
    """All above the threshold are found, and the similarity is that of the sets of shingles, not an estimate."""
    asked = text(0)
    others = [edited(asked, times) for times in (0, 2, 5, 9, 12, 15)]
    texts = [*(text(seed) for seed in range(1, 300)), *others]
    answer = {int(one.doc_id, 16): one for one in found(index(tmp_path / "x.index", texts, num_perm=num_perm), asked)}

    assert {*answer} >= {299, 300, 301, 302, 303, 304}
    assert all(one.exact and one.resemblance == pytest.approx(jaccard(asked, texts[at])) for at, one in answer.items())


def test_without_sets_the_estimate_is_taken(tmp_path: Path) -> None:
    """An index of signatures alone answers too, and says that it estimates."""
    asked = text(0)
    answer = found(index(tmp_path / "x.index", [text(1), edited(asked, 5), asked], sets=False), asked)

    assert [int(one.doc_id, 16) for one in answer] == [2, 1]
    assert not any(one.exact for one in answer)
    assert answer[0].resemblance == 1.0
    assert abs(answer[1].resemblance - jaccard(asked, edited(asked, 5))) < 0.15


@pytest.mark.parametrize("asked", ["two words", "one", "愛してる", "Ünïcode ＷＯＲＤＳ e\u0301t\r\nal"])
def test_short_and_odd_texts_are_signed_as_documents_are(tmp_path: Path, asked: str) -> None:
    """Case, line ends and normal forms do not count, as they do not in documents."""
    path = index(tmp_path / "x.index", ["other words here", asked.replace("\r\n", "\n").replace("e\u0301", "é"), ""])
    (only,) = found(path, asked.replace("words", "WORDS"))

    assert (int(only.doc_id, 16), only.resemblance, only.exact) == (1, 1.0, True)


@pytest.mark.parametrize("nothing", ["", " \n", "!?… --", "\0"])
def test_a_text_without_words_is_like_none(tmp_path: Path, nothing: str) -> None:
    """Not even like another one without words."""
    assert not has_shingles(nothing)
    assert found(index(tmp_path / "x.index", ["", nothing, "a word"]), nothing) == []
    assert has_shingles("a")


def test_indexes_that_cannot_answer(tmp_path: Path) -> None:
    """One without signatures says so; one that was signed in another way is an error."""
    write_sections(str(tmp_path / "bare"), {"doc_id": np.zeros((1, 16), np.uint8)}, {"rows": 1, "checksum": None})
    signature = np.zeros((1, 128), np.uint32)
    sections: dict[str, Array] = {"doc_id": np.zeros((1, 16), np.uint8), "signature": signature, "values": signature.T}
    write_sections(str(tmp_path / "other"), sections, {"rows": 1, "checksum": "00"})

    assert similar_in(str(tmp_path / "bare"), "a text", 0.8) is None
    with pytest.raises(SidecarMismatch, match="another release"):
        similar_in(str(tmp_path / "other"), "a text", 0.8)
