"""From processor time and memory to energy: modelled by rates, or measured by the processors; never mixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

_JOULES: Final = 3.6e6  # a kWh
_SECONDS: Final = 3600.0
_DIGITS: Final = 6


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

    def over(self, other: Rates) -> Rates:
        """Return these rates, and those of *other* where these say nothing."""
        own = {one.name: getattr(self, one.name) for one in fields(self)}
        return Rates(**{name: getattr(other, name) if rate is None else rate for name, rate in own.items()})


UNRATED: Final = Rates()
"""Nobody has said anything."""


@dataclass(frozen=True, slots=True)
class Modelled:
    """What something took by rates: no meter has seen it.

    Attributes:
        kwh: kilowatt hours, the building's share included; null without watts.
        grams: of CO2 equivalent; null without a figure of the grid.
        cost: in the currency of the price; null without a price.
        rates: by which.
    """

    kwh: float | None
    grams: float | None
    cost: float | None
    rates: Rates


@dataclass(frozen=True, slots=True)
class Measured:
    """What the processors' own meters (RAPL) say.

    Attributes:
        kwh: of all packages and memory of the machine while it ran, whatever else ran there.
    """

    kwh: float


def model(cpu_seconds: float, gb_hours: float, rates: Rates) -> Modelled | None:
    """Return what *cpu_seconds* of cores and *gb_hours* of memory take by *rates*; None if these say nothing of it.

    kWh = (core hours x watts_per_core + GB hours x watts_per_gb) / 1000 x pue, without what is not said.
    """
    core_hours = cpu_seconds / _SECONDS
    watts = [
        (core_hours, rates.watts_per_core),
        (gb_hours, rates.watts_per_gb),
    ]
    known = [hours * rate for hours, rate in watts if rate is not None]
    kwh = sum(known) / 1000 * (rates.pue or 1.0) if known else None
    grams = None if kwh is None or rates.grid_g_per_kwh is None else kwh * rates.grid_g_per_kwh
    cost = None if rates.price_per_core_hour is None else core_hours * rates.price_per_core_hour
    if kwh is None and cost is None:
        return None
    return Modelled(_rounded(kwh), _rounded(grams), _rounded(cost), rates)


def measured(joules: float | None) -> Measured | None:
    """Return what meters said, None if none could be read."""
    return None if joules is None else Measured(round(joules / _JOULES, _DIGITS))


def sum_of(parts: Sequence[Modelled | None]) -> Modelled | None:
    """Return the sum of *parts*; a figure that one of them lacks is null, and None if there is none at all."""
    told = [one for one in parts if one is not None]
    if not told or len(told) < len(parts):
        return None
    return Modelled(
        _sum([one.kwh for one in told]),
        _sum([one.grams for one in told]),
        _sum([one.cost for one in told]),
        told[-1].rates,
    )


def _sum(figures: Sequence[float | None]) -> float | None:
    known = [one for one in figures if one is not None]
    return _rounded(sum(known)) if len(known) == len(figures) else None


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, _DIGITS)
