"""What the control database knows of erasures: receipts, revisions of versions, suppressions. Never whom they concern.

A subject is known by a hash alone: a person's by the keyed hash that ledgers have of it, any other's by a salted one.
So whoever asked for an erasure can check that a receipt is theirs, and nobody can read it off the receipt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection

from lineage.control.people.exports import ExportRecord, exports_of_erasure
from lineage.control.versions import list_datasets
from lineage.errors import UnknownReceipt
from lineage.hub.database import Database, insert, rows, update

PERSONAL = ("email", "phone", "name")
"""Kinds of subjects that are known by a keyed hash."""

OUT_OF_REACH = (
    "exports that were handed out",
    "backups, snapshots and replicas of the hub's disks, and earlier object versions in a store",
    "the source files that the runs read",
    "work files in other homes of the hub, which each removes before its next run",
)
"""What an erasure cannot reach; every receipt says so."""


class ErasureState(StrEnum):
    """How far an erasure is; after a crash it goes on from there."""

    PLANNED = "planned"  # what to erase is written down, nothing is changed
    REWRITTEN = "rewritten"  # the new files stand beside the old ones
    COMMITTED = "committed"  # every version names the new files
    PURGED = "purged"  # the old files are gone
    VERIFIED = "verified"  # and nothing of the subject was found in the hub


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom or what to erase.

    Attributes:
        kind: email, phone, name, uri-prefix, host, doc or content.
        value: for a person the keyed hash that findings have, or a salted one where there is no key; else what the
            ledger's column has, in normal form.
    """

    kind: str
    value: str

    def digest(self, salt: str) -> str:
        """Return what a receipt calls the subject; 32 hex digits."""
        if self.kind in PERSONAL:
            return self.value
        return salted(salt, self.kind, self.value)


