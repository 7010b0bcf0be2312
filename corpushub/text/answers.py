"""Answers as text. Pure functions from answers to strings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from textwrap import indent
from typing import TYPE_CHECKING, Any

from corpushub.text.withdrawals import mark as withdrawn_mark

if TYPE_CHECKING:
    from corpushub.example.corpus import Example
    from corpushub.requests.scan.scan_files import Finding, ScanReport
    from corpushub.running.run import RunResult
    from lineage.control.costs.progress import RunProgress
    from lineage.proof.bundle import Attested
    from lineage.proof.checks import HubVerification, Verification
    from lineage.proof.explicit import Signing
    from lineage.proof.growth import CheckpointAnswer, Growth
    from lineage.proof.public_key import KeyDescription
    from lineage.questions.diff import VersionDiff
    from lineage.questions.export import Exported
    from lineage.questions.find import Match, SearchedVersion, SearchResult
    from lineage.questions.graph import VersionTrace, VersionTraceWithEvents
    from lineage.questions.history import History, HistoryEntry, Runs, RunWithInputs
    from lineage.questions.show import VersionSummary
    from lineage.questions.trace import DocumentTrace, Event, Locator

Answer = Mapping[str, Any]


def table(rows: Iterable[Sequence[Any]], indent: str = "  ") -> str:
    """Align rows: numbers to the right with thousands separators, the rest to the left."""
    cells = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    numeric = [[isinstance(cell, int) for cell in row] for row in rows] if isinstance(rows, list) else []
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)] if cells else []
    lines = []
    for index, row in enumerate(cells):
        padded = [
            cell.rjust(width) if numeric and numeric[index][at] else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(indent + "  ".join(padded).rstrip())
    return "\n".join(lines)


def size(count: int) -> str:
    """Spell a number of bytes."""
    amount, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 999.95 or unit == "TB":
            break
        amount /= 1000
    return f"{int(amount)} B" if unit == "B" else f"{amount:.1f} {unit}"


def counts(numbers: Mapping[str, int], reasons: Mapping[str, int]) -> str:
    """Show outcomes and their reasons."""
    rows = [[numbers.get(name, 0), name] for name in ("read", "kept", "changed", "dropped", "failed")]
    lines = [table(rows)]
    if reasons:
        lines += ["", "  by reason", table([[n, reason] for reason, n in reasons.items()])]
    return "\n".join(lines)


def run(result: RunResult) -> str:
    """Show what a run did."""
    if result.unchanged:
        words = f"{result.unchanged} is up to date: same recipe, inputs and code; no new version was made"
        return words + ("; what the recipe says of the dataset was recorded for it" if result.documented else "")
    speed = result.bytes_in / 1e6 / max(result.seconds, 1e-3)
    lines = [counts(result.counts, result.reasons), ""]
    if result.marks:
        lines += ["  marked", table([[n, mark] for mark, n in result.marks.items()]), ""]
    lines.append(f"  {size(result.bytes_in)} in {result.seconds:.1f} s ({speed:.1f} MB/s) · {result.run}")
    if result.reused:
        lines.append(f"  and {result.reused.documents:,} documents of {result.reused.version}")
    lines += [f"  {section}: {words}" for section, words in result.not_done.items()]
    return "\n".join([*lines, "", str(result.version)])


def example(made: Example) -> str:
    """Say what was written, and what to do with it."""
    kinds = table([(count, kind.replace("_", " ")) for kind, count in made.records.items()])
    return f"{made.folder}: a small invented crawl, its recipe and its policy\n{kinds}\n\ncorpushub run {made.recipe}"


def show(version: VersionSummary) -> str:
    """Show a version."""
    lines = [f"{version.version}  {version.documents:,} documents  {size(version.bytes)} of text"]
    lines += [f"  {name:13} {getattr(version, name)}" for name in ("created", "run", "recipe_digest", "manifest_root")]
    lines.append(f"  {'parents':13} {', '.join(version.parents) or 'none'}")
    if version.revision:
        lines.append(f"  {'revision':13} {version.version}.{version.revision}: documents were erased")
    lines += [f"  {name:13} {words}" for name, words in version.not_done.items()]
    counted = {"sources": version.sources, "licenses": version.licenses, "languages": version.languages}
    for name, documents in counted.items():
        ranked = sorted(documents.items(), key=lambda item: -item[1])
        lines += ["", name, table([[n, key] for key, n in ranked[:12]])]
        if len(ranked) > 12:
            lines.append(f"  12 of {len(ranked)}; --json has all")
    return "\n".join(lines)


def runs(found: Runs) -> str:
    """List runs."""
    rows = [
        [
            one.run,
            one.state,
            one.dataset,
            one.version or "-",
            one.started[:19],
            f"{one.seconds:.1f} s",
            one.counts.get("kept", 0),
        ]
        for one in found.runs
    ]
    return table(rows, indent="") if rows else "no runs yet; make one with `corpushub run RECIPE`"


def one_run_in_full(run: RunWithInputs) -> str:
    """Show a run with its inputs, its recipe and its policy."""
    lines = [one_run(run)]
    for name, kept in (("recipe", run.recipe), ("policy", run.policy)):
        if kept is not None:
            same = "as it was written" if kept.sha256 == kept.original else f"of the original {kept.original}"
            lines += ["", f"{name}  sha256 {kept.sha256}, {same}", indent(kept.text.rstrip("\n"), "  ")]
    return "\n".join(lines)


def one_run(run: RunWithInputs) -> str:
    """Show a run with its inputs."""
    lines = [f"{run.run}  {run.state}  {run.version or 'no version'}"]
    lines += [
        f"  {name:13} {getattr(run, name)}"
        for name in ("dataset", "started", "finished", "code_version", "recipe_digest")
    ]
    lines += [f"  {'error':13} {run.error}"] if run.error else []
    lines += [f"  {withdrawn_mark(run.revisal)}"] if run.revisal else []
    lines += [f"  {'progress':13} {progress(run.progress)}"] if run.progress else []
    lines += ["", counts(run.counts, run.reasons), "", "inputs"]
    lines.append(table([[item.source, item.name, size(item.size), item.sha256[:12]] for item in run.inputs]))
    return "\n".join([*lines, *_cost(run)])


def progress(one: RunProgress) -> str:
    """Say how far a run is, and when it said so."""
    said = [f"{one.stage} {one.finished}/{one.tasks} shards"]
    if one.read:
        said.append(f"{one.read:,} read, {one.kept:,} kept, {speed(one) / 1e6:.1f} MB/s")
    said += [f"{one.left:.0f} s left"] if one.left is not None else []
    said += [f"{one.retried} tried again"] if one.retried else []
    return ", ".join([*said, size(one.memory), f"at {one.at[:19]}"])


def speed(one: RunProgress) -> float:
    """Return the bytes of text that the stage under way has read in a second."""
    return one.bytes / one.seconds if one.seconds else 0.0


def _cost(run: RunWithInputs) -> list[str]:
    from corpushub.text import energy  # which stands above this module

    return [energy.run(run.energy)] if run.energy else []


def history(found: History) -> str:
    """List versions."""
    return table(
        [
            [one.version, one.created[:19], one.documents, "documents", size(one.bytes), _marks(one)]
            for one in found.versions
        ],
        indent="",
    )


def _marks(version: HistoryEntry) -> str:
    marks = ["pinned"] * bool(version.pinned) + ["retired"] * bool(version.retired)
    if version.revision:
        marks.append(f"revision {version.revision}: {version.erased:,} erased")
    return " ".join([*marks, *filter(None, [withdrawn_mark(version.revisal)])])


def _place(locator: Locator) -> str:
    """Say where a record stands; of an erased one nobody knows any more."""
    if locator.file is None:
        return "-"
    return f"{locator.file} at byte {locator.offset}, {locator.length} bytes"


def trace_document(trace: DocumentTrace) -> str:
    """Tell a document's story."""
    lines = [
        trace.doc_id,
        f"  source       {trace.source}",
        f"  found in     {_place(trace.locator)}",
        f"  uri          {trace.uri or '-'}",
        f"  captured at  {trace.captured_at or 'unknown'}",
        f"  license      {trace.license or 'unknown'}",
        "",
    ]
    lines.append(table([_event(event) for event in trace.events]))
    marks = sorted({mark for event in trace.events for mark in event.marks or ()})
    if marks:
        lines.append(f"\n  marked {', '.join(marks)}")
    if trace.duplicate_of:
        alike = f", similarity {trace.similarity:.3f}" if trace.similarity else ""
        lines.append(f"\n  duplicate of {trace.duplicate_of}{alike}")
    lines.append("\n  in " + (", ".join(trace.versions) or "no version"))
    if trace.output:
        lines.append(f"  stored in {trace.output}")
    return "\n".join(lines)


