"""The command that gives a newcomer something to run."""

from __future__ import annotations

from pathlib import Path

import click

from corpushub.commands.command import EPILOG, pass_hub
from corpushub.commands.output import YES, Output
from corpushub.face.files import make_example
from corpushub.face.hub import Hub
from corpushub.text import answers


@click.command(epilog=EPILOG)
@click.argument("folder", type=click.Path(path_type=Path))
@pass_hub
def example(hub: Hub, output: Output, folder: Path) -> int:
    """Write a small invented crawl with its recipe and policy into FOLDER: the quickstart, to try everything on.

    \b
    corpushub example first
    corpushub run first/recipe.toml
    """
    output.answer("example", make_example(folder), answers.example)
    return YES
