"""Arrow schemas of the two tables of a dataset."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from policies.spans import EDITS, FINDINGS

MARKS = pa.list_(pa.field("element", pa.string()))

DOCUMENTS = pa.schema(
    [
        pa.field("text", pa.string()),
        pa.field("doc_id", pa.string()),  # 32 hex digits: the occurrence
        pa.field("content_id", pa.string()),  # 64 hex digits: SHA-256 of the canonical text
        pa.field("source", pa.string()),  # as named in the recipe
        pa.field("source_id", pa.string()),  # the record's own id, null if it has none
        pa.field("uri", pa.string()),
        pa.field("license", pa.string()),  # SPDX expression, null if unknown
        pa.field("profile", pa.string()),  # rights profile, null in older files; see PROFILES
        pa.field("title", pa.string()),  # null in older files, and where the licence asks for no attribution
        pa.field("author", pa.string()),  # likewise; several names joined by "; "
        pa.field("language", pa.string()),
        pa.field("language_score", pa.float32()),
        pa.field("captured_at", pa.timestamp("us", tz="UTC")),
        pa.field("encoding", pa.string()),  # the character encoding the text was decoded from
        pa.field("garbled", pa.float32()),  # share of U+FFFD, what could not be decoded; null in older files
        pa.field("file", pa.string()),  # locator: the file as the recipe names it,
        pa.field("offset", pa.int64()),  # the record's first byte there,
        pa.field("length", pa.int64()),  # and its length in bytes
        pa.field("marks", MARKS),  # what else is to be said of the record, null where nothing is and in older files
        pa.field("pii_counts", pa.map_(pa.string(), pa.int32())),  # entity type -> spans acted upon; null: not scanned
    ]
)
"""Columns of every documents table, before the recipe's signals."""

LEDGER = pa.schema(
    [
        pa.field("doc_id", pa.string()),
        pa.field("seq", pa.int16()),  # order of the events of one document, from 0
        pa.field("content_id", pa.string()),  # null if there never was a text
        pa.field("run", pa.string()),
        pa.field("step", pa.string()),
        pa.field("outcome", pa.string()),  # kept, changed, dropped or failed
        pa.field("reason", pa.string()),
        pa.field("value", pa.float64()),
        pa.field("policy", pa.string()),  # digest of the policy that decided, null if none did
        pa.field("profile", pa.string()),  # rights profile, null if none was decided
        pa.field("source", pa.string()),
        pa.field("source_id", pa.string()),
        pa.field("uri", pa.string()),
        pa.field("captured_at", pa.timestamp("us", tz="UTC")),
        pa.field("license", pa.string()),
        pa.field("file", pa.string()),
        pa.field("offset", pa.int64()),
        pa.field("length", pa.int64()),
        pa.field("duplicate_of", pa.string()),  # doc_id of the survivor
        pa.field("similarity", pa.float32()),  # verified Jaccard index with the survivor
        pa.field("output", pa.string()),  # name of the data file that holds the kept document, null if unknown
        pa.field("detail", pa.string()),  # what the reason refers to: a benchmark item, a rule; null in older files
        pa.field("edits", EDITS),  # null where the step edited nothing or keeps no spans
        pa.field("findings", FINDINGS),  # of step pii, or of the kept row if nothing was replaced; null where none
        pa.field("marks", MARKS),  # what else is to be said of the record, null where nothing is and in older files
        pa.field("language", pa.string()),  # as identified by then, null before it is and in older files
    ]
)
"""Columns of every ledger table: what happened to each record, never any of its text."""

PROFILES = pa.schema(
    [
        pa.field("profile", pa.string()),  # 16 hex digits
        pa.field("content", pa.string()),  # canonical JSON: licence, claims, consent signals; never an address
    ]
)
"""Columns of a version's profiles files: what the profile ids of its documents and ledger stand for."""

LEDGER_ORDER = ("doc_id", "seq", "file", "offset", "step", "outcome", "reason")
"""Sort keys of ledger files; those after seq only fix the order where one occurrence was read twice."""

DOCUMENTS_ORDER = ("doc_id",)
"""Sort key of documents files."""

FINAL_OUTCOMES = ("kept", "dropped", "failed")
"""Outcomes of which every record ever read has exactly one."""


def documents_schema(signals: Mapping[str, pa.DataType] | None = None) -> pa.Schema:
    """Return DOCUMENTS plus one column for each of *signals*, in name order, in types that Iceberg has.

    Raises ValueError where a signal takes the name of a fixed column or has a type with no Iceberg counterpart.
    """
    columns = [pa.field(name, stored_type(kind)) for name, kind in sorted((signals or {}).items())]
    taken = sorted({field.name for field in columns} & set(DOCUMENTS.names))
    if taken:
        raise ValueError(f"signals may not take the names of document columns: {', '.join(taken)}")
    return pa.schema([*DOCUMENTS, *columns])


def signals_of(schema: pa.Schema) -> dict[str, pa.DataType]:
    """Return the columns of *schema* that are signals, with their types."""
    return {field.name: field.type for field in schema if field.name not in DOCUMENTS.names}


def stored_type(kind: pa.DataType) -> pa.DataType:
    """Return the type in which a signal of type *kind* is stored: the narrowest Iceberg type that holds it.

    Iceberg (spec, "Primitive Types") has signed integers of 32 and 64 bits only, and no half floats.
    """
    if pa.types.is_dictionary(kind):
        return stored_type(kind.value_type)
    if pa.types.is_integer(kind):
        narrow = kind.bit_width < 32 or kind == pa.int32()
        return pa.int32() if narrow else pa.int64()
    if pa.types.is_floating(kind):
        return pa.float64() if kind == pa.float64() else pa.float32()
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_boolean(kind):
        return pa.bool_()
    raise ValueError(f"a signal of type {kind} cannot be stored; use integer, floating point, boolean or string")
