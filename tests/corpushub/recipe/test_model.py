from pathlib import Path

import pytest

from corpushub.errors import RecipeError
from corpushub.recipe.loading import load_recipe
from corpushub.recipe.model import Recipe
from corpushub.testing.recipes import recipe

MINIMAL = recipe(paths=["*.jsonl"])
BENCHMARK = '[[decontaminate]]\nname = "quiz"\nfiles = ["quiz.jsonl"]\n'


def write(folder: Path, text: str) -> Path:
    """Write a recipe into *folder*."""
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path, text: str) -> Recipe:
    """Write and load a recipe."""
    return load_recipe(write(folder, text))[0]


def test_minimal_recipe_says_what_it_leaves_out(tmp_path: Path) -> None:
    """A recipe of dataset and source alone is valid, and what is not done is named."""
    recipe = load(tmp_path, MINIMAL)

    assert set(recipe.not_done()) == {"dedup", "pii", "policy", "language", "decontaminate"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (MINIMAL + "[dedup]\ntreshold = 0.7\n", ["recipe.toml:8", "treshold", "did you mean 'threshold'"]),
        (MINIMAL + "[dedup]\nthreshold = 1.4\n", ["recipe.toml:8", "dedup.threshold", "less than or equal to 1"]),
        (MINIMAL + "[boilerplate]\nmax_document = 3\n", ["recipe.toml:8", "did you mean 'max_documents'"]),
        (MINIMAL + '[boilerplate]\nunit = "word"\n', ["recipe.toml:8", "boilerplate.unit", "'paragraph'"]),
        (MINIMAL + "[dedupe]\n", ["dedupe", "did you mean 'dedup'"]),
        (MINIMAL.replace('"jsonl"', '"jsnl"'), ["recipe.toml:5", "'jsnl'", "did you mean 'jsonl'"]),
        (MINIMAL + 'feilds = { id = "x" }\n', ["recipe.toml:7", "feilds", "did you mean 'fields'"]),
        (MINIMAL + '[[step]]\nuse = "gopher_qualty"\n', ["'gopher_qualty'", "did you mean 'gopher_quality'"]),
        (MINIMAL + '[[step]]\nuse = "language"\nmin_scor = 1\n', ["min_scor", "did you mean 'min_score'"]),
        (MINIMAL + '[[step]]\nuse = "gopher_quality"\n', ["gopher_quality", 'use = "language"']),
        (MINIMAL + 'license = "free as in beer"\n', ["recipe.toml:7", "free as in beer", "SPDX"]),
        (MINIMAL + 'fields = { txt = "body" }\n', ["recipe.toml:7", "'txt'", "text"]),
        (MINIMAL + BENCHMARK, ["recipe.toml:7", "decontaminate[1]", "either field or fields"]),
        (MINIMAL + BENCHMARK + 'feild = "q"\n', ["recipe.toml:10", "feild", "did you mean 'field'"]),
        (MINIMAL + BENCHMARK + 'field = "q"\ntokens = 1\n', ["recipe.toml:11", "greater than or equal to 2"]),
        (MINIMAL + (BENCHMARK + 'field = "q"\n') * 2, ["two benchmarks", "'quiz'"]),
        ("[dataset\n", ["not TOML"]),
        (MINIMAL + "[limits]\nexpansion = 99999999999999999999999999\n", ["recipe.toml", "64 bits"]),
        (MINIMAL + "[limits]\nexpansion = 9000000000000000000\n", ["recipe.toml:8", "limits.expansion", "less than"]),
        (MINIMAL + "[limits]\nfile_bytes = 9000000000000000000\n", ["recipe.toml:8", "limits.file_bytes", "less than"]),
        (MINIMAL + "[limits]\nrecord_seconds = nan\n", ["recipe.toml:8", "limits.record_seconds"]),
        (MINIMAL + "[pii]\nthresholds = { US_SSN = 1.4 }\n", ["recipe.toml:7", "pii.thresholds.US_SSN", "less than"]),
        (MINIMAL + '[pii]\nkey = "0123456789abcdef"\n', ["recipe.toml:8", "pii.key", "unknown key"]),
        (MINIMAL + '[pii]\nincomplete = "mask"\n', ["recipe.toml:8", "pii.incomplete", "'drop' or 'keep'"]),
        (MINIMAL.replace('name = "d"', 'name = "Big Name"'), ["recipe.toml:2", "dataset.name"]),
    ],
)
def test_errors_name_the_place_and_the_cure(tmp_path: Path, text: str, words: list[str]) -> None:
    """A mistake in a recipe is told with its line, its key and the nearest known key."""
    with pytest.raises(RecipeError) as caught:
        load(tmp_path, text)

    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_the_place_of_the_key_is_no_part_of_the_meaning(tmp_path: Path) -> None:
    """Two recipes that differ in the key file's name have one digest; which key it is counts elsewhere."""
    pii = MINIMAL + '[pii]\ndefault = "pseudonym"\nkey_file = "{}"\n'

    assert load(tmp_path, pii.format("a")).digest() == load(tmp_path, pii.format("b")).digest()


def test_missing_file_is_one_sentence(tmp_path: Path) -> None:
    """A recipe that is not there is named with the system's reason."""
    with pytest.raises(RecipeError, match="No such file"):
        load_recipe(tmp_path / "none.toml")


def test_digest_ignores_layout_and_heeds_meaning(tmp_path: Path) -> None:
    """Comments and order of keys leave the digest as it is; a changed value changes it."""
    plain = load(tmp_path, MINIMAL + "[dedup]\nthreshold = 0.8\n").digest()
    other_layout = load(tmp_path, "# a comment\n" + MINIMAL + "\n[dedup]\n# default\n").digest()
    other_value = load(tmp_path, MINIMAL + "[dedup]\nthreshold = 0.7\n").digest()

    assert plain == other_layout
    assert plain != other_value


@pytest.mark.parametrize(
    ("word", "meant"), [("english", "'en' (English)"), ("deu", "'de' (German)"), ("zh-TW", "'zh'")]
)
def test_a_language_that_there_is_not_is_refused_with_the_nearest(word: str, meant: str, tmp_path: Path) -> None:
    """The plan already says so: a run would keep nothing."""
    text = recipe('[[step]]\nuse = "language"\nkeep = ' + f'["{word}"]')
    (tmp_path / "recipe.toml").write_text(text)
    with pytest.raises(RecipeError, match=f"as '{word}'; did you mean ") as refused:
        load_recipe(tmp_path / "recipe.toml")
    assert meant in str(refused.value)
