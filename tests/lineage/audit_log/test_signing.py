from __future__ import annotations

import base64
import subprocess
from pathlib import Path
from shutil import which

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.audit_log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint, verifier_key
from lineage.audit_log.signing import (
    FileSigner,
    PublicKey,
    open_signer,
    pre_authentication,
    read_public_key,
    seal,
    trusted_keys,
    unseal,
)
from lineage.errors import SigningError
from lineage.hub.home import Home

# The published example of Go's package for signed notes: a key, the text and its signature.
GO_KEY = ("PeterNeumann", "c74f20a3", "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="


@pytest.fixture
def signer(home: Home) -> FileSigner:
    """Return the signer of a fresh hub."""
    return open_signer(home)


def test_key_is_made_once_and_for_its_owner_alone(home: Home) -> None:
    """The first use makes a key that only its owner may read; every later one takes the same."""
    made = open_signer(home)
    path = home.path / "keys" / "signing.pem"

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert open_signer(home).public == made.public
    assert trusted_keys(home) == {made.public.id: made.public}


def test_named_key_is_used_and_never_made(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that the environment names is taken from there; one that is missing is an error."""
    named = tmp_path / "other.pem"
    named.write_bytes(_other(tmp_path).read_bytes())
    monkeypatch.setenv("CORPUSHUB_SIGNING_KEY", str(named))
    assert open_signer(home).public.id in trusted_keys(home)
    assert not (home.path / "keys" / "signing.pem").exists()
    named.unlink()
    with pytest.raises(SigningError, match="nothing was signed"):
        open_signer(home)
    named.write_text("no key")
    with pytest.raises(SigningError, match="openssl genpkey"):
        open_signer(home)


def _other(folder: Path) -> Path:
    """Return the file of a key that another hub made."""
    elsewhere = Home(folder / "elsewhere").create()
    open_signer(elsewhere)
    return elsewhere.path / "keys" / "signing.pem"


def test_pre_authentication_is_that_of_the_specification() -> None:
    """The example of the DSSE protocol."""
    encoded = pre_authentication("http://example.com/HelloWorld", b"hello world")

    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_envelope_opens_only_as_it_was_signed(payload: bytes, other: bytes) -> None:
    """The payload comes out with the right key alone, and only if neither it nor its type was changed."""
    signer, stranger = make_signer(b"1"), make_signer(b"2")
    envelope = seal(payload, signer)

    assert unseal(envelope, [stranger.public, signer.public]) == payload
    assert unseal(envelope, [stranger.public]) is None
    assert unseal({**envelope, "payloadType": "text/plain"}, [signer.public]) is None
    assert unseal({**envelope, "signatures": []}, [signer.public]) is None
    assert unseal({**envelope, "payload": "?"}, [signer.public]) is None
    if other != payload:
        assert unseal({**envelope, "payload": base64.b64encode(other).decode()}, [signer.public]) is None


def make_signer(secret: bytes) -> FileSigner:
    """Return a signer whose key depends on *secret* alone."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return FileSigner(Ed25519PrivateKey.from_private_bytes(secret.ljust(32, b"0")))


@pytest.mark.skipif(which("openssl") is None, reason="openssl is not installed")
def test_openssl_verifies_an_envelope(home: Home, signer: FileSigner, tmp_path: Path) -> None:
    """Whoever has the public key checks a statement with openssl alone, as docs/verification.md says."""
    envelope = seal(b'{"a":1}', signer)
    (tmp_path / "message").write_bytes(pre_authentication(envelope["payloadType"], b'{"a":1}'))
    (tmp_path / "signature").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    (key,) = (home.path / "keys").glob("*.pub")
    command: list[str | Path] = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin"]
    files: list[str | Path] = ["-in", tmp_path / "message", "-sigfile", tmp_path / "signature"]

    assert subprocess.run([*command, *files], check=False, capture_output=True).returncode == 0
    (tmp_path / "message").write_bytes(b"another")
    assert subprocess.run([*command, *files], check=False, capture_output=True).returncode == 1
    assert read_public_key(key) == signer.public


def test_checkpoint_opens_only_as_it_was_signed(signer: FileSigner) -> None:
    """A signed note yields its checkpoint with the right key alone, also beside signatures of witnesses."""
    checkpoint = Checkpoint("corpushub/test", 7, bytes(range(32)))
    note = sign_checkpoint(checkpoint, signer)
    stranger = make_signer(b"3").public

    assert open_checkpoint(note, [stranger, signer.public]) == checkpoint
    assert open_checkpoint(note + "— witness.example AAAAAAAA\n", [signer.public]) == checkpoint
    assert open_checkpoint(note, [stranger]) is None
    assert open_checkpoint(note.replace("\n7\n", "\n6\n"), [signer.public]) is None
    assert open_checkpoint("nonsense", [signer.public]) is None


def test_keys_and_signatures_are_those_of_other_tools() -> None:
    """The published example of Go's package for signed notes: the key's hash, its text form, and a signature."""
    name, hashed, key = GO_KEY
    public = PublicKey(base64.b64decode(key)[1:])
    signature = base64.b64decode(GO_SIGNATURE)

    assert verifier_key(name, public) == f"{name}+{hashed}+{key}"
    assert signature[:4].hex() == hashed
    assert public.verifies(GO_TEXT.encode(), signature[4:])
