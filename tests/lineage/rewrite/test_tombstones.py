"""What a ledger keeps of erased documents."""

from __future__ import annotations

import pyarrow as pa

from lineage.rewrite.tombstones import ERASED, bury, cut_links, hide_erased, rename_outputs
from lineage.storage.tables import LEDGER
from pipelines.reasons import Reason

ROWS = [
    {"doc_id": "a", "seq": 0, "outcome": "changed", "reason": "pii_scrubbed", "uri": "u", "run": "r", "source": "s"},
    {"doc_id": "a", "seq": 1, "outcome": "kept", "uri": "u", "output": "old", "run": "r", "source": "s"},
    {"doc_id": "b", "seq": 0, "outcome": "dropped", "duplicate_of": "a", "similarity": 0.9, "run": "r", "uri": "v"},
    {"doc_id": "c", "seq": 0, "outcome": "kept", "output": "old", "run": "r", "uri": "w"},
]


def ledger(rows: list[dict[str, object]]) -> pa.Table:
    """Return ledger rows."""
    return pa.Table.from_pylist(rows, schema=LEDGER)


def test_one_tombstone_stands_for_each_record() -> None:
    """Every record read keeps one row, which says that it is gone; rows about changes go."""
    buried = bury(ledger(ROWS), pa.array(["a"])).to_pylist()

    stones = [row for row in buried if row["doc_id"] == "a"]
    said = {name: value for name, value in stones[0].items() if value is not None}
    assert len(stones) == 1
    assert said == {
        "doc_id": "a",
        "seq": 1,
        "run": "r",
        "source": "s",
        "step": "erase",
        "outcome": "dropped",
        "reason": "erased",
    }
    assert [row for row in buried if row["doc_id"] != "a"] == ledger(ROWS[2:]).to_pylist()


def test_hiding_twice_changes_nothing() -> None:
    """A tombstone is the tombstone of itself, and the reason is the one that pipelines give."""
    rows = ledger([*ROWS, {**ROWS[1], "seq": 2, "outcome": "dropped", "reason": ERASED, "run": "r"}])
    once = hide_erased(rows)

    assert once.num_rows == 4
    assert hide_erased(once).equals(once)
    assert str(Reason.ERASED) == ERASED


def test_links_to_the_erased_are_cut_and_outputs_renamed() -> None:
    """Rows of other documents name neither an erased survivor nor a file that is gone."""
    rows = rename_outputs(cut_links(ledger(ROWS), pa.array(["a"])), {"old": "new"}).to_pylist()

    assert [row["output"] for row in rows] == [None, "new", None, "new"]
    assert (rows[2]["duplicate_of"], rows[2]["similarity"], rows[2]["detail"]) == (None, None, ERASED)
    assert (rows[2]["uri"], rows[3]["detail"]) == ("v", None)