def _event(event: Event) -> list[str]:
    value = event.value
    number = "" if value is None else f"{value:.0f}" if value.is_integer() else f"{value:g}"
    return [event.step, event.outcome, event.reason or "", number, event.run, event.detail or ""]


def trace_version(trace: VersionTrace) -> str:
    """List what a version was made of."""
    rows = [[edge.from_, f"-{edge.kind}->", edge.to] for edge in trace.edges]
    withdrawals = {node.id: node.revisal for node in trace.nodes if node.kind == "run" and node.revisal}
    marks = [f"  {run}  {withdrawn_mark(one)}" for run, one in withdrawals.items()]
    return "\n".join([f"{len(trace.nodes)} nodes\n{table(rows)}", *marks])


def dot(trace: VersionTrace) -> str:
    """Draw a version's lineage in Graphviz's language."""
    shapes = {"version": "box3d", "run": "ellipse", "input": "note"}
    lines = ["digraph lineage {", "  rankdir=LR;"]
    lines += [f'  "{node.id}" [shape={shapes[node.kind]}];' for node in trace.nodes]
    lines += [f'  "{edge.from_}" -> "{edge.to}" [label="{edge.kind}"];' for edge in trace.edges]
    return "\n".join([*lines, "}"])


def events(trace: VersionTraceWithEvents) -> str:
    """Print OpenLineage events, one on a line."""
    return "\n".join(json.dumps(event, sort_keys=True) for event in trace.events)


