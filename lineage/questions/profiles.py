"""The rights profiles of a version: what the ids in its documents and ledger stand for, one small file per run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pyarrow as pa

from lineage.control.versions import Version, version_files
from lineage.errors import DamagedFile
from lineage.hub import Hub
from lineage.storage.files import DataFile, open_parquet, write_once
from lineage.storage.parquet import Layout, canonical, encode, sort_rows
from lineage.storage.tables import PROFILES

_LAYOUT = Layout(PROFILES, ("profile",), group_rows=100_000)


def write_profiles(profiles: Mapping[str, str], folder: str) -> DataFile:
    """Write *profiles*, canonical JSON by id, as one Parquet file in *folder*, named by its SHA-256; describe it.

    Equal profiles give equal bytes.
    """
    table = pa.table({"profile": [*profiles], "content": [*profiles.values()]}, PROFILES)
    content = encode(sort_rows(canonical(table, PROFILES), _LAYOUT.order), _LAYOUT)
    digest = hashlib.sha256(content).hexdigest()
    path = f"{folder.rstrip('/')}/{digest}.parquet"
    write_once(path, memoryview(content))
    return DataFile(path, digest, len(profiles), content.size, "", "")


def read_profiles(hub: Hub, version: Version) -> dict[str, str]:
    """Return the profiles of *version*, canonical JSON by id; {} for a version of an earlier release.

    Raises:
        DamagedFile: a file is missing or unreadable.
    """
    profiles: dict[str, str] = {}
    for file in version_files(hub.db, version, "profiles"):
        path = hub.home.resolve(file.path)
        try:
            with open_parquet(path) as parquet:
                table = parquet.read()
        except (OSError, pa.ArrowException) as error:
            message = f"cannot read the profiles {path}: {type(error).__name__}; nothing was decided; "
            raise DamagedFile(message + "run `corpushub verify`") from error
        profiles |= dict(zip(table["profile"].to_pylist(), table["content"].to_pylist(), strict=True))
    return profiles
