"""Records: what the control database answers, each with a name and a digest, for the audit log to hold it to.

    version:NAME@vN    the version as it is told, its files with their ranges of ids, its revisions
    run:ID             the run that made a version: its row, inputs, environment, key and the text of its policy
    policy:SHA256      the text of a policy
    receipt:ID         an erasure, its revisions and its suppressions
    suppressions       all of them
    withdrawal:RUN     a withdrawal, and whether its rules were lifted
    rules:NAME         the rules that stand for a dataset
    standing:NAME@vN   whether a version is pinned, retired, or has lost its files

A digest is SHA-256 (hex) over canonical JSON. What Iceberg numbers, and how far an erasure is that goes on, take no
part; whatever else questions answer from does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Table, select

from lineage.control.erasures import ErasureState
from lineage.hub.schema import (
    ERASURE_LIMITS,
    ERASURES,
    FILE_SPANS,
    ORIGINAL_TEXTS,
    POLICY_TEXTS,
    REVISALS,
    REVISIONS,
    RUN_ENVIRONMENTS,
    RUN_INPUTS,
    RUN_KEYS,
    RUN_TEXTS,
    RUNS,
    STANDING_RULES,
    STANDINGS,
    SUPPRESSIONS,
    VERSION_FILES,
    VERSIONS,
)

SUPPRESSED: Final = "suppressions"
"""The name of the record of all suppressions."""

_ICEBERG: Final = ("ledger_snapshot", "documents_snapshot")
_LOGGED_FROM: Final = (ErasureState.COMMITTED, ErasureState.PURGED, ErasureState.VERIFIED)

Row = dict[str, Any]


def version_record(name: str) -> str:
    """Return the name of the record of version *name*."""
    return f"version:{name}"


def run_record(run: str) -> str:
    """Return the name of the record of *run*."""
    return f"run:{run}"


def policy_record(sha256: str) -> str:
    """Return the name of the record of the policy whose text has that SHA-256."""
    return f"policy:{sha256}"


def receipt_record(receipt: str) -> str:
    """Return the name of the record of an erasure."""
    return f"receipt:{receipt}"


def withdrawal_record(run: str) -> str:
    """Return the name of the record of the withdrawal that *run* carried out."""
    return f"withdrawal:{run}"


def rules_record(dataset: str) -> str:
    """Return the name of the record of the rules that stand for *dataset*."""
    return f"rules:{dataset}"


def standing_record(version: str) -> str:
    """Return the name of the record of how *version* stands."""
    return f"standing:{version}"


def digests(connection: Connection, names: Iterable[str] | None = None) -> dict[str, str]:
    """Return the digests of the records called *names*, or of all; those of which there is nothing are left out."""
    if names is None:
        return {name: digest for make in _FAMILIES.values() for name, digest in make(connection, None)}
    found: dict[str, str] = {}
    for name in dict.fromkeys(names):
        family, _, key = name.partition(":")
        if family in _FAMILIES:  # a later release may log records that this one does not have
            found |= dict(_FAMILIES[family](connection, key))
    return found


def receipt_ids(connection: Connection) -> list[str]:
    """Return the ids of all receipts, sorted, whatever their state."""
    return sorted(str(one) for one in connection.execute(select(ERASURES.c.id)).scalars())


def _digest(content: Any) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)).hexdigest()


def table_rows(connection: Connection, table: Table, *conditions: Any) -> Iterator[Row]:
    """Yield the rows of *table* that meet *conditions*, by its key: databases sort text in ways of their own."""
    rows = [dict(row._mapping) for row in connection.execute(select(table).where(*conditions))]
    key = [column.name for column in table.primary_key.columns]
    yield from sorted(rows, key=lambda row: tuple(row[name] for name in key))


def _by(rows: Iterable[Row], *key: str) -> dict[Any, list[Row]]:
    """Return *rows* by what they have under *key*, which is taken out of them."""
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row.pop(name) for name in key), []).append(row)
    return found


def _versions(connection: Connection, key: str | None) -> Iterator[tuple[str, str]]:
    dataset, _, digits = (key or "").rpartition("@v")
    number = int(digits) if key is not None else 0

    def of(table: Table, at: str, less: int = 0) -> dict[Any, list[Row]]:
        own = [] if key is None else [table.c.dataset == dataset, table.c[at] == number - less]
        found = _by(table_rows(connection, table, *own), "dataset", at)
        return {(name, value + less): rows for (name, value), rows in found.items() if value is not None}

    files, revisions = of(VERSION_FILES, "number"), of(REVISIONS, "number")
    begun, ended = of(FILE_SPANS, "first"), of(FILE_SPANS, "last", 1)
    for (name, at), (row,) in of(VERSIONS, "number").items():
        place = (name, at)
        told = {column: value for column, value in row.items() if column not in _ICEBERG}
        version = {"dataset": name, "number": at, **told}
        content = {"version": version, "files": files.get(place, []), "revisions": revisions.get(place, [])}
        added = [{column: value for column, value in one.items() if column != "last"} for one in begun.get(place, [])]
        if added or place in ended:  # what it took into, or left out of, the files of the version before
            left = [[one["table"], one["path"], one["first"]] for one in ended.get(place, [])]
            content |= {"added": added, "left": left}
        yield version_record(f"{name}@v{at}"), _digest(content)


def _runs(connection: Connection, key: str | None) -> Iterator[tuple[str, str]]:
    def of(table: Table, name: str = "run") -> dict[Any, list[Row]]:
        return _by(table_rows(connection, table, *([] if key is None else [table.c[name] == key])), name)

    made = set(
        connection.execute(select(VERSIONS.c.run).where(*([] if key is None else [VERSIONS.c.run == key]))).scalars()
    )
    originals = _originals(connection, RUNS, key)
    parts = {table.name: of(table) for table in (RUN_INPUTS, RUN_ENVIRONMENTS, RUN_KEYS, RUN_TEXTS)}
    for (run,), (row,) in of(RUNS, "id").items():
        if run in made:
            told = {name: many.get((run,), []) for name, many in parts.items()}
            yield run_record(run), _digest({"run": row, "original": originals.get(run), **told})


def _policies(connection: Connection, key: str | None) -> Iterator[tuple[str, str]]:
    originals = _originals(connection, POLICY_TEXTS, key)
    for row in table_rows(connection, POLICY_TEXTS, *([] if key is None else [POLICY_TEXTS.c.sha256 == key])):
        yield policy_record(row["sha256"]), _digest({"policy": row, "original": originals.get(row["sha256"])})


def _originals(connection: Connection, table: Table, key: str | None) -> dict[str, str]:
    """Return the digests of the texts of *table* as they were written, by its key."""
    own = [ORIGINAL_TEXTS.c["of"] == table.name, *([] if key is None else [ORIGINAL_TEXTS.c.key == key])]
    return {row["key"]: row["sha256"] for row in table_rows(connection, ORIGINAL_TEXTS, *own)}


def _receipts(connection: Connection, key: str | None) -> Iterator[tuple[str, str]]:
    own = [] if key is None else [ERASURES.c.id == key]
    parts = {
        table.name: _by(table_rows(connection, table, *([] if key is None else [table.c.receipt == key])), "receipt")
        for table in (REVISIONS, SUPPRESSIONS, ERASURE_LIMITS)
    }
    rows = {row["id"]: row for row in table_rows(connection, ERASURES, *own)}
    named = {receipt for table in (REVISIONS, SUPPRESSIONS) for (receipt,) in parts[table.name]}
    for receipt in sorted({*rows, *named}):
        row = rows.get(receipt)
        if row is not None and row["state"] not in _LOGGED_FROM and receipt not in named:
            continue  # nothing but a plan yet
        if row is not None and row["state"] != ErasureState.VERIFIED:
            row = {name: value for name, value in row.items() if name not in {"state", "finished", "files"}}
        content = {"erasure": row, **{name: many.get((receipt,), []) for name, many in parts.items()}}
        yield receipt_record(receipt), _digest(content)


def _suppressions(connection: Connection, _: str | None) -> Iterator[tuple[str, str]]:
    yield from digest_of_suppressions(table_rows(connection, SUPPRESSIONS)).items()


def _rules(connection: Connection, key: str | None) -> Iterator[tuple[str, str]]:
    own = [] if key is None else [STANDING_RULES.c.dataset == key]
    for (dataset,), rows in _by(table_rows(connection, STANDING_RULES, *own), "dataset").items():
        yield from digest_of_rules(dataset, rows).items()


def digest_of_suppressions(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the record of all suppressions with its digest, made of their *rows*; nothing where there are none."""
    names = ("kind", "value", "key_id", "receipt", "created")
    content = sorted([row[name] for name in names] for row in rows)
    return {SUPPRESSED: _digest(content)} if content else {}


