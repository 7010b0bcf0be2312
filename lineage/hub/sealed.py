"""What a hub is told in confidence: encrypted under a key of its own, so that to shred the key is to forget it.

The key is a secret of the home that was told; another home of a shared hub cannot open what was sealed here.
"""

from __future__ import annotations

import base64
import os
import secrets
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from lineage.hub.home import Home
from lineage.hub.own_secrets import BYTES, keep_secret, place_of

_NONCE: Final = 12
_KEYS: Final = "told-"


def seal(home: Home, content: bytes, about: str) -> tuple[str, str]:
    """Return the name of a new key and *content* encrypted with it (AES-256-GCM), bound to *about*; base64.

    The key is on the drive before this returns.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # not worth its import for other questions

    name, key, nonce = _KEYS + secrets.token_hex(8), secrets.token_bytes(BYTES), secrets.token_bytes(_NONCE)
    sealed = nonce + AESGCM(key).encrypt(nonce, content, about.encode())
    keep_secret(place_of(home, name), key)
    return name, base64.b64encode(sealed).decode()


def unseal(home: Home, name: str | None, sealed: str | None, about: str) -> bytes | None:
    """Return what seal was given; None if its key is not here, or no more.

    Raises:
        ValueError: *sealed* is not what seal returned.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # see seal

    if name is None or sealed is None:
        return None
    try:
        key = place_of(home, name).read_bytes()
    except FileNotFoundError:
        return None
    try:
        content = base64.b64decode(sealed, validate=True)
        return AESGCM(key).decrypt(content[:_NONCE], content[_NONCE:], about.encode())
    except (InvalidTag, ValueError):
        raise ValueError("what was sealed is not what stands there") from None


def shred(path: Path) -> None:
    """Overwrite the key at *path* and remove it; what a file system keeps of older blocks is out of reach."""
    try:
        descriptor = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        return
    try:
        os.write(descriptor, secrets.token_bytes(BYTES))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    path.unlink(missing_ok=True)


def idle_keys(home: Home, used: Collection[str], grace: float) -> Iterator[Path]:
    """Yield the keys of *home* that are older than *grace* seconds and not among the names *used*."""
    for path in sorted(place_of(home, "").parent.glob(f"{_KEYS}*.secret")):
        if path.stem not in used and time.time() - path.stat().st_mtime > grace:
            yield path
