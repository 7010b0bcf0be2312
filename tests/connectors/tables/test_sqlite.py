from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from connectors.capture import Limits
from connectors.errors import BadOption, UnreadableSource

Read = Callable[..., list[dict[str, Any]]]

SETUP = """
CREATE TABLE docs (id INTEGER PRIMARY KEY, text, "a ""quoted"" name");
INSERT INTO docs VALUES (10, 'ten', 1), (20, x'ff', 2), (30, NULL, 3), (40, x'c3a9', 4), (50, 5, 5);
CREATE VIEW seen AS SELECT text, id FROM docs;
CREATE TABLE keyed (id TEXT PRIMARY KEY, text) WITHOUT ROWID;
INSERT INTO keyed VALUES ('k', 't');
CREATE TABLE "odd ""name" (text);
INSERT INTO "odd ""name" VALUES ('odd');
"""


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A small database with tables of several kinds."""
    path = tmp_path / "odd?name#1.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SETUP)
        connection.execute("INSERT INTO docs (id, text) VALUES (60, CAST(x'61ff' AS TEXT))")
        connection.commit()
    return str(path)


def test_rows_of_a_table_stand_at_their_rowid(database: str, read: Read) -> None:
    """Values that are no text fail alone; bytes that are UTF-8 are text."""
    found = read("sqlite", database, {"table": "docs"})

    assert [(row["offset"], row["source_id"], row["text"], row["failure"]) for row in found] == [
        (10, "10", "ten", None),
        (20, "20", None, "bad_encoding"),
        (30, "30", None, "missing_text"),
        (40, "40", "é", None),
        (50, "50", None, "missing_text"),
        (60, "60", None, "bad_encoding"),
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"table": "keyed"}, [(0, "t")]),
        ({"table": 'odd "name'}, [(1, "odd")]),
        ({"query": "SELECT text FROM docs WHERE id < 15 UNION ALL SELECT 'more'"}, [(0, "ten"), (1, "more")]),
    ],
)
def test_tables_without_rowid_and_queries_number_their_rows(
    options: dict[str, str], expected: list[tuple[int, str]], database: str, read: Read
) -> None:
    """Where SQLite has no row number, ours counts from 0."""
    assert [(row["offset"], row["text"]) for row in read("sqlite", database, options)] == expected


def test_a_view_is_read(database: str, read: Read) -> None:
    """A view is a table without rowid."""
    assert [row["offset"] for row in read("sqlite", database, {"table": "seen"})] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "options",
    [{}, {"table": "docs", "query": "SELECT 1"}, {"query": "SELECT"}, {"query": "DELETE FROM docs"}],
)
def test_what_cannot_be_read_is_refused(options: dict[str, str], database: str, read: Read) -> None:
    """Exactly one of table and query, and it must be readable; nothing is ever written."""
    with pytest.raises(BadOption):
        read("sqlite", database, options)
    assert len(read("sqlite", database, {"table": "docs"})) == 6


@pytest.mark.parametrize(
    "options", [{"table": "none"}, {"query": "SELECT text FROM none"}, {"query": "SELECT absent FROM docs"}]
)
def test_what_one_database_lacks_is_its_own_fault(options: dict[str, str], database: str, read: Read) -> None:
    """Other files of the source may have the table: this one alone is unreadable."""
    with pytest.raises(UnreadableSource, match="no such"):
        read("sqlite", database, options)


def test_two_columns_of_one_mapped_name_are_refused(database: str, read: Read) -> None:
    """A query may give two columns one name; which of them is meant nobody knows."""
    with pytest.raises(UnreadableSource, match="columns 1 and 3 are both called 'text'"):
        read("sqlite", database, {"query": "SELECT a.text, a.id, b.text FROM docs a JOIN docs b USING (id)"})
    assert len(read("sqlite", database, {"query": "SELECT text, id AS x, id AS x FROM docs"})) == 6


@pytest.mark.parametrize(
    "body",
    [
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT 'again' AS text FROM n",
        "SELECT a.text FROM docs a, docs b, docs c, docs d, docs e, docs f, docs g, docs h",
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT NULL AS text FROM n",
    ],
)
def test_a_view_that_never_ends_is_refused(body: str, database: str, read: Read) -> None:
    """A few bytes of SQL can stand for more rows than any disk holds."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"CREATE VIEW endless AS {body}")
        connection.commit()
    with pytest.raises(UnreadableSource, match="more than 131,072 rows"):
        read("sqlite", database, {"table": "endless"}, Limits(expansion=1))


@pytest.mark.parametrize(
    "query",
    [
        "ATTACH '{other}' AS other",
        "VACUUM INTO '{other}'",
        "CREATE TEMP TABLE x AS SELECT 1",
        "PRAGMA user_version = 3",
        "PRAGMA temp_store = FILE",
        "SELECT load_extension('{other}')",
        "SELECT * FROM pragma_table_info('docs')",
        "EXPLAIN DELETE FROM docs",
        "REINDEX",
        "BEGIN EXCLUSIVE",
    ],
)
def test_a_query_can_only_select(query: str, database: str, read: Read, tmp_path: Path) -> None:
    """No other file is opened or made, nothing is set, and no extension is loaded."""
    other = tmp_path / "other.db"
    with pytest.raises((BadOption, UnreadableSource)):
        read("sqlite", database, {"query": query.replace("{other}", str(other))})
    assert not other.exists()


