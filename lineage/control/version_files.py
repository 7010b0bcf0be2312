"""The files of versions: each as the span of versions that hold it, so that a version costs what it changes.

Versions that an earlier release made have a row for each of their files instead; they are read and revised alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from sqlalchemy import Connection

from lineage.hub.database import Database, Row, delete, delete_each, insert, rows
from lineage.hub.home import FileKind
from lineage.storage.files import DataFile

_FACTS = tuple(item.name for item in fields(DataFile))
_COLUMNS: Final = ", ".join(('"table"', *_FACTS))
_AT_ONCE = 500  # values of one statement
_HOLDING: Final = {
    "version_files": "dataset = :dataset AND number = :number",
    "file_spans": "dataset = :dataset AND first <= :number AND (last IS NULL OR last >= :number)",
}
"""Both tables of files, with the conditions that a version holds one."""

_SINCE: Final = {"version_files": "number", "file_spans": "first"}
"""The column of each that tells the first version that a row is about."""


class Numbered(Protocol):
    """A version, by its dataset and number."""

    @property
    def dataset(self) -> str:
        """The dataset's name."""

    @property
    def number(self) -> int:
        """The version's number."""


class Replacement(Protocol):
    """What became of a file: another in its place, None where nothing is left of it."""

    @property
    def file(self) -> DataFile | None:
        """The file in its place."""


def put_files(connection: Connection, version: Numbered, files: Mapping[FileKind, Iterable[DataFile]]) -> None:
    """Record which *files* the newest version of a dataset has; spans that go on are left as they are."""
    dataset, number = version.dataset, version.number
    delete(connection, "version_files", dataset=dataset, number=number)
    wanted = {(kind, file.path): file for kind, some in files.items() for file in some}
    query = f"SELECT * FROM file_spans WHERE {_HOLDING['file_spans']}"
    for span in rows(connection, query, dataset=dataset, number=number):
        key = (span["table"], span["path"])
        if wanted.get(key) == _file(span):
            del wanted[key]
        else:
            _leave_out(connection, span, number)
    newest = _newest(connection, dataset)
    place = {"dataset": dataset, "first": number, "last": number if newest is not None and newest > number else None}
    insert(connection, "file_spans", ({**place, "table": kind, **asdict(file)} for (kind, _), file in wanted.items()))


def _leave_out(connection: Connection, span: Row, number: int) -> None:
    """Take version *number* out of *span*; what is left before and behind stays."""
    delete(connection, "file_spans", **{name: span[name] for name in _SPAN_KEY})
    rest = [{**span, "last": number - 1}] if span["first"] < number else []
    last = (_newest(connection, span["dataset"]) or number) if span["last"] is None else span["last"]
    rest += [{**span, "first": number + 1}] if last > number else []
    insert(connection, "file_spans", rest)


def _newest(connection: Connection, dataset: str) -> int | None:
    (row,) = rows(connection, "SELECT max(number) AS newest FROM versions WHERE dataset = :dataset", dataset=dataset)
    return None if row["newest"] is None else int(row["newest"])


_SPAN_KEY = ("dataset", "table", "path", "first")


def files_held(source: Database | Connection, version: Numbered, *kinds: FileKind) -> list[tuple[FileKind, DataFile]]:
    """Return the files of *version*, of some kinds or of all, with their kinds, by first doc_id then path.

    Paths are relative to the warehouse.
    """
    values = {"dataset": version.dataset, "number": version.number, **_values(kinds)}
    some = f' AND "table" IN ({_names(kinds)})' if kinds else ""
    held: list[tuple[FileKind, DataFile]] = []
    for table, holding in _HOLDING.items():
        found = rows(source, f"SELECT {_COLUMNS} FROM {table} WHERE {holding}{some}", **values)
        held += [(row.pop("table"), DataFile(**row)) for row in found]
    return sorted(held, key=lambda one: (one[1].first_doc_id, one[1].path))


def version_files(db: Database, version: Numbered, table: FileKind) -> list[DataFile]:
    """Return the files of one kind of *version*, paths relative to the warehouse, by first doc_id then path."""
    return [file for _, file in files_held(db, version, table)]


