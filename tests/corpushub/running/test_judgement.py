"""A run that keeps nothing, or reads a source badly, commits nothing and says what may have been meant."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import corpushub as face
from corpushub.recipe.loading import load_recipe
from corpushub.testing.recipes import recipe, source
from corpushub.testing.sources import write_jsonl
from pipelines.execution.executor import Execution

TEXT = "The ship left the harbour early in the morning and nobody saw it again, number"
ROWS = [{"id": str(n), "text": f"{TEXT} {n}"} for n in range(4)]
SPANISH = [
    {"id": str(n), "text": f"El barco salió del puerto por la mañana y nadie lo volvió a ver, {n}"} for n in range(4)
]


def renamed(rows: list[dict[str, str]], name: str = "content") -> list[dict[str, str]]:
    """Return *rows* with their text in another field."""
    return [{"id": row["id"], name: row["text"]} for row in rows]


def refused(corpushub: Any, folder: Path, *options: str) -> dict[str, str]:
    """Run the recipe in *folder*, which must end with exit code 2 and no version; return the error."""
    found: dict[str, str] = corpushub("run", folder / "recipe.toml", "--hub", folder / "hub", *options, code=2)
    return found


def versions(folder: Path) -> list[str]:
    """Return the names of the versions that the hub in *folder* has."""
    return [version.name for version in face.open(folder / "hub").versions()]


def as_csv(path: Path, rows: list[dict[str, str]]) -> None:
    """Write *rows* as a table."""
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


@pytest.mark.parametrize("connector", ["jsonl", "csv", "parquet"])
def test_a_text_in_another_field_ends_in_an_error_that_names_the_fields(
    connector: str, tmp_path: Path, corpushub: Any
) -> None:
    """Nothing is committed, a repeat says the same, and the fields that are there are named, never their values."""
    path, rows = tmp_path / "data" / "t", renamed(ROWS)
    write_jsonl(path, rows)
    if connector == "csv":
        as_csv(path, rows)
    elif connector == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    text = f'[dataset]\nname = "d"\n{source("s", connector, ["data/*"])}'
    (tmp_path / "recipe.toml").write_text(text)

    first = refused(corpushub, tmp_path)
    again = refused(corpushub, tmp_path, "--resume")

    assert first == again
    assert first["error"] == "TooManyFailed"
    assert "source 's': 4 of 4 records could not be read" in first["message"]
    assert "no text in field 'text' of data/t, whose fields are: id, content" in first["message"]
    assert "harbour" not in first["message"]
    assert versions(tmp_path) == []


def write(folder: Path, rows: list[dict[str, str]], *tables: str) -> None:
    """Write *rows* and a recipe that reads them."""
    write_jsonl(folder / "data" / "a.jsonl", rows)
    (folder / "recipe.toml").write_text(recipe(*tables))


LANGUAGE = '[[step]]\nuse = "language"\nkeep = ["en"]'
POLICY = '[policy]\nfile = "permissive"'
CASES: dict[str, tuple[list[dict[str, str]], tuple[str, ...], str]] = {
    "no record": ([], (), "the files of the sources hold no records"),
    "another language": (SPANISH, (LANGUAGE,), "languages found: es 4; wanted: en"),
    "no licence": (ROWS, (POLICY,), "license_unknown 4"),
    "too short": (
        ROWS,
        ('[[step]]\nuse = "gopher_repetition"', '[[step]]\nuse = "language"', '[[step]]\nuse = "gopher_quality"'),
        "gopher_too_few_words 4",
    ),
    "blank texts": ([{"id": row["id"], "text": " "} for row in ROWS], (), "empty 4"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_run_that_keeps_nothing_is_no_success(case: str, tmp_path: Path, corpushub: Any) -> None:
    """It says why, and --allow-empty commits the empty version all the same."""
    rows, tables, said = CASES[case]
    write(tmp_path, rows, *tables)

    error = refused(corpushub, tmp_path)
    assert error["error"] == "NothingKept"
    assert said in error["message"]
    assert "--allow-empty" in error["message"]
    assert versions(tmp_path) == []

    made = corpushub("run", tmp_path / "recipe.toml", "--hub", tmp_path / "hub", "--allow-empty")
    assert (made["version"], made["counts"]["kept"]) == ("d@v1", 0)


@pytest.mark.parametrize("bad", [2, 3])
def test_half_of_a_source_may_fail_and_no_more(bad: int, tmp_path: Path, corpushub: Any) -> None:
    """The share is of one source: another that is good does not make up for it."""
    write(tmp_path, [*renamed(ROWS[:bad]), *ROWS[bad:]], source("good", "jsonl", ["more/*.jsonl"]))
    write_jsonl(tmp_path / "more" / "b.jsonl", [{"id": str(n), "text": f"{TEXT} again {n}"} for n in range(50)])
    if bad == 2:
        assert corpushub("run", tmp_path / "recipe.toml", "--hub", tmp_path / "hub")["counts"]["failed"] == 2
    else:
        assert "source 's': 3 of 4" in refused(corpushub, tmp_path)["message"]


@pytest.mark.parametrize(
    ("limits", "error"),
    [
        ("max_failed = 0.75", None),
        ("max_failed = 0.74", "TooManyFailed"),
        ("max_failed = 1.0\nmin_kept = 0.25", None),
        ("max_failed = 1.0\nmin_kept = 0.26", "NothingKept"),
    ],
)
def test_the_recipe_sets_the_shares(limits: str, error: str | None, tmp_path: Path, corpushub: Any) -> None:
    """A share that is just reached is allowed."""
    write(tmp_path, [*renamed(ROWS[:3]), *ROWS[3:]], f"[limits]\n{limits}")
    if error is None:
        assert corpushub("run", tmp_path / "recipe.toml", "--hub", tmp_path / "hub")["version"] == "d@v1"
    else:
        assert refused(corpushub, tmp_path)["error"] == error


def test_new_files_without_news_are_a_success(tmp_path: Path, corpushub: Any) -> None:
    """A run that goes on from a version has that one's documents, even if all it reads is known or unwanted already."""
    write(tmp_path, ROWS, "[dedup]", LANGUAGE)
    run: Callable[[], Any] = lambda: corpushub("run", tmp_path / "recipe.toml", "--hub", tmp_path / "hub")  # noqa: E731
    run()
    write_jsonl(tmp_path / "data" / "b.jsonl", [{**row, "id": f"again {row['id']}"} for row in ROWS])
    second = run()
    write_jsonl(tmp_path / "data" / "c.jsonl", SPANISH)
    third = run()
    (tmp_path / "data" / "d.jsonl").write_text("")
    fourth = run()

    assert [second["counts"]["kept"], third["counts"]["kept"], fourth["counts"]["read"]] == [0, 0, 0]
    assert fourth["version"] == "d@v4"
    assert run()["unchanged"] == "d@v4"


