"""Commands that show what speaks about rights."""

from __future__ import annotations

import click

from corpushub.commands.command import EPILOG, pass_hub
from corpushub.commands.output import YES, Output, print_json
from corpushub.face.files import evidence_files
from corpushub.face.hub import Hub
from lineage.storage.as_json import as_json


@click.command(epilog=EPILOG)
@click.argument("files", nargs=-1, required=True)
@click.option("--field", default="text", help="Field of the text in tables.")
@click.option("--robots", multiple=True, metavar="FILES", help="Files of sites: archives, HOST.txt, HOST/robots.txt.")
@click.option("--registry", multiple=True, metavar="FILES", help="Registry files; both options may be repeated.")
@pass_hub
def evidence(
    hub: Hub, output: Output, files: tuple[str, ...], field: str, robots: tuple[str, ...], registry: tuple[str, ...]
) -> int:
    """Print what archives and pages say about licences and consent: one JSON object for each capture, on its line.

    It has the evidence of headers, pages, and the files of sites and registries that are named, the licence and the
    signals that follow, and the id of the rights profile.

    \b
    corpushub evidence crawl/*.warc.gz --robots 'crawl/robotstxt.warc.gz' --registry 'optout.hosts'
    """
    for one in evidence_files(files, field=field, robots=robots, registry=registry):
        print_json(as_json(one))
    return YES
