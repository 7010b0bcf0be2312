"""Counts: what statistics are made of, as tables that are added and subtracted, in any order.

A row is a breakdown, up to four keys, a number, and how many documents it has; see BREAKDOWNS. The counts of documents
and ledger rows are the sum of those of any parts they are divided into, and those of what is left when some are taken
away are the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lineage.statistics.bins import BIN_BITS, Keys, keys_of, prefixes_of, settled_by
from lineage.statistics.model import NO_ADDRESS, UNKNOWN
from lineage.storage.tables import DOCUMENTS, FINAL_OUTCOMES
from policies.addresses.domains import domains_of

KEYS: Final = ("key", "second", "third", "fourth")

COUNTS: Final = pa.schema(
    [
        pa.field("breakdown", pa.string()),
        *(pa.field(name, pa.string()) for name in KEYS),  # empty where a breakdown has fewer
        pa.field("number", pa.int64()),  # 0 where a breakdown has none
        pa.field("documents", pa.int64()),
        pa.field("amount", pa.int64()),  # bytes of text, or what BREAKDOWNS says; may be 0
    ]
)
"""Columns of counts; what names a row comes first."""

NAMES: Final = COUNTS.names[:-2]
"""The columns that name a row."""

BREAKDOWNS: Final[Mapping[str, str]] = {
    "kept": "kept documents by language and source",
    "license": "kept documents by licence",
    "domain": "kept documents by registrable domain",
    "month": "kept documents by month of capture",
    "source-domain": "kept documents by source and registrable domain",
    "source-month": "kept documents by source and month of capture",
    "length": "kept documents by the power of two below their bytes of text, the number",
    "signal": "kept documents by signal and bin (number); amount: those whose value is the least of the bin",
    "null": "kept documents without a value, by signal",
    "scanned": "kept documents that were searched for personal data; amount: 0",
    "pii": "kept documents by type of personal data; amount: spans",
    "profile": "kept and dropped documents by profile and which of both; amount: 0",
    "dropped": "dropped records by step, reason, language and source; amount: 0",
    "failed": "records that could not be read, likewise",
    "changed": "kept documents that a step changed; amount: 0",
    "edit": "changed texts by step and reason; amount: spans",
    "dropped-domain": "dropped records by registrable domain; amount: 0",
    "survivor": "dropped duplicates by the document they were dropped for; amount: 0",
}
"""What each breakdown counts."""

MEASURED: Final = ("language_score", "garbled")
"""Columns of every documents table that are numbers as signals are."""

DOCUMENT_COLUMNS: Final = ("source", "uri", "license", "profile", "language", "captured_at", "pii_counts", *MEASURED)
"""Columns of documents that are counted, beside the recipe's signals and the bytes of text."""

LEDGER_COLUMNS: Final = (
    *("doc_id", "step", "outcome", "reason", "language", "source", "uri", "profile", "duplicate_of", "edits"),
    *("file", "offset"),
)
"""Columns of the ledger that are counted."""

_REVISIT: Final = "revisit"


def without_texts(documents: pa.Table) -> pa.Table:
    """Return the columns of *documents* that are counted, with the bytes of texts (int64) in place of these."""
    signals = [field.name for field in documents.schema if field.name not in DOCUMENTS.names and is_measured(field)]
    names = [name for name in (*DOCUMENT_COLUMNS, *signals) if name in documents.column_names]
    return documents.select(names).append_column("bytes", pc.binary_length(documents["text"]).cast(pa.int64()))


def is_measured(field: pa.Field) -> bool:
    """Tell whether the column *field* is a number or a truth value."""
    kind = field.type
    return any(test(kind) for test in (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean))


def count_documents(documents: pa.Table) -> pa.Table:
    """Count kept *documents*, as without_texts gives them: COUNTS."""
    rows, amount = documents.num_rows, _flat(documents["bytes"])
    language, source = (_named(documents, name) for name in ("language", "source"))
    counted = [
        _tally("kept", [language, source], amount=amount),
        _tally("license", [_named(documents, "license")], amount=amount),
        *_with_sources("domain", source, _domains(documents), amount),
        *_with_sources("month", source, _months(documents), amount),
        _tally("length", [], number=_least(amount.to_numpy()), amount=amount),
        _tally("profile", [_named(documents, "profile", ""), pa.repeat("kept", rows)]),
    ]
    if "pii_counts" in documents.column_names:
        counted += _personal_data(_flat(documents["pii_counts"]))
    measured = (name for name in documents.column_names if name in MEASURED or name not in (*DOCUMENT_COLUMNS, "bytes"))
    counted += _signals({name: documents[name] for name in measured})
    return add(counted)


