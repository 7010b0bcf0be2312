"""Ed25519 keys, and DSSE envelopes signed with them.

The key that signs is a PKCS#8 PEM file, readable by its owner alone: the one that CORPUSHUB_SIGNING_KEY names, else
``HOME/keys/signing.pem``, made at first use. ``ID.pub`` stands beside it for every key that the hub trusts, or where
all homes of the hub see it: public keys in PEM, those of earlier keys included. A signer elsewhere, such as a key
management service, needs the two members of ``Signer``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from lineage.errors import SigningError
from lineage.hub.home import Home, is_local
from lineage.hub.private import make_folder, write_new
from lineage.storage.files import list_files, read_whole, write_once
from policies.small_files import read_small

VARIABLE: Final = "CORPUSHUB_SIGNING_KEY"
"""The environment variable that names the file of the signing key where it is not in the hub home."""

IN_TOTO: Final = "application/vnd.in-toto+json"
"""The payload type of an in-toto Statement (in-toto attestation framework, envelope layer)."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key.

    Attributes:
        raw: its 32 bytes (RFC 8032).
    """

    raw: bytes

    @property
    def id(self) -> str:
        """Return the SHA-256 (hex) of the key as SubjectPublicKeyInfo in DER, by which DSSE envelopes name it."""
        return hashlib.sha256(self._key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()

    @property
    def pem(self) -> str:
        """Return the key as PEM text."""
        return self._key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Tell whether *signature* is one of *message* by this key."""
        try:
            self._key().verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def _key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.raw)


class Signer(Protocol):
    """Whatever signs: a key file, or a service that keeps the key to itself."""

    @property
    def public(self) -> PublicKey:
        """Return the key that verifies what is signed."""

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature (64 bytes) of *message*."""


class FileSigner:
    """Signs with a private key held in memory; it can not be shown."""

    __slots__ = ("_key", "public")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature (64 bytes) of *message*."""
        return self._key.sign(message)


def open_signer(home: Home) -> FileSigner:
    """Return the signer of *home*, making its key at first use; a key that CORPUSHUB_SIGNING_KEY names is never made.

    Raises SigningError if the key cannot be read, made, or is none.
    """
    named = os.environ.get(VARIABLE)
    path = Path(named) if named else home.path / "keys" / "signing.pem"
    try:
        if not named and not path.exists():
            _make_key(path)
        signer = FileSigner(_load_private(read_small(path), path))
        _trust(home, signer.public)
    except OSError as error:
        message = f"cannot use the signing key {path}: {error.strerror or type(error).__name__}; nothing was signed; "
        raise SigningError(message + f"check the file, or name another with {VARIABLE}") from error
    return signer


def trusted_keys(home: Home) -> dict[str, PublicKey]:
    """Return the public keys that *home* trusts by id; SigningError if a file holds none."""
    folders = dict.fromkeys((f"{home.common}/keys", f"{home.path}/keys"))
    files = [path for folder in folders for path in list_files(folder) if path.endswith(".pub")]
    keys = [read_public_key(path) for path in files]
    return {key.id: key for key in keys}


def read_public_key(path: Path | str) -> PublicKey:
    """Return the public key in the PEM file *path*; SigningError if there is none."""
    try:
        return parse_public_key(read_small(path) if is_local(str(path)) else read_whole(str(path)))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it holds no Ed25519 public key in PEM"
        message = f"cannot use the public key {path}: {why}; nothing was changed; "
        raise SigningError(message + "`corpushub key --out FILE` writes one") from error


def parse_public_key(pem: bytes) -> PublicKey:
    """Return the public key in *pem*; ValueError if it holds no Ed25519 key."""
    key = load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("the key is not an Ed25519 key")
    return PublicKey(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def seal(payload: bytes, signer: Signer, kind: str = IN_TOTO) -> dict[str, Any]:
    """Return the DSSE envelope of *payload* (DSSE protocol version 1.0)."""
    signature = signer.sign(pre_authentication(kind, payload))
    return {
        "payloadType": kind,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": signer.public.id, "sig": base64.b64encode(signature).decode()}],
    }


def countersign(envelope: Mapping[str, Any], signer: Signer) -> dict[str, Any]:
    """Return a DSSE *envelope* whose first signature is by *signer*; those of others follow."""
    made = seal(base64.b64decode(envelope["payload"]), signer, str(envelope["payloadType"]))
    others = [item for item in envelope["signatures"] if item["keyid"] != signer.public.id]
    return {**made, "signatures": [*made["signatures"], *others]}


def unseal(envelope: Mapping[str, Any], keys: Iterable[PublicKey]) -> bytes | None:
    """Return the payload of a DSSE *envelope* if one of *keys* signed it, else None; key ids are not trusted."""
    try:
        payload = base64.b64decode(envelope["payload"], validate=True)
        signatures = [base64.b64decode(item["sig"], validate=True) for item in envelope["signatures"]]
        message = pre_authentication(str(envelope["payloadType"]), payload)
    except (KeyError, TypeError, ValueError, binascii.Error):
        return None
    known = list(keys)
    signed = any(key.verifies(message, signature) for signature in signatures for key in known)
    return payload if signed else None


def pre_authentication(kind: str, payload: bytes) -> bytes:
    """Return the bytes that a DSSE signature signs: its pre-authentication encoding (PAE)."""
    name = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(payload), payload)


def _load_private(pem: bytes, path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        message = f"{path} holds no unencrypted Ed25519 private key in PEM; nothing was signed; "
        raise SigningError(message + "make one with `openssl genpkey -algorithm ed25519`")
    return key


def _make_key(path: Path) -> None:
    """Write a new key at *path* unless another process was faster."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    make_folder(path.parent)
    write_new(path, pem)


def _trust(home: Home, key: PublicKey) -> None:
    folder = f"{home.common}/keys"
    if is_local(folder):
        make_folder(folder)
    write_once(f"{folder}/{key.id[:16]}.pub", key.pem.encode())
