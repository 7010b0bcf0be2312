"""What is known of the energy of the machines that carry a run out: figures that no document depends on."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, ValidationError

from corpushub.errors import RecipeError
from corpushub.recipe.sections.section import Section
from lineage.control.costs.energy import UNRATED, Rates
from lineage.hub.home import Home
from policies import toml
from policies.small_files import read_small_text

if TYPE_CHECKING:
    from corpushub.recipe.model import Recipe

FILE: Final = "energy.toml"
"""The name of the file in the home of a hub."""


class Energy(Section):
    """What machines draw and what that costs, from which `runs run:ID` models the energy of a run (docs/energy.md).

    What a recipe does not say, HOME/energy.toml does, which has these keys. Without watts nothing is modelled, without
    a figure of the grid no grams are told, without a price no cost.
    """

    watts_per_core: Annotated[float | None, Field(gt=0, description="drawn by a core at work")] = None
    watts_per_gb: Annotated[float | None, Field(ge=0, description="drawn by a GB (10^9 bytes) of memory in use")] = None
    pue: Annotated[
        float | None, Field(ge=1, description="power usage effectiveness of the building; nothing said: 1")
    ] = None
    grid_g_per_kwh: Annotated[float | None, Field(ge=0, description="grams of CO2 equivalent a kWh of its grid")] = None
    price_per_core_hour: Annotated[float | None, Field(ge=0, description="in whatever currency")] = None

    def rates(self) -> Rates:
        """Return them as they are recorded with a run."""
        return Rates(**self.model_dump())


def hub_rates(home: Home) -> Rates:
    """Return what the hub in *home* says of its machines.

    Raises:
        RecipeError: its file cannot be read, is not TOML, or says what cannot be meant.
    """
    path = home.path / FILE
    if not path.exists():
        return UNRATED
    try:
        return Energy.model_validate(toml.loads(read_small_text(path))).rates()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"{path} cannot be read: {error}; nothing was done") from error
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise RecipeError(f"{path}: {said}; nothing was done") from error


def rates_of(recipe: Recipe, home: Home) -> Rates:
    """Return what *recipe* says of its machines, and the hub in *home* where it says nothing."""
    return (recipe.energy.rates() if recipe.energy else UNRATED).over(hub_rates(home))
