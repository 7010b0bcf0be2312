"""The control database's tables about persons: what they ask for and report, who may see what, and who has seen it."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, MetaData, String, Table, Text

METADATA = MetaData()
"""Of all tables of the control database; lineage.hub.schema adds the others, and is who to ask for it."""

# what persons ask for and report

PERSON_REQUESTS = Table(
    "person_requests",
    METADATA,
    Column("number", Integer, primary_key=True),  # what operators call it
    Column("receipt", String, nullable=False),  # SHA-256 of what the person was given, which is nowhere
    Column("asks", String, nullable=False),  # a Right
    Column("purpose", String, nullable=False),  # a Purpose
    Column("subject", String, nullable=False),  # its kind: email, host and so on
    Column("state", String, nullable=False),  # a RequestState
    Column("created", String, nullable=False),
    Column("due", String, nullable=False),
    Column("verified", String),  # since when it is known who asks
    Column("verified_by", Text),  # and how
    Column("planned", String),
    Column("plan", JSON),  # NAME@vN -> documents that it concerns
    Column("ended", String),
    Column("proofs", Text),  # receipt:ID and run:ID of what was done, a blank between
    Column("answer", Text),  # of the operators, to the person
    Column("key", String),  # the secret under which the rest is sealed; null once that was shredded
    Column("sealed", Text),  # value, contact and words, encrypted
    Index("person_requests_by_receipt", "receipt", unique=True),
)

REPORTS = Table(
    "reports",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("receipt", String, nullable=False),  # as of a request
    Column("version", String, nullable=False),  # NAME@vN
    Column("doc_id", String),  # null once the document was erased
    Column("problem", String, nullable=False),  # a Problem
    Column("words", Text),  # of who reports, without personal data; null where there are none
    Column("created", String, nullable=False),
    Column("closed", String),
    Column("answer", Text),
    Index("reports_by_receipt", "receipt", unique=True),
)

# who may see what, who has seen it, and who was given it

ACCESS_TOKENS = Table(
    "access_tokens",
    METADATA,
    Column("id", String, primary_key=True),
    Column("sha256", String, nullable=False),  # of the token, which is nowhere
    Column("role", String, nullable=False),  # a Role
    Column("datasets", JSON, nullable=False),  # names: for these alone; [] for all
    Column("note", Text, nullable=False),
    Column("created", String, nullable=False),
    Column("expires", String, nullable=False),
    Column("revoked", String),  # since when, null while it is good
    Index("access_tokens_by_digest", "sha256", unique=True),
)

VISIBILITIES = Table(
    "visibilities",
    METADATA,
    Column("dataset", String, primary_key=True),  # one that is not here is private
    Column("level", String, nullable=False),  # a Visibility
    Column("since", String, nullable=False),
)

ACCESSES = Table(
    "accesses",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", String, nullable=False),
    Column("who", String, nullable=False),  # id of a token, "operator" or "public"
    Column("dataset", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("doc_id", String),  # null once it was erased
    Column("what", String, nullable=False),  # an Aspect
    Column("receipt", String),  # of the erasure that took the document out
    Index("accesses_by_time", "at"),
    Index("accesses_by_document", "doc_id"),
)

EXPORTS = Table(
    "exports",
    METADATA,
    Column("id", String, primary_key=True),
    Column("dataset", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("manifest_root", String, nullable=False),  # of the version as it was then
    Column("form", String, nullable=False),  # a Format
    Column("documents", BigInteger, nullable=False),
    Column("created", String, nullable=False),
    Column("recipient", Text),  # null where nobody said
    Column("purpose", Text),  # likewise
    Index("exports_by_version", "dataset", "number"),
)
