"""Records made to hurt: each has its counted outcome, within bounded memory, and its neighbours are read."""

from __future__ import annotations

import gzip
import io
import json
import resource
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace

import brotli
import pyarrow as pa
import pytest
import zstandard

from connectors.capture import Limits
from pipelines.annotate.stage import AnnotateTask
from pipelines.handover.sorted_tables import read_sorted
from pipelines.handover.workfiles import reading
from pipelines.rights.finders import PageFinder

BY = "https://creativecommons.org/licenses/by/4.0/"
PAGE = f"<title>Plain</title><p>A plain page about apples. <a rel=license href='{BY}'>CC BY</a>".encode()
MIB = 1 << 20
LIMITS = Limits(record_bytes=4 * MIB)
MOST_MB = 700
"""What the process may grow by: some hundred times the largest record."""


def zeros(count: int) -> bytes:
    """Return gzip of *count* MiB of zeros, in members, made without holding them."""
    return gzip.compress(bytes(MIB), mtime=0) * count


def epub() -> bytes:
    """Return an EPUB whose package document is 200 MiB of blanks."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", "<rootfile full-path='p.opf'/>")
        with archive.open("p.opf", "w") as package:
            for _ in range(200):
                package.write(b" " * MIB)
    return file.getvalue()


def deep_manifest() -> bytes:
    """Return text that hides a C2PA manifest of boxes within boxes."""
    store = b""
    for _ in range(2000):
        store = (8 + len(store)).to_bytes(4, "big") + b"jumb" + store
    wrapped = b"C2PATXT\0" + b"\x01" + len(store).to_bytes(4, "big") + store
    hidden = "".join(chr(0xFE00 + byte if byte < 16 else 0xE0100 + byte - 16) for byte in wrapped)
    return f"<p>Text{chr(0xFEFF)}{hidden} and more".encode()


def script(inner: str) -> bytes:
    """Return a page with JSON-LD."""
    return f"<p>Text<script type='application/ld+json'>{inner}</script>".encode()


Bomb = tuple[bytes, Mapping[str, str], str]
"""A body, its headers, and what becomes of it: kept, or a reason."""

BOMBS: dict[str, Callable[[], Bomb]] = {
    "gzip": lambda: (zeros(2000), {"Content-Encoding": "gzip"}, "too_large"),
    "gzip in gzip": lambda: (gzip.compress(zeros(2000), mtime=0), {"Content-Encoding": "gzip, gzip"}, "too_large"),
    "zstd": lambda: (
        zstandard.ZstdCompressor(level=1).compress(bytes(MIB)) * 2000,
        {"Content-Encoding": "zstd"},
        "too_large",
    ),
    "brotli": lambda: (brotli.compress(bytes(64 * MIB), quality=1), {"Content-Encoding": "br"}, "too_large"),
    "deep elements": lambda: (b"<div>" * 200_000 + PAGE, {}, "too_costly"),
    "open formats": lambda: (b"<p><font size=1>" * 20_000 + PAGE, {}, "too_costly"),
    "attributes of one element": lambda: (
        b"<p " + b" ".join(b"a%d=1" % number for number in range(60_000)) + b">" + PAGE,
        {},
        "too_costly",
    ),
    "licences in one line": lambda: (
        "".join(f"{number} licensed under <a href='{BY}'>CC BY</a>, " for number in range(4000)).encode(),
        {},
        "too_costly",
    ),
    "licence links": lambda: (b"<p>" + f"<a rel=license href='{BY}'></a>".encode() * 20_000 + PAGE, {}, "kept"),
    "options": lambda: (b"<p>Text<select>" + b"<option>licence" * 20_000, {}, "kept"),
    "references": lambda: (b"<p>" + b"&#x6c;&amp;" * 100_000, {}, "kept"),
    "a long attribute": lambda: (b"<p class='" + b"foot_" * 200_000 + b"!'>" + PAGE, {}, "kept"),
    "deep json-ld": lambda: (script('{"license":' * 100_000), {}, "kept"),
    "wide json-ld": lambda: (script(json.dumps([{"@type": "Article"}] * 40_000)), {}, "kept"),
    "deep manifest": lambda: (deep_manifest(), {}, "kept"),
    "an unending comment": lambda: (PAGE + b"<!--" * 200_000, {}, "kept"),
    "epub": lambda: (epub(), {"Content-Type": "application/epub+zip"}, "media_type"),
    "pdf": lambda: (
        b"%PDF " + b"".join(b"xmlns:p%d='http://www.w3.org/ns/tdmrep/' " % number for number in range(60_000)),
        {"Content-Type": "application/pdf"},
        "media_type",
    ),
}


def record(number: int, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return the WARC record of a response."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in {"Content-Type": "text/html", **headers}.items())
    block = f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + body
    head = (
        f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: https://site.example/{number}\r\n"
        f"WARC-Date: 2024-01-02T03:04:05Z\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def rows_of(path: str) -> list[dict[str, object]]:
    """Return the rows of a file of events, or of an Arrow file."""
    if path.endswith(".events"):
        return list(read_sorted(path, "doc_id").to_pylist())
    with reading(path) as file:
        rows: list[dict[str, object]] = pa.ipc.open_file(file).read_all().to_pylist()
    return rows


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_has_its_outcome_and_no_neighbours(
    name: str, warc: Callable[..., str], annotate_task: Callable[..., AnnotateTask]
) -> None:
    """What was read is what was kept and what was not, each once; the pages before and behind are kept."""
    body, headers, outcome = BOMBS[name]()
    path = warc([record(1, PAGE, {}), record(2, body, headers), record(3, PAGE, {})])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    task = replace(annotate_task(path, finders=(PageFinder(),)), limits=LIMITS)
    report = task.run()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    lost = {event["uri"]: event["reason"] for event in rows_of(f"{task.path}.events") if event["outcome"] != "changed"}
    kept = [row["uri"] for part in report.parts for row in rows_of(f"{task.out}/{part.part}.docs")]
    assert report.read == 3 == len(kept) + len(lost)
    assert {"https://site.example/1", "https://site.example/3"} <= set(kept)
    assert lost.get("https://site.example/2", "kept") == outcome
    assert grown < MOST_MB << 10
