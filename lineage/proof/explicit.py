"""Sign what no leaf of the log speaks of, because somebody who looks after the hub says so in as many words.

Runs, erasures and withdrawals sign what they make while they make it. What is left are versions that were made while no
key could be used, and records of releases that did not log them: they are shown first, as they are now. What the log
speaks of already is never signed over, and nothing is signed while the log is not what was signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import orjson
from sqlalchemy import Connection

from lineage.audit_log.audit import FORGETS, RECORDS, Said, audit, doubtful
from lineage.audit_log.leaves import Event, has_leaves
from lineage.audit_log.log import Log, append_change, checked_log, newest_note, take_over
from lineage.audit_log.signing import trusted_keys
from lineage.control.records import digests, run_record, version_record
from lineage.control.version_files import version_manifest
from lineage.control.versions import Version, get_version, list_datasets, list_versions
from lineage.errors import LogDamaged, ProofError, UnknownReference
from lineage.hub import Hub
from lineage.hub.altered import require_unaltered
from lineage.hub.locks import wait_among_homes
from lineage.proof.attest import revision_now, sign_statement
from lineage.proof.records import HUB
from lineage.references import VersionRef, parse_version

_COVERED = "records"


@dataclass(frozen=True, slots=True)
class StatementToSign:
    """A version about which a statement is to be signed, as it is now.

    Attributes:
        version: NAME@vN.
        manifest_root: the digest of its list of files.
        files: how many it has.
        documents: how many it keeps.
        run: run:ID of the run that is said to have made it.
        created: RFC 3339, UTC.
    """

    version: str
    manifest_root: str
    files: int
    documents: int
    run: str
    created: str


@dataclass(frozen=True, slots=True)
class RecordToSign:
    """A record that a leaf is to speak of, as it is now.

    Attributes:
        record: its name, as version:NAME@vN or receipt:ID.
        digest: SHA-256 (hex) of it.
    """

    record: str
    digest: str


@dataclass(frozen=True, slots=True)
class Signing:
    """What is to be signed because somebody says so, or was.

    Attributes:
        ref: what was asked for: NAME@vN, a record, or "hub" for all that no leaf speaks of.
        versions: about which statements are signed.
        records: that a leaf speaks of from then on.
        warnings: what to think of first.
        signed: whether it was done.
    """

    ref: str
    versions: tuple[StatementToSign, ...]
    records: tuple[RecordToSign, ...]
    warnings: tuple[str, ...]
    signed: bool


def preview_signing(hub: Hub, ref: str) -> Signing:
    """Return what would be signed for *ref*: a version, a record (receipt:ID, run:ID), or "hub" for all there is.

    Raises ProofError if the log speaks of it already, or is not what was signed; UnknownReference if there is none.
    """
    with wait_among_homes(hub.home, "log"):  # others may append meanwhile
        take_over(hub)
        said = _said(hub)
        with hub.db.connect() as connection:
            present = digests(connection)
    unspoken = {name: digest for name, digest in present.items() if name not in said.records}
    versions = [*_unspoken(hub, said)]
    if ref != HUB:
        versions, unspoken = _chosen(hub, ref, said, (versions, unspoken, present))
    warnings = []
    if newest_note(hub.home) is None and trusted_keys(hub.home):
        warnings.append(
            "this hub has a signing key, and no log: if it ever had one, that is lost, and a new one begins"
        )
    warnings += [f"{path}: {words}" for path, words in doubtful(said)] if ref == HUB else []
    warnings += [f"{one.name} was made, or changed, while nobody signed it: look at its run first" for one in versions]
    return Signing(
        ref=ref,
        versions=tuple(_shown(hub, one) for one in versions),
        records=tuple(RecordToSign(name, digest) for name, digest in sorted(unspoken.items())),
        warnings=tuple(warnings),
        signed=False,
    )


def sign(hub: Hub, shown: Signing) -> Signing:
    """Sign and log what *shown*, which preview_signing returned, lists; LogDamaged if it is not as it was shown."""
    if not shown.records and not shown.versions and not shown.warnings:
        raise ProofError(f"there is nothing to sign for {shown.ref}: the log speaks of all of it; nothing was signed")
    versions = [get_version(hub.db, parse_version(one.version)) for one in shown.versions]
    signed = [sign_statement(hub, one, revision=revision_now(hub.db, one)) for one in versions]
    names = [one.record for one in shown.records]
    content = orjson.dumps([[one.record, one.digest] for one in shown.records])
    event = Event(_COVERED, shown.ref, hashlib.sha256(content).hexdigest())

    def change(connection: Connection, log: Log) -> list[Event]:
        """Return what is logged, all of it being as it was shown."""
        said = audit(hub.db, log, [*trusted_keys(hub.home).values()])
        _refuse(said)
        require_unaltered(connection)
        made = digests(connection, names)
        if any(
            name in said.records or made.get(name) != one.digest for name, one in zip(names, shown.records, strict=True)
        ):
            raise LogDamaged("what is to be signed is not as it was shown; nothing was signed; look at it again")
        if any(said.speaks_of(one.name) for one in versions):
            raise LogDamaged("the log has come to speak of a version that is to be signed; nothing was signed")
        gone = {str(index): "unknown" for index in said.doubts} if shown.ref == HUB else {}
        return [*(one.event for one in signed), replace(event, facts={RECORDS: made, FORGETS: gone})]

    append_change(hub, change)
    return replace(shown, signed=True)


def _said(hub: Hub) -> Said:
    """Return what the log says; ProofError if it is not what was signed."""
    if newest_note(hub.home) is None and not has_leaves(hub.db):
        return Said("")
    keys = [*trusted_keys(hub.home).values()]
    log, problem = checked_log(hub, keys)
    if problem:
        raise LogDamaged(f"audit log: {problem}; nothing was signed; `corpushub verify` names all that is wrong")
    said = audit(hub.db, log, keys)
    _refuse(said)
    return said


def _refuse(said: Said) -> None:
    for path, problem in said.problems:
        raise LogDamaged(f"{path}: {problem}; nothing was signed; `corpushub verify` names all that is wrong")


def _unspoken(hub: Hub, said: Said) -> Iterator[Version]:
    """Yield the versions that no leaf ever spoke of, oldest first."""
    for dataset in list_datasets(hub.db):
        for version in reversed(list_versions(hub.db, dataset)):
            if not said.speaks_of(version.name):
                yield version


def _chosen(
    hub: Hub, ref: str, said: Said, found: tuple[list[Version], dict[str, str], dict[str, str]]
) -> tuple[list[Version], dict[str, str]]:
    """Return of what was *found* (versions and records to sign, all records) what *ref* names."""
    versions, unspoken, present = found
    if ref in present or ref in said.records:
        if ref not in unspoken:
            raise ProofError(f"the audit log speaks of {ref} already; nothing was signed; {_ADVICE}")
        return [], {ref: unspoken[ref]}
    version = _version(hub, ref)
    if places := said.speaks_of(version.name):
        message = f"leaf {places[-1]} of the audit log speaks of {version.name} already; nothing was signed; "
        raise ProofError(message + _ADVICE)
    names: Collection[str] = (version_record(version.name), run_record(version.run))
    return [one for one in versions if one == version], {name: unspoken[name] for name in names if name in unspoken}


_ADVICE = "`corpushub verify` says what is wrong; what was lost is restored from a copy of the hub, never signed anew"


def _version(hub: Hub, ref: str) -> Version:
    try:
        target = parse_version(ref)
    except UnknownReference as error:
        message = f"there is no {ref} to sign; nothing was signed; name a version, receipt:ID, run:ID or hub"
        raise UnknownReference(message) from error
    return get_version(hub.db, VersionRef(target.dataset, target.number, target.revision))


def _shown(hub: Hub, version: Version) -> StatementToSign:
    return StatementToSign(
        version=version.name,
        manifest_root=version.manifest_root,
        files=sum(len(some) for some in version_manifest(hub.db, version).values()),
        documents=version.documents,
        run=f"run:{version.run}",
        created=version.created,
    )
