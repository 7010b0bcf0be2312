"""The command that takes documents out of a dataset when rights turn out to be other than they seemed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from hub.command import EPILOG, pass_place
from hub.commands.workers import beam_options, runner, workers
from hub.output import NO, YES, Output
from lineage.home import Home


@click.command(epilog=EPILOG)
@click.argument("ref")
@click.option("--rule", "rules", multiple=True, metavar="KIND:VALUE", help="What must go; may be repeated. See below.")
@click.option("--policy", type=click.Path(path_type=Path), help="What this policy does not allow must go too.")
@click.option("--reason", default="", help="Why; kept with the version. Needed but for a dry run.")
@click.option("--old-versions", is_flag=True, help="Erase the documents from all versions too, as `erase` does.")
@click.option("--lift", metavar="RUN", help="Instead: let later runs take in again what this revision refused.")
@click.option("--examples", type=click.IntRange(0), default=20, metavar="N", help="Documents named.")
@click.option("--dry-run", is_flag=True, help="Only list the documents and versions.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@runner
@workers
@beam_options
@pass_place
def revise(home: Home, output: Output, ref: str, yes: bool, **how: Any) -> int:
    """Make a version of dataset REF without documents that should not be there, and refuse them from now on.

    KIND is host, uri-prefix, source, license (one that is claimed) or registry (a file of hosts, prefixes, repositories
    or content ids). No source is read again. Exit 1 if nothing is affected, or if an erasure left something.

    \b
    corpushub revise web-sample --rule host:example.org --reason "objection of May 2" --dry-run
    corpushub revise web-sample --rule license:CC-BY-4.0 --rule registry:opt-out.hosts --reason "wrong footer" --yes
    corpushub revise web-sample --policy train.toml --reason "new terms" --old-versions
    corpushub revise web-sample --lift run:revise-5cf7baf87d5e-v2 --reason "the wrong host"
    """
    from hub import render_revision as render
    from hub.execution import Execution
    from hub.revise import Asked, Wanted, carry_out, lift
    from lineage.references import parse_version

    def told(dry_run: bool) -> dict[str, Any]:
        execution = Execution(how["runner"], how["workers"], how["beam_options"])
        wanted = Wanted(dry_run, how["old_versions"], how["examples"], execution)
        return carry_out(home, asked, wanted, lambda words: click.echo(words, err=True))

    if how["lift"]:
        output.answer("lift", lift(home, parse_version(ref).dataset, how["lift"], how["reason"]), render.lifted)
        return YES
    asked = Asked(parse_version(ref), how["rules"], how["policy"], how["reason"])
    if not how["dry_run"] and not yes and sys.stdin.isatty() and sys.stderr.isatty():
        click.echo(render.revised(told(dry_run=True)), err=True)
        click.confirm("take them out?", abort=True, err=True)
    answer = told(dry_run=how["dry_run"])
    output.answer("revise", answer, render.revised)
    erased = answer["erased"]
    return YES if answer["versions"] and (erased is None or erased["verified"]) else NO
