"""What is known of the energy of the machines that carry a run out: figures that no document depends on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from corpushub.recipe.sections.section import Section
from lineage.control.energy import Rates


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
