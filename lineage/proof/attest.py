"""Proof of versions: a signed statement for each manifest root that a version has had, and a leaf in the audit log.

Both are recorded in one transaction of the control database, so that there is never one without the other. A version
that a crash left without them gets them from the next command; one about which the log already speaks does not: it has
lost its statement, and ``verify`` says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, Engine, delete, insert, select

from lineage.audit_log import leaves, log
from lineage.audit_log.leaves import Event, Leaf
from lineage.audit_log.signing import open_signer, seal
from lineage.control.runs import get_run, run_inputs
from lineage.control.versions import Version, get_version, list_versions
from lineage.control.withdrawals import get_withdrawal
from lineage.errors import ProofError, UnknownReference
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.hub.schema import ATTESTATIONS, RUN_ENVIRONMENTS
from lineage.proof.statements import Environment, Making, Revision, statement
from lineage.proof.withdrawals import log_withdrawals
from lineage.references import VersionRef

VERSION = "version"
POLICY = "policy"
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


def record_environment(db: Engine, run: str, policy: str | None, libraries: Mapping[str, str]) -> None:
    """Record what *run* rests on, for the statement about its version."""
    row = {"run": run, "policy": policy, "libraries": dict(libraries)}
    with db.begin() as connection:
        connection.execute(delete(RUN_ENVIRONMENTS).where(RUN_ENVIRONMENTS.c.run == run))
        connection.execute(insert(RUN_ENVIRONMENTS), [row])


def take_over_environment(db: Engine, parent: str, run: str) -> None:
    """Record that *run*, which only rewrites what run *parent* made, rests on the same; nothing if that is unknown."""
    with db.begin() as connection:
        known = connection.execute(select(RUN_ENVIRONMENTS).where(RUN_ENVIRONMENTS.c.run == parent)).one_or_none()
        connection.execute(delete(RUN_ENVIRONMENTS).where(RUN_ENVIRONMENTS.c.run == run))
        if known:
            connection.execute(insert(RUN_ENVIRONMENTS), [{**known._mapping, "run": run}])


def attest_missing(hub: Hub, dataset: str) -> list[str]:
    """Attest the versions of *dataset* that have no statement yet, oldest first; return their names.

    Raises ProofError; the versions stay as they are, and the next call goes on.
    """
    try:
        log.catch_up(hub)
        names = [*_attest_each(hub, dataset)]
        log_withdrawals(hub, dataset)
        return names
    except OSError as error:
        message = f"cannot write proof into {hub.home.path}: {error.strerror or type(error).__name__}; "
        raise ProofError(message + "the versions are as before; make room or give permission, and run again") from error


def _attest_each(hub: Hub, dataset: str) -> Iterator[str]:
    for version in reversed(list_versions(hub.db, dataset)):
        if not attestations(hub.db, version) and not leaves.leaves_about(hub.db, VERSION, version.name):
            attest_version(hub, version)
            yield version.name


def attest_version(hub: Hub, version: Version, revision: Revision | None = None) -> Attestation:
    """Sign and log a statement about *version* as it is now, once; *revision* says why its files were replaced.

    Raises ProofError if it could not be signed or logged.
    """
    root = version.manifest_root
    made = [item for item in attestations(hub.db, version) if item.manifest_root == root]
    if made:
        return made[0]
    making = _making(hub.db, version, revision)
    if revision is None:
        _log_policy(hub, version, making)
    payload = statement(version, making)
    digest = hashlib.sha256(payload).hexdigest()
    envelope = orjson.dumps(seal(payload, open_signer(hub.home))).decode()

    def record(connection: Connection, leaf: Leaf) -> None:
        place = {"log": leaf.log, "leaf": leaf.index, "created": now()}
        row = {"dataset": version.dataset, "number": version.number, "manifest_root": root}
        connection.execute(insert(ATTESTATIONS), [{**row, "envelope": envelope, "statement": digest, **place}])

    log.append(hub, Event(VERSION, version.name, digest, {"manifest_root": root}), record)
    return next(item for item in attestations(hub.db, version) if item.manifest_root == root)


def attest_erasure(hub: Hub, erasure: Event, revised: Iterable[tuple[Version, str]]) -> Leaf:
    """Log an erasure, attest each version that it revised, and forget the statements about their old files.

    *erasure* names the receipt and its digest: ``Event("erasure", RECEIPT, SHA256, {...})``; *revised* are the versions
    as they are now, each with the manifest root it had. May be repeated after a crash. Returns the leaf of the erasure.
    Raises ProofError if something could not be signed or logged.
    """
    leaf = log.append(hub, erasure)
    for version, old_root in revised:
        attest_version(hub, version, Revision(old_root, erasure.subject))
        if old_root != version.manifest_root:
            forget_statement(hub.db, version, old_root)
    return leaf


def attestations(db: Engine, version: Version) -> list[Attestation]:
    """Return the statements about *version* in the order of their making: one, and one for each later revision."""
    same = (ATTESTATIONS.c.dataset == version.dataset) & (ATTESTATIONS.c.number == version.number)
    with db.connect() as connection:
        rows = connection.execute(select(ATTESTATIONS).where(same).order_by(ATTESTATIONS.c.created))
        return [Attestation(**row._mapping) for row in rows]


def forget_statement(db: Engine, version: Version, manifest_root: str) -> None:
    """Forget the statement about the files that *version* had with *manifest_root*; its leaf stays, unlinkable."""
    for item in attestations(db, version):
        if item.manifest_root == manifest_root:
            leaves.forget_leaf(db, item.log, item.leaf)
    same = (ATTESTATIONS.c.dataset == version.dataset) & (ATTESTATIONS.c.number == version.number)
    with db.begin() as connection:
        connection.execute(delete(ATTESTATIONS).where(same & (ATTESTATIONS.c.manifest_root == manifest_root)))


def _making(db: Engine, version: Version, revision: Revision | None) -> Making:
    run = get_run(db, version.run)
    parent = _parent(db, version)
    withdrawal = get_withdrawal(db, run.id)
    digest = withdrawal.digest if withdrawal else None
    return Making(run, run_inputs(db, run.id), parent, _environment(db, run.id), revision, digest)


def _parent(db: Engine, version: Version) -> Version | None:
    if version.parent is None:
        return None
    try:
        return get_version(db, VersionRef(version.dataset, version.parent))
    except UnknownReference:
        return None


def _environment(db: Engine, run: str) -> Environment:
    with db.connect() as connection:
        row = connection.execute(select(RUN_ENVIRONMENTS).where(RUN_ENVIRONMENTS.c.run == run)).one_or_none()
    return Environment(row.policy, row.libraries) if row else Environment()


def _log_policy(hub: Hub, version: Version, making: Making) -> None:
    """Log that *version* was decided by another policy than the version before it."""
    now = making.environment.policy or NO_POLICY
    before = (_environment(hub.db, making.parent.run).policy if making.parent else None) or NO_POLICY
    if now != before:
        log.append(hub, Event(POLICY, version.name, now, {"before": before}))
