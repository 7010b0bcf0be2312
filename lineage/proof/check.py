"""Check what speaks for a version: the signed statement, and the audit log in which it has a leaf."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from sqlalchemy import Engine

from lineage.audit_log.checkpoint import open_checkpoint
from lineage.audit_log.leaves import commitment, find_leaf, leaves_from
from lineage.audit_log.log import Log, checked_log, goes_on_from, inclusion
from lineage.audit_log.merkle import leaf_hash, verify_inclusion
from lineage.audit_log.signing import PublicKey, read_public_key, trusted_keys, unseal
from lineage.audit_log.tiles import WIDTH
from lineage.control.versions import Version
from lineage.errors import BadBundle, LogDamaged, ProofError, SigningError
from lineage.hub import Hub
from lineage.proof.attest import Attestation, attest_missing, attestations
from lineage.proof.checks import LogHead, Problem, Trust


@dataclass(slots=True)
class Checked:
    """What a check came upon.

    Attributes:
        problems: what is wrong with what.
        statement: SHA-256 (hex) of the statement, None if none is signed by a trusted key.
        leaf: its place in the log, None if it is not proved to be there.
        log: the log, None if it is not what was signed.
    """

    problems: list[Problem] = field(default_factory=list)
    statement: str | None = None
    leaf: int | None = None
    log: Log | None = None

    def add(self, path: str, problem: str) -> None:
        """Note a problem, once."""
        found = Problem(path, problem)
        if found not in self.problems:
            self.problems.append(found)

    @property
    def head(self) -> LogHead | None:
        """The log in short."""
        log = self.log
        return LogHead(log.origin, log.tiles.size, log.tiles.root().hex()) if log else None


def check_proof(hub: Hub, version: Version, root: str, trust: Trust) -> Checked:
    """Check the statement about *version*, whose files have the manifest root *root*, and the log.

    What a crash kept from being signed is signed first. Raises SigningError, BadBundle as verify_version.
    """
    found = Checked()
    pinned = [read_public_key(trust.key)] if trust.key else None
    try:
        attest_missing(hub, version.dataset)
    except ProofError as error:
        found.add("audit log", str(error))
    try:
        keys = [*trusted_keys(hub.home).values()] if pinned is None else pinned
    except SigningError as error:
        found.add("keys", str(error))
        return found
    attestation = _check_statement(hub.db, version, root, keys, found)
    _check_log(hub, keys, attestation.log if attestation else None, found)
    try:
        if attestation is not None:
            _check_leaf(hub.db, version, attestation, found)
        if trust.checkpoint is not None and found.log is not None:
            _check_checkpoint(found.log, trust.checkpoint, keys, found)
    except LogDamaged as error:
        found.add("audit log", str(error))
    return found


def _check_statement(
    db: Engine, version: Version, root: str, keys: Sequence[PublicKey], found: Checked
) -> Attestation | None:
    """Check the newest statement about *version*, and return it."""
    path = f"{version.name} statement"
    made = attestations(db, version)
    if not made:
        found.add(path, "there is none, or it was removed")
        return None
    payload = opened(made[-1].envelope, keys)
    if payload is None:
        found.add(path, "no trusted key signed it as it stands")
        return made[-1]
    found.statement = hashlib.sha256(payload).hexdigest()
    if subject_of(payload) != (version.name, root):
        found.add(path, f"it is about another manifest than this version's, whose root is {root}")
    return made[-1]


def opened(envelope: str, keys: Iterable[PublicKey]) -> bytes | None:
    """Return the statement in a DSSE envelope (JSON text) that one of *keys* signed, else None."""
    try:
        content = orjson.loads(envelope)
    except orjson.JSONDecodeError:
        return None
    return unseal(content, keys) if isinstance(content, dict) else None


def subject_of(payload: bytes) -> tuple[str, str] | None:
    """Return the name and the SHA-256 that a statement is about; None if it is no statement about one thing."""
    try:
        (subject,) = orjson.loads(payload)["subject"]
        return str(subject["name"]), str(subject["digest"]["sha256"])
    except (ValueError, KeyError, TypeError):
        return None


def is_about(content: str, name: str, digest: str) -> bool:
    """Tell whether a leaf's content says that the version *name* got the statement with that SHA-256."""
    try:
        said = orjson.loads(content)
        return bool((said["kind"], said["subject"], said["digest"]) == ("version", name, digest))
    except (ValueError, KeyError, TypeError):
        return False


