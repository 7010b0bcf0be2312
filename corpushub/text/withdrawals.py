"""Answers about withdrawals as text. Pure functions from answers to strings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpushub.requests.withdraw import LiftReport, WithdrawalReport
    from lineage.control.withdrawals import WithdrawalSummary


def withdrawn(report: WithdrawalReport) -> str:
    """Show what a withdrawal did, or would do."""
    verb = "would go" if report.dry_run else "go"
    lines = [f"{report.matched:,} documents of {report.from_} {verb}"]
    lines += [f"  {one.documents:>9,}  {one.reason}  {one.detail}" for one in report.reasons]
    if report.copies:
        lines.append(f"{report.copies:,} copies of them stay dropped; `corpushub run --full` decides on those anew")
    lines += ["", "held by"] if report.versions else []
    lines += [f"  {one.version}: {one.documents:,} documents" for one in report.versions]
    lines += ["", "for example"] if report.examples else []
    lines += [f"  {one.ref}  {one.license or 'unknown'}  {one.uri or '-'}" for one in report.examples]
    return "\n".join([*lines, "", _outcome(report)])


def _outcome(report: WithdrawalReport) -> str:
    if report.dry_run:
        return "nothing was changed"
    if report.revisal is None and report.erased is None:
        return "there was nothing to do, and nothing was changed"
    lines = [f"{report.version or report.from_} is without them, and later runs refuse them"]
    if report.erased:
        erased = report.erased
        verdict = "" if erased.verified else ", AND SOMETHING IS LEFT"
        lines.append(f"{erased.receipt}: {erased.matched:,} documents erased from every version{verdict}")
    return "\n".join([*lines, *([report.unattested] if report.unattested else [])])


def lifted(report: LiftReport) -> str:
    """Show that rules stand no more."""
    told = f"later runs of {report.dataset} take in again what {report.run} refused: "
    told += f"{_rules(report.revisal)}; all versions are as before"
    return "\n".join([told, *([report.unattested] if report.unattested else [])])


def mark(withdrawal: WithdrawalSummary | None) -> str:
    """Show in a list of versions or runs that one is a withdrawal; "" if it is not."""
    if withdrawal is None:
        return ""
    lifting = withdrawal.lifted
    lifted = f" (lifted by {lifting.who}: {lifting.why})" if lifting else ""
    who, less = f"withdrawn by {withdrawal.who}", f"{withdrawal.documents:,} documents less"
    return f"{who}: {less} ({_rules(withdrawal)}): {withdrawal.why}{lifted}"


def _rules(withdrawal: WithdrawalSummary) -> str:
    return ", ".join([*withdrawal.rules, *(["a policy"] if withdrawal.policy else [])])
