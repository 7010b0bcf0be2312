"""What a query may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a query may cost: memory in MB, threads, and seconds (None: no limit)."""

    memory_mb: int = 1024
    threads: int = 2
    seconds: float | None = None
