"""Check what speaks for versions: the audit log, the records that it holds a hub to, and the signed statements.

Nothing is written, and nothing is signed: what a crash left is told, and is for the next command that writes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import orjson

from lineage.audit_log.audit import Said, Spoken, audit, doubtful
from lineage.audit_log.checkpoint import Checkpoint, open_checkpoint
from lineage.audit_log.leaves import count_all_leaves, find_leaf, has_leaves, kept_checkpoint, leaf_signatures
from lineage.audit_log.log import Log, checked_log, goes_on_from, inclusion, newest_note
from lineage.audit_log.merkle import leaf_hash, verify_inclusion
from lineage.audit_log.signing import PublicKey, read_public_key, trusted_keys, unseal
from lineage.control.erasures import ErasureState, revisions_of_dataset, unfinished_erasures
from lineage.control.erasures import Revision as RevisionRow
from lineage.control.policy_texts import misnamed_texts
from lineage.control.under_way import noted_erasures
from lineage.control.versions import Version
from lineage.errors import BadBundle, LogDamaged, SigningError, UnknownReference
from lineage.hub import Hub
from lineage.hub.database import Database
from lineage.proof.attest import Attestation, attestation_of, making_of, revision_now, surplus_statements
from lineage.proof.checks import LogHead, Problem, Trust
from lineage.proof.records import every_record
from lineage.proof.statements import statement
from policies.small_files import read_small_text

_LOOKS = 8
_NO_NOTE: Final = "it is not finished, and no note of it exists: that was removed, or somebody else put it there"


@dataclass(slots=True)
class Findings:
    """What a check came upon; each problem once."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, path: str, problem: str) -> None:
        """Note a problem."""
        found = Problem(path, problem)
        if found not in self.problems:
            self.problems.append(found)


@dataclass(slots=True)
class CheckedHub(Findings):
    """What a check of a hub's log and records came upon.

    Attributes:
        keys: whose signatures are believed.
        log: the log, None if it is not what was signed.
        said: what its leaves say.
        records: how many records were held against it.
        unfinished: what a crash left.
    """

    keys: Sequence[PublicKey] = ()
    log: Log | None = None
    said: Said = field(default_factory=lambda: Said(""))
    records: int = 0
    unfinished: list[str] = field(default_factory=list)

    @property
    def head(self) -> LogHead | None:
        """The log in short."""
        log = self.log
        return LogHead(log.origin, log.tiles.size, log.tiles.root().hex()) if log else None


@dataclass(slots=True)
class CheckedVersion(Findings):
    """What a check of what speaks for a version came upon.

    Attributes:
        statement: SHA-256 (hex) of the statement, None if none is signed by a trusted key.
        leaf: its place in the log, None if it is not proved to be there.
    """

    statement: str | None = None
    leaf: int | None = None


def check_hub(hub: Hub, trust: Trust) -> CheckedHub:
    """Check the log of *hub* and all records that it holds the hub to.

    Raises SigningError if the key in *trust* cannot be read, BadBundle if its checkpoint cannot.
    """
    pinned = [read_public_key(trust.key)] if trust.key else None
    try:
        keys = [*trusted_keys(hub.home).values()] if pinned is None else pinned
    except SigningError as error:
        return CheckedHub([Problem("keys", str(error))])
    found = _look(hub, keys)
    if trust.checkpoint is not None:
        _check_checkpoint(found, read_checkpoint(trust.checkpoint), trust.checkpoint)
    _check_unfinished(hub, found)
    return found


def _check_unfinished(hub: Hub, found: CheckedHub) -> None:
    """Tell which erasures a crash left; what says it is one, and has no note by which to finish it, is none.

    The note is there before the receipt, and goes once that is verified; so both are looked at between two looks.
    """
    before, notes = unfinished_erasures(hub.db), noted_erasures(hub.home)
    still = dict(unfinished_erasures(hub.db))
    for receipt, state in before:
        if state not in set(ErasureState):
            found.add(f"receipt:{receipt}", "it is in a state that there is not")
        elif notes is None or receipt in notes:
            found.unfinished.append(f"receipt:{receipt} is {state}: `corpushub erase --resume` finishes it")
        elif receipt in still:
            found.add(f"receipt:{receipt}", _NO_NOTE)


