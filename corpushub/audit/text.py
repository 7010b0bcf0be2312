"""An audit as text for a terminal, and as one line for each document named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from corpushub.text.answers import table

Answer = Mapping[str, Any]


def text(content: Answer) -> str:
    """Show the verdicts, then what speaks against the version, what is due, and last the answer."""
    policy = content["policy"]
    lines = [
        f"{content['version']}  {content['population']:,} documents  policy {policy['name']} {policy['version']}",
        "",
        table([[n, verdict] for verdict, n in content["verdicts"].items()]),
    ]
    for finding in content["findings"]:
        lines += ["", *_finding(finding)]
    lines += _section("conflicts", (f"{_pair(one)}: {one['why']}" for one in content["conflicts"]))
    lines += _section(
        "obligations", (f"{one['documents']:,} documents: {one['what']}" for one in content["obligations"])
    )
    if content["since"]:
        lines += _since(content["since"])
    lines += _section("to comply", content["advice"])
    return "\n".join([*lines, "", "compliant" if content["compliant"] else "not compliant"])


def _section(title: str, sentences: Iterable[str]) -> list[str]:
    listed = [f"  {sentence}" for sentence in sentences]
    return ["", title, *listed] if listed else []


def _pair(conflict: Answer) -> str:
    pairs = zip(conflict["licenses"], conflict["documents"], strict=True)
    return ", ".join(f"{name} ({count:,})" for name, count in pairs)


def _finding(finding: Answer) -> list[str]:
    lines = [f"  {finding['verdict']}: {finding['count']:,} documents · {finding['rule']}", f"    {finding['why']}"]
    lines += [
        f"    {kind}: " + ", ".join(f"{name} {n:,}" for name, n in finding[kind].items())
        for kind in ("sources", "hosts")
        if finding[kind]
    ]
    lines += [
        f"    {one['ref']}  {one['license'] or 'no licence'}  {one['uri'] or ''}".rstrip()
        for one in finding["examples"]
    ]
    if finding["examples"] and len(finding["examples"]) < finding["count"]:
        lines.append(f"    {len(finding['examples'])} of {finding['count']:,}; --examples N names more")
    return lines


def _since(changes: Answer) -> list[str]:
    def row(name: str, change: Answer) -> list[Any]:
        return [change["before"], "->", change["now"], name]

    rows = [row("documents", changes["population"])]
    rows += [row(name, change) for name, change in changes["verdicts"].items()]
    rows += [row(f"{one['rule']}: {one['why']}", one) for one in changes["findings"]]
    return ["", f"since {changes['version']}", table(rows)]


def lines(content: Answer) -> str:
    """Return one line for each document named, and for each conflict: reference, verdict, rule, reason, by tabs."""
    rows = [
        (one["ref"], finding["verdict"], finding["rule"], finding["why"])
        for finding in content["findings"]
        for one in finding["examples"]
    ]
    rows += [
        (content["version"], finding["verdict"], finding["rule"], f"{finding['count']} documents: {finding['why']}")
        for finding in content["findings"]
        if not finding["examples"]
    ]
    rows += [(content["version"], "conflict", one["kind"], one["why"]) for one in content["conflicts"]]
    return "\n".join("\t".join(row) for row in rows)
