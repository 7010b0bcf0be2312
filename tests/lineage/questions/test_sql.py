from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lineage.control.versions import Version, save_version
from lineage.errors import DamagedFile, QueryError
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.hub.home import Home
from lineage.questions.sql import QueryLimits, ask
from lineage.references import VersionRef
from lineage.storage.bounds import Bounds
from lineage.storage.files import DataFile

FRUIT = VersionRef("fruit")

OUTSIDE = [
    "select * from read_csv('/etc/passwd')",
    "select * from read_text('/etc/passwd')",
    "select * from read_blob('/etc/passwd')",
    "select * from read_parquet('{other}')",
    "select * from glob('/etc/*')",
    "select * from '/etc/passwd'",
    "select * from sniff_csv('/etc/passwd')",
    "select * from read_text('http://127.0.0.1:9/x')",
    "select * from read_parquet('s3://bucket/key')",
    "select * from duckdb_secrets()",
    "select getenv('HOME')",
    "select * from home",
    "select * from query('copy documents to ''/tmp/leak''')",
]
WRITING = [
    "copy documents to '{own}'",
    "copy documents to '/tmp/leak'",
    "attach '/tmp/leak.db'",
    "install httpfs",
    "load httpfs",
    "pragma database_list",
    "set memory_limit = '100GB'",
    "reset threads",
    "create table x as select 1",
    "insert into documents select * from documents",
    "drop view ledger",
    "export database '/tmp/leak'",
    "call pragma_version()",
    "checkpoint",
    "select 1; select 2",
    "select 1) limit 5; copy (select 1) to '/tmp/leak'; select * from (select 1",
    "",
]


def test_documents_and_ledger_are_views(hub: Hub, make_version: Callable[..., Version]) -> None:
    """A question joins both views of exactly the version it names; order, types and times are kept."""
    make_version("r1", [1, 2], {3: 1}, edition="first")
    make_version("r2", [1])
    statement = "select uri, captured_at, pii_counts, step from documents join ledger using (doc_id, uri, captured_at) "
    answer = ask(hub, VersionRef("fruit", 1), statement + "where outcome = 'kept' order by uri desc; ")
    assert answer.version == "fruit@v1"
    assert [column.name for column in answer.columns] == ["uri", "captured_at", "pii_counts", "step"]
    assert [row["uri"] for row in answer.rows] == ["https://orchard.example/2", "https://orchard.example/1"]
    assert answer.rows[0]["captured_at"] == "2024-05-01T12:00:00.000000Z"
    assert not answer.truncated
    counts = ask(hub, FRUIT, "select count(*) as n from documents union all select count(*) from ledger")
    assert [row["n"] for row in counts.rows] == [1, 2]


def test_describe_is_a_question(hub: Hub, make_version: Callable[..., Version]) -> None:
    """The columns of a view can be asked for, also where the version has no rows."""
    make_version("r1", [])
    names = {row["column_name"] for row in ask(hub, FRUIT, "describe documents").rows}
    assert {"doc_id", "text", "license"} <= names
    assert ask(hub, FRUIT, "select * from ledger").rows == ()


@pytest.mark.parametrize("question", OUTSIDE)
def test_nothing_outside_can_be_read(hub: Hub, make_version: Callable[..., Version], question: str) -> None:
    """No file, address, setting or variable outside the version is reachable."""
    make_version("r1", [1], edition="one")
    make_version("r2", [2], edition="two")
    (other,) = [path for path in Path(hub.home.data_folder("fruit", "documents")).iterdir() if _holds(path, "one")]
    with pytest.raises(QueryError):
        ask(hub, FRUIT, question.replace("{other}", str(other).replace("'", "''")))


def _holds(path: Path, edition: str) -> bool:
    return bool(pq.read_table(path, columns=["text"]).column(0)[0].as_py().endswith(edition))


@pytest.mark.parametrize("question", WRITING)
def test_nothing_can_be_written(hub: Hub, make_version: Callable[..., Version], question: str) -> None:
    """Only one SELECT statement is taken, and the data files keep their bytes."""
    make_version("r1", [1])
    (own,) = Path(hub.home.data_folder("fruit", "documents")).iterdir()
    before = own.read_bytes()
    with pytest.raises(QueryError):
        ask(hub, FRUIT, question.replace("{own}", str(own).replace("'", "''")))
    assert own.read_bytes() == before
    assert not Path("/tmp/leak").exists()


def test_bounds_hold(hub: Hub, make_version: Callable[..., Version]) -> None:
    """Rows, time and memory are bounded, and the message says by what."""
    make_version("r1", range(9))
    short = ask(hub, FRUIT, "select doc_id from documents order by doc_id", QueryLimits(limit=4))
    assert (len(short.rows), short.truncated) == (4, True)
    assert not ask(hub, FRUIT, "select doc_id from documents", QueryLimits(limit=9)).truncated
    endless = "select sum(hash(a.range, b.range) % 7) from range(1000000) a, range(1000000) b"
    with pytest.raises(QueryError, match=r"within 0\.2 s"):
        ask(hub, FRUIT, endless, QueryLimits(bounds=Bounds(seconds=0.2)))
    large = "select list(random()) from range(20000000)"
    with pytest.raises(QueryError, match="more than 64 MB"):
        ask(hub, FRUIT, large, QueryLimits(bounds=Bounds(memory_mb=64, seconds=900)))


