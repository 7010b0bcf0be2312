"""The key is found, told apart from others, and never shown."""

from __future__ import annotations

import hashlib
import hmac
import pickle
from pathlib import Path

import pytest

from policies.errors import MissingKey
from policies.pii.keys import VARIABLE, Key, KeySource

SECRET = b"correct horse battery staple"


@pytest.fixture(autouse=True)
def _no_key_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def test_file_and_environment_hold_the_same_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One secret is one key wherever it is kept, white space around it aside, and a file that is named goes first."""
    assert KeySource.locate(None) is None
    (tmp_path / "key").write_bytes(SECRET + b"\n")
    monkeypatch.setenv(VARIABLE, SECRET.decode())
    kept, around = KeySource.locate(tmp_path / "key"), KeySource.locate(None)
    monkeypatch.setenv(VARIABLE, "another key of enough bytes")
    other = KeySource.locate(None)
    assert kept is not None and around is not None and other is not None  # noqa: PT018 (narrows the types)
    assert kept.id == around.id == Key(SECRET).id != other.id
    assert KeySource.locate(tmp_path / "key") == kept


def test_hashes_are_hmac() -> None:
    """Anyone who has the key can compute the hash of a value: HMAC-SHA-256 of type, NUL and normal value."""
    expected = hmac.new(SECRET, b"EMAIL_ADDRESS\0a@example.com", hashlib.sha256).hexdigest()
    assert Key(SECRET).hash("EMAIL_ADDRESS", "a@example.com") == expected[:32]
    assert Key(SECRET).hash("PERSON", "a@example.com") != expected[:32]
    assert Key(SECRET).draw("EMAIL_ADDRESS", "a@example.com") != int(expected, 16)


def test_no_representation_holds_the_key(tmp_path: Path) -> None:
    """A key cannot be pickled or printed; its source can, and names neither the secret nor, when printed, the place."""
    (tmp_path / "key").write_bytes(SECRET)
    source = KeySource.locate(tmp_path / "key")
    assert source is not None
    key = source.load()
    assert SECRET.decode() not in repr(key) + repr(source)
    assert str(tmp_path) not in repr(source)
    assert SECRET not in pickle.dumps(source)
    assert pickle.loads(pickle.dumps(source)).load().id == key.id
    with pytest.raises(TypeError, match="does not leave"):
        pickle.dumps(key)


@pytest.mark.parametrize("secret", [b"", b"   short   \n"])
def test_a_guessable_key_is_refused(secret: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty or short key is an error that says how to make one, and does not show it."""
    (tmp_path / "key").write_bytes(secret)
    monkeypatch.setenv(VARIABLE, secret.decode())
    for file in (tmp_path / "key", None):
        with pytest.raises(MissingKey, match="openssl rand") as caught:
            KeySource.locate(file)
        assert "short" not in str(caught.value)


def test_a_key_that_is_gone_or_exchanged_stops_the_work(tmp_path: Path) -> None:
    """What was planned with one key is not done with another, nor without."""
    file = tmp_path / "key"
    file.write_bytes(SECRET)
    source = KeySource.locate(file)
    assert source is not None
    file.write_bytes(b"another key of enough bytes")
    with pytest.raises(MissingKey, match=f"planned with key {source.id}"):
        source.load()
    file.unlink()
    with pytest.raises(MissingKey, match="No such file"):
        source.load()
