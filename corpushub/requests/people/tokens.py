"""Give tokens out, and take them back."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from corpushub.errors import BadRequest
from corpushub.requests.people.visitors import digest_of
from lineage.control.people import tokens
from lineage.control.people.roles import Role
from lineage.control.people.tokens import AccessToken
from lineage.control.versions import get_version
from lineage.hub import Hub
from lineage.hub.connection import now, timestamp
from lineage.references import VersionRef
from policies.addresses.kept_text import kept_text

PREFIX: Final = "corpushub_"
"""What every token begins with, so that whoever finds one, or searches for what leaked, knows what it is."""

BITS: Final = 256
"""Random bits of a token."""

MOST_DAYS: Final = 3650
"""The longest time that a token may be good for."""

MOST_NOTE: Final = 200
"""Characters of the longest note."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was made, and is told this once.

    Attributes:
        token: it; whoever shows it is let in.
        known: what the hub keeps of it.
    """

    token: str = field(repr=False)
    known: AccessToken


@dataclass(frozen=True, slots=True)
class AccessTokens:
    """The tokens of a hub, the newest first.

    Attributes:
        tokens: them; those that are revoked or have run out, too.
        at: when this was told: what expires after it is good, unless it is revoked.
    """

    tokens: tuple[AccessToken, ...]
    at: str


def add_token(hub: Hub, role: str, datasets: Sequence[str] = (), days: float = 30, note: str = "") -> NewToken:
    """Make a token that opens *datasets*, or all, to *role* for *days*, and record its hash.

    Raises:
        BadRequest: the role, the time or the note is none.
        UnknownReference: there is no such dataset.
    """
    if role not in [*Role] or role == Role.PUBLIC:
        wanted = ", ".join(one for one in Role if one is not Role.PUBLIC)
        raise BadRequest(f"{role!r} is no role of a token; nothing was changed; write one of {wanted}")
    if not 0 < days <= MOST_DAYS:
        raise BadRequest(f"a token is good for up to {MOST_DAYS} days; nothing was changed; give --days")
    if len(note) > MOST_NOTE:
        raise BadRequest(f"a note has at most {MOST_NOTE} characters; nothing was changed")
    for one in datasets:
        get_version(hub.db, VersionRef(one))
    made = datetime.now(UTC)
    secret = PREFIX + secrets.token_urlsafe(BITS // 8)
    known = AccessToken(
        id=secrets.token_hex(4),
        role=Role(role),
        datasets=tuple(dict.fromkeys(datasets)),
        note=kept_text(note),
        created=timestamp(made),
        expires=timestamp(made + timedelta(days=days)),
    )
    tokens.put_token(hub.db, known, digest_of(secret))
    return NewToken(secret, known)


def list_tokens(hub: Hub) -> AccessTokens:
    """Return the tokens of *hub*."""
    return AccessTokens(tokens.list_tokens(hub.db), now())


def revoke_token(hub: Hub, id_: str) -> AccessToken:
    """Let the token that is called *id_* open nothing from now on, nor the sessions that were begun with it.

    Raises:
        UnknownReference: there is none.
    """
    return tokens.revoke_token(hub.db, id_, now())


def any_good(hub: Hub) -> bool:
    """Tell whether any token of *hub* opens anything."""
    at = now()
    return any(one.is_good(at) for one in tokens.list_tokens(hub.db))
