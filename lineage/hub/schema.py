"""The control database's tables (SQLAlchemy Core; SQLite in WAL mode or PostgreSQL)."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Float, Index, Integer, String, Table, Text

from lineage.hub import people_schema

METADATA = people_schema.METADATA
"""All tables: those below, and those about persons."""

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

RUN_COSTS = Table(
    "run_costs",
    METADATA,
    Column("run", String, primary_key=True),
    Column("read_bytes", BigInteger, nullable=False),  # of the files that it read, as they are stored
    Column("work_bytes", BigInteger, nullable=False),  # of its files between stages
    Column("memory_bytes", BigInteger, nullable=False),  # at most at once, of all its processes
    Column("workers", Integer, nullable=False),
)

RUN_ATTEMPTS = Table(
    "run_attempts",
    METADATA,
    Column("run", String, primary_key=True),
    Column("started", String, primary_key=True),
    Column("attempt", JSON, nullable=False),  # lineage.control.costs.attempts.Attempt
)

RUN_PROGRESS = Table(
    "run_progress",
    METADATA,
    Column("run", String, primary_key=True),
    Column("progress", JSON, nullable=False),  # lineage.control.costs.progress.RunProgress; gone when it ends
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

VERSION_FILES = Table(  # of earlier releases, which kept a row for each file of each version; see FILE_SPANS
    "version_files",
    METADATA,
    Column("dataset", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("table", String, primary_key=True),  # a FileKind
    Column("path", String, primary_key=True),  # relative to the warehouse
    Column("sha256", String, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("first_doc_id", String, nullable=False),
    Column("last_doc_id", String, nullable=False),
)

FILE_SPANS = Table(
    "file_spans",
    METADATA,
    Column("dataset", String, primary_key=True),
    Column("table", String, primary_key=True),  # a FileKind
    Column("path", String, primary_key=True),  # relative to the warehouse
    Column("first", Integer, primary_key=True, autoincrement=False),  # number of the first version that holds it
    Column("last", Integer),  # of the last one; null while the newest does
    Column("sha256", String, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("first_doc_id", String, nullable=False),
    Column("last_doc_id", String, nullable=False),
    Index("file_spans_by_first", "dataset", "first"),
    Index("file_spans_by_last", "dataset", "last"),
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

POLICIES = Table(  # of earlier releases, which kept one text of each meaning; see POLICY_TEXTS
    "policies",
    METADATA,
    Column("digest", String, primary_key=True),  # as in the ledger
    Column("text", Text, nullable=False),  # the TOML text
)

POLICY_TEXTS = Table(
    "policy_texts",
    METADATA,
    Column("sha256", String, primary_key=True),  # of the text, so that none replaces another
    Column("policy", String, nullable=False),  # digest of what it means, as in the ledger
    Column("text", Text, nullable=False),
    Column("kept", String, nullable=False),  # since when
)

SOURCE_DIGESTS = Table(
    "source_digests",
    METADATA,
    Column("path", String, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("stamp", String, nullable=False),
    Column("sha256", String, nullable=False),
)

# proof: statements and the audit log

RUN_ENVIRONMENTS = Table(
    "run_environments",
    METADATA,
    Column("run", String, primary_key=True),
    Column("policy", String),  # digest of the policy it decided by
    Column("libraries", JSON, nullable=False),  # name -> version
)

RUN_TEXTS = Table(
    "run_texts",
    METADATA,
    Column("run", String, primary_key=True),
    Column("policy_text", String, nullable=False),  # SHA-256 of the text of the policy it decided by
)

ATTESTATIONS = Table(
    "attestations",
    METADATA,
    Column("dataset", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("manifest_root", String, primary_key=True),  # a version that an erasure revised has one for each root
    Column("envelope", Text, nullable=False),  # DSSE, JSON
    Column("statement", String, nullable=False),  # SHA-256 of the payload
    Column("log", String, nullable=False),
    Column("leaf", BigInteger, nullable=False),  # index in the log
    Column("created", String, nullable=False),
)

AUDIT_LEAVES = Table(
    "audit_leaves",
    METADATA,
    Column("log", String, primary_key=True),  # origin of the log
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("key", String, nullable=False),  # what makes a second entry of the same event impossible
    Column("kind", String, nullable=False),
    Column("subject", String),  # null once forgotten, as content and salt
    Column("content", Text),
    Column("salt", String),
    Column("entry", String, nullable=False),  # what the log holds: HMAC-SHA-256 of the content under the salt
    Index("audit_leaf_once", "log", "key", unique=True),
)

LEAF_SIGNATURES = Table(
    "audit_leaf_signatures",
    METADATA,
    Column("log", String, primary_key=True),
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("signature", String, nullable=False),  # Ed25519, base64: by whoever placed the leaf
)

AUDIT_CHECKPOINTS = Table(
    "audit_checkpoints",
    METADATA,
    Column("log", String, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("note", Text, nullable=False),  # the newest signed checkpoint
)

# pinned and retired versions; the outbox of lineage events

STANDINGS = Table(
    "version_standings",
    METADATA,
    Column("dataset", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("pinned", String),  # since when, null if it is not
    Column("pinned_why", Text),
    Column("retired", String),
    Column("retired_why", Text),
    Column("removed", String),  # since when the files that only this version held are gone
)

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", Integer, primary_key=True),  # the order of delivery
    Column("run", String, nullable=False),
    Column("kind", String, nullable=False),  # the event's eventType
    Column("event", Text, nullable=False),  # the OpenLineage event, as JSON
    Column("created", String, nullable=False),
    Column("sent", String),  # when it was delivered, null if not yet
    Column("tries", Integer, nullable=False),  # how often a receiver refused it
    Index("outbox_once", "run", "kind", "created", unique=True),
    Index("outbox_unsent", "sent", "id"),
)

# erasures, what they revised, and what is not taken in again

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

ERASURE_LIMITS = Table(
    "erasure_limits",
    METADATA,
    Column("receipt", String, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("version", String),  # NAME@vN, null where it is so of all
    Column("why", Text, nullable=False),  # what was not looked for
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

ORIGINAL_TEXTS = Table(
    "original_texts",
    METADATA,
    Column("of", String, primary_key=True),  # the table that keeps the text: runs or policies
    Column("key", String, primary_key=True),  # the text's key there
    Column("sha256", String, nullable=False),  # of the text as its file had it, before personal data was taken out
)

RUN_KEYS = Table(
    "run_keys",
    METADATA,
    Column("run", String, primary_key=True),
    Column("key_id", String, nullable=False),  # of the key with which the run hashed findings
)

# revisals: documents that were taken out of a dataset when a rule turned out to be broken

REVISALS = Table(
    "revisals",
    METADATA,
    Column("run", String, primary_key=True),  # which made the version without them, if there was one to make
    Column("dataset", String, nullable=False),
    Column("parent", Integer, nullable=False),  # number of the newest version at that time
    Column("rules", JSON, nullable=False),  # [KIND:VALUE]
    Column("policy", String),  # digest of the policy that judged, null if none did
    Column("reason", Text, nullable=False),
    Column("who", String, nullable=False),  # USER@HOST
    Column("created", String, nullable=False),
    Column("documents", BigInteger, nullable=False),  # how many the newest version lost
    Column("found", JSON, nullable=False),  # number of each version that held any -> how many
    Column("lifted", JSON),  # {who, when, why}: since when its rules stand no more, null while they do
)

STANDING_RULES = Table(
    "standing_rules",
    METADATA,
    Column("dataset", String, primary_key=True),
    Column("kind", String, primary_key=True),  # host, uri-prefix, source, license or doc
    Column("value", Text, primary_key=True),
    Column("run", String, nullable=False),  # of the revisal
)

# what people say of versions

DOCUMENTATION = Table(
    "documentation",
    METADATA,
    Column("dataset", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),  # from 1; the last one counts
    Column("written", String, nullable=False),  # when
    Column("said", JSON, nullable=False),  # lineage.control.documentation.model.Written
    Column("rests", JSON, nullable=False),  # prose field -> on what its words rest
)
