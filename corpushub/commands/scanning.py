"""The command that looks for personal data in files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corpushub.commands.command import EPILOG, pass_hub
from corpushub.commands.output import NO, YES, Output, print_data, print_line, say
from corpushub.face.files import scan_files, scan_records
from corpushub.face.hub import Hub
from corpushub.text import answers

if TYPE_CHECKING:
    from corpushub.requests.scan.scan_records import Searched


@click.command(epilog=EPILOG)
@click.argument("files", nargs=-1, required=True)
@click.option("--recipe", type=click.Path(path_type=Path), help="Search and act as the [pii] section of this recipe.")
@click.option("--field", default="text", help="The field that holds the text in JSON, CSV and Parquet files.")
@click.option("--id", "id_field", default="id", help="The field that holds the id there.")
@click.option("--apply", is_flag=True, help="Print the scrubbed text in place of what was found.")
@click.option("--summary", is_flag=True, help="Print one report on all files, as --json does.")
@click.option("--findings", type=click.IntRange(0), default=0, metavar="N", help="Findings the report names per file.")
@click.option("--show-values", is_flag=True, help="Show the personal data themselves with the findings named.")
@pass_hub
def scan(hub: Hub, output: Output, files: tuple[str, ...], apply: bool, summary: bool, **how: Any) -> int:
    """Look for personal data in FILES: archives, tables, pages and plain text, by their suffix. Changes nothing.

    Prints a JSON object a line for each record, in order: {"id", "status", "spans": [{"type", "start", "end", "score",
    "recognizer"}]}, with positions in code points. With --apply it is {"id", "status", "text"}, the text null where it
    is withheld; of a plain text file the scrubbed text itself is printed.

    Exit 0 if there are none, 1 if some were found or a search was not complete.

    \b
    corpushub scan docs.jsonl
    corpushub scan docs.jsonl.gz --field body --apply > scrubbed.jsonl
    corpushub scan notes.txt pages/*.html --summary --findings 20
    """
    if summary or output.json or how["findings"] or how["show_values"]:
        if apply:
            raise click.UsageError("--apply prints texts and not a report: leave out --summary, --json and --findings.")
        return _report(output, files, how)
    records = scan_records(files, how["recipe"], field=how["field"], id_field=how["id_field"], apply=apply)
    return _print(records, apply)


def _report(output: Output, files: tuple[str, ...], how: Mapping[str, Any]) -> int:
    named, values = how["findings"], how["show_values"]
    report = scan_files(files, how["recipe"], field=how["field"], findings=named, values=values)
    output.answer("scan", report, answers.scan)
    return YES if report.clean else NO


def _print(records: Iterable[Searched], apply: bool) -> int:
    """Print each record as it comes, and at the end how many were not searched in full."""
    dirty = unfinished = nameless = 0
    for record in records:
        if not apply:
            print_line(record.found())
        elif not record.plain:
            print_line(record.scrubbed())
        elif record.text is not None:
            print_data(record.text)
        else:
            why = "an action drops it" if record.complete else f"the search is {record.status.value}"
            say(f"{record.id}: not printed; {why}")
        dirty += not record.clean
        unfinished += not record.complete
        nameless += record.nameless
    if nameless:
        say(f"names were not looked for in {nameless:,} records, which are not in English")
    if unfinished:
        say(f"{unfinished:,} records could not be read or searched in full; their status says so")
    return NO if dirty else YES
