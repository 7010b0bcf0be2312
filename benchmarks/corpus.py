"""Read benchmark corpora of JSONL shards, cut them down, or salt them into larger ones that hold no new duplicates."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import orjson

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
"""Where real data stand, beside the repository; not part of it."""


@dataclass(frozen=True, slots=True)
class Document:
    """One record of a shard.

    Attributes:
        shard: the file's name.
        offset: where its line begins, in bytes of the decompressed file.
        record: its fields.
    """

    shard: str
    offset: int
    record: dict[str, Any]


def shards(folder: Path) -> list[Path]:
    """Return the .jsonl.gz files of *folder* in order."""
    return sorted(folder.glob("*.jsonl.gz"))


def documents(folder: Path) -> Iterator[Document]:
    """Yield every record of *folder* in order."""
    for path in shards(folder):
        offset = 0
        with gzip.open(path) as lines:
            for line in lines:
                yield Document(path.name, offset, orjson.loads(line))
                offset += len(line)


def text_bytes(folder: Path) -> int:
    """Return how many bytes of UTF-8 text the records of *folder* hold."""
    return sum(len(document.record["text"].encode()) for document in documents(folder))


def write_shard(path: Path, records: Iterator[dict[str, Any]]) -> None:
    """Write *records* to *path*; the same records give the same bytes."""
    with path.open("wb") as stored, gzip.GzipFile("", "wb", 1, stored, mtime=0) as file:
        file.writelines(orjson.dumps(record) + b"\n" for record in records)


def subset(folder: Path, out: Path, limit: int) -> Path:
    """Write the first *limit* records of *folder*, spread over the shards, to *out*, and return it."""
    out.mkdir(parents=True, exist_ok=True)
    paths = shards(folder)
    for number, path in enumerate(paths):
        share = limit // len(paths) + (number < limit % len(paths))
        with gzip.open(path) as lines:
            chosen = [orjson.loads(line) for line, _ in zip(lines, range(share), strict=False)]
        write_shard(out / path.name, iter(chosen))
    return out


def salted(folder: Path, out: Path, size: int) -> Path:
    """Write copies of *folder* to *out* until they hold about *size* bytes of text, and return it.

    The first copy is the original. In each further one, three in ten of all distinct tokens are replaced by others of
    the same length, the same ones throughout that copy: near-duplicates within a copy stay near-duplicates, while
    about one shingle in six (0.7 to the fifth) outlives in a copy, so that copies are not duplicates of one another.
    """
    out.mkdir(parents=True, exist_ok=True)
    whole = text_bytes(folder)
    for copy in range(-(-size // whole)):
        share = min(1.0, (size - copy * whole) / whole)
        for path in shards(folder):
            target = out / f"copy-{copy:03d}-{path.name}"
            if copy == 0 and share == 1.0:
                shutil.copyfile(path, target)
            else:
                write_shard(target, salted_records(path, copy, share))
    return out


def salted_records(path: Path, copy: int, share: float) -> Iterator[dict[str, Any]]:
    """Yield the first *share* of the records of *path* by text size, salted for *copy*."""
    with gzip.open(path) as lines:
        records = [orjson.loads(line) for line in lines]
    left = share * sum(len(record["text"].encode()) for record in records)
    for record in records:
        if left <= 0:
            return
        left -= len(record["text"].encode())
        text = np.frombuffer(record["text"].encode(), np.uint8).copy()
        salt(text, np.uint64(copy))
        yield {**record, "id": f"{record['id']}-{copy}", "text": text.tobytes().decode()}


@numba.njit(nogil=True, cache=True)
def salt(text: npt.NDArray[np.uint8], copy: np.uint64) -> None:
    """Replace three in ten of the tokens of UTF-8 *text* in place; nothing is done for *copy* 0.

    A token is a run of ASCII letters and digits and of two-byte characters; each longer character is one of its own.
    Letters move on in the alphabet, digits in the decade, other characters among the neighbours of their code point.
    """
    if copy == 0:
        return
    start = 0
    while start < len(text):
        end = token_end(text, start)
        if end == start:
            start += 1
            continue
        code = token_code(text, start, end, copy)
        if code % np.uint64(10) < np.uint64(3):
            shift = np.uint8(1 + (code >> np.uint64(8)) % np.uint64(7))
            for place in range(start, end):
                text[place] = shifted(text, place, shift)
        start = end


@numba.njit(nogil=True, cache=True)
def token_end(text: npt.NDArray[np.uint8], start: int) -> int:
    """Return where the token that begins at *start* ends; *start* itself where none begins."""
    if text[start] >= 0xE0:
        end = start + 1
        while end < len(text) and text[end] & 0xC0 == 0x80:
            end += 1
        return end
    end = start
    while end < len(text) and (is_alphanumeric(text[end]) or 0x80 <= text[end] < 0xE0):
        end += 1
    return end


@numba.njit(nogil=True, cache=True)
def is_alphanumeric(byte: np.uint8) -> bool:
    """Tell whether *byte* is an ASCII letter or digit."""
    return bool(48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122)


@numba.njit(nogil=True, cache=True)
def token_code(text: npt.NDArray[np.uint8], start: int, end: int, copy: np.uint64) -> np.uint64:
    """Return a 64-bit hash of text[start:end] and *copy* (FNV-1a, then the finaliser of MurmurHash3)."""
    code = np.uint64(0xCBF29CE484222325) ^ copy
    for place in range(start, end):
        code = (code ^ np.uint64(text[place])) * np.uint64(0x100000001B3)
    code = (code ^ (code >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    return code ^ (code >> np.uint64(33))


@numba.njit(nogil=True, cache=True)
def shifted(text: npt.NDArray[np.uint8], place: int, shift: np.uint8) -> np.uint8:
    """Return the byte at *place* moved on by *shift* within its kind; the last byte of a longer character changes."""
    byte = text[place]
    if 48 <= byte <= 57:
        return np.uint8(48 + (byte - 48 + shift) % 10)
    if 65 <= byte <= 90:
        return np.uint8(65 + (byte - 65 + shift) % 26)
    if 97 <= byte <= 122:
        return np.uint8(97 + (byte - 97 + shift) % 26)
    last = place + 1 == len(text) or text[place + 1] & 0xC0 != 0x80
    return np.uint8(byte ^ shift) if byte & 0xC0 == 0x80 and last else byte
