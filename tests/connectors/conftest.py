"""Builders of small archives and tables, and a reader that gathers what a connector yields."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from connectors import CONNECTORS
from connectors.capture import CAPTURES, Extent, Limits, Slice

Rows = list[dict[str, Any]]
WarcRecord = Callable[..., bytes]
ArcRecord = Callable[..., bytes]
HttpResponse = Callable[..., bytes]
Write = Callable[[str, bytes], str]
Read = Callable[..., Rows]
Gather = Callable[[str, Slice, Extent], Rows]


@pytest.fixture(scope="session")
def http_response() -> HttpResponse:
    """Return a function that builds an HTTP response from a body and header lines."""

    def build(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
        lines = [f"HTTP/1.1 {status}", *(headers or ("Content-Type: text/html; charset=utf-8",))]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    return build


@pytest.fixture(scope="session")
def warc_record() -> WarcRecord:
    """Return a function that builds one WARC record from a block."""

    def build(block: bytes, kind: str = "response", length: int | None = None, **headers: str) -> bytes:
        fields = {
            "WARC-Type": kind,
            "WARC-Target-URI": "http://site.example/page",
            "WARC-Date": "2024-02-03T04:05:06Z",
            "WARC-Record-ID": "<urn:uuid:00000000-0000-4000-8000-000000000000>",
            "Content-Type": "application/http; msgtype=response",
            "Content-Length": str(len(block) if length is None else length),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        head = "WARC/1.0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
        return head.encode() + b"\r\n" + block + b"\r\n\r\n"

    return build


@pytest.fixture(scope="session")
def arc_record() -> ArcRecord:
    """Return a function that builds one ARC record from a block."""

    def build(block: bytes, uri: str = "http://site.example/page", length: int | None = None) -> bytes:
        size = len(block) if length is None else length
        return f"{uri} 192.0.2.1 20240203040506 text/html {size}\n".encode() + block + b"\n"

    return build


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes bytes to a named file and returns its path."""

    def put(name: str, data: bytes) -> str:
        path = tmp_path / name
        path.write_bytes(data)
        return str(path)

    return put


@pytest.fixture(scope="session")
def read() -> Read:
    """Return a function that reads a slice with a connector and returns its rows as dictionaries."""

    def rows(
        name: str,
        part: Slice | str,
        options: Mapping[str, Any] | None = None,
        limits: Limits | None = None,
        extent: Extent | None = None,
    ) -> Rows:
        part = Slice(part) if isinstance(part, str) else part
        batches = CONNECTORS[name].read(part, options or {}, limits or Limits(), extent or Extent())
        found: Rows = pa.Table.from_batches(list(batches), schema=CAPTURES).to_pylist()
        return found

    return rows


@pytest.fixture(scope="session")
def read_slices(read: Read) -> Callable[[str, str, list[int]], Rows]:
    """Return a function that reads a file cut at offsets, merging neighbours whose extents contradict each other."""

    def rows(name: str, path: str, cuts: list[int]) -> Rows:
        edges: list[int | None] = [0, *sorted(set(cuts) - {0}), None]
        parts = [Slice(path, start or 0, end) for start, end in pairwise(edges)]
        while True:
            extents = [Extent() for _ in parts]
            found = [read(name, part, extent=extent) for part, extent in zip(parts, extents, strict=True)]
            wrong = _first_gap(extents)
            if wrong is None:
                return [row for part_rows in found for row in part_rows]
            left, right = wrong
            parts[left : right + 1] = [Slice(path, parts[left].start, parts[right].end)]

    return rows


def _first_gap(extents: list[Extent]) -> tuple[int, int] | None:
    """Return the first two slices that hold records and do not meet, else None."""
    held = [index for index, extent in enumerate(extents) if extent.begins is not None]
    for left, right in pairwise(held):
        if extents[left].ends != extents[right].begins:
            return left, right
    return None


@pytest.fixture(scope="session")
def members() -> Callable[[list[bytes]], bytes]:
    """Return a function that compresses records as one gzip member each."""

    def compress(records: list[bytes]) -> bytes:
        return b"".join(gzip.compress(record, mtime=0) for record in records)

    return compress
