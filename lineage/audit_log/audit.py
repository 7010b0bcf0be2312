"""Audit the log: whether each leaf of the control database is the one that was logged, and what the leaves say.

What the leaves say is taken from their contents alone, each held against the entry that the log has, and never from a
row that can be changed. A leaf may be forgotten only where the leaf of an erasure names it; of each record
(lineage.control.records) the newest leaf that names it says what it must be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from lineage.audit_log.leaves import Leaf, commitment, leaf_key, leaves_from
from lineage.audit_log.log import Log, forged
from lineage.audit_log.merkle import leaf_hash
from lineage.audit_log.signing import PublicKey
from lineage.audit_log.tiles import WIDTH
from lineage.errors import LogDamaged
from lineage.hub.database import Database

VERSION: Final = "version"
"""The kind of leaves about statements."""

ERASURE: Final = "erasure"
"""The kind of leaves about erasures."""

RECORDS: Final = "records"
"""The fact of a leaf that names records: their names -> the digest of each, null for what is no more."""

FORGETS: Final = "forgets"
"""The fact of an erasure's leaf that names the leaves which it made forgotten: index -> the version they spoke of."""

Found = tuple[str, str]
"""What is wrong, and how."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A leaf, as the log has it.

    Attributes:
        index: its place.
        digest: SHA-256 (hex) of the statement or record it is about.
        facts: what else it says.
    """

    index: int
    digest: str
    facts: Mapping[str, Any]


@dataclass(slots=True)
class Said:
    """What the leaves of a log say.

    Attributes:
        origin: the log.
        versions: the leaves about each version's statements, oldest first.
        records: the newest digest of each record, None for what is no more.
        forgotten: the leaves that erasures made forgotten, and the version each was about.
        pending: how many leaves no checkpoint speaks of yet.
        problems: what is wrong with the leaves.
        doubts: leaves that an erasure of an earlier release may have made forgotten, which did not log which ones.
    """

    origin: str
    versions: dict[str, list[Spoken]] = field(default_factory=dict)
    records: dict[str, str | None] = field(default_factory=dict)
    forgotten: dict[int, str] = field(default_factory=dict)
    pending: int = 0
    problems: list[Found] = field(default_factory=list)
    doubts: list[int] = field(default_factory=list)
    _unlisted: int = 0

    def speaks_of(self, version: str) -> list[int]:
        """Return the leaves that ever spoke of *version*, forgotten ones included."""
        gone = [index for index, name in self.forgotten.items() if name == version]
        return sorted([*gone, *(one.index for one in self.versions.get(version, ()))])


def audit(db: Database, log: Log, keys: Sequence[PublicKey]) -> Said:
    """Hold the leaves of the control database against *log*, and return what they say."""
    said, leaves = Said(log.origin), leaves_from(db, log.origin)
    said.pending = max(0, len(leaves) - log.tiles.size)
    said.problems += _wrong_entries(leaves, log)
    for index in forged(db, log, keys):
        said.problems.append((_path(index), "it is beyond the checkpoint, and no trusted key placed it"))
    gone = [leaf.index for leaf in leaves if not _take(leaf, said)]
    unknown = [index for index in gone if index not in said.forgotten]
    if len(unknown) <= said._unlisted:
        said.doubts = unknown
    else:
        said.problems += [
            (_path(index), "what it says is missing, and no erasure made it forgotten") for index in unknown
        ]
    return said


def doubtful(said: Said) -> list[Found]:
    """Return what is to be said of the leaves that are in doubt."""
    words = "what it says is missing, and an erasure of an earlier release may have made it forgotten: "
    return [(_path(index), words + "`corpushub attest --sign hub` puts that on record") for index in said.doubts]


def _path(index: int) -> str:
    return f"audit leaf {index} in the control database"


def _take(leaf: Leaf, said: Said) -> bool:
    """Take down what *leaf* says; return False if it is forgotten."""
    if leaf.content is None or leaf.salt is None:
        return False
    try:
        true = commitment(leaf.content, leaf.salt) == leaf.entry
        content = orjson.loads(leaf.content)
        kind, subject, facts = content["kind"], content["subject"], content["facts"]
        spoken = Spoken(leaf.index, content["digest"], facts)
        records, forgets = dict(facts.get(RECORDS) or {}), dict(facts.get(FORGETS) or {})
    except (ValueError, KeyError, TypeError, AttributeError):
        true = False
    if not true:
        said.problems.append((_path(leaf.index), "its content is not what was logged"))
        return True
    if (leaf.kind, leaf.subject, leaf.key) != (kind, subject, leaf_key(kind, subject, spoken.digest)):
        said.problems.append((_path(leaf.index), "its kind, subject and key are not those of its content"))
    if kind == VERSION:
        said.versions.setdefault(subject, []).append(spoken)
    if kind == ERASURE and FORGETS not in facts:
        said._unlisted += int(facts.get("versions", 0))
    said.records |= records
    said.forgotten |= {int(index): str(name) for index, name in forgets.items()}
    return True


def _wrong_entries(leaves: Sequence[Leaf], log: Log) -> Iterator[Found]:
    """Yield the entries that are not those of the leaves in the tiles, or not those of the control database."""
    recorded = {leaf.index: leaf.entry for leaf in leaves}
    for number in range(-(-log.tiles.size // WIDTH)):
        try:
            entries, hashes = log.tiles.entries(number), log.tiles.hashes(0, number)
        except LogDamaged as error:
            yield "audit log", str(error)
            continue
        for index, (entry, leaf) in enumerate(zip(entries, hashes, strict=True), number * WIDTH):
            if leaf_hash(entry) != leaf:
                yield f"audit log entry {index}", "its bytes are not those of the signed leaf"
            elif index not in recorded:
                yield _path(index), "it is missing; the log has it"
            elif recorded[index] != entry.hex():
                yield _path(index), "it is not the entry that the log has"
    yield from _misfits(log)


def _misfits(log: Log) -> Iterator[Found]:
    """Yield the tiles that do not have the hash that the tile above has of them."""
    try:
        for path in log.tiles.misfits():
            yield "audit log", f"the tile {path} is not the one whose hash stands above it"
    except LogDamaged as error:
        yield "audit log", str(error)
