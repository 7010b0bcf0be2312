"""What a withdrawal makes of files: which documents its rules find, and ledger rows that say they go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from lineage.control.withdrawals import WITHDRAW
from lineage.rewrite.chores import read_table
from lineage.rewrite.files import UNCHANGED, Rewritten, file_name, is_there, read_renamed, untouched
from lineage.rewrite.tombstones import rename_outputs
from lineage.storage.parquet import canonical, read_columns, write_ledger
from lineage.storage.tables import DOCUMENTS, LEDGER

READ: Final = (
    "doc_id", "content_id", "source", "uri", "license", "profile", "language", "captured_at"
)  # fmt: skip
"""Columns of documents that a rule may look at."""

RULED: Final = pa.schema(
    [
        pa.field("detail", pa.string()),  # the rule; null where the document stays
        pa.field("reason", pa.string()),
        pa.field("policy", pa.string()),  # digest of the policy that decided, null if none did
    ]
)
"""What a rule says of each document."""

Rule = Callable[[pa.Table], pa.Table]
"""Tells of n documents (columns READ) which ones go: RULED n."""

_NOT_REAL: Final = ("value", "output", "duplicate_of", "similarity")


def ruled(mask: Any, detail: str, reason: str, policy: str | None = None) -> pa.Table:
    """Return RULED n for bool n *mask*, null as no: one rule, reason and policy for all that go."""
    said = (detail, reason, policy)
    known = pc.fill_null(mask, False)
    columns = [pc.if_else(known, pa.scalar(value, pa.string()), pa.scalar(None, pa.string())) for value in said]
    return pa.table(columns, schema=RULED)


def first_of(tables: Iterable[pa.Table]) -> pa.Table:
    """Return RULED n of several rules: of each document what the first rule says that speaks of it."""
    whole, *others = tables
    for other in others:
        free = pc.is_null(whole["detail"])
        whole = pa.table([pc.if_else(free, other[name], whole[name]) for name in RULED.names], schema=RULED)
    return whole


def find_affected(path: str, rules: Iterable[Rule]) -> pa.Table:
    """Return the documents of the file at *path* that a rule speaks of: READ and RULED; texts are not read.

    Raises DamagedFile if it cannot be read.
    """
    empty = pa.schema([DOCUMENTS.field(name) for name in READ]).empty_table()
    found = [_affected(empty, rules)]
    found += [_affected(_complete(rows), rules) for rows in read_columns(path, READ)]
    return pa.concat_tables(found)


def _complete(rows: pa.Table) -> pa.Table:
    """Return *rows* with all of READ: an older file lacks columns."""
    return canonical(rows, pa.schema([DOCUMENTS.field(name) for name in READ]))


def _affected(rows: pa.Table, rules: Iterable[Rule]) -> pa.Table:
    said = first_of(rule(rows) for rule in rules)
    for name in RULED.names:
        rows = rows.append_column(RULED.field(name), said[name])
    return rows.filter(pc.is_valid(said["detail"]))


def count_copies(paths: Iterable[str], doc_ids: pa.ChunkedArray) -> int:
    """Count the documents that ledger files drop for one of *doc_ids* (string n), themselves aside."""
    found: set[str] = set()
    for path in paths:
        for rows in read_columns(path, ("doc_id", "duplicate_of")):
            dropped_for = pc.fill_null(pc.is_in(rows["duplicate_of"], value_set=doc_ids.combine_chunks()), False)
            others = pc.invert(pc.is_in(rows["doc_id"], value_set=doc_ids.combine_chunks()))
            found.update(rows["doc_id"].filter(pc.and_(dropped_for, others)).to_pylist())
    return len(found)


@dataclass(frozen=True, slots=True)
class KeptRewriting:
    """Say in one ledger file that documents went; as rewriting.LedgerRewriting, for rewrite_kept.

    Attributes:
        path: the file.
        folder: where the new one goes.
        size: bytes of the file.
        gone: a table of the documents that go (doc_id, RULED).
        renamed: a table of old and new names of documents files.
        run_id: of the run that drops them.
    """

    path: str
    folder: str
    size: int
    gone: str
    renamed: str
    run_id: str

    @property
    def name(self) -> list[str]:
        """Name the work."""
        return ["kept", *map(file_name, (self.path, self.gone, self.renamed)), self.run_id]

    @property
    def code(self) -> tuple[str, ...]:
        """Return the modules whose functions do it."""
        return (__name__,)

    def run(self) -> dict[str, Any]:
        """Rewrite the file; return what became of it, for Rewritten.load."""
        renamed = read_renamed(self.renamed)
        made = rewrite_kept(self.path, read_table(self.gone), self.run_id, self.folder, renamed)
        return asdict(untouched(self.path, made))

    def stands(self, result: Mapping[str, Any]) -> bool:
        """Tell whether the new file of an earlier attempt is still there."""
        return is_there(result)


def rewrite_kept(path: str, gone: pa.Table, run: str, folder: str, renamed: Mapping[str, str]) -> Rewritten:
    """Rewrite the ledger file at *path*: rows that kept documents of *gone* (doc_id, RULED) say *run* dropped them.

    So every record still has one final outcome. What was found in the texts stays, for those who ask for an erasure
    later. *renamed* are data files by name, and those in their place.
    """
    table = pa.concat_tables(
        [LEDGER.empty_table(), *(canonical(rows, LEDGER) for rows in read_columns(path, LEDGER.names))]
    )
    at = pc.index_in(table["doc_id"], value_set=gone["doc_id"].combine_chunks())
    lost = pc.and_(pc.is_valid(at), pc.fill_null(pc.equal(table["outcome"], "kept"), False))
    outputs = pc.is_in(table["output"], value_set=pa.array(list(renamed), pa.string()))
    if not pc.any(pc.or_(lost, outputs)).as_py():
        return UNCHANGED
    columns = {name: gone[name].combine_chunks().take(at.combine_chunks()) for name in RULED.names}
    columns["policy"] = pc.coalesce(columns["policy"], table["policy"])
    columns |= {"run": run, "step": WITHDRAW, "outcome": "dropped"} | dict.fromkeys(_NOT_REAL)
    for name, column in columns.items():
        field = LEDGER.field(name)
        value = column if isinstance(column, pa.Array | pa.ChunkedArray) else pa.scalar(column, field.type)
        table = table.set_column(LEDGER.get_field_index(name), field, pc.if_else(lost, value, table[name]))
    return Rewritten(True, write_ledger(rename_outputs(table, renamed), folder))
