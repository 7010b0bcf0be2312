"""Write a version for others: its documents, or what it was made of; whole or not at all."""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from lineage.control.people.exports import ExportRecord, Handed, put_export
from lineage.control.retention import require_files, standing_of
from lineage.control.version_files import version_files
from lineage.control.versions import Version, get_version
from lineage.errors import DamagedFile, ExportError
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.hub.home import Home
from lineage.questions import hugging_face
from lineage.questions.graph import trace_version
from lineage.questions.hugging_face import data_name
from lineage.questions.prov import as_prov
from lineage.references import VersionRef
from lineage.storage.files import DataFile, open_bytes, open_parquet

COLUMNS = ("doc_id", "source_id", "text", "uri", "source", "license", "language", "captured_at")
"""What each exported row carries; Parquet exports carry all other columns too."""

BATCH_ROWS = 1024

Progress = Callable[[int, int], None]
"""Told, now and then, how many documents and how many bytes of data files were exported so far."""


class Format(StrEnum):
    """What an export is written as."""

    JSONL = "jsonl"
    PARQUET = "parquet"
    HF = "hf"  # the Hugging Face layout: data/train-*.parquet, beside a card (README.md)
    PROV = "prov"  # PROV-JSON of what the version was made of; no documents


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote.

    Attributes:
        version: whose documents, or whose provenance.
        documents: how many were written.
        files: by name.
        out: the folder they stand in.
        registered: whether the hub remembers it, so that erasures tell who has it; one that may only be read cannot.
    """

    version: str
    documents: int
    files: tuple[str, ...]
    out: str
    registered: bool = True


def export(
    hub: Hub,
    ref: VersionRef,
    target: Path,
    form: Format,
    progress: Progress | None = None,
    about: Mapping[str, str] | None = None,
    handed: Handed | None = None,
) -> Exported:
    """Write the documents of *ref* as files in the folder *target*, which appears only when all are written.

    Beside them stand the texts of *about*, by the names of their files. It is registered, with to whom it is *handed*,
    before it appears; a hub that may only be read does so without.

    Files hold rows sorted by doc_id; there are as many as the version has data files, named ``documents-00000.jsonl``
    (or ``.parquet``) and so on; see lineage.questions.hugging_face and lineage.questions.prov for the other formats.
    Raises ExportError if *target* holds files already or cannot be written, DamagedFile if a data file cannot be read.
    """
    version = get_version(hub.db, ref)
    if form is not Format.PROV:
        require_files(version, standing_of(hub.db, version))
    files = [file for file in version_files(hub.db, version, "documents") if file.rows]
    _refuse_occupied(target)
    if handed is not None and hub.db.read_only:
        raise ExportError("the hub may only be read, so whom this goes to cannot be registered; nothing was written")
    _remove_abandoned(target)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        partial.mkdir(parents=True)
        names = _write_about(hub, version, partial, form, about or {})
        if form is not Format.PROV:
            names += _write_all(hub.home, files, partial, form, progress or _silent)
        documents = 0 if form is Format.PROV else sum(file.rows for file in files)
        if not hub.db.read_only:
            _register(hub, version, form, documents, handed or Handed())
        partial.replace(target)
    except OSError as error:
        message = f"cannot write the export of {version.name} to {target}: {error.strerror}; nothing was left there; "
        raise ExportError(message + "free some space or choose another folder with --out") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Exported(version.name, documents, tuple(names), str(target), registered=not hub.db.read_only)


def _register(hub: Hub, version: Version, form: Format, documents: int, handed: Handed) -> None:
    told = (handed.recipient, handed.purpose)
    record = ExportRecord(version.name, version.manifest_root, str(form), documents, now(), *told)
    put_export(hub.db, version.dataset, version.number, record)


def _silent(documents: int, size: int) -> None:
    """Tell nobody."""


def _refuse_occupied(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ExportError(f"{target} exists and is not an empty folder; nothing was written; choose another with --out")


def _remove_abandoned(target: Path) -> None:
    """Remove what exports to *target* left that were killed: it is named by their process, which is gone."""
    for left in target.parent.glob(f".{glob.escape(target.name)}.*.partial"):
        number = left.name.split(".")[-2]
        if number.isdigit() and not Path(f"/proc/{number}").exists():
            shutil.rmtree(left, ignore_errors=True)


def _write_all(home: Home, files: Sequence[DataFile], folder: Path, form: Format, progress: Progress) -> list[str]:
    """Write one file into *folder* for each of *files*; return their names."""
    names = []
    documents = size = 0
    for index, file in enumerate(files):
        name = data_name(index, len(files)) if form is Format.HF else f"documents-{index:05}.{form}"
        _WRITERS[form](home.resolve(file.path), folder / name)
        names.append(name)
        documents, size = documents + file.rows, size + file.bytes
        progress(documents, size)
    return names


def _write_about(hub: Hub, version: Version, folder: Path, form: Format, about: Mapping[str, str]) -> list[str]:
    """Write what is said of the version beside its documents; return the names of the files."""
    texts = {name: text.encode() for name, text in about.items()}
    if form is Format.PROV:
        graph = trace_version(hub, VersionRef(version.dataset, version.number))
        texts["prov.json"] = orjson.dumps(as_prov(graph), option=orjson.OPT_INDENT_2)
    for name, content in texts.items():
        _write_whole(folder / name, content)
    return list(texts)


def _write_whole(path: Path, content: bytes) -> None:
    with path.open("wb") as sink:
        sink.write(content)
        sink.flush()
        os.fsync(sink.fileno())


def _write_jsonl(source: str, target: Path) -> None:
    with target.open("wb") as sink:
        for batch in _batches(source):
            lines = [
                orjson.dumps(row, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE) for row in batch.to_pylist()
            ]
            sink.write(b"".join(lines))
        sink.flush()
        os.fsync(sink.fileno())


def _batches(source: str) -> Any:
    """Yield the exported columns of the file at *source* in batches; DamagedFile if it cannot be read."""
    try:
        with open_parquet(source) as file:
            for batch in file.iter_batches(BATCH_ROWS, columns=list(COLUMNS)):
                yield batch.select(list(COLUMNS))
    except (FileNotFoundError, pa.ArrowException) as error:
        raise _damaged(source, error) from error


def _write_parquet(source: str, target: Path) -> None:
    """Copy the data file: its bytes are the very ones that the version's manifest names."""
    try:
        with open_bytes(source) as stream, target.open("wb") as sink:
            shutil.copyfileobj(stream, sink, 1 << 20)
            sink.flush()
            os.fsync(sink.fileno())
    except FileNotFoundError as error:
        raise _damaged(source, error) from error


def _write_hugging_face(source: str, target: Path) -> None:
    try:
        hugging_face.write_data(source, target)
    except (FileNotFoundError, pa.ArrowException) as error:
        raise _damaged(source, error) from error


_WRITERS = {Format.JSONL: _write_jsonl, Format.PARQUET: _write_parquet, Format.HF: _write_hugging_face}


def _damaged(path: str, error: Exception) -> DamagedFile:
    message = f"cannot read the data file {path}: {type(error).__name__}; nothing was written; run `corpushub verify`"
    return DamagedFile(message)
