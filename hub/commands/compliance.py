"""Commands that say whether a version, or a file, may be used."""

from __future__ import annotations

from pathlib import Path

import click

from hub import render
from hub.command import EPILOG, pass_place
from hub.output import NO, YES, Output
from lineage.home import Home


@click.command(epilog=EPILOG)
@click.argument("ref")
@click.option("--policy", type=click.Path(path_type=Path), help="Policy file; default the shipped permissive.toml.")
@click.option("--examples", type=click.IntRange(0), default=5, metavar="N", help="Documents named for each finding.")
@pass_place
def audit(home: Home, output: Output, ref: str, policy: Path | None, examples: int) -> int:
    """Judge a version's licenses by a policy. Exit 0 if all are allowed, 1 if any is denied or unknown.

    \b
    corpushub audit web-sample
    corpushub audit web-sample@v1 --policy train.toml --examples 100 --json
    """
    from hub.audit import audit as judge
    from lineage.references import parse_version

    report = judge(home, parse_version(ref), policy, examples)
    output.answer("audit", report, render.audit)
    return YES if report["compliant"] else NO
