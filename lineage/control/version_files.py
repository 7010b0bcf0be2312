"""The files of versions: each as the span of versions that hold it, so that a version costs what it changes.

Versions that an earlier release made have a row for each of their files instead; they are read and revised alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Table, delete, func, insert, select

from lineage.hub.home import FileKind
from lineage.hub.schema import FILE_SPANS, VERSION_FILES, VERSIONS
from lineage.storage.files import DataFile

_FACTS = tuple(item.name for item in fields(DataFile))
_AT_ONCE = 500  # values of one statement


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
    connection.execute(delete(VERSION_FILES).where(*_own(VERSION_FILES, dataset), VERSION_FILES.c.number == number))
    wanted = {(kind, file.path): file for kind, some in files.items() for file in some}
    for span in connection.execute(select(FILE_SPANS).where(*_holding(dataset, number))).all():
        key = (span.table, span.path)
        if wanted.get(key) == _file(span):
            del wanted[key]
        else:
            _leave_out(connection, dict(span._mapping), number)
    later = connection.execute(
        select(func.max(VERSIONS.c.number)).where(VERSIONS.c.dataset == dataset, VERSIONS.c.number > number)
    ).scalar()
    place = {"dataset": dataset, "first": number, "last": None if later is None else number}
    _insert(connection, FILE_SPANS, ({**place, "table": kind, **asdict(file)} for (kind, _), file in wanted.items()))


def _leave_out(connection: Connection, span: dict[str, Any], number: int) -> None:
    """Take version *number* out of *span*; what is left before and behind stays."""
    connection.execute(delete(FILE_SPANS).where(*(FILE_SPANS.c[name] == span[name] for name in _SPAN_KEY)))
    rest = [{**span, "last": number - 1}] if span["first"] < number else []
    newest = connection.execute(
        select(func.max(VERSIONS.c.number)).where(VERSIONS.c.dataset == span["dataset"])
    ).scalar()
    last = newest or number if span["last"] is None else span["last"]
    rest += [{**span, "first": number + 1}] if last > number else []
    _insert(connection, FILE_SPANS, rest)


_SPAN_KEY = ("dataset", "table", "path", "first")


def files_held(connection: Connection, version: Numbered, *kinds: FileKind) -> list[tuple[FileKind, DataFile]]:
    """Return the files of *version*, of some kinds or of all, with their kinds, by first doc_id then path.

    Paths are relative to the warehouse.
    """
    dataset, number = version.dataset, version.number
    held: list[tuple[FileKind, DataFile]] = []
    for table, own in ((VERSION_FILES, [VERSION_FILES.c.number == number]), (FILE_SPANS, _holding(dataset, number))):
        some = [table.c.table.in_(kinds)] if kinds else []
        query = select(table.c.table, *(table.c[name] for name in _FACTS))
        for kind, *facts in connection.execute(query.where(*_own(table, dataset), *own, *some)):
            held.append((kind, DataFile(*facts)))
    return sorted(held, key=lambda one: (one[1].first_doc_id, one[1].path))


def version_files(db: Engine, version: Numbered, table: FileKind) -> list[DataFile]:
    """Return the files of one kind of *version*, paths relative to the warehouse, by first doc_id then path."""
    with db.connect() as connection:
        return [file for _, file in files_held(connection, version, table)]


def version_manifest(db: Engine, version: Numbered) -> dict[str, list[DataFile]]:
    """Return all files of *version* by kind, paths relative to the warehouse, by first doc_id then path."""
    found: dict[str, list[DataFile]] = {}
    with db.connect() as connection:
        for kind, file in files_held(connection, version):
            found.setdefault(kind, []).append(file)
    return found


def files_by_version(db: Engine, dataset: str) -> dict[int, dict[str, dict[str, DataFile]]]:
    """Return the files of each version of *dataset* by number, kind and path."""
    found: dict[int, dict[str, dict[str, DataFile]]] = {}
    with db.connect() as connection:
        numbers = _numbers(connection, dataset)
        for table in (VERSION_FILES, FILE_SPANS):
            for row in connection.execute(select(table).where(*_own(table, dataset))):
                file = _file(row)
                for number in _of_row(row, numbers):
                    found.setdefault(number, {}).setdefault(row.table, {})[file.path] = file
    return found


def first_versions(db: Engine, dataset: str, table: FileKind) -> dict[str, int]:
    """Return for each file of *dataset* of one kind (path relative to the warehouse) the first version that held it."""
    found: dict[str, int] = {}
    with db.connect() as connection:
        for one, since in ((VERSION_FILES, VERSION_FILES.c.number), (FILE_SPANS, FILE_SPANS.c.first)):
            own = (*_own(one, dataset), one.c.table == table)
            for path, number in connection.execute(
                select(one.c.path, func.min(since)).where(*own).group_by(one.c.path)
            ):
                found[path] = min(int(number), found.get(path, int(number)))
    return found


def new_bytes(connection: Connection, dataset: str, number: int) -> int:
    """Return the bytes of the files that version *number* of *dataset* has and no earlier one had."""
    made: dict[str, int] = {}
    older: set[str] = set()
    for table, since in ((VERSION_FILES, VERSION_FILES.c.number), (FILE_SPANS, FILE_SPANS.c.first)):
        own = select(table.c.path, table.c.bytes).where(*_own(table, dataset), since == number)
        made |= {path: int(size) for path, size in connection.execute(own)}
        before = select(table.c.path).where(*_own(table, dataset), since < number).distinct()
        older.update(connection.execute(before).scalars())
    return sum(size for path, size in made.items() if path not in older)


def ledger_files_with(db: Engine, dataset: str, doc_id: str) -> dict[str, list[int]]:
    """Return the ledger files of *dataset* whose range includes *doc_id*, each with the versions that hold it."""
    found: dict[str, set[int]] = {}
    with db.connect() as connection:
        numbers = _numbers(connection, dataset)
        for table in (VERSION_FILES, FILE_SPANS):
            within = (table.c.first_doc_id <= doc_id, table.c.last_doc_id >= doc_id)
            own = (*_own(table, dataset), *_with_key(table, numbers), table.c.table == "ledger")
            for row in connection.execute(select(table).where(*own, *within)):
                found.setdefault(row.path, set()).update(_of_row(row, numbers))
    return {path: sorted(held) for path, held in sorted(found.items(), key=lambda one: (min(one[1]), one[0]))}


def paths_held(connection: Connection, dataset: str) -> set[str]:
    """Return the paths, relative to the warehouse, of the files of all versions of *dataset*."""
    queries = (select(table.c.path).where(*_own(table, dataset)).distinct() for table in (VERSION_FILES, FILE_SPANS))
    return {path for query in queries for path in connection.execute(query).scalars()}


Replacements = Mapping[str, Mapping[str, Replacement]]
"""Kind of file -> path -> what became of the file."""


def replace_files(connection: Connection, dataset: str, replaced: Replacements) -> None:
    """Put other files into the places of some, or take these out, in every version of *dataset* that holds them."""
    for kind, swaps in replaced.items():
        for table in (VERSION_FILES, FILE_SPANS):
            gone = _take(connection, table, dataset, kind, swaps)
            put: dict[str, list[dict[str, Any]]] = {}
            for row in gone:
                file = swaps[row["path"]].file
                if file is not None:
                    put.setdefault(file.path, []).append({**row, **asdict(file)})
            there = _take(connection, table, dataset, kind, put)  # two files may become the same
            for row in there:
                put[row["path"]].append(row)
            _insert(connection, table, (one for rows in put.values() for one in _united(rows)))


def versions_behind(db: Engine, dataset: str, replaced: Replacements) -> set[int]:
    """Return the numbers of the versions of *dataset* that are the first without one of the files to be *replaced*."""
    found: set[int] = set()
    with db.connect() as connection:
        for kind, swaps in replaced.items():
            for where in _paths(FILE_SPANS, dataset, kind, swaps):
                found |= {
                    last + 1 for last in connection.execute(select(FILE_SPANS.c.last).where(*where)).scalars() if last
                }
        return found & set(_numbers(connection, dataset))


def _take(connection: Connection, table: Table, dataset: str, kind: str, paths: Iterable[str]) -> list[dict[str, Any]]:
    """Remove the rows of the files at *paths*; return them."""
    found: list[dict[str, Any]] = []
    for where in _paths(table, dataset, kind, paths):
        found += [dict(row._mapping) for row in connection.execute(select(table).where(*where))]
        connection.execute(delete(table).where(*where))
    return found


def _paths(table: Table, dataset: str, kind: str, paths: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    wanted = sorted(paths)
    for at in range(0, len(wanted), _AT_ONCE):
        yield (*_own(table, dataset), table.c.table == kind, table.c.path.in_(wanted[at : at + _AT_ONCE]))


def _united(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return *rows* of one file with each version but once."""
    if "number" in rows[0]:
        return list({row["number"]: row for row in rows}.values())
    united: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda one: one["first"]):
        before = united[-1] if united else None
        if before is None or (before["last"] is not None and before["last"] < row["first"]):
            united.append(dict(row))
        elif before["last"] is not None:
            before["last"] = None if row["last"] is None else max(before["last"], row["last"])
    return united


