"""Remove what dead runs left behind: files between stages and journals, and data files that no version names."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lineage import control
from lineage.erasure import refuse_unfinished
from lineage.files import is_local
from lineage.home import FileKind, Home
from lineage.locks import holder_of

KINDS: tuple[FileKind, ...] = ("documents", "ledger", "index")

GRACE_SECONDS = 3600.0
"""Data files younger than this are left alone: a run may be about to commit them."""


def clean(home: Home, *, remove: bool) -> dict[str, Any]:
    """List the leftovers of *home*, and remove them if asked to. Datasets with a run under way are left alone.

    Raises ErasureError if an erasure is not finished: the files it has rewritten look like leftovers.
    """
    if remove:
        refuse_unfinished(home)
    leftovers = [*_work(home), *_journals(home), *_orphans(home)]
    listed = [{"path": str(path), "bytes": _bytes(path)} for path in leftovers]
    if remove:
        for path in leftovers:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return {"leftovers": listed, "removed": remove and bool(leftovers)}


def _work(home: Home) -> Iterator[Path]:
    yield from (folder for folder in sorted(home.work.glob("*")) if holder_of(home, folder.name) is None)


def _journals(home: Home) -> Iterator[Path]:
    db = control.connect(home)
    datasets = {run.id: run.dataset for run in control.list_runs(db)}
    for folder in sorted(home.runs.glob("*")):
        dataset = datasets.get(folder.name)
        if folder.is_dir() and (dataset is None or holder_of(home, dataset) is None):
            yield folder


def _orphans(home: Home) -> Iterator[Path]:
    """Data files of the local warehouse that no version of their dataset holds."""
    if not is_local(home.warehouse):
        return
    db = control.connect(home)
    for folder in sorted(Path(home.warehouse).glob("*")):
        if holder_of(home, folder.name) is not None:
            continue
        live = {
            home.resolve(file.path)
            for version in control.list_versions(db, folder.name)
            for table in KINDS
            for file in control.version_files(db, version, table)
        }
        for file in sorted(folder.glob("*/data/*")):
            if str(file) not in live and time.time() - file.stat().st_mtime > GRACE_SECONDS:
                yield file


def _bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
