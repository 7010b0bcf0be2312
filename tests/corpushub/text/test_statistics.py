"""Losses and statistics in words: the answer first, columns below one another, nothing left out in silence."""

from __future__ import annotations

from corpushub.text import statistics as words
from lineage.statistics.losses import Loss, Losses, Taken
from lineage.statistics.model import Totals

TOTALS = Totals(read=1300, kept=700, changed=1, dropped=590, failed=10, bytes=10)


def test_losses_name_first_of_whom_a_filter_took_most() -> None:
    """Then each filter, then all groups; those of few records are one line."""
    found = Losses(
        version="d@v1",
        by="language",
        totals=TOTALS,
        rate=0.453846,
        losses=(
            Loss("de", 1280, 695, 575, 10, 0.449219, 0.99),
            Loss("mt", 19, 5, 14, 0, 0.736842, 1.624),
            Loss("io", 1, 0, 1, 0, 1.0, 2.203),
        ),
        taken=(Taken("gopher_quality", "", "de", 1280, 400, 0.3125, 0.25, 1.25),),
    )

    assert words.losses(found) == (
        "d@v1  1,300 read: 700 kept, 590 dropped, 10 failed; 45.4 % dropped\n"
        "\n"
        "gopher_quality took most of de: 400 of 1,280 (31.2 %), and 25.0 % of all\n"
        "\n"
        "of whom each filter took most\n"
        "  step            of  dropped   read    rate  of all  ratio\n"
        "  gopher_quality  de      400  1,280  31.2 %  25.0 %   1.25\n"
        "\n"
        "by language\n"
        "  language   read  kept  dropped  failed    rate  ratio\n"
        "  de        1,280   695      575      10  44.9 %   0.99\n"
        "  2 more of fewer than 20 records: 20 read, 5 kept, 15 dropped, 0 failed; --json has all"
    )


def test_reasons_have_a_share_of_all_that_was_dropped() -> None:
    """Of a reason nothing was kept."""
    loss = Loss("too_short", 1300, 0, 590, 0, 0.453846, 1.0)
    found = Losses(version="d@v1", by="reason", totals=TOTALS, rate=0.453846, losses=(loss,), taken=())

    assert words.losses(found).splitlines()[-2:] == [
        "  reason     dropped  failed    rate  share",
        "  too_short      590       0  45.4 %   1.00",
    ]
