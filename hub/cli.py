"""The command line: thin over the library; every command answers with one object, as text or as JSON."""

from __future__ import annotations

import functools
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from hub import render
from hub.output import FAILED, INTERRUPTED, NO, YES, Output
from lineage.home import Home

_EPILOG = "Exit codes: 0 yes, 1 the answer is no, 2 it could not be done, 130 interrupted."


def _pass_place(command: Callable[..., int]) -> Callable[..., None]:
    """Give *command* the hub home and the output; turn its result and its errors into exit codes."""

    @click.option("--hub", type=click.Path(path_type=Path), help="Hub home; default CORPUSHUB_HOME, else .corpushub.")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
    @click.option("--debug", is_flag=True, help="Show the traceback of an error.")
    @functools.wraps(command)
    def wrapped(hub: Path | None, as_json: bool, debug: bool, **arguments: Any) -> None:
        output = Output(json=as_json)
        logging.basicConfig(level=logging.WARNING if debug else logging.CRITICAL)
        try:
            code = command(Home.locate(hub), output, **arguments)
        except KeyboardInterrupt:
            click.echo("interrupted; what was computed is kept, run the same command again to go on", err=True)
            code = INTERRUPTED
        except BrokenPipeError:
            code = 141
        except click.ClickException:
            raise
        except Exception as error:
            if debug:
                raise
            output.error(_told(error))
            code = FAILED
        _leave(code)

    return wrapped


def _told(error: Exception) -> Exception:
    """Return an error whose message is safe and complete: those of our own packages already are."""
    own = type(error).__module__.split(".")[0] in {"connectors", "policies", "lineage", "pipelines", "hub"}
    if own:
        return error
    if isinstance(error, OSError):
        return OSError(f"{error}; nothing was committed, and what was computed is kept for the next run")
    name = type(error).__name__
    return RuntimeError(f"unexpected {name}; nothing was committed; --debug shows where it happened")


def _leave(code: int) -> None:
    """End the process; after a stalled stage Beam's threads would otherwise keep it from ending."""
    sys.stdout.flush()
    sys.stderr.flush()
    if "apache_beam" in sys.modules and "pytest" not in sys.modules:
        from pipelines import warm_processes

        warm_processes.close()
        os._exit(code)
    sys.exit(code)


_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True}


@click.group(epilog=_EPILOG, context_settings=_SETTINGS)
@click.version_option(package_name="corpushub")
def main() -> None:
    """Ingest web-scale corpora into versioned datasets in which every document can be traced.

    References: NAME is the newest version of a dataset, NAME@v3 a version, NAME@v3#DOCID a document, run:ID a run.
    """


_recipe = click.argument("recipe", type=click.Path(path_type=Path))


@main.command(epilog=_EPILOG)
@_recipe
@_pass_place
def plan(home: Home, output: Output, recipe: Path) -> int:
    """Say what `run RECIPE` would read, do and skip. Touches nothing.

    \b
    corpushub plan recipe.toml
    corpushub plan recipe.toml --json
    """
    from hub.plan import plan as make_plan

    output.answer("plan", make_plan(recipe, home), render.plan)
    return YES


