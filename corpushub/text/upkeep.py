"""The answers of upkeep, told in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpushub.text.answers import size

if TYPE_CHECKING:
    from corpushub.upkeep.clean import Leftovers
    from corpushub.upkeep.doctor import Examination
    from corpushub.upkeep.warm import Warmed
    from corpushub.upkeep.words import Indexing
    from lineage.control.retention import VersionStanding
    from lineage.rewrite.compact import Compaction


def warm(warmed: Warmed) -> str:
    """Say what later runs find compiled, and where."""
    lines = [f"compiled: {name}" for name in warmed.compiled] + [f"found: {name}" for name in warmed.found]
    patterns = warmed.patterns or "nowhere: no folder that only this user may write to (CORPUSHUB_CACHE names one)"
    return "\n".join([*lines, "", f"kernels   {warmed.kernels}", f"patterns  {patterns}"])


def compact(done: Compaction) -> str:
    """Say what was merged."""
    files, sizes = done.files, done.bytes
    if done.version is None:
        return f"{done.from_}: {files.before} ledger files, nothing to merge"
    words = f"{files.before} ledger files ({size(sizes.before)}) merged into {files.after} "
    words += f"({size(sizes.after)}), {done.rows:,} rows; documents as in {done.from_}"
    return f"{done.version}: {words}"


def index(done: Indexing) -> str:
    """Say how much of a version can be looked up."""
    if done.removed or not done.indexed:
        return f"{done.version}: {done.removed:,} indexes removed; texts are read"
    made = f", {done.made:,} of them made now ({size(done.bytes)})" if done.made else ", none had to be made"
    return f"{done.version}: {done.documents:,} documents in {done.text_files:,} files with an index{made}"


def doctor(found: Examination) -> str:
    """Say what is wrong first, then what is worth knowing."""
    ranked = sorted(found.findings, key=lambda finding: not finding.wrong)
    lines = [f"{'wrong' if one.wrong else 'note'}: {one.message}" for one in ranked]
    return "\n".join([*lines, f"{len(found.checks)} checks, " + ("ok" if found.ok else "NOT OK")])


def standing(version: VersionStanding) -> str:
    """Say how a version stands."""
    known = {"pinned": (version.pinned, version.pinned_why), "retired": (version.retired, version.retired_why)}
    states = [f"{state} since {since}: {why or 'no reason given'}" for state, (since, why) in known.items() if since]
    gone = [f"its documents were removed on {version.removed}"] if version.removed else []
    return f"{version.version}: " + ("; ".join([*states, *gone]) or "in use, not pinned")


def clean(found: Leftovers) -> str:
    """Say what was, or would be, removed."""
    verb = "removed" if found.removed else "would remove"
    lines = [f"{verb} {item.path}  {size(item.bytes)}" for item in found.leftovers]
    if found.accesses:
        lines.append(f"{verb} {found.accesses:,} rows of the log of accesses, older than 400 days")
    if lines and not found.removed:
        lines.append("nothing was touched; --yes removes them")
    return "\n".join(lines) or "nothing to clean"
