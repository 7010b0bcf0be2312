"""Checkpoints that leave the hub: for whoever keeps them, and for witnesses who sign that the log only ever grew.

The forms are C2SP's: a checkpoint is a signed note (tlog-checkpoint), a witness is asked with a request of the old
size, a consistency proof and the checkpoint (tlog-witness, add-checkpoint), and answers with signature lines
(tlog-cosignature), which are kept with the checkpoint.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path

from lineage.audit_log import merkle
from lineage.audit_log.checkpoint import add_signatures, open_checkpoint
from lineage.audit_log.log import Log, checked_log, replace_note
from lineage.audit_log.signing import read_public_key, trusted_keys
from lineage.errors import BadBundle, ExportError, LogDamaged
from lineage.hub import Hub
from lineage.proof.check import not_grown, read_checkpoint
from lineage.proof.checks import LogHead, Problem
from lineage.storage.manifest import is_count


@dataclass(frozen=True, slots=True)
class CheckpointAnswer:
    """The newest checkpoint of a hub's log.

    Attributes:
        log: name, size and root.
        checkpoint: the signed note.
        request: what a witness is asked with: old size, consistency proof and checkpoint; null unless asked for.
    """

    log: LogHead
    checkpoint: str
    request: str | None


@dataclass(frozen=True, slots=True)
class Growth:
    """Whether a log goes on from an earlier checkpoint.

    Attributes:
        ok: whether nothing is wrong.
        mismatches: what is wrong.
        before: how many leaves the earlier checkpoint speaks of, null if it cannot be believed.
        log: the later one, null if it cannot be believed.
    """

    ok: bool
    mismatches: tuple[Problem, ...]
    before: int | None
    log: LogHead | None


def show_checkpoint(hub: Hub, since: Path | int | None = None, out: Path | None = None) -> CheckpointAnswer:
    """Return the newest checkpoint, and with *since* (an earlier one's file, or its size) the request to a witness.

    It is written to *out* too. Raises LogDamaged, BadBundle if *since* is no earlier checkpoint, ExportError.
    """
    log = _log(hub)
    request = None if since is None else _request(hub, log, since)
    if out is not None:
        try:
            out.write_text(request or log.note, encoding="utf-8")
        except OSError as error:
            raise ExportError(f"cannot write {out}: {error.strerror}; name another place") from error
    return CheckpointAnswer(LogHead(log.origin, log.tiles.size, log.tiles.root().hex()), log.note, request)


def keep_cosignatures(hub: Hub, answer: Path) -> CheckpointAnswer:
    """Keep the signature lines in the file *answer*, which a witness gave, with the newest checkpoint.

    They are kept as they are: who trusts which witness is for readers to decide. Raises BadBundle if there are none.
    """
    log = _log(hub)
    note = add_signatures(log.note, read_checkpoint(answer))
    if note == log.note:
        message = (
            f"{answer} holds no new signature line of the checkpoint of {log.tiles.size} leaves; nothing was kept; "
        )
        raise BadBundle(message + "name the answer of a witness to the newest one")
    replace_note(hub, log, note)
    return show_checkpoint(hub)


def _log(hub: Hub) -> Log:
    log, problem = checked_log(hub, trusted_keys(hub.home).values())
    if problem:
        raise LogDamaged(f"audit log: {problem}; nothing was written; `corpushub verify` names all that is wrong")
    return log


def _request(hub: Hub, log: Log, since: Path | int) -> str:
    if isinstance(since, int):
        size, origin = since, log.origin
    else:
        earlier = open_checkpoint(read_checkpoint(since), trusted_keys(hub.home).values())
        size, origin = (earlier.size, earlier.origin) if earlier else (-1, "")
    if origin != log.origin or not 0 <= size <= log.tiles.size:
        message = f"{since} is no earlier checkpoint of the log {log.origin}; nothing was written; "
        raise BadBundle(message + "name a checkpoint that this hub signed, or its size")
    proof = merkle.consistency_proof(size, log.tiles.size, log.tiles.subtree) if size else []
    lines = [f"old {size}", *(base64.b64encode(one).decode() for one in proof)]
    return "".join(f"{line}\n" for line in lines) + "\n" + log.note


def verify_growth(request: Path, earlier: Path, key: Path) -> Growth:
    """Check with a public key alone that the log in *request*, which show_checkpoint wrote, goes on from *earlier*.

    Raises BadBundle or SigningError if something given cannot be read.
    """
    public, (size, proof, note) = read_public_key(key), _parse(request)
    now, before = (open_checkpoint(text, [public]) for text in (note, read_checkpoint(earlier)))
    problems = []
    if now is None:
        problems.append(Problem(str(request), "the key did not sign its checkpoint"))
    if before is None:
        problems.append(Problem(str(earlier), "the key did not sign this checkpoint"))
    if now is not None and before is not None:
        if now.origin == before.origin and now.size < before.size:
            problems.append(Problem("checkpoint", not_grown(before, now.size, str(earlier))))
        elif (
            now.origin != before.origin
            or size != before.size
            or not (size == 0 or merkle.verify_consistency(size, now.size, proof, before.root, now.root))
        ):
            problems.append(Problem("checkpoint", f"nothing proves that it goes on from {earlier}"))
    head = LogHead(now.origin, now.size, now.root.hex()) if now else None
    return Growth(not problems, tuple(problems), before.size if before else None, head)


def _parse(path: Path) -> tuple[int, list[bytes], str]:
    """Return old size, proof and checkpoint of a request; BadBundle if it is none."""
    head, _, note = read_checkpoint(path).partition("\n\n")
    first, *lines = head.split("\n")
    try:
        if not first.startswith("old ") or not is_count(first.removeprefix("old ")):
            raise ValueError("no old size")
        return int(first.removeprefix("old ")), [base64.b64decode(line, validate=True) for line in lines], note
    except (ValueError, binascii.Error) as error:
        message = f"{path} is no consistency proof; nothing was verified; "
        raise BadBundle(message + "`corpushub checkpoint --since EARLIER --out FILE` writes one") from error
