from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lineage.errors import DamagedFile
from lineage.storage.pages import cells
from lineage.storage.parquet import write_documents


def documents(texts: list[str | None]) -> pa.Table:
    """Return documents with *texts*."""
    ids = [f"{number:032x}" for number in range(len(texts))]
    return pa.table({"text": pa.array(texts, pa.string()), "doc_id": ids, "uri": [None, *ids[1:]], "source": ids})


@pytest.mark.parametrize("absent", [0.0, 0.1, 0.9, 1.0])
def test_cells_are_what_the_row_group_holds(tmp_path: Path, absent: float) -> None:
    """Whatever rows are asked for, over all pages, with and without nulls."""
    draw = np.random.default_rng(7)
    texts = [None if draw.random() < absent else f"{number} é東 " * draw.integers(0, 90) for number in range(9000)]
    file = write_documents(documents(texts), str(tmp_path))
    footer = pq.read_metadata(file.path)

    for count in (1, 40, 9000):
        rows = sorted(draw.choice(9000, count, replace=False).tolist())
        for name in ("text", "uri", "doc_id"):
            column = pq.read_table(file.path, columns=[name]).column(0)
            assert cells(file.path, footer, 0, name, rows) == column.take(pa.array(rows)).to_pylist()
    assert cells(file.path, footer, 0, "text", []) == []


def test_other_columns_are_left_to_the_reader(tmp_path: Path) -> None:
    """Those with a dictionary, of other types, that are not there, and pages of another version."""
    file = write_documents(documents(["a", "b"]), str(tmp_path))
    footer = pq.read_metadata(file.path)
    later = str(tmp_path / "later.parquet")
    pq.write_table(documents(["a", "b"]), later, data_page_version="2.0", compression="zstd", use_dictionary=False)

    assert [cells(file.path, footer, 0, name, [0]) for name in ("source", "captured_at", "none")] == [None] * 3
    assert cells(later, pq.read_metadata(later), 0, "text", [1]) is None


def test_a_damaged_page_is_an_error(tmp_path: Path) -> None:
    """Wherever the damage is: it never ends otherwise."""
    file = write_documents(documents([f"text {number}" * 20 for number in range(100)]), str(tmp_path))
    footer = pq.read_metadata(file.path)
    sound = Path(file.path).read_bytes()
    size = footer.row_group(0).column(0).total_compressed_size
    refused = 0
    for place in range(4, 4 + size, 7):
        content = bytearray(sound)
        content[place] ^= 0x5A
        Path(file.path).write_bytes(content)
        try:
            cells(file.path, footer, 0, "text", [0, 50, 99])
        except DamagedFile:
            refused += 1
    assert refused > 0
