"""Secrets of a hub: random bytes in its folder of keys, for its owner alone, whoever else may read the hub."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from lineage.hub.home import Home
from lineage.hub.private import make_closed, write_new

BYTES: Final = 32
"""Of a secret."""


def secret_of(home: Home, name: str) -> bytes:
    """Return the secret *name* of *home*, 32 bytes, which whoever asks first makes.

    A home that may only be read has none; each process draws its own then.
    """
    path = place_of(home, name)
    if not path.exists():
        if not home.is_writable:
            return secrets.token_bytes(BYTES)
        keep_secret(path, secrets.token_bytes(BYTES))
    return path.read_bytes()


def place_of(home: Home, name: str) -> Path:
    """Return where the secret *name* of *home* stands, if it does."""
    return home.path / "keys" / "own" / f"{name}.secret"


def keep_secret(path: Path, secret: bytes) -> None:
    """Write *secret* durably at *path*, whole, for the owner alone, unless something stands there already."""
    make_closed(path.parent)
    write_new(path, secret)
