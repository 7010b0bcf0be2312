"""Withdrawals on record: who had documents taken out of a dataset, when, by which rules, why, and what stays refused.

A withdrawal is recorded before its version is published, with its standing rules in the same transaction: from then on
no run takes such documents in again, also where the commit has yet to be finished.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

from lineage.control.versions import VersionCount
from lineage.hub.database import Database, delete, delete_each, insert, rows, update

WITHDRAW = "revise"
"""The step of ledger rows, and the kind of leaves in the audit log."""

LIFT = "lift"
"""The kind of leaves that tell that the rules of a withdrawal stand no more."""

DOCUMENT = "doc"
"""The kind of standing rules about one document."""

StandingRule = tuple[str, str]
"""Kind (host, uri-prefix, source, license or doc) and value of a rule that later runs obey."""


@dataclass(frozen=True)
class Withdrawal:
    """A withdrawal; see schema.REVISALS."""

    run: str
    dataset: str
    parent: int
    rules: Sequence[str]
    policy: str | None
    reason: str
    who: str
    created: str
    documents: int
    found: Mapping[str, int]
    lifted: Mapping[str, str] | None = None

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the record: what the audit log and the statement about its version name."""
        return hashlib.sha256(json.dumps(asdict(replace(self, lifted=None)), sort_keys=True).encode()).hexdigest()

    def summary(self) -> WithdrawalSummary:
        """Return what commands tell of it."""
        return WithdrawalSummary(
            run=f"run:{self.run}",
            who=self.who,
            when=self.created,
            why=self.reason,
            rules=tuple(self.rules),
            policy=self.policy,
            documents=self.documents,
            versions=tuple(
                VersionCount(f"{self.dataset}@v{number}", count)
                for number, count in sorted(self.found.items(), key=lambda item: int(item[0]))
            ),
            lifted=Lifting(**self.lifted) if self.lifted else None,
        )


@dataclass(frozen=True, slots=True)
class Lifting:
    """That the rules of a withdrawal stand no more.

    Attributes:
        who: who asked for it, as USER@HOST.
        when: RFC 3339, UTC.
        why: the reason given.
    """

    who: str
    when: str
    why: str


@dataclass(frozen=True, slots=True)
class WithdrawalSummary:
    """What commands tell of a withdrawal.

    Attributes:
        run: the run that carried it out, as run:ID.
        who: who asked for it, as USER@HOST.
        when: RFC 3339, UTC.
        why: the reason given.
        rules: as KIND:VALUE.
        policy: digest of the policy that judged, null if none did.
        documents: how many left the newest version.
        versions: those that held any when it was made, oldest first.
        lifted: null while its rules stand.
    """

    run: str
    who: str
    when: str
    why: str
    rules: tuple[str, ...]
    policy: str | None
    documents: int
    versions: tuple[VersionCount, ...]
    lifted: Lifting | None


def put_withdrawal(connection: Connection, withdrawal: Withdrawal, standing: Iterable[StandingRule]) -> None:
    """Record *withdrawal*, or record it anew, and the rules that stand from now on; those known stay as they are."""
    rules = set(standing) - set(_rules(connection, withdrawal.dataset))
    place = {"dataset": withdrawal.dataset, "run": withdrawal.run}
    delete(connection, "revisals", run=withdrawal.run)
    insert(connection, "revisals", [asdict(withdrawal)])
    insert(connection, "standing_rules", ({**place, "kind": kind, "value": value} for kind, value in sorted(rules)))


def withdrawals(db: Database, dataset: str | None = None) -> dict[str, Withdrawal]:
    """Return the withdrawals of *dataset*, or all, by run, oldest first."""
    where, values = ("", {}) if dataset is None else (" WHERE dataset = :dataset", {"dataset": dataset})
    found = rows(db, f"SELECT * FROM revisals{where} ORDER BY created, run", **values)
    return {str(row["run"]): Withdrawal(**row) for row in found}


def get_withdrawal(db: Database, run: str) -> Withdrawal | None:
    """Return the withdrawal that *run* carried out, None for every other run."""
    found = rows(db, "SELECT * FROM revisals WHERE run = :run", run=run)
    return Withdrawal(**found[0]) if found else None


def show_withdrawal(db: Database, run: str) -> WithdrawalSummary | None:
    """Return what is told of the withdrawal that *run* carried out, None for every other run."""
    withdrawal = get_withdrawal(db, run)
    return withdrawal.summary() if withdrawal else None


def standing_rules(db: Database, dataset: str) -> list[StandingRule]:
    """Return the rules that runs of *dataset* must obey, by kind and value."""
    return _rules(db, dataset)


def _rules(source: Database | Connection, dataset: str) -> list[StandingRule]:
    query = "SELECT kind, value FROM standing_rules WHERE dataset = :dataset ORDER BY kind, value"
    return [(str(row["kind"]), str(row["value"])) for row in rows(source, query, dataset=dataset)]


def lift_rules(connection: Connection, withdrawal: Withdrawal, lifted: Mapping[str, str]) -> None:
    """Let the rules that *withdrawal* set stand no more; record who did so, when and why.

    A rule that an earlier withdrawal had set already is that one's.
    """
    delete(connection, "standing_rules", run=withdrawal.run)
    update(connection, "revisals", {"lifted": dict(lifted)}, run=withdrawal.run)


def forget_documents(connection: Connection, doc_ids: Iterable[str]) -> None:
    """Forget the rules about *doc_ids*, which were erased: what refuses them from now on is the suppression."""
    delete_each(connection, "standing_rules", ({"kind": DOCUMENT, "value": one} for one in sorted(doc_ids)))
