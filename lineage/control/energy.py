"""What a run cost in processor time, memory and energy, attempt by attempt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rates:
    """What machines draw and what that costs; null where nobody has said it.

    Attributes:
        watts_per_core: drawn by a core at work.
        watts_per_gb: drawn by a GB (10^9 bytes) of memory in use.
        pue: power usage effectiveness of the building.
        grid_g_per_kwh: grams of CO2 equivalent for a kWh of the grid.
        price_per_core_hour: in whatever currency.
    """

    watts_per_core: float | None = None
    watts_per_gb: float | None = None
    pue: float | None = None
    grid_g_per_kwh: float | None = None
    price_per_core_hour: float | None = None