def _check_log(hub: Hub, keys: Sequence[PublicKey], origin: str | None, found: Checked) -> None:
    try:
        log, problem = checked_log(hub, keys, origin)
    except LogDamaged as error:
        found.add("audit log", str(error))
        return
    if problem:
        found.add("audit log", problem)
    for path, wrong in [*_wrong_entries(hub.db, log), *_wrong_tiles(log)]:
        found.add(path, wrong)
    found.log = log


def _wrong_entries(db: Engine, log: Log) -> Iterator[tuple[str, str]]:
    """Yield the entries that are not those of the leaves in the tiles, or not those of the control database."""
    recorded = {leaf.index: leaf.entry for leaf in leaves_from(db, log.origin)}
    for number in range(-(-log.tiles.size // WIDTH)):
        try:
            entries, hashes = log.tiles.entries(number), log.tiles.hashes(0, number)
        except LogDamaged as error:
            yield "audit log", str(error)
            continue
        for index, (entry, leaf) in enumerate(zip(entries, hashes, strict=True), number * WIDTH):
            if leaf_hash(entry) != leaf:
                yield f"audit log entry {index}", "its bytes are not those of the signed leaf"
            elif recorded.get(index) != entry.hex():
                yield f"audit leaf {index} in the control database", "it is not the entry that the log has"


def _wrong_tiles(log: Log) -> Iterator[tuple[str, str]]:
    """Yield the tiles that do not have the hash that the tile above has of them."""
    try:
        for path in log.tiles.misfits():
            yield "audit log", f"the tile {path} is not the one whose hash stands above it"
    except LogDamaged as error:
        yield "audit log", str(error)


def _check_leaf(db: Engine, version: Version, attestation: Attestation, found: Checked) -> None:
    """Check that the leaf of the newest statement is about that statement, and stands in the log."""
    path = f"audit leaf {attestation.leaf} in the control database"
    leaf = find_leaf(db, attestation.log, index=attestation.leaf)
    if leaf is None or leaf.content is None or leaf.salt is None:
        found.add(path, f"what it says of {version.name} is missing")
    elif commitment(leaf.content, leaf.salt) != leaf.entry:
        found.add(path, "its content is not what was logged")
    elif found.statement is not None and not is_about(leaf.content, version.name, found.statement):
        found.add(f"{version.name} statement", "it is not the statement that was logged")
    elif found.log is not None:
        _check_place(found.log, attestation, bytes.fromhex(leaf.entry), found)


def _check_place(log: Log, attestation: Attestation, entry: bytes, found: Checked) -> None:
    index, size = attestation.leaf, log.tiles.size
    if log.origin != attestation.log:
        found.add("audit log", f"the statement is in the log {attestation.log}, which this hub does not have")
    elif index >= size:
        found.add("audit log", f"its {size} leaves end before leaf {index}, which is the statement's")
    elif verify_inclusion(leaf_hash(entry), index, size, inclusion(log, index), log.tiles.root()):
        found.leaf = index
    else:
        found.add("audit log", f"its leaf {index} is not the statement's")


def _check_checkpoint(log: Log, path: Path, keys: Sequence[PublicKey], found: Checked) -> None:
    pinned = open_checkpoint(read_checkpoint(path), keys)
    if pinned is None:
        found.add(str(path), "no trusted key signed this checkpoint")
    elif not goes_on_from(log, pinned):
        found.add("audit log", f"it does not go on from the checkpoint of {pinned.size} leaves in {path}")


def read_checkpoint(path: Path) -> str:
    """Return the signed note in *path*; BadBundle if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"cannot read the checkpoint {path}: {type(error).__name__}; nothing was verified; "
        raise BadBundle(message + "name a copy of the file log/checkpoint of a hub home") from error