def test_what_a_view_calls_is_watched_too(read: Read, tmp_path: Path) -> None:
    """The schema is the author's of the file, not ours."""
    path = tmp_path / "hostile.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE VIEW docs AS SELECT load_extension('/tmp/x') AS text")
    with pytest.raises((BadOption, UnreadableSource)):
        read("sqlite", str(path), {"table": "docs"})


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) AS text FROM n", "more work"),
        ("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT 1 FROM n WHERE x < 0", "more work"),
        (
            "WITH RECURSIVE n(x) AS (SELECT 'xxxxxxxx' UNION ALL SELECT x || x FROM n) SELECT count(*) FROM n",
            "too big",
        ),
        (
            "WITH RECURSIVE n(i, x) AS (SELECT 1, 'x' UNION SELECT i + 1, CASE WHEN i < 27 THEN x || x ELSE x END "
            "FROM n) SELECT count(*) FROM n",
            "memory",
        ),
    ],
)
def test_endless_work_ends(query: str, why: str, database: str, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting without end, values without end, and what is held without end are refused."""
    monkeypatch.setattr("connectors.tables.sqlite._FREE_STEPS", 1 << 22)
    with pytest.raises(UnreadableSource, match=why):
        read("sqlite", database, {"query": query})


COSTLY = [
    "trim(text, text)",
    "ltrim(text, 'x')",
    "rtrim(text, 'x')",
    "instr(text, text)",
    "replace(text, text, 'y')",
    "text LIKE text",
    "text LIKE 'a%' ESCAPE '!'",
    "text GLOB '*x'",
    "printf('%.*c', 900000, 'x')",
    "format('%d', 1)",
    "json_patch(text, text)",
    "json_set(text, '$.a', 1)",
    "randomblob(9)",
    "zeroblob(9)",
    "random()",
    "load_extension('/tmp/x')",
]


@pytest.mark.parametrize("call", [*COSTLY, "group_concat(text)"])
def test_a_query_calls_what_is_linear_alone(call: str, database: str, read: Read) -> None:
    """One step of SQLite cannot be ended: what may take hours within one is never begun."""
    with pytest.raises(BadOption, match="a function whose work may grow beyond any bound"):
        read("sqlite", database, {"query": f"SELECT {call} AS text FROM docs WHERE id = 10"})


@pytest.mark.parametrize("call", COSTLY)
def test_so_do_views_and_generated_columns(call: str, read: Read, tmp_path: Path) -> None:
    """The calls of a file are the file's own fault, wherever it holds them."""
    path = tmp_path / "hostile.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE docs (id, text)")
        connection.execute("INSERT INTO docs VALUES (1, 'aaaa')")
        connection.execute(f"CREATE VIEW seen AS SELECT id, {call} AS text FROM docs")
        connection.execute(f"CREATE VIEW sieved AS SELECT id, text FROM docs WHERE {call} IS NOT NULL")
        tables = ["seen", "sieved"]
        if not call.startswith(("random", "load_extension", "json_")):  # SQLite itself refuses these columns
            connection.execute(f"CREATE TABLE made (id, source, text AS ({call.replace('text', 'source')}))")
            connection.execute("INSERT INTO made (id, source) VALUES (1, '{}')")
            tables.append("made")
        connection.commit()
    for table in tables:
        with pytest.raises(UnreadableSource, match="a function whose work may grow beyond any bound"):
            read("sqlite", str(path), {"table": table})
    assert len(read("sqlite", str(path), {"table": "docs"})) == 1


def test_what_is_not_called_hides_no_table(read: Read, tmp_path: Path) -> None:
    """Constraints, indexes and triggers may hold any function: reading calls none of them."""
    path = tmp_path / "honest.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            """
            CREATE TABLE docs (id, text CHECK (text NOT LIKE '%bad%'), at DEFAULT CURRENT_TIMESTAMP,
                other AS (replace(text, 'a', 'b')));
            CREATE INDEX by_place ON docs (instr(text, 'x'));
            CREATE INDEX some ON docs (id) WHERE text GLOB 'a*';
            CREATE TRIGGER changed AFTER INSERT ON docs BEGIN UPDATE docs SET id = printf('%d', 1); END;
            INSERT INTO docs (text) VALUES (' one ');
            """
        )
    assert [row["text"] for row in read("sqlite", str(path), {"table": "docs"})] == [" one "]
    query = "SELECT upper(trim(text)) || length(text) || json_extract('{\"a\": 1}', '$.a') AS text FROM docs"
    assert [row["text"] for row in read("sqlite", str(path), {"query": query})] == ["ONE51"]


def test_processor_time_is_the_last_resort(database: str, read: Read) -> None:
    """Long values make each step slow; a file has as many seconds as a record."""
    query = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) AS text FROM n"
    with pytest.raises(UnreadableSource, match="record_seconds"):
        read("sqlite", database, {"query": query}, Limits(record_seconds=0.0))


def test_only_mapped_columns_are_selected(read: Read, tmp_path: Path) -> None:
    """What is not asked for is not read: neither its size nor its damage matters."""
    path = tmp_path / "wide.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE docs (id, text, other)")
        connection.execute("INSERT INTO docs VALUES (1, 'one', zeroblob(5000000))")
        connection.commit()
    rows = read("sqlite", str(path), {"table": "docs"}, limits=Limits(record_bytes=1000))
    assert [(row["text"], row["failure"]) for row in rows] == [("one", None)]
