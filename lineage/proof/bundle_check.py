"""Check a bundle of proof, and the files of its version, without any hub."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lineage.audit_log.checkpoint import Checkpoint, open_checkpoint
from lineage.audit_log.leaves import commitment
from lineage.audit_log.merkle import leaf_hash, verify_inclusion
from lineage.audit_log.signing import PublicKey, read_public_key
from lineage.errors import BadBundle
from lineage.proof.bundle import Bundle, proves_growth, read_bundle
from lineage.proof.check import is_about, not_grown, opened, read_checkpoint, subject_of
from lineage.proof.checks import LogHead, Problem, Verification
from lineage.storage.files import hash_file
from lineage.storage.manifest import ManifestLine, parse_manifest, root_of

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class BundleFiles:
    """What a third party has.

    Attributes:
        bundle: the bundle's file.
        key: file of the public key, got another way.
        files: folder with the version's files, whatever their names; None to check the bundle alone.
        checkpoint: file of an earlier checkpoint that the log must go on from.
    """

    bundle: Path
    key: Path
    files: Path | None = None
    checkpoint: Path | None = None


@dataclass(slots=True)
class _Found:
    problems: list[Problem] = field(default_factory=list)

    def add(self, path: str, problem: str) -> None:
        self.problems.append(Problem(path, problem))


def verify_bundle(given: BundleFiles) -> Verification:
    """Check a bundle with a public key, and the files if they are there.

    Raises BadBundle or SigningError if something given cannot be read.
    """
    bundle, key, found = read_bundle(given.bundle), read_public_key(given.key), _Found()
    lines = parse_manifest(bundle.manifest)
    statement = _check_statement(bundle, key, found)
    checkpoint = open_checkpoint(bundle.proof.note, [key])
    leaf = _check_leaf(bundle, checkpoint, statement, found)
    if given.checkpoint is not None and checkpoint is not None:
        _check_growth(bundle, checkpoint, given.checkpoint, key, found)
    strays: list[str] = []
    if given.files is not None:
        held = _hashed(given.files)
        found.problems += _differences(lines, held)
        known = {line.sha256 for line in lines}
        strays = [path for path, sha256 in held.items() if sha256 not in known]
    return Verification(
        version=bundle.version,
        ok=not found.problems,
        files=len(lines) if given.files is not None else 0,
        mismatches=tuple(found.problems),
        manifest_root=root_of(bundle.manifest),
        statement=statement,
        leaf=leaf,
        log=LogHead(checkpoint.origin, checkpoint.size, checkpoint.root.hex()) if checkpoint else None,
        strays=tuple(strays),
    )


def _check_statement(bundle: Bundle, key: PublicKey, found: _Found) -> str | None:
    """Return the SHA-256 of the statement if the key signed it."""
    payload = opened(bundle.statement, [key])
    if payload is None:
        found.add("statement", "the key did not sign it as it stands")
        return None
    if subject_of(payload) != (bundle.version, root_of(bundle.manifest)):
        found.add("manifest", f"it is not the one that the statement about {bundle.version} speaks of")
    return hashlib.sha256(payload).hexdigest()


def _check_leaf(bundle: Bundle, checkpoint: Checkpoint | None, statement: str | None, found: _Found) -> int | None:
    """Return the leaf's place in the log if it is proved to be there."""
    if checkpoint is None:
        found.add("checkpoint", "the key did not sign it as it stands")
        return None
    content, salt = bundle.leaf
    entry, proof = leaf_hash(bytes.fromhex(commitment(content, salt))), bundle.proof
    if not verify_inclusion(entry, proof.index, checkpoint.size, proof.path, checkpoint.root):
        found.add("leaf", "the proof does not lead from it to the root of the checkpoint")
        return None
    if statement is not None and not is_about(content, bundle.version, statement):
        found.add("leaf", "it is not about this statement")
    return proof.index


def _check_growth(bundle: Bundle, checkpoint: Checkpoint, earlier: Path, key: PublicKey, found: _Found) -> None:
    pinned = open_checkpoint(read_checkpoint(earlier), [key])
    if pinned is None:
        found.add(str(earlier), "the key did not sign this checkpoint")
    elif pinned.size > checkpoint.size:
        found.add("checkpoint", not_grown(pinned, checkpoint.size, str(earlier)))
    elif not proves_growth(bundle, pinned, checkpoint):
        found.add("checkpoint", f"the bundle does not prove that the log goes on from the {pinned.size} leaves before")


def _differences(lines: Sequence[ManifestLine], held: Mapping[str, str]) -> Iterator[Problem]:
    """Yield the files of the manifest that are not *held*; those under their own name with other bytes first."""
    names = {digest: path for path in held for digest in _DIGEST.findall(Path(path).name)}
    digests = set(held.values())
    for line in lines:
        if line.sha256 in digests:
            continue
        path = names.get(line.sha256)
        problem = "its bytes are not those that were committed" if path else "it is missing"
        yield Problem(path or f"{line.kind} {line.sha256}", problem)


def _hashed(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file below *folder*."""
    if not folder.is_dir():
        raise BadBundle(f"{folder} is no folder; nothing was verified; name the one that holds the version's files")
    return {str(path): hash_file(str(path)) for path in sorted(folder.rglob("*")) if path.is_file()}
