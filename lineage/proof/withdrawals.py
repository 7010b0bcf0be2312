"""Withdrawals in the audit log: one leaf when documents are withdrawn, one when the rules are lifted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Engine

from lineage.control.runs import RunState, get_run
from lineage.control.versions import version_of_run
from lineage.control.withdrawals import LIFT, WITHDRAW, Withdrawal, withdrawals
from lineage.hub import Hub


def log_withdrawals(hub: Hub, dataset: str) -> None:
    """Log the withdrawals of *dataset* that ended, and that rules were lifted, each once. Raises ProofError."""
    from lineage.audit_log import leaves, log  # cryptography is imported only where something is signed

    for run, one in withdrawals(hub.db, dataset).items():
        logged = {leaf.key for kind in (WITHDRAW, LIFT) for leaf in leaves.leaves_about(hub.db, kind, f"run:{run}")}
        for kind, facts in _happened(hub.db, one):
            event = leaves.Event(kind, f"run:{run}", one.digest, facts)
            if event.key not in logged:
                log.append(hub, event)


def _happened(db: Engine, withdrawal: Withdrawal) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what has happened of *withdrawal*, and facts of it."""
    if get_run(db, withdrawal.run).state in {RunState.COMMITTED, RunState.UNCHANGED}:
        version, parent = version_of_run(db, withdrawal.run), f"{withdrawal.dataset}@v{withdrawal.parent}"
        yield (
            WITHDRAW,
            {"version": version.name if version else None, "from": parent, "documents": withdrawal.documents},
        )
    if withdrawal.lifted:
        yield LIFT, {"when": withdrawal.lifted["when"]}
