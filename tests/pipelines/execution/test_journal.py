"""Signs of life: written by whoever keeps a journal, read once each."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.execution.in_process import run_task
from pipelines.execution.journal import JournalReader, keeping, note, note_ends
from pipelines.execution.stage import Report


class Nap:
    """A task that only notes that it ran."""

    id = "nap"
    code = ""
    cost = 1

    def run(self) -> Report:
        """Note one batch."""
        note("batch", read=3, kept=2)
        return Report(self.id)

    def load(self, content: Mapping[str, Any]) -> Report:
        """Return a report that was kept."""
        return Report.load(content)


def test_events_are_read_once_and_in_order(tmp_path: Path) -> None:
    """A reader gets every event with its facts, process and time, and none twice."""
    reader = JournalReader(tmp_path)
    with keeping(str(tmp_path)):
        note("start", task="a")
        note("batch", read=3)
    events = reader.new_events()

    assert [(one["event"], one["pid"]) for one in events] == [("start", os.getpid()), ("batch", os.getpid())]
    assert (events[0]["task"], events[1]["read"]) == ("a", 3)
    assert events[0]["at"] <= events[1]["at"]
    assert reader.new_events() == []


def test_without_a_journal_nothing_is_written(tmp_path: Path) -> None:
    """Outside a block, and in a block without a folder, notes go nowhere."""
    with keeping(str(tmp_path)), keeping(None):
        note("batch", read=1)
    note("batch", read=1)

    assert list(tmp_path.iterdir()) == []


def test_block_keeps_its_own_folder(tmp_path: Path) -> None:
    """Journals nest: the outer one goes on where the inner one ends, and another thread has none."""
    (tmp_path / "inner").mkdir()
    with keeping(str(tmp_path)):
        with keeping(str(tmp_path / "inner")):
            note("inner")
        note("outer")
        thread = threading.Thread(target=note, args=("elsewhere",))
        thread.start()
        thread.join()

    assert [one["event"] for one in JournalReader(tmp_path / "inner").new_events()] == ["inner"]
    assert [one["event"] for one in JournalReader(tmp_path).new_events()] == ["outer"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6), st.data())
def test_half_written_line_waits(tmp_path: Path, values: list[int], data: st.DataObject) -> None:
    """However a file grows, each event is returned once, when its line is complete."""
    content = b"".join(orjson.dumps({"event": "x", "value": value}) + b"\n" for value in values)
    at = data.draw(st.integers(0, len(content)))
    path = tmp_path / "1.jsonl"
    path.write_bytes(content[:at])
    reader = JournalReader(tmp_path)
    first = reader.new_events()
    path.write_bytes(content)
    second = reader.new_events()

    assert len(first) == content[:at].count(b"\n")
    assert [one["value"] for one in [*first, *second]] == values


def test_all_processes_are_followed(tmp_path: Path) -> None:
    """A process that joins later is read from its first event on."""
    reader = JournalReader(tmp_path)
    found = []
    for name in ("2", "1"):
        (tmp_path / f"{name}.jsonl").write_bytes(orjson.dumps({"event": name}) + b"\n")
        found.append([one["event"] for one in reader.new_events()])

    assert found == [["2"], ["1"]]


def test_tasks_note_start_and_end(tmp_path: Path) -> None:
    """A task's own notes stand between its start and its end."""
    report = run_task(Nap(), str(tmp_path))

    assert report == Report("nap")
    assert [one["event"] for one in JournalReader(tmp_path).new_events()] == ["start", "batch", "end"]


def test_what_was_done_before_is_seen_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who follows while the ends of an earlier attempt are noted sees none of them, or all."""
    write, seen = os.write, []

    def follow(descriptor: int, content: bytes) -> int:
        written = write(descriptor, content)
        seen.append(len(JournalReader(tmp_path).new_events()))
        return written

    monkeypatch.setattr(os, "write", follow)
    with keeping(str(tmp_path)):
        note_ends(["a", "b", "c"])
    assert seen == [3]
