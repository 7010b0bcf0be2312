from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import sqlite3
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

import connectors
from connectors import CONNECTORS, Connector
from connectors.capture import Extent, Limits, Slice
from connectors.errors import BadOption
from corpushub.testing.connectors import ConnectorContract

Rows = list[dict[str, Any]]
Read = Callable[..., Rows]

RECORDS: list[dict[str, Any]] = [
    {"id": 1, "text": "one line", "url": "http://a.example/1", "license": "CC0-1.0", "date": "2024"},
    {
        "id": 2,
        "text": 'quotes " and, commas\nand lines\r\nof three kinds',
        "url": None,
        "license": None,
        "date": "2023-05",
    },
    {"id": 3, "text": "τρία 三つ 🜚", "url": "http://a.example/3?q=a b", "license": "MIT", "date": "2023-05-06"},
    {"id": 4, "text": "zoned", "url": "http://a.example/4", "license": "MIT", "date": "2023-05-06T07:08:09+02:00"},
    {"id": 5, "text": "never", "url": "http://a.example/5", "license": "MIT", "date": "the ides of March"},
    {"id": 6, "text": "x" * 200_000, "url": "http://a.example/6", "license": "MIT", "date": None},
]
SAME = ["source_id", "text", "uri", "license", "captured_at", "media_type", "failure", "payload", "kind"]
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "gzip members": lambda data: gzip.compress(data[:100]) + gzip.compress(data[100:]),
    "bz2": lambda data: bz2.compress(data[:99]) + bz2.compress(data[99:]),
    "zstd": lambda data: zstandard.compress(data[:50]) + zstandard.compress(data[50:]),
    "xz": lambda data: lzma.compress(data[:70]) + lzma.compress(data[70:]),
}


def as_jsonl(folder: Path) -> bytes:
    """Return the records as JSON Lines."""
    return "".join(json.dumps(record) + "\n" for record in RECORDS).encode()


def as_json(folder: Path) -> bytes:
    """Return the records as one indented JSON array."""
    return json.dumps(RECORDS, indent=1, ensure_ascii=False).encode()


def as_csv(folder: Path, delimiter: str = ",") -> bytes:
    """Return the records as a table with a header."""
    file = io.StringIO(newline="")
    table = csv.DictWriter(file, list(RECORDS[0]), delimiter=delimiter)
    table.writeheader()
    table.writerows(RECORDS)
    return file.getvalue().encode()


def as_tsv(folder: Path) -> bytes:
    """Return the records separated by tabs."""
    return as_csv(folder, "\t")


def as_parquet(folder: Path) -> bytes:
    """Return the records as a Parquet file of two row groups."""
    pq.write_table(pa.Table.from_pylist(RECORDS), folder / "t", row_group_size=4)
    return (folder / "t").read_bytes()


def as_sqlite(folder: Path) -> bytes:
    """Return the records as a SQLite table named docs."""
    database = sqlite3.connect(folder / "t.db")
    database.execute("CREATE TABLE docs (id INTEGER, text TEXT, url TEXT, license TEXT, date TEXT)")
    database.executemany("INSERT INTO docs VALUES (:id, :text, :url, :license, :date)", RECORDS)
    database.commit()
    database.close()
    return (folder / "t.db").read_bytes()


TABLES = {"jsonl": as_jsonl, "json": as_json, "csv": as_csv, "tsv": as_tsv, "parquet": as_parquet, "sqlite": as_sqlite}
OPTIONS = {"sqlite": {"table": "docs"}}


