"""Stages: what is done is not sent again, and is told of by one listing where reports stand in a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from corpushub.testing.unsteady import Unsteady
from lineage.storage.files import remove_file
from pipelines.execution.in_process import run_tasks
from pipelines.execution.once import Once
from pipelines.execution.stage import R, Report, Stages, Task, earlier_reports

MANY = 20
_numbers = count()


@dataclass(frozen=True)
class Numbered(Once[Report]):
    """A task that does nothing but to be done."""

    number: int
    out: str

    def inputs(self) -> Any:
        """Return its number."""
        return self.number

    @property
    def code(self) -> str:
        """Return a name: what tests are made of is no code of ours."""
        return "this"

    def work(self) -> Report:
        """Report."""
        return Report(self.id)


@pytest.fixture(params=["folder", "store"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a fresh folder of outputs: on this machine, and in a store."""
    if request.param == "folder":
        return str(tmp_path_factory.mktemp("out"))
    request.getfixturevalue("watched_store")
    return f"s3://corpora/stage-{next(_numbers)}"


def tasks_in(place: str) -> list[Numbered]:
    """Return many tasks with outputs in *place*."""
    return [Numbered(number, place) for number in range(MANY)]


def test_what_is_done_is_not_sent_again(place: str) -> None:
    """Of a stage that was cut the rest is sent, of one that is done nothing; the reports are the same."""
    sent: list[int] = []

    def execute(tasks: Sequence[Task[R]], /) -> list[R]:
        sent.append(len(tasks))
        return run_tasks(tasks)

    stages, tasks = Stages(execute), tasks_in(place)
    first = stages("stage", tasks[:5])
    whole = stages("stage", tasks)
    remove_file(tasks[0].report_path)

    assert stages("stage", tasks) == stages("stage", tasks) == whole
    assert [report for report in whole if report in first] == first
    assert sent == [5, MANY - 5, 1]


def test_a_store_is_asked_by_one_listing(watched_store: Unsteady) -> None:
    """A task costs a look whether it was done meanwhile, and its report; one that was done, its report to be read."""
    tasks = tasks_in(f"s3://corpora/stage-{next(_numbers)}")
    Stages(run_tasks)("stage", tasks)
    assert watched_store.asked == {"LIST": 1, "HEAD": MANY, "PUT": MANY}
    watched_store.asked.clear()

    assert len(earlier_reports(tasks)) == MANY
    assert watched_store.asked == {"LIST": 1, "HEAD": MANY, "GET": MANY}


def test_tasks_that_keep_no_report_are_always_sent() -> None:
    """They may be of a kind that others have made."""

    class Bare:
        id, code, cost = "bare", "", 1

        def run(self) -> Report:
            """Report."""
            return Report(self.id)

        def load(self, content: object) -> Report:
            """Report."""
            return Report(self.id)

    assert [report.id for report in Stages(run_tasks)("stage", [Bare()])] == ["bare"]
