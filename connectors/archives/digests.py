"""Compare the digests that a WARC record declares with its bytes.

A digest is "algorithm:value" (ISO 28500 section 5.8); values are in hexadecimal, base32 or base64. That of a block is
over all of it, that of a payload over the HTTP body. Crawlers disagree on whether the transfer coding belongs to the
body: either is accepted.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping

from connectors.capture import Mark

_ALGORITHMS = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s"})


def check(fields: Mapping[str, str], block: bytes, bodies: Iterable[bytes] | None) -> Mark | None:
    """Say whether *block* and one of *bodies* are what the header's *fields* declare; None if they declare nothing.

    *bodies* are the forms that the payload may have been digested in, None where the payload is not at hand: it is that
    of another record, or only a part of it. One mismatch outweighs all else, one match what cannot be checked.
    """
    declared = fields.get("warc-block-digest"), fields.get("warc-payload-digest")
    found = {_compare(declared[0], (block,)) if declared[0] else None}
    if declared[1]:
        found.add(_compare(declared[1], bodies) if bodies is not None else Mark.DIGEST_UNCHECKED)
    order = (Mark.DIGEST_MISMATCH, Mark.DIGEST_VERIFIED, Mark.DIGEST_UNCHECKED)
    return next((mark for mark in order if mark in found), None)


def _compare(declared: str, contents: Iterable[bytes]) -> Mark:
    label, _, value = declared.strip().partition(":")
    name = label.strip().lower().replace("-", "").replace("_", "")
    wanted = (
        _decoded(value.strip(), hashlib.new(name, usedforsecurity=False).digest_size) if name in _ALGORITHMS else None
    )
    if wanted is None:
        return Mark.DIGEST_UNCHECKED
    same = any(hashlib.new(name, content, usedforsecurity=False).digest() == wanted for content in contents)
    return Mark.DIGEST_VERIFIED if same else Mark.DIGEST_MISMATCH


def _decoded(value: str, size: int) -> bytes | None:
    """Return the *size* bytes that *value* spells in hexadecimal, base32 or base64; None if it does in none."""
    bare = value.rstrip("=")
    try:
        if len(bare) == 2 * size:
            return bytes.fromhex(value)
        if len(bare) == -(-size * 8 // 5):
            return base64.b32decode(bare.upper() + "=" * (-len(bare) % 8))
        if len(bare) == -(-size * 8 // 6):
            standard = bare.replace("-", "+").replace("_", "/")
            return base64.b64decode(standard + "=" * (-len(bare) % 4), validate=True)
    except (ValueError, binascii.Error):
        pass
    return None
