"""A deduplication report as a picture: one SVG file that needs nothing else, for light and dark screens.

Lengths are user units of a canvas of WIDTH x HEIGHT. Colours are classes, not variables: more viewers know these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from corpushub.papers.dedup_report.report import DedupReport
from lineage.questions.clusters import Clusters, ClusterSize

WIDTH, HEIGHT = 960, 440

_LIGHT = {
    "bg": "fill:#ffffff",
    "ink": "fill:#1f2328",
    "soft": "fill:#59636e",
    "bad": "fill:#cf222e",
    "grid": "stroke:#d8dee4",
    "axis": "stroke:#818b98",
    "limit": "stroke:#cf222e",
    "bar": "fill:#0969da",
    "size": "fill:#8250df",
}
_DARK = {
    "bg": "fill:#0d1117",
    "ink": "fill:#e6edf3",
    "soft": "fill:#9198a1",
    "bad": "fill:#ff7b72",
    "grid": "stroke:#2a313c",
    "axis": "stroke:#656c76",
    "limit": "stroke:#ff7b72",
    "bar": "fill:#4493f8",
    "size": "fill:#ab7df8",
}

_STEPS = (1, 2, 5)
_LEAST = 2.0  # length of the bar of a small count that is not zero


@dataclass(frozen=True, slots=True)
class _Scale:
    """Maps [low, high] to [start, stop]."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.stop - self.start), 2)


def draw(content: DedupReport) -> str:
    """Return an SVG document: near-duplicates by similarity with the threshold, and clusters by size."""
    name = escape(content.version)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
            ' font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif" font-size="13"'
            ' role="img" aria-labelledby="title desc">',
            f'<title id="title">Duplicates in {name}</title>',
            f'<desc id="desc">{_summary(content)}</desc>',
            f"<style>{_rules(_LIGHT)} @media (prefers-color-scheme: dark) {{ {_rules(_DARK)} }}</style>",
            f'<rect class="bg" width="{WIDTH}" height="{HEIGHT}" rx="10"/>',
            _text(32, 42, f"Duplicates in {name}", 'class="ink" font-size="20" font-weight="600"'),
            _text(32, 66, _summary(content), 'class="soft"'),
            *_verdict(content),
            *_similarities(content),
            *_clusters(content.clusters),
            "</svg>\n",
        ]
    )


def _rules(colours: Mapping[str, str]) -> str:
    return " ".join(f".{name} {{{colour}}}" for name, colour in colours.items())


def _summary(content: DedupReport) -> str:
    counts, clusters = content.counts, content.clusters
    dropped = f"{clusters.dropped:,} dropped for another document, in {clusters.number:,} clusters"
    return f"{counts.read:,} records read · {counts.kept:,} kept · {dropped}"


def _verdict(content: DedupReport) -> Iterable[str]:
    lost = content.orphans.documents
    if lost:
        yield _text(WIDTH - 32, 42, f"{lost:,} without a kept twin", 'class="bad" font-weight="600" text-anchor="end"')


