"""Proof of versions: a signed statement for each manifest root that a version has had, and a leaf in the audit log.

Statement, leaf and version are recorded in one transaction of the control database, by the process that made the
version, so that there is never one without the others. Only where the key cannot be used a version is recorded alone:
``verify`` says so, and whoever looks after the hub may sign it in so many words (lineage.proof.explicit).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import orjson
from sqlalchemy import Connection, delete, insert, select

from lineage.audit_log.audit import FORGETS, VERSION, Said
from lineage.audit_log.leaves import Event, Leaf, forget_leaf
from lineage.audit_log.signing import open_signer, seal
from lineage.control.erasures import revisions_of_dataset
from lineage.control.policy_texts import policy_text_of, put_policy, remember_policy_text, text_kept_as
from lineage.control.records import policy_record, run_record, version_record
from lineage.control.runs import Run, get_run, run_inputs
from lineage.control.texts import digest_of_text
from lineage.control.versions import Version, get_version, put_version, version_of_run
from lineage.control.withdrawals import get_withdrawal
from lineage.errors import LogDamaged, SigningError, UnknownReference
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.hub.database import Database
from lineage.hub.home import FileKind
from lineage.hub.schema import ATTESTATIONS, RUN_ENVIRONMENTS, VERSIONS
from lineage.proof.records import log_records
from lineage.proof.statements import Environment, Making, Revision, statement
from lineage.references import VersionRef
from lineage.storage.files import DataFile

POLICY = "policy"
TEXT = "text"
NO_POLICY = "none"


@dataclass(frozen=True, slots=True)
class Attestation:
    """A signed statement.

    Attributes:
        dataset: of the version it is about.
        number: of that version.
        manifest_root: what the version's files were.
        envelope: DSSE, JSON text.
        statement: SHA-256 (hex) of the statement.
        log: the audit log that has a leaf for it.
        leaf: the index of the leaf.
        created: when it was signed.
    """

    dataset: str
    number: int
    manifest_root: str
    envelope: str
    statement: str
    log: str
    leaf: int
    created: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement about *version* that was signed and is to be logged.

    Attributes:
        version: the version.
        envelope: DSSE, JSON text.
        digest: SHA-256 (hex) of the statement.
    """

    version: Version
    envelope: str
    digest: str

    @property
    def event(self) -> Event:
        """What is logged of it; the statement is kept beside its leaf."""
        facts = {"manifest_root": self.version.manifest_root}
        return Event(VERSION, self.version.name, self.digest, facts, self._keep)

    def _keep(self, connection: Connection, leaf: Leaf) -> None:
        version, place = self.version, {"log": leaf.log, "leaf": leaf.index, "created": now()}
        key = {"dataset": version.dataset, "number": version.number, "manifest_root": version.manifest_root}
        row = {**key, "envelope": self.envelope, "statement": self.digest, **place}
        connection.execute(delete(ATTESTATIONS).where(*(ATTESTATIONS.c[name] == value for name, value in key.items())))
        connection.execute(insert(ATTESTATIONS), [row])

    @property
    def names(self) -> tuple[str, str]:
        """The records that its leaf speaks of."""
        return version_record(self.version.name), run_record(self.version.run)


def keep_policy_text(hub: Hub, digest: str, text: str, written: str | None = None) -> str | None:
    """Keep and log the *text* of the policy with *digest*; return its SHA-256 (hex), None if nothing can be signed.

    *written* is the text as its file has it, if that is another.
    """
    name = digest_of_text(text)
    if text_kept_as(hub.db, name) is not None:
        return name

    def keep(connection: Connection, _: Said) -> list[Event]:
        put_policy(connection, digest, text, written or text)
        return [Event(TEXT, f"policy:{digest}", name)]

    try:
        log_records(hub, [policy_record(name)], keep)
    except SigningError:
        return None
    return name


