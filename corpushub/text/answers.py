"""Answers as text. Pure functions from answers to strings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from corpushub.text.withdrawals import mark as withdrawn_mark

if TYPE_CHECKING:
    from corpushub.recipe.plan import Plan
    from corpushub.running.run import RunResult
    from corpushub.scan.scan_files import Finding, ScanReport
    from corpushub.upkeep.clean import Leftovers
    from corpushub.upkeep.doctor import Examination
    from lineage.questions.export import Exported

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
        return f"{result.unchanged} is up to date: same recipe, inputs and code; no new version was made"
    speed = result.bytes_in / 1e6 / max(result.seconds, 1e-3)
    lines = [counts(result.counts, result.reasons), ""]
    lines.append(f"  {size(result.bytes_in)} in {result.seconds:.1f} s ({speed:.1f} MB/s) · {result.run}")
    if result.reused:
        lines.append(f"  and {result.reused.documents:,} documents of {result.reused.version}")
    lines += [f"  {section}: {words}" for section, words in result.not_done.items()]
    return "\n".join([*lines, "", str(result.version)])


def plan(planned: Plan) -> str:
    """Show what a run would do."""
    lines = [f"{planned.dataset}: {size(planned.bytes)} in {len(planned.files)} files", "", "sources"]
    rows = [
        [s.name, s.connector, s.files, "files", size(s.bytes), s.shards, "shards", f"license {s.license}"]
        for s in planned.sources
    ]
    lines += [table(rows), "", "steps"]
    lines += [f"  {n}. {step.settings}" for n, step in enumerate(planned.steps, start=1)] or ["  none"]
    lines += _sections(planned)
    lines += [f"  {name}: {words}" for name, words in planned.not_done.items()]
    done, shards, reused = planned.shards_done, planned.shards, planned.reused
    if reused:
        lines += ["", f"goes on from {reused.version}: {reused.files} files read before are not read again"]
    lines += ["", f"{done} of {shards} shards are computed already; a run does the other {shards - done}"]
    if planned.unchanged:
        lines.append("the newest version was made from the same recipe, inputs and code: a run would do nothing")
    return "\n".join([*lines, "nothing was touched; interrupting a run loses at most the shards in flight"])


def _sections(planned: Plan) -> Iterator[str]:
    """Tell what follows the steps, a section of the recipe on each line."""
    for one in planned.decontaminate:
        yield f"  decontaminate: {one.name}, {one.tokens} tokens of {', '.join(one.fields)}"
    policy = asdict(planned.policy) if planned.policy else None
    named = {"dedup": planned.dedup, "boilerplate": planned.boilerplate, "pii": planned.pii, "policy": policy}
    for name, section in named.items():
        if section:
            yield f"  {name}: " + ", ".join(f"{key} {value}" for key, value in section.items())


def show(content: Answer) -> str:
    """Show a version."""
    lines = [f"{content['version']}  {content['documents']:,} documents  {size(content['bytes'])} of text"]
    lines += [f"  {name:13} {content[name]}" for name in ("created", "run", "recipe_digest", "manifest_root")]
    lines.append(f"  {'parents':13} {', '.join(content['parents']) or 'none'}")
    if content["revision"]:
        lines.append(f"  {'revision':13} {content['version']}.{content['revision']}: documents were erased")
    lines += [f"  {name:13} {words}" for name, words in content["not_done"].items()]
    for name in ("sources", "licenses", "languages"):
        ranked = sorted(content[name].items(), key=lambda item: -item[1])
        lines += ["", name, table([[n, key] for key, n in ranked[:12]])]
        if len(ranked) > 12:
            lines.append(f"  12 of {len(ranked)}; --json has all")
    return "\n".join(lines)


def runs(content: Answer) -> str:
    """List runs."""
    rows = [
        [
            r["run"],
            r["state"],
            r["dataset"],
            r["version"] or "-",
            r["started"][:19],
            f"{r['seconds']:.1f} s",
            r["counts"].get("kept", 0),
        ]
        for r in content["runs"]
    ]
    return table(rows, indent="") if rows else "no runs yet; make one with `corpushub run RECIPE`"


def one_run(content: Answer) -> str:
    """Show a run with its inputs."""
    lines = [f"{content['run']}  {content['state']}  {content['version'] or 'no version'}"]
    lines += [
        f"  {key:13} {content[key]}" for key in ("dataset", "started", "finished", "code_version", "recipe_digest")
    ]
    lines += [f"  {'error':13} {content['error']}"] if content["error"] else []
    lines += [f"  {withdrawn_mark(content['revisal'])}"] if content.get("revisal") else []
    lines += ["", counts(content["counts"], content["reasons"]), "", "inputs"]
    lines.append(
        table([[item["source"], item["name"], size(item["size"]), item["sha256"][:12]] for item in content["inputs"]])
    )
    return "\n".join(lines)


def history(content: Answer) -> str:
    """List versions."""
    return table(
        [
            [v["version"], v["created"][:19], v["documents"], "documents", size(v["bytes"]), _marks(v)]
            for v in content["versions"]
        ],
        indent="",
    )


def _marks(version: Answer) -> str:
    marks = [name for name in ("pinned", "retired") if version.get(name)]
    if version.get("revision"):
        marks.append(f"revision {version['revision']}: {version['erased']:,} erased")
    return " ".join([*marks, *filter(None, [withdrawn_mark(version.get("revisal"))])])


def _place(locator: Answer) -> str:
    """Say where a record stands; of an erased one nobody knows any more."""
    if locator["file"] is None:
        return "-"
    return f"{locator['file']} at byte {locator['offset']}, {locator['length']} bytes"


def trace_document(content: Answer) -> str:
    """Tell a document's story."""
    place = content["locator"]
    lines = [
        content["doc_id"],
        f"  source       {content['source']}",
        f"  found in     {_place(place)}",
        f"  uri          {content['uri'] or '-'}",
        f"  captured at  {content['captured_at'] or 'unknown'}",
        f"  license      {content['license'] or 'unknown'}",
        "",
    ]
    lines.append(table([_event(event) for event in content["events"]]))
    if content["duplicate_of"]:
        similarity = content["similarity"]
        lines.append(
            f"\n  duplicate of {content['duplicate_of']}" + (f", similarity {similarity:.3f}" if similarity else "")
        )
    lines.append("\n  in " + (", ".join(content["versions"]) or "no version"))
    if content["output"]:
        lines.append(f"  stored in {content['output']}")
    return "\n".join(lines)


