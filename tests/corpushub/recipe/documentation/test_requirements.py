from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corpushub.errors import BadRequest, RecipeError, Undocumented
from corpushub.recipe.documentation.gaps import gaps_of
from corpushub.recipe.documentation.personal import personal_fields
from corpushub.recipe.documentation.requirements import FILE, SHIPPED, load_requirements, write_requirements
from corpushub.recipe.loading import load_recipe
from corpushub.recipe.model import Recipe
from corpushub.testing.recipes import recipe
from lineage.control.documentation.model import ABOUT, Crawler
from lineage.hub.home import Home
from policies import toml

SAID = '[documentation]\ntitle = "T"\ndescription = "D"\ncontact = "a@b.example"\nlegal_basis = "L"\n'


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that asks for what the shipped file does."""
    made = Home(tmp_path / "hub")
    write_requirements(made)
    return made


def load(folder: Path, *tables: str, **keys: Any) -> Recipe:
    """Write and load a recipe."""
    path = folder / "recipe.toml"
    path.write_text(recipe(*tables, **keys), encoding="utf-8")
    return load_recipe(path)[0]


def test_the_file_says_what_is_shipped(home: Home) -> None:
    """What --init writes is what is shipped, in words, and is not written over."""
    assert load_requirements(home) == SHIPPED
    assert "# the dataset's name for people" in (home.path / FILE).read_text()
    with pytest.raises(BadRequest, match="already"):
        write_requirements(home)


def test_what_is_said_to_be_unknown_is_to_be_replaced(home: Home, tmp_path: Path) -> None:
    """A key that the recipe has already must not be pasted beside itself: TOML would not have it."""
    assert "instead of" not in gaps_of(home, load(tmp_path)).paste
    assert 'per-record", instead of unknown' in gaps_of(home, load(tmp_path, license="unknown")).paste


def test_a_hub_without_the_file_requires_nothing(tmp_path: Path) -> None:
    """All is recommended, and said to be missing in two words."""
    gaps = gaps_of(Home(tmp_path / "none"), load(tmp_path))

    assert gaps.required == ()
    assert set(ABOUT) <= set(gaps.recommended)
    assert gaps.not_done(written=False) == {"documentation": "not written"}


def test_what_is_required_is_refused_with_a_block_to_paste(home: Home, tmp_path: Path) -> None:
    """The error names what is missing; its block, put into the recipe and filled in, is enough."""
    gaps = gaps_of(home, load(tmp_path))
    with pytest.raises(Undocumented, match="title, description, contact"):
        gaps.refuse(home)

    documentation, of_source = gaps.paste.split("\n\n")
    keys = toml.loads(documentation)["documentation"]
    assert list(keys) == ["title", "description", "contact", "legal_basis"]
    assert of_source.startswith("# to [[source]], below name = 's':")
    filled = dict.fromkeys(toml.loads(of_source), "x") | {"license": "MIT"}
    whole = load(tmp_path, documentation.replace('""', '"x"'), **filled)
    assert gaps_of(home, whole).required == ()
    with pytest.raises(RecipeError, match=r"documentation\.title"):
        load(tmp_path, documentation)  # as it is, it says nothing


@pytest.mark.parametrize(
    ("tables", "keys", "needed"),
    [
        ((), {}, True),
        (("[pii]",), {}, False),
        (('[pii]\ndefault = "keep"',), {}, True),
        (('[pii]\nactions = { EMAIL_ADDRESS = "pseudonym" }',), {}, True),
        (('[pii]\nincomplete = "keep"',), {}, True),
        ((), {"personal_data": "none"}, False),
        ((), {"personal_data": "names of authors"}, True),
    ],
)
def test_legal_basis_is_required_where_personal_data_may_be_kept(
    home: Home, tmp_path: Path, tables: tuple[str, ...], keys: dict[str, Any], needed: bool
) -> None:
    """Not where each source says that it holds none, nor where everything that is found is taken out."""
    assert ("legal_basis" in gaps_of(home, load(tmp_path, *tables, **keys)).required) is needed


def test_what_is_missing_is_said_in_one_entry(home: Home, tmp_path: Path) -> None:
    """Of what is recommended some are named and the others counted; what is required has an entry of its own."""
    gaps = gaps_of(home, load(tmp_path, SAID.replace('title = "T"\n', ""), owner="O", license="MIT"))

    assert gaps.not_done(written=True) == {
        "undocumented": "without title, which the hub requires",
        "documentation": "without issuer, motivation, funding, intended_uses and 14 more",
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('required = ["titel"]', ["'titel'", "did you mean 'title'"]),
        ('requierd = ["title"]', ["requierd", "did you mean 'required'"]),
        ("required = [", ["cannot be read"]),
        ('required = "title"', ["required"]),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, words: list[str]) -> None:
    """The error names the file, the key and what it may have been meant to be."""
    home = Home(tmp_path)
    (tmp_path / FILE).write_text(text)

    with pytest.raises(RecipeError) as raised:
        load_requirements(home)
    assert all(word in str(raised.value) for word in [FILE, *words])


@pytest.mark.parametrize(
    ("tables", "keys", "words"),
    [
        ('[documentation]\ntitel = "x"\n', {}, ["documentation.titel", "did you mean 'title'"]),
        ("[documentation]\n[documentation.about]\nlimitation = []\n", {}, ["did you mean 'limitations'"]),
        ('[documentation.about]\nlimitations = ["weather"]\n', {}, ["about", "'sources'"]),
        ("", {"crawler": {"nam": "x"}}, ["crawler.nam", "did you mean 'name'"]),
        ("", {"ownr": "x"}, ["ownr", "did you mean 'owner'"]),
        ("", {"acquired": "stolen"}, ["acquired", "'own-crawl'"]),
        ("", {"consent": {"untill": "2026-01-01"}}, ["did you mean 'until'"]),
        ('[model]\nprovidr = "x"\n', {}, ["did you mean 'provider'"]),
        ("[energy]\npue = 0.5\n", {}, ["energy.pue", "greater than or equal to 1"]),
    ],
)
def test_unknown_keys_are_refused(tmp_path: Path, tables: str, keys: dict[str, Any], words: list[str]) -> None:
    """In each new section, and in tables within it, with the nearest that there is."""
    with pytest.raises(RecipeError) as raised:
        load(tmp_path, tables, **keys)
    assert all(word in str(raised.value) for word in words), raised.value


def test_words_change_no_meaning(tmp_path: Path) -> None:
    """The digest of a recipe is the same whatever it says of its dataset, its sources, its model and its machines."""
    said = {"owner": "O", "acquired": "public", "crawler": {"name": "bot"}, "consent": {"basis": "b"}}
    energy = "[energy]\nwatts_per_core = 7\n"
    tables = (SAID, '[model]\nprovider = "P"\n', energy)

    assert load(tmp_path, *tables, **said).digest() == load(tmp_path).digest()
    assert load(tmp_path, license="MIT").digest() != load(tmp_path).digest()


def test_written_words_keep_their_places(tmp_path: Path) -> None:
    """What is kept of a recipe has what it says, of each source too, and days as text."""
    made = load(
        tmp_path,
        SAID + '[documentation.about]\ntitle = ["policy"]\n',
        "[model]\nmarket_date = 2026-08-02\n",
        crawler={"name": "bot"},
    ).written()

    assert (made.title, made.about, made.sources[0].crawler) == ("T", {"title": ("policy",)}, Crawler("bot"))
    assert made.model is not None
    assert made.model.market_date == "2026-08-02"


def test_personal_data_is_found_in_words_but_not_in_the_contact(tmp_path: Path) -> None:
    """The field is named with the types that it seems to hold."""
    said = SAID + 'funding = "Ask jane.doe@orchard.com."\n'

    assert personal_fields(load(tmp_path, said, owner="bob.roe@shop.com").written()) == {
        "funding": ("EMAIL_ADDRESS",),
        "source.s.owner": ("EMAIL_ADDRESS",),
    }
