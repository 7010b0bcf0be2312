"""What an attempt at a run has cost so far, noted beside its journal: all that is left of one that was killed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import orjson

from lineage.control.costs.attempts import Attempt, AttemptState, StageCost
from lineage.hub.private import open_private
from pipelines.execution.executor import LOCAL
from pipelines.execution.journal import SPENT, JournalReader

FILE: Final = "costs.ndjson"
"""The name of the file: its lines are no signs of life of workers, which files of the journal are."""

ELSEWHERE: Final = "what workers elsewhere took besides the tasks that they ended"
BEFORE_RUN: Final = "what an earlier attempt took that ended before it was known which run it was"
LAST_MOMENT: Final = "what an attempt took between its last sign of life, two a second, and its being killed"


@dataclass(frozen=True, slots=True)
class CostNotes:
    """The notes of one attempt.

    Attributes:
        folder: of the run's journal.
    """

    folder: Path

    def begin(self, attempt: Attempt, at: float) -> None:
        """Note that *attempt* begins, *at* seconds since the epoch."""
        self._append({"attempt": asdict(attempt), "at": at, "pid": os.getpid()})

    def beat(self, stage: StageCost, moved: tuple[int, int], joules: float | None) -> None:
        """Note what *stage* has cost so far, and the attempt: bytes read and written, and what meters counted."""
        self._append({"stage": asdict(stage), "moved": moved, "joules": joules})

    def _append(self, line: Mapping[str, Any]) -> None:
        descriptor = open_private(self.folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            os.write(descriptor, orjson.dumps(line) + b"\n")
        finally:
            os.close(descriptor)


def noted_by(runs: Path) -> Iterator[tuple[str, Path]]:
    """Yield the runs that have notes in the folder *runs*, each with the folder of its journal."""
    yield from ((path.parent.name, path.parent) for path in sorted(runs.glob(f"*/{FILE}")))


def attempts_in(folder: Path) -> tuple[Attempt, ...]:
    """Return the attempts that are noted in *folder*, the oldest first; how they ended is for others to say.

    A line that was cut short by the end of its writer says nothing.
    """
    lines = [line for line in map(_loaded, (folder / FILE).read_bytes().splitlines()) if line]
    begun = [at for at, line in enumerate(lines) if "attempt" in line]
    ends = [*begun[1:], len(lines)]
    until = [*(lines[at]["at"] for at in begun[1:]), float("inf")]
    return tuple(
        _attempt(folder, lines[first], lines[first + 1 : end], before)
        for first, end, before in zip(begun, ends, until, strict=True)
    )


def as_killed(attempt: Attempt) -> Attempt:
    """Return *attempt* as one that nobody has ended: its last moment is missing."""
    return replace(attempt, state=AttemptState.KILLED, missing=(*attempt.missing, LAST_MOMENT))


def _loaded(line: bytes) -> Mapping[str, Any]:
    try:
        content: Mapping[str, Any] = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return content


def _attempt(folder: Path, head: Mapping[str, Any], beats: list[Mapping[str, Any]], before: float) -> Attempt:
    attempt = Attempt.load(head["attempt"])
    stages = {beat["stage"]["stage"]: StageCost(**beat["stage"]) for beat in beats}
    elsewhere = attempt.runner != LOCAL
    for event in _spent(folder / f"{head['pid']}.jsonl", head["at"], before):
        name = event["stage"]
        stages[name] = _with_tasks(stages.get(name, StageCost(name)), event, elsewhere=elsewhere)
    last: Mapping[str, Any] = beats[-1] if beats else {"moved": (0, 0), "joules": None}
    return replace(
        attempt,
        stages=tuple(map(_rounded, stages.values())),
        read_bytes=last["moved"][0],
        written_bytes=last["moved"][1],
        joules=None if elsewhere else last["joules"],
        missing=(*attempt.missing, *([ELSEWHERE] if elsewhere else [])),
    )


def _spent(journal: Path, since: float, before: float) -> Iterator[Mapping[str, Any]]:
    """Yield what the driver noted of the stages that it ended in that time."""
    for event in JournalReader(journal.parent, journal.name).new_events():
        if event["event"] == SPENT and since <= event["at"] < before:
            yield event


def _with_tasks(stage: StageCost, event: Mapping[str, Any], *, elsewhere: bool) -> StageCost:
    return replace(
        stage,
        tasks=stage.tasks + event["tasks"],
        task_seconds=stage.task_seconds + event["seconds"],
        reused=stage.reused + event["reused"],
        reused_seconds=stage.reused_seconds + event["saved"],
        workers=stage.workers + (event["seconds"] if elsewhere else 0.0),
    )


def _rounded(stage: StageCost) -> StageCost:
    told = asdict(stage).items()
    rounded: Mapping[str, Any] = {name: round(value, 6) for name, value in told if isinstance(value, float)}
    return replace(stage, **rounded)
