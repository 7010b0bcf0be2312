"""Documents some at a time: the same as SQL finds them, each once, and what takes too long is never told as all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lineage.control.version_files import version_files
from lineage.control.versions import Version, get_version
from lineage.errors import BadFilter, DamagedFile
from lineage.hub import Hub
from lineage.questions.documents.conditions import Conditions
from lineage.questions.documents.listing import Listing, list_documents
from lineage.questions.sql import ask
from lineage.references import VersionRef
from lineage.storage import query
from lineage.storage.bounds import Bounds
from tests.lineage.conftest import CAPTURED, doc_id

FRUIT = VersionRef("fruit")
KEPT = range(1, 40)
DROPPED = {number: (None if number % 3 else 1) for number in range(100, 130)}


@pytest.fixture
def hub_of_fruit(hub: Hub, make_version: Callable[..., Version]) -> Hub:
    """A hub with a version of 39 kept and changed documents, whose weights are their numbers, and 30 dropped ones."""
    make_version("r1", list(KEPT), DROPPED, {"weight": pa.int64()})
    return hub


@pytest.mark.parametrize("outcome", ["kept", "changed", "dropped"])
@pytest.mark.parametrize("limit", [1, 7, 39, 200])
def test_pages_hold_each_document_once(hub_of_fruit: Hub, outcome: str, limit: int) -> None:
    """Going on where the page before ended lists all, in the order of ids; each page counts all of them."""
    wanted, seen = Conditions(outcome=outcome, limit=limit), []
    listing = list_documents(hub_of_fruit, FRUIT, wanted)
    while True:
        seen += [one.doc_id for one in listing.documents]
        assert (listing.found, listing.complete) == (len(DROPPED if outcome == "dropped" else KEPT), True)
        if listing.next is None:
            break
        listing = list_documents(hub_of_fruit, FRUIT, replace(wanted, after=listing.next))

    assert seen == sorted(set(seen))
    assert len(seen) == listing.found


@pytest.mark.parametrize(
    ("wanted", "table", "where"),
    [
        ({}, "documents", "true"),
        ({"language": "en"}, "documents", "language = 'en'"),
        ({"language": "unknown"}, "documents", "language IS NULL"),
        ({"license": "MIT"}, "documents", "license = 'MIT'"),
        ({"license": "'"}, "documents", "false"),
        ({"source": "orchard"}, "documents", "source = 'orchard'"),
        ({"domain": "orchard.example"}, "documents", "uri LIKE 'https://orchard.example/%'"),
        ({"domain": "example"}, "documents", "true"),
        ({"domain": "chard.example"}, "documents", "false"),
        ({"domain": "(none)"}, "documents", "false"),
        ({"text": "DOCUMENT 3"}, "documents", "text ILIKE '%document 3%'"),
        ({"text": "100%"}, "documents", "false"),
        ({"signal": "weight", "at_least": 10.0, "below": 20.0}, "documents", "weight >= 10 AND weight < 20"),
        ({"signal": "length", "at_least": 31.0}, "documents", "strlen(text) >= 31"),
        ({"outcome": "dropped", "reason": "near_duplicate"}, "ledger", "reason = 'near_duplicate'"),
        ({"outcome": "dropped", "step": "deduplicate"}, "ledger", "step = 'deduplicate' AND outcome = 'dropped'"),
        ({"outcome": "changed", "reason": "pii_scrubbed"}, "ledger", "reason = 'pii_scrubbed'"),
        ({"outcome": "failed"}, "ledger", "outcome = 'failed'"),
        ({"outcome": "any", "step": "deduplicate"}, "ledger", "step = 'deduplicate'"),
        ({"host": "orchard.example"}, "documents", "uri LIKE 'https://orchard.example/%'"),
        ({"host": "example"}, "documents", "false"),
        ({"entity": "EMAIL"}, "documents", "list_contains(map_keys(pii_counts), 'EMAIL')"),
        ({"consent": "tdm deny site"}, "documents", "false"),
        ({"outcome": "dropped", "duplicate_of": doc_id(1)}, "ledger", f"duplicate_of = '{doc_id(1)}'"),
        ({"outcome": "dropped", "duplicate_of": doc_id(2)}, "ledger", "false"),
        ({"outcome": "dropped", "template": "orchard.example"}, "ledger", "duplicate_of IS NOT NULL"),
        ({"outcome": "dropped", "template": "example"}, "ledger", "false"),
        (
            {"outcome": "dropped", "signal": "similarity", "at_least": 0.87, "below": 0.88},
            "ledger",
            "round(similarity::DOUBLE, 6) >= 0.87 AND round(similarity::DOUBLE, 6) < 0.88",
        ),
    ],
)
def test_conditions_find_what_sql_finds(hub_of_fruit: Hub, wanted: dict[str, Any], table: str, where: str) -> None:
    """The ids of a list, and its number, are those of the question in SQL."""
    listing = list_documents(hub_of_fruit, FRUIT, Conditions(limit=200, **wanted))
    answer = ask(hub_of_fruit, FRUIT, f"SELECT doc_id FROM {table} WHERE {where} ORDER BY doc_id")

    assert [one.doc_id for one in listing.documents] == [row["doc_id"] for row in answer.rows]
    assert listing.found == len(answer.rows)


@pytest.mark.parametrize(
    ("group", "found"),
    [
        ({"profile": None, "license": "MIT"}, len(KEPT)),
        ({"profile": None, "license": None}, 0),
        ({"profile": "p", "license": "MIT"}, 0),
        ({"language": "en", "host": "orchard.example", "date": f"{CAPTURED:%Y-%m-%d}"}, len(KEPT)),
        ({"language": "en", "host": "orchard.example", "date": None}, 0),
    ],
)
def test_documents_of_what_a_policy_speaks_of(hub_of_fruit: Hub, group: dict[str, str | None], found: int) -> None:
    """They are those of its groups alone; a null is equal to a null."""
    groups = pa.table({name: pa.array([value], pa.string()) for name, value in group.items()} | {"documents": [1]})
    wanted = Conditions(policy="strict", verdict="deny")

    assert list_documents(hub_of_fruit, FRUIT, wanted, judged=groups).found == found


def test_what_was_looked_for_is_shown(hub_of_fruit: Hub) -> None:
    """The snippet begins so far before it as it says."""
    for one in list_documents(hub_of_fruit, FRUIT, Conditions(text="QUINCES")).documents:
        assert one.snippet is not None
        assert one.start is not None
        assert one.snippet[one.start :].startswith("quinces")


def test_what_takes_too_long_is_told_as_at_least(hub_of_fruit: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever question outgrows its bounds: what was found before is told, and that it is not all."""
    answered, unknown = query.rows_within, Listing("fruit@v1", (), None, 0, complete=False)
    for last in range(2):
        asked: list[str] = []

        def until(
            connection: Any, seconds: float | None, statement: str, values: Any, last: int = last, asked: Any = asked
        ) -> Any:
            asked.append(statement)
            return answered(connection, seconds, statement, values) if len(asked) <= last else None

        monkeypatch.setattr(query, "rows_within", until)
        if not last:
            assert list_documents(hub_of_fruit, FRUIT, Conditions(text="quinces")) == unknown
            asked.clear()
        listing = list_documents(hub_of_fruit, FRUIT, Conditions(limit=5))

        assert not listing.complete
        assert not listing.facets
        assert (len(listing.documents), listing.found) == ((5, 6) if last else (0, 0))
        assert all(one.snippet is not None for one in listing.documents)


