"""Where what is compiled outlives the process that compiled it, and the processor that it was compiled for."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

VARIABLE: Final = "CORPUSHUB_CACHE"


def chosen_folder() -> Path | None:
    """Return the folder that the environment names for all that is compiled; None leaves the choice to who compiles."""
    chosen = os.environ.get(VARIABLE)
    return Path(chosen).absolute() if chosen else None


def processor() -> str:
    """Return the features of the processor, by which compilers choose instructions; empty where they are not told."""
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next((line for line in lines if line.startswith("flags")), "")
    return ""
