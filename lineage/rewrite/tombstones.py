"""Tombstones: what a ledger keeps of an erased document, which is that it was read and is gone, and nothing of whom.

A tombstone has doc_id, seq, run, source, outcome ``dropped``, reason ``erased`` and step ``erase``; every other column
is null. There is one for each record read, so that counts balance. Rows that told of changes go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from lineage.storage.tables import FINAL_OUTCOMES

ERASED: Final = "erased"
"""The reason of tombstones; also the detail of a row whose survivor was erased."""

STEP: Final = "erase"
_REMAINING: Final = frozenset({"doc_id", "seq", "run", "source"})
_SET: Final = {"outcome": "dropped", "reason": ERASED, "step": STEP}


def hide_erased(ledger: pa.Table) -> pa.Table:
    """Put tombstones in the place of all rows of those documents of *ledger* that a row drops as erased."""
    erased = pc.fill_null(pc.equal(ledger["reason"], ERASED), False)
    return bury(ledger, ledger["doc_id"].filter(erased).combine_chunks())


def bury(ledger: pa.Table, doc_ids: pa.Array) -> pa.Table:
    """Put tombstones in the place of the rows of *doc_ids* (of the column's type), behind the other rows."""
    gone = pc.is_in(ledger["doc_id"], value_set=doc_ids)
    if not pc.any(gone).as_py():
        return ledger
    settled = pc.is_in(ledger["outcome"], value_set=pa.array(FINAL_OUTCOMES, pa.string()))
    stones = _blank(ledger.filter(pc.and_(gone, settled)))
    return pa.concat_tables([ledger.filter(pc.invert(gone)), stones])


def cut_links(ledger: pa.Table, doc_ids: pa.Array) -> pa.Table:
    """Forget that documents were dropped for any of *doc_ids*: no survivor, no similarity, and ``erased`` as detail."""
    lost = pc.fill_null(pc.is_in(ledger["duplicate_of"], value_set=doc_ids), False)
    if not pc.any(lost).as_py():
        return ledger
    for name, value in (("duplicate_of", None), ("similarity", None), ("detail", ERASED)):
        column = ledger[name]
        ledger = _set(ledger, name, pc.if_else(lost, pa.scalar(value, column.type), column))
    return ledger


def rename_outputs(ledger: pa.Table, renamed: Mapping[str, str]) -> pa.Table:
    """Name the new data files (by file name) where *ledger* names those they replace."""
    old = pa.array(list(renamed), pa.string())
    at = pc.index_in(ledger["output"], value_set=old)
    if at.null_count == len(at):
        return ledger
    new = pa.array(list(renamed.values()), pa.string()).take(at.combine_chunks())
    return _set(ledger, "output", pc.coalesce(new, ledger["output"]))


def _blank(rows: pa.Table) -> pa.Table:
    """Return a tombstone for each of *rows*."""
    columns = []
    for field in rows.schema:
        if field.name in _REMAINING:
            columns.append(rows[field.name])
        elif field.name in _SET:
            columns.append(pa.repeat(pa.scalar(_SET[field.name], field.type), rows.num_rows))
        else:
            columns.append(pa.nulls(rows.num_rows, field.type))
    return pa.table(columns, schema=rows.schema)


def _set(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), table.schema.field(name), column)
