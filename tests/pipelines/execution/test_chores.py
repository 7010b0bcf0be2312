"""The stage of chores, against doing them one after another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lineage.rewrite.chores import in_turn
from pipelines.execution import in_process
from pipelines.execution.chores import do_chores
from pipelines.execution.stage import Stages


@dataclass(frozen=True, slots=True)
class Upper:
    """Write a file in capitals, and note in another that it was done."""

    path: str
    size: int = 1

    @property
    def name(self) -> list[str]:
        """Name the work."""
        return ["upper", Path(self.path).name]

    @property
    def code(self) -> tuple[str, ...]:
        """Return the modules whose functions do it."""
        return (in_turn.__module__,)

    def run(self) -> dict[str, Any]:
        """Write it."""
        made = Path(self.path).with_suffix(".upper")
        made.write_text(Path(self.path).read_text(encoding="utf-8").upper(), encoding="utf-8")
        with Path(self.path).with_suffix(".done").open("a") as done:
            done.write("1")
        return {"path": str(made)}

    def stands(self, result: dict[str, Any]) -> bool:
        """Tell whether it is there."""
        return Path(result["path"]).exists()


@pytest.fixture
def chores(tmp_path: Path) -> list[Upper]:
    """Three files to do."""
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(name, encoding="utf-8")
    return [Upper(str(tmp_path / f"{name}.txt")) for name in "bca"]


def times(chore: Upper) -> int:
    """Return how often *chore* was done."""
    return len(Path(chore.path).with_suffix(".done").read_text(encoding="utf-8"))


def test_results_are_those_of_a_plain_loop(chores: list[Upper], tmp_path: Path) -> None:
    """The stage gives what a loop gives, in the order of the chores."""
    assert do_chores(chores, str(tmp_path / "out"), Stages(in_process.run_tasks), "rewrite") == in_turn(chores)


def test_what_is_done_is_not_done_again(chores: list[Upper], tmp_path: Path) -> None:
    """A repeat finds what the attempt before it came to, unless that is gone."""
    out = str(tmp_path / "out")
    first = do_chores(chores[:2], out, Stages(in_process.run_tasks), "rewrite")
    Path(first[0]["path"]).unlink()
    again = do_chores(chores, out, Stages(in_process.run_tasks), "rewrite")

    assert again[:2] == first
    assert [times(chore) for chore in chores] == [2, 1, 1]
    assert Path(first[0]["path"]).read_text(encoding="utf-8") == "B"