def _event(event: Answer) -> list[str]:
    value = event["value"]
    number = "" if value is None else f"{value:.0f}" if value.is_integer() else f"{value:g}"
    return [event["step"], event["outcome"], event["reason"] or "", number, event["run"], event["detail"] or ""]


def trace_version(content: Answer) -> str:
    """List what a version was made of."""
    rows = [[edge["from"], f"-{edge['kind']}->", edge["to"]] for edge in content["edges"]]
    marks = [f"  {node['id']}  {withdrawn_mark(node['revisal'])}" for node in content["nodes"] if node.get("revisal")]
    return "\n".join([f"{len(content['nodes'])} nodes\n{table(rows)}", *marks])


def dot(content: Answer) -> str:
    """Draw a version's lineage in Graphviz's language."""
    shapes = {"version": "box3d", "run": "ellipse", "input": "note"}
    lines = ["digraph lineage {", "  rankdir=LR;"]
    lines += [f'  "{node["id"]}" [shape={shapes.get(node["kind"], "box")}];' for node in content["nodes"]]
    lines += [f'  "{edge["from"]}" -> "{edge["to"]}" [label="{edge["kind"]}"];' for edge in content["edges"]]
    return "\n".join([*lines, "}"])


def events(content: Answer) -> str:
    """Print OpenLineage events, one on a line."""
    return "\n".join(json.dumps(event, sort_keys=True) for event in content["events"])