class TestShippedConnectors(ConnectorContract):
    """Every connector that is shipped does what is asked of every connector."""

    @pytest.fixture(params=sorted(CONNECTORS))
    def name(self, request: pytest.FixtureRequest) -> str:
        """Return the name of a connector."""
        return str(request.param)

    @pytest.fixture(autouse=True)
    def _format(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Say what is peculiar to the format: a table has a name, any bytes are tabs, and two need a header."""
        monkeypatch.setattr(type(self), "options", OPTIONS.get(name, {}))
        monkeypatch.setattr(type(self), "refuses_other_bytes", name != "tsv")
        monkeypatch.setattr(type(self), "reads_empty_files", name not in {"parquet", "sqlite"})

    @pytest.fixture
    def connector(self, name: str) -> Connector:
        """Return the connector."""
        return CONNECTORS[name]

    @pytest.fixture
    def sample(self, name: str, tmp_path: Path, archives: Callable[[str], bytes]) -> Path:
        """Write a file of its format."""
        path = tmp_path / "sample"
        path.write_bytes(TABLES[name](tmp_path) if name in TABLES else archives(name))
        return path


@pytest.fixture
def archives(
    warc_record: Callable[..., bytes], arc_record: Callable[..., bytes], http_response: Callable[..., bytes]
) -> Callable[[str], bytes]:
    """Return a function that builds an archive of three captures in a format."""

    def build(name: str) -> bytes:
        bodies = [f"<p>page {number}".encode() for number in range(3)]
        if name == "arc":
            records = [arc_record(b"1 0 T\n\n", "filedesc://t"), *(arc_record(http_response(one)) for one in bodies)]
        elif name == "warc":
            records = [warc_record(http_response(one)) for one in bodies]
        else:
            records = [warc_record(one, "conversion", Content_Type="text/plain") for one in bodies]
        return b"".join(records)

    return build


def same(rows: Rows) -> Rows:
    """Keep of *rows* what must not depend on the format."""
    return [{name: row[name] for name in SAME} for row in rows]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, read: Read) -> Rows:
    """What every table must give: the records as read from plain JSON Lines."""
    path = tmp_path_factory.mktemp("expected") / "t.jsonl"
    path.write_bytes(as_jsonl(path))
    return same(read("jsonl", str(path)))


def test_the_expected_rows_are_the_records(expected: Rows) -> None:
    """Ids become strings, dates instants, and an unreadable date null."""
    assert [row["source_id"] for row in expected] == ["1", "2", "3", "4", "5", "6"]
    assert [row["text"] for row in expected] == [record["text"] for record in RECORDS]
    assert [row["uri"] for row in expected] == [record["url"] for record in RECORDS]
    dates = [row["captured_at"] and row["captured_at"].isoformat() for row in expected]
    assert dates == [
        "2024-01-01T00:00:00+00:00",
        "2023-05-01T00:00:00+00:00",
        "2023-05-06T00:00:00+00:00",
        "2023-05-06T05:08:09+00:00",
        None,
        None,
    ]


@pytest.mark.parametrize("compression", COMPRESS)
@pytest.mark.parametrize("name", TABLES)
def test_a_row_is_the_same_through_every_table_and_compression(
    name: str, compression: str, tmp_path: Path, read: Read, expected: Rows
) -> None:
    """Format and compression change nothing about a row but where it stands."""
    path = tmp_path / "data"  # no suffix: the bytes alone tell the compression
    path.write_bytes(COMPRESS[compression](TABLES[name](tmp_path)))

    found = read(name, str(path), OPTIONS.get(name))

    assert same(found) == expected
    places = [row["offset"] for row in found]
    assert places == sorted(set(places))


@pytest.mark.parametrize("name", TABLES)
def test_mapped_fields_are_read_through_every_table(name: str, tmp_path: Path, read: Read) -> None:
    """The option fields names other fields for each column, and the uri then has no second name."""
    path = tmp_path / "data"
    path.write_bytes(TABLES[name](tmp_path))
    fields = {"id": "license", "text": "url", "uri": "nowhere", "license": "id", "date": "id", "media_type": "license"}

    row = read(name, str(path), {**OPTIONS.get(name, {}), "fields": fields})[2]

    assert (row["source_id"], row["text"], row["uri"]) == ("MIT", "http://a.example/3?q=a b", None)
    assert (row["license"], row["captured_at"], row["media_type"]) == ("3", None, "mit")


@pytest.mark.parametrize("name", ["jsonl", "json", "parquet", "csv", "sqlite"])
def test_nested_fields_are_read_by_dotted_paths(name: str, tmp_path: Path, read: Read) -> None:
    """A path of names joined by dots enters structures, also those held as JSON text."""
    record = {"meta": {"a.b": {"c": "MIT"}, "ids": [{"n": 7}]}, "text": "t"}
    flat = {"meta": json.dumps(record["meta"]), "text": "t"}
    path = tmp_path / "data"
    if name == "parquet":
        pq.write_table(pa.Table.from_pylist([record]), path)
    elif name == "csv":
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([flat.keys(), flat.values()])
    elif name == "sqlite":
        database = sqlite3.connect(path)
        database.execute("CREATE TABLE docs (meta, text)")
        database.execute("INSERT INTO docs VALUES (:meta, :text)", flat)
        database.commit()
        database.close()
    else:
        path.write_text(json.dumps([record] if name == "json" else record))

    (row,) = read(name, str(path), {**OPTIONS.get(name, {}), "fields": {"license": "meta.a.b.c", "id": "meta.ids.0.n"}})

    assert (row["license"], row["source_id"], row["text"]) == ("MIT", "7", "t")


@pytest.mark.parametrize("name", ["jsonl", "json", "parquet", "csv", "sqlite"])
def test_a_missing_text_is_a_failure_in_every_table(name: str, tmp_path: Path, read: Read) -> None:
    """Rows of a table without the text field fail one by one and keep what else they have."""
    path = tmp_path / "data"
    path.write_bytes(TABLES[name](tmp_path))

    found = read(name, str(path), {**OPTIONS.get(name, {}), "fields": {"text": "body"}})

    assert [row["failure"] for row in found] == ["missing_text"] * len(RECORDS)
    assert [row["source_id"] for row in found] == ["1", "2", "3", "4", "5", "6"]
    assert all(row["media_type"] is None for row in found)


@pytest.mark.parametrize("name", TABLES)
def test_texts_above_the_limit_fail_alone_in_every_table(name: str, tmp_path: Path, read: Read) -> None:
    """A text above the limit is TOO_LARGE; the others are read, in batches closed at the limit of bytes."""
    path = tmp_path / "data"
    path.write_bytes(TABLES[name](tmp_path))

    found = read(name, str(path), OPTIONS.get(name), Limits(record_bytes=1000, batch_bytes=20, batch_rows=3))

    assert [row["failure"] for row in found] == [None] * 5 + ["too_large"]
    assert found[5]["text"] is None


@pytest.mark.parametrize("name", CONNECTORS)
def test_options_and_slices_are_declared(name: str, tmp_path: Path) -> None:
    """The registry's options are those the module checks, and only some formats are read in slices."""
    file = f".{'csv' if name == 'tsv' else name}"
    (found,) = (one.name for one in walk_packages(connectors.__path__, "connectors.") if one.name.endswith(file))
    module = import_module(found)

    assert CONNECTORS[name].options == module.OPTIONS


@pytest.mark.parametrize("name", ["json", "csv", "tsv", "parquet", "sqlite"])
def test_formats_without_slices_refuse_one(name: str, tmp_path: Path) -> None:
    """A format that is read as a whole does not silently read a part."""
    with pytest.raises(BadOption, match="as a whole"):
        list(CONNECTORS[name].read(Slice(str(tmp_path), 5), {}, Limits(), Extent()))


PAGES = [
    (b"<!doctype html><p>one", ("Content-Type: text/html; charset=UTF-8", "X-Robots-Tag: noai")),
    (gzip.compress(b"<p>two"), ("Content-Type: text/html", "Content-Encoding: gzip")),
    (b"3\r\n<p>\r\n5\r\nthree\r\n0\r\n\r\n", ("Content-Type: Text/HTML", "Transfer-Encoding: chunked")),
    (b"\x89PNG", ("Content-Type: image/png",)),
]


@pytest.mark.parametrize(
    "layout", ["warc plain", "warc gzip", "warc zstd", "warc bz2", "arc plain", "arc gzip", "arc xz"]
)
def test_a_page_is_the_same_through_every_archive(
    layout: str,
    tmp_path: Path,
    read: Read,
    warc_record: Callable[..., bytes],
    arc_record: Callable[..., bytes],
    http_response: Callable[..., bytes],
) -> None:
    """Container and compression change nothing about a capture."""
    blocks = [http_response(body, *headers) for body, headers in PAGES]
    name, _, compression = layout.partition(" ")
    if name == "warc":
        records = [warc_record(b"", "warcinfo"), *(warc_record(block) for block in blocks)]
    else:
        records = [arc_record(b"1 0 T\n\n", "filedesc://t"), *(arc_record(block) for block in blocks)]
    compress = COMPRESS[compression]
    path = tmp_path / "data"
    path.write_bytes(b"".join(compress(record) for record in records))

    found = read(name, str(path))

    same_columns = ["uri", "media_type", "charset", "payload", "http_status", "failure", "source_id", "text", "license"]
    assert [[row[column] for column in same_columns] for row in found] == [
        ["http://site.example/page", "text/html", "utf-8", b"<!doctype html><p>one", 200, None, None, None, None],
        ["http://site.example/page", "text/html", None, b"<p>two", 200, None, None, None, None],
        ["http://site.example/page", "text/html", None, b"<p>three", 200, None, None, None, None],
        ["http://site.example/page", "image/png", None, b"\x89PNG", 200, None, None, None, None],
    ]
    assert {str(row["captured_at"]) for row in found} == {"2024-02-03 04:05:06+00:00"}
    assert [row["rights_headers"] for row in found] == ["x-robots-tag: noai\n", None, None, None]


def test_importing_the_registry_imports_no_format() -> None:
    """Naming connectors is cheap: pyarrow and the formats come with the first read."""
    import subprocess
    import sys

    probe = (
        "import sys; before = {*sys.modules}; import connectors; "
        "print({'pyarrow', 'sqlite3', 'fsspec', 'zstandard'} & {*sys.modules} - before)"
    )

    assert subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout == "set()\n"
