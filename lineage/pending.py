"""Releases that were begun: written down before the commit, so that the next command can finish them after a crash."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa

from lineage.control import Run
from lineage.files import DataFile, sync_folder
from lineage.home import Home

if TYPE_CHECKING:
    from lineage.publish import Release

NAME = "release.json"

_TABLES = ("documents", "ledger", "index", "profiles")


def write_down(home: Home, release: Release) -> Path:
    """Keep *release* in its run's folder until the version is complete; return the file."""
    path = home.runs / release.run.id / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        file.write(orjson.dumps(_as_json(home, release), option=orjson.OPT_SORT_KEYS))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)
    return path


def read_pending(home: Home, dataset: str) -> Iterable[dict[str, Any]]:
    """Yield the arguments of the releases of *dataset* that were begun and not finished, by run id."""
    for path in sorted(home.runs.glob(f"*/{NAME}")):
        content = orjson.loads(path.read_bytes())
        if content["run"]["dataset"] == dataset:
            yield _from_json(content)


def _as_json(home: Home, release: Release) -> dict[str, Any]:
    content = asdict(release)
    for table in _TABLES:
        content[table] = [{**file, "path": home.relative(file["path"])} for file in content[table]]
    content["signals"] = {name: str(kind) for name, kind in release.signals.items()}
    return content


def _from_json(content: dict[str, Any]) -> dict[str, Any]:
    content["run"] = Run(**content["run"])
    for table in _TABLES:
        content[table] = [DataFile(**file) for file in content.get(table, ())]
    content["signals"] = {name: pa.type_for_alias(kind) for name, kind in content["signals"].items()}
    return content
