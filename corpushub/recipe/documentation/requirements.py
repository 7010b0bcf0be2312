"""What a hub asks to be said of a dataset: a file in its home, or recommendations where it has none."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, ValidationError

from corpushub.errors import BadRequest, RecipeError
from corpushub.recipe.documentation.lacking import MEANINGS, keeps_personal_data
from corpushub.recipe.model import Recipe
from corpushub.recipe.sections.section import Section
from lineage.control.documentation.model import ABOUT
from lineage.hub.home import Home
from lineage.hub.private import make_folder, open_private
from policies import toml
from policies.small_files import read_small_text
from policies.spelling import nearest

FILE: Final = "documentation.toml"
"""The name of the file in the home of a hub."""


def _known(name: str) -> str:
    if name not in MEANINGS:
        raise ValueError(f"{name!r} is nothing that can be asked for{nearest(name, MEANINGS)}")
    return name


_Names = list[Annotated[str, AfterValidator(_known)]]


class Requirements(Section):
    """What a hub asks for.

    Attributes:
        required: without it nothing is run.
        required_with_personal_data: likewise, where personal data may be kept.
        recommended: what is missing of it stands in `not_done` of the version.
    """

    required: Annotated[_Names, Field()] = []
    required_with_personal_data: Annotated[_Names, Field()] = []
    recommended: Annotated[_Names, Field()] = []

    def needed(self, recipe: Recipe) -> list[str]:
        """Return what is required of *recipe*."""
        personal = keeps_personal_data([source.personal_data for source in recipe.source], recipe.pii)
        more = self.required_with_personal_data if personal else []
        return list(dict.fromkeys([*self.required, *more]))

    def asked(self, name: str, *, personal: bool = True) -> str:
        """Return how *name* is asked for: "required", "recommended" or "no"; *personal* tells of personal data."""
        if name in self.required or (personal and name in self.required_with_personal_data):
            return "required"
        return "recommended" if name in {*self.recommended, *self.required_with_personal_data} else "no"


_REQUIRED = ["title", "description", "contact", "source.owner", "source.license"]
_WITH_PERSONAL_DATA = ["legal_basis"]
_ALL = [*ABOUT, "source.owner", "source.license", "source.acquired", "source.terms_url", "source.personal_data"]

SHIPPED: Final = Requirements(
    required=_REQUIRED,
    required_with_personal_data=_WITH_PERSONAL_DATA,
    recommended=[name for name in _ALL if name not in {*_REQUIRED, *_WITH_PERSONAL_DATA}],
)
"""What `corpushub documentation --init` writes."""

NOTHING_REQUIRED: Final = Requirements(recommended=_ALL)
"""What holds for a hub without the file: a first run needs no forms."""


def load_requirements(home: Home) -> Requirements:
    """Return what the hub in *home* asks for.

    Raises:
        RecipeError: its file cannot be read, is not TOML, or asks for what there is not.
    """
    path = home.path / FILE
    if not path.exists():
        return NOTHING_REQUIRED
    try:
        return Requirements.model_validate(toml.loads(read_small_text(path)))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"{path} cannot be read: {error}; nothing was read") from error
    except ValidationError as error:
        said = "; ".join(_sentence(one) for one in error.errors())
        raise RecipeError(f"{path}: {said}; nothing was read") from error


def _sentence(item: Any) -> str:
    where = ".".join(map(str, item["loc"]))
    if item["type"] == "extra_forbidden":
        return f"{where}: unknown key{nearest(where, Requirements.model_fields)}"
    return f"{where}: {item['msg'].removeprefix('Value error, ')}"


def write_requirements(home: Home) -> Path:
    """Write what SHIPPED asks for into *home*; return the path of the file.

    Raises:
        BadRequest: there is such a file; it stays as it is.
    """
    path = home.path / FILE
    make_folder(home.path)
    try:
        descriptor = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    except FileExistsError as error:
        raise BadRequest(f"there is {path} already; nothing was changed; edit it, or remove it first") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(_as_toml()) + "\n")
    return path


def _as_toml() -> Iterator[str]:
    yield "# What this hub asks recipes to say of their datasets; see docs/documentation.md."
    yield "# Names are those of [documentation]; source.NAME is asked of each source, model.NAME of [model]."
    heads = {
        "required": "# Without it `run` ends with exit code 2 before anything is read (but for --undocumented).",
        "required_with_personal_data": "# Likewise, where personal data may be kept.",
        "recommended": "# What is missing of it stands in `not_done` of the version.",
    }
    for key, head in heads.items():
        yield from ("", head, f"{key} = [")
        yield from (f'    "{name}",  # {MEANINGS[name]}' for name in getattr(SHIPPED, key))
        yield "]"
