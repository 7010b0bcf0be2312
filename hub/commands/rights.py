"""Commands that show what speaks about rights."""

from __future__ import annotations

import click

from hub.command import EPILOG, pass_place
from hub.output import YES, Output, print_json
from lineage.home import Home


@click.command(epilog=EPILOG)
@click.argument("files", nargs=-1, required=True)
@click.option("--field", default="text", help="Field of the text in tables.")
@pass_place
def evidence(home: Home, output: Output, files: tuple[str, ...], field: str) -> int:
    """Print what archives and pages say about licences and consent: one JSON object for each capture, on its line.

    \b
    corpushub evidence crawl/*.warc.gz page.html
    """
    from hub.evidence_files import evidence_files

    for one in evidence_files(files, field):
        print_json(one)
    return YES
