"""The command that erases."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from corpushub.commands.command import EPILOG, confirm, pass_hub
from corpushub.commands.output import NO, YES, Output
from corpushub.commands.workers import address, beam_options, execution_of, runner, workers
from corpushub.face.hub import Hub
from corpushub.printable import shown
from corpushub.text import erasures as render


@click.command(epilog=EPILOG)
@click.option(
    "--subject",
    "subjects",
    multiple=True,
    metavar="KIND:VALUE",
    help="email, phone, name, uri-prefix, host, doc or content; may be repeated.",
)
@click.option("--reason", help="Why; kept with the receipt, and must not name the subject. Needed but for a dry run.")
@click.option("--file", "batch", type=click.Path(path_type=Path), help='JSON lines {"subject": ..., "reason": ...}.')
@click.option(
    "--key-file",
    type=click.Path(path_type=Path),
    help="Key of the findings; default CORPUSHUB_PII_KEY. Not needed in a hub whose runs had none.",
)
@click.option("--dry-run", is_flag=True, help="Only list the documents and versions.")
@click.option("--resume", is_flag=True, help="Only finish what a crash interrupted.")
@click.option("--yes", is_flag=True, help="Do not ask: what is erased cannot be brought back. Needed off a terminal.")
@runner
@address
@workers
@beam_options
@pass_hub
def erase(
    hub: Hub, output: Output, subjects: tuple[str, ...], reason: str | None, batch: Path | None, **how: Any
) -> int:
    """Erase a subject from every version of every dataset, prove it, and refuse it from now on.

    Exit 0 if nothing of it is left in the hub, 1 if something was found. A dry run exits 1 if it finds nothing.

    \b
    corpushub erase --subject host:example.org --reason "request 17" --dry-run
    corpushub erase --subject email:someone@example.org --reason "request 18" --yes
    corpushub erase --file requests.jsonl --yes --json
    """
    from corpushub.requests.erase import read_requests
    from corpushub.requests.subjects import Request

    execution = execution_of(how)
    if how["resume"]:
        resumed = hub.resume_erasures(execution)
        output.answer("erase-resume", resumed, render.resumed)
        return YES if all(one.verified for one in resumed.finished) else NO
    if (not subjects) == (batch is None):
        raise click.UsageError("give either --subject KIND:VALUE or --file")
    if batch is not None:
        requests = read_requests(batch, reason, reasons=not how["dry_run"])
    else:
        requests = [Request.parse(subject, reason or "") for subject in subjects]
    look = partial(hub.erase, requests, key_file=how["key_file"], dry_run=True)
    if how["dry_run"]:
        found = look()
        output.answer("erase", found, render.dry_run)
        return YES if found.matched else NO
    if batch is None and not reason:
        raise click.UsageError("give --reason: it is kept with the receipt")
    confirm("erase it? it cannot be brought back", yes=how["yes"], show=lambda: render.dry_run(shown(look())))
    answer = hub.erase(requests, key_file=how["key_file"], execution=execution)
    output.answer("erase", answer, render.erased)
    return YES if answer.verified else NO
