from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import JSON, Column, Engine, Float, Integer, create_engine, insert, text

from lineage.control.cells import unreadable
from lineage.hub.people_schema import ACCESS_TOKENS
from lineage.hub.schema import ERASURES, METADATA, REVISALS

LISTS = {ACCESS_TOKENS.c.datasets, ERASURES.c.requests, REVISALS.c.rules}

LEFT_OUT = {"outbox", "person_requests", "reports", "source_digests"}

HOSTILE = {
    "bytes": "x'00ff'",
    "no UTF-8": "CAST(x'ff41' AS TEXT)",
    "a surrogate": "CAST(x'eda080' AS TEXT)",
    "no JSON": "'{bad'",
    "a text": "'abc'",
    "infinity": "9e999",
    "minus infinity": "-9e999",
    "a fraction": "0.5",
    "a list": "'[]'",
    "an object": "'{}'",
    "JSON beyond all numbers": "'{\"a\": 1e999}'",
    "JSON that is no number": "'{\"a\": NaN}'",
    "digits": f"'{'9' * 6000}'",
    "a NUL": "'a' || char(0) || 'b'",
}


UNLOOKED_AT = {"accesses", "outbox", "person_requests", "reports", "source_digests"}
"""Tables that nothing rests on."""


@pytest.fixture(scope="module")
def filled() -> Engine:
    """Return a control database with one sound row in each table."""
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    with engine.begin() as connection:
        for table in METADATA.tables.values():
            connection.execute(insert(table), [{column.name: _sound(column) for column in table.columns}])
    return engine


def _sound(column: Column[Any]) -> object:
    if isinstance(column.type, JSON):
        return [] if column in LISTS else {}
    return 1 if isinstance(column.type, Integer | Float) else "x"


def _holds(column: Column[Any], what: str) -> bool:
    """Tell whether *column* may hold that value."""
    if isinstance(column.type, JSON):
        return what == ("a list" if column in LISTS else "an object")
    if isinstance(column.type, Integer | Float):
        return what == "a fraction" and isinstance(column.type, Float)
    return what not in {"bytes", "no UTF-8", "a surrogate", "a NUL"}  # numbers become texts in a column of texts


@pytest.mark.parametrize("what", HOSTILE)
def test_every_cell_is_looked_at(filled: Engine, what: str) -> None:
    """What a column cannot hold is named, in every column of every table on which anything rests."""
    with filled.connect() as connection:
        assert list(unreadable(connection)) == []
        for table in METADATA.tables.values():
            for column in () if table.name in UNLOOKED_AT else table.columns:
                connection.execute(text(f'UPDATE "{table.name}" SET "{column.name}" = {HOSTILE[what]}'))
                found = list(unreadable(connection))
                connection.rollback()
                assert found == ([] if _holds(column, what) else [f"{table.name}.{column.name}"])


def test_what_may_be_missing_may_be(filled: Engine) -> None:
    """A column that may be null is readable while it is; JSON may say so in its own word."""
    with filled.connect() as connection:
        for word in ("NULL", "'null'"):
            connection.execute(text(f"UPDATE revisals SET lifted = {word}"))
            assert list(unreadable(connection)) == []
        connection.execute(text("UPDATE revisals SET rules = 'null'"))
        assert list(unreadable(connection)) == ["revisals.rules"]
        connection.rollback()


def test_table_of_another_make_is_named(filled: Engine) -> None:
    """A table that lacks a column is named as a whole."""
    with filled.connect() as connection:
        connection.execute(text("ALTER TABLE run_keys DROP COLUMN key_id"))
        assert list(unreadable(connection)) == ["the table run_keys"]
        connection.rollback()
