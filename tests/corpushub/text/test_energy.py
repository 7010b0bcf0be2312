from __future__ import annotations

from dataclasses import replace

from corpushub.text import energy
from lineage.control.costs.attempts import Attempt, StageCost
from lineage.control.costs.energy import Measured, Modelled, Rates
from lineage.control.costs.totals import DatasetEnergy, RunEnergy, RunShare

STAGE = StageCost("annotate", 2.0, driver=0.5, workers=3.5, tasks=4, task_seconds=3.0, reused=2, reused_seconds=1.5)
COST = RunEnergy(
    cpu_seconds=4.0,
    driver_seconds=0.5,
    worker_seconds=3.5,
    failed_seconds=0.0,
    resumed_seconds=1.5,
    gb_hours=0.125,
    read_bytes=2000,
    written_bytes=1000,
    modelled=None,
    measured=None,
    missing=("its last moment",),
    attempts=(Attempt("r", "2024-01-02T03:04:05.000000Z", "committed", "local", (STAGE,)),),
)


def test_a_run_tells_what_it_cost() -> None:
    """In all, what was spared, what is not counted, and each attempt by stage; no energy where none is known."""
    assert energy.run(COST).splitlines() == [
        "",
        "cost",
        "  4.0 CPU s (driver 0.5, workers 3.5), 0.1250 GB h, 2.0 kB read, 1.0 kB written",
        "  0.0 CPU s in attempts that made nothing; resuming saved 1.5",
        "  not counted: its last moment",
        "",
        "  attempt of 2024-01-02T03:04:05, committed",
        "    annotate  2.0 s  driver 0.5  workers 3.5  4 tasks 3.0  2 reused 1.5",
    ]


def test_what_is_modelled_is_told_apart_from_what_is_measured() -> None:
    """Each in a line of its own, with its name before it, and only figures that there are."""
    both = replace(COST, modelled=Modelled(0.5, None, 2.0, Rates()), measured=Measured(0.25))
    lines = energy.run(both).splitlines()

    assert "  modelled: 0.5 kWh, 2 in money" in lines
    assert "  measured: 0.25 kWh of the whole machine meanwhile" in lines


def test_a_dataset_tells_its_life() -> None:
    """All runs, what failed, and what resuming and growing saved."""
    share = RunShare("run:r", "d@v1", 4.0, 1.0, 0.5, 0.0)
    cost = DatasetEnergy(
        "d", 4.0, 1.0, 0.5, 2.0, 0.125, Modelled(0.5, 100.0, None, Rates()), None, ("run:x",), (share,)
    )

    assert energy.total(cost).splitlines() == [
        "d: 4.0 CPU s, 0.1250 GB h",
        "  1.0 CPU s in attempts that made nothing",
        "  0.5 CPU s saved by resuming, 2.0 by growing",
        "  modelled: 0.5 kWh, 100 g CO2e",
        "  not counted: run:x",
        "  run:r  d@v1  4.0 CPU s",
    ]
