"""The commands about who may look, who has looked, and what was handed out."""

from __future__ import annotations

from typing import Any

import click

from corpushub.commands.command import EPILOG, pass_hub
from corpushub.commands.output import YES, Output
from corpushub.face.hub import Hub
from corpushub.text import access as words

_ROLES = ("reader", "auditor", "curator", "admin")
_LEVELS = ("private", "listed", "metadata", "open")


@click.group(epilog=EPILOG)
def token() -> None:
    """Let people in: make, list and revoke the tokens that a served hub asks for."""


@token.command(epilog=EPILOG)
@click.option("--role", type=click.Choice(_ROLES), required=True, help="What it lets its holder do; see below.")
@click.option("--dataset", "datasets", multiple=True, metavar="NAME", help="For this one; may be repeated. Else all.")
@click.option("--days", type=click.FloatRange(0, 3650, min_open=True), default=30.0, help="How long it is good.")
@click.option("--note", default="", help="What it is for.")
@pass_hub
def add(hub: Hub, output: Output, role: str, datasets: tuple[str, ...], days: float, note: str) -> int:
    """Make a token and print it, this once: the hub keeps its SHA-256 alone.

    A reader sees numbers, kept documents and their texts; an auditor also the ledger, evidence, audits and runs; a
    curator also what persons ask for; an admin also tokens, visibility and who saw what. Programs send it as a bearer
    ("Authorization: Bearer TOKEN"), people type it into the page /login.

    \b
    corpushub token add --role auditor --dataset web-sample --days 30 --note "review of May"
    """
    output.answer("token-add", hub.add_token(role, datasets, days=days, note=note), words.added)
    return YES


@token.command("list", epilog=EPILOG)
@pass_hub
def list_(hub: Hub, output: Output) -> int:
    """List tokens: for whom, for what, until when. None of them can be read from it."""
    output.answer("token-list", hub.tokens(), words.tokens)
    return YES


@token.command(epilog=EPILOG)
@click.argument("id_", metavar="ID")
@pass_hub
def revoke(hub: Hub, output: Output, id_: str) -> int:
    """Let a token open nothing any more, nor the sessions begun with it. ID is what `token list` calls it.

    \b
    corpushub token revoke 0a1b2c3d
    """
    output.answer("token-revoke", hub.revoke_token(id_), words.one_token)
    return YES


@click.command(epilog=EPILOG)
@click.argument("name", required=False)
@click.argument("level", required=False, type=click.Choice(_LEVELS))
@pass_hub
def visibility(hub: Hub, output: Output, name: str | None, level: str | None) -> int:
    """Tell what datasets show to everybody where they are served, or say it of dataset NAME.

    private shows nothing, not even that it exists; listed its name; metadata numbers and licences, small counts aside;
    open the kept documents too.

    \b
    corpushub visibility
    corpushub visibility web-sample metadata
    """
    output.answer("visibility", hub.visibility(name, level), words.visibilities)
    return YES


@click.command("access-log", epilog=EPILOG)
@click.argument("name", required=False)
@click.option("--who", metavar="ID", help='Of this token, "operator" or "public".')
@click.option("--doc", "doc_id", metavar="DOCID", help="Of this document.")
@click.option("--since", metavar="TIME", help="From then on: 2026-12-01, or a whole time (UTC).")
@click.option("--limit", type=click.IntRange(0), default=100, metavar="N", help="The newest N.")
@pass_hub
def access_log(hub: Hub, output: Output, name: str | None, **asked: Any) -> int:
    """List who was shown texts, findings and stories of documents, of dataset NAME or of all, by the served hub.

    `clean --yes` forgets what is older than 400 days.

    \b
    corpushub access-log web-sample --since 2026-12-01
    corpushub access-log --who 0a1b2c3d --json
    """
    output.answer("access-log", hub.accesses(name, **asked), words.accesses)
    return YES


@click.command(epilog=EPILOG)
@click.argument("name", required=False)
@pass_hub
def exports(hub: Hub, output: Output, name: str | None) -> int:
    """List what was exported, of dataset NAME or of all: which version, when, to whom and what for.

    `erase` names those that hold what it erases, whose recipients must be told.

    \b
    corpushub exports web-sample
    """
    output.answer("exports", hub.exports(name), words.exports)
    return YES