def record_environment(
    db: Database, run: str, policy: str | None, libraries: Mapping[str, str], policy_text: str | None = None
) -> None:
    """Record what *run* rests on, for the statement about its version."""
    row = {"run": run, "policy": policy, "libraries": dict(libraries)}
    with db.begin() as connection:
        connection.execute(delete(RUN_ENVIRONMENTS).where(RUN_ENVIRONMENTS.c.run == run))
        connection.execute(insert(RUN_ENVIRONMENTS), [row])
    remember_policy_text(db, run, policy_text)


def take_over_environment(db: Database, parent: str, run: str) -> None:
    """Record that *run*, which only rewrites what run *parent* made, rests on the same; nothing if that is unknown."""
    with db.begin() as connection:
        known = connection.execute(select(RUN_ENVIRONMENTS).where(RUN_ENVIRONMENTS.c.run == parent)).one_or_none()
        connection.execute(delete(RUN_ENVIRONMENTS).where(RUN_ENVIRONMENTS.c.run == run))
        if known:
            connection.execute(insert(RUN_ENVIRONMENTS), [{**known._mapping, "run": run}])
    remember_policy_text(db, run, policy_text_of(db, parent))


def record_version(
    hub: Hub, version: Version, files: Mapping[FileKind, Iterable[DataFile]], run: Run, *, sign: bool = True
) -> Version:
    """Record *version*, which this process made, with its files, its *run*, a signed statement and a leaf; return it.

    A run that made its version before keeps it as it is. Where nothing can be signed, or without *sign*, the version is
    recorded alone. Raises LogDamaged if the log speaks of such a version already; nothing is recorded then.
    """
    known = version_of_run(hub.db, run.id)
    if known is not None:
        return known
    held = {kind: list(some) for kind, some in files.items()}

    def save(connection: Connection) -> None:
        put_version(connection, version, held, run)

    try:
        if not sign:
            raise SigningError("nobody vouches for what was made")
        _log_version(hub, version, run, save)
    except SigningError:
        with hub.db.begin() as connection:
            save(connection)
    except OSError:  # the transaction is done, and the log cannot be written: whoever comes next signs what it holds
        if version_of_run(hub.db, run.id) is None:
            raise
    return version


def _log_version(hub: Hub, version: Version, run: Run, save: Callable[[Connection], None]) -> None:
    signed = sign_statement(hub, version, run)

    def change(connection: Connection, said: Said) -> list[Event]:
        if places := said.speaks_of(version.name):
            message = f"leaf {places[-1]} of the audit log speaks of {version.name} already; nothing was recorded; "
            raise LogDamaged(message + "`corpushub verify` names all that is wrong")
        save(connection)
        return [*_policy_change(hub.db, version), signed.event]

    log_records(hub, signed.names, change)


def attest_revised(
    hub: Hub,
    erasure: Event,
    names: Iterable[str],
    revised: Sequence[tuple[Version, str]],
    record: Callable[[Connection], None],
) -> None:
    """Carry *record* out, which erases; log it, attest what it revised, and forget the statements about what was there.

    *erasure* names the receipt: ``Event("erasure", RECEIPT, SHA256, {...})``; *names* are the records that it changes
    beside the versions; *revised* are the versions as they will be, each with the manifest root it has. All of it is
    one transaction. Raises ProofError if something cannot be signed, or is not what the log says: nothing is changed.
    """
    after = {version.name: version for version, _ in revised}
    signed = [
        sign_statement(
            hub, version, revision=Revision(root, erasure.subject), parent=after.get("".join(version.parents))
        )
        for version, root in revised
    ]

    def change(connection: Connection, said: Said) -> list[Event]:
        record(connection)
        forgotten: dict[str, str] = {}
        for version, _ in revised:
            forgotten |= forget_statements(connection, said, version)
        return [*(one.event for one in signed), replace(erasure, facts={**erasure.facts, FORGETS: forgotten})]

    log_records(hub, [*names, *(name for one in signed for name in one.names)], change)