def count_ledger(ledger: pa.Table) -> pa.Table:
    """Count what became of the records of *ledger* (LEDGER_COLUMNS, all rows of each of its documents): COUNTS."""
    outcome = ledger["outcome"]
    dropped = ledger.filter(pc.equal(outcome, "dropped"))
    failed = ledger.filter(pc.equal(outcome, "failed"))
    changed = ledger.filter(pc.equal(outcome, "changed"))
    spans = pc.fill_null(pc.list_value_length(changed["edits"]), 0).cast(pa.int64())
    profile = _named(dropped, "profile", "")
    twins = dropped.filter(pc.and_(pc.is_valid(dropped["duplicate_of"]), pc.not_equal(dropped["reason"], _REVISIT)))
    return add(
        [
            *(_tally(name, _ending(rows)) for name, rows in (("dropped", dropped), ("failed", failed))),
            _tally("dropped-domain", [_domains(dropped)]),
            _tally("profile", [profile, pa.repeat("dropped", len(profile))]),
            _tally("edit", [_named(changed, name, "") for name in ("step", "reason")], amount=_flat(spans)),
            _tally("survivor", [_named(twins, "duplicate_of")]),
            _row("changed", changed_documents(ledger)),
        ]
    )


def changed_documents(ledger: pa.Table) -> int:
    """Count the kept documents that some step changed; records that share a doc_id are told apart by their place."""
    place = ["doc_id", "file", "offset"]
    offsets = pc.fill_null(ledger["offset"], -1)  # a join never matches nulls
    ledger = ledger.set_column(ledger.column_names.index("offset"), "offset", offsets)
    by_outcome = {name: ledger.filter(pc.equal(ledger["outcome"], name)).select(place) for name in ("changed", "kept")}
    edited = by_outcome["changed"].group_by(place, use_threads=False).aggregate([])
    return len(by_outcome["kept"].join(edited, place, join_type="inner", use_threads=False))


def final_records(ledger: pa.Table) -> int:
    """Count the records that *ledger* accounts for."""
    return int(pc.sum(pc.is_in(ledger["outcome"], pa.array(FINAL_OUTCOMES))).as_py() or 0)


def add(tables: Iterable[pa.Table]) -> pa.Table:
    """Add counts: a row for each name that does not come to nothing, in the order of names."""
    whole = pa.concat_tables([COUNTS.empty_table(), *tables])
    summed = whole.group_by(NAMES, use_threads=False).aggregate([("documents", "sum"), ("amount", "sum")])
    summed = summed.rename_columns(COUNTS.names).cast(COUNTS)
    left = summed.filter(pc.or_(pc.not_equal(summed["documents"], 0), pc.not_equal(summed["amount"], 0)))
    return left.take(pc.sort_indices(left, sort_keys=[(name, "ascending") for name in NAMES])).combine_chunks()


def negative(counts: pa.Table) -> pa.Table:
    """Return *counts* to be taken away."""
    for name in ("documents", "amount"):
        counts = counts.set_column(counts.column_names.index(name), COUNTS.field(name), pc.negate(counts[name]))
    return counts


def _tally(breakdown: str, keys: Sequence[pa.Array], *, number: Any = None, amount: Any = None) -> pa.Table:
    """Count rows by *keys* (string n each) and *number* (int64 n), and sum *amount* (int64 n)."""
    rows = len(keys[0]) if keys else len(number)
    columns: dict[str, Any] = {"breakdown": pa.repeat(breakdown, rows)}
    columns |= {name: keys[at] if at < len(keys) else pa.repeat("", rows) for at, name in enumerate(KEYS)}
    zeros = np.zeros(rows, np.int64)
    columns["number"] = zeros if number is None else number
    columns["documents"] = np.ones(rows, np.int64)
    columns["amount"] = zeros if amount is None else amount
    by = ["breakdown", *KEYS[: len(keys)], "number"]
    rest = [name for name in KEYS if name not in by]
    table = pa.table(columns)
    grouped = table.group_by(by, use_threads=False).aggregate([("documents", "sum"), ("amount", "sum")])
    grouped = grouped.rename_columns([*by, "documents", "amount"])
    for name in rest:
        grouped = grouped.append_column(name, pa.repeat("", len(grouped)))
    return grouped.select(COUNTS.names).cast(COUNTS)


