"""Statistics and losses in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from corpushub.text.answers import size, table
from lineage.statistics.losses import FEW

if TYPE_CHECKING:
    from lineage.statistics.answers import VersionStatistics
    from lineage.statistics.losses import Losses, Taken
    from lineage.statistics.model import Share, Signal

MOST = 12
"""Rows of a list that are shown; --json has all."""


def losses(found: Losses) -> str:
    """Show what was kept and dropped: first of whom a filter took most."""
    totals = found.totals
    read = f"{totals.read:,} read: {totals.kept:,} kept, {totals.dropped:,} dropped, {totals.failed:,} failed"
    lines = [f"{found.version}  {read}; {_percent(found.rate)} dropped"]
    if found.taken:
        lines += ["", _most(found.taken[0])]
        lines += ["", f"of whom {'each reason' if found.by == 'reason' else 'each filter'} took most"]
        head = ["reason" if found.by == "reason" else "step", "of", "dropped", "read", "rate", "of all", "ratio"]
        lines.append(table(_numbers([head, *map(_taken, found.taken)])))
    lines += ["", f"by {found.by}"]
    kept = found.by != "reason"
    head = [found.by, *(["read", "kept"] if kept else []), "dropped", "failed", "rate", "ratio" if kept else "share"]
    rows = [
        [
            one.name,
            *([one.read, one.kept] if kept else []),
            one.dropped,
            one.failed,
            _percent(one.rate),
            _ratio(one.ratio),
        ]
        for one in found.losses
        if one.read >= FEW
    ]
    lines.append(table(_numbers([head, *rows])))
    few = [one for one in found.losses if one.read < FEW]
    if few:
        ends = [f"{sum(getattr(one, end) for one in few):,} {end}" for end in ("read", "kept", "dropped", "failed")]
        lines.append(f"  {len(few)} more of fewer than {FEW} records: {', '.join(ends)}; --json has all")
    return "\n".join(lines)


def statistics(told: VersionStatistics) -> str:
    """Show the statistics of a version: the largest of everything, and the quantiles of its signals."""
    found, totals = told.statistics, told.statistics.totals
    lines = [f"{told.version}  {totals.kept:,} documents  {size(totals.bytes)} of text"]
    lines.append(
        f"  {totals.read:,} read, {totals.changed:,} changed, {totals.dropped:,} dropped, {totals.failed:,} failed"
    )
    shares = {"languages": found.languages, "licenses": found.licenses, "sources": found.sources}
    for name, some in shares.items():
        lines += ["", name, _shares(some, totals.bytes)]
    lines += ["", f"domains ({found.domains.distinct:,})", _shares(found.domains.listed, totals.bytes)]
    lines += ["", "months of capture", _shares(sorted(found.months, key=lambda one: -one.bytes), totals.bytes)]
    if found.signals:
        head = ["signal", "values", "least", "1 %", "25 %", "50 %", "75 %", "99 %", "greatest"]
        lines += ["", "signals", table(_numbers([head, *map(_signal, found.signals)]))]
    if found.scanned:
        rows = [[one.spans, one.documents, one.type] for one in found.personal_data]
        lines += ["", f"personal data (spans, documents; {found.scanned:,} documents were searched)", table(rows)]
    lines += ["", "duplicates (size, clusters, dropped)"]
    lines.append(table([[one.size, one.clusters, one.dropped] for one in found.clusters[:MOST]]))
    lines += ["", "consent (kept, dropped)"]
    lines.append(
        table([[one.kept, one.dropped, f"{one.kind} {one.answer} ({one.where})"] for one in found.consent[:MOST]])
    )
    return "\n".join(lines)


def _most(one: Taken) -> str:
    """Say of whom a filter took most."""
    part = f"{one.dropped:,} of {one.read:,} ({_percent(one.rate)})"
    return f"{one.reason or one.step} took most of {one.name}: {part}, and {_percent(one.mean)} of all"


def _taken(one: Taken) -> list[Any]:
    name = one.reason or one.step
    return [name, one.name, one.dropped, one.read, _percent(one.rate), _percent(one.mean), _ratio(one.ratio)]


def _signal(one: Signal) -> list[Any]:
    at = {quantile.percent: quantile.value for quantile in one.quantiles}
    values = [one.min, *(at.get(percent) for percent in (1, 25, 50, 75, 99)), one.max]
    return [one.name, one.documents, *("" if value is None else f"{value:.6g}" for value in values)]


def _shares(some: Sequence[Share], whole: int) -> str:
    rows = [
        [one.documents, size(one.bytes), _percent(one.bytes / whole if whole else 0), one.name] for one in some[:MOST]
    ]
    more = f"\n  {MOST} of {len(some):,}; --json has all" if len(some) > MOST else ""
    return table(_numbers(rows, first=0)) + more


def _numbers(rows: Iterable[Sequence[Any]], first: int = 1) -> list[list[str]]:
    """Return *rows* as text, with all columns from *first* on to the right but the last ones of words."""
    cells = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)] if cells else []
    right = [at >= first and all(_is_number(row[at]) for row in cells[first:]) for at in range(len(widths))]
    return [
        [
            cell.rjust(width) if to_the_right else cell
            for cell, width, to_the_right in zip(row, widths, right, strict=True)
        ]
        for row in cells
    ]


def _is_number(cell: str) -> bool:
    return not cell or cell[0].isdigit() or cell[0] == "-"


def _percent(part: float) -> str:
    return f"{part * 100:.1f} %"


def _ratio(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"