def sign_statement(
    hub: Hub, version: Version, run: Run | None = None, revision: Revision | None = None, parent: Version | None = None
) -> Signed:
    """Sign a statement about *version*; *run* and *parent* are as they are to be, where they are not recorded so yet.

    Raises SigningError.
    """
    payload = statement(version, making_of(hub.db, version, run, revision, parent))
    envelope = orjson.dumps(seal(payload, open_signer(hub.home))).decode()
    return Signed(version, envelope, hashlib.sha256(payload).hexdigest())


def forget_statements(connection: Connection, said: Said, version: Version) -> dict[str, str]:
    """Forget the statements about *version* as it was; return which leaves are forgotten: index -> the version."""
    same = (ATTESTATIONS.c.dataset == version.dataset) & (ATTESTATIONS.c.number == version.number)
    connection.execute(delete(ATTESTATIONS).where(same))
    spoken = said.versions.get(version.name, [])
    for one in spoken:
        forget_leaf(connection, said.origin, one.index)
    return {str(one.index): version.name for one in spoken}


def attestations(db: Database, version: Version) -> list[Attestation]:
    """Return the statements about *version*: one, unless somebody else put more of them there."""
    same = (ATTESTATIONS.c.dataset == version.dataset) & (ATTESTATIONS.c.number == version.number)
    with db.connect() as connection:
        rows = connection.execute(select(ATTESTATIONS).where(same).order_by(ATTESTATIONS.c.manifest_root))
        return [Attestation(**row._mapping) for row in rows]


def attestation_of(db: Database, version: Version) -> Attestation | None:
    """Return the statement about *version*: that about the files which it has, else any; None if there is none."""
    made = attestations(db, version)
    own = [one for one in made if one.manifest_root == version.manifest_root]
    return next(iter(own or made), None)


def surplus_statements(db: Database) -> list[str]:
    """Return the names of the versions about which there is a statement, but not about the files that they have."""
    columns, versions = ATTESTATIONS.c, VERSIONS.c
    own = (columns.dataset == versions.dataset) & (columns.number == versions.number)
    joined = ATTESTATIONS.outerjoin(VERSIONS, own & (columns.manifest_root == versions.manifest_root))
    query = select(columns.dataset, columns.number).select_from(joined).where(versions.dataset.is_(None))
    with db.connect() as connection:
        return sorted({f"{dataset}@v{number}" for dataset, number in connection.execute(query)})


def revision_now(db: Database, version: Version) -> Revision | None:
    """Return why *version* has the files that it has now, None if no erasure has changed it."""
    own = [one for one in revisions_of_dataset(db, version.dataset) if one.number == version.number]
    return Revision(own[-1].old_root, f"receipt:{own[-1].receipt}") if own else None


def making_of(
    db: Database,
    version: Version,
    run: Run | None = None,
    revision: Revision | None = None,
    parent: Version | None = None,
) -> Making:
    """Return how *version* came about, as the control database says but for what is given."""
    made = run or get_run(db, version.run)
    withdrawal = get_withdrawal(db, made.id)
    return Making(
        run=made,
        inputs=run_inputs(db, made.id),
        parent=parent or _parent(db, version),
        environment=_environment(db, made.id),
        revision=revision,
        revisal=withdrawal.digest if withdrawal else None,
    )


def _parent(db: Database, version: Version) -> Version | None:
    if version.parent is None:
        return None
    try:
        return get_version(db, VersionRef(version.dataset, version.parent))
    except UnknownReference:
        return None


def _environment(db: Database, run: str) -> Environment:
    with db.connect() as connection:
        row = connection.execute(select(RUN_ENVIRONMENTS).where(RUN_ENVIRONMENTS.c.run == run)).one_or_none()
    return Environment(row.policy, row.libraries, policy_text_of(db, run)) if row else Environment()


def _policy_change(db: Database, version: Version) -> list[Event]:
    """Return what is logged if *version* was decided by another policy than the version before it."""
    parent = _parent(db, version)
    now = _environment(db, version.run).policy or NO_POLICY
    before = (_environment(db, parent.run).policy if parent else None) or NO_POLICY
    return [Event(POLICY, version.name, now, {"before": before})] if now != before else []
