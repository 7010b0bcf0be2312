"""Bundles of proof: one JSON file with which a third party checks a version without the hub that made it.

    {"format": "corpushub.bundle/1",
     "version": "web@v3",
     "manifest": "documents SHA256 BYTES ROWS\\n...",       its SHA-256 is the subject of the statement
     "statement": {DSSE envelope},                         of an in-toto statement
     "leaf": {"content": "...", "salt": "..."},            HMAC-SHA-256 of content under salt is the log's entry
     "proof": "c2sp.org/tlog-proof@v1\\n...",               that the entry is in the log, with the signed checkpoint
     "consistency": {"size": N, "hashes": [base64]}}       that the log goes on from an earlier checkpoint, or null

The public key is not in it: whoever checks must have got it another way. Statement and checkpoint may have been signed
by other homes of the hub, or with an earlier key; the home that makes the bundle signs both too, if it trusts who
signed, so that its key suffices.
"""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from lineage.audit_log import merkle
from lineage.audit_log.checkpoint import Checkpoint, countersign_checkpoint, open_checkpoint
from lineage.audit_log.leaves import commitment, find_leaf
from lineage.audit_log.log import Log, inclusion, open_log
from lineage.audit_log.signing import countersign, open_signer, trusted_keys
from lineage.control.version_files import version_manifest
from lineage.control.versions import get_version
from lineage.errors import BadBundle, ExportError, ProofError
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.proof.attest import attestation_of
from lineage.proof.check import is_about, opened, read_checkpoint
from lineage.references import VersionRef
from lineage.storage.files import open_bytes
from lineage.storage.manifest import is_count, manifest_text
from policies.small_files import read_small

FORMAT: Final = "corpushub.bundle/1"
PROOF: Final = "c2sp.org/tlog-proof@v1"
MOST: Final = 256 << 20
"""Bytes of a bundle that is read; that of a version of a million files has some 100 MB."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle as it was read; nothing in it is trusted.

    Attributes:
        version: what it claims to be about.
        manifest: the manifest's text.
        statement: the DSSE envelope, JSON text.
        leaf: content and salt (hex) of the leaf.
        proof: where the leaf is in the log.
        consistency: size of an earlier checkpoint and the proof from there, None if it has none.
    """

    version: str
    manifest: str
    statement: str
    leaf: tuple[str, str]
    proof: Proof
    consistency: tuple[int, list[bytes]] | None


@dataclass(frozen=True, slots=True)
class Attested:
    """What was written as proof of a version.

    Attributes:
        version: NAME@vN.
        out: the file of its bundle.
        files: the folder of the version's files, null if they were not copied.
    """

    version: str
    out: str
    files: str | None


@dataclass(frozen=True, slots=True)
class Proof:
    """A C2SP tlog-proof: index of a leaf, its audit path, and the signed checkpoint that it leads to."""

    index: int
    path: Sequence[bytes]
    note: str

    @property
    def text(self) -> str:
        """Return the proof as a file."""
        return "\n".join([PROOF, f"index {self.index}", *map(_base64, self.path), "", self.note])


def _make_bundle(hub: Hub, ref: VersionRef, since: Path | None = None) -> dict[str, Any]:
    """Return the bundle of *ref* as its file has it."""
    version = get_version(hub.db, ref)
    made = attestation_of(hub.db, version)
    leaf = find_leaf(hub.db, made.log, made.leaf) if made else None
    if made is None or leaf is None or leaf.content is None or leaf.salt is None:
        message = f"{version.name} has no statement in the audit log; nothing was written; `corpushub verify "
        raise ProofError(f"{message}{version.name}` says what is wrong, and `attest --sign {version.name}` signs one")
    if not is_about(leaf.content, version.name, made.statement) or commitment(leaf.content, leaf.salt) != leaf.entry:
        message = f"the leaf of {version.name} is not about its statement; nothing was written; "
        raise ProofError(message + f"`corpushub verify {version.name}` says what is wrong")
    keys, signer = [*trusted_keys(hub.home).values()], open_signer(hub.home)
    log, envelope = open_log(hub.home, keys, leaf.log), orjson.loads(made.envelope)
    if leaf.index >= log.tiles.size:
        message = (
            f"the log is not signed up to leaf {leaf.index}, which is that of {version.name}; nothing was written; "
        )
        raise ProofError(message + "the next command that writes signs it")
    note = countersign_checkpoint(log.note, signer)
    return {
        "format": FORMAT,
        "version": version.name,
        "manifest": manifest_text(version_manifest(hub.db, version)),
        "statement": countersign(envelope, signer) if opened(made.envelope, keys) else envelope,
        "leaf": {"content": leaf.content, "salt": leaf.salt},
        "proof": Proof(leaf.index, inclusion(log, leaf.index), note).text,
        "consistency": None if since is None else _consistency(hub.home, log, since),
    }


