"""Boilerplate and captures of one URL, from the recipe to the trace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl

DEDUP = '[dedup]\nnear = false\nurl = true\nsurvivor = ["longest"]'
RECIPE = recipe(DEDUP, "[boilerplate]\nmax_documents = 5", paths=["*.jsonl"])
NOTICE = "All rights reserved, héritiers compris."
BODY = "Page {n} speaks of ships.\nIt has line {n} of the log."


def records() -> Iterator[dict[str, str]]:
    """Make ten pages with a notice, one of it alone, nine mirrors of a page, and captures of one page."""
    for n in range(10):
        yield {"id": f"page{n}", "text": f"{BODY.format(n=n)}\n\n{NOTICE}", "url": f"http://x.example/{n}"}
    yield {"id": "notice", "text": NOTICE, "url": "http://x.example/notice"}
    for n in range(9):
        yield {"id": f"mirror{n}", "text": "The mirrored page is not boilerplate.\nIt stays."}
    for n, url in enumerate(("http://www.y.example/p/", "https://y.example/p?utm_source=z", "http://y.example/p#c")):
        yield {"id": f"capture{n}", "text": f"The page as it was {'then ' * n}", "url": url}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, corpushub: Any) -> tuple[Path, Any]:
    """A hub in which the recipe has run over two files, and what the run said."""
    folder = tmp_path_factory.mktemp("boilerplate")
    rows = list(records())
    for name, some in (("a", rows[::2]), ("b", rows[1::2])):
        write_jsonl(folder / f"{name}.jsonl", some)
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    return folder / "hub", corpushub("run", folder / "recipe.toml", "--hub", folder / "hub", "--yes")


def trace(made: tuple[Path, Any], name: str, corpushub: Any) -> Any:
    """Trace the record with the id *name*."""
    (found,) = corpushub("find", "--id", name, "--hub", made[0])["matches"]
    return corpushub("trace", f"d@v1#{found['doc_id']}", "--hub", made[0])


def test_counts_balance(made: tuple[Path, Any]) -> None:
    """Every record ends once, under the reason it was planted for."""
    assert made[1]["counts"] == {"read": 23, "kept": 12, "changed": 10, "dropped": 11, "failed": 0}
    assert made[1]["reasons"] == {
        "boilerplate_removed": 10,
        "exact_duplicate": 8,
        "url_duplicate": 2,
        "boilerplate_only": 1,
    }


def test_trace_shows_the_edits(made: tuple[Path, Any], tmp_path: Path, corpushub: Any) -> None:
    """The spans of a trace, taken out of the text that was read, leave the text that was released."""
    corpushub("export", "d", "--as", "jsonl", "--out", tmp_path, "--hub", made[0])
    rows = [json.loads(line) for path in sorted(tmp_path.glob("*")) for line in path.open(encoding="utf-8")]
    released = {row["source_id"]: row["text"] for row in rows}
    read = {record["id"]: record["text"] for record in records()}
    changed, kept = trace(made, "page7", corpushub)["events"]
    (edit,) = changed["edits"]

    assert (changed["step"], changed["reason"], changed["value"]) == ("boilerplate", "boilerplate_removed", 1.0)
    assert read["page7"][: edit["start"]] + read["page7"][edit["end"] :] == released["page7"]
    assert (edit["length"], kept["edits"]) == (0, None)
    assert not any(NOTICE in text for text in released.values())
    assert released["page7"] == BODY.format(n=7)
    assert "The mirrored page is not boilerplate.\nIt stays." in released.values()


def test_nothing_but_boilerplate_is_dropped(made: tuple[Path, Any], corpushub: Any) -> None:
    """A document that was the notice alone is in no version, and its trace says why."""
    found = trace(made, "notice", corpushub)

    assert found["versions"] == []
    assert [(event["reason"], event["value"]) for event in found["events"]] == [("boilerplate_only", 1.0)]


def test_dropped_capture_names_a_kept_survivor(made: tuple[Path, Any], corpushub: Any) -> None:
    """Captures of one URL name the preferred one, which was kept, and no similarity."""
    survivor = trace(made, "capture2", corpushub)
    for name in ("capture0", "capture1"):
        found = trace(made, name, corpushub)
        assert found["events"][-1]["reason"] == "url_duplicate"
        assert (found["duplicate_of"], found["similarity"]) == (survivor["doc_id"], None)
    assert survivor["events"][-1]["outcome"] == "kept"
    assert survivor["versions"] == ["d@v1"]


def test_workers_change_no_byte(made: tuple[Path, Any], corpushub: Any) -> None:
    """One worker and two make the same version."""
    folder = made[0].parent
    again = corpushub("run", folder / "recipe.toml", "--hub", folder / "other", "--yes", "--workers", "2")

    assert again["manifest_root"] == made[1]["manifest_root"]
