"""The commands by which operators answer what persons ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from corpushub.commands.command import EPILOG, confirm, pass_hub
from corpushub.commands.output import NO, YES, Output, say
from corpushub.commands.workers import address, beam_options, execution_of, runner, workers
from corpushub.face.hub import Hub
from corpushub.printable import shown
from corpushub.text import people as words

_number = click.argument("number", type=click.IntRange(1))


@click.group(epilog=EPILOG)
def requests() -> None:
    """Answer what persons ask for: erasure, opt-out, correction, access."""


@requests.command("list", epilog=EPILOG)
@click.option("--all", "every", is_flag=True, help="Those that were answered, too.")
@pass_hub
def list_(hub: Hub, output: Output, every: bool) -> int:
    """List requests, those that are due first before others. Exit 1 if one is overdue.

    \b
    corpushub requests list
    """
    found = hub.requests(every=every)
    output.answer("requests-list", found, words.queue)
    return NO if any(one.overdue for one in found.requests) else YES


@requests.command(epilog=EPILOG)
@_number
@pass_hub
def show(hub: Hub, output: Output, number: int) -> int:
    """Show request NUMBER with what was told in confidence, as long as that is kept.

    \b
    corpushub requests show 17
    """
    output.answer("requests-show", hub.request_details(number), words.details)
    return YES


@requests.command(epilog=EPILOG)
@_number
@click.option("--by-hand", metavar="HOW", default="", help="Ask no site: how you found out. The person is shown it.")
@pass_hub
def verify(hub: Hub, output: Output, number: int, by_hand: str) -> int:
    """Record that whoever sent request NUMBER may ask for it.

    Of a site that is asked: for the file /.well-known/corpushub-request.txt by https, else for the DNS TXT record
    _corpushub-request. Of anybody else say how you found out.

    \b
    corpushub requests verify 17
    corpushub requests verify 18 --by-hand "answered a message to the address"
    """
    output.answer("requests-verify", hub.verify_request(number, by_hand), words.status)
    return YES


@requests.command(epilog=EPILOG)
@_number
@click.option("--answer", default="", help="What to tell the person, without naming them. Needed for a correction.")
@click.option("--old-versions", is_flag=True, help="Let an opt-out take documents out of older versions, too.")
@click.option("--key-file", type=click.Path(path_type=Path), help="Key of the findings; default CORPUSHUB_PII_KEY.")
@click.option("--dry-run", is_flag=True, help="Only find what it concerns: the person is shown how many documents.")
@click.option("--yes", is_flag=True, help="Do not ask. Needed off a terminal.")
@runner
@address
@workers
@beam_options
@pass_hub
def approve(hub: Hub, output: Output, number: int, dry_run: bool, yes: bool, **how: Any) -> int:
    """Do what request NUMBER asks for, and record what proves it.

    An erasure is carried out as by `erase`, an opt-out as by `withdraw` in each dataset of the use it is for. A
    request for access is answered with the documents that were found. A correction is yours to make: say what you did.
    Exit 1 if an erasure left something. After a crash give the command again.

    \b
    corpushub requests approve 17 --dry-run
    corpushub requests approve 17 --yes
    corpushub requests approve 19 --answer "the page was fetched anew; version 7 holds it" --yes
    """
    wanted = {name: how[name] for name in ("answer", "old_versions", "key_file")}
    wanted |= {"execution": execution_of(how), "say": say}
    if dry_run:
        output.answer("requests-plan", hub.plan_request(number, **wanted), words.plan)
        return YES
    confirm("do it?", yes=yes, show=lambda: words.plan(shown(hub.plan_request(number, **wanted))))
    done = hub.grant_request(number, **wanted)
    output.answer("requests-approve", done, words.decision)
    return NO if done.remains else YES


@requests.command(epilog=EPILOG)
@_number
@click.option("--reason", required=True, help="Why; the person is shown it, and it must not name them.")
@pass_hub
def refuse(hub: Hub, output: Output, number: int, reason: str) -> int:
    """Refuse what request NUMBER asks for.

    \b
    corpushub requests refuse 17 --reason "nobody answered at the address within a month"
    """
    output.answer("requests-refuse", hub.refuse_request(number, reason), words.decision)
    return YES