def _similarities(content: DedupReport) -> Iterable[str]:
    """Draw the left panel: one bar for each bin that holds pairs, from a little below the threshold up to 1."""
    counts, threshold = content.similarity.counts, content.threshold
    bins, highest = len(counts), max(max(counts), 1)
    across = _Scale(first_bin(counts, threshold) / bins, 1.0, 88, 584)
    step = tick_step(highest)
    up = _Scale(0, -(-highest // step) * step, 356, 140)
    yield _text(32, 104, "Near-duplicates by similarity", 'class="ink" font-size="15" font-weight="600"')
    yield from _heights(up, step, across)
    for index, count in enumerate(counts):
        if count:
            yield _similarity_bar(index / bins, (index + 1) / bins, count, (across, up))
    yield _line("axis", (across.start, up.start), (across.stop, up.start))
    yield from _hundredths(across, up.start)
    if threshold is not None:
        yield from _threshold(threshold, across, up)
    if not any(counts):
        yield _text(336, 252, "no near-duplicates", 'class="soft" text-anchor="middle"')


def first_bin(counts: Sequence[int], threshold: float | None) -> int:
    """Return where a picture of *counts* begins: a tenth below the threshold and all pairs, at a multiple of it."""
    tenth = len(counts) // 10
    lowest = next((index for index, count in enumerate(counts) if count), len(counts) - 1)
    limit = len(counts) - 1 if threshold is None else round(threshold * len(counts))
    return max(0, min(lowest, limit, len(counts) - 1) // tenth - 1) * tenth


def tick_step(highest: int, most: int = 5) -> int:
    """Return the least of 1, 2, 5, 10, 20, 50 and so on that divides 0 to *highest* into *most* parts or fewer."""
    scale = 1
    while True:
        for step in _STEPS:
            if highest <= most * step * scale:
                return step * scale
        scale *= 10


def _heights(up: _Scale, step: int, across: _Scale) -> Iterable[str]:
    for count in range(0, int(up.high) + 1, step):
        if count:
            yield _line("grid", (across.start, up(count)), (across.stop, up(count)))
        yield _text(across.start - 10, up(count) + 4, short(count), 'class="soft" text-anchor="end"')
    middle = (up.start + up.stop) / 2
    yield _text(36, middle, "pairs", f'class="soft" text-anchor="middle" transform="rotate(-90 36 {middle:g})"')


def short(count: int) -> str:
    """Spell *count* in five characters or so: 950, 20k, 1.5M."""
    for unit, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= unit:
            return f"{count / unit:g}{letter}"
    return str(count)


def _similarity_bar(low: float, high: float, count: int, scales: tuple[_Scale, _Scale]) -> str:
    across, up = scales
    left, right = across(low) + 0.75, across(high) - 0.75
    height = max(up.start - up(count), _LEAST)
    place = (left, up.start - height, right - left, height)
    return _bar("bar", place, f"{low:.2f} to {high:.2f}: {count:,} pairs")


def _hundredths(across: _Scale, base: float) -> Iterable[str]:
    step = 5 if across.low >= 0.6 else 10
    for hundredth in range(round(across.low * 100), 101, step):
        at = across(hundredth / 100)
        yield _line("axis", (at, base), (at, base + 5))
        yield _text(at, base + 20, f"{hundredth / 100:.2f}", 'class="soft" text-anchor="middle"')
    middle = (across.start + across.stop) / 2
    yield _text(middle, base + 44, "verified Jaccard similarity", 'class="soft" text-anchor="middle"')


def _threshold(threshold: float, across: _Scale, up: _Scale) -> Iterable[str]:
    at = across(threshold)
    side, shift = ("end", -8) if threshold - across.low > 0.08 else ("start", 8)
    yield _line("limit", (at, up.stop - 18), (at, up.start), ' stroke-width="1.5" stroke-dasharray="5 4"')
    words = f"threshold {threshold:g}"
    yield _text(at + shift, up.stop - 8, words, f'class="bad" font-weight="600" text-anchor="{side}"')


def _clusters(clusters: Clusters) -> Iterable[str]:
    """Draw the right panel: a bar for each class of sizes that has clusters."""
    most = max(*(row.clusters for row in clusters.sizes), 1)
    along = _Scale(0, most, 0, 72)
    yield _text(640, 104, "Clusters by size", 'class="ink" font-size="15" font-weight="600"')
    for x, words, anchor in ((686, "documents", "end"), (704, "clusters", "start"), (928, "dropped", "end")):
        yield _text(x, 136, words, f'class="soft" font-size="12" text-anchor="{anchor}"')
    for index, row in enumerate(clusters.sizes):
        yield from _size_row(row, 150 + 36 * index, along)
    yield _line("axis", (700, 146), (700, 360))


def _size_row(row: ClusterSize, top: int, along: _Scale) -> Iterable[str]:
    count, length = row.clusters, max(along(row.clusters), _LEAST)
    yield _text(686, top + 16, row.size, 'class="ink" text-anchor="end"')
    if count:
        words = f"{count:,} clusters of {row.size} documents: {row.dropped:,} dropped"
        yield _bar("size", (701, top, length, 23), words)
    end = 709 + (length if count else 0)
    yield _text(end, top + 16, f"{count:,}", f'class="{"ink" if count else "soft"}"')
    yield _text(928, top + 16, f"{row.dropped:,}", 'class="soft" text-anchor="end"')


def _bar(kind: str, place: tuple[float, float, float, float], words: str) -> str:
    x, y, width, height = (f"{value:.2f}".rstrip("0").rstrip(".") for value in place)
    box = f'x="{x}" y="{y}" width="{width}" height="{height}"'
    return f'<rect class="{kind}" {box} rx="1.5"><title>{words}</title></rect>'


def _text(x: float, y: float, words: str, how: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" {how}>{words}</text>'


def _line(kind: str, start: tuple[float, float], end: tuple[float, float], how: str = "") -> str:
    return f'<path class="{kind}" d="M{start[0]:g} {start[1]:g} L{end[0]:g} {end[1]:g}" fill="none"{how}/>'
