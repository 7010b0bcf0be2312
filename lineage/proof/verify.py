"""Check a version offline: its files, its manifest, the signed statement about it, and the audit log that has it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator

from lineage.control.retention import require_files, standing_of
from lineage.control.versions import get_version, version_manifest
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.proof.checks import Problem, Trust, Verification
from lineage.references import VersionRef
from lineage.storage.files import DataFile, open_bytes
from lineage.storage.manifest import manifest_text, root_of

_BLOCK = 1 << 20


def verify_version(hub: Hub, ref: VersionRef, trust: Trust | None = None) -> Verification:
    """Hash every file of *ref* again; check manifest, statement and audit log, first finishing what a crash left.

    Raises SigningError if the key in *trust* cannot be read, BadBundle if its checkpoint cannot.
    """
    from lineage.proof.check import check_proof  # cryptography is imported only where something is verified

    version = get_version(hub.db, ref)
    require_files(version, standing_of(hub.db, version))
    manifest = version_manifest(hub.db, version)
    files = [file for some in manifest.values() for file in some]
    problems = [*_differences(hub.home, files)]
    root = root_of(manifest_text(manifest))
    if root != version.manifest_root:
        problems.append(Problem(version.name, "the list of files is not the one that was committed"))
    checked = check_proof(hub, version, root, trust or Trust())
    problems += checked.problems
    return Verification(
        version=version.name,
        ok=not problems,
        files=len(files),
        mismatches=tuple(problems),
        manifest_root=root,
        statement=checked.statement,
        leaf=checked.leaf,
        log=checked.head,
    )


def _differences(home: Home, files: Iterable[DataFile]) -> Iterator[Problem]:
    for file in files:
        try:
            found = hash_file(home.resolve(file.path))
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else type(error).__name__  # not a store's words
            yield Problem(file.path, f"cannot be read: {why}")
            continue
        if found != file.sha256:
            yield Problem(file.path, "its bytes are not those that were committed")


def hash_file(path: str) -> str:
    """Return the SHA-256 (hex) of the file at *path*."""
    state = hashlib.sha256()
    with open_bytes(path) as file:
        while block := file.read(_BLOCK):
            state.update(block)
    return state.hexdigest()