def _look(hub: Hub, keys: Sequence[PublicKey]) -> CheckedHub:
    """Look at log, leaves and records, and again where somebody has logged more meanwhile."""
    for _ in range(_LOOKS):
        before, found = count_all_leaves(hub.db), CheckedHub(keys=keys)
        _check_log(hub, found)
        if found.log is not None:
            _check_leaves(hub, found.log, found)
        if not found.problems or before == count_all_leaves(hub.db):
            break
    return found


def _check_log(hub: Hub, found: CheckedHub) -> None:
    try:
        if newest_note(hub.home) is None and not has_leaves(hub.db):
            if every_record(hub.db, Said(""))[0]:
                words = "there is none: it was lost, or no key could be used when the versions were made: "
                found.add("audit log", words + "`corpushub attest --sign hub` begins one")
            return
        found.log, problem = checked_log(hub, found.keys)
    except LogDamaged as error:
        found.add("audit log", str(error))
        return
    if problem:
        found.add("audit log", problem)
    else:
        _check_kept(hub.db, found.log, found)


def _check_kept(db: Database, log: Log, found: CheckedHub) -> None:
    """Look at the checkpoint that the database keeps; only the first one may be missing, whose leaves are still signed.

    It may be an earlier one than the log's, where a process died between the two.
    """
    signed, kept = leaf_signatures(db, log.origin), kept_checkpoint(db, log.origin)
    path = "the checkpoint in the control database"
    if kept is None:
        if not all(index in signed for index in range(log.tiles.size)):
            found.add(path, "it is missing: somebody removed it")
    else:
        opened = open_checkpoint(kept[1], found.keys)
        if opened is None or (opened.origin, opened.size) != (log.origin, kept[0]):
            found.add(path, "it is not one that a trusted key signed for this log")


def _check_leaves(hub: Hub, log: Log, found: CheckedHub) -> None:
    found.said = audit(hub.db, log, found.keys)
    for path, problem in [*found.said.problems, *doubtful(found.said)]:
        found.add(path, problem)
    if found.said.pending:
        words = f"the log has {found.said.pending} leaves more in the control database than in its checkpoint: "
        found.unfinished.append(words + "the next command that writes signs them")
    present, problems = every_record(hub.db, found.said)
    found.records = len(present)
    for one in problems:
        found.add(one.path, one.problem)
    for name in surplus_statements(hub.db):
        found.add(f"{name} statement", "there is one about files that it does not have: somebody else put it there")
    for name in misnamed_texts(hub.db):
        found.add(f"policy:{name}", "the text is not the one with this SHA-256")


def _check_checkpoint(found: CheckedHub, note: str, path: Path) -> None:
    pinned = open_checkpoint(note, found.keys)
    if pinned is None:
        found.add(str(path), "no trusted key signed this checkpoint")
    elif found.log is not None:
        try:
            if not goes_on_from(found.log, pinned):
                found.add("audit log", not_grown(pinned, found.log.tiles.size, str(path)))
        except LogDamaged as error:
            found.add("audit log", str(error))


def not_grown(pinned: Checkpoint, size: int, where: str) -> str:
    """Say that a log of *size* leaves does not go on from the checkpoint *pinned*, which stands *where*."""
    if pinned.size > size:
        return f"it was rolled back: the log has {size} leaves, and the checkpoint in {where} speaks of {pinned.size}"
    return f"it does not go on from the checkpoint of {pinned.size} leaves in {where}"


def check_version(hub: Hub, version: Version, root: str, checked: CheckedHub) -> CheckedVersion:
    """Check what speaks for *version*, whose files have the manifest root *root*: leaf and statement."""
    found = CheckedVersion()
    path, spoken = f"{version.name} statement", checked.said.versions.get(version.name, [])
    newest = attestation_of(hub.db, version)
    if newest is None:
        found.add(path, "there is none, or it was removed")
    else:
        _check_statement(hub.db, version, root, (newest, checked.keys), found)
    if checked.log is None:
        return found
    if len(spoken) > 1:
        places = " and ".join(str(one.index) for one in spoken)
        found.add(version.name, f"leaves {places} speak of it, and no erasure lies between them")
    if not spoken:
        found.add(version.name, "no leaf of the log speaks of it")
    elif newest is not None and found.statement is not None and spoken[-1].digest != found.statement:
        found.add(path, "it is not the statement that was logged")
    elif newest is not None:
        if (newest.log, newest.leaf, newest.statement) != (checked.log.origin, spoken[-1].index, spoken[-1].digest):
            found.add(path, "what stands beside it, its digest or its place in the log, is not what was logged")
        _check_place(hub.db, checked.log, spoken[-1], found)
    return found


