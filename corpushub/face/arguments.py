"""What calls are given: places, numbers within bounds, and references of one kind."""

from __future__ import annotations

from pathlib import Path

from corpushub.errors import BadRequest
from lineage.errors import BadReference
from lineage.references import VersionRef, parse_version

Place = str | Path

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


def some_time(seconds: float) -> None:
    """Refuse what is no time, or none at all.

    Raises:
        BadRequest: *seconds* is not above 0.
    """
    if not seconds > 0:  # nan is neither above nor below
        raise BadRequest(f"seconds is {seconds}; nothing was done; give a number above 0")


def path_of(place: Place | None) -> Path | None:
    """Return *place* as a path, None if there is none."""
    return None if place is None else Path(place)


def dataset_of(ref: str) -> str:
    """Return the dataset that *ref* names; BadReference if it names a version."""
    target = parse_version(ref)
    if target.number is not None:
        raise BadReference(f"{ref} names a version, and a dataset is asked for; write {target.dataset}")
    return target.dataset


def numbered(ref: str) -> VersionRef:
    """Return the version that *ref* names; BadReference if it has no number."""
    target = parse_version(ref)
    if target.number is None:
        raise BadReference(f"{ref} names no version; write {ref}@v3")
    return target
