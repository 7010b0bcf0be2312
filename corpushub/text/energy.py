"""What runs cost, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from corpushub.text.answers import size, table

if TYPE_CHECKING:
    from lineage.control.costs.attempts import Attempt
    from lineage.control.costs.energy import Measured, Modelled
    from lineage.control.costs.totals import DatasetEnergy, RunEnergy


def run(cost: RunEnergy) -> str:
    """Show what a run cost: by stage, in all, and as energy."""
    who = f"driver {cost.driver_seconds:,.1f}, workers {cost.worker_seconds:,.1f}"
    moved = f"{size(cost.read_bytes)} read, {size(cost.written_bytes)} written"
    lines = ["", "cost", f"  {cost.cpu_seconds:,.1f} CPU s ({who}), {cost.gb_hours:.4f} GB h, {moved}"]
    if cost.failed_seconds or cost.resumed_seconds:
        words = f"{cost.failed_seconds:,.1f} CPU s in attempts that made nothing; resuming saved "
        lines.append(f"  {words}{cost.resumed_seconds:,.1f}")
    lines += [f"  {words}" for words in _energy(cost.modelled, cost.measured)]
    lines += [f"  not counted: {words}" for words in cost.missing]
    return "\n".join([*lines, *map(_attempt, cost.attempts)])


def total(cost: DatasetEnergy) -> str:
    """Show what a dataset has cost."""
    lines = [f"{cost.dataset}: {cost.cpu_seconds:,.1f} CPU s, {cost.gb_hours:.4f} GB h"]
    lines.append(f"  {cost.failed_seconds:,.1f} CPU s in attempts that made nothing")
    lines.append(f"  {cost.resumed_seconds:,.1f} CPU s saved by resuming, {cost.growth_seconds:,.1f} by growing")
    lines += [f"  {words}" for words in _energy(cost.modelled, cost.measured)]
    lines += [f"  not counted: {words}" for words in cost.missing]
    rows = [[one.run, one.version or "-", f"{one.cpu_seconds:,.1f} CPU s"] for one in cost.runs]
    return "\n".join([*lines, table(rows)] if rows else lines)


def _energy(modelled: Modelled | None, measured: Measured | None) -> Iterator[str]:
    if modelled is not None:
        told = [(modelled.kwh, "kWh"), (modelled.grams, "g CO2e"), (modelled.cost, "in money")]
        figures = ", ".join(f"{figure:g} {unit}" for figure, unit in told if figure is not None)
        yield f"modelled: {figures}"
    if measured is not None:
        yield f"measured: {measured.kwh:g} kWh of the whole machine meanwhile"


def _attempt(attempt: Attempt) -> str:
    head = f"\n  attempt of {attempt.started[:19]}, {attempt.state}"
    rows: Sequence[Sequence[str]] = [
        [
            one.stage,
            f"{one.seconds:.1f} s",
            f"driver {one.driver:.1f}",
            f"workers {one.workers:.1f}",
            f"{one.tasks} tasks {one.task_seconds:.1f}",
            f"{one.reused} reused {one.reused_seconds:.1f}" if one.reused else "",
        ]
        for one in attempt.stages
    ]
    return f"{head}\n{table(rows, indent='    ')}"
