"""References, as people write them: NAME (newest), NAME@v3, NAME@v3.1 (a revision), NAME@v3#DOCID, run:ID."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lineage.errors import BadReference

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
"""Dataset names; no dot, since Iceberg reads one as a nested namespace."""

DOC_ID = re.compile(r"[0-9a-f]{32}")
"""Ids of documents."""

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}")
_VERSION = re.compile(r"v([1-9][0-9]{0,8})(?:\.(0|[1-9][0-9]{0,8}))?")


@dataclass(frozen=True, slots=True)
class VersionRef:
    """A version of a dataset; number None is the newest, revision None the present one (0: as it was committed)."""

    dataset: str
    number: int | None = None
    revision: int | None = None

    def __str__(self) -> str:
        return self.dataset if self.number is None else f"{self.dataset}@{tag(self.number, self.revision)}"


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """A document as a version knows it: kept there, or dropped on the way to it."""

    version: VersionRef
    doc_id: str

    def __str__(self) -> str:
        return f"{self.version}#{self.doc_id}"


@dataclass(frozen=True, slots=True)
class RunRef:
    """A run."""

    run: str

    def __str__(self) -> str:
        return f"run:{self.run}"


Reference = VersionRef | DocumentRef | RunRef


def parse(text: str) -> Reference:
    """Return the reference that *text* stands for; BadReference if it is none."""
    if text.startswith("run:"):
        run = text.removeprefix("run:")
        if not _RUN_ID.fullmatch(run):
            raise BadReference(f"not a run id: {text!r}; write run:ID, as `corpushub runs` lists them")
        return RunRef(run)
    head, mark, doc_id = text.partition("#")
    version = parse_version(head)
    if not mark:
        return version
    if not DOC_ID.fullmatch(doc_id.lower()):
        raise BadReference(
            f"not a document id: {doc_id!r}; it has 32 hexadecimal digits, as `corpushub find` prints it"
        )
    return DocumentRef(version, doc_id.lower())


def parse_version(text: str) -> VersionRef:
    """Return the version that *text* (NAME, NAME@v3 or NAME@v3.1) stands for; BadReference if it is none."""
    name, mark, number = text.partition("@")
    if not NAME.fullmatch(name):
        raise BadReference(f"not a dataset name: {name!r}; names are letters, digits, - and _; write NAME or NAME@v3")
    if not mark:
        return VersionRef(name)
    match = _VERSION.fullmatch(number)
    if match is None:
        raise BadReference(f"not a version: {number!r}; write {name}@v3, or {name} for the newest")
    return VersionRef(name, int(match[1]), None if match[2] is None else int(match[2]))


def tag(number: int, revision: int | None = None) -> str:
    """Return the Iceberg tag of version *number*, or of one of its revisions."""
    return f"v{number}" if revision is None else f"v{number}.{revision}"


def tags_of(number: int, revision: int) -> tuple[str, ...]:
    """Return all Iceberg tags of version *number*: a version that an erasure has revised has a second one."""
    return (tag(number), tag(number, revision)) if revision else (tag(number),)
