from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.capture import Limits
from connectors.errors import UnreadableSource
from connectors.tables.parquet_pages import BadPage, Page, Weight, largest_value, pages

Read = Callable[..., list[dict[str, Any]]]


def chunk_of(path: Path) -> tuple[Any, int, int]:
    """Return the metadata of a file's first column chunk, where it begins and where it ends."""
    chunk = pq.ParquetFile(path).metadata.row_group(0).column(0)
    start = chunk.dictionary_page_offset if chunk.has_dictionary_page else chunk.data_page_offset
    return chunk, start, start + chunk.total_compressed_size


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "brotli", "zstd", "lz4"])
def test_pages_are_described_as_they_are(version: str, compression: str, tmp_path: Path) -> None:
    """Every page is found, with its sizes and values; the largest value of a dictionary is the longest text."""
    path = tmp_path / "t.parquet"
    texts = ["a" * (n % 97) for n in range(5000)]
    pq.write_table(
        pa.table({"text": texts}), path, compression=compression, data_page_version=version, data_page_size=512
    )
    chunk, start, end = chunk_of(path)

    with path.open("rb") as file:
        first, *rest = pages(file, start, end)
        longest = largest_value(first, file, chunk.compression, chunk.physical_type)

    assert first.dictionary
    assert longest == 96
    assert len(rest) > 1
    assert sum(page.values for page in rest) == 5000
    assert not any(page.dictionary for page in rest)
    assert rest[-1].start + rest[-1].stored == end


@pytest.mark.parametrize("data", [b"", b"\xff" * 40, b"\x1c" * 40, b"\x15\x00\x15\x01\x15\x02\x00"])
def test_what_is_no_page_is_said_to_be_none(data: bytes, tmp_path: Path) -> None:
    """Garbage, endless nesting and negative sizes end the search."""
    path = tmp_path / "t"
    path.write_bytes(data)
    with path.open("rb") as file, pytest.raises(BadPage):
        list(pages(file, 0, 100))


def test_a_batch_holds_few_rows_of_large_values() -> None:
    """Rows are decoded so many at once that a batch stays small, whatever a few stored bytes stand for."""
    weight, limits = Weight(), Limits()
    weight.add(
        [Page(0, 1 << 20, 32 << 20, 1, dictionary=True), Page(0, 100, 100, 1 << 20)], lambda page: 1 << 20, limits
    )

    assert weight.fits
    assert weight.rows_at_once(1 << 20, limits) == 256  # the largest value of a dictionary may come in each row
    weight.add([Page(0, 1 << 20, 60 << 20, 1, repeats=True)], lambda page: 0, limits)
    assert weight.rows_at_once(1 << 20, limits) == 4


def hostile_dictionary(path: Path, compression: str) -> None:
    """Let 1,000 rows refer to one value of 30 MiB."""
    values = pa.DictionaryArray.from_arrays(pa.array([0] * 1000, pa.int32()), pa.array(["a" * (30 << 20)]))
    pq.write_table(pa.table({"text": values}), path, compression=compression, dictionary_pagesize_limit=1 << 30)


def hostile_pages(path: Path, compression: str) -> None:
    """Let a few bytes of a page stand for 60 MiB, eight times."""
    texts = pa.array(["a" * (60 << 20)] * 8)
    pq.write_table(pa.table({"text": texts}), path, compression=compression, use_dictionary=False)


@pytest.mark.parametrize("compression", ["gzip", "zstd", "brotli"])
def test_a_dictionary_that_expands_without_bounds_is_refused(compression: str, tmp_path: Path, read: Read) -> None:
    """The file fails as a whole, long before all of its rows were decoded."""
    path = tmp_path / "t.parquet"
    hostile_dictionary(path, compression)
    with pytest.raises(UnreadableSource, match="decompress to more than"):
        read("parquet", str(path))


@pytest.mark.parametrize("compression", ["gzip", "zstd", "brotli"])
def test_pages_that_expand_without_bounds_are_not_decoded(compression: str, tmp_path: Path, read: Read) -> None:
    """Each row of the group is a failure."""
    path = tmp_path / "t.parquet"
    hostile_pages(path, compression)
    assert [row["failure"] for row in read("parquet", str(path))] == ["too_large"] * 8
