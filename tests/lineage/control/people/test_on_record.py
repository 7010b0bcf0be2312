"""Tokens, visibilities, accesses and exports on record: the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lineage.control.erasures import Revision, save_revisions
from lineage.control.people.accesses import (
    Aspect,
    Looked,
    Reveal,
    count_accesses,
    forget_accesses,
    forget_seen,
    list_accesses,
    put_accesses,
)
from lineage.control.people.exports import (
    ExportRecord,
    exports_of_erasure,
    exports_of_version,
    list_exports,
    put_export,
)
from lineage.control.people.roles import Role, Visibility
from lineage.control.people.tokens import (
    AccessToken,
    list_tokens,
    put_token,
    revoke_token,
    token_of_digest,
    token_of_id,
)
from lineage.control.people.visibilities import put_visibility, visibilities
from lineage.hub.connection import connect, disconnect
from lineage.hub.database import Database
from lineage.hub.home import Home


@pytest.fixture
def db(backed_home: Home) -> Iterator[Database]:
    """The control database of a hub."""
    backed_home.create()
    opened = connect(backed_home)
    yield opened
    disconnect(opened)


def test_a_token_is_found_by_its_digest_and_its_id(db: Database) -> None:
    """As it was recorded; revoked once, since then."""
    token = AccessToken("0a", Role.AUDITOR, ("d", "e"), "why", "2026-01-01", "2027-01-01")
    put_token(db, token, "f" * 64)
    put_token(db, AccessToken("0b", Role.READER, (), "", "2026-01-02", "2027-01-01"), "e" * 64)

    assert token_of_digest(db, "f" * 64) == token_of_id(db, "0a") == token
    assert token_of_digest(db, "a" * 64) is None
    assert [one.id for one in list_tokens(db)] == ["0b", "0a"]
    assert revoke_token(db, "0a", "2026-02-01") == revoke_token(db, "0a", "2026-03-01")
    assert [one.revoked for one in list_tokens(db)] == [None, "2026-02-01"]


def test_the_last_visibility_counts(db: Database) -> None:
    """Of each dataset."""
    for level in (Visibility.OPEN, Visibility.LISTED):
        put_visibility(db, "d", level, f"since {level}")

    assert {name: (one.level, one.since) for name, one in visibilities(db).items()} == {
        "d": (Visibility.LISTED, "since listed")
    }


def test_accesses_are_told_newest_first_and_forgotten(db: Database) -> None:
    """Of what was erased its receipt stays; what is old goes."""
    for at, who in (("2026-01-01", "public"), ("2026-01-02", "0a")):
        put_accesses(db, at, who, [Reveal("d", 3, doc_id, Aspect.TEXT) for doc_id in ("x", "y")])
    with db.begin() as connection:
        forget_seen(connection, ["x", "z"], "r1")
    told = list_accesses(db, Looked())

    assert [(one.at, one.who, one.version, one.doc_id, one.receipt) for one in told] == [
        ("2026-01-02", "0a", "d@v3", "y", None),
        ("2026-01-02", "0a", "d@v3", None, "receipt:r1"),
        ("2026-01-01", "public", "d@v3", "y", None),
        ("2026-01-01", "public", "d@v3", None, "receipt:r1"),
    ]
    assert list_accesses(db, Looked(dataset="d", who="0a", doc_id="y", since="2026-01-02")) == told[:1]
    assert count_accesses(db, "2026-01-02") == 2
    forget_accesses(db, "2026-01-02")
    assert list_accesses(db, Looked()) == told[:2]


def test_exports_of_what_an_erasure_took_out(db: Database) -> None:
    """Those of the version as it was then, or earlier; not later ones, others, or those without documents."""
    roots = ("root0", "root1", "root2")
    for at, root in enumerate(roots):
        put_export(db, "d", 1, ExportRecord("d@v1", root, "jsonl", 9, f"2026-01-0{at + 1}", f"to {root}", None))
    put_export(db, "d", 1, ExportRecord("d@v1", "root0", "prov", 0, "2026-01-01", "museum", None))
    put_export(db, "d", 2, ExportRecord("d@v2", "other", "hf", 9, "2026-01-01", "another", "train"))
    with db.begin() as connection:
        save_revisions(
            connection,
            [
                Revision("d", 1, 1, "r1", 2, "root0", "root1", "2026-01-02"),
                Revision("d", 1, 2, "r2", 2, "root1", "root2", "2026-01-03"),
                Revision("d", 2, 1, "r2", 0, "other", "new", "2026-01-03"),
            ],
        )

    assert [one.recipient for one in exports_of_erasure(db, "r1")] == ["to root0"]
    assert [one.recipient for one in exports_of_erasure(db, "r2")] == ["to root0", "to root1"]
    assert [one.recipient for one in exports_of_version(db, "d", 1)] == [f"to {root}" for root in roots]
    assert len(list_exports(db)) == 5
    assert list_exports(db, "d")[0].recipient == "to root2"
