"""Publish the files of a run as a version: Iceberg first, which decides, then the control database, which serves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Engine

from lineage import control
from lineage.control import Run, RunState, Version
from lineage.errors import RepeatedRun, SchemaConflict
from lineage.files import DataFile, manifest_root, remove_file
from lineage.home import FileKind, Home
from lineage.pending import read_pending, write_down


@dataclass(frozen=True)
class Release:
    """What a run made.

    Attributes:
        run: the run, with its final counts.
        documents: all documents files of the version, those it takes over from earlier versions included.
        ledger: all ledger files, likewise.
        index: all index files, likewise.
        profiles: all profiles files, likewise.
        signals: signal columns of the new documents files.
        licenses: documents by SPDX expression; languages and sources likewise.
        text_bytes: bytes of text in the version; None for the size of its documents files.
    """

    run: Run
    documents: Sequence[DataFile]
    ledger: Sequence[DataFile]
    index: Sequence[DataFile] = ()
    profiles: Sequence[DataFile] = ()
    signals: Mapping[str, pa.DataType] = field(default_factory=dict)
    licenses: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, int] = field(default_factory=dict)
    text_bytes: int | None = None


def publish(home: Home, db: Engine, release: Release) -> Version:
    """Make the next version of the run's dataset from *release*, once, and record the run as committed.

    Call it under the dataset's lock. May be repeated after a crash at any point, by finish_pending or with the same
    release: it completes what is missing and doubles nothing.
    """
    note = write_down(home, release)
    try:
        version = _commit(home, db, release)
    except (SchemaConflict, RepeatedRun):
        remove_file(note)  # trying again cannot help, and must not stop later runs
        raise
    remove_file(note)
    return version


def finish_pending(home: Home, db: Engine, dataset: str) -> list[Version]:
    """Finish the releases of *dataset* that a crash interrupted; return their versions. Call it under the lock."""
    return [publish(home, db, Release(**content)) for content in read_pending(home, dataset)]


def _commit(home: Home, db: Engine, release: Release) -> Version:
    from lineage.catalog import WriteSet, commit_version  # over a second to import: only commits pay it
    from lineage.relocate import follow_move

    follow_move(home, db, release.run.dataset)
    root = manifest_root(release.documents, release.ledger, release.index, release.profiles)
    write = WriteSet(
        dataset=release.run.dataset,
        run=release.run.id,
        documents=release.documents,
        ledger=release.ledger,
        signals=release.signals,
        summary={"recipe-digest": release.run.recipe_digest, "manifest-root": root},
    )
    version = _version(release, commit_version(home, write), root)
    run = replace(release.run, state=RunState.COMMITTED, error=None, finished=control.now())
    control.save_version(db, version, _files(home, release), run=run)
    return version


def _version(release: Release, made: Any, root: str) -> Version:
    sizes = sum(file.bytes for file in release.documents)
    return Version(
        dataset=release.run.dataset,
        number=made.number,
        run=release.run.id,
        parent=made.parent,
        manifest_root=root,
        created=control.timestamp(datetime.fromtimestamp(made.created_ms / 1000, UTC)),
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
    return {
        "documents": _relative(home, release.documents),
        "ledger": _relative(home, release.ledger),
        "index": _relative(home, release.index),
        "profiles": _relative(home, release.profiles),
    }


def _relative(home: Home, files: Iterable[DataFile]) -> list[DataFile]:
    return [replace(file, path=home.relative(file.path)) for file in files]
