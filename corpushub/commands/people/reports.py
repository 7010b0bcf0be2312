"""The commands by which operators answer what people report of documents."""

from __future__ import annotations

import click

from corpushub.commands.command import EPILOG, pass_hub
from corpushub.commands.output import YES, Output
from corpushub.face.hub import Hub
from corpushub.text import people as words

_number = click.argument("number", type=click.IntRange(1))


@click.group(epilog=EPILOG)
def reports() -> None:
    """Answer what people report of documents: wrong licences, personal data, harm."""


@reports.command("list", epilog=EPILOG)
@click.option("--all", "every", is_flag=True, help="Those that were answered, too.")
@pass_hub
def list_(hub: Hub, output: Output, every: bool) -> int:
    """List reports, the oldest first.

    \b
    corpushub reports list
    """
    output.answer("reports-list", hub.reports(every=every), words.reports)
    return YES


@reports.command(epilog=EPILOG)
@_number
@pass_hub
def show(hub: Hub, output: Output, number: int) -> int:
    """Show report NUMBER.

    \b
    corpushub reports show 3
    """
    output.answer("reports-show", hub.report_details(number), words.report)
    return YES


@reports.command(epilog=EPILOG)
@_number
@click.option("--answer", required=True, help="What was done, or why nothing is; who reported it is shown that.")
@pass_hub
def close(hub: Hub, output: Output, number: int, answer: str) -> int:
    """Close report NUMBER with an answer; what is to be done about the document, do first.

    \b
    corpushub withdraw web-sample --rule host:example.org --reason "report 3" --yes
    corpushub reports close 3 --answer "the site was taken out; version 8 is without it"
    """
    output.answer("reports-close", hub.close_report(number, answer), words.report)
    return YES
