"""Decontamination through the command line: what is dropped, what the ledger says of it, and when it is done anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corpushub.testing.recipes import recipe as recipe_text
from corpushub.testing.sources import write_jsonl

BENCHMARK = '[[decontaminate]]\nname = "quiz"\nfiles = ["quiz/*.jsonl"]\nfield = "question"\nid = "id"'
RECIPE = recipe_text(BENCHMARK, "[dedup]", paths=["data.jsonl"])
QUESTION = "Which of these well-known scientists first described the photoelectric effect's law in 1905?"
INTRO = "Préface: "
OTHER = "A text of its own that has nothing in common with any question of any quiz, as far as we know. "
RECORDS = [
    {"id": "copy", "text": INTRO + QUESTION.upper().replace(" ", "\n") + OTHER},
    {"id": "other", "text": OTHER + "Really."},
    {"id": "twin", "text": OTHER + "Really."},
]


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A recipe with a benchmark of two items, of which one is too short, and a corpus that holds the other."""
    write_jsonl(tmp_path / "data.jsonl", RECORDS)
    write_jsonl(tmp_path / "quiz" / "a.jsonl", [{"id": 7, "question": QUESTION}, {"id": 8, "question": "Why not?"}])
    (tmp_path / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    return tmp_path / "recipe.toml"


def test_contaminated_document_is_traced_to_item_and_place(recipe: Path, tmp_path: Path, corpushub: Any) -> None:
    """The copy of a question is dropped before deduplication; its trace names item and offset, and counts balance."""
    hub = ("--hub", tmp_path / "hub")
    done = corpushub("run", recipe, *hub, "--yes")
    (found,) = corpushub("find", "--id", "copy", *hub)["matches"]
    trace = corpushub("trace", f"d@v1#{found['doc_id']}", *hub)
    (event,) = trace["events"]

    assert done["counts"] == {"read": 3, "kept": 1, "changed": 0, "dropped": 2, "failed": 0}
    assert done["reasons"] == {"benchmark_overlap": 1, "exact_duplicate": 1}
    assert done["not_done"]["decontaminate quiz"] == "1 of 2 items have less than 8 tokens"
    assert (event["step"], event["outcome"], event["reason"]) == ("decontaminate", "dropped", "benchmark_overlap")
    assert (event["value"], event["detail"]) == (len(INTRO), "quiz:7")
    assert trace["versions"] == []


def test_new_files_are_compared_with_benchmarks_too(recipe: Path, tmp_path: Path, corpushub: Any) -> None:
    """A run that goes on from a version drops contaminated documents of new files."""
    recipe.write_text(RECIPE.replace("data.jsonl", "data*.jsonl"), encoding="utf-8")
    hub = ("--hub", tmp_path / "hub")
    corpushub("run", recipe, *hub, "--yes")
    write_jsonl(tmp_path / "data2.jsonl", [{"id": "late", "text": OTHER + QUESTION}])
    done = corpushub("run", recipe, *hub, "--yes")

    assert done["reused"] == {"version": "d@v1", "documents": 1, "files": 2}
    assert done["reasons"] == {"benchmark_overlap": 1}


def test_benchmark_files_are_inputs(recipe: Path, tmp_path: Path, corpushub: Any) -> None:
    """Benchmark files stand in the plan and among a run's inputs, and a changed one makes a new version."""
    hub = ("--hub", tmp_path / "hub")
    plan = corpushub("plan", recipe, *hub)
    first = corpushub("run", recipe, *hub, "--yes")
    again = corpushub("run", recipe, *hub, "--yes")
    write_jsonl(tmp_path / "quiz" / "a.jsonl", [{"id": 9, "question": OTHER}])
    changed = corpushub("run", recipe, *hub, "--yes", "--allow-empty")
    inputs = corpushub("runs", first["run"], *hub)["inputs"]

    assert [file["name"] for file in plan["files"] if file["source"] == "quiz:benchmark"] == ["quiz/a.jsonl"]
    assert plan["decontaminate"][0]["fields"] == ["question"]
    assert {(item["source"], item["name"]) for item in inputs} == {
        ("s", "data.jsonl"),
        ("quiz:benchmark", "quiz/a.jsonl"),
    }
    assert (first["version"], again["unchanged"], changed["version"]) == ("d@v1", "d@v1", "d@v2")
    assert changed["counts"]["dropped"] == 3


@pytest.mark.parametrize("workers", ["1", "2"])
def test_unusable_benchmarks_end_the_run(recipe: Path, tmp_path: Path, corpushub: Any, workers: str) -> None:
    """A field that an item lacks, and a pattern without a file, are told with their names; nothing is committed."""
    hub = ("--hub", tmp_path / "hub", "--yes", "--workers", workers)
    recipe.write_text(RECIPE.replace('"question"', '"prompt"'), encoding="utf-8")
    field = corpushub("run", recipe, *hub, code=2)
    recipe.write_text(RECIPE.replace("quiz/*.jsonl", "quiz/*.json"), encoding="utf-8")
    file = corpushub("run", recipe, *hub, code=2)

    assert field["error"] == "UnreadableSource", field["message"]
    assert file["error"] == "MissingSource", file["message"]
    assert "a.jsonl, line 1" in field["message"]
    assert "'prompt'" in field["message"]
    assert "quiz/*.json" in file["message"]