def _with_sources(breakdown: str, source: pa.Array, keys: pa.Array, amount: pa.Array) -> list[pa.Table]:
    """Count rows by *source* and *keys*, and, of these counts, by *keys* alone."""
    both = _tally(f"source-{breakdown}", [source, keys], amount=amount)
    rows = len(both)
    names = {"breakdown": pa.repeat(breakdown, rows), "key": both["second"], "second": pa.repeat("", rows)}
    return [both, pa.table({name: names.get(name, both[name]) for name in COUNTS.names}, COUNTS)]


def _row(breakdown: str, documents: int, key: str = "") -> pa.Table:
    """Return one row of a *breakdown*."""
    names = {name: [key if name == "key" else ""] for name in KEYS}
    return pa.table({"breakdown": [breakdown], **names, "number": [0], "documents": [documents], "amount": [0]}, COUNTS)


def _ending(rows: pa.Table) -> list[pa.Array]:
    """Return step, reason, language and source of ledger *rows*."""
    return [*(_named(rows, name, "") for name in ("step", "reason")), _named(rows, "language"), _named(rows, "source")]


def _named(table: pa.Table, name: str, otherwise: str = UNKNOWN) -> pa.Array:
    """Return the column *name* with *otherwise* for nulls, and where an older table lacks it."""
    if name not in table.column_names:
        return pa.repeat(otherwise, len(table))
    column = _flat(table[name])
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return pc.fill_null(column.cast(pa.string()), otherwise)


def _domains(table: pa.Table) -> pa.Array:
    return pc.fill_null(domains_of(table["uri"]), NO_ADDRESS)


def _months(documents: pa.Table) -> pa.Array:
    """Return the months of capture as YYYY-MM: each distinct one is spelled once."""
    when = _flat(documents["captured_at"])
    months = pc.add(pc.multiply(pc.year(when), 12), pc.month(when)).dictionary_encode()
    spelled = [f"{(month - 1) // 12:04d}-{(month - 1) % 12 + 1:02d}" for month in months.dictionary.to_pylist()]
    return pc.fill_null(pa.array(spelled, pa.string()).take(months.indices), UNKNOWN)


def _least(sizes: Any) -> Any:
    """Return for each of *sizes* (int64) the greatest power of two that is not above it, 0 for 0."""
    _, exponents = np.frexp(sizes.astype(np.float64))
    return np.where(sizes > 0, np.left_shift(1, np.maximum(exponents.astype(np.int64) - 1, 0)), 0)


def _personal_data(counts: pa.Array) -> list[pa.Table]:
    """Count spans by type; *counts* is a map from type to spans for each document, null where none was searched."""
    searched = len(counts) - counts.null_count
    held = counts.drop_null()
    types, spans = held.keys, held.items
    found = _tally("pii", [types.cast(pa.string())], amount=spans.cast(pa.int64())) if len(types) else None
    return [_row("scanned", searched), *([found] if found is not None else [])]


def _signals(columns: Mapping[str, pa.ChunkedArray]) -> list[pa.Table]:
    """Count the values of signals by bin, and their nulls."""
    tables = []
    for name, column in columns.items():
        keys = keys_of(finite(column))
        tables += [count_prefixes("signal", name, keys, BIN_BITS), _row("null", len(column) - len(keys), name)]
    return tables


def count_prefixes(breakdown: str, signal: str, keys: Keys, bits: int) -> pa.Table:
    """Count the values of *signal* by the first *bits* of their *keys*; amount: those with zeros behind them."""
    found, at = np.unique(prefixes_of(keys, bits), return_inverse=True)
    rows = len(found)
    settled = np.bincount(at, settled_by(keys, bits), rows).astype(np.int64)
    names = {name: pa.repeat(signal if name == "key" else "", rows) for name in KEYS}
    numbers = {"number": found, "documents": np.bincount(at, minlength=rows).astype(np.int64), "amount": settled}
    return pa.table({"breakdown": pa.repeat(breakdown, rows), **names, **numbers}, COUNTS)


def finite(column: pa.ChunkedArray) -> Any:
    """Return the finite values of a *column* of numbers or truth values as float64."""
    values = _flat(column).drop_null()
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    found = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return found[np.isfinite(found)]


def _flat(column: Any) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
