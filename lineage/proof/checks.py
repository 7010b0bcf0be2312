"""What checks rest on, and what they come upon."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

Problem = dict[str, str]
"""What is wrong (``problem``, words) with what (``path``: a file, or the name of a record)."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What a check rests on beside the hub itself.

    Attributes:
        key: file of the public key that must have signed; None for any key in ``HOME/keys``.
        checkpoint: file of an earlier signed checkpoint that the log must go on from.
    """

    key: Path | None = None
    checkpoint: Path | None = None
