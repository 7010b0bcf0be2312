"""List, open and hash source files, on the local disk or at any URL."""

from __future__ import annotations

import glob
import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from connectors.errors import MissingSource
from connectors.streams import remote
from connectors.streams.remote import without_login
from connectors.streams.scratch import nameless, path_of, scratch_folder
from connectors.streams.urls import is_indirect

_OUTSIDE: Final = "write `outside = true` into the source if that is meant"

BLOCK = 1 << 20
"""Bytes read at a time."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that a recipe's pattern names.

    Attributes:
        path: what to open: an absolute path or an fsspec URL.
        name: the file as the recipe writes it; it stands in lineage.
        size: stored bytes.
    """

    path: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class DigestedFile:
    """A file of which it is known what it holds: where it is, its name in lineage, its stored bytes, their SHA-256."""

    path: str
    name: str
    size: int
    sha256: str


def list_files(patterns: Sequence[str], root: str, *, outside: bool = True) -> list[SourceFile]:
    """Return the files that *patterns* name, sorted by name, each once.

    A pattern may hold ``*``, ``?``, ``[...]`` and ``**``; relative ones are looked up below *root*, a folder or an
    fsspec URL. Its folder is what stands before the first of these, or before the file's name. Unless *outside*, no
    file is read that is not in the folder: ``..`` is refused, and so are links that lead elsewhere, ``file://``, and
    URLs that do not say where they lead. Raises MissingSource for those, and for a pattern that no file matches.
    """
    found: dict[str, SourceFile] = {}
    for pattern in patterns:
        if not outside:
            _require_plain(pattern)
        files = list(_remote_files(pattern, root) if is_url(pattern, root) else _local_files(pattern, root))
        if not outside and not is_url(pattern, root):
            _require_inside(files, Path(root, _folder_of(pattern)))
        if not files:
            raise MissingSource(
                f"no file matches {without_login(pattern)!r} below {without_login(root)!r}; "
                "check the spelling, and that patterns end in file names, not folders"
            )
        for file in files:
            found.setdefault(file.path, file)
    return sorted(found.values(), key=lambda file: file.name)


def is_url(pattern: str, root: str = "") -> bool:
    """Tell whether *pattern*, taken below *root*, is an fsspec URL and not a local path."""
    return "://" in pattern or ("://" in root and not os.path.isabs(pattern))  # noqa: PTH117 (a pattern, not a path)


def digest(path: str) -> str:
    """Return the SHA-256 of the stored bytes of *path* in hex. Raises MissingSource."""
    state = hashlib.sha256()
    with open_file(path) as file:
        for block in blocks(file):
            state.update(block)
    return state.hexdigest()


def open_file(path: str) -> BinaryIO:
    """Open *path*, local or a URL, to read and seek its stored bytes. Raises MissingSource, StoreFailed."""
    if is_url(path):
        return remote.open_url(path)
    try:
        return Path(path).open("rb")
    except (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError) as error:
        raise MissingSource(f"cannot open {path}: {type(error).__name__}") from error


def blocks(file: BinaryIO, size: int = BLOCK) -> Iterator[bytes]:
    """Yield the rest of *file* in blocks of at most *size* bytes."""
    while block := file.read(size):
        yield block


@contextmanager
def spooled(chunks: Iterator[bytes]) -> Iterator[str]:
    """Write *chunks* to a temporary local file for readers that need one, and yield a path to open it by.

    The file has no name that it could be found by (scratch.named gives it one).
    """
    with nameless() as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        path = path_of(file)
        if path is not None:
            yield path
            return
        with scratch_folder() as folder:
            file.seek(0)
            with Path(folder, "copy").open("wb") as copy:
                shutil.copyfileobj(file, copy, BLOCK)
            yield copy.name


def _local_files(pattern: str, root: str) -> Iterator[SourceFile]:
    literal = Path(root, pattern)
    names = [pattern] if literal.is_file() else glob.glob(pattern, root_dir=root, recursive=True)  # noqa: PTH207 (root_dir)
    for name in names:
        path = Path(root, name)
        if path.is_file():
            yield SourceFile(os.path.abspath(path), os.path.normpath(name), path.stat().st_size)  # noqa: PTH100 (keeps links)


def _require_plain(pattern: str) -> None:
    """Raise MissingSource if *pattern* says itself that it leads out of its folder."""
    steps = re.split(r"[/\\]", pattern)
    if ".." in steps or ("::" in pattern or ("://" in pattern and is_indirect(pattern))):
        raise MissingSource(f"{without_login(pattern)!r} leads out of its folder; nothing was read; {_OUTSIDE}")


def _folder_of(pattern: str) -> str:
    """Return the folder of a *pattern*: what stands before its first wildcard, or its last part."""
    parts = Path(pattern).parts[:-1]
    plain = next((i for i, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    return str(Path(*parts[:plain]))


def _require_inside(files: Sequence[SourceFile], folder: Path) -> None:
    """Raise MissingSource if one of *files* is a link, or below one, that leads out of *folder*."""
    home = folder.resolve()
    for file in files:
        if not Path(file.path).resolve().is_relative_to(home):
            message = f"{file.name!r} is a link that leads out of its folder; nothing was read; "
            raise MissingSource(message + _OUTSIDE)


def _remote_files(pattern: str, root: str) -> Iterator[SourceFile]:
    base = "" if "://" in pattern else root.rstrip("/") + "/"
    prefix = remote.plain(base).rstrip("/") + "/" if base else ""
    for url, size in remote.find(base + pattern):
        yield SourceFile(url, url.removeprefix(prefix), size)