@main.command(epilog=_EPILOG)
@_recipe
@click.option("--runner", default="local", help="local, or the name of a Beam runner such as FlinkRunner.")
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default="number of cores",
    help="Processes of the local runner.",
)
@click.option("--resume", is_flag=True, help="Go on where a killed run stopped. Runs always do; kept for scripts.")
@click.option("--yes", is_flag=True, help="Do not ask before starting.")
@click.option(
    "--allow-failed", type=click.IntRange(0), default=0, metavar="N", help="Commit though N files are unreadable."
)
@click.option("--keep-work", is_flag=True, help="Keep the files between stages, which hold raw text, after the commit.")
@click.option("--full", is_flag=True, help="Read all sources anew, even if the newest version could be gone on from.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@click.argument("beam_options", nargs=-1, type=click.UNPROCESSED, metavar="[-- BEAM OPTIONS]")
@_pass_place
def run(home: Home, output: Output, recipe: Path, **how: Any) -> int:
    """Run RECIPE and commit a new version of its dataset, or say that nothing has changed.

    A killed run loses at most the shards in flight: run the same command again.

    \b
    corpushub run recipe.toml
    corpushub run recipe.toml --json --yes
    corpushub run recipe.toml --runner FlinkRunner -- --flink_master=localhost:8081
    """
    from pipelines import warm_processes

    if how["runner"] == "local" and how["workers"] > 1:
        warm_processes.start()  # imports in another process while this one goes on
    from hub.plan import plan as make_plan
    from hub.progress import Progress
    from hub.run import Execution
    from hub.run import run as carry_out

    if sys.stdin.isatty() and sys.stderr.isatty() and not how["yes"]:
        click.echo(render.plan(make_plan(recipe, home)), err=True)
        click.confirm("run it?", abort=True, err=True)
    settings = ("runner", "workers", "beam_options", "allow_failed", "keep_work", "full")
    execution = Execution(*(how[name] for name in settings))
    result = carry_out(recipe, home, execution, Progress(quiet=how["quiet"]))
    for name, why in result["failed_shards"].items():
        click.echo(f"warning: {name} could not be read and is missing from the version: {why}", err=True)
    output.answer("run", result, render.run)
    return YES


@main.command(epilog=_EPILOG)
@click.argument("ref", required=False, metavar="[run:ID]")
@_pass_place
def runs(home: Home, output: Output, ref: str | None) -> int:
    """List runs, newest first, or show one with its inputs and counts.

    \b
    corpushub runs
    corpushub runs run:0123456789ab
    """
    from lineage import history as records
    from lineage.references import RunRef, parse

    if ref is None:
        output.answer("runs", {"runs": records.list_runs(home)}, render.runs)
        return YES
    target = parse(ref)
    if not isinstance(target, RunRef):
        raise click.UsageError(f"{ref} is not a run; write run:ID")
    output.answer("runs", records.show_run(home, target), render.one_run)
    return YES


@main.command(epilog=_EPILOG)
@click.argument("ref")
@_pass_place
def show(home: Home, output: Output, ref: str) -> int:
    """Show what a version is: documents, licenses, languages, sources, and what was not done.

    \b
    corpushub show web-sample
    corpushub show web-sample@v1 --json
    """
    from lineage.references import parse_version
    from lineage.show import show_version

    output.answer("show", show_version(home, parse_version(ref)), render.show)
    return YES


@main.command(epilog=_EPILOG)
@click.argument("name")
@_pass_place
def history(home: Home, output: Output, name: str) -> int:
    """List the versions of dataset NAME, newest first."""
    from lineage import history as records
    from lineage.references import parse_version

    dataset = parse_version(name).dataset
    output.answer("history", {"versions": records.history(home, dataset)}, render.history)
    return YES


@main.command(epilog=_EPILOG)
@click.argument("ref")
@click.option(
    "--format", "form", type=click.Choice(["text", "dot"]), default="text", help="dot draws a version's graph."
)
@_pass_place
def trace(home: Home, output: Output, ref: str, form: str) -> int:
    """Tell where a document came from and what became of it, or what a version was made of.

    \b
    corpushub trace web-sample@v1#0f3c...   a document, kept or dropped
    corpushub trace web-sample@v1 --format dot
    """
    from lineage import trace as traces
    from lineage.references import DocumentRef, parse, parse_version

    target = parse(ref)
    if isinstance(target, DocumentRef):
        output.answer("trace", traces.trace_document(home, target), render.trace_document)
    else:
        draw = render.dot if form == "dot" else render.trace_version
        output.answer("trace", traces.trace_version(home, parse_version(ref)), draw)
    return YES


@main.command(epilog=_EPILOG)
@click.option("--url", help="Captured at exactly this URL.")
@click.option("--id", "identifier", help="With this doc_id or the source's own id.")
@click.option("--content", help="With this content_id, or the text of this file.")
@click.option("--text", help="Kept documents whose text contains this, letter case ignored.")
@click.option("--in", "scope", metavar="REF", help="Where to look; default the newest version of every dataset.")
@click.option("--limit", type=click.IntRange(1), default=100, help="Most matches.")
@click.option("--seconds", type=click.FloatRange(0.1), default=30.0, help="Stop looking after this time, and say so.")
@_pass_place
def find(home: Home, output: Output, scope: str | None, limit: int, seconds: float, **wanted: str | None) -> int:
    """Find documents by URL, id, content or text, the dropped ones included. Exit 1 if there are none.

    \b
    corpushub find --url https://example.org/page
    corpushub find --text "some words of mine" --in web-sample@v1
    """
    from hub.search import search

    given = {kind: value for kind, value in wanted.items() if value is not None}
    if len(given) != 1:
        raise click.UsageError("give one of --url, --id, --content and --text")
    ((kind, value),) = given.items()
    found = search(home, kind, value, (scope, limit, seconds))
    output.answer("find", found, render.find)
    return YES if found["matches"] else NO


@main.command(epilog=_EPILOG)
@click.argument("old")
@click.argument("new")
@_pass_place
def diff(home: Home, output: Output, old: str, new: str) -> int:
    """Count the documents added, removed and changed between two versions, and why those removed are gone.

    \b
    corpushub diff web-sample@v1 web-sample@v2
    """
    from lineage.diff import diff as compare
    from lineage.references import parse_version

    output.answer("diff", compare(home, parse_version(old), parse_version(new)), render.diff)
    return YES


@main.command("dedup-report", epilog=_EPILOG)
@click.argument("ref")
@click.option("--out", type=click.Path(path_type=Path), help="Write a picture (.svg) or a page (.html) too.")
@click.option("--pairs", type=click.IntRange(0), default=10, metavar="N", help="Pairs named of each kind.")
@click.option("--clusters", type=click.IntRange(0), default=10, metavar="N", help="Clusters and hosts named.")
@_pass_place
def dedup_report(home: Home, output: Output, ref: str, out: Path | None, pairs: int, clusters: int) -> int:
    """Show which documents were dropped for which: clusters, templates, similarities, doubtful pairs.

    Exit 0 if each duplicate was dropped for a document that is kept, 1 if not.

    \b
    corpushub dedup-report web-sample
    corpushub dedup-report web-sample@v1 --out duplicates.svg --pairs 50 --json
    """
    from hub import dedup_page
    from hub import dedup_report as reports
    from lineage.duplicates import Most
    from lineage.references import parse_version

    if out is not None and out.suffix not in reports.FORMS:
        raise click.UsageError(f"cannot write {out}: --out takes a name that ends in {' or '.join(reports.FORMS)}")
    report = reports.dedup_report(home, parse_version(ref), Most(pairs, clusters))
    if out is not None:
        reports.write(report, out)
    output.answer("dedup-report", {**report, "out": None if out is None else str(out)}, dedup_page.text)
    return YES if report["ok"] else NO


@main.command(epilog=_EPILOG)
@click.argument("ref")
@click.option("--policy", type=click.Path(path_type=Path), help="Policy file; default the shipped permissive.toml.")
@click.option("--examples", type=click.IntRange(0), default=5, metavar="N", help="Documents named for each finding.")
@_pass_place
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


@main.command(epilog=_EPILOG)
@click.argument("files", nargs=-1, required=True)
@click.option("--recipe", type=click.Path(path_type=Path), help="Search as the [pii] section of this recipe says.")
@click.option("--field", default="text", help="The field that holds the text in JSON, CSV and Parquet files.")
@click.option("--findings", type=click.IntRange(0), default=0, metavar="N", help="Findings named for each file.")
@click.option("--show-values", is_flag=True, help="Show the personal data themselves with the findings named.")
@_pass_place
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


@main.command(epilog=_EPILOG)
@click.argument("ref")
@click.option("--as", "form", type=click.Choice(["jsonl", "parquet"]), required=True, help="What to write.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A folder that does not exist or is empty.")
@_pass_place
def export(home: Home, output: Output, ref: str, form: str, out: Path) -> int:
    """Write a version's documents as JSON lines or Parquet.

    \b
    corpushub export web-sample --as jsonl --out corpus/
    """
    from lineage.export import Format
    from lineage.export import export as write
    from lineage.references import parse_version

    written = write(home, parse_version(ref), out, Format(form))
    content = {
        "version": written.version,
        "documents": written.documents,
        "files": list(written.files),
        "out": str(out),
    }
    output.answer("export", content, render.export)
    return YES


@main.command(epilog=_EPILOG)
@click.argument("ref")
@_pass_place
def verify(home: Home, output: Output, ref: str) -> int:
    """Hash every file of a version again and compare with its manifest. Exit 1 if anything differs."""
    from lineage.references import parse_version
    from lineage.verify import verify_version

    report = verify_version(home, parse_version(ref))
    output.answer("verify", report, render.verify)
    return YES if report["ok"] else NO


@main.command(epilog=_EPILOG)
@click.option("--yes", is_flag=True, help="Remove what is listed.")
@_pass_place
def clean(home: Home, output: Output, yes: bool) -> int:
    """List, or with --yes remove, what dead runs left behind: files between stages, uncommitted data files."""
    from hub.clean import clean as tidy

    output.answer("clean", tidy(home, remove=yes), render.clean)
    return YES


@main.command(epilog=_EPILOG)
@_pass_place
def schema(home: Home, output: Output) -> int:
    """Print the JSON Schema of a recipe."""
    from hub.output import print_json
    from hub.recipe import Recipe

    print_json(Recipe.model_json_schema())
    return YES


if __name__ == "__main__":
    main()
