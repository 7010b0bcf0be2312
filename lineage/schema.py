"""The control database's tables (SQLAlchemy Core; SQLite in WAL mode or PostgreSQL)."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Float, Index, Integer, MetaData, String, Table, Text

REVISION = 2
"""Raised with every change of the tables below; SQLite keeps it as user_version."""

METADATA = MetaData()

RUNS = Table(
    "runs",
    METADATA,
    Column("id", String, primary_key=True),
    Column("dataset", String, nullable=False),
    Column("state", String, nullable=False),  # a RunState
    Column("recipe", Text, nullable=False),  # the TOML text
    Column("recipe_digest", String, nullable=False),
    Column("inputs_digest", String, nullable=False),
    Column("code_version", String, nullable=False),
    Column("host", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", String, nullable=False),  # times are RFC 3339 text in UTC: they sort as text
    Column("finished", String),
    Column("counts", JSON, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("bytes_in", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("error", Text),
    Column("not_done", JSON, nullable=False),  # recipe section -> what was not done: {"pii": "not scanned"}
    Index("runs_by_dataset", "dataset", "started"),
)

VERSIONS = Table(
    "versions",
    METADATA,
    Column("dataset", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("run", String, nullable=False, unique=True),
    Column("parent", Integer),
    Column("manifest_root", String, nullable=False),
    Column("created", String, nullable=False),
    Column("documents", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("licenses", JSON, nullable=False),
    Column("languages", JSON, nullable=False),
    Column("sources", JSON, nullable=False),
    Column("recipe_digest", String, nullable=False),
    Column("ledger_snapshot", BigInteger, nullable=False),
    Column("documents_snapshot", BigInteger, nullable=False),
)

VERSION_FILES = Table(
    "version_files",
    METADATA,
    Column("dataset", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("table", String, primary_key=True),  # documents, ledger or index
    Column("path", String, primary_key=True),  # relative to the warehouse
    Column("sha256", String, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("first_doc_id", String, nullable=False),
    Column("last_doc_id", String, nullable=False),
)

RUN_INPUTS = Table(
    "run_inputs",
    METADATA,
    Column("run", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("name", String, primary_key=True),  # as the recipe names it
    Column("path", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
)

FILE_DIGESTS = Table(
    "file_digests",
    METADATA,
    Column("path", String, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
)

ERASURES = Table(
    "erasures",
    METADATA,
    Column("id", String, primary_key=True),  # of the receipt
    Column("state", String, nullable=False),  # an ErasureState
    Column("reason", Text, nullable=False),
    Column("requests", JSON, nullable=False),  # [{kind, hash}]: never what was asked for
    Column("salt", String, nullable=False),  # of the hashes of subjects that are no person
    Column("key_id", String),  # of the key of the hashes of persons
    Column("created", String, nullable=False),
    Column("finished", String),
    Column("documents", BigInteger, nullable=False),
    Column("files", JSON, nullable=False),  # {rewritten, removed}
)

REVISIONS = Table(
    "revisions",
    METADATA,
    Column("dataset", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),  # from 1; a version as committed has none
    Column("receipt", String, nullable=False),
    Column("documents", BigInteger, nullable=False),  # how many it has lost
    Column("old_root", String, nullable=False),
    Column("new_root", String, nullable=False),
    Column("created", String, nullable=False),
)

SUPPRESSIONS = Table(
    "suppressions",
    METADATA,
    Column("kind", String, primary_key=True),
    Column("value", Text, primary_key=True),  # keyed hash of a person's value, else host, prefix or id
    Column("key_id", String, nullable=False),  # of the key of the hash, else empty
    Column("receipt", String, nullable=False),
    Column("created", String, nullable=False),
)

RUN_KEYS = Table(
    "run_keys",
    METADATA,
    Column("run", String, primary_key=True),
    Column("key_id", String, nullable=False),  # of the key with which the run hashed findings
)
