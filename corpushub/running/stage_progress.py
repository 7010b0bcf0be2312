"""How far a stage of a run is, as its caller is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpushub.running.following import Tally


@dataclass(frozen=True, slots=True)
class StageProgress:
    """How far a stage of a run is.

    Attributes:
        stage: its name.
        tasks, finished: how many tasks it has, and how many of them are done.
        share: the part of its work that is done, 0 to 1.
        read, kept: records so far, where the stage counts any.
        bytes: bytes of them.
        seconds: since it began.
        message: a sentence that the run has to say; None where it only counts.
    """

    stage: str
    tasks: int
    finished: int
    share: float
    read: int
    kept: int
    bytes: int
    seconds: float
    message: str | None = None

    @classmethod
    def of(cls, tally: Tally, message: str | None = None) -> StageProgress:
        """Return what *tally* says."""
        counts = (tally.read, tally.kept, tally.bytes, tally.seconds)
        return cls(tally.stage, tally.shards, len(tally.finished), tally.share, *counts, message)
