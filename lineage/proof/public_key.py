"""What others need to check a hub's signatures: its public key as tools take it, and the checkpoint of its log."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lineage.audit_log.checkpoint import verifier_key
from lineage.audit_log.log import log_name, newest_note
from lineage.audit_log.signing import open_signer
from lineage.errors import ExportError
from lineage.hub.home import Home


@dataclass(frozen=True, slots=True)
class KeyDescription:
    """The public key that signs for a home.

    Attributes:
        id: SHA-256 (hex) of the key in DER.
        pem: the key.
        verifier: the key as tools for signed notes take it.
        log: the origin of the audit log.
        checkpoint: the newest signed one, null while the log is empty.
    """

    id: str
    pem: str
    verifier: str
    log: str
    checkpoint: str | None


def describe_key(home: Home, out: Path | None = None) -> KeyDescription:
    """Return the key that signs for *home*, made if there is none, and write it to *out* in PEM if that is given.

    Raises SigningError, ExportError.
    """
    public = open_signer(home.create()).public
    if out is not None:
        try:
            out.write_text(public.pem, encoding="utf-8")
        except OSError as error:
            raise ExportError(f"cannot write the key to {out}: {error.strerror}; name another place") from error
    origin = log_name(home, public)
    return KeyDescription(public.id, public.pem, verifier_key(origin, public), origin, newest_note(home))
