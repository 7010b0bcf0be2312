"""Withdrawals in the audit log: a leaf when documents are withdrawn, and one when the rules are lifted.

Each is placed in the transaction that records it, with the rules that stand for the dataset from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from lineage.audit_log.audit import Said
from lineage.audit_log.leaves import Event
from lineage.control.records import rules_record, withdrawal_record
from lineage.control.withdrawals import LIFT, WITHDRAW, StandingRule, Withdrawal, lift_rules, put_withdrawal
from lineage.hub import Hub
from lineage.proof.records import log_records


def log_withdrawal(hub: Hub, withdrawal: Withdrawal, standing: Iterable[StandingRule]) -> None:
    """Record and log *withdrawal* and the rules that stand from now on; those known stay as they are.

    Raises ProofError; nothing is recorded then.
    """

    def record(connection: Connection, _: Said) -> list[Event]:
        put_withdrawal(connection, withdrawal, standing)
        facts = {"from": f"{withdrawal.dataset}@v{withdrawal.parent}", "documents": withdrawal.documents}
        return [Event(WITHDRAW, f"run:{withdrawal.run}", withdrawal.digest, facts)]

    log_records(hub, _names(withdrawal), record)


def log_lift(hub: Hub, withdrawal: Withdrawal, lifted: Mapping[str, str]) -> None:
    """Let the rules of *withdrawal* stand no more; record and log who did so, when and why. Raises ProofError."""

    def record(connection: Connection, _: Said) -> list[Event]:
        lift_rules(connection, withdrawal, lifted)
        return [Event(LIFT, f"run:{withdrawal.run}", withdrawal.digest, {"when": lifted["when"]})]

    log_records(hub, _names(withdrawal), record)


def _names(withdrawal: Withdrawal) -> tuple[str, str]:
    """Return the records that a change of *withdrawal* changes."""
    return withdrawal_record(withdrawal.run), rules_record(withdrawal.dataset)
