"""Tokens on record: for whom they open what, until when. Of a token itself the hub knows a hash alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from lineage.control.people.roles import Role
from lineage.errors import UnknownReference
from lineage.hub.database import Database, Row, insert, rows, update


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token, as the hub knows it; times are RFC 3339 in UTC.

    Attributes:
        id: what it is called, 8 hex digits; it opens nothing.
        role: what it lets its holder do.
        datasets: with these; [] for all.
        note: what it was made for.
        created: when.
        expires: from when on it opens nothing.
        revoked: since when it opens nothing because somebody said so; null if nobody did.
    """

    id: str
    role: Role
    datasets: tuple[str, ...]
    note: str
    created: str
    expires: str
    revoked: str | None = None

    def is_good(self, at: str) -> bool:
        """Tell whether it opens anything at the time *at*."""
        return self.revoked is None and at < self.expires


_COLUMNS = "id, role, datasets, note, created, expires, revoked"


def put_token(db: Database, token: AccessToken, sha256: str) -> None:
    """Record *token*, whose SHA-256 (hex) is *sha256*."""
    with db.begin() as connection:
        insert(connection, "access_tokens", [{**asdict(token), "datasets": [*token.datasets], "sha256": sha256}])


def list_tokens(db: Database) -> tuple[AccessToken, ...]:
    """Return all tokens, the newest first."""
    return tuple(_token(row) for row in rows(db, f"SELECT {_COLUMNS} FROM access_tokens ORDER BY created DESC, id"))


def token_of_digest(db: Database, sha256: str) -> AccessToken | None:
    """Return the token whose SHA-256 (hex) is *sha256*, None if there is none; it need not be good."""
    return _one(rows(db, f"SELECT {_COLUMNS} FROM access_tokens WHERE sha256 = :sha256", sha256=sha256))


def token_of_id(db: Database, id_: str) -> AccessToken | None:
    """Return the token that is called *id_*, None if there is none; it need not be good."""
    return _one(rows(db, f"SELECT {_COLUMNS} FROM access_tokens WHERE id = :id", id=id_))


def revoke_token(db: Database, id_: str, at: str) -> AccessToken:
    """Let the token *id_* open nothing from *at* on; one that was revoked stays so since then.

    Raises:
        UnknownReference: there is none.
    """
    found = token_of_id(db, id_)
    if found is None:  # what was given may be a token, so it is not repeated
        raise UnknownReference(
            "no token of that id in this hub; nothing was changed; `corpushub token list` has the ids"
        )
    if found.revoked is None:
        with db.begin() as connection:
            update(connection, "access_tokens", {"revoked": at}, id=id_)
    return token_of_id(db, id_) or found


def _one(found: list[Row]) -> AccessToken | None:
    return _token(found[0]) if found else None


def _token(row: Row) -> AccessToken:
    return AccessToken(**{**row, "role": Role(row["role"]), "datasets": tuple(row["datasets"])})
