"""Tokens: told once, kept as a hash, good until their time or somebody ends them."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from corpushub.errors import BadRequest
from corpushub.face.hub import Hub
from corpushub.requests.people import visitors
from corpushub.requests.people.tokens import BITS, PREFIX, any_good
from lineage.control.people.roles import Role, Visibility
from lineage.errors import UnknownReference
from lineage.hub.connection import timestamp
from tests.corpushub.conftest import call


def test_a_token_opens_what_it_was_made_for(empty: Hub) -> None:
    """Its role, at its datasets; at others its holder is like everybody."""
    made = empty.add_token("auditor", note="review of May, to a@b.example")
    visitor = visitors.bearer(empty, made.token, {})

    assert visitor is not None
    assert (visitor.name, visitor.role, visitor.datasets) == (made.known.id, Role.AUDITOR, None)
    assert made.token.startswith(PREFIX)
    assert len(made.token) == len(PREFIX) + BITS // 6 + 1
    assert empty.tokens().tokens == (made.known,)
    assert "a@b.example" not in made.known.note


def test_the_hub_knows_a_hash_alone(empty: Hub) -> None:
    """Neither its files nor what is shown of a token hold it."""
    made = empty.add_token("reader")
    held = b"".join(path.read_bytes() for path in empty.home.path.rglob("*") if path.is_file())

    assert visitors.digest_of(made.token).encode() in held
    assert made.token.encode() not in held
    assert made.token not in repr(made) + repr(empty.tokens())


@pytest.mark.parametrize("end", ["revoked", "expired", "forged", "another"])
def test_what_has_ended_opens_nothing(empty: Hub, end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither shown again, nor by a session that was begun with it."""
    made = empty.add_token("admin", days=1)
    secret = made.token
    if end == "revoked":
        empty.revoke_token(made.known.id)
        assert empty.revoke_token(made.known.id).revoked == empty.tokens().tokens[0].revoked
    elif end == "expired":
        later = timestamp(datetime.now(UTC) + timedelta(days=1, seconds=1))
        monkeypatch.setattr(visitors, "now", lambda: later)
    else:
        secret = {"forged": made.token[:-1] + ("A" if made.token[-1] != "A" else "B"), "another": made.known.id}[end]

    assert visitors.bearer(empty, secret, {}) is None
    assert (visitors.holder(empty, made.known.id, {}) is None) == (end in ("revoked", "expired"))
    assert any_good(empty) == (end != "revoked")


def test_what_is_no_token_is_refused(empty: Hub) -> None:
    """A role that is none, a time beyond all bounds, a dataset that is not there; and a token is not repeated."""
    for wrong in ({"role": "public"}, {"role": "king"}, {"role": "reader", "days": 0}, {"role": "reader", "days": 1e9}):
        with pytest.raises(BadRequest):
            empty.add_token(**wrong)
    with pytest.raises(UnknownReference):
        empty.add_token("reader", ["nobody"])
    with pytest.raises(UnknownReference) as raised:
        empty.revoke_token("corpushub_a-secret-that-somebody-pasted")
    assert "secret" not in str(raised.value)
    assert not empty.tokens().tokens


def test_roles_and_visibilities_are_ladders() -> None:
    """Each rung reaches those below it, and none above."""
    for ladder in (Role, Visibility):
        rungs = [*ladder]
        for at, one in enumerate(rungs):
            assert [one.reaches(other) for other in rungs] == [other <= at for other in range(len(rungs))]


def test_a_hub_of_an_earlier_release_has_no_tokens_and_takes_them(empty: Hub) -> None:
    """Its tables are made when it is opened."""
    empty.require()
    empty.close()
    with sqlite3.connect(empty.home.path / "hub.sqlite") as connection:
        for table in ("access_tokens", "visibilities", "accesses", "exports"):
            connection.execute(f"DROP TABLE {table}")

    assert empty.tokens().tokens == ()
    assert empty.add_token("reader").known.role is Role.READER


def test_commands_make_list_and_revoke(empty: Hub) -> None:
    """What they print is what Python gives."""
    made = call("token", "add", "--role", "curator", "--days", "2", "--note", "desk", "--hub", empty.home.path)
    (listed,) = call("token", "list", "--hub", empty.home.path)["tokens"]
    revoked = call("token", "revoke", listed["id"], "--hub", empty.home.path)

    assert (listed, made["token"].startswith(PREFIX)) == (made["known"], True)
    assert revoked["revoked"] is not None
    assert not any_good(empty)


def test_datasets_are_private_until_somebody_says_otherwise(orchard: Path, tmp_path: Path) -> None:
    """And what is said of one is not said of others."""
    shutil.copytree(orchard, tmp_path / "hub")
    with Hub.locate(tmp_path / "hub") as hub:
        assert {one.level for one in hub.visibility().datasets} == {Visibility.PRIVATE}
        hub.visibility("d", "metadata")
        shown = visitors.shown_by(hub)
        visitor = visitors.anybody(shown)

        assert {one.dataset: one.level for one in hub.visibility().datasets} == {"d": "metadata", "plain": "private"}
        assert (visitor.knows("d"), visitor.knows("plain")) == (True, False)
        assert visitors.shown_by(hub, ["plain"]) == {"d": "metadata", "plain": "open"}
        with pytest.raises(UnknownReference):
            hub.visibility("nobody", "open")
        with pytest.raises(BadRequest):
            hub.visibility("d", "secret")
        assert call("visibility", "d", "listed", "--hub", hub.home.path)["datasets"][0]["level"] == "listed"
