"""The command that serves the hub to browsers."""

from __future__ import annotations

import click

from corpushub.commands.command import EPILOG, pass_hub
from corpushub.commands.output import YES, Output, say
from corpushub.face.hub import Hub


@click.command(epilog=EPILOG)
@click.option("--bind", default="127.0.0.1:8420", metavar="HOST:PORT", help="Where, on this machine; port 0 is any.")
@pass_hub
def serve(hub: Hub, output: Output, bind: str) -> int:
    """Serve the hub to browsers on this machine, until interrupted; every page is JSON too, with .json behind it.

    \b
    corpushub serve
    corpushub serve --bind 127.0.0.1:0
    """
    hub.serve(bind, say)
    return YES
