"""Commands that answer where a document came from and what a version is."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from corpushub.commands.command import EPILOG, pass_hub
from corpushub.commands.output import NO, YES, Output, say
from corpushub.face.hub import Hub
from corpushub.text import answers


@click.command(epilog=EPILOG)
@click.argument("ref")
@click.option("--statistics", is_flag=True, help="Of a version: documents and bytes of everything, and signals.")
@pass_hub
def show(hub: Hub, output: Output, ref: str, statistics: bool) -> int:
    """Show what a version is: documents, licenses, languages, sources, and what was not done; or a run, or a receipt.

    \b
    corpushub show web-sample
    corpushub show web-sample@v1 --json
    corpushub show web-sample@v1 --statistics
    corpushub show run:0123456789ab
    corpushub show receipt:0123456789abcdef
    """
    if statistics:
        from corpushub.text import statistics as words

        output.answer("statistics", hub.statistics(ref), words.statistics)
    elif ref.startswith("receipt:"):
        from corpushub.text import erasures

        output.answer("receipt", hub.receipt(ref), erasures.receipt)
    elif ref.startswith("run:"):
        output.answer("runs", hub.show_run(ref), answers.one_run_in_full)
    else:
        output.answer("show", hub.show(ref), answers.show)
    return YES


@click.command(epilog=EPILOG)
@click.argument("ref")
@click.option(
    "--by",
    type=click.Choice(["language", "source", "reason"]),
    default="language",
    help="Whose losses; by reason: for which reasons, and the language that each took most of.",
)
@pass_hub
def losses(hub: Hub, output: Output, ref: str, by: str) -> int:
    """Show what was kept and dropped on the way to a version, and whose language or source each filter took most of.

    Rates are parts of what was read; a ratio compares a rate with that of all. Groups below 20 records come last.

    \b
    corpushub losses web-sample
    corpushub losses web-sample@v1 --by reason --json
    """
    from corpushub.text import statistics as words

    output.answer("losses", hub.losses(ref, by=by), words.losses)
    return YES


@click.command(epilog=EPILOG)
@click.argument("name")
@pass_hub
def history(hub: Hub, output: Output, name: str) -> int:
    """List the versions of dataset NAME, newest first."""
    output.answer("history", hub.history(name), answers.history)
    return YES


@click.command(epilog=EPILOG)
@click.argument("ref")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "dot", "json", "openlineage"]),
    default="text",
    help="Of a version: dot draws the graph, openlineage prints its runs' events, one on a line.",
)
@click.option("--evidence", is_flag=True, help="Of a document: read again what its sources say of its rights.")
@pass_hub
def trace(hub: Hub, output: Output, ref: str, form: str, evidence: bool) -> int:
    """Tell where a document came from and what became of it, or what a version was made of.

    A document may be named by its URL, its source's id, or four or more digits its doc_id begins with. If several are
    meant, they are listed, and the exit code is 2.

    \b
    corpushub trace web-sample@v1#0f3c...   a document, kept or dropped
    corpushub trace web-sample@v1#0f3c... --evidence
    corpushub trace https://example.org/page
    corpushub trace web-sample@v1 --format dot
    """
    from lineage.references import DocumentRef, parse

    whole = Output(json=output.json or form == "json")
    ref = hub.resolve(ref)
    if evidence or isinstance(parse(ref), DocumentRef):
        from corpushub.audit import document_trace

        told = hub.trace_document(ref, evidence=evidence)
        whole.answer("trace", told, lambda told: answers.trace_document(told) + document_trace.text(told))
    elif form == "openlineage":
        whole.answer("trace", hub.trace_events(ref), answers.events)
    else:
        whole.answer("trace", hub.trace_version(ref), answers.dot if form == "dot" else answers.trace_version)
    return YES


@click.command(epilog=EPILOG)
@click.option("--url", help="Captured at this URL; scheme, default port, last slash and fragment may differ.")
@click.option("--host", help="Of this host, or a host below it.")
@click.option("--prefix", help="Whose URL begins so, down to the host at least.")
@click.option("--id", help="With this doc_id or the source's own id.")
@click.option("--content", help="With this content_id, or the text of this file.")
@click.option("--text", help="Kept documents whose text contains this, letter case ignored, and their copies.")
@click.option("--similar", metavar="FILE", help="Like the text of this file, the best first, by the MinHash index.")
@click.option("--in", "within", metavar="REF", help="Where to look; default the newest version of every dataset.")
@click.option("--limit", type=click.IntRange(1), default=100, help="Most matches.")
@click.option("--seconds", type=click.FloatRange(0.1), default=30.0, help="Stop looking after this time, and say so.")
@pass_hub
def find(hub: Hub, output: Output, within: str | None, limit: int, seconds: float, **wanted: str | None) -> int:
    """Find documents by URL, site, id, content or text, the dropped ones included. Exit 1 if there are none.

    Each match tells what was compared: "exact", or what had to be overlooked.

    \b
    corpushub find --url https://example.org/page
    corpushub find --host example.org --limit 1000
    corpushub find --text "some words of mine" --in web-sample@v1
    corpushub find --similar mine.txt
    """
    given = {kind: value for kind, value in wanted.items() if value is not None}
    if len(given) != 1:
        raise click.UsageError("give one of " + ", ".join(f"--{kind}" for kind in wanted))
    found = hub.find(**given, within=within, limit=limit, seconds=seconds)
    output.answer("find", found, answers.find)
    return YES if found.matches else NO


@click.command(epilog=EPILOG)
@click.argument("old")
@click.argument("new")
@click.option("--docs", is_flag=True, help="List the documents.")
@click.option("--limit", type=click.IntRange(1), default=1000, metavar="N", help="Most documents that --docs lists.")
@pass_hub
def diff(hub: Hub, output: Output, old: str, new: str, docs: bool, limit: int) -> int:
    """Count the documents added, removed and changed between two versions, by source, license and reason.

    \b
    corpushub diff web-sample@v1 web-sample@v2
    corpushub diff web-sample@v1 web-sample@v2 --docs --limit 50
    """
    found = hub.diff(old, new, listed=limit if docs else 0)
    output.answer("diff", found, answers.diff)
    if docs and len(found.documents) < found.added + found.removed + found.changed:
        say(f"only {limit} documents are listed; --limit N lists more")
    return YES


@click.command(epilog=EPILOG)
@click.argument("ref")
@click.argument("query")
@click.option("--limit", type=click.IntRange(1), default=1000, metavar="N", help="Most rows.")
@click.option("--seconds", type=click.FloatRange(0.1), default=30.0, help="Give up after this time.")
@click.option(
    "--memory",
    "memory_mb",
    type=click.IntRange(64),
    default=1024,
    metavar="MB",
    help="Give up beyond it.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@click.option("--guard-formulas", "guarded", is_flag=True, help="With --csv: write ' before what spreadsheets compute.")
@pass_hub
def sql(hub: Hub, output: Output, ref: str, query: str, as_csv: bool, guarded: bool, **most: Any) -> int:
    """Answer a SELECT statement (DuckDB) over the views documents, ledger and profiles of a version, and nothing else.

    \b
    corpushub sql web-sample "select license, count(*) from documents group by all order by 2 desc"
    corpushub sql web-sample@v1 "select reason, count(*) from ledger group by all" --csv
    """
    from corpushub.text import rows

    answer = hub.sql(ref, query, **most)
    if as_csv:
        output.answer("sql", answer, partial(rows.as_csv, guarded=guarded), data=True)
    else:
        output.answer("sql", answer, rows.as_text)
    if answer.truncated:
        say(f"only the first {most['limit']} rows are shown; --limit N shows more")
    return YES


@click.command("dedup-report", epilog=EPILOG)
@click.argument("ref")
@click.option("--out", type=click.Path(path_type=Path), help="Write a picture (.svg) or a page (.html) too.")
@click.option("--pairs", type=click.IntRange(0), default=10, metavar="N", help="Pairs named of each kind.")
@click.option("--clusters", type=click.IntRange(0), default=10, metavar="N", help="Clusters and hosts named.")
@pass_hub
def dedup_report(hub: Hub, output: Output, ref: str, out: Path | None, pairs: int, clusters: int) -> int:
    """Show which documents were dropped for which: clusters, templates, similarities, doubtful pairs.

    Exit 0 if each duplicate was dropped for a document that is kept, 1 if not.

    \b
    corpushub dedup-report web-sample
    corpushub dedup-report web-sample@v1 --out duplicates.svg --pairs 50 --json
    """
    from corpushub.papers.dedup_report import page

    report = hub.dedup_report(ref, out, pairs=pairs, clusters=clusters)
    output.answer("dedup-report", report, page.text)
    return YES if report.ok else NO
