"""Builders of small sources, of the tasks and jobs that read them, and a reader of ledgers."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow.parquet as pq
import pytest

from connectors.capture import Slice
from lineage.storage.files import DataFile
from pipelines.annotate.stage import AnnotateTask
from pipelines.annotate.treatment import PER_RECORD, Reading, Treatment
from pipelines.code import imports
from pipelines.code.libraries import our_packages
from pipelines.dedup.deduplicate import DedupSettings
from pipelines.handover.parts import Keying
from pipelines.ingest import Job
from pipelines.kernels.minhash import MinHasher

Record = Mapping[str, Any]
Rows = list[dict[str, Any]]

KEYING = Keying(MinHasher(num_perm=16), near=True, survivor=("earliest", "longest"))


@pytest.fixture
def jsonl(tmp_path: Path) -> Callable[..., str]:
    """Return a function that writes records as JSON Lines and returns the path."""

    def write(records: Sequence[Record], name: str = "a.jsonl") -> str:
        path = tmp_path / name
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        return str(path)

    return write


@pytest.fixture
def warc(tmp_path: Path) -> Callable[..., str]:
    """Return a function that writes built WARC records as a plain file and returns the path."""

    def write(records: Sequence[bytes], name: str = "a.warc") -> str:
        path = tmp_path / name
        path.write_bytes(b"".join(records))
        return str(path)

    return write


def sha1_of(body: bytes) -> str:
    """Spell the payload digest of *body* as crawlers do."""
    return "sha1:" + base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


def record_of(kind: str, uri: str, block: bytes, date: str, **headers: str) -> bytes:
    """Build a WARC record around an HTTP response."""
    fields = {
        "WARC-Type": kind,
        "WARC-Target-URI": uri,
        "WARC-Date": date,
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(block)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return b"WARC/1.1\r\n" + head.encode() + b"\r\n" + block + b"\r\n\r\n"


@pytest.fixture(scope="session")
def response() -> Callable[..., bytes]:
    """Return a function that builds the WARC record of a plain text response with its payload digest."""

    def build(uri: str, body: bytes, date: str = "2024-01-02T03:04:05Z", status: str = "200 OK") -> bytes:
        block = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n".encode() + body
        return record_of("response", uri, block, date, WARC_Payload_Digest=sha1_of(body))

    return build


@pytest.fixture(scope="session")
def revisit() -> Callable[..., bytes]:
    """Return a function that builds a WARC revisit: of a body, known by its digest, or of a URI and date."""

    def build(uri: str, body: bytes | None = None, of: tuple[str, str] | None = None) -> bytes:
        headers = {} if body is None else {"WARC_Payload_Digest": sha1_of(body)}
        if of is not None:
            headers |= {"WARC_Refers_To_Target_URI": of[0], "WARC_Refers_To_Date": of[1]}
        return record_of("revisit", uri, b"HTTP/1.1 200 OK\r\n\r\n", "2024-05-06T07:08:09Z", **headers)

    return build


@pytest.fixture
def annotate_task(tmp_path: Path) -> Callable[..., AnnotateTask]:
    """Return a function that plans the annotation of a slice of a file; the connector is the file's suffix."""

    def make(
        path: str, start: int = 0, end: int | None = None, source: str = "s", work: str = "work", **treatment: Any
    ) -> AnnotateTask:
        data = Path(path).read_bytes()
        return AnnotateTask(
            slice=Slice(path, start, end),
            name=Path(path).name,
            file_digest=hashlib.sha256(data).hexdigest(),
            size=(len(data) if end is None else end) - start,
            reading=Reading(source, Path(path).suffix[1:], {}, PER_RECORD, "full"),
            treatment=Treatment(**{"steps": (), "policy": None, "keying": KEYING, **treatment}),
            out=str(tmp_path / work / "annotate"),
        )

    return make


@pytest.fixture
def make_job(tmp_path: Path) -> Callable[..., Job]:
    """Return a function that puts a job together from its annotate tasks."""

    def make(tasks: Sequence[AnnotateTask], work: str = "work", **fields: Any) -> Job:
        kinds = ("documents", "ledger", "index", "profiles", "statistics")
        folders = {name: str(tmp_path / work / name) for name in kinds}
        plain: dict[str, Any] = {"dedup": DedupSettings(num_perm=16), "scrubber": None, "signals": {}, "run_id": "run1"}
        return Job(tasks=tuple(tasks), work=str(tmp_path / work), **{**folders, **plain, **fields})

    return make


@pytest.fixture(scope="session")
def read_rows() -> Callable[[Sequence[DataFile]], Rows]:
    """Return a function that reads data files as rows."""

    def read(files: Sequence[DataFile]) -> Rows:
        return [row for file in files for row in pq.read_table(file.path).to_pylist()]

    return read


@pytest.fixture
def with_ours_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return a function after which our code is taken for a copy with *added* at the end of a module's file.

    Beside the module stands what is named *sibling*, if given: then that file has the addition.
    """
    numbers = count()

    def change(module: ModuleType | None = None, added: bytes = b"# a comment\n", sibling: str | None = None) -> Path:
        root = tmp_path / f"ours-{next(numbers)}"
        skip = shutil.ignore_patterns("__pycache__")
        for package in our_packages():
            shutil.copytree(_ROOT / package, root / package, ignore=skip, copy_function=os.symlink)
        if module is not None:
            path = Path(str(module.__file__))
            file = root / (path if sibling is None else path.with_name(sibling)).relative_to(_ROOT)
            content = file.read_bytes()
            file.unlink()
            file.write_bytes(content + added)
        monkeypatch.setattr(imports, "ROOT", root)
        return root

    return change


_ROOT = imports.ROOT