def test_a_query_over_its_memory_ends_as_one_over_its_time() -> None:
    """A sort that does not fit says that it did not end, and nothing of what it read."""
    with query.connect([], Bounds(memory_mb=16)) as connection:
        wide = "SELECT repeat(range::VARCHAR, 99) AS wide FROM range(2000000) ORDER BY wide"
        assert query.rows_within(connection, 60, f"SELECT count(*) FROM ({wide} LIMIT 1999999)") is None


@pytest.mark.parametrize(
    "wanted",
    [
        {"outcome": "lost"},
        {"limit": 201},
        {"after": "1"},
        {"month": "2024-1"},
        {"outcome": "dropped", "text": "a"},
        {"outcome": "dropped", "signal": "length", "below": 1.0},
        {"reason": "near_duplicate"},
        {"at_least": 1.0},
        {"signal": "weight"},
        {"signal": "uri", "below": 1.0},
        {"text": ""},
        {"outcome": "any"},
        {"outcome": "dropped", "entity": "EMAIL"},
        {"duplicate_of": doc_id(1)},
        {"template": "orchard.example"},
        {"verdict": "deny"},
        {"policy": "permissive"},
        {"policy": "permissive", "verdict": "deny", "finding": 1},
        {"outcome": "failed", "signal": "similarity", "below": 1.0},
    ],
)
def test_conditions_that_do_not_fit_are_refused(hub_of_fruit: Hub, wanted: dict[str, Any]) -> None:
    """None is passed over."""
    with pytest.raises(BadFilter):
        list_documents(hub_of_fruit, FRUIT, Conditions(**wanted))


def test_a_version_that_kept_nothing_has_an_empty_list(hub: Hub, make_version: Callable[..., Version]) -> None:
    """Of neither kind of condition."""
    make_version("r1", [])
    for wanted in (Conditions(), Conditions(text="a"), Conditions(outcome="changed"), Conditions(outcome="dropped")):
        listing = list_documents(hub, FRUIT, wanted)

        assert (listing.documents, listing.found, listing.complete, listing.next) == ((), 0, True, None)


def test_a_damaged_file_is_named_as_such(hub_of_fruit: Hub) -> None:
    """Whatever is asked."""
    (file,) = version_files(hub_of_fruit.db, get_version(hub_of_fruit.db, FRUIT), "documents")
    path = Path(hub_of_fruit.home.resolve(file.path))
    path.chmod(0o600)
    path.write_bytes(b"no Parquet")
    for wanted in (Conditions(), Conditions(text="a"), Conditions(signal="weight", below=1.0)):
        with pytest.raises(DamagedFile):
            list_documents(hub_of_fruit, FRUIT, wanted)
