"""Clusters whose workers share nothing with the driver but a database and a store give the bytes of the local runner.

So they do whatever is killed meanwhile: a worker with all its tasks, or the driver, whose work another cluster goes on
with.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

COMMAND = Path(sys.executable).with_name("corpushub")
RUNNERS = ("dask", "ray")

RootOf = Callable[[Path], str]


@pytest.fixture(params=RUNNERS)
def cluster(request: pytest.FixtureRequest) -> Any:
    """Return each cluster in turn."""
    return request.getfixturevalue(request.param)


def killed(lines: Any, cluster: Any, stages: list[str]) -> tuple[dict[str, int], str]:
    """Kill a worker in the middle of each of *stages*; return how many tasks were done then, and the manifest root."""
    done: dict[str, int] = {}
    for line in lines:
        if "root" in line:
            return done, str(line["root"])
        under_way = line["stage"] in stages and line["finished"] < line["tasks"]
        if under_way and line["stage"] not in done and (line["finished"] or line["stage"] != "annotate"):
            done[line["stage"]] = line["finished"]
            cluster.lose()
    raise AssertionError("the run has said nothing of its end")


def test_the_quickstart_is_the_same(cluster: Any, quickstart: Path, drive: Any, root_of: RootOf, homes: Path) -> None:
    """Workers that cannot see the home, on each engine, make the files that the local runner makes."""
    assert drive(quickstart, cluster).root() == root_of(quickstart)
    assert [one.sees(homes) for one in cluster.workers] == [[], []]


def test_an_erasure_is_work_for_a_cluster(cluster: Any, quickstart: Path, drive: Any, homes: Path) -> None:
    """Files that an erasure rewrites and searches are rewritten and searched by workers that do not see the home."""
    drive(quickstart, None).root()
    request = ("--subject", "host:ferry-times.example", "--reason", "a test", "--yes", "--json")
    where = ("--hub", drive.home, "--runner", cluster.runner, "--address", cluster.address)
    done = subprocess.run([COMMAND, "erase", *request, *where], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr[-4000:]
    assert json.loads(done.stdout)["verified"]
    assert [one.sees(homes) for one in cluster.workers] == [[], []]


def test_a_pool_of_workers_does_for_beam_what_it_does_for_flink(
    portable: Any, quickstart: Path, drive: Any, root_of: RootOf, homes: Path
) -> None:
    """Jobs by Beam's Job API, on workers that a pool starts for each, give the files of the local runner."""
    assert drive(quickstart, portable).root() == root_of(quickstart)
    assert portable.workers[0].sees(homes) == []


def test_a_driver_elsewhere_is_as_good(ray: Any, quickstart: Path, drive: Any, root_of: RootOf) -> None:
    """A driver that is no part of the cluster, and speaks to its head alone (ray://), makes the same files."""
    assert drive(quickstart, replace(ray, address=ray.outside)).root() == root_of(quickstart)


def test_lost_workers_change_nothing(cluster: Any, quarter: Path, drive: Any, root_of: RootOf, homes: Path) -> None:
    """A worker is killed with its tasks in annotate, another in dedup: the run goes on, and ends as it would have."""
    done, root = killed(drive(quarter, cluster).lines(), cluster, ["annotate", "dedup"])

    assert root == root_of(quarter)
    assert {*done} == {"annotate", "dedup"}
    assert [one.sees(homes) for one in cluster.workers] == [[], []]


@pytest.mark.parametrize(("first", "then"), [("ray", "dask"), ("dask", "ray")])
def test_another_cluster_goes_on(
    first: str, then: str, quarter: Path, drive: Any, root_of: RootOf, request: pytest.FixtureRequest
) -> None:
    """The driver is killed in annotate; another engine does what is left, and that alone."""
    begun = drive(quarter, request.getfixturevalue(first))
    done = next(line["finished"] for line in begun.lines() if line["stage"] == "annotate" and line["finished"])
    begun.process.kill()
    begun.process.wait()

    lines = [*drive(quarter, request.getfixturevalue(then)).lines()]
    resumed = next(line for line in lines if line.get("stage") == "annotate" and line["finished"])
    assert resumed["finished"] >= done
    assert lines[-1]["root"] == root_of(quarter)
