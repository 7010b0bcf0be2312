"""The documentation of a version as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from corpushub.text.answers import table

if TYPE_CHECKING:
    from corpushub.requests.documentation import DocumentationReport, DocumentedField


def documentation(report: DocumentationReport) -> str:
    """Show what is said and what is missing, then what is stale."""
    head = report.version or "no version named: what this hub asks for"
    file = report.requirements or "no documentation.toml in the hub: all is recommended, nothing required"
    lines = [head, f"  {file}", "", table([_row(report, one) for one in report.fields])]
    if report.undocumented:
        lines += ["", f"made {report.undocumented}"]
    if report.stale:
        lines += ["", "stale", *stale(report)]
    return "\n".join(lines)


def stale(report: DocumentationReport) -> Iterator[str]:
    """Yield a line for each of what may not hold any more: what, why, since when."""
    for one in report.stale:
        yield f"  {one.field}: {one.cause} (since {one.since[:10]})"


def _row(report: DocumentationReport, one: DocumentedField) -> list[str]:
    lacks = "MISSING" if one.asked == "required" else "missing"
    said = "-" if report.version is None else "said" if one.filled else lacks
    personal = f"seems to hold {', '.join(one.personal_data)}" if one.personal_data else ""
    asked = "" if one.asked == "no" else one.asked
    return [one.name, asked, said, ", ".join(one.about), (one.since or "")[:10], personal]