def find(found: SearchResult) -> str:
    """List matches."""
    lines = []
    for match in found.matches:
        why = f" ({match.reason})" if match.reason else ""
        twin = f" duplicate of {match.duplicate_of}" if match.duplicate_of else ""
        lines.append(f"{match.version}#{match.doc_id}  {match.outcome}{why}{twin}  {match.uri or ''}".rstrip())
        lines[-1] += _compared(match)
        lines += [f"  {match.snippet}"] if match.snippet else []
    for item in found.searched:
        whole = "" if item.complete else f", not all of it: {item.note or 'time or matches ran out'}"
        lines.append(f"searched {item.version}: {item.documents:,} rows, {size(item.bytes)}{_indexed(item)}{whole}")
    if not found.matches:
        lines.insert(0, "not found")
    return "\n".join(lines)


def _indexed(searched: SearchedVersion) -> str:
    """Say how many documents were looked up, and where all were read how to spare that."""
    if searched.indexed is None or not searched.documents:
        return ""
    if searched.indexed:
        return f", {searched.indexed:,} by index"
    return f", no index: `corpushub index {searched.version.partition('@')[0]}` makes one"


def _compared(match: Match) -> str:
    """Say how alike a document is, or what had to be overlooked for it to match."""
    if match.resemblance is not None:
        return f"  {'about ' * (match.matched_by == 'signature')}{match.resemblance:.3f} alike"
    return f"  by {match.matched_by}" if match.matched_by not in (None, *_PLAIN) else ""


_PLAIN = ("exact", "host", "prefix", "doc_id", "source_id", "content_id", "text", "copy")
"""What a match need not say beside what was asked."""


def scan(report: ScanReport) -> str:
    """List what was found in each file, then the verdict."""
    lines = []
    for file in report.files:
        stopped = [f"{file.status[name]} {name}" for name in ("partial", "failed") if file.status[name]]
        lines.append(", ".join([f"{file.file}: {file.documents:,} documents searched", *stopped]))
        lines += [table([[n, kind] for kind, n in file.types.items()])] if file.types else []
        lines += [table([_found(one) for one in file.findings], indent="    ")] if file.findings else []
    found, stopped_short = sum(report.types.values()), report.status["partial"] + report.status["failed"]
    verdict = f"{found:,} findings" if found else "nothing found"
    return "\n".join([*lines, "", verdict + (f", {stopped_short:,} not searched in full" if stopped_short else "")])


def _found(one: Finding) -> list[str]:
    place = f"record {one.record} at {one.start}-{one.end}"
    return [place, one.type, f"{one.score:.2f}", one.recognizer, one.value or ""]


