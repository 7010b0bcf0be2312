"""Commands that hand versions out and keep the hub in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from corpushub.commands.command import EPILOG, pass_hub
from corpushub.commands.output import NO, YES, Output, print_json, say
from corpushub.commands.workers import address, beam_options, execution_of, runner, workers
from corpushub.face.files import recipe_schema
from corpushub.face.files import warm as compile_ahead
from corpushub.face.hub import Hub
from corpushub.text import answers
from corpushub.text import upkeep as words


@click.command(epilog=EPILOG)
@click.argument("ref")
@click.option(
    "--as", "form", type=click.Choice(["jsonl", "parquet", "hf", "prov"]), required=True, help="What to write."
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A folder that does not exist or is empty.")
@click.option("--to", metavar="WHOM", help="Who gets it, as the institution is called.")
@click.option("--purpose", metavar="WORD", help="What for, as train or redistribute.")
@pass_hub
def export(hub: Hub, output: Output, ref: str, form: str, out: Path, to: str | None, purpose: str | None) -> int:
    """Write a version's documents as JSON lines, Parquet or in the Hugging Face layout, or its provenance.

    `exports` lists what was handed out, and `erase` tells who has what it erases.

    \b
    corpushub export web-sample --as parquet --out out/ --to "Lab X" --purpose train
    corpushub export web-sample --as jsonl --out corpus/
    corpushub export web-sample@v3 --as hf --out web-sample/     README.md and data/train-*.parquet
    corpushub export web-sample@v3 --as prov --out provenance/   prov.json (W3C PROV)
    """
    output.answer("export", hub.export(ref, out, form, to=to, purpose=purpose), answers.export)
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
    output.answer("clean", hub.clean(remove=yes, grace_seconds=grace * 3600), words.clean)
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
    output.answer("pin", hub.pin(ref, reason, undo=undo), words.standing)
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
    output.answer("retire", hub.retire(ref, reason, undo=undo), words.standing)
    return YES


@click.command(epilog=EPILOG)
@click.argument("name")
@pass_hub
def compact(hub: Hub, output: Output, name: str) -> int:
    """Merge the ledger files of dataset NAME's newest version, as a new version with the same documents.

    Worth it where many runs have added to a dataset: what is asked of the newest version by id then reads one file.
    """
    output.answer("compact", hub.compact(name, say), words.compact)
    return YES


@click.command(epilog=EPILOG)
@click.argument("ref")
@click.option("--remove", is_flag=True, help="Remove the indexes of all versions of the dataset.")
@runner
@address
@workers
@beam_options
@pass_hub
def index(hub: Hub, output: Output, ref: str, remove: bool, **how: Any) -> int:
    """Make a full-text index of a version's documents: `find --text` then looks up and ranks what it would have read.

    Only files without one are indexed: after a run, those that it added; after an erasure, those that it wrote anew. An
    index holds words of the documents, beside them in the warehouse, and goes with them. No run makes one.

    \b
    corpushub index web-sample
    corpushub index web-sample --runner dask --address tcp://head.example:8786
    corpushub index web-sample --remove
    """
    done = hub.index(ref, remove=True) if remove else hub.index(ref, execution_of(how))
    output.answer("index", done, words.index)
    return YES


@click.command(epilog=EPILOG)
@pass_hub
def doctor(hub: Hub, output: Output) -> int:
    """Examine the hub: drive, clock, disk, libraries, files, keys, interrupted commits, undelivered events.

    Exit 1 if something is wrong. Changes nothing.
    """
    report = hub.doctor()
    output.answer("doctor", report, words.doctor)
    return YES if report.ok else NO


@click.command(epilog=EPILOG)
@click.argument("recipes", nargs=-1, type=click.Path(path_type=Path), metavar="[RECIPE]...")
@pass_hub
def warm(hub: Hub, output: Output, recipes: tuple[Path, ...]) -> int:
    """Compile ahead what runs would compile: kernels, and patterns of personal data. No hub is needed.

    For images, and for machines that are to begin at once: a minute, once for each release and type of processor.
    Without RECIPE the patterns are those of recipes with the usual settings, and of all countries. CORPUSHUB_CACHE
    names the folder where all is kept; without it the answer says where it is.

    \b
    corpushub warm
    CORPUSHUB_CACHE=/var/cache/corpushub corpushub warm recipe.toml --json
    """
    output.answer("warm", compile_ahead(*recipes, say=say), words.warm)
    return YES


@click.command(epilog=EPILOG)
@pass_hub
def schema(hub: Hub, output: Output) -> int:
    """Print the JSON Schema of a recipe."""
    print_json(recipe_schema())
    return YES


@click.command(epilog=EPILOG)
@click.option("--bind", default="127.0.0.1:8420", metavar="HOST:PORT", help="Where; port 0 is any free one.")
@click.option("--accounts", is_flag=True, help="Ask for tokens on this machine too, as behind a proxy.")
@click.option("--host", "hosts", multiple=True, metavar="NAME", help="By which browsers ask for it; may be repeated.")
@click.option("--public", default="", metavar="NAME,...", help="Datasets that are open to everybody this time.")
@click.option("--read-only", is_flag=True, help="Receive no forms.")
@pass_hub
def serve(hub: Hub, output: Output, bind: str, public: str, **how: Any) -> int:
    """Serve the hub to browsers, until interrupted; every page is JSON too, with .json behind it.

    On this machine alone whoever can connect sees all. Anywhere else, and with --accounts, everybody sees what datasets
    show (`visibility`), and more with a token (`token add`).

    \b
    corpushub serve
    corpushub serve --accounts --host hub.example.org --public web-sample   behind a proxy that speaks https
    corpushub serve --bind 192.0.2.7:8420 --host hub.example.org
    """
    from corpushub.web.serve import serve

    serve(hub, bind, say, public=[one.strip() for one in public.split(",") if one.strip()], **how)
    return YES