def test_new_files_that_cannot_be_read_are_none(tmp_path: Path, corpushub: Any) -> None:
    """That older files were read well does not make up for it."""
    write(tmp_path, ROWS)
    corpushub("run", tmp_path / "recipe.toml", "--hub", tmp_path / "hub")
    write_jsonl(tmp_path / "data" / "b.jsonl", renamed(ROWS))

    assert "4 of 4 records" in refused(corpushub, tmp_path)["message"]
    assert versions(tmp_path) == ["d@v1"]


def test_files_that_are_allowed_to_be_missing_do_not_count(tmp_path: Path, corpushub: Any) -> None:
    """--allow-failed is for files, max_failed for records."""
    (tmp_path / "data").mkdir()
    pq.write_table(pa.Table.from_pylist(ROWS[:1]), tmp_path / "data" / "good.parquet")
    for name in ("a", "b"):
        (tmp_path / "data" / f"{name}.parquet").write_bytes(b"PAR1 no more")
    (tmp_path / "recipe.toml").write_text(f'[dataset]\nname = "d"\n{source("s", "parquet", ["data/*"])}')

    assert refused(corpushub, tmp_path)["error"] == "ShardsFailed"
    made = corpushub("run", tmp_path / "recipe.toml", "--hub", tmp_path / "hub", "--allow-failed", "2")
    assert made["counts"] == {"read": 3, "kept": 1, "changed": 0, "dropped": 0, "failed": 2}
    assert sorted(made["failed_shards"]) == ["data/a.parquet", "data/b.parquet"]


def test_the_python_face_raises_the_same(tmp_path: Path) -> None:
    """The classes are part of the face, and an execution may allow it."""
    write(tmp_path, [])
    hub = face.open(tmp_path / "hub")
    with pytest.raises(face.NothingKept, match="hold no records"):
        hub.run(tmp_path / "recipe.toml", Execution(workers=1))
    assert hub.run(tmp_path / "recipe.toml", Execution(workers=1, allow_empty=True)).version == "d@v1"


def test_the_shares_are_no_part_of_what_a_recipe_means(tmp_path: Path) -> None:
    """Changing them computes nothing anew; what files may cost can change what is read."""
    digests = []
    for limits in ("", "[limits]\nmax_failed = 0.9\nmin_kept = 0.1", "[limits]\nexpansion = 1000"):
        (tmp_path / "recipe.toml").write_text(recipe(limits))
        digests.append(load_recipe(tmp_path / "recipe.toml")[0].digest())
    assert digests[0] == digests[1] != digests[2]
