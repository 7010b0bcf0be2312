"""Put an erasure on record: with its leaf in the audit log, and statements about the versions as they are from then on.

All of it is one transaction: what is erased, the leaf, the new statements, and that the old ones are forgotten.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection

from lineage.control.erasures import ErasureState, Revision, move
from lineage.control.records import SUPPRESSED, receipt_record, rules_record, version_record
from lineage.control.versions import Version, list_datasets
from lineage.hub import Hub


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure changes.

    Attributes:
        receipt: its id.
        documents: how many it erases.
        versions: those that it revises, oldest first within each dataset, as they will be.
        revisions: of these versions, likewise.
        behind: the first versions without a file that it replaces, NAME@vN: their records name what they left out.
    """

    receipt: str
    documents: int
    versions: Sequence[Version]
    revisions: Sequence[Revision]
    behind: Sequence[str] = ()


def log_erasure(hub: Hub, erased: Erased, record: Callable[[Connection], None]) -> None:
    """Carry *record* out, log the erasure, attest what it revised, and forget the statements about what was there.

    Raises ProofError, with nothing recorded, if something could not be signed or is not what the log says.
    """
    from lineage.audit_log.audit import ERASURE
    from lineage.audit_log.leaves import Event
    from lineage.proof.attest import attest_revised  # cryptography is imported only where something is signed

    whole = {"receipt": erased.receipt, "revisions": [asdict(one) for one in erased.revisions]}
    facts = {"documents": erased.documents, "versions": len(erased.revisions)}
    event = Event(ERASURE, f"receipt:{erased.receipt}", _digest({**whole, **facts}), facts)
    names = [SUPPRESSED, receipt_record(erased.receipt), *map(rules_record, list_datasets(hub.db))]
    names += map(version_record, erased.behind)
    roots = [one.old_root for one in erased.revisions]
    attest_revised(hub, event, names, [*zip(erased.versions, roots, strict=True)], record)


def log_end(hub: Hub, receipt: str, finished: str) -> None:
    """Record and log that the erasure *receipt* is verified, and since when. Raises ProofError."""
    from lineage.audit_log.leaves import Event
    from lineage.proof.records import log_records

    def record(connection: Connection, _: object) -> list[Event]:
        move(connection, receipt, ErasureState.VERIFIED, finished=finished)
        return [Event("erased", f"receipt:{receipt}", _digest({"receipt": receipt, "finished": finished}))]

    log_records(hub, [receipt_record(receipt)], record)


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def sign_rest(hub: Hub) -> None:
    """Sign what a crash kept from being signed: nothing but leaves that were placed with a signature."""
    from lineage.audit_log.log import catch_up

    catch_up(hub)