def version_manifest(db: Database, version: Numbered) -> dict[str, list[DataFile]]:
    """Return all files of *version* by kind, paths relative to the warehouse, by first doc_id then path."""
    found: dict[str, list[DataFile]] = {}
    for kind, file in files_held(db, version):
        found.setdefault(kind, []).append(file)
    return found


def files_by_version(db: Database, dataset: str) -> dict[int, dict[str, dict[str, DataFile]]]:
    """Return the files of each version of *dataset* by number, kind and path."""
    found: dict[int, dict[str, dict[str, DataFile]]] = {}
    numbers = _numbers(db, dataset)
    for table in _HOLDING:
        for row in rows(db, f"SELECT * FROM {table} WHERE dataset = :dataset", dataset=dataset):
            file = _file(row)
            for number in _of_row(row, numbers):
                found.setdefault(number, {}).setdefault(row["table"], {})[file.path] = file
    return found


def first_versions(db: Database, dataset: str, table: FileKind) -> dict[str, int]:
    """Return for each file of *dataset* of one kind (path relative to the warehouse) the first version that held it."""
    found: dict[str, int] = {}
    for one, since in _SINCE.items():
        own = f'FROM {one} WHERE dataset = :dataset AND "table" = :kind'
        for row in rows(db, f"SELECT path, min({since}) AS since {own} GROUP BY path", dataset=dataset, kind=table):
            number = int(row["since"])
            found[row["path"]] = min(number, found.get(row["path"], number))
    return found


def new_bytes(connection: Connection, dataset: str, number: int) -> int:
    """Return the bytes of the files that version *number* of *dataset* has and no earlier one had."""
    made: dict[str, int] = {}
    older: set[str] = set()
    values = {"dataset": dataset, "number": number}
    for table, since in _SINCE.items():
        own = f"FROM {table} WHERE dataset = :dataset AND {since}"
        new = rows(connection, f"SELECT path, bytes {own} = :number", **values)
        made |= {row["path"]: int(row["bytes"]) for row in new}
        older |= {row["path"] for row in rows(connection, f"SELECT DISTINCT path {own} < :number", **values)}
    return sum(size for path, size in made.items() if path not in older)


def ledger_files_with(db: Database, dataset: str, doc_id: str) -> dict[str, list[int]]:
    """Return the ledger files of *dataset* whose range includes *doc_id*, each with the versions that hold it."""
    found: dict[str, set[int]] = {}
    numbers = _numbers(db, dataset)
    for table in _HOLDING:
        query = (
            f"SELECT * FROM {table} WHERE dataset = :dataset{_with_key(table, numbers)} AND \"table\" = 'ledger' "
            "AND first_doc_id <= :doc_id AND last_doc_id >= :doc_id"
        )
        for row in rows(db, query, dataset=dataset, doc_id=doc_id):
            found.setdefault(row["path"], set()).update(_of_row(row, numbers))
    return {path: sorted(held) for path, held in sorted(found.items(), key=lambda one: (min(one[1]), one[0]))}


def paths_held(connection: Connection, dataset: str) -> set[str]:
    """Return the paths, relative to the warehouse, of the files of all versions of *dataset*."""
    queries = (f"SELECT DISTINCT path FROM {table} WHERE dataset = :dataset" for table in _HOLDING)
    return {row["path"] for query in queries for row in rows(connection, query, dataset=dataset)}


Replacements = Mapping[str, Mapping[str, Replacement]]
"""Kind of file -> path -> what became of the file."""


def replace_files(connection: Connection, dataset: str, replaced: Replacements) -> None:
    """Put other files into the places of some, or take these out, in every version of *dataset* that holds them."""
    for kind, swaps in replaced.items():
        for table in _HOLDING:
            gone = _take(connection, table, dataset, kind, swaps)
            put: dict[str, list[Row]] = {}
            for row in gone:
                file = swaps[row["path"]].file
                if file is not None:
                    put.setdefault(file.path, []).append({**row, **asdict(file)})
            there = _take(connection, table, dataset, kind, put)  # two files may become the same
            for row in there:
                put[row["path"]].append(row)
            insert(connection, table, (one for rows in put.values() for one in _united(rows)))


