"""Check versions offline: files, manifests, signed statements, the audit log, and what it holds the hub to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from lineage.control.cells import unreadable
from lineage.control.retention import require_files, standing_of
from lineage.control.version_files import version_manifest
from lineage.control.versions import Version, get_version, list_datasets, list_versions
from lineage.errors import AlteredDatabase
from lineage.hub import Hub
from lineage.hub.altered import require_unaltered
from lineage.hub.home import Home
from lineage.proof.checks import HubVerification, Problem, Trust, Verification, VersionVerification
from lineage.references import VersionRef
from lineage.storage.files import DataFile, hash_file
from lineage.storage.manifest import manifest_text, root_of

if TYPE_CHECKING:
    from lineage.proof.check import CheckedHub


CANNOT_BE_READ: Final = "it holds what cannot be read; nothing else was checked"


def verify_version(hub: Hub, ref: VersionRef, trust: Trust | None = None) -> Verification:
    """Hash every file of *ref* again; check manifest, statement, audit log and all records. Nothing is written.

    Raises SigningError if the key in *trust* cannot be read, BadBundle if its checkpoint cannot.
    """
    from lineage.proof.check import check_hub  # cryptography is imported only where something is verified

    if unsound := _unsound(hub):
        return Verification(str(ref), False, 0, unsound, manifest_root="", statement=None, leaf=None, log=None)
    version = get_version(hub.db, ref)
    require_files(version, standing_of(hub.db, version))
    checked = check_hub(hub, trust or Trust())
    one = _verify(hub, version, checked)
    mismatches = tuple(dict.fromkeys([*one.mismatches, *checked.problems]))
    return Verification(
        version=one.version,
        ok=not mismatches,
        files=one.files,
        mismatches=mismatches,
        manifest_root=one.manifest_root,
        statement=one.statement,
        leaf=one.leaf,
        log=checked.head,
        records=checked.records,
        unfinished=tuple(checked.unfinished),
    )


def verify_hub(
    hub: Hub, trust: Trust | None = None, tell: Callable[[VersionVerification], None] | None = None
) -> HubVerification:
    """Do as verify_version does for every version of *hub*; *tell* is told of each. Nothing is written.

    Of a version whose files were removed after it was retired everything else is checked. Raises as verify_version.
    """
    from lineage.proof.check import check_hub

    if unsound := _unsound(hub):
        return HubVerification(False, (), unsound, log=None, records=0, unfinished=())
    checked = check_hub(hub, trust or Trust())
    found = []
    for dataset in list_datasets(hub.db):
        for version in reversed(list_versions(hub.db, dataset)):
            found.append(_verify(hub, version, checked, removed=bool(standing_of(hub.db, version).removed)))
            if tell is not None:
                tell(found[-1])
    return HubVerification(
        ok=not checked.problems and all(one.ok for one in found),
        versions=tuple(found),
        mismatches=tuple(checked.problems),
        log=checked.head,
        records=checked.records,
        unfinished=tuple(checked.unfinished),
    )


def _unsound(hub: Hub) -> tuple[Problem, ...]:
    """Return why nothing that the control database answers means anything; nothing else is checked then."""
    try:
        with hub.db.connect() as connection:
            require_unaltered(connection)
            return tuple(
                Problem(f"{place} in the control database", CANNOT_BE_READ) for place in unreadable(connection)
            )
    except AlteredDatabase as error:
        return (Problem("control database", str(error)),)


def _verify(hub: Hub, version: Version, checked: CheckedHub, *, removed: bool = False) -> VersionVerification:
    from lineage.proof.check import check_version

    manifest = version_manifest(hub.db, version)
    files = [] if removed else [file for some in manifest.values() for file in some]
    problems = [*_differences(hub.home, files)]
    root = root_of(manifest_text(manifest))
    if root != version.manifest_root:
        problems.append(Problem(version.name, "the list of files is not the one that was committed"))
    proof = check_version(hub, version, root, checked)
    problems += proof.problems
    return VersionVerification(
        version=version.name,
        ok=not problems,
        files=len(files),
        mismatches=tuple(problems),
        manifest_root=root,
        statement=proof.statement,
        leaf=proof.leaf,
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
