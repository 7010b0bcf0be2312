"""Which fields the records of a table have: for people who mapped one that is not there."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from itertools import islice
from typing import Any

import orjson
import pyarrow.parquet as pq

from connectors.damage import OF_DAMAGED_BYTES
from connectors.errors import ConnectorError
from connectors.streams.scratch import named
from connectors.streams.streams import open_stream, plain_copy
from connectors.tables.json import Elements

_RECORDS = 20
_BYTES = 1 << 20


def field_names(connector: str, path: str, options: Mapping[str, Any]) -> list[str]:
    """Return the fields of the first records of the file at *path*, in order, structures by dotted paths.

    None for archives and for files that cannot be read. Only names are returned, never a value.
    """
    readers = {"parquet": _parquet, "sqlite": _sqlite, "csv": _csv, "tsv": _csv, "json": _json, "jsonl": _jsonl}
    if connector not in readers:
        return []
    try:
        return list(dict.fromkeys(readers[connector](path, options)))
    except (ConnectorError, *OF_DAMAGED_BYTES):  # only a hint is lost, beside an error that is told
        return []


def _parquet(path: str, options: Mapping[str, Any]) -> Iterator[str]:
    with plain_copy(path) as copy, pq.ParquetFile(copy) as file:
        yield from file.schema_arrow.names


def _sqlite(path: str, options: Mapping[str, Any]) -> Iterator[str]:
    with (
        plain_copy(path) as copy,
        named(copy) as file,
        closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database,
    ):
        name = str(options.get("table", "")).replace('"', '""')
        cursor = database.execute(options.get("query") or f'SELECT * FROM "{name}"')
        yield from (column[0] for column in cursor.description)


def _csv(path: str, options: Mapping[str, Any]) -> Iterator[str]:
    text = _start(path).decode("utf-8-sig", "replace")
    delimiter = options.get("delimiter") or ("\t" if "\t" in text.partition("\n")[0] else ",")
    yield from (cell.strip() for cell in next(csv.reader(text.splitlines(), delimiter=delimiter), []))


def _json(path: str, options: Mapping[str, Any]) -> Iterator[str]:
    with open_stream(path) as stream:
        elements = Elements(stream, _BYTES, path)
        yield from _of_records(orjson.loads(element) for _, element, _ in islice(elements, _RECORDS) if element)


def _jsonl(path: str, options: Mapping[str, Any]) -> Iterator[str]:
    lines = (line for line in _start(path).splitlines() if line.strip())
    yield from _of_records(orjson.loads(line) for line in islice(lines, _RECORDS))


def _of_records(records: Iterable[Any]) -> Iterator[str]:
    for record in islice(records, _RECORDS):
        for name, value in record.items() if isinstance(record, dict) else ():
            yield name
            if isinstance(value, dict):
                yield from (f"{name}.{inner}" for inner in value)


def _start(path: str) -> bytes:
    found = b""
    with open_stream(path) as stream:
        for chunk in stream:
            found += chunk
            if len(found) >= _BYTES:
                break
    return found
