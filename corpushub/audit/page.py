"""An audit as one HTML page that needs nothing else, runs nothing and prints well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from corpushub.audit.answer import Audit, Finding, LicenseShare
from corpushub.audit.changes import Changes
from corpushub.text.answers import size
from policies.rules.review import Conflict, Obligation

PRINTED = """
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem; break-after: avoid }
table { border-collapse: collapse; font-size: 13px; width: 100% }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #8886; vertical-align: top }
td { overflow-wrap: anywhere } tr, section, figure { break-inside: avoid } thead { display: table-header-group }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.answer { font-size: 1.25rem; font-weight: 600; border: 2px solid; padding: .4rem .8rem; display: inline-block }
.yes { color: #1a7f37 } .no { color: #cf222e } .soft { color: #59636e }
figure { margin: 0 } svg { width: 100%; height: auto }
svg text { fill: currentColor } .allow { fill: #2da44e } .deny { fill: #cf222e } .unknown { fill: #bf8700 }
@media (prefers-color-scheme: dark) { .yes { color: #3fb950 } .no { color: #ff7b72 } .soft { color: #9198a1 } }
@media print { body { margin: 0; max-width: none; font-size: 11px } table { font-size: 9.5px }
  :root { color-scheme: light } * { print-color-adjust: exact } }
"""

_ROW, _LEFT, _WIDTH, _BARS = 26, 250, 900, 520
_MOST = 20


def page(report: Audit) -> str:
    """Return the page; addresses are text, not links, since nobody has looked at what they lead to."""
    policy, name = report.policy, escape(report.version)
    answer = ("yes", "Compliant") if report.compliant else ("no", "Not compliant")
    terms = [term for term in (policy.purpose, policy.actor, policy.jurisdiction) if term]
    parts = [
        f"<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n<title>Audit of {name}</title>",
        f'<meta name=viewport content="width=device-width">\n<style>{PRINTED}</style>',
        f"<h1>Audit of {name}</h1>",
        f'<p class="answer {answer[0]}">{answer[1]}</p>',
        f"<p>Policy {escape(policy.name)} {escape(policy.version)} ({escape(', '.join(terms))})<br>",
        f"<span class=soft>{policy.digest}</span></p>",
        _table(("verdict", "documents"), [[word, n] for word, n in report.verdicts.items()]),
        f"<p>{report.population:,} documents, of which each has one verdict.</p>",
        *_chart(report.licenses),
        *_findings(report.findings),
        *_conflicts(report.conflicts),
        *_obligations(report.obligations),
        *_since(report.since),
        *_advice(report.advice),
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _chart(licenses: Sequence[LicenseShare]) -> Iterable[str]:
    """Draw a bar for each licence: its bytes of text, cut by the share of documents with each verdict."""
    sized = sorted(((row.bytes, row) for row in licenses if row.bytes), key=lambda one: (-one[0], one[1].license))
    if not sized:
        return
    shown = sized[:_MOST]
    height = _ROW * len(shown) + 8
    yield "<h2>Licenses by bytes of text</h2>\n<figure>"
    yield f'<svg viewBox="0 0 {_WIDTH} {height}" role=img aria-label="Licenses by bytes of text" font-size=13>'
    for place, (text, row) in enumerate(shown):
        yield from _bar(row, text, place * _ROW + 4, _BARS * text / shown[0][0])
    more = f" {len(sized) - len(shown)} more licenses are not drawn." if len(sized) > len(shown) else ""
    yield "</svg>\n<figcaption class=soft>Green is allowed, red denied, amber unknown, by documents of the license."
    yield f"{more}</figcaption></figure>"


def _bar(row: LicenseShare, text: int, top: int, length: float) -> Iterable[str]:
    """Draw the bar of a licence with *text* bytes, *length* long but never too short to be seen."""
    length = max(length, 2.0)
    name = row.license if len(row.license) <= 34 else row.license[:33] + "…"
    yield f"<text x={_LEFT - 10} y={top + 15} text-anchor=end>{escape(name)}</text>"
    left = float(_LEFT)
    for verdict, documents in sorted(row.verdicts.items()):
        width = length * documents / row.documents
        title = f"<title>{escape(row.license)}: {documents:,} documents, {verdict}</title>"
        yield f"<rect class={verdict} x={left:.1f} y={top} width={width:.1f} height={_ROW - 6}>{title}</rect>"
        left += width
    yield f"<text x={left + 8:.1f} y={top + 15}>{size(text)}</text>"


def _findings(findings: Sequence[Finding]) -> Iterable[str]:
    if findings:
        yield "<h2>Findings</h2>"
    for one in findings:
        yield f"<section><h3>{escape(one.verdict)}: {one.count:,} documents, rule {escape(one.rule)}</h3>"
        yield f"<p>{escape(one.why)}</p>"
        for kind, spread in (("sources", one.sources), ("hosts", one.hosts), ("languages", one.languages)):
            if spread:
                yield f"<p>{kind}: {escape(', '.join(f'{name} {n:,}' for name, n in spread.items()))}</p>"
        rows = [[row.ref, row.license or "no license", row.uri] for row in one.examples]
        yield _table(("document", "license", "address"), rows) + "</section>"


def _conflicts(conflicts: Sequence[Conflict]) -> Iterable[str]:
    rows = [[", ".join(one.licenses), ", ".join(f"{n:,}" for n in one.documents), one.why] for one in conflicts]
    if rows:
        yield "<h2>Conflicts</h2>\n" + _table(("licenses", "documents", "why"), rows)


def _obligations(obligations: Sequence[Obligation]) -> Iterable[str]:
    rows = [[one.duty, one.documents, one.what, ", ".join(one.licenses)] for one in obligations]
    if rows:
        yield "<h2>Obligations</h2>\n" + _table(("duty", "documents", "what to do", "licenses"), rows)


def _since(changes: Changes | None) -> Iterable[str]:
    if changes is None:
        return
    rows = [["documents", changes.population.before, changes.population.now]]
    rows += [[name, change.before, change.now] for name, change in changes.verdicts.items()]
    rows += [[f"{one.rule}: {one.why}", one.before, one.now] for one in changes.findings]
    rows += [[one.license, one.before, one.now] for one in changes.licenses]
    yield f"<h2>Since {escape(changes.version)}</h2>\n" + _table(("", "before", "now"), rows)


def _advice(sentences: Sequence[str]) -> Iterable[str]:
    if sentences:
        yield "<h2>To comply</h2>\n<ul>" + "".join(f"<li>{escape(one)}</li>" for one in sentences) + "</ul>"


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "\n".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    if isinstance(value, int):
        return f"<td class=number>{value:,}</td>"
    return f"<td>{'' if value is None else escape(str(value))}</td>"
