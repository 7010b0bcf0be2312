"""Papers as text: which files were written, where answers come from, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpushub.text.answers import table

if TYPE_CHECKING:
    from corpushub.papers.check import PapersCheck
    from corpushub.papers.papers import Explanation, Papers


def written(made: Papers) -> str:
    """Show the files and their leaves in the audit log."""
    rows = [[one.name, one.format, one.sha256[:12], _leaf(one.leaf)] for one in made.files]
    head = f"{made.version}, revision {made.revision}: {len(rows)} files in {made.out or 'no folder'}"
    return f"{head}\n{table(rows)}"


def _leaf(leaf: int | None) -> str:
    return "not logged: this hub signs nothing" if leaf is None else f"leaf {leaf}"


def explained(told: Explanation) -> str:
    """Show each field with where its answer comes from, and the queries below it."""
    lines = [f"{told.version}, revision {told.revision}"]
    for one in told.fields:
        origins = ", ".join(one.origins) or one.state
        lines += ["", f"{one.format}: {one.id} {one.name}".replace("  ", " "), f"  from: {origins}"]
        lines += [f"  {' '.join(query.split())}" for query in one.queries]
    return "\n".join(lines)


def checked(found: PapersCheck) -> str:
    """Show what is wrong, or that nothing is."""
    lines = [f"stale: {one.field}: {one.cause} (since {one.since[:10]})" for one in found.stale]
    lines += [f"missing: {name}" for name in found.missing]
    lines += [f"not valid: {problem}" for problem in found.invalid]
    lines += [f"warning: {one.field} seems to hold {', '.join(one.types)}" for one in found.personal]
    validators = ", ".join(found.validated) or "none: mlcroissant and pyshacl are not installed (extra papers)"
    verdict = "nothing is stale, missing or invalid" if found.ok else "not to be handed out as they are"
    return "\n".join([f"{found.version}: {verdict}", *(f"  {line}" for line in lines), f"  validated by {validators}"])
