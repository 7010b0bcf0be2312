"""Answers about erasures as text. Pure functions from answers to strings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpushub.text.answers import table

if TYPE_CHECKING:
    from corpushub.running.unfinished import ErasureReport, FinishedErasures
    from lineage.control.erasures import Receipt
    from lineage.control.people.exports import ExportRecord

_LISTED = 20


def dry_run(report: ErasureReport) -> str:
    """Show what an erasure would do."""
    lines = [f"{report.matched:,} documents would be erased", *_versions(report)]
    lines += [f"  {one.dataset}  {one.doc_id}" for one in report.documents[:_LISTED]]
    if len(report.documents) > _LISTED:
        lines.append(f"  {_LISTED} of {len(report.documents)}; --json has all")
    return "\n".join([*lines, *_unsearched(report), *_to_tell(report), "nothing was changed"])


def erased(report: ErasureReport) -> str:
    """Show what an erasure did."""
    lines = [f"{report.receipt}: {report.matched:,} documents erased", *_versions(report)]
    lines += [f"  still there: {one.path}: {one.problem}" for one in report.remains]
    verdict = "nothing of the subject was found in the hub" if report.verified else "something is left, see above"
    end = f"{verdict}; `corpushub show {report.receipt}` has the receipt"
    return "\n".join([*lines, *_unsearched(report), *_to_tell(report), end])


def resumed(found: FinishedErasures) -> str:
    """Show what was finished."""
    return "\n".join(erased(one) for one in found.finished) or "no erasure is unfinished"


def receipt(receipt: Receipt) -> str:
    """Show a receipt."""
    lines = [f"{receipt.receipt}  {receipt.state}"]
    names = ("created", "finished", "reason", "key", "salt", "matched")
    lines += [f"  {name:10} {getattr(receipt, name)}" for name in names]
    if receipt.files:
        lines.append("  {:10} {rewritten:,} rewritten, {removed:,} removed".format("files", **receipt.files))
    lines += ["", "requests", table([[one.kind, one.hash] for one in receipt.requests]), "", "versions"]
    for one in receipt.versions:
        lines.append(f"  {one.revision}  {one.documents:,} documents fewer")
        lines.append(f"    {one.old_root} is now {one.new_root}")
    lines += ["", *_unsearched(receipt)] if receipt.unsearched else []
    lines += ["", *_to_tell(receipt)] if receipt.exports else []
    return "\n".join([*lines, "", "out of reach", *(f"  {one}" for one in receipt.out_of_reach)])


def _versions(report: ErasureReport) -> list[str]:
    return [f"  {one.version}: {one.documents:,} documents" for one in report.versions]


def _unsearched(report: ErasureReport | Receipt) -> list[str]:
    lines = [f"  {one.version or 'everywhere'}: {one.why}" for one in report.unsearched]
    return ["not looked for", *lines] if lines else []


def _to_tell(report: ErasureReport | Receipt) -> list[str]:
    lines = [f"  {export_line(one)}" for one in report.exports]
    return ["who must be told: exports that hold what goes", *lines] if lines else []


def export_line(one: ExportRecord) -> str:
    """Show an export in one line."""
    given = f"to {one.recipient}" if one.recipient else "to nobody knows whom"
    purpose = f" for {one.purpose}" if one.purpose else ""
    return f"{one.version} {given}{purpose}, {one.documents:,} documents as {one.form}, {one.created[:16]}Z"
