"""The plan of a run as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from corpushub.recipe.settings import settings
from corpushub.text.answers import size, table

if TYPE_CHECKING:
    from corpushub.recipe.plan import Plan


def plan(planned: Plan) -> str:
    """Show what a run would do."""
    lines = [f"{planned.dataset}: {size(planned.bytes)} in {len(planned.files)} files", "", "sources"]
    rows = [
        [s.name, s.connector, s.files, "files", size(s.bytes), s.shards, "shards", f"license {s.license}"]
        for s in planned.sources
    ]
    lines += [table(rows), *_robots(planned), "", "steps"]
    steps = [f"  {n}. {step.use}  {step.settings}".rstrip() for n, step in enumerate(planned.steps, start=1)]
    lines += steps or ["  none"]
    lines += _sections(planned)
    lines += [f"  {name}: {words}" for name, words in planned.not_done.items()]
    done, shards, reused = planned.shards_done, planned.shards, planned.reused
    if reused:
        lines += ["", f"goes on from {reused.version}: {reused.files} files read before are not read again"]
    lines += ["", f"{done} of {shards} shards are computed already; a run does the other {shards - done}"]
    lines += [f"a run finishes {one} first" for one in planned.unfinished]
    if planned.unchanged:
        lines.append("the newest version was made from the same recipe, inputs and code: a run would do nothing")
    lines += _undocumented(planned)
    lines += _estimate(planned)
    lines += [f"warning: {one}" for one in planned.warnings]
    return "\n".join([*lines, "nothing was touched; interrupting a run loses at most the shards in flight"])


def _robots(planned: Plan) -> Iterator[str]:
    """Tell which files of robots.txt there are, and for which sources they speak."""
    by_sources: dict[str, list[str]] = {}
    for one in planned.robots:
        by_sources.setdefault(", ".join(one.sources), []).append(one.name)
    for sources, names in by_sources.items():
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        yield from ("", f"robots.txt: {shown}", f"  speak for the sites in {sources}")


def _undocumented(planned: Plan) -> Iterator[str]:
    """Tell what the hub requires to be said, without which a run is refused."""
    gaps = planned.documentation
    if gaps.required:
        yield f"this hub requires {', '.join(gaps.required)}: without it a run is refused, but for --undocumented; add"
        yield from ("", *(f"  {line}".rstrip() for line in gaps.paste.splitlines()), "")


def _estimate(planned: Plan) -> Iterator[str]:
    """Tell what a run would take, by the rates of the last one."""
    one = planned.estimate
    if one is not None:
        room = f"{size(one.disk_bytes)} of disk ({size(one.free_bytes)} are free), {size(one.memory_bytes)} of memory"
        yield f"at the rates of {one.like}, {one.workers} workers: {duration(one.seconds)}, {room}"


def duration(seconds: float) -> str:
    """Return a time as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _sections(planned: Plan) -> Iterator[str]:
    """Tell what follows the steps, a section of the recipe on each line, as the recipe writes it."""
    for one in planned.decontaminate:
        yield f"  decontaminate: {one.name}, {one.tokens} tokens of {', '.join(one.fields)}"
    named = {"dedup": planned.dedup, "boilerplate": planned.boilerplate, "pii": planned.pii}
    for name, section in named.items():
        if section:
            yield f"  [{name}] {settings(section)}"
    if planned.policy:
        yield f"  policy: {planned.policy.name} {planned.policy.version}, digest {planned.policy.digest}"
