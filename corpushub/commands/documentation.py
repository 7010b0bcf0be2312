"""The command that says what people should say of a dataset, and whether what they say still holds."""

from __future__ import annotations

import click

from corpushub.commands.command import EPILOG, pass_hub
from corpushub.commands.output import NO, YES, Output, say
from corpushub.face.hub import Hub
from corpushub.text import documentation as words


@click.command(epilog=EPILOG)
@click.argument("ref", required=False)
@click.option("--init", is_flag=True, help="Write documentation.toml into the hub: what it requires and recommends.")
@click.option("--check", is_flag=True, help="Exit 1 if something required is missing, or words are stale.")
@click.option("--confirm", multiple=True, metavar="FIELD", help="Record that FIELD was read again and holds today.")
@pass_hub
def documentation(hub: Hub, output: Output, ref: str | None, init: bool, check: bool, confirm: tuple[str, ...]) -> int:
    """Show what the hub asks to be said of a dataset, and of version REF what is said, missing or stale.

    \b
    corpushub documentation --init
    corpushub documentation web-sample
    corpushub documentation web-sample --check
    corpushub documentation web-sample --confirm limitations --confirm biases
    """
    if ref is None and (check or confirm):
        raise click.UsageError("give the version that is meant")
    if init:
        say(f"wrote {hub.init_documentation()}")
    told = hub.confirm_documentation(ref, confirm) if confirm and ref else hub.documentation(ref)
    output.answer("documentation", told, words.documentation)
    return NO if check and not told.ok else YES