def diff(found: VersionDiff) -> str:
    """Show how versions differ."""
    lines = [table([[found.added, "added"], [found.removed, "removed"], [found.changed, "changed"]])]
    if found.by_reason:
        lines += ["", "  removed, by reason", table([[n, reason] for reason, n in found.by_reason.items()])]
    for name, changes in {"source": found.by_source, "license": found.by_license}.items():
        counted = [[some.added, some.removed, some.changed, value] for value, some in changes.items()]
        lines += ["", f"  added, removed, changed by {name}", table(counted)] if counted else []
    lost = ((found.from_, found.erased.from_), (found.to, found.erased.to))
    erased = [f"{version} has lost {n:,} to erasures" for version, n in lost if n]
    lines += ["", *(f"  {words}" for words in erased)] if erased else []
    rows = [
        [one.change, one.doc_id, one.source, one.license, one.reason or "", one.uri or ""] for one in found.documents
    ]
    return "\n".join([*lines, "", table(rows)] if rows else lines)


def verify(found: Verification) -> str:
    """Give the verdict, what speaks against it, and what speaks for it."""
    lines = [f"{item.path}: {item.problem}" for item in found.mismatches]
    lines += [f"  unfinished: {words}" for words in found.unfinished]
    lines += [f"  not of the version, and not verified: {path}" for path in found.strays]
    if found.statement:
        lines.append(f"  statement {found.statement}")
    if found.log and found.leaf is not None:
        lines.append(f"  leaf {found.leaf} of {found.log.size} in the log {found.log.origin}")
    if found.records:
        lines.append(f"  {found.records} records held against the log")
    return "\n".join([*lines, f"{found.version}: {found.files} files, {'ok' if found.ok else 'NOT OK'}"])


def verify_all(found: HubVerification) -> str:
    """Give the verdict on a hub: what is wrong with it, then a line for each version."""
    lines = [f"{item.path}: {item.problem}" for item in found.mismatches]
    for one in found.versions:
        lines += [f"{item.path}: {item.problem}" for item in one.mismatches]
        lines.append(f"{one.version}: {one.files} files, {'ok' if one.ok else 'NOT OK'}")
    lines += [f"  unfinished: {words}" for words in found.unfinished]
    if found.log:
        lines.append(
            f"  {found.records} records held against the {found.log.size} leaves of the log {found.log.origin}"
        )
    return "\n".join([*lines, f"{len(found.versions)} versions, {'ok' if found.ok else 'NOT OK'}"])


def growth(found: Growth) -> str:
    """Say whether a log goes on from an earlier checkpoint."""
    lines = [f"{item.path}: {item.problem}" for item in found.mismatches]
    if found.log and found.before is not None and found.ok:
        lines.append(f"  the log {found.log.origin} goes on from {found.before} leaves to {found.log.size}")
    return "\n".join([*lines, "ok" if found.ok else "NOT OK"])


def to_sign(shown: Signing) -> str:
    """Show what would be signed, and what to think of first."""
    lines = [f"warning: {words}" for words in shown.warnings]
    lines += [
        f"{one.version}: {one.files} files, {one.documents:,} documents, made {one.created} by {one.run}\n"
        f"  manifest root {one.manifest_root}"
        for one in shown.versions
    ]
    return "\n".join([*lines, *(f"{one.record}\n  {one.digest}" for one in shown.records)])


def signed(done: Signing) -> str:
    """Say what was signed."""
    if not done.signed:
        return "nothing was signed"
    return f"signed and logged: {len(done.versions)} statements, {len(done.records)} records"


def checkpoint(answer: CheckpointAnswer) -> str:
    """Show a checkpoint, or the request to a witness."""
    return (answer.request or answer.checkpoint).rstrip("\n")


def attest(made: Attested) -> str:
    """Say what was written."""
    return f"proof of {made.version} in {made.out}"


def key(described: KeyDescription) -> str:
    """Show the public key."""
    return described.pem.rstrip()


def export(written: Exported) -> str:
    """Say what was written."""
    unknown = "" if written.registered else "; the hub may only be read, and will not remember it"
    if written.files == ("prov.json",):
        return f"the provenance of {written.version} in {written.out}/prov.json{unknown}"
    return f"{written.documents:,} documents in {len(written.files)} files in {written.out}{unknown}"