def put_statistics(connection: Connection, dataset: str, number: int, files: Iterable[DataFile]) -> None:
    """Give version *number* of *dataset* other statistics *files* than it has; other versions keep theirs."""
    kind: FileKind = "statistics"
    query = f"SELECT * FROM file_spans WHERE {_HOLDING['file_spans']} AND \"table\" = '{kind}'"
    for span in list(rows(connection, query, dataset=dataset, number=number)):
        _leave_out(connection, span, number)
    last = None if _newest(connection, dataset) == number else number
    place = {"dataset": dataset, "table": kind, "first": number, "last": last}
    insert(connection, "file_spans", ({**place, **asdict(file)} for file in files))


def versions_behind(db: Database, dataset: str, replaced: Replacements) -> set[int]:
    """Return the numbers of the versions of *dataset* that are the first without one of the files to be *replaced*."""
    found: set[int] = set()
    for kind, swaps in replaced.items():
        found |= {row["last"] + 1 for row in _at(db, "file_spans", dataset, kind, swaps) if row["last"]}
    return found & set(_numbers(db, dataset))


def _take(connection: Connection, table: str, dataset: str, kind: str, paths: Iterable[str]) -> list[Row]:
    """Remove the rows of the files at *paths*; return them."""
    found = [*_at(connection, table, dataset, kind, paths)]
    place = {"dataset": dataset, "table": kind}
    delete_each(connection, table, ({**place, "path": path} for path in sorted({row["path"] for row in found})))
    return found


def _at(source: Database | Connection, table: str, dataset: str, kind: str, paths: Iterable[str]) -> Iterator[Row]:
    """Yield the rows of the files at *paths*."""
    wanted = sorted(paths)
    for at in range(0, len(wanted), _AT_ONCE):
        some = wanted[at : at + _AT_ONCE]
        query = f'SELECT * FROM {table} WHERE dataset = :dataset AND "table" = :kind AND path IN ({_names(some)})'
        yield from rows(source, query, dataset=dataset, kind=kind, **_values(some))


def _names(values: Sequence[str]) -> str:
    """Return the names in a statement under which _values gives *values*."""
    return ", ".join(f":value_{at}" for at in range(len(values)))


def _values(values: Sequence[str]) -> dict[str, str]:
    return {f"value_{at}": value for at, value in enumerate(values)}


def _united(held: list[Row]) -> list[Row]:
    """Return the rows *held* of one file with each version but once."""
    if "number" in held[0]:
        return list({row["number"]: row for row in held}.values())
    united: list[Row] = []
    for row in sorted(held, key=lambda one: one["first"]):
        before = united[-1] if united else None
        if before is None or (before["last"] is not None and before["last"] < row["first"]):
            united.append(dict(row))
        elif before["last"] is not None:
            before["last"] = None if row["last"] is None else max(before["last"], row["last"])
    return united


def _with_key(table: str, numbers: list[int]) -> str:
    """Return a condition that is always met, and by which the key of version_files leads to the rows of one kind."""
    if table != "version_files" or not 0 < len(numbers) < _AT_ONCE:
        return ""
    return f" AND number IN ({', '.join(map(str, numbers))})"


def _numbers(db: Database, dataset: str) -> list[int]:
    query = "SELECT number FROM versions WHERE dataset = :dataset ORDER BY number"
    return [row["number"] for row in rows(db, query, dataset=dataset)]


def _of_row(row: Row, numbers: list[int]) -> list[int]:
    """Return the versions, among *numbers*, that hold the file of *row*."""
    if "number" in row:
        return [row["number"]]
    return [one for one in numbers if row["first"] <= one and (row["last"] is None or one <= row["last"])]


def _file(row: Row) -> DataFile:
    return DataFile(**{name: row[name] for name in _FACTS})
