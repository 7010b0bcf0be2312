from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.tables.names import field_names

RECORDS = [{"id": 1, "content": "secret words", "meta": {"lang": "en"}}, {"id": 2, "title": "more secrets"}] * 30_000
FLAT = ["id", "content"]


def as_sqlite(path: Path) -> None:
    """Write a table with two columns."""
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE docs (id, content)")
    database.commit()
    database.close()


WRITERS: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "jsonl": (
        lambda path: path.write_bytes(gzip.compress("".join(json.dumps(one) + "\n" for one in RECORDS).encode())),
        ["id", "content", "meta", "meta.lang", "title"],
    ),
    "json": (lambda path: path.write_text(json.dumps(RECORDS)), ["id", "content", "meta", "meta.lang", "title"]),
    "csv": (lambda path: path.write_text("id, content\n1,secret words\n"), FLAT),
    "tsv": (lambda path: path.write_text("id\tcontent\n1\tsecret words\n"), FLAT),
    "parquet": (lambda path: pq.write_table(pa.table({"id": [1], "content": ["secret words"]}), path), FLAT),
    "sqlite": (as_sqlite, FLAT),
    "warc": (lambda path: path.write_bytes(b""), []),
}


@pytest.mark.parametrize("connector", WRITERS)
def test_the_fields_of_every_table_are_named(connector: str, tmp_path: Path) -> None:
    """In their order, structures by dotted paths; no value is among them."""
    write, expected = WRITERS[connector]
    write(tmp_path / "t")

    assert field_names(connector, str(tmp_path / "t"), {"table": "docs"}) == expected


@pytest.mark.parametrize("connector", ["jsonl", "json", "parquet", "sqlite", "csv"])
def test_a_file_that_cannot_be_read_has_no_fields_to_name(connector: str, tmp_path: Path) -> None:
    """It is only a hint: nothing is raised."""
    (tmp_path / "t").write_bytes(b"")
    assert field_names(connector, str(tmp_path / "t"), {"table": "docs"}) == []
    assert field_names(connector, str(tmp_path / "absent"), {}) == []
