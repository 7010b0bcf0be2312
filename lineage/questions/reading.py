"""Read a version from Python: as a pyarrow Dataset, a DuckDB relation or a Polars frame; nothing is copied."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from lineage.control.retention import require_files, standing_of
from lineage.control.version_files import version_files
from lineage.control.versions import Version, get_version
from lineage.errors import DamagedFile, MissingLibrary
from lineage.hub import Hub
from lineage.hub.home import Home, TableName
from lineage.questions.sql import relation_of
from lineage.references import VersionRef
from lineage.storage import query
from lineage.storage.bounds import Bounds
from lineage.storage.files import DataFile, open_parquet
from lineage.storage.stores import file_system
from lineage.storage.tables import DOCUMENTS, LEDGER


@dataclass(frozen=True, slots=True)
class VersionReader:
    """A version that can be read.

    Attributes:
        home: the hub that holds it.
        version: what the control database says of it.
        documents: its documents files.
        ledger: its ledger files.
    """

    home: Home
    version: Version
    documents: tuple[DataFile, ...]
    ledger: tuple[DataFile, ...]

    @property
    def name(self) -> str:
        """The version as people write it: NAME@vN."""
        return self.version.name

    def paths(self, table: TableName = "documents") -> list[str]:
        """Return where the Parquet files of *table* stand: absolute paths, or URLs of an object store."""
        return query.resolve_all(self.home, self.ledger if table == "ledger" else self.documents)

    def dataset(self, table: TableName = "documents") -> Any:
        """Return a ``pyarrow.dataset.Dataset`` over the files of *table*, with the columns of all of them.

        Raises DamagedFile if a file is missing or is no Parquet.
        """
        paths = self.paths(table)
        schema = _schema(paths, table)
        if not paths:
            return ds.dataset(pa.table([pa.array([], field.type) for field in schema], schema=schema))
        store, names = file_system(paths)
        return ds.dataset(names, schema=schema, format="parquet", filesystem=store)

    def relation(self, table: TableName = "documents", bounds: Bounds | None = None) -> Any:
        """Return a ``duckdb.DuckDBPyRelation`` over the files of *table*; its connection can read nothing else.

        Raises DamagedFile as dataset does.
        """
        paths = self.paths(table)
        _schema(paths, table)
        return query.open_connection(paths, bounds).sql(relation_of(paths, table))

    def frame(self, table: TableName = "documents") -> Any:
        """Return a ``polars.LazyFrame`` over the files of *table*; MissingLibrary if Polars is not installed."""
        try:
            polars = import_module("polars")
        except ModuleNotFoundError as error:
            message = "a frame needs the library polars, which is not installed; install corpushub[frames], "
            raise MissingLibrary(message + "or use dataset() or relation()") from error
        return polars.scan_pyarrow_dataset(self.dataset(table))


def read_version(hub: Hub, ref: VersionRef) -> VersionReader:
    """Return a reader of *ref*.

    Files are never changed by later versions, but an erasure or the removal of the version takes them away: read it
    again then.

    Raises:
        UnknownReference: there is no such version.
        VersionRetired: its files were removed.
    """
    version = get_version(hub.db, ref)
    require_files(version, standing_of(hub.db, version))
    documents, ledger = (tuple(version_files(hub.db, version, table)) for table in ("documents", "ledger"))
    return VersionReader(hub.home, version, documents, ledger)


def _schema(paths: list[str], table: TableName) -> pa.Schema:
    """Return the columns of all files: versions that went on with older ones may hold files with fewer."""
    schemas = [LEDGER if table == "ledger" else DOCUMENTS]
    for path in paths:
        try:
            with open_parquet(path) as file:
                schemas.append(file.schema_arrow.remove_metadata())
        except (OSError, pa.ArrowException) as error:
            message = f"cannot read the data file {path}: {type(error).__name__}; run `corpushub verify`"
            raise DamagedFile(message) from error
    return pa.unify_schemas([_without_field_metadata(schema) for schema in schemas])


def _without_field_metadata(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field.remove_metadata() for field in schema])
