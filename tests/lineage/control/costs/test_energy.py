from __future__ import annotations

import pytest

from lineage.control.costs.energy import Measured, Modelled, Rates, measured, model, sum_of

ALL = Rates(10.0, 0.5, 1.5, 400.0, 0.05)


def test_energy_is_watts_times_hours_times_the_building() -> None:
    """One core hour and two GB hours, by the formula of docs/energy.md."""
    assert model(3600, 2.0, ALL) == Modelled(0.0165, 6.6, 0.05, ALL)


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        (Rates(), None),
        (Rates(grid_g_per_kwh=400.0), None),
        (Rates(pue=1.5), None),
        (Rates(watts_per_core=10.0), (0.01, None, None)),
        (Rates(watts_per_core=10.0, grid_g_per_kwh=0.0), (0.01, 0.0, None)),
        (Rates(price_per_core_hour=0.05), (None, None, 0.05)),
        (Rates(watts_per_gb=0.5, grid_g_per_kwh=100.0), (0.001, 0.1, None)),
    ],
)
def test_nothing_is_made_of_nothing(rates: Rates, expected: tuple[float | None, ...] | None) -> None:
    """No kWh without watts, no grams without a figure of the grid, no cost without a price."""
    found = model(3600, 2.0, rates)
    assert (found and (found.kwh, found.grams, found.cost)) == expected


def test_rates_of_a_recipe_go_before_those_of_the_hub() -> None:
    """Key by key."""
    assert Rates(watts_per_core=7.0).over(Rates(watts_per_core=5.0, pue=1.2)) == Rates(watts_per_core=7.0, pue=1.2)


def test_a_sum_lacks_what_a_part_lacks() -> None:
    """Figures are added where all parts have them, and never guessed."""
    whole, bare = model(3600, 0.0, ALL), model(3600, 0.0, Rates(watts_per_core=10.0))

    both = sum_of([whole, bare])
    assert both is not None
    assert (both.kwh, both.grams, both.cost) == (0.025, None, None)
    assert sum_of([whole, None]) is None
    assert sum_of([]) is None


def test_meters_count_joules() -> None:
    """A kWh is 3.6 million of them; nothing measured is nothing said."""
    assert measured(1.8e6) == Measured(0.5)
    assert measured(None) is None