def digest_of_rules(dataset: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the record of the rules of *dataset* with its digest, made of their *rows*; nothing if there are none."""
    content = sorted([row["kind"], row["value"], row["run"]] for row in rows)
    return {rules_record(dataset): _digest(content)} if content else {}


def _withdrawals(connection: Connection, key: str | None) -> Iterator[tuple[str, str]]:
    for row in table_rows(connection, REVISALS, *([] if key is None else [REVISALS.c.run == key])):
        yield withdrawal_record(row["run"]), _digest(row)


def _standings(connection: Connection, key: str | None) -> Iterator[tuple[str, str]]:
    own: list[Any] = []
    if key is not None:
        dataset, _, number = key.rpartition("@v")
        own = [STANDINGS.c.dataset == dataset, STANDINGS.c.number == int(number)]
    for row in table_rows(connection, STANDINGS, *own):
        yield standing_record(f"{row['dataset']}@v{row['number']}"), _digest(row)


_FAMILIES: Final[dict[str, Callable[[Connection, str | None], Iterator[tuple[str, str]]]]] = {
    "version": _versions,
    "run": _runs,
    "policy": _policies,
    "receipt": _receipts,
    SUPPRESSED: _suppressions,
    "rules": _rules,
    "withdrawal": _withdrawals,
    "standing": _standings,
}
