"""Releases that were begun: written down before the commit, so that the next command can finish them after a crash.

They stand where all homes of the hub see them, so the next command may be that of another machine.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson
import pyarrow as pa

from lineage.audit_log.signing import open_signer, seal, trusted_keys, unseal
from lineage.commit.release import Release
from lineage.control.runs import Run
from lineage.errors import SigningError
from lineage.hub.home import Home
from lineage.storage.files import DataFile, list_files, read_whole, replace_file

NAME = "release.json"

KIND: Final = "application/vnd.corpushub.release+json"
"""The payload type of the note of a release (DSSE)."""

_TABLES = ("documents", "ledger", "index", "profiles", "statistics")


@dataclass(frozen=True, slots=True)
class Pending:
    """A release that was begun and not finished.

    Attributes:
        release: what was to be published.
        signed: whether whoever made it signed it with a key that the hub trusts.
    """

    release: Release
    signed: bool


def write_down(home: Home, release: Release, *, sign: bool = True) -> str:
    """Keep *release* in its run's folder until the version is complete; return the file.

    It is signed by the process that made it, so that whoever finishes it vouches for nothing else; where no key can be
    used, or without *sign*, it is not.
    """
    path = f"{home.common}/runs/{release.run.id}/{NAME}"
    content = orjson.dumps(_as_json(home, release), option=orjson.OPT_SORT_KEYS)
    note: dict[str, Any] = {"payload": base64.b64encode(content).decode()}
    if sign:
        with suppress(SigningError):
            note = seal(content, open_signer(home), KIND)
    replace_file(path, orjson.dumps(note, option=orjson.OPT_SORT_KEYS))
    return path


def list_pending(home: Home) -> dict[str, str]:
    """Return the files of the releases that were begun and not finished, by run id."""
    found = (path for path in list_files(f"{home.common}/runs") if path.endswith(f"/{NAME}"))
    return {path.split("/")[-2]: path for path in found}


def read_pending(home: Home, dataset: str) -> Iterator[Pending]:
    """Yield the releases of *dataset* that were begun and not finished, by run id."""
    for path in list_pending(home).values():
        note = orjson.loads(read_whole(path))
        payload = base64.b64decode(note["payload"]) if "payload" in note else orjson.dumps(note)  # of earlier releases
        content = orjson.loads(payload)
        if content["run"]["dataset"] == dataset:
            yield Pending(_from_json(content), is_signed(note, home))


def is_signed(note: Mapping[str, Any], home: Home) -> bool:
    """Tell whether a key that the hub trusts signed *note*, as a release."""
    return note.get("payloadType") == KIND and unseal(note, trusted_keys(home).values()) is not None


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
