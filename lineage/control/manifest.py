"""The manifest of a version: the list of its files by content, whose SHA-256 is the manifest root."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields

from sqlalchemy import Engine, select

from lineage.control.versions import Version
from lineage.errors import BadBundle
from lineage.hub.schema import VERSION_FILES
from lineage.storage.files import DataFile


@dataclass(frozen=True, slots=True)
class ManifestLine:
    """What a manifest says of one file: its kind, SHA-256 (hex), size in bytes and rows."""

    kind: str
    sha256: str
    bytes: int
    rows: int


def version_manifest(db: Engine, version: Version) -> dict[str, list[DataFile]]:
    """Return all files of *version* by kind, paths relative to the warehouse, by first doc_id then path."""
    files = VERSION_FILES.c
    own = (files.dataset == version.dataset) & (files.number == version.number)
    found: dict[str, list[DataFile]] = {}
    with db.connect() as connection:
        for row in connection.execute(select(VERSION_FILES).where(own).order_by(files.first_doc_id, files.path)):
            facts = {item.name: row._mapping[item.name] for item in fields(DataFile)}
            found.setdefault(row._mapping["table"], []).append(DataFile(**facts))
    return found


def manifest_text(files: Mapping[str, Iterable[DataFile]]) -> str:
    """Return the manifest: sorted lines ``KIND SHA256 BYTES ROWS``, over which files.manifest_root hashes."""
    lines = (f"{kind} {file.sha256} {file.bytes} {file.rows}\n" for kind, some in files.items() for file in some)
    return "".join(sorted(lines))


def root_of(text: str) -> str:
    """Return the manifest root: the SHA-256 (hex) of the manifest."""
    return hashlib.sha256(text.encode()).hexdigest()


def parse_manifest(text: str) -> list[ManifestLine]:
    """Return the lines of a manifest; BadBundle if *text* is none."""
    return [*_lines(text)]


def _lines(text: str) -> Iterator[ManifestLine]:
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split(" ")
        if len(parts) != 4 or not (parts[2] + parts[3]).isdecimal():
            message = f"line {number} of the manifest is not KIND SHA256 BYTES ROWS; nothing was verified; "
            raise BadBundle(message + "ask for the bundle again")
        yield ManifestLine(parts[0], parts[1], int(parts[2]), int(parts[3]))
