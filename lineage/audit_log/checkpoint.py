"""Checkpoints of the audit log: its size and root in a signed note, as C2SP tlog-checkpoint and signed-note specify."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from lineage.audit_log.signing import PublicKey, Signer
from lineage.storage.manifest import is_count

_ED25519 = b"\x01"
_DASH = "— "


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head.

    Attributes:
        origin: the name of the log, also the name of its key.
        size: how many leaves.
        root: the Merkle tree hash of these leaves, 32 bytes.
    """

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> str:
    """Return the signed note of *checkpoint*."""
    signature = key_hash(checkpoint.origin, signer.public) + signer.sign(checkpoint.text.encode())
    return f"{checkpoint.text}\n{_DASH}{checkpoint.origin} {base64.b64encode(signature).decode()}\n"


def countersign_checkpoint(note: str, signer: Signer) -> str:
    """Return the signed *note* with a first signature by *signer*; those of others follow."""
    checkpoint = _parse(note.rpartition("\n\n")[0] + "\n")
    if checkpoint is None:
        return note
    own = sign_checkpoint(checkpoint, signer)
    others = [line for line in note.rpartition("\n\n")[2].splitlines() if line not in own.splitlines()]
    return own + "".join(f"{line}\n" for line in others)


def add_signatures(note: str, answer: str) -> str:
    """Return the signed *note* with the signature lines of *answer* that it lacks: lines alone, or the note with them.

    Of a note about something else nothing is taken.
    """
    text, _, lines = answer.rpartition("\n\n")
    if text and text != note.rpartition("\n\n")[0]:
        return note
    held = note.splitlines()
    new = [line for line in dict.fromkeys(lines.splitlines()) if _is_signature(line) and line not in held]
    return note + "".join(f"{line}\n" for line in new)


def _is_signature(line: str) -> bool:
    """Tell whether *line* is a signature line of a note: a name without spaces or plus, key id and signature."""
    name, _, signature = line.removeprefix(_DASH).partition(" ")
    return line.startswith(_DASH) and bool(name) and "+" not in name and len(_decode(signature)) > 4


def open_checkpoint(note: str, keys: Iterable[PublicKey]) -> Checkpoint | None:
    """Return the checkpoint in a signed note if one of *keys* signed it under the log's name, else None."""
    text, _, signatures = note.rpartition("\n\n")
    checkpoint = _parse(text + "\n")
    if checkpoint is None:
        return None
    known = list(keys)
    for line in signatures.splitlines():
        signature = _signature(line, checkpoint.origin)
        for key in known:
            if signature[:4] == key_hash(checkpoint.origin, key):
                return checkpoint if key.verifies((text + "\n").encode(), signature[4:]) else None
    return None


def key_hash(name: str, key: PublicKey) -> bytes:
    """Return the four bytes by which a signed note names *key* used under *name*."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + key.raw).digest()[:4]


def verifier_key(name: str, key: PublicKey) -> str:
    """Return *key* as the tools for signed notes take it: NAME+HASH+KEY."""
    return f"{name}+{key_hash(name, key).hex()}+{base64.b64encode(_ED25519 + key.raw).decode()}"


def _parse(text: str) -> Checkpoint | None:
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or not is_count(lines[1]):
        return None
    root = _decode(lines[2])
    return Checkpoint(lines[0], int(lines[1]), root) if len(root) == 32 else None


def _signature(line: str, name: str) -> bytes:
    """Return the bytes of a signature line under *name*; empty if it is none."""
    prefix = f"{_DASH}{name} "
    return _decode(line.removeprefix(prefix)) if line.startswith(prefix) else b""


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