def salted(salt: str, kind: str, value: str) -> str:
    """Return what a receipt calls a *value* that no key hashes; 32 hex digits."""
    return hashlib.sha256(f"{salt}\0{kind}\0{value}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Unsearched:
    """What an erasure did not look for.

    Attributes:
        version: in which version, NAME@vN; null where it is so of all.
        why: what, and what was searched instead.
    """

    version: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Revision:
    """A version that an erasure changed: its number of revisions, lost documents, manifest roots before and after."""

    dataset: str
    number: int
    revision: int
    receipt: str
    documents: int
    old_root: str
    new_root: str
    created: str

    @property
    def name(self) -> str:
        """The revision as people write it: NAME@vN.R."""
        return f"{self.dataset}@v{self.number}.{self.revision}"


@dataclass(frozen=True)
class Erasure:
    """An erasure as the control database has it; see schema.ERASURES."""

    id: str
    state: str
    reason: str
    requests: Sequence[Mapping[str, str]]
    salt: str
    key_id: str | None
    created: str
    finished: str | None = None
    documents: int = 0
    files: Mapping[str, int] = field(default_factory=dict)


def record_erasure(connection: Connection, erasure: Erasure, unsearched: Iterable[Unsearched] = ()) -> None:
    """Record *erasure*, and what it does not look for, if its receipt is new; the state of a known one stays."""
    if not rows(connection, "SELECT id FROM erasures WHERE id = :receipt", receipt=erasure.id):
        insert(connection, "erasures", [asdict(erasure)])
        limits = ({"receipt": erasure.id, "position": at, **asdict(one)} for at, one in enumerate(unsearched))
        insert(connection, "erasure_limits", limits)


def advance(db: Database, receipt: str, state: ErasureState, **facts: Any) -> None:
    """Record that erasure *receipt* has reached *state*, with further columns."""
    with db.begin() as connection:
        move(connection, receipt, state, **facts)


def move(connection: Connection, receipt: str, state: ErasureState, **facts: Any) -> None:
    """Do as advance does inside a transaction."""
    update(connection, "erasures", {"state": state, **facts}, id=receipt)


def get_erasure(db: Database, receipt: str) -> Erasure:
    """Return the erasure with that receipt id; UnknownReceipt if there is none."""
    found = rows(db, "SELECT * FROM erasures WHERE id = :receipt", receipt=receipt)
    if not found:
        raise UnknownReceipt(f"no receipt {receipt} in this hub; check the id, or the hub given with --hub")
    return Erasure(**found[0])


def committed_since(db: Database, moment: str) -> bool:
    """Tell whether an erasure has begun or ended since *moment* (RFC 3339), or is under way."""
    query = "SELECT id FROM erasures WHERE state != :verified OR finished >= :moment LIMIT 1"
    return bool(rows(db, query, verified=str(ErasureState.VERIFIED), moment=moment))


def revisions_of(db: Database, receipt: str) -> list[Revision]:
    """Return the revisions that erasure *receipt* made, by dataset and number."""
    query = "SELECT * FROM revisions WHERE receipt = :receipt ORDER BY dataset, number"
    return [Revision(**row) for row in rows(db, query, receipt=receipt)]


def revisions_of_dataset(db: Database, dataset: str) -> list[Revision]:
    """Return the revisions of the versions of *dataset*, by number and revision."""
    found = [Revision(**row) for row in rows(db, "SELECT * FROM revisions WHERE dataset = :dataset", dataset=dataset)]
    return sorted(found, key=lambda one: (one.number, one.revision))


def unfinished_erasures(db: Database) -> list[tuple[str, str]]:
    """Return the receipts of the erasures that are not verified, and how far each is."""
    query = "SELECT id, state FROM erasures WHERE state != :verified"
    return sorted((str(row["id"]), str(row["state"])) for row in rows(db, query, verified=str(ErasureState.VERIFIED)))


def revision_numbers(db: Database, dataset: str) -> dict[int, int]:
    """Return the newest revision of each version of *dataset* that has any."""
    query = "SELECT number, max(revision) AS newest FROM revisions WHERE dataset = :dataset GROUP BY number"
    return {int(row["number"]): int(row["newest"]) for row in rows(db, query, dataset=dataset)}


def erased_documents(db: Database, dataset: str) -> dict[int, int]:
    """Return how many documents erasures have taken out of each version of *dataset* that has lost any."""
    query = "SELECT number, sum(documents) AS lost FROM revisions WHERE dataset = :dataset GROUP BY number"
    return {int(row["number"]): int(row["lost"]) for row in rows(db, query, dataset=dataset)}


def save_revisions(connection: Connection, revisions: Iterable[Revision]) -> None:
    """Record *revisions*."""
    insert(connection, "revisions", (asdict(one) for one in revisions))


def unsearched_by(db: Database, receipt: str) -> tuple[Unsearched, ...]:
    """Return what erasure *receipt* did not look for."""
    query = "SELECT version, why FROM erasure_limits WHERE receipt = :receipt ORDER BY position"
    return tuple(Unsearched(**row) for row in rows(db, query, receipt=receipt))


def suppress(connection: Connection, subjects: Iterable[Subject], erasure: Erasure) -> None:
    """Record that documents of *subjects* are to be refused from now on; known ones stay as they are.

    A person of whom there is no keyed hash cannot be recognised, and is not among them.
    """
    known = {(row["kind"], row["value"]) for row in rows(connection, "SELECT kind, value FROM suppressions")}
    new = [
        {
            "kind": one.kind,
            "value": one.value,
            "key_id": (erasure.key_id or "") if one.kind in PERSONAL else "",
            "receipt": erasure.id,
            "created": erasure.created,
        }
        for one in sorted(set(subjects), key=lambda one: (one.kind, one.value))
        if (one.kind, one.value) not in known and (erasure.key_id or one.kind not in PERSONAL)
    ]
    insert(connection, "suppressions", new)


def list_suppressions(db: Database) -> list[dict[str, str]]:
    """Return all suppressions, by kind and value: kind, value, key_id, receipt, created."""
    return rows(db, "SELECT * FROM suppressions ORDER BY kind, value")


def remember_key(db: Database, run: str, key_id: str) -> None:
    """Record which key *run* hashes findings with, once."""
    with db.begin() as connection:
        if not rows(connection, "SELECT run FROM run_keys WHERE run = :run", run=run):
            insert(connection, "run_keys", [{"run": run, "key_id": key_id}])


def keys_of_versions(db: Database) -> dict[str, str | None]:
    """Return the key id of each run that made a version, None where none was recorded."""
    query = "SELECT versions.run, key_id FROM versions LEFT JOIN run_keys ON run_keys.run = versions.run"
    return {str(row["run"]): row["key_id"] for row in rows(db, query)}


def every_dataset(db: Database) -> list[str]:
    """Return the names of the datasets that have a version or a run, sorted."""
    names = {row["dataset"] for row in rows(db, "SELECT DISTINCT dataset FROM runs")}
    return sorted(names | set(list_datasets(db)))


@dataclass(frozen=True, slots=True)
class HashedSubject:
    """Whom or what a receipt is about.

    Attributes:
        kind: see Subject.
        hash: a person's keyed hash if the receipt has a key, else the first 32 hex digits of SHA-256 over salt, NUL,
            kind, NUL, value in normal form.
    """

    kind: str
    hash: str


@dataclass(frozen=True, slots=True)
class RevisedVersion:
    """A version that an erasure changed.

    Attributes:
        version: NAME@vN.
        revision: NAME@vN.R, which it has been since.
        documents: how many it lost.
        old_root: the digest of its files before.
        new_root: the digest of its files after.
    """

    version: str
    revision: str
    documents: int
    old_root: str
    new_root: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says of an erasure.

    Attributes:
        receipt: receipt:ID.
        state: see ErasureState.
        verified: whether nothing of the subjects was found in the hub afterwards.
        reason: why.
        requests: whom or what it was about.
        salt: of the hashes.
        key: id of the key that persons are hashed with, null where none was concerned, or there was no key.
        created: RFC 3339, UTC.
        finished: likewise; null if it is not.
        matched: documents that it erased.
        versions: those that it changed.
        files: how many were "rewritten" and "removed"; empty until they are.
        unsearched: what it did not look for.
        out_of_reach: what it could not reach.
        exports: those that hold what it erased, oldest first: whoever has them must be told.
    """

    receipt: str
    state: str
    verified: bool
    reason: str
    requests: tuple[HashedSubject, ...]
    salt: str
    key: str | None
    created: str
    finished: str | None
    matched: int
    versions: tuple[RevisedVersion, ...]
    files: Mapping[str, int]
    unsearched: tuple[Unsearched, ...]
    out_of_reach: tuple[str, ...]
    exports: tuple[ExportRecord, ...]


def show_receipt(db: Database, receipt: str) -> Receipt:
    """Return what the receipt with that id says; UnknownReceipt if there is none."""
    erasure = get_erasure(db, receipt)
    revised = revisions_of(db, erasure.id)
    return Receipt(
        receipt=f"receipt:{erasure.id}",
        state=erasure.state,
        verified=erasure.state == ErasureState.VERIFIED,
        reason=erasure.reason,
        requests=tuple(HashedSubject(**one) for one in erasure.requests),
        salt=erasure.salt,
        key=erasure.key_id,
        created=erasure.created,
        finished=erasure.finished,
        matched=erasure.documents,
        versions=tuple(
            RevisedVersion(f"{one.dataset}@v{one.number}", one.name, one.documents, one.old_root, one.new_root)
            for one in revised
        ),
        files=erasure.files,
        unsearched=unsearched_by(db, erasure.id),
        out_of_reach=OUT_OF_REACH,
        exports=exports_of_erasure(db, erasure.id),
    )
