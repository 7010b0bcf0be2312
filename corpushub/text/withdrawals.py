"""Answers about withdrawals as text. Pure functions from the JSON answers to strings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Answer = Mapping[str, Any]


def withdrawn(content: Answer) -> str:
    """Show what a withdrawal did, or would do."""
    verb = "would go" if content["dry_run"] else "go"
    lines = [f"{content['matched']:,} documents of {content['from']} {verb}"]
    lines += [f"  {one['documents']:>9,}  {one['reason']}  {one['detail']}" for one in content["reasons"]]
    if content["copies"]:
        lines.append(f"{content['copies']:,} copies of them stay dropped; `corpushub run --full` decides on those anew")
    lines += ["", "held by"] if content["versions"] else []
    lines += [f"  {one['version']}: {one['documents']:,} documents" for one in content["versions"]]
    lines += ["", "for example"] if content["examples"] else []
    lines += [f"  {one['ref']}  {one['license'] or 'unknown'}  {one['uri'] or '-'}" for one in content["examples"]]
    return "\n".join([*lines, "", _outcome(content)])


def _outcome(content: Answer) -> str:
    if content["dry_run"]:
        return "nothing was changed"
    if content["revisal"] is None and content["erased"] is None:
        return "there was nothing to do, and nothing was changed"
    made = f"{content['version']} is without them" if content["version"] else f"{content['from']} is without them"
    lines = [f"{made}, and later runs refuse them"]
    if content["erased"]:
        erased = content["erased"]
        verdict = "" if erased["verified"] else ", AND SOMETHING IS LEFT"
        lines.append(f"{erased['receipt']}: {erased['matched']:,} documents erased from every version{verdict}")
    return "\n".join([*lines, *([content["unattested"]] if content["unattested"] else [])])


def lifted(content: Answer) -> str:
    """Show that rules stand no more."""
    told = f"later runs of {content['dataset']} take in again what {content['run']} refused: "
    told += f"{_rules(content['revisal'])}; all versions are as before"
    return "\n".join([told, *([content["unattested"]] if content["unattested"] else [])])


def mark(withdrawal: Answer | None) -> str:
    """Show in a list of versions or runs that one is a withdrawal; "" if it is not."""
    if withdrawal is None:
        return ""
    lifted = (
        f" (lifted by {withdrawal['lifted']['who']}: {withdrawal['lifted']['why']})" if withdrawal["lifted"] else ""
    )
    who, less = f"withdrawn by {withdrawal['who']}", f"{withdrawal['documents']:,} documents less"
    return f"{who}: {less} ({_rules(withdrawal)}): {withdrawal['why']}{lifted}"


def _rules(withdrawal: Answer) -> str:
    return ", ".join([*withdrawal["rules"], *(["a policy"] if withdrawal["policy"] else [])])
