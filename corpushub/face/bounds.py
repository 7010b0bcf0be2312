"""Numbers that a call may be given."""

from __future__ import annotations

from corpushub.errors import BadRequest

MOST = 1 << 31
"""More than anybody can look at."""


def at_least(lowest: int, **given: int) -> None:
    """Refuse numbers below *lowest*, and those beyond all bounds.

    Raises:
        BadRequest: one is; the message names it.
    """
    for name, value in given.items():
        if not lowest <= value <= MOST:
            raise BadRequest(f"{name} is {value}; nothing was done; give a number from {lowest} to {MOST}")
