"""Who asks: what they may see of which dataset. Whoever is not known may see what a dataset shows to everybody."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lineage.control.people.roles import Role, Visibility
from lineage.control.people.tokens import AccessToken, token_of_digest, token_of_id
from lineage.control.people.visibilities import visibilities
from lineage.hub import Hub
from lineage.hub.connection import now

OPERATOR: Final = "operator"
"""Who works on the hub's own machine, in the log of accesses."""

PUBLIC: Final = "public"
"""Who shows no token, likewise."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever asks something.

    Attributes:
        name: what the log of accesses calls them: the id of a token, OPERATOR or PUBLIC.
        role: what they may do.
        datasets: with these; None for all.
        shown: what datasets show to everybody, by name; those that are not named show nothing.
    """

    name: str
    role: Role
    datasets: frozenset[str] | None = None
    shown: Mapping[str, Visibility] = field(default_factory=dict)

    def role_in(self, dataset: str) -> Role:
        """Return what they may do with *dataset*."""
        return self.role if self.datasets is None or dataset in self.datasets else Role.PUBLIC

    def level_of(self, dataset: str) -> Visibility:
        """Return what *dataset* shows to everybody."""
        return self.shown.get(dataset, Visibility.PRIVATE)

    def may(self, least: Role, dataset: str) -> bool:
        """Tell whether they have the role *least* at *dataset*, or a higher one."""
        return self.role_in(dataset).reaches(least)

    def knows(self, dataset: str) -> bool:
        """Tell whether they may know that *dataset* exists, if it does."""
        return self.may(Role.READER, dataset) or self.level_of(dataset).reaches(Visibility.LISTED)

    def is_known(self) -> bool:
        """Tell whether they have shown who they are, or need not."""
        return self.role is not Role.PUBLIC


def operator() -> Visitor:
    """Return whoever works on the hub's own machine: its files are theirs anyway."""
    return Visitor(OPERATOR, Role.ADMIN)


def anybody(shown: Mapping[str, Visibility]) -> Visitor:
    """Return whoever shows no token that is good, where datasets show *shown* to everybody."""
    return Visitor(PUBLIC, Role.PUBLIC, frozenset(), shown)


def shown_by(hub: Hub, opened: Iterable[str] = ()) -> dict[str, Visibility]:
    """Return what the datasets of *hub* show to everybody; those *opened* show everything for this time."""
    return {one.dataset: one.level for one in visibilities(hub.db).values()} | dict.fromkeys(opened, Visibility.OPEN)


def bearer(hub: Hub, secret: str, shown: Mapping[str, Visibility]) -> Visitor | None:
    """Return who shows the token *secret*; None if it is none of this hub, or opens nothing any more."""
    return _holder(token_of_digest(hub.db, digest_of(secret)), shown)


def holder(hub: Hub, id_: str, shown: Mapping[str, Visibility]) -> Visitor | None:
    """Return who has shown the token called *id_* before; None if it opens nothing any more."""
    return _holder(token_of_id(hub.db, id_), shown)


def digest_of(secret: str) -> str:
    """Return what a hub knows of the token *secret*: 256 random bits, so that its bare SHA-256 (hex) tells nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _holder(token: AccessToken | None, shown: Mapping[str, Visibility]) -> Visitor | None:
    if token is None or not token.is_good(now()):
        return None
    return Visitor(token.id, token.role, frozenset(token.datasets) if token.datasets else None, shown)
