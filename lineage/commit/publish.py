"""Publish the files of a run as a version: Iceberg first, which decides, then the control database, which serves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lineage.commit.pending import read_pending, write_down
from lineage.commit.release import Release
from lineage.control.runs import RunState
from lineage.control.versions import Version
from lineage.errors import RepeatedRun, SchemaConflict
from lineage.hub import Hub
from lineage.hub.connection import now, timestamp
from lineage.hub.home import FileKind, Home
from lineage.proof.attest import record_version
from lineage.storage.files import DataFile, remove_file
from lineage.storage.manifest import manifest_root


def publish(hub: Hub, release: Release) -> Version:
    """Make the next version of the run's dataset from *release*, which this process made, once; sign and log it.

    Call it under the dataset's lock. May be repeated after a crash at any point, by finish_pending or with the same
    release: it completes what is missing and doubles nothing.
    """
    return _publish(hub, release, sign=True)


def _publish(hub: Hub, release: Release, *, sign: bool) -> Version:
    note = write_down(hub.home, release, sign=sign)
    try:
        version = _commit(hub, release, sign=sign)
    except (SchemaConflict, RepeatedRun):
        remove_file(note)  # trying again cannot help, and must not stop later runs
        raise
    remove_file(note)
    return version


def finish_pending(hub: Hub, dataset: str) -> list[Version]:
    """Finish the releases of *dataset* that a crash interrupted; return their versions. Call it under the lock.

    A version is signed only if whoever made it signed the release: this process vouches for nothing of its own.
    """
    return [_publish(hub, one.release, sign=one.signed) for one in read_pending(hub.home, dataset)]


def _commit(hub: Hub, release: Release, *, sign: bool) -> Version:
    from lineage.iceberg.catalog import WriteSet, commit_version  # over a second to import: only commits pay it
    from lineage.iceberg.relocate import follow_move

    follow_move(hub, release.run.dataset)
    root = manifest_root(**release.files())
    write = WriteSet(
        dataset=release.run.dataset,
        run=release.run.id,
        documents=release.documents,
        ledger=release.ledger,
        signals=release.signals,
        summary={"recipe-digest": release.run.recipe_digest, "manifest-root": root},
    )
    version = _version(release, commit_version(hub.home, write), root)
    run = replace(release.run, state=RunState.COMMITTED, error=None, finished=now())
    return record_version(hub, version, _files(hub.home, release), run, sign=sign)


def _version(release: Release, made: Any, root: str) -> Version:
    sizes = sum(file.bytes for file in release.documents)
    return Version(
        dataset=release.run.dataset,
        number=made.number,
        run=release.run.id,
        parent=made.parent,
        manifest_root=root,
        created=timestamp(datetime.fromtimestamp(made.created_ms / 1000, UTC)),
        documents=sum(file.rows for file in release.documents),
        bytes=sizes if release.text_bytes is None else release.text_bytes,
        licenses=dict(release.licenses),
        languages=dict(release.languages),
        sources=dict(release.sources),
        recipe_digest=release.run.recipe_digest,
        ledger_snapshot=made.ledger,
        documents_snapshot=made.documents,
    )


def _files(home: Home, release: Release) -> dict[FileKind, list[DataFile]]:
    return {kind: _relative(home, files) for kind, files in release.files().items()}


def _relative(home: Home, files: Iterable[DataFile]) -> list[DataFile]:
    return [replace(file, path=home.relative(file.path)) for file in files]
