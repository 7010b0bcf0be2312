"""The key behind pseudonyms, surrogates and hashes of findings: where it is kept, and what is computed with it.

The key is in no task, log or file of the hub: those name its place and its id, and each process reads it for itself.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, NoReturn

from policies.errors import MissingKey
from policies.small_files import read_small

VARIABLE: Final = "CORPUSHUB_PII_KEY"
"""The environment variable that holds the key where no file is named."""

LEAST_BYTES: Final = 16
"""A shorter key is refused: it could be guessed from the hashes."""

_ID: Final = "corpushub key id"
_HASH_DIGITS: Final = 32
_ID_DIGITS: Final = 8


class Key:
    """A key in the memory of one process. It can be neither shown nor pickled.

    Attributes:
        id: tells keys apart, and nothing more about them; 8 hex digits.
    """

    __slots__ = ("_secret", "id")

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.id = self._digest(_ID)[:_ID_DIGITS]

    def hash(self, entity: str, normal: str) -> str:
        """Return 32 hex digits that stand for a normal value of an entity type (HMAC-SHA-256, RFC 2104)."""
        return self._digest(f"{entity}\0{normal}")[:_HASH_DIGITS]

    def draw(self, entity: str, normal: str, attempt: int = 0) -> int:
        """Return a number below 2^256 that depends on the value alone, in a way that hash does not reveal."""
        return int(self._digest(f"surrogate\0{attempt}\0{entity}\0{normal}"), 16)

    def _digest(self, message: str) -> str:
        return hmac.new(self._secret, message.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def __repr__(self) -> str:
        return f"Key({self.id})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key does not leave its process; send its KeySource")


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where a key is, and which one it is: plain data for tasks and cache keys.

    Attributes:
        id: the id of the key that was there when the run was planned.
        file: the file that holds it, None for the environment variable; no part of what identifies a task.
    """

    id: str
    file: str | None = field(default=None, repr=False)

    @classmethod
    def locate(cls, file: Path | None) -> KeySource | None:
        """Return the key in *file* or, where none is named, in the environment; None if there is none there either.

        Raises:
            MissingKey: the file cannot be read, or the key is too short.
        """
        if file is None and VARIABLE not in os.environ:
            return None
        name = None if file is None else str(file.absolute())
        return cls(_read(name).id, name)

    def load(self) -> Key:
        """Return the key, read once in each process.

        Raises:
            MissingKey: it is not there, or it is another one than when the run was planned.
        """
        return _load(self)


@cache
def _load(source: KeySource) -> Key:
    key = _read(source.file)
    if key.id != source.id:
        raise MissingKey(f"{_place(source.file)} holds key {key.id} and the run was planned with key {source.id}")
    return key


def _read(file: str | None) -> Key:
    try:
        secret = os.environb.get(VARIABLE.encode(), b"") if file is None else read_small(file)
    except OSError as error:
        raise MissingKey(f"cannot read {_place(file)}: {error.strerror or type(error).__name__}") from None
    secret = secret.strip()
    if len(secret) < LEAST_BYTES:
        raise MissingKey(
            f"{_place(file)} holds {len(secret)} bytes, and a key has {LEAST_BYTES} at least; "
            "make one with `openssl rand -hex 32`"
        )
    return Key(secret)


def _place(file: str | None) -> str:
    return f"the environment variable {VARIABLE}" if file is None else f"the key file {file}"
