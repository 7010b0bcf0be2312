"""The command that takes documents out of a dataset when rights turn out to be other than they seemed."""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corpushub.commands.command import EPILOG, confirm, pass_hub
from corpushub.commands.output import NO, YES, Output, say
from corpushub.commands.workers import address, beam_options, execution_of, runner, workers
from corpushub.face.hub import Hub
from corpushub.printable import shown

if TYPE_CHECKING:
    from corpushub.requests.withdraw import WithdrawalReport


@click.command(epilog=EPILOG)
@click.argument("ref")
@click.option("--rule", "rules", multiple=True, metavar="KIND:VALUE", help="What must go; may be repeated. See below.")
@click.option("--policy", type=click.Path(path_type=Path), help="What this policy does not allow must go too.")
@click.option("--reason", default="", help="Why; kept with the version. Needed but for a dry run.")
@click.option("--old-versions", is_flag=True, help="Erase the documents from all versions too, as `erase` does.")
@click.option("--lift", metavar="RUN", help="Instead: let later runs take in again what this withdrawal refused.")
@click.option("--examples", type=click.IntRange(0), default=20, metavar="N", help="Documents named.")
@click.option("--dry-run", is_flag=True, help="Only list the documents and versions.")
@click.option("--yes", is_flag=True, help="Do not ask. Needed off a terminal.")
@runner
@address
@workers
@beam_options
@pass_hub
def withdraw(hub: Hub, output: Output, ref: str, yes: bool, **how: Any) -> int:
    """Make a version of dataset REF without documents that should not be there, and refuse them from now on.

    KIND is host, uri-prefix, source, license (one that is claimed) or registry (a file of hosts, prefixes, repositories
    or content ids). No source is read again. Exit 1 if nothing is affected, or if an erasure left something.

    \b
    corpushub withdraw web-sample --rule host:example.org --reason "objection of May 2" --dry-run
    corpushub withdraw web-sample --rule license:CC-BY-4.0 --rule registry:opt-out.hosts --reason "wrong footer" --yes
    corpushub withdraw web-sample --policy train.toml --reason "new terms" --old-versions
    corpushub withdraw web-sample --lift run:revise-5cf7baf87d5e-v2 --reason "the wrong host"
    """
    from corpushub.text import withdrawals as render

    def told(dry_run: bool) -> WithdrawalReport:
        wanted = {name: how[name] for name in ("reason", "policy", "old_versions", "examples")}
        execution = execution_of(how)
        return hub.withdraw(ref, how["rules"], **wanted, dry_run=dry_run, execution=execution, say=say)

    if how["lift"]:
        output.answer("lift", hub.lift(ref, how["lift"], how["reason"]), render.lifted)
        return YES
    if not how["dry_run"]:
        confirm("take them out?", yes=yes, show=lambda: render.withdrawn(shown(told(dry_run=True))))
    answer = told(dry_run=how["dry_run"])
    output.answer(click.get_current_context().info_name or "withdraw", answer, render.withdrawn)
    erased = answer.erased
    return YES if answer.versions and (erased is None or erased.verified) else NO


revise = copy(withdraw)
"""The name that scripts know it by from earlier releases."""
revise.name, revise.hidden = "revise", True