def _insert(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    if listed := list(rows):
        connection.execute(insert(table), listed)


def _own(table: Table, dataset: str) -> tuple[Any, ...]:
    return (table.c.dataset == dataset,)


def _with_key(table: Table, numbers: list[int]) -> tuple[Any, ...]:
    """Return a condition that is always met, and by which the key of VERSION_FILES leads to the rows of one kind."""
    return (table.c.number.in_(numbers),) if table is VERSION_FILES and len(numbers) < _AT_ONCE else ()


def _holding(dataset: str, number: int) -> tuple[Any, ...]:
    columns = FILE_SPANS.c
    goes_on = columns.last.is_(None) | (columns.last >= number)
    return (columns.dataset == dataset, columns.first <= number, goes_on)


def _numbers(connection: Connection, dataset: str) -> list[int]:
    query = select(VERSIONS.c.number).where(VERSIONS.c.dataset == dataset).order_by(VERSIONS.c.number)
    return list(connection.execute(query).scalars())


def _of_row(row: Any, numbers: list[int]) -> list[int]:
    """Return the versions, among *numbers*, that hold the file of *row*."""
    if "number" in row._mapping:
        return [row.number]
    return [one for one in numbers if row.first <= one and (row.last is None or one <= row.last)]


def _file(row: Any) -> DataFile:
    return DataFile(**{name: row._mapping[name] for name in _FACTS})