def _consistency(home: Home, log: Log, since: Path) -> dict[str, Any]:
    earlier = open_checkpoint(read_checkpoint(since), trusted_keys(home).values())
    if earlier is None or earlier.origin != log.origin or not 0 < earlier.size <= log.tiles.size:
        message = f"{since} is no earlier checkpoint of the log {log.origin}; nothing was written; "
        raise BadBundle(message + "name a checkpoint that this hub signed")
    hashes = merkle.consistency_proof(earlier.size, log.tiles.size, log.tiles.subtree)
    return {"size": earlier.size, "hashes": [*map(_base64, hashes)]}


def write_bundle(
    hub: Hub, ref: VersionRef, out: Path, files: Path | None = None, since: Path | None = None
) -> Attested:
    """Write the bundle of *ref* to *out* and, where *files* is a folder, copies of the version's files there.

    *since* is the file of an earlier checkpoint of the log, to prove that it goes on from there. Raises ExportError if
    they cannot be written, ProofError if the version has no statement or the log is damaged, BadBundle if *since* is
    no checkpoint of it.
    """
    bundle = _make_bundle(hub, ref, since)
    try:
        if files is not None:
            _copy_files(hub, ref, files)
        out.write_bytes(orjson.dumps(bundle, option=orjson.OPT_INDENT_2) + b"\n")
    except OSError as error:
        message = f"cannot write the bundle {out} and its files: {error.strerror}; the version is as before; "
        raise ExportError(message + "name another place") from error
    return Attested(bundle["version"], str(out), None if files is None else str(files))


def _copy_files(hub: Hub, ref: VersionRef, folder: Path) -> None:
    for kind, files in version_manifest(hub.db, get_version(hub.db, ref)).items():
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for file in files:
            target = folder / kind / Path(file.path).name
            with open_bytes(hub.home.resolve(file.path)) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)


def read_bundle(path: Path) -> Bundle:
    """Return the bundle in the file *path*; BadBundle if it holds none."""
    try:
        return _bundle(_loaded(read_small(path, MOST)))
    except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else type(error).__name__
        message = f"{path} is no bundle of proof ({why}); nothing was verified; "
        raise BadBundle(message + "`corpushub attest REF --out FILE` writes one") from error


def _loaded(content: bytes) -> Any:
    """Return the JSON in *content*; ValueError if it is none, or names a member twice: readers differ there."""
    orjson.loads(content)  # strict, and bounded in depth
    return json.loads(content, object_pairs_hook=_once)


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(members)) != len(members):
        raise ValueError("a member stands there twice")
    return found


def _bundle(content: Mapping[str, Any]) -> Bundle:
    if content["format"] != FORMAT:
        raise ValueError("another format")
    grown = content["consistency"]
    return Bundle(
        version=str(content["version"]),
        manifest=str(content["manifest"]),
        statement=orjson.dumps(content["statement"]).decode(),
        leaf=(str(content["leaf"]["content"]), bytes.fromhex(content["leaf"]["salt"]).hex()),
        proof=parse_proof(str(content["proof"])),
        consistency=None if grown is None else (_count(grown["size"]), [*map(_bytes, grown["hashes"])]),
    )


def _count(number: Any) -> int:
    if type(number) is not int or not is_count(str(number)):
        raise ValueError("no count")
    return int(number)


def parse_proof(text: str) -> Proof:
    """Return the C2SP tlog-proof in *text*; ValueError if it is none."""
    head, _, note = text.partition("\n\n")
    lines = [line for line in head.split("\n") if not line.startswith("extra ")]
    word, _, index = "".join(lines[1:2]).partition(" ")
    if lines[0] != PROOF or word != "index" or not is_count(index):
        raise ValueError("no tlog-proof")
    return Proof(int(index), [_bytes(line) for line in lines[2:]], note)


def proves_growth(bundle: Bundle, earlier: Checkpoint, now: Checkpoint) -> bool:
    """Tell whether *bundle* shows that the log at checkpoint *now* goes on from an *earlier* one."""
    size, proof = bundle.consistency or (now.size, [])
    if earlier.origin != now.origin or earlier.size not in {size, now.size}:
        return False
    steps = proof if earlier.size < now.size else []
    return merkle.verify_consistency(earlier.size, now.size, steps, earlier.root, now.root)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
