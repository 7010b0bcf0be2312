"""Options of the commands whose work many processes or machines can do."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pipelines.execution.executor import Execution

runner = click.option(
    "--runner",
    default="local",
    help="local, dask, ray, or a runner of Beam by its name, such as PortableRunner; see docs/cluster.md.",
)

address = click.option(
    "--address",
    default="",
    show_default=False,
    help="Where the cluster is: tcp://HOST:PORT of Dask's scheduler; HOST:PORT of Ray's head, or ray://HOST:PORT.",
)

workers = click.option(
    "--workers",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default="number of cores",
    help="Processes of the local runner.",
)

beam_options = click.argument("beam_options", nargs=-1, type=click.UNPROCESSED, metavar="[-- BEAM OPTIONS]")


def execution_of(how: Mapping[str, Any], **more: Any) -> Execution:
    """Return by whom and how the work is done, as the options in *how* say, with what *more* is wanted of it."""
    from pipelines.execution.executor import Execution

    return Execution(how["runner"], how["workers"], how["beam_options"], address=how["address"], **more)
