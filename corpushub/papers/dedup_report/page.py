"""A deduplication report as text for a terminal, and as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from corpushub.papers.dedup_report import picture
from corpushub.papers.dedup_report.report import DedupReport
from corpushub.text.answers import table
from lineage.questions.duplicates import Pair

_ROWS = 20
_WIDTH = 40

_STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
svg { max-width: 100%; height: auto }
div { overflow-x: auto }
table { border-collapse: collapse; font-size: 13px }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #8886; vertical-align: top }
td.number { text-align: right; font-variant-numeric: tabular-nums }
"""


def text(content: DedupReport) -> str:
    """Show a report: counts, clusters, templates, similarities, pairs, and last the verdict."""
    counts = content.counts
    lines = [f"{content.version}  {counts.read:,} read  {counts.kept:,} kept"]
    lines += [f"  {_settings(content.settings)}", "", table([[n, why] for why, n in content.reasons.items()])]
    for title, rows in _sections(content):
        if rows:
            lines += ["", title, table([["" if cell is None else cell for cell in row] for row in rows])]
    return "\n".join([*lines, "", verdict(content)])


def _settings(settings: Mapping[str, Any] | None) -> str:
    if settings is None:
        return "the recipe says nothing of deduplication"
    return "  ".join(f"{key} {', '.join(v) if isinstance(v, list) else v}" for key, v in settings.items())


def verdict(content: DedupReport) -> str:
    """Say whether each duplicate has a kept twin, and what became of those that are missing."""
    orphans = content.orphans
    if not orphans.documents:
        return "each duplicate was dropped for a document that is kept"
    fates = ", ".join(f"{fate} {n:,}" for fate, n in orphans.by_fate.items())
    return f"NOT OK: {orphans.documents:,} duplicates were dropped for documents that are not kept ({fates})"


Rows = list[list[Any]]


def _sections(content: DedupReport) -> Iterable[tuple[str, Rows]]:
    """Yield the tables of the text, each with its title."""
    clusters, pairs = content.clusters, content.pairs
    sizes = [[row.size, row.clusters, "clusters", row.dropped, "dropped"] for row in clusters.sizes]
    yield f"clusters by size, {clusters.number:,} in all", sizes if clusters.number else []
    yield "largest clusters: documents, similarity (mean, least), survivor", _largest(content)
    yield "templates: clusters on one host, documents dropped", _templates(content)
    yield "near-duplicates by similarity", histogram(content.similarity.counts, content.threshold)
    yield "pairs closest to the threshold, each with its survivor below", _stacked(pairs.doubtful)
    yield "other pairs", _stacked(pairs.sample)
    yield "dropped for documents that are not kept", _stacked(content.orphans.examples)


def _largest(content: DedupReport) -> Rows:
    return [
        [
            row.size,
            _spell(row.mean_similarity),
            _spell(row.least_similarity),
            row.doc_id,
            "kept" if row.kept else "not kept",
            ", ".join(f"{why} {n:,}" for why, n in row.members.items()),
            row.uri,
        ]
        for row in content.clusters.largest
    ]


def _templates(content: DedupReport) -> Rows:
    return [[row.host, row.clusters, row.dropped] for row in content.templates]


def _spell(similarity: float | None) -> str:
    return "-" if similarity is None else f"{similarity:.3f}"


def _stacked(pairs: Iterable[Pair]) -> Rows:
    """Return two rows for each pair: the dropped document, and below it the survivor."""
    rows: Rows = []
    for pair in pairs:
        rows.append([_spell(pair.similarity), pair.doc_id, pair.uri])
        rows.append(["", pair.duplicate_of, pair.survivor_uri])
    return rows


def steps(counts: Sequence[int], threshold: float | None, most: int = _ROWS) -> list[tuple[float, float, int]]:
    """Return similarities from and below which there are so many pairs: at most *most*, from the first that matters."""
    if not any(counts):
        return []
    lowest = next(index for index, count in enumerate(counts) if count)
    first = lowest if threshold is None else min(lowest, int(threshold * len(counts) + 1e-9))
    step, bins = picture.tick_step(len(counts) - first, most), len(counts)
    starts = range(first - first % step, bins, step)
    return [(start / bins, (start + step) / bins, sum(counts[start : start + step])) for start in starts]


def histogram(counts: Sequence[int], threshold: float | None) -> Rows:
    """Return rows of similarity, pairs and a bar, from the first bin that matters; few rows, each of 1 to 10 bins."""
    sums = [(least, total) for least, _, total in steps(counts, threshold)]
    most = max((total for _, total in sums), default=0)
    return [[f"{least:.2f}", total, "█" * -(-total * _WIDTH // most)] for least, total in sums]


def page(content: DedupReport) -> str:
    """Return an HTML document: the picture, and the tables of the text; addresses are text, not links."""
    name = escape(content.version)
    parts = [f"<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n<title>Duplicates in {name}</title>"]
    parts += [f"<style>{_STYLE}</style>", picture.draw(content), f"<p>{escape(verdict(content))}</p>"]
    parts.append(f"<p>{escape(_settings(content.settings))}</p>")
    parts.append(_html("Reasons", ("documents", "reason"), [[n, why] for why, n in content.reasons.items()]))
    heads = ("documents", "mean", "least", "survivor", "", "dropped", "address")
    parts.append(_html("Largest clusters", heads, _largest(content)))
    parts.append(_html("Templates", ("host", "clusters", "dropped"), _templates(content)))
    pairs, orphans = content.pairs, content.orphans.examples
    for title, rows in (("Closest to the threshold", pairs.doubtful), ("Other pairs", pairs.sample)):
        parts.append(_html(title, ("similarity", "dropped, survivor", "address"), _stacked(rows)))
    parts.append(_html("Without a kept twin", ("similarity", "dropped, survivor", "address"), _stacked(orphans)))
    return "\n".join(part for part in parts if part) + "\n"


def _html(title: str, heads: Sequence[str], rows: Rows) -> str:
    if not rows:
        return ""
    lines = [f"<h2>{title}</h2>", "<div><table>", _row("th", heads), *(_row("td", row) for row in rows)]
    return "\n".join([*lines, "</table></div>"])


def _row(tag: str, cells: Sequence[Any]) -> str:
    return "<tr>" + "".join(_cell(tag, cell) for cell in cells) + "</tr>"


def _cell(tag: str, value: Any) -> str:
    if isinstance(value, int):
        return f"<{tag} class=number>{value:,}</{tag}>"
    return f"<{tag}>{'' if value is None else escape(str(value))}</{tag}>"
