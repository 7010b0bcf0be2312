"""The hub home: one folder that holds, or points to, everything a hub remembers.

    HOME/
    ├── catalog.sqlite   Iceberg catalog                (CORPUSHUB_CATALOG: another SQLAlchemy URL, e.g. PostgreSQL)
    ├── hub.sqlite       control database               (follows CORPUSHUB_CATALOG)
    ├── warehouse/       DATASET/{documents,ledger}/{data,metadata}/, DATASET/{index,profiles,statistics}/data/
    │                                                (CORPUSHUB_WAREHOUSE: another folder or URL)
    ├── work/            files between stages; removed after the commit  (CORPUSHUB_WORK: below another folder or URL)
    ├── runs/            journals of runs, and releases under way
    ├── erasures/        notes of erasures under way
    ├── keys/            the signing key, the public keys that are trusted, and secrets of this home (own/)
    ├── log/             the audit log: signed checkpoint and tiles
    ├── locks/           one lock file per dataset
    └── id               whose work files are whose, where CORPUSHUB_WORK is set and the hub is of this home alone

Homes with the same CORPUSHUB_CATALOG and CORPUSHUB_WAREHOUSE are one hub. What all of them must see stands in the
warehouse then, under ``.hub/`` (no dataset has such a name): releases and erasures under way, the public keys, the log.
With one CORPUSHUB_WORK they have one folder of work files there, too, which the locks of datasets keep apart.

The folder may be moved while no run is active: the control database names files relative to the warehouse. Iceberg
itself needs absolute locations; its tables are rebuilt from the control database at the first commit after a move
(see lineage.iceberg.catalog), and no query reads them.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lineage.errors import HomeError
from lineage.hub.private import make_folder, open_private

TableName = Literal["documents", "ledger"]
"""The two Iceberg tables of a dataset."""

FileKind = Literal["documents", "ledger", "index", "profiles", "statistics"]
"""What a version's files hold: a table's rows, what later runs need to find copies of documents, rights profiles, and
how many documents there are of what."""

DEFAULT_HOME = ".corpushub"


def _catalog_from_environment() -> str:
    return os.environ.get("CORPUSHUB_CATALOG", "")


def _warehouse_from_environment() -> str:
    return os.environ.get("CORPUSHUB_WAREHOUSE", "")


def _work_from_environment() -> str:
    return os.environ.get("CORPUSHUB_WORK", "")


@dataclass(frozen=True)
class Home:
    """A hub home.

    Attributes:
        path: the folder; it need not exist yet.
        catalog: SQLAlchemy URL of a shared catalog and control database; empty for SQLite files in the folder.
        warehouse_root: folder or s3:// URL for data files; empty for ``warehouse`` in the folder.
        work_root: folder or URL below which files between stages stand, of this hub and of others; empty for ``work``
            in the folder.
    """

    path: Path
    catalog: str = field(default_factory=_catalog_from_environment)
    warehouse_root: str = field(default_factory=_warehouse_from_environment)
    work_root: str = field(default_factory=_work_from_environment)

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path).expanduser().absolute())

    @classmethod
    def locate(cls, path: str | Path | None = None) -> Home:
        """Return the home at *path*, else at CORPUSHUB_HOME, else ``.corpushub`` in the current folder."""
        return cls(Path(path or os.environ.get("CORPUSHUB_HOME") or DEFAULT_HOME))

    def create(self) -> Home:
        """Make the folders that are missing and return the home; HomeError if that is not permitted."""
        try:
            for folder in (self.scratch, self.runs, self.locks):
                make_folder(folder)
            for place in (self.warehouse, self.work):
                if is_local(place):
                    make_folder(place)
        except OSError as error:
            message = f"cannot make the hub home {self.path}: {error.strerror}; nothing was changed; "
            raise HomeError(message + "choose another folder with --hub or CORPUSHUB_HOME") from error
        return self

    @property
    def exists(self) -> bool:
        """Whether the home was created before."""
        return self.locks.is_dir()

    @property
    def is_writable(self) -> bool:
        """Whether we may write to it: one on read-only media, or another user's, can only be asked."""
        return os.access(self.path, os.W_OK)

    @property
    def work(self) -> str:
        """Absolute folder or URL that holds the hub's files between stages, without a slash at its end."""
        return f"{_place(self.work_root)}/{self._owner}" if self.work_root else str(self.scratch)

    @property
    def scratch(self) -> Path:
        """Folder of temporary files of this machine, and of those between stages where no other place is set."""
        return self.path / "work"

    @property
    def _owner(self) -> str:
        """Name the hub where work files of several stand: by its warehouse, if homes share it, else by this home."""
        if self.is_shared:
            return hashlib.sha256(self.warehouse.encode()).hexdigest()[:16]
        return _id_of(self.path)

    def work_folder(self, dataset: str) -> str:
        """Return the folder of a dataset's files between stages."""
        return f"{self.work}/{dataset}"

    @property
    def runs(self) -> Path:
        """Folder of run journals."""
        return self.path / "runs"

    @property
    def locks(self) -> Path:
        """Folder of lock files."""
        return self.path / "locks"

    @property
    def catalog_uri(self) -> str:
        """SQLAlchemy URL of the Iceberg catalog."""
        return self.catalog or f"sqlite:///{self.path / 'catalog.sqlite'}"

    @property
    def control_uri(self) -> str:
        """SQLAlchemy URL of the control database."""
        return self.catalog or f"sqlite:///{self.path / 'hub.sqlite'}"

    @property
    def warehouse(self) -> str:
        """Absolute folder or URL that holds the data files, without a slash at its end."""
        if not self.warehouse_root:
            return str(self.path / "warehouse")
        return _place(self.warehouse_root)

    @property
    def has_server(self) -> bool:
        """Whether the control database is one that several machines use."""
        return self.catalog.startswith("postgresql")

    @property
    def is_shared(self) -> bool:
        """Whether other homes may be homes of this hub too: database and warehouse both stand elsewhere."""
        return bool(self.catalog and self.warehouse_root)

    @property
    def common(self) -> str:
        """Folder or URL of what all homes of the hub must see, the databases and data files aside."""
        return f"{self.warehouse}/.hub" if self.is_shared else str(self.path)

    def table_folder(self, dataset: str, table: FileKind) -> str:
        """Return the folder of a table: data/ and metadata/ stand below it."""
        return f"{self.warehouse}/{dataset}/{table}"

    def data_folder(self, dataset: str, table: FileKind) -> str:
        """Return the folder into which workers write the data files of a table."""
        return f"{self.table_folder(dataset, table)}/data"

    def resolve(self, path: str) -> str:
        """Return where the file named *path*, relative to the warehouse, stands now; an absolute path as it is."""
        return path if path.startswith("/") or not is_local(path) else f"{self.warehouse}/{path}"

    def relative(self, path: str) -> str:
        """Return *path* relative to the warehouse; HomeError if it lies elsewhere."""
        resolved = self.resolve(path)
        if not resolved.startswith(f"{self.warehouse}/"):
            message = f"the data file {path} is not inside the warehouse {self.warehouse}; nothing was committed; "
            raise HomeError(message + "write it to Home.data_folder(...)")
        return resolved.removeprefix(f"{self.warehouse}/")


def is_local(path: str) -> bool:
    """Tell whether *path* is a plain path of this machine."""
    return "://" not in path


def _place(root: str) -> str:
    """Return the folder or URL *root* as it is the same everywhere, without a slash at its end."""
    return str(Path(root).expanduser().absolute()) if is_local(root) else root.rstrip("/")


def _id_of(folder: Path) -> str:
    """Return the id of the home in *folder*, 16 hex digits, which moves with it.

    Whoever asks first makes it: of two who do at once the first has made it for both. "none" stands for that of a home
    which is not there yet, or may only be read.
    """
    path = folder / "id"
    if not path.exists() and os.access(folder, os.W_OK):
        fresh = path.with_name(f".id.{secrets.token_hex(8)}.tmp")
        with os.fdopen(open_private(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "w") as file:
            file.write(secrets.token_hex(8))
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text(encoding="ascii") if path.exists() else "none"
