"""Descriptors of data files, and how they are read and written: local folders, S3 or any fsspec URL."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import uuid4

from lineage.errors import DamagedFile
from lineage.hub.home import is_local
from lineage.hub.private import make_folder, open_private, sync_folder
from lineage.storage import stores
from lineage.storage.stores import file_system

_BLOCK = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class DataFile:
    """One immutable file of a version: Parquet, or an index file.

    Attributes:
        path: where it stands: as the writer was told, or relative to the warehouse once committed.
        sha256: hex digest of its bytes; also its name.
        rows: how many rows.
        bytes: size in bytes.
        first_doc_id: smallest doc_id (32 hex digits); empty if the file has no rows.
        last_doc_id: largest doc_id; empty if the file has no rows.
    """

    path: str
    sha256: str
    rows: int
    bytes: int
    first_doc_id: str
    last_doc_id: str

    def may_hold(self, doc_id: str) -> bool:
        """Tell whether *doc_id* lies within the file's range."""
        return self.rows > 0 and self.first_doc_id <= doc_id <= self.last_doc_id


@contextmanager
def open_bytes(path: str) -> Iterator[IO[bytes]]:
    """Open the file at *path* for reading."""
    if is_local(path):
        with Path(path).open("rb") as local:
            yield local
        return
    store, (name,) = file_system([path])
    with store.open_input_file(name) as remote:
        yield remote


@contextmanager
def open_parquet(path: str, footer: Any = None, *, checksums: bool = False) -> Iterator[Any]:
    """Open the Parquet file at *path* as a pyarrow ParquetFile; a local one is memory-mapped.

    *footer* is the file's FileMetaData, if it was read before: it is not read again. With *checksums* pages that are
    not what was written are an error.
    """
    import pyarrow.parquet as pq  # the control database, which knows DataFile, must not pay for it

    if is_local(path):
        with pq.ParquetFile(path, metadata=footer, memory_map=True, page_checksum_verification=checksums) as file:
            yield file
        return
    with (
        open_bytes(path) as stream,
        pq.ParquetFile(stream, metadata=footer, page_checksum_verification=checksums) as file,
    ):
        yield file


@contextmanager
def writing(path: str, *, durable: bool = True, mode: int | None = None) -> Iterator[IO[bytes]]:
    """Open *path* for writing; it appears whole when the block ends, and not at all if the block raises.

    What stood there stays until then. The bytes are flushed to the disk; *durable* makes the name so too. Writers of
    one path do not meet: the last to end wins. *mode* are the permissions of a local file that the process's umask may
    lessen; without it the file is private, as all files of a hub are.
    """
    if not is_local(path):
        with TemporaryFile() as spool:  # closing a store's file would make a half-written key visible
            yield spool
            _upload(spool, path)
        return
    final = Path(path)
    if mode is None:
        make_folder(final.parent)
    else:
        final.parent.mkdir(parents=True, exist_ok=True)
    temporary = final.with_name(f".{final.name}.{uuid4().hex}.tmp")
    try:
        with os.fdopen(_create(temporary, mode), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(final)
    finally:
        temporary.unlink(missing_ok=True)
    if durable:
        sync_folder(final.parent)


def _upload(spool: IO[bytes], path: str) -> None:
    """Send what *spool* holds to *path*, a URL: by one call, since what was begun is made visible when it is closed."""
    spool.flush()
    size = os.fstat(spool.fileno()).st_size
    store, (name,) = file_system([path])
    content = mmap(spool.fileno(), size, access=ACCESS_READ) if size else b""
    with store.open_output_stream(name, compression=None) as remote:  # which a name may not decide
        remote.write(content)


def _create(path: Path, mode: int | None) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
    return open_private(path, flags) if mode is None else os.open(path, flags, mode)


def write_once(path: str, content: Any) -> None:
    """Write the buffer *content* at *path*: whole or not at all, and durable when this returns.

    The name must be derived from the content: a local file that already stands there with that size is left alone.
    """
    if is_local(path) and Path(path).exists() and Path(path).stat().st_size == len(content):
        return
    with writing(path) as file:
        file.write(content)


def exists(path: str) -> bool:
    """Tell whether a file stands at *path*."""
    if is_local(path):
        return Path(path).is_file()
    return stores.exists(path)


def replace_file(path: str, content: bytes, mode: int | None = None) -> None:
    """Write *content* at *path*, in the place of what stands there: whole or not at all, and durable.

    *mode* as in writing.
    """
    with writing(path, mode=mode) as file:
        file.write(content)


def read_whole(path: str) -> bytes:
    """Return what the file at *path* holds; OSError, FileNotFoundError where there is none."""
    with open_bytes(path) as file:
        return file.read()


def hash_file(path: str) -> str:
    """Return the SHA-256 (hex) of the file at *path*."""
    state = hashlib.sha256()
    with open_bytes(path) as file:
        while block := file.read(_BLOCK):
            state.update(block)
    return state.hexdigest()


def require_content(path: str) -> None:
    """Raise DamagedFile unless the data file at *path*, whose name is the SHA-256 of its bytes, still holds these.

    Whoever writes a file anew, and signs what comes of it, asks first: else a change would be signed with the rest.
    """
    name = path.rpartition("/")[2].partition(".")[0]
    try:
        found = hash_file(path)
    except OSError as error:
        raise DamagedFile(_damage(path, f"it cannot be read: {type(error).__name__}")) from error
    if _DIGEST.fullmatch(name) and found != name:
        raise DamagedFile(_damage(path, "its bytes are not those that were committed"))


def _damage(path: str, why: str) -> str:
    return f"cannot rewrite the data file {path}: {why}; all versions are as before; run `corpushub verify`"


def list_files(folder: str) -> list[str]:
    """Return all files below *folder*, sorted; [] where there is none."""
    if is_local(folder):
        return sorted(str(path) for path in Path(folder).rglob("*") if path.is_file())
    return stores.list_files(folder)


def remove_file(path: str) -> None:
    """Remove the file at *path*, durably; one that is gone already is no error."""
    if is_local(path):
        with suppress(FileNotFoundError):
            Path(path).unlink()
            sync_folder(Path(path).parent)
        return
    with suppress(FileNotFoundError):
        stores.remove(path)


def entries(folder: str) -> list[str]:
    """Return the names of the files and folders right in *folder*, sorted; [] where there is none."""
    if is_local(folder):
        return sorted(path.name for path in Path(folder).glob("*"))
    return stores.entries(folder)


def size_of(folder: str) -> int:
    """Return the bytes of all files below *folder*; 0 where there is none."""
    if is_local(folder):
        return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    return stores.size_of(folder)


def remove_folder(folder: str) -> None:
    """Remove *folder* and all that stands below it, as far as it can be; one that is gone already is no error."""
    if is_local(folder):
        shutil.rmtree(folder, ignore_errors=True)
        return
    with suppress(FileNotFoundError):
        stores.remove_folder(folder)
