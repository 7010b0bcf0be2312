"""The rights profiles of a version: what the ids in its documents and ledger stand for, one small file per run."""

from __future__ import annotations

import pyarrow as pa

from lineage.control.version_files import version_files
from lineage.control.versions import Version
from lineage.errors import DamagedFile
from lineage.hub import Hub
from lineage.storage.files import open_parquet


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
