"""Progress on stderr: what the journal says, in plain lines or bars, and never on stdout."""

from __future__ import annotations

import io
import re
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from corpushub.running import progress
from corpushub.running.following import Tally
from corpushub.running.progress import Progress
from pipelines.execution.in_process import run_tasks
from pipelines.execution.journal import note
from pipelines.execution.stage import Report


@pytest.fixture(autouse=True)
def _no_lines_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no line be due but those at the changes of stage, however long a stage takes."""
    monkeypatch.setattr(progress, "LINE_SECONDS", threading.TIMEOUT_MAX)


class Shard:
    """A task that reads ten records and keeps seven."""

    def __init__(self, name: str, cost: int = 1) -> None:
        self.id = name
        self.code = ""
        self.cost = cost

    def run(self) -> Report:
        """Note one batch."""
        note("batch", read=10, kept=7, bytes=1000)
        return Report(self.id)

    def load(self, content: Mapping[str, Any]) -> Report:
        """Return a report that was kept."""
        return Report.load(content)


class Terminal(io.StringIO):
    """A stderr that says it is a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


def follow(shown: Progress, folder: Path) -> None:
    """Run two stages with a journal."""
    with shown.follow(folder):
        for stage, names in (("annotate", "ab"), ("release", "c")):
            shards = [Shard(f"{stage}-{name}") for name in names]
            shown.announce(stage, shards)
            run_tasks(shards, str(folder))


def test_tally_counts_what_the_journal_says() -> None:
    """Batches add up, and a shard counts as finished once, if it is of this stage."""
    tally = Tally("annotate", 2, {"a": 3, "b": 1})
    for event in (
        {"event": "start", "task": "a"},
        {"event": "batch", "read": 10, "kept": 7, "bytes": 1000},
        {"event": "released", "rows": 5, "kept": 5, "bytes": 10},
        {"event": "end", "task": "a"},
        {"event": "end", "task": "a"},
        {"event": "end", "task": "of another stage"},
    ):
        tally.take(event)

    assert (tally.read, tally.kept, tally.bytes) == (15, 12, 1010)
    assert tally.finished == {"a"}
    assert tally.share == 0.75


def test_words_name_shards_documents_speed_and_time() -> None:
    """A stage under way says how far it is; the time left only once a part of it is done."""
    tally = Tally("annotate", 2, {"a": 1, "b": 1})
    assert tally.words() == "0/2 shards"
    tally.take({"event": "batch", "read": 1200, "kept": 1000, "bytes": 10})
    assert tally.words().startswith("0/2 shards · 1,200 read, 1,000 kept, 200 dropped · ")
    assert "left" not in tally.words()
    tally.take({"event": "end", "task": "a"})
    assert re.search(r"^1/2 shards · .* · \d+\.\d MB/s · \d+ s left$", tally.words())
    tally.take({"event": "end", "task": "b"})
    assert "left" not in tally.words()


def test_stage_without_cost_has_no_share() -> None:
    """A stage of tasks that cost nothing does not divide by zero."""
    assert Tally().share == 0.0
    assert Tally("x", 1, {"a": 0}).share == 0.0


def test_plain_lines_tell_each_stage_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal each stage ends in one line on stderr, without control characters."""
    follow(Progress(), tmp_path)
    said = capsys.readouterr()
    lines = said.err.splitlines()

    assert said.out == ""
    assert len(lines) == 2
    assert lines[0].startswith("annotate: 2/2 shards · 20 read, 14 kept, 6 dropped · ")
    assert lines[1].startswith("release: 1/1 shards · 10 read, 7 kept, 3 dropped · ")
    assert "\x1b" not in said.err


def test_lines_in_between_need_no_end_of_stage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long stage is told of again and again."""
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.001)
    shown = Progress()
    said = ""
    with shown.follow(tmp_path):
        shown.announce("annotate", [Shard("a")])
        while said.count("annotate: 0/1 shards\n") < 2:
            said += capsys.readouterr().err


def test_quiet_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Asked to be quiet, nothing is written anywhere."""
    follow(Progress(quiet=True), tmp_path)

    assert capsys.readouterr() == ("", "")


def test_bars_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal shows the stages as they go, and keeps one line of each."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    shown = Progress()
    follow(shown, tmp_path)

    assert shown.live
    assert len(re.findall(r"annotate: 2/2 shards", screen.getvalue())) == 1
    assert len(re.findall(r"release: 1/1 shards", screen.getvalue())) == 1


def test_quiet_terminal_has_no_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quiet wins over the terminal."""
    monkeypatch.setattr(sys, "stderr", Terminal())

    assert not Progress(quiet=True).live


def test_stage_announced_again_grows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Further tasks of the same stage are added to it and not told as another stage."""
    shown = Progress()
    with shown.follow(tmp_path):
        for name in "ab":
            shown.announce("dedup", [Shard(name)])
            run_tasks([Shard(name)], str(tmp_path))

    assert capsys.readouterr().err.startswith("dedup: 2/2 shards · 20 read")


def test_journal_of_an_earlier_run_is_forgotten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a killed run noted is not counted again."""
    run_tasks([Shard("old")], str(tmp_path))
    follow(Progress(), tmp_path)

    assert "annotate: 2/2 shards · 20 read" in capsys.readouterr().err


def test_error_inside_leaves_no_thread(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the block raises, the stage's last line is told and nobody goes on following."""
    shown = Progress()
    before = {*threading.enumerate()}
    with suppress(KeyError), shown.follow(tmp_path):
        shown.announce("annotate", [Shard("a")])
        raise KeyError("a")

    assert capsys.readouterr().err.startswith("annotate: 0/1 shards")
    assert {*threading.enumerate()} <= before
