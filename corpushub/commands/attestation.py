"""Commands about proof: verify a version, hand its proof out, and the key that signs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from corpushub.commands.command import EPILOG, pass_hub
from corpushub.commands.output import NO, YES, Output
from corpushub.face.files import verify_bundle
from corpushub.face.hub import Hub
from corpushub.text import answers

if TYPE_CHECKING:
    from lineage.proof.checks import Verification

_file = click.Path(path_type=Path, dir_okay=False)


@click.command(epilog=EPILOG)
@click.argument("ref", required=False, metavar="[REF]")
@click.option("--bundle", type=_file, help="Check this bundle of proof instead of a version; needs no hub.")
@click.option("--key", type=_file, help="The public key that must have signed; default any that the hub knows.")
@click.option("--files", type=click.Path(path_type=Path), help="With --bundle: the folder of the version's files.")
@click.option("--checkpoint", type=_file, help="An earlier checkpoint of the audit log, from which it must go on.")
@pass_hub
def verify(hub: Hub, output: Output, ref: str | None, **given: Path | None) -> int:
    """Hash every file of a version again; check manifest, signed statement and audit log. Exit 1 if anything differs.

    \b
    corpushub verify web-sample@v1
    corpushub verify --bundle web-sample.bundle.json --key hub.pub --files web-sample/
    """
    if (ref is None) == (given["bundle"] is None):
        raise click.UsageError("name a version, or a bundle with --bundle")
    if ref is None:
        report = _verify_bundle(**given)
    elif given["files"]:
        raise click.UsageError("--files goes with --bundle; the files of a version are in the hub")
    else:
        report = hub.verify(ref, key=given["key"], checkpoint=given["checkpoint"])
    output.answer("verify", report, answers.verify)
    return YES if report.ok else NO


def _verify_bundle(bundle: Path | None, key: Path | None, files: Path | None, checkpoint: Path | None) -> Verification:
    if bundle is None or key is None:
        raise click.UsageError("a bundle is checked with a public key: name it with --key")
    return verify_bundle(bundle, key, files, checkpoint)


@click.command(epilog=EPILOG)
@click.argument("ref")
@click.option("--out", type=_file, required=True, help="The bundle: one JSON file.")
@click.option("--files", type=click.Path(path_type=Path), help="Copy the version's files into this folder too.")
@click.option("--since", type=_file, help="Prove that the audit log goes on from this earlier checkpoint.")
@pass_hub
def attest(hub: Hub, output: Output, ref: str, out: Path, files: Path | None, since: Path | None) -> int:
    """Write a version's proof as one file: manifest, signed statement, and proof that the audit log has it.

    Whoever has it, the version's files and the public key checks them with `verify --bundle`, without this hub.

    \b
    corpushub attest web-sample --out web-sample.bundle.json --files web-sample/
    """
    output.answer("attest", hub.attest(ref, out, files=files, since=since), answers.attest)
    return YES


@click.command(epilog=EPILOG)
@click.option("--out", type=_file, help="Write the public key to this file too.")
@pass_hub
def key(hub: Hub, output: Output, out: Path | None) -> int:
    """Show the public key that verifies this hub's statements, making the key if there is none yet.

    \b
    corpushub key --out hub.pub
    """
    output.answer("key", hub.key(out), answers.key)
    return YES
