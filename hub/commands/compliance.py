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


@click.command(epilog=EPILOG)
@click.argument("files", nargs=-1, required=True)
@click.option("--recipe", type=click.Path(path_type=Path), help="Search as the [pii] section of this recipe says.")
@click.option("--field", default="text", help="The field that holds the text in JSON, CSV and Parquet files.")
@click.option("--findings", type=click.IntRange(0), default=0, metavar="N", help="Findings named for each file.")
@click.option("--show-values", is_flag=True, help="Show the personal data themselves with the findings named.")
@pass_place
def scan(
    home: Home,
    output: Output,
    files: tuple[str, ...],
    recipe: Path | None,
    field: str,
    findings: int,
    show_values: bool,
) -> int:
    """Look for personal data in FILES: archives, tables, pages and plain text, by their suffix. Changes nothing.

    Exit 0 if there are none, 1 if some were found or a search was not complete.

    \b
    corpushub scan notes.txt pages/*.html
    corpushub scan docs.jsonl.gz --field body --findings 20 --json
    """
    from hub.scan_files import Showing, scan_files, searcher

    report = scan_files(files, searcher(recipe), field, Showing(findings, show_values))
    output.answer("scan", report, render.scan)
    return YES if report["clean"] else NO
