"""Commands about proof: verify a version, hand its proof out, and the key that signs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corpushub.commands.command import EPILOG, pass_hub
from corpushub.commands.output import NO, YES, Output, say
from corpushub.face.files import verify_bundle, verify_growth
from corpushub.face.hub import Hub
from corpushub.printable import shown
from corpushub.text import answers

if TYPE_CHECKING:
    from lineage.proof.checks import Verification, VersionVerification
    from lineage.proof.explicit import Signing
    from lineage.proof.growth import Growth

_file = click.Path(path_type=Path, dir_okay=False)


@click.command(epilog=EPILOG)
@click.argument("ref", required=False, metavar="[REF]")
@click.option("--bundle", type=_file, help="Check this bundle of proof instead of a version; needs no hub.")
@click.option("--growth", type=_file, help="Check that a log goes on from --checkpoint, by this file; needs no hub.")
@click.option("--key", type=_file, help="The public key that must have signed; default any that the hub knows.")
@click.option("--files", type=click.Path(path_type=Path), help="With --bundle: the folder of the version's files.")
@click.option("--checkpoint", type=_file, help="An earlier checkpoint of the audit log, from which it must go on.")
@pass_hub
def verify(hub: Hub, output: Output, ref: str | None, **given: Path | None) -> int:
    """Check versions: files, manifest, signed statement, audit log, and all records. Exit 1 if anything differs.

    Without REF every version of the hub is checked. Nothing is written and nothing is signed.

    \b
    corpushub verify
    corpushub verify web-sample@v1
    corpushub verify --bundle web-sample.bundle.json --key hub.pub --files web-sample/
    """
    if sum(one is not None for one in (ref, given["bundle"], given["growth"])) > 1:
        raise click.UsageError("name a version, or a bundle with --bundle, or a proof of growth with --growth")
    if given["files"] and not given["bundle"]:
        raise click.UsageError("--files goes with --bundle; the files of a version are in the hub")
    trust = {name: given[name] for name in ("key", "checkpoint")}
    if given["bundle"]:
        return _told(output, _verify_bundle(given), answers.verify)
    if given["growth"]:
        return _told(output, _verify_growth(given), answers.growth)
    if ref is not None:
        return _told(output, hub.verify(ref, **trust), answers.verify)
    return _told(output, hub.verify_all(**trust, progress=_progress), answers.verify_all)


def _told(output: Output, report: Any, render: Callable[[Any], str]) -> int:
    output.answer("verify", report, render)
    return YES if report.ok else NO


def _progress(one: VersionVerification) -> None:
    if sys.stderr.isatty():
        say(f"{one.version}: {one.files} files, {'ok' if one.ok else 'NOT OK'}")


def _verify_bundle(given: Mapping[str, Path | None]) -> Verification:
    bundle, key = given["bundle"], given["key"]
    if bundle is None or key is None:
        raise click.UsageError("a bundle is checked with a public key: name it with --key")
    return verify_bundle(bundle, key, given["files"], given["checkpoint"])


def _verify_growth(given: Mapping[str, Path | None]) -> Growth:
    growth, key, checkpoint = given["growth"], given["key"], given["checkpoint"]
    if growth is None or key is None or checkpoint is None:
        raise click.UsageError("growth is checked from an earlier checkpoint, with a key: name --checkpoint and --key")
    return verify_growth(growth, checkpoint, key)


@click.command(epilog=EPILOG)
@click.argument("ref")
@click.option("--out", type=_file, help="The bundle: one JSON file.")
@click.option("--files", type=click.Path(path_type=Path), help="Copy the version's files into this folder too.")
@click.option("--since", type=_file, help="Prove that the audit log goes on from this earlier checkpoint.")
@click.option("--sign", is_flag=True, help='Sign REF, of which the log does not speak yet; "hub" is all there is.')
@click.option("--yes", is_flag=True, help="With --sign: do not ask.")
@pass_hub
def attest(hub: Hub, output: Output, ref: str, out: Path | None, **given: Any) -> int:
    """Write a version's proof as one file: manifest, signed statement, and proof that the audit log has it.

    Whoever has it, the version's files and the public key checks them with `verify --bundle`, without this hub. With
    --sign a version that was made without a key, or a record of an earlier release (receipt:ID, run:ID), is shown and
    then signed as it is now; what the log speaks of already is never signed again.

    \b
    corpushub attest web-sample --out web-sample.bundle.json --files web-sample/
    corpushub attest --sign web-sample@v2
    """
    if given["sign"] == (out is not None):
        raise click.UsageError("name the bundle to write with --out, or give --sign")
    if out is not None:
        answer = hub.attest(ref, out, files=given["files"], since=given["since"])
        output.answer("attest", answer, answers.attest)
        return YES
    signed = hub.sign(ref, lambda found: _approved(found, given["yes"]))
    output.answer("attest", signed, answers.signed)
    return YES if signed.signed else NO


def _approved(found: Signing, yes: bool) -> bool:
    say(answers.to_sign(shown(found)))
    if not yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("nothing was signed: off a terminal, give --yes once you have read what would be signed")
    return yes or click.confirm("sign it as it is now?", err=True)


@click.command(epilog=EPILOG)
@click.option("--since", metavar="FILE|SIZE", help="Prove that the log goes on from this earlier checkpoint.")
@click.option("--out", type=_file, help="Write it to this file too.")
@click.option("--keep", type=_file, help="Keep the signature lines that a witness answered with.")
@pass_hub
def checkpoint(hub: Hub, output: Output, since: str | None, out: Path | None, keep: Path | None) -> int:
    """Show the newest checkpoint of the audit log, to be kept where the operators of the hub cannot write.

    With --since it begins with a proof that the log only grew, in the form in which witnesses are asked (C2SP
    tlog-witness); `verify --growth` checks it.

    \b
    corpushub checkpoint --out checkpoint.txt
    corpushub checkpoint --since checkpoint.txt --out growth.txt
    """
    if keep is not None:
        answer = hub.keep_cosignatures(keep)
    else:
        answer = hub.checkpoint(int(since) if since and since.isdecimal() else since, out=out)
    output.answer("checkpoint", answer, answers.checkpoint)
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
