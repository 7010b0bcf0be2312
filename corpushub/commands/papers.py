"""The command that makes papers of a version."""

from __future__ import annotations

from pathlib import Path

import click

from corpushub.commands.command import EPILOG, pass_hub
from corpushub.commands.output import NO, YES, Output, print_data
from corpushub.face.hub import Hub
from corpushub.papers import text as words

_NAMES = (
    *(
        "datasheet",
        "data-statement",
        "croissant",
        "hf",
        "eu-ai-act",
        "ab2013",
        "gpai-copyright",
        "spdx",
        "dta",
        "art30",
    ),
    *("attribution", "all"),
)


@click.command(epilog=EPILOG)
@click.argument("ref")
@click.option("--as", "form", type=click.Choice(_NAMES), metavar="FORMAT", help=f"{', '.join(_NAMES)}.")
@click.option("--out", type=click.Path(path_type=Path), help="The folder to write into; without it, one is printed.")
@click.option("--explain", is_flag=True, help="Tell of each field where it comes from, and the query of its numbers.")
@click.option("--check", is_flag=True, help="Exit 1 if words are stale or missing, or the Croissant file is not valid.")
@pass_hub
def papers(hub: Hub, output: Output, ref: str, form: str | None, out: Path | None, explain: bool, check: bool) -> int:
    """Make papers of version REF: what others ask of a dataset, answered from what is on record.

    The digest of each file is logged. What nobody knows is said to be not known.

    \b
    corpushub papers web-sample --as datasheet
    corpushub papers web-sample@v1 --as all --out papers
    corpushub papers web-sample --as eu-ai-act --explain
    corpushub papers web-sample --check
    """
    if check and (form or explain or out):
        raise click.UsageError("--check looks at all papers and writes none: give no --as, --out or --explain")
    if check:
        found = hub.check_papers(ref)
        output.answer("papers-check", found, words.checked)
        return YES if found.ok else NO
    if form is None:
        raise click.UsageError("give the format with --as, or --check")
    if explain:
        output.answer("papers-explain", hub.explain_papers(ref, form), words.explained)
        return YES
    made = hub.papers(ref, form, out)
    if output.json or out is not None:
        output.answer("papers", made, words.written)
    else:
        print_data(made.files[0].content or "")
    return YES
