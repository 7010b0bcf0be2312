"""From the text of a recipe to its model, with errors that name the line."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from connectors.archives.options import check_choices
from connectors.errors import BadOption
from connectors.tables.fields import Fields
from corpushub.errors import RecipeError
from corpushub.recipe.model import Recipe, Source
from corpushub.recipe.places import place
from pipelines.captures.formats import connector_named
from policies import toml
from policies.small_files import read_small_text
from policies.spelling import nearest


def load_recipe(path: Path) -> tuple[Recipe, str]:
    """Read and check the recipe at *path*; return it with its text.

    Raises:
        RecipeError: it cannot be read, is not TOML, or a key is unknown or has a wrong value.
    """
    try:
        text = read_small_text(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise RecipeError(f"cannot read the recipe {path}: {reason}; nothing was done; name a file in TOML") from error
    try:
        recipe = Recipe.model_validate(toml.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path}: not TOML: {error}") from error
    except ValidationError as error:
        raise RecipeError("\n".join(_sentence(path, text, item) for item in error.errors())) from error
    _check_details(path, text, recipe)
    return recipe, text


def _check_details(path: Path, text: str, recipe: Recipe) -> None:
    """Check what depends on the connector or step a section names."""
    for index, source in enumerate(recipe.source):
        known = connector_named(source.connector).options
        for key in source.options:
            if key not in known:
                near = nearest(key, {*known, *Source.model_fields})
                raise RecipeError(f"{place(path, text, ('source', index, key))}: unknown key{near}")
        try:
            check_choices(source.options)
        except BadOption as error:
            raise RecipeError(f"{place(path, text, ('source', index))}: {error}") from error
        if "fields" in source.options:
            try:
                Fields.of(source.options)
            except BadOption as error:
                raise RecipeError(f"{place(path, text, ('source', index, 'fields'))}: {error}") from error
    names = [source.name for source in recipe.source]
    for name in names:
        if names.count(name) > 1:
            raise RecipeError(f"{path}: two sources are called {name!r}; a source's name is part of its doc_ids")
    benchmarks = [one.name for one in recipe.decontaminate]
    for name in benchmarks:
        if benchmarks.count(name) > 1:
            raise RecipeError(
                f"{path}: two benchmarks are called {name!r}; the ledger could not tell their items apart"
            )
    identified = False
    for index, use in enumerate(recipe.step):
        try:
            step = use.build()
        except (TypeError, ValueError) as error:
            raise RecipeError(f"{place(path, text, ('step', index))}.{error}") from error
        identified = identified or use.use == "language"
        if step.needs_language and not identified:
            where = place(path, text, ("step", index))
            raise RecipeError(f'{where}: {use.use} has rules per language; put a step with use = "language" before it')
    if recipe.pii is not None and recipe.pii.names and not identified:
        where = place(path, text, ("pii", "names"))
        raise RecipeError(f'{where}: names are looked for in English alone; add a step with use = "language"')


def _sentence(path: Path, text: str, item: Any) -> str:
    where = tuple(item["loc"])
    if item["type"] == "extra_forbidden":
        return f"{place(path, text, where)}: unknown key{nearest(str(where[-1]), _known_keys(where))}"
    return f"{place(path, text, where)}: {item['msg'].removeprefix('Value error, ')}"


def _known_keys(where: tuple[int | str, ...]) -> set[str]:
    """Return the keys of the section in which *where* leads to one; of a table within a section, those of the table."""
    model: type[BaseModel] = Recipe
    for part in where[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            model = next(_sections_in(model.model_fields[part].annotation), model)
    return set(model.model_fields)


def _sections_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the sections that a key of that type holds: itself, or within a list or an alternative."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _sections_in(inner)