def find(content: Answer) -> str:
    """List matches."""
    lines = []
    for match in content["matches"]:
        why = f" ({match['reason']})" if match["reason"] else ""
        twin = f" duplicate of {match['duplicate_of']}" if match.get("duplicate_of") else ""
        lines.append(
            f"{match['version']}#{match['doc_id']}  {match['outcome']}{why}{twin}  {match['uri'] or ''}".rstrip()
        )
    for item in content["searched"]:
        whole = "" if item["complete"] else ", not all of it: time or matches ran out"
        lines.append(f"searched {item['version']}: {item['documents']:,} rows, {size(item['bytes'])}{whole}")
    if not content["matches"]:
        lines.insert(0, "not found")
    return "\n".join(lines)


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


def diff(content: Answer) -> str:
    """Show how versions differ."""
    lines = [table([[content[name], name] for name in ("added", "removed", "changed")])]
    if content["by_reason"]:
        lines += ["", "  removed, by reason", table([[n, reason] for reason, n in content["by_reason"].items()])]
    for name in ("source", "license"):
        rows = [[*counts.values(), value] for value, counts in content[f"by_{name}"].items()]
        lines += ["", f"  added, removed, changed by {name}", table(rows)] if rows else []
    erased = [f"{content[side]} has lost {n:,} to erasures" for side, n in content["erased"].items() if n]
    lines += ["", *(f"  {words}" for words in erased)] if erased else []
    rows = [
        [one["change"], one["doc_id"], one["source"], one["license"], one["reason"] or ""]
        for one in content["documents"]
    ]
    return "\n".join([*lines, "", table(rows)] if rows else lines)


def verify(content: Answer) -> str:
    """Give the verdict, what speaks against it, and what speaks for it."""
    lines = [f"{item['path']}: {item['problem']}" for item in content["mismatches"]]
    if content["statement"]:
        lines.append(f"  statement {content['statement']}")
    if content["log"] and content["leaf"] is not None:
        lines.append(f"  leaf {content['leaf']} of {content['log']['size']} in the log {content['log']['origin']}")
    return "\n".join([*lines, f"{content['version']}: {content['files']} files, {'ok' if content['ok'] else 'NOT OK'}"])


def attest(content: Answer) -> str:
    """Say what was written."""
    return f"evidence of {content['version']} in {content['out']}"


def key(content: Answer) -> str:
    """Show the public key."""
    return str(content["pem"]).rstrip()


def export(written: Exported) -> str:
    """Say what was written."""
    if written.files == ("prov.json",):
        return f"the provenance of {written.version} in {written.out}/prov.json"
    return f"{written.documents:,} documents in {len(written.files)} files in {written.out}"


def compact(content: Answer) -> str:
    """Say what was merged."""
    if content["version"] is None:
        return f"{content['from']}: {content['files']['before']} ledger files, nothing to merge"
    files, sizes = content["files"], content["bytes"]
    words = f"{files['before']} ledger files ({size(sizes['before'])}) merged into {files['after']} "
    words += f"({size(sizes['after'])}), {content['rows']:,} rows; documents as in {content['from']}"
    return f"{content['version']}: {words}"


def doctor(found: Examination) -> str:
    """Say what is wrong first, then what is worth knowing."""
    ranked = sorted(found.findings, key=lambda finding: not finding.wrong)
    lines = [f"{'wrong' if one.wrong else 'note'}: {one.message}" for one in ranked]
    return "\n".join([*lines, f"{len(found.checks)} checks, " + ("ok" if found.ok else "NOT OK")])


def standing(content: Answer) -> str:
    """Say how a version stands."""
    states = [
        f"{key} since {content[key]}: {content[f'{key}_why'] or 'no reason given'}"
        for key in ("pinned", "retired")
        if content[key]
    ]
    gone = [f"its documents were removed on {content['removed']}"] if content["removed"] else []
    return f"{content['version']}: " + ("; ".join([*states, *gone]) or "in use, not pinned")


def clean(found: Leftovers) -> str:
    """Say what was, or would be, removed."""
    verb = "removed" if found.removed else "would remove"
    lines = [f"{verb} {item.path}  {size(item.bytes)}" for item in found.leftovers]
    if found.leftovers and not found.removed:
        lines.append("nothing was touched; --yes removes them")
    return "\n".join(lines) or "nothing to clean"
