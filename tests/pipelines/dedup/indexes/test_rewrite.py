"""Index files without erased documents."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.dedup.drops import REASONS, STAYED
from pipelines.dedup.indexes.rewrite import rewrite_index
from pipelines.handover.sections import write_sections
from pipelines.handover.sidecar import Sidecar
from pipelines.reasons import Reason

ROWS = 5
SETS = [np.arange(at, 2 * at + 1, dtype=np.uint64) for at in range(ROWS)]


def make_id(number: int) -> bytes:
    """Return the doc_id of a document; number 0 ends in a zero byte."""
    return bytes([number + 1] * 15 + [number])


def write_index(path: Path) -> None:
    """Write an index of ROWS documents, of which number 2 was dropped for number 0."""
    winner = np.zeros((ROWS, 16), np.uint8)
    winner[2] = np.frombuffer(make_id(0), np.uint8)
    code = np.full(ROWS, STAYED, np.uint8)
    code[2] = REASONS.index(Reason.EXACT_DUPLICATE)
    signature = np.arange(ROWS * 3, dtype=np.uint32).reshape(ROWS, 3)
    sections: dict[str, Any] = {
        "doc_id": np.frombuffer(b"".join(map(make_id, range(ROWS))), np.uint8).reshape(ROWS, 16),
        "size": np.arange(ROWS, dtype=np.int64),
        "rank": np.zeros((ROWS, 0), np.int64),
        "signature": signature,
        "values": signature.T,
        "code": code,
        "winner": winner,
        "set_offsets": np.concatenate([[0], np.cumsum([len(one) for one in SETS])]).astype(np.int64),
        "sets": np.concatenate(SETS),
    }
    write_sections(str(path), sections, {"rows": ROWS, "checksum": "c"})


def test_documents_and_what_was_dropped_for_them_go(tmp_path: Path) -> None:
    """An erased document and its copy leave every section; the others keep their values and shingle sets."""
    write_index(tmp_path / "a.index")
    done = rewrite_index(str(tmp_path / "a.index"), pa.array([make_id(0).hex()]), str(tmp_path))

    assert done.file is not None
    assert (done.file.rows, Path(done.file.path).stem) == (3, done.file.sha256)
    assert (done.file.first_doc_id, done.file.last_doc_id) == (make_id(1).hex(), make_id(4).hex())
    with Sidecar(done.file.path) as index:
        assert (len(index), index.header["checksum"]) == (3, "c")
        assert index.read("size").tolist() == [1, 3, 4]
        assert np.array_equal(index.read("values"), index.read("signature").T)
        assert index.read("signature")[:, 0].tolist() == [3, 9, 12]
        offsets, sets = index.read("set_offsets"), index.read("sets")
        assert [sets[a:b].tolist() for a, b in pairwise(offsets)] == [SETS[at].tolist() for at in (1, 3, 4)]
    raw = Path(done.file.path).read_bytes()
    assert make_id(0) not in raw
    assert make_id(2) not in raw


def test_an_index_without_the_documents_stays(tmp_path: Path) -> None:
    """Nothing is written where nothing is to go, and no file is left where everything goes."""
    write_index(tmp_path / "a.index")
    everyone = pa.array([make_id(number).hex() for number in range(ROWS)])

    assert not rewrite_index(str(tmp_path / "a.index"), pa.array(["0" * 32]), str(tmp_path)).changed
    gone = rewrite_index(str(tmp_path / "a.index"), everyone, str(tmp_path))
    assert (gone.changed, gone.file) == (True, None)
    assert [path.name for path in tmp_path.iterdir()] == ["a.index"]
