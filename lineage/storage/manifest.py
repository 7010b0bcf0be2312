"""The manifest of a version: the list of its files by content, whose SHA-256 is the manifest root."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lineage.errors import BadBundle
from lineage.storage.files import DataFile

_COUNT: Final = re.compile(r"0|[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class ManifestLine:
    """What a manifest says of one file: its kind, SHA-256 (hex), size in bytes and rows."""

    kind: str
    sha256: str
    bytes: int
    rows: int


def manifest_root(
    documents: Iterable[DataFile],
    ledger: Iterable[DataFile],
    index: Iterable[DataFile] = (),
    profiles: Iterable[DataFile] = (),
    statistics: Iterable[DataFile] = (),
) -> str:
    """Return the manifest root of a version's files; paths and times take no part, so it is the same on any hub."""
    files = {"documents": documents, "ledger": ledger, "index": index, "profiles": profiles, "statistics": statistics}
    return root_of(manifest_text(files))


def manifest_text(files: Mapping[str, Iterable[DataFile]]) -> str:
    """Return the manifest: sorted lines ``KIND SHA256 BYTES ROWS``, over which root_of hashes."""
    lines = (f"{kind} {file.sha256} {file.bytes} {file.rows}\n" for kind, some in files.items() for file in some)
    return "".join(sorted(lines))


def root_of(text: str) -> str:
    """Return the manifest root: the SHA-256 (hex) of the manifest."""
    return hashlib.sha256(text.encode()).hexdigest()


def parse_manifest(text: str) -> list[ManifestLine]:
    """Return the lines of a manifest; BadBundle if *text* is none."""
    return [*_lines(text)]


def is_count(text: str) -> bool:
    """Tell whether *text* is a count as we write it: decimal digits, at most 18, no zero before them."""
    return _COUNT.fullmatch(text) is not None


def _lines(text: str) -> Iterator[ManifestLine]:
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split(" ")
        if len(parts) != 4 or not all(is_count(part) for part in parts[2:]):
            message = f"line {number} of the manifest is not KIND SHA256 BYTES ROWS; nothing was verified; "
            raise BadBundle(message + "ask for the bundle again")
        yield ManifestLine(parts[0], parts[1], int(parts[2]), int(parts[3]))
