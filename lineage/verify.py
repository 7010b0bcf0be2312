"""Check a version's files against its manifest, offline."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from lineage import control
from lineage.files import DataFile, manifest_root, open_bytes
from lineage.home import Home
from lineage.references import VersionRef

_BLOCK = 1 << 20


def verify_version(home: Home, ref: VersionRef) -> dict[str, Any]:
    """Hash every file of *ref* and compare it, and the manifest root, with what the commit recorded.

    Keys: version, ok, files (how many were hashed), mismatches [{path, problem}].
    """
    db = control.connect(home)
    version = control.get_version(db, ref)
    documents = control.version_files(db, version, "documents")
    ledger = control.version_files(db, version, "ledger")
    index = control.version_files(db, version, "index")
    profiles = control.version_files(db, version, "profiles")
    files = [*documents, *ledger, *index, *profiles]
    mismatches = [*_differences(home, files)]
    if manifest_root(documents, ledger, index, profiles) != version.manifest_root:
        mismatches.append({"path": version.name, "problem": "the list of files is not the one that was committed"})
    return {
        "version": version.name,
        "ok": not mismatches,
        "files": len(files),
        "mismatches": mismatches,
    }


def _differences(home: Home, files: Iterable[DataFile]) -> Iterable[dict[str, str]]:
    for file in files:
        try:
            found = _sha256(home.resolve(file.path))
        except OSError as error:
            yield {"path": file.path, "problem": f"cannot be read: {error.strerror or type(error).__name__}"}
            continue
        if found != file.sha256:
            yield {"path": file.path, "problem": "its bytes are not those that were committed"}


def _sha256(path: str) -> str:
    state = hashlib.sha256()
    with open_bytes(path) as file:
        while block := file.read(_BLOCK):
            state.update(block)
    return state.hexdigest()