def test_errors_quote_no_document(hub: Hub, make_version: Callable[..., Version]) -> None:
    """A value that cannot be converted does not end in the message; a misspelt name does."""
    make_version("r1", [1])
    with pytest.raises(QueryError) as told:
        ask(hub, FRUIT, "select cast(text as integer) from documents")
    assert "quinces" not in str(told.value)
    with pytest.raises(QueryError, match="licence"):
        ask(hub, FRUIT, "select licence from documents")


def test_missing_file_is_damage(hub: Hub, make_version: Callable[..., Version]) -> None:
    """A data file that is gone is damage, not a wrong question."""
    make_version("r1", [1])
    for path in Path(hub.home.data_folder("fruit", "documents")).iterdir():
        path.unlink()
    with pytest.raises(DamagedFile, match="verify"):
        ask(hub, FRUIT, "select doc_id from documents")


def test_missing_file_is_damage_whatever_its_path(tmp_path: Path) -> None:
    """Also where no character of the path is one of a pattern, which DuckDB then takes for a folder."""
    home = Home(tmp_path / "hub").create()
    db = Hub(home).db
    gone = DataFile("fruit/documents/data/gone.parquet", "aa", 1, 1, "0" * 32, "f" * 32)
    version = Version("fruit", 1, "r1", None, "0", now(), 1, 0, {}, {}, {}, "c", 0, 0)
    save_version(db, version, {"documents": [gone]})
    with pytest.raises(DamagedFile, match="verify"):
        ask(Hub(home), FRUIT, "select doc_id from documents")


def test_values_are_those_of_json(hub: Hub, make_version: Callable[..., Version]) -> None:
    """Infinity, large integers, bytes and dates have a form in JSON."""
    make_version("r1", [1])
    question = "select 'inf'::double a, 9007199254740993::bigint b, '\\xFF'::blob c, date '2024-01-02' d, [1.5, 2] e"
    (row,) = ask(hub, FRUIT, question).rows
    assert row["b"] == "9007199254740993"
    assert (row["a"], row["c"], row["d"], row["e"]) == ("inf", "/w==", "2024-01-02", [1.5, 2])


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("timestamp '290000-01-01'", "+290000-01-01T00:00:00"),
        ("timestamp '0044-03-15 (BC) 01:02:03'", "-0043-03-15T01:02:03"),
        ("timestamp 'infinity'", "infinity"),
        ("timestamptz '-infinity'", "-infinity"),
        ("date '-infinity'", "-infinity"),
        ("date '10000-01-01'", "+10000-01-01"),
        ("date '0001-01-01'", "0001-01-01"),
        ("date '0001-01-01' - 1", "+0000-12-31"),
        ("timestamp_ns '2020-01-01 00:00:00.123456789'", "2020-01-01T00:00:00.123456789"),
        ("timestamp_ms '1969-12-31 23:59:59.5'", "1969-12-31T23:59:59.500000"),
        ("timestamp_s '2020-01-01 00:00:00'", "2020-01-01T00:00:00"),
        ("timestamptz '2020-01-01 00:00:00+01'", "2019-12-31T23:00:00.000000Z"),
        ("time '24:00:00'", "24:00:00"),
        ("time '01:02:03.5'", "01:02:03.500000"),
        ("'12:00:00+01'::timetz", "12:00:00+01"),
        ("'101'::bit", "101"),
        ("'123456789012345678901234567890123456789012345'::bignum", "123456789012345678901234567890123456789012345"),
        ("340282366920938463463374607431768211455::uhugeint", "340282366920938463463374607431768211455"),
        ("170141183460469231731687303715884105727::hugeint", "170141183460469231731687303715884105727"),
        ("{'a': 1}::variant", "{'a': 1}"),
        ("'-inf'::double", "-inf"),
        ("'nan'::real", "nan"),
        ("1.5::decimal(38, 37)", 1.5),
        ("0.1234567890123456789::decimal(38, 19)", "0.1234567890123456789"),
        ("[date 'infinity', null]", ["infinity", None]),
        ("{'a b': '101'::bit, 'c': [time '24:00:00']}", {"a b": "101", "c": ["24:00:00"]}),
        ("map {date 'infinity': '12:00:00+01'::timetz}", [["infinity", "12:00:00+01"]]),
        ("['1'::bit, '0'::bit]::bit[2]", ["1", "0"]),
        ("union_value(a := timestamp 'infinity')", "infinity"),
        ("union_value(a := '1'::bit)", "1"),
        ("'a'::enum('a', 'b')", "a"),
        ("interval '1 month 2 days'", [1, 2, 0]),
        ("null", None),
        ("true", True),
    ],
)
def test_no_value_is_changed(hub: Hub, make_version: Callable[..., Version], expression: str, told: object) -> None:
    """What Python or Arrow cannot hold is exact text, alone and among others."""
    make_version("r1", [1])
    question = f"select x from (select {expression} as x, 1 as n union all select null, 2) order by n"
    assert [row["x"] for row in ask(hub, FRUIT, question).rows] == [told, None]


def test_a_pivot_names_its_values(hub: Hub, make_version: Callable[..., Version]) -> None:
    """Without them it is two statements; the message says what to write."""
    make_version("r1", [1])
    with pytest.raises(QueryError, match=r"ON column IN"):
        ask(hub, FRUIT, "pivot documents on language using count(*)")
    ask(hub, FRUIT, "from (pivot documents on language in ('en') using count(*) group by doc_id)")


def test_depth_is_bounded(hub: Hub, make_version: Callable[..., Version]) -> None:
    """Lists within lists are refused before anybody calls itself for them."""
    make_version("r1", [1])
    with pytest.raises(QueryError, match="nests deeper than 64"):
        ask(hub, FRUIT, "select " + "[" * 90 + "1" + "]" * 90)
