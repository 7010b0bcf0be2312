"""Commands that hand versions out and keep the hub in order."""

from __future__ import annotations

from pathlib import Path

import click

from corpushub.commands.command import EPILOG, pass_hub
from corpushub.commands.output import NO, YES, Output
from corpushub.text import answers
from lineage.hub import Hub


@click.command(epilog=EPILOG)
@click.argument("ref")
@click.option(
    "--as", "form", type=click.Choice(["jsonl", "parquet", "hf", "prov"]), required=True, help="What to write."
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A folder that does not exist or is empty.")
@pass_hub
def export(hub: Hub, output: Output, ref: str, form: str, out: Path) -> int:
    """Write a version's documents as JSON lines, Parquet or in the Hugging Face layout, or its provenance.

    \b
    corpushub export web-sample --as jsonl --out corpus/
    corpushub export web-sample@v3 --as hf --out web-sample/     README.md and data/train-*.parquet
    corpushub export web-sample@v3 --as prov --out provenance/   prov.json (W3C PROV)
    """
    from lineage.questions.export import Format
    from lineage.questions.export import export as write
    from lineage.references import parse_version

    output.answer("export", write(hub, parse_version(ref), out, Format(form)), answers.export)
    return YES


@click.command(epilog=EPILOG)
@click.option("--yes", is_flag=True, help="Remove what is listed.")
@click.option("--grace", type=click.FloatRange(0), default=1.0, metavar="HOURS", help="Leave younger data files alone.")
@pass_hub
def clean(hub: Hub, output: Output, yes: bool, grace: float) -> int:
    """List, or with --yes remove, what is needed no more: files of dead runs, data files of retired versions.

    \b
    corpushub clean
    corpushub clean --yes --grace 24
    """
    from corpushub.upkeep.clean import clean as tidy

    output.answer("clean", tidy(hub, remove=yes, grace=grace * 3600), answers.clean)
    return YES


@click.command(epilog=EPILOG)
@click.argument("ref")
@click.option("--reason", default="", help="What it is kept for.")
@click.option("--undo", is_flag=True, help="Let it be retired again.")
@pass_hub
def pin(hub: Hub, output: Output, ref: str, reason: str, undo: bool) -> int:
    """Keep a version: a pinned one can be neither retired nor cleaned away.

    \b
    corpushub pin web-sample@v3 --reason "trained model 7"
    """
    from lineage.control import retention
    from lineage.references import parse_version

    target = parse_version(ref)
    done = retention.unpin(hub, target) if undo else retention.pin(hub, target, reason)
    output.answer("pin", done, answers.standing)
    return YES


@click.command(epilog=EPILOG)
@click.argument("ref")
@click.option("--reason", default="", help="Why it is not used any more.")
@click.option("--undo", is_flag=True, help="Take it into use again, while its files are there.")
@pass_hub
def retire(hub: Hub, output: Output, ref: str, reason: str, undo: bool) -> int:
    """Take a version out of use: it is never the newest, and `clean` may remove the documents that it alone holds.

    It can still be named, shown and traced. This is not an erasure: other versions keep what they share with it.

    \b
    corpushub retire web-sample@v2 --reason "wrong filter"
    """
    from lineage.control import retention
    from lineage.references import parse_version

    target = parse_version(ref)
    if target.number is None:
        raise click.UsageError(f"{ref} names no version; write {ref}@v3")
    done = retention.restore(hub, target) if undo else retention.retire(hub, target, reason)
    output.answer("retire", done, answers.standing)
    return YES


@click.command(epilog=EPILOG)
@click.argument("name")
@pass_hub
def compact(hub: Hub, output: Output, name: str) -> int:
    """Merge the ledger files of dataset NAME's newest version, as a new version with the same documents.

    Worth it where many runs have added to a dataset: what is asked of the newest version by id then reads one file.
    """
    from corpushub.running.events import deliver_events
    from lineage.compact import compact as merge
    from lineage.references import parse_version

    done = merge(hub, parse_version(name).dataset)
    deliver_events(hub, lambda words: click.echo(words, err=True))
    output.answer("compact", done, answers.compact)
    return YES


@click.command(epilog=EPILOG)
@pass_hub
def doctor(hub: Hub, output: Output) -> int:
    """Examine the hub: drive, clock, disk, libraries, files, keys, interrupted commits, undelivered events.

    Exit 1 if something is wrong. Changes nothing.
    """
    from corpushub.upkeep.doctor import examine

    report = examine(hub)
    output.answer("doctor", report, answers.doctor)
    return YES if report["ok"] else NO


@click.command(epilog=EPILOG)
@pass_hub
def schema(hub: Hub, output: Output) -> int:
    """Print the JSON Schema of a recipe."""
    from corpushub.commands.output import print_json
    from corpushub.recipe.model import Recipe

    print_json(Recipe.model_json_schema())
    return YES
