"""Releases that were begun: written down before the commit, so that the next command can finish them after a crash.

They stand where all homes of the hub see them, so the next command may be that of another machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import orjson
import pyarrow as pa

from lineage.commit.release import Release
from lineage.control.runs import Run
from lineage.hub.home import Home
from lineage.storage.files import DataFile, list_files, read_whole, replace_file

NAME = "release.json"

_TABLES = ("documents", "ledger", "index", "profiles")


def write_down(home: Home, release: Release) -> str:
    """Keep *release* in its run's folder until the version is complete; return the file."""
    path = f"{home.common}/runs/{release.run.id}/{NAME}"
    replace_file(path, orjson.dumps(_as_json(home, release), option=orjson.OPT_SORT_KEYS))
    return path


def list_pending(home: Home) -> dict[str, str]:
    """Return the files of the releases that were begun and not finished, by run id."""
    found = (path for path in list_files(f"{home.common}/runs") if path.endswith(f"/{NAME}"))
    return {path.split("/")[-2]: path for path in found}


def read_pending(home: Home, dataset: str) -> Iterable[Release]:
    """Yield the releases of *dataset* that were begun and not finished, by run id."""
    for path in list_pending(home).values():
        content = orjson.loads(read_whole(path))
        if content["run"]["dataset"] == dataset:
            yield _from_json(content)


def _as_json(home: Home, release: Release) -> dict[str, Any]:
    content = asdict(release)
    for table in _TABLES:
        content[table] = [{**file, "path": home.relative(file["path"])} for file in content[table]]
    content["signals"] = {name: str(kind) for name, kind in release.signals.items()}
    return content


def _from_json(content: dict[str, Any]) -> Release:
    content["run"] = Run(**content["run"])
    for table in _TABLES:
        content[table] = [DataFile(**file) for file in content.get(table, ())]
    content["signals"] = {name: pa.type_for_alias(kind) for name, kind in content["signals"].items()}
    return Release(**content)
