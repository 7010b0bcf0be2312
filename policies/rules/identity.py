"""Which policy something was decided by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PolicyIdentity:
    """Which policy it was.

    Attributes:
        name: how reports call it.
        version: the version its authors gave it.
        digest: SHA-256 (hex) of its content.
    """

    name: str
    version: str
    digest: str
