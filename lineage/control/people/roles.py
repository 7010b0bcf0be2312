"""What somebody may do with a hub, and what a dataset shows to everybody: two ladders, lowest rung first."""

from __future__ import annotations

from enum import StrEnum


class _Rung(StrEnum):
    """A word that stands above or below its like."""

    def reaches(self, least: _Rung) -> bool:
        """Tell whether this is *least*, or above it."""
        ladder = [*type(self)]
        return ladder.index(self) >= ladder.index(type(self)(least))


class Role(_Rung):
    """What a token lets its holder do with the datasets that it is for; each role may what those before it may."""

    PUBLIC = "public"  # of whoever shows no token: what a dataset shows to everybody
    READER = "reader"  # numbers, kept documents and their texts
    AUDITOR = "auditor"  # and the ledger, evidence, audits, runs
    CURATOR = "curator"  # and what persons ask for
    ADMIN = "admin"  # and tokens, visibility, who saw what


class Visibility(_Rung):
    """What a dataset shows to everybody; each level shows what those before it show."""

    PRIVATE = "private"  # nothing, not even that it exists
    LISTED = "listed"  # its name
    METADATA = "metadata"  # numbers, licences, statistics; small counts aside
    OPEN = "open"  # the kept documents and their texts
