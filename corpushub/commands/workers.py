"""Options of the commands whose work many processes or machines can do."""

from __future__ import annotations

import os

import click

runner = click.option("--runner", default="local", help="local, or the name of a Beam runner such as FlinkRunner.")

workers = click.option(
    "--workers",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default="number of cores",
    help="Processes of the local runner.",
)

beam_options = click.argument("beam_options", nargs=-1, type=click.UNPROCESSED, metavar="[-- BEAM OPTIONS]")
