"""Commands that make versions: plan, run, the runs there were, and something to run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from corpushub.commands.command import EPILOG, pass_hub
from corpushub.commands.output import NO, YES, Output, print_data, say
from corpushub.commands.workers import address, beam_options, execution_of, runner, workers
from corpushub.face.files import make_example
from corpushub.face.hub import Hub
from corpushub.printable import shown
from corpushub.recipe.glance import may_reach
from corpushub.text import answers, plans

_recipe = click.argument("recipe", type=click.Path(path_type=Path))


@click.command(epilog=EPILOG)
@_recipe
@pass_hub
def plan(hub: Hub, output: Output, recipe: Path) -> int:
    """Say what `run RECIPE` would read, do and skip. Touches nothing.

    \b
    corpushub plan recipe.toml
    corpushub plan recipe.toml --json
    """
    output.answer("plan", hub.plan(recipe), plans.plan)
    return YES


@click.command(epilog=EPILOG)
@_recipe
@runner
@address
@workers
@click.option("--resume", is_flag=True, help="Go on where a killed run stopped. Runs always do; kept for scripts.")
@click.option("--yes", is_flag=True, help="Do not ask before starting.")
@click.option(
    "--allow-failed", type=click.IntRange(0), default=0, metavar="N", help="Commit though N files are unreadable."
)
@click.option(
    "--allow-empty",
    is_flag=True,
    help="Commit though nothing was kept, or more of a source failed than [limits] allow.",
)
@click.option("--keep-work", is_flag=True, help="Keep the files between stages, which hold raw text, after the commit.")
@click.option("--full", is_flag=True, help="Read all sources anew, even if the newest version could be gone on from.")
@click.option("--undocumented", is_flag=True, help="Run without words that the hub requires; the version says so.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@beam_options
@pass_hub
def run(hub: Hub, output: Output, recipe: Path, **how: Any) -> int:
    """Run RECIPE and commit a new version of its dataset, or say that nothing has changed.

    A killed run loses at most the shards in flight: run the same command again.

    \b
    corpushub run recipe.toml
    corpushub run recipe.toml --json --yes
    corpushub run recipe.toml --runner ray --address head.example:6379
    """
    from pipelines.execution import warm_processes

    if how["runner"] == "local" and how["workers"] > 1:
        large = bool(how["beam_options"]) or may_reach(warm_processes.SMALL, recipe)
        warm_processes.start_forking(how["workers"], large=large)  # imports in another process while this one goes on
    from corpushub.running.progress import Progress

    if sys.stdin.isatty() and sys.stderr.isatty() and not how["yes"]:
        say(plans.plan(shown(hub.plan(recipe))))
        click.confirm("run it?", abort=True, err=True)
    wanted = {name: how[name] for name in ("allow_failed", "keep_work", "full", "allow_empty", "undocumented")}
    execution = execution_of(how, own_process=True, **wanted)
    result = hub.run_watched(recipe, execution, Progress(quiet=how["quiet"]))
    for name, why in result.failed_shards.items():
        say(f"warning: {name} could not be read and is missing from the version: {why}")
    if result.unattested:
        say(f"warning: {result.unattested}")
    output.answer("run", result, answers.run)
    return YES


@click.command(epilog=EPILOG)
@click.argument("ref", required=False, metavar="[run:ID]")
@click.option("--total", metavar="NAME", help="What dataset NAME has cost in its life, failed work included.")
@click.option("--recipe", "part", flag_value="recipe", help="Print only the recipe of run:ID, as the hub keeps it.")
@click.option("--policy", "part", flag_value="policy", help="Likewise the policy that it decided by.")
@pass_hub
def runs(hub: Hub, output: Output, ref: str | None, part: str | None, total: str | None) -> int:
    """List runs, newest first, or show one with its inputs, counts, recipe and policy. Exit 1 if it had no policy.

    What is kept has no logins, secrets and personal data in it; the digest of the original is kept too.

    \b
    corpushub runs
    corpushub runs run:0123456789ab
    corpushub runs run:0123456789ab --recipe > recipe.toml
    corpushub runs --total web-sample
    """
    if total is not None:
        if ref is not None or part is not None:
            raise click.UsageError("--total is of a dataset, and stands alone")
        from corpushub.text import energy

        output.answer("runs-total", hub.total(total), energy.total)
        return YES
    if part is not None:
        if ref is None:
            raise click.UsageError(f"give the run whose {part} is meant, run:ID")
        told = hub.show_run(ref)
        kept = told.recipe if part == "recipe" else told.policy
        if output.json or kept is None:
            output.answer("runs", told, answers.one_run)
        else:
            print_data(kept.text)
        return NO if kept is None else YES
    if ref is None:
        output.answer("runs", hub.runs(), answers.runs)
    else:
        output.answer("runs", hub.show_run(ref), answers.one_run)
    return YES


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
