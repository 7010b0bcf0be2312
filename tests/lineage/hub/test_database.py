from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import JSON

from lineage.hub.database import JSON_COLUMNS, TABLES, Database, delete, delete_each, insert, rows, update
from lineage.hub.schema import METADATA


def test_names_are_those_of_the_schema() -> None:
    """What is asked without SQLAlchemy knows all tables, and which columns hold JSON."""
    columns = [column for table in METADATA.tables.values() for column in table.columns]
    assert METADATA.tables.keys() == TABLES
    assert {one.name for one in columns if isinstance(one.type, JSON)} == JSON_COLUMNS
    assert {one.name for one in columns if not isinstance(one.type, JSON)}.isdisjoint(JSON_COLUMNS)


def test_rows_are_asked_of_a_database_and_inside_a_transaction(db: Database) -> None:
    """What a transaction has changed is seen in it alone until it ends; JSON comes as what it says."""
    revisal: dict[str, Any] = {"run": "r", "dataset": "d", "parent": 1, "rules": ["host:a"], "policy": None}
    revisal |= {"reason": "\u2028 'quoted' :run", "who": "me", "created": "2024", "documents": 2**40}
    revisal |= {"found": {"1": 2}, "lifted": None}
    query = "SELECT * FROM revisals WHERE run = :run"
    with db.begin() as connection:
        insert(connection, "revisals", [revisal])
        assert rows(connection, query, run="r") == [revisal]
        assert rows(db, query, run="r") == []
    assert rows(db, query, run="r") == [revisal]
    with db.begin() as connection:
        update(connection, "revisals", {"lifted": {"who": "you"}}, run="r")
    assert rows(db, "SELECT lifted FROM revisals") == [{"lifted": {"who": "you"}}]
    with db.begin() as connection:
        delete(connection, "revisals", run="r", dataset="other")
        assert len(rows(connection, query, run="r")) == 1
        delete(connection, "revisals", run="r", dataset="d")
    assert rows(db, query, run="r") == []


def test_many_keys_are_removed_at_once(db: Database) -> None:
    """Those that are there, and no others; none of no keys."""
    with db.begin() as connection:
        place = {"dataset": "d", "kind": "doc", "run": "r"}
        insert(connection, "standing_rules", ({**place, "value": str(number)} for number in range(5)))
        delete_each(connection, "standing_rules", [{"kind": "doc", "value": one} for one in ("1", "3", "9")])
        delete_each(connection, "standing_rules", [])
        delete_each(connection, "standing_rules", [{"kind": "host", "value": "2"}])
        left = rows(connection, "SELECT value FROM standing_rules ORDER BY value")
    assert [row["value"] for row in left] == ["0", "2", "4"]


def test_a_whole_table_is_not_removed(db: Database) -> None:
    """Forgetting to say which rows are meant is an error."""
    with db.begin() as connection, pytest.raises(ValueError, match="no rows of runs are named"):
        delete(connection, "runs")


def test_a_closed_database_opens_again(db: Database) -> None:
    """Whoever asks next is answered."""
    db.dispose()
    assert rows(db, "SELECT count(*) AS number FROM runs") == [{"number": 0}]
