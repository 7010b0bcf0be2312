"""Commands that look for what the law protects in files."""

from __future__ import annotations

from pathlib import Path

import click

from hub import render
from hub.command import EPILOG, pass_place
from hub.output import NO, YES, Output
from lineage.home import Home


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