def _check_statement(
    db: Database, version: Version, root: str, given: tuple[Attestation, Sequence[PublicKey]], found: CheckedVersion
) -> None:
    attestation, keys = given
    path = f"{version.name} statement"
    payload = opened(attestation.envelope, keys)
    if payload is None:
        found.add(path, "no trusted key signed it as it stands")
        return
    found.statement = hashlib.sha256(payload).hexdigest()
    if subject_of(payload) != (version.name, root):
        found.add(path, f"it is about another manifest than this version's, whose root is {root}")
        return
    for name in _told_otherwise(db, version, payload):
        found.add(path, f"the control database tells {name} otherwise")


def _told_otherwise(db: Database, version: Version, payload: bytes) -> Iterator[str]:
    """Yield the fields of the statement that are not what the control database says now."""
    said = orjson.loads(payload)
    try:
        present = orjson.loads(_as_recorded(db, version, said))
    except UnknownReference:
        yield "of no such run, and all of this"
        return
    if "policyText" not in said["predicate"]["buildDefinition"]["externalParameters"]:  # of earlier releases
        present["predicate"]["buildDefinition"]["externalParameters"].pop("policyText", None)
    now, before = dict(_flat(present)), dict(_flat(said))
    yield from (name for name in sorted({*now, *before}) if now.get(name) != before.get(name))


def _as_recorded(db: Database, version: Version, said: Any) -> bytes:
    """Return the statement as it would be made now; an erasure may have revised the parent since *said* was."""
    revisions = revisions_of_dataset(db, version.dataset)
    making = making_of(db, version, revision=revision_now(db, version))
    if making.parent is not None:
        named = _root_of_parent(said, making.parent)
        if named in {one.old_root for one in _of(revisions, making.parent)}:
            making = replace(making, parent=replace(making.parent, manifest_root=named))
    return statement(version, making)


def _of(revisions: Iterable[RevisionRow], version: Version) -> Iterator[RevisionRow]:
    return (one for one in revisions if one.number == version.number)


def _root_of_parent(said: Any, parent: Version) -> str:
    named = said["predicate"]["buildDefinition"]["resolvedDependencies"]
    return next((str(one["digest"]["sha256"]) for one in named if one["name"] == parent.name), "")


def _flat(content: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values in *content* with the names that lead to them."""
    if isinstance(content, dict):
        yield name, len(content)
        for key, value in content.items():
            yield from _flat(value, f"{name}.{key}" if name else key)
    elif isinstance(content, list):
        yield name, len(content)
        for number, value in enumerate(content):
            yield from _flat(value, f"{name}[{number}]")
    else:
        yield name, content


def _check_place(db: Database, log: Log, spoken: Spoken, found: CheckedVersion) -> None:
    leaf, size = find_leaf(db, log.origin, spoken.index), log.tiles.size
    if leaf is None or spoken.index >= size:
        return  # no checkpoint speaks of it yet: see CheckedHub.unfinished
    try:
        proof, root = inclusion(log, spoken.index), log.tiles.root()
    except LogDamaged as error:
        found.add("audit log", str(error))
        return
    if verify_inclusion(leaf_hash(bytes.fromhex(leaf.entry)), spoken.index, size, proof, root):
        found.leaf = spoken.index
    else:
        found.add("audit log", f"its leaf {spoken.index} is not the statement's")


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


def read_checkpoint(path: Path) -> str:
    """Return the signed note in *path*; BadBundle if it cannot be read."""
    try:
        return read_small_text(path)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        message = f"cannot read the checkpoint {path}: {why}; nothing was verified; "
        raise BadBundle(message + "name a copy of the file log/checkpoint of a hub home") from error
