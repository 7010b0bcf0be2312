"""What an index does not hold is read again from the documents, exactly, or the run is refused."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lineage.storage.parquet import write_documents
from pipelines.dedup.deduplicate import DedupSettings
from pipelines.dedup.indexes.index import IndexTask
from pipelines.dedup.indexes.kept_texts import known_sets, sets_of, texts_in
from pipelines.errors import SidecarMismatch
from pipelines.execution.in_process import run_tasks
from pipelines.handover.ids import as_hex, content_ids
from pipelines.handover.lists import write_list
from pipelines.handover.parts import Keying, PartWriter
from pipelines.handover.sidecar import Sidecar

SETTINGS = DedupSettings()
WORDS = [f"word{at}" for at in range(400)]


def text_of(seed: int) -> str:
    """Return some words."""
    return " ".join(random.Random(seed).choices(WORDS, k=30))


def documents(texts: Sequence[str]) -> pa.RecordBatch:
    """Return documents as annotation has them; their ids go round the space of ids."""
    ids = [((at * 77 + 5) % 256).to_bytes(1, "big") * 16 for at in range(len(texts))]
    column = pa.array(texts, pa.string())
    return pa.record_batch({"doc_id": pa.array(ids, pa.binary(16)), "content_id": content_ids(column), "text": column})


def indexed(folder: Path, texts: Sequence[str], released: Sequence[str | None]) -> tuple[Sidecar, list[str], Sidecar]:
    """Index *texts*, all kept, of which release makes *released*; return index, documents files, and the sidecar."""
    writer = PartWriter(str(folder / "part"), Keying(SETTINGS.minhash, True, ()))
    batch = documents(texts)
    writer.write(batch)
    (part,) = writer.close()
    left = [at for at, text in enumerate(released) if text is not None]
    made = pa.array([released[at] for at in left], pa.string())
    rows: dict[str, Any] = {"doc_id": as_hex(batch["doc_id"]).take(pa.array(left)), "text": made}
    file = write_documents(pa.table({**rows, "content_id": as_hex(content_ids(made))}), str(folder / "documents"))
    task = IndexTask((part,), (None,), None, SETTINGS.index, file.path, str(folder), str(folder / "out"))
    (report,) = run_tasks([task])
    assert report.file is not None
    return Sidecar(report.file.path), [file.path], Sidecar(f"{part.path}.dedup")


def test_sets_are_those_that_were_signed(tmp_path: Path) -> None:
    """Of texts as they were and of texts that release changed, one by one, together, and of some of them."""
    texts = [text_of(at) for at in range(40)]
    released = [text if at % 3 else f"{text} <EMAIL>" for at, text in enumerate(texts)]
    index, files, sidecar = indexed(tmp_path, texts, released)
    listed = write_list(str(tmp_path), files)

    for rows in (range(40), [7], [0], [3, 4, 5], range(1, 40, 6)):
        places = np.array(rows, np.int64)
        found, signed = sets_of(index, places, listed), sidecar.take_sets(places)
        assert np.array_equal(found.offsets, signed.offsets)
        assert np.array_equal(found.hashes, signed.hashes)
    held = np.diff(index.read("set_offsets")) > 0
    assert held.tolist() == [at % 3 == 0 for at in range(40)]
    assert not {"signature", "values"} & index.header["sections"].keys()


def test_a_text_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A file that is not the one, or holds another text under the id: the run is refused, a question makes do."""
    texts = [text_of(at) for at in range(6)]
    index, files, _ = indexed(tmp_path, texts, texts)
    other = documents([text_of(99), *texts[1:5]])
    columns = {name: as_hex(other[name]) for name in ("doc_id", "content_id")}
    wrong = write_documents(pa.table({**columns, "text": other["text"]}), str(tmp_path / "wrong")).path

    for held, missing in ((files, 0), ([wrong], 2), ([], 6), ([wrong, *files], 0)):
        sets, count = known_sets(index, np.arange(6), held)
        assert (count, int((np.diff(sets.offsets) > 0).sum())) == (missing, 6 - missing)
    with pytest.raises(SidecarMismatch, match=r"2 texts .* run with --full"):
        sets_of(index, np.arange(6), write_list(str(tmp_path), [wrong]))


def test_a_text_without_words_is_not_looked_for(tmp_path: Path) -> None:
    """It has no set, and nothing is like it."""
    index, _, _ = indexed(tmp_path, ["...", text_of(1)], ["...", text_of(1)])

    assert known_sets(index, np.array([0]), [])[1] == 0
    assert index.read("signed").tolist() == [0, 1]


def test_a_group_that_was_not_released_keeps_its_sets(tmp_path: Path) -> None:
    """Without a documents file nothing can be read again."""
    index, files, sidecar = indexed(tmp_path, [text_of(at) for at in range(5)], [text_of(0), None, None, None, None])
    found = sets_of(index, np.arange(5), write_list(str(tmp_path), files))

    assert np.array_equal(found.hashes, sidecar.take_sets(np.arange(5)).hashes)
    assert (np.diff(index.read("set_offsets")) > 0).tolist() == [False, True, True, True, True]


def test_only_row_groups_that_may_hold_an_id_are_read(tmp_path: Path) -> None:
    """Texts are found wherever they stand in a file of several row groups, and no other."""
    batch = documents([text_of(at) for at in range(250)])
    columns = {name: as_hex(batch[name]) for name in ("doc_id", "content_id")}
    path = write_documents(pa.table({**columns, "text": batch["text"]}), str(tmp_path)).path
    wanted = sorted(columns["doc_id"].to_pylist()[at] for at in (0, 100, 249))

    assert dict(texts_in(path, wanted)) == {
        columns["doc_id"][at].as_py(): batch["text"][at].as_py() for at in (0, 100, 249)
    }
    assert [*texts_in(path, ["0" * 31 + "1"])] == []
