"""Commands that judge by a policy: versions, and the policy's own tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from corpushub.commands.command import EPILOG, pass_hub
from corpushub.commands.output import NO, YES, Output
from corpushub.face.files import judge_cases
from corpushub.face.hub import Hub

_path = click.Path(path_type=Path)


@click.command(epilog=EPILOG)
@click.argument("ref")
@click.option("--policy", type=_path, help="Policy file, or the name of a shipped one; default permissive.")
@click.option("--since", metavar="REF", help="Say what is different from this version, under the same policy.")
@click.option("--examples", type=click.IntRange(0), default=5, metavar="N", help="Documents named for each finding.")
@click.option("--lines", is_flag=True, help="One line for each document named: reference, verdict, rule, reason.")
@click.option("--html", type=_path, help="Write a page that prints well, with licenses by bytes, to this file too.")
@click.option("--attribution", type=_path, help="Write whom to name for what: .csv, .json or .html.")
@pass_hub
def audit(hub: Hub, output: Output, ref: str, **how: Any) -> int:
    """Judge a version's rights by a policy, also one it was not made under. Changes nothing.

    Exit 0 if every document is allowed, 1 if any is denied or unknown, or if licenses contradict each other and the
    policy refuses that.

    \b
    corpushub audit web-sample
    corpushub audit web-sample@v2 --policy train.toml --since web-sample@v1 --examples 100 --json
    corpushub audit web-sample --html audit.html --attribution attribution.csv
    """
    from corpushub.audit import text

    lines = how.pop("lines")
    report = hub.audit(ref, how.pop("policy"), **how)
    output.answer("audit", report, text.lines if lines else text.text)
    return YES if report.compliant else NO


@click.group(epilog=EPILOG)
def policy() -> None:
    """Work with policy files."""


@policy.command(epilog=EPILOG)
@click.argument("file", type=_path)
@pass_hub
def test(hub: Hub, output: Output, file: Path) -> int:
    """Judge the cases that stand beside a policy: FILE is NAME.toml, its tests NAME.tests.toml, or a shipped NAME.

    Exit 0 if each case has the verdict, and the rule, that it expects; 1 if any has not.

    \b
    corpushub policy test policies/train.toml
    corpushub policy test policies/train.tests.toml --json
    corpushub policy test research-eu
    """
    from corpushub.audit import policy_tests

    tested = judge_cases(file)
    output.answer("policy-test", tested, policy_tests.text)
    return YES if tested.ok else NO
