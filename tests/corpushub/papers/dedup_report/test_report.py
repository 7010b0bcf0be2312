"""The report on duplicates: from the command line, as text, as a picture and as a page."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa
import pytest

from corpushub.errors import ReportNotWritten
from corpushub.papers.dedup_report import page as dedup_page
from corpushub.papers.dedup_report import picture as dedup_picture
from corpushub.papers.dedup_report.files import write
from corpushub.papers.dedup_report.report import DedupReport, dedup_report
from lineage.control.runs import Run, start_run
from lineage.control.versions import Version, save_version
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.questions.duplicates import BINS, Most
from lineage.references import VersionRef
from lineage.storage.parquet import write_ledger
from lineage.storage.tables import LEDGER

COMMAND = Path(sys.executable).with_name("corpushub")
SVG = "{http://www.w3.org/2000/svg}"
KEYS = ["threshold", "settings", "version", "ok", "counts", "reasons", "clusters", "templates", "similarity", "pairs"]
KEYS += ["orphans", "out"]

Draw = Callable[..., DedupReport]


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """A function that records near-duplicates of one document by their similarities and reports on them."""

    def make(
        similarities: dict[float, int], recipe: str = "[dedup]", kept: bool = True, uri: str = "u:1"
    ) -> DedupReport:
        twins = [similarity for similarity, count in similarities.items() for _ in range(count)]
        base = {"seq": 0, "source": "s", "uri": uri}
        ending = {"outcome": "kept"} if kept else {"outcome": "dropped", "reason": "pii_found"}
        drop = {"outcome": "dropped", "reason": "near_duplicate", "duplicate_of": f"{0:032x}"}
        rows = [{**base, **ending, "doc_id": f"{0:032x}"}]
        rows += [{**base, **drop, "doc_id": f"{n:032x}", "similarity": s} for n, s in enumerate(twins, 1)]
        home = Home(tmp_path / "hub").create()
        db = Hub(home).db
        file = write_ledger(pa.Table.from_pylist(rows, LEDGER), home.data_folder("fruit", "ledger"))
        start_run(db, Run("r", "fruit", recipe, "c" * 64, "d" * 64, "0.1"))
        version = Version("fruit", 1, "r", None, "", "", 0, 0, {}, {}, {}, "c" * 64, 0, 0)
        save_version(db, version, {"ledger": [replace(file, path=home.relative(file.path))]})
        return dedup_report(Hub(home), VersionRef("fruit"), Most(3, 3))

    return make


def shapes(picture: str, kind: str) -> list[ElementTree.Element]:
    """Return the elements of an SVG document that have the class *kind*."""
    return [one for one in ElementTree.fromstring(picture).iter() if one.get("class") == kind]


def words(picture: str) -> list[str]:
    """Return the texts that an SVG document shows."""
    return [one.text or "" for one in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def test_command_reports_on_the_quickstart(hub: Path, tmp_path: Path, corpushub: Any) -> None:
    """The report agrees with the run's own counts, and the picture has one bar for each bin that holds pairs."""
    picture = tmp_path / "duplicates.svg"
    report = corpushub("dedup-report", "quickstart", "--hub", hub, "--out", picture, "--pairs", "4", "--clusters", "5")
    (run,) = corpushub("runs", "--hub", hub)["runs"]

    assert list(report) == ["schema", *KEYS]
    assert report["schema"] == "corpushub.dedup-report/1"
    assert report["ok"]
    assert report["out"] == str(picture)
    assert report["threshold"] == report["settings"]["threshold"] == 0.8
    assert report["counts"] == {name: run["counts"][name] for name in ("read", "kept", "dropped", "failed")}
    assert {why: n for why, n in report["reasons"].items() if n} == {
        why: n for why, n in run["reasons"].items() if why in report["reasons"]
    }
    assert report["similarity"]["pairs"] == run["reasons"]["near_duplicate"]
    assert (len(report["pairs"]["doubtful"]), len(report["clusters"]["largest"])) == (4, 5)
    filled = sum(count > 0 for count in report["similarity"]["counts"])
    assert len(shapes(picture.read_text(encoding="utf-8"), "bar")) == filled > 0


def test_pairs_of_the_report_can_be_traced(hub: Path, corpushub: Any) -> None:
    """What a pair says of a document is what its trace says, and the survivor is in the version."""
    pair = corpushub("dedup-report", "quickstart", "--hub", hub)["pairs"]["doubtful"][0]
    trace = corpushub("trace", f"quickstart@v1#{pair['doc_id']}", "--hub", hub)
    survivor = corpushub("trace", f"quickstart@v1#{pair['duplicate_of']}", "--hub", hub)

    assert (trace["uri"], trace["source"]) == (pair["uri"], pair["source"])
    assert (trace["duplicate_of"], trace["similarity"]) == (pair["duplicate_of"], pair["similarity"])
    assert (survivor["uri"], survivor["versions"]) == (pair["survivor_uri"], ["quickstart@v1"])


def test_command_answers_no_for_a_lost_twin(tmp_path: Path, draw: Draw, corpushub: Any) -> None:
    """Exit 1, and every form of the report says it, where a survivor is not in the version."""
    report = draw({0.9: 2}, kept=False)
    answer = corpushub("dedup-report", "fruit", "--hub", tmp_path / "hub", code=1)

    assert answer["orphans"]["by_fate"] == {"pii_found": 2}
    assert "NOT OK: 2 duplicates were dropped for documents that are not kept (pii_found 2)" in dedup_page.text(report)
    assert "2 without a kept twin" in words(dedup_picture.draw(report))
    assert "Without a kept twin" in dedup_page.page(report)


def test_command_refuses_other_forms(tmp_path: Path, draw: Draw) -> None:
    """A file name with another ending is refused before anything is read, and nothing is written."""
    draw({0.9: 1})
    command: list[str | Path] = [COMMAND, "dedup-report", "fruit", "--hub", tmp_path / "hub"]
    command += ["--out", tmp_path / "duplicates.png"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert ".svg or .html" in done.stderr
    assert not (tmp_path / "duplicates.png").exists()


def test_text_says_all(draw: Draw) -> None:
    """The text has settings, counts, clusters, a histogram, pairs with both addresses, and the verdict last."""
    text = dedup_page.text(draw({0.8: 1, 0.85: 4, 1.0: 2}, uri="https://a.example/x"))

    assert text.startswith("fruit@v1  8 read  1 kept\n  threshold 0.8  near True")
    assert "  7  near_duplicate\n" in text
    assert "clusters by size, 1 in all\n" in text
    assert "  a.example  1  7\n" in text
    assert f"  0.800  {1:032x}  https://a.example/x\n         {0:032x}  https://a.example/x\n" in text
    assert text.endswith("\neach duplicate was dropped for a document that is kept")


@pytest.mark.parametrize(
    ("filled", "threshold", "rows"),
    [
        ({}, 0.8, []),
        ({80: 2, 99: 4}, 0.8, [["0.80", 2], *([f"0.{n}", 0] for n in range(81, 99)), ["0.99", 4]]),
        ({85: 1}, 0.7, [["0.70", 0], *([f"0.{n}", 0] for n in range(72, 84, 2)), ["0.84", 1]]),
        ({3: 1, 99: 1}, None, [["0.00", 1], *([f"0.{n:02}", 0] for n in range(5, 95, 5)), ["0.95", 1]]),
    ],
)
def test_histogram_has_few_rows(filled: dict[int, int], threshold: float | None, rows: list[list[Any]]) -> None:
    """Rows begin at the threshold or below, are at most some twenty, and leave no pair out."""
    found = dedup_page.histogram([filled.get(index, 0) for index in range(BINS)], threshold)

    assert [row[:2] for row in found][: len(rows)] == rows
    assert sum(row[1] for row in found) == sum(filled.values())
    assert all(len(row[2]) == 40 for row in found if row[1] == max(filled.values()))


@pytest.mark.parametrize(
    "similarities",
    [{}, {0.8: 1}, {0.8: 1, 0.81: 2000, 0.999: 1, 1.0: 3}, {0.03: 5, 0.5: 1}, {n / 100: n + 1 for n in range(100)}],
)
def test_picture_has_a_bar_for_each_filled_bin(draw: Draw, similarities: dict[float, int]) -> None:
    """The picture is well-formed and every bar lies in its panel, side by side, as high as it should be."""
    report = draw(similarities)
    picture = dedup_picture.draw(report)
    counts = [count for count in report.similarity.counts if count]
    bars = [[float(bar.get(name, "")) for name in ("x", "y", "width", "height")] for bar in shapes(picture, "bar")]

    assert len(bars) == len(counts)
    assert all(x >= 88 and x + width <= 584 and y >= 140 for x, y, width, _ in bars)
    assert all(y + height == pytest.approx(356, abs=0.02) for _, y, _, height in bars)
    assert all(left[0] + left[2] < right[0] for left, right in pairwise(bars))
    top = dedup_picture.tick_step(max(counts, default=0)) * 5
    assert all(height >= max(2, 216 * count / top - 0.02) for count, (*_, height) in zip(counts, bars, strict=True))
    ranked = [height for _, height in sorted((count, bar[3]) for count, bar in zip(counts, bars, strict=True))]
    assert ranked == sorted(ranked)
    assert ("no near-duplicates" in words(picture)) == (not similarities)
    assert len(shapes(picture, "size")) == sum(row.clusters > 0 for row in report.clusters.sizes)


def test_picture_is_for_light_and_dark(draw: Draw) -> None:
    """Each class that is drawn has a colour in both schemes, and the two differ."""
    picture = dedup_picture.draw(draw({0.9: 2}, kept=False))
    style = next(ElementTree.fromstring(picture).iter(f"{SVG}style")).text or ""
    light, _, dark = style.partition("@media (prefers-color-scheme: dark)")
    used = {one.get("class") for one in ElementTree.fromstring(picture).iter()} - {None}

    for name in used:
        rules = [part.partition(f".{name} {{")[2].partition("}")[0] for part in (light, dark)]
        assert all(rules), name
        assert rules[0] != rules[1], name


def test_picture_marks_the_threshold(draw: Draw) -> None:
    """The line stands at the threshold, or is left out where the recipe says nothing of one."""
    (line,) = shapes(dedup_picture.draw(draw({0.9: 1}, "[dedup]\nthreshold = 0.85")), "limit")
    assert line.get("d") == "M336 122 L336 356"  # half way from 0.7 to 1

    for recipe in ("", "[dedup]\nnear = false", "not TOML", "[dedup]\nlater_key = 1"):
        report = draw({0.9: 1}, recipe)
        assert report.threshold is None
        assert shapes(dedup_picture.draw(report), "limit") == []


@pytest.mark.parametrize(
    ("highest", "step"), [(0, 1), (1, 1), (5, 1), (6, 2), (16, 5), (26, 10), (100, 20), (101, 50), (1_000_000, 200_000)]
)
def test_ticks_are_round(highest: int, step: int) -> None:
    """At most five steps of 1, 2 or 5 times a power of ten reach the highest count."""
    assert dedup_picture.tick_step(highest) == step


@pytest.mark.parametrize(
    ("count", "spelled"), [(0, "0"), (950, "950"), (1000, "1k"), (2500, "2.5k"), (2 * 10**6, "2M"), (10**9, "1G")]
)
def test_ticks_are_short(count: int, spelled: str) -> None:
    """Thousands, millions and milliards have a letter."""
    assert dedup_picture.short(count) == spelled


class Cells(HTMLParser):
    """Collects the tags of a page and the text of its table cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note *tag*."""
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        """Note *data* if it stands in a cell."""
        if self.tags and self.tags[-1] == "td":
            self.cells.append(data)


def test_page_shows_addresses_as_text(draw: Draw) -> None:
    """An address that holds markup shows as it is and becomes none, and the page links and loads nothing."""
    uri = "https://a.example/<script>alert('1 & 2')</script>"
    page = Cells()
    page.feed(dedup_page.page(draw({0.9: 1}, uri=uri)))
    page.close()

    assert uri in page.cells
    assert not {"script", "a", "link", "img"} & set(page.tags)
    assert {"svg", "table"} <= set(page.tags)


def test_file_is_written_whole_or_not_at_all(tmp_path: Path, draw: Draw) -> None:
    """A picture replaces an earlier one; where it cannot be written, the error says so and nothing is left."""
    report = draw({0.9: 1})
    (tmp_path / "a.svg").write_text("old")
    write(report, tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == dedup_picture.draw(report)

    (tmp_path / "b.html").mkdir()
    with pytest.raises(ReportNotWritten, match="unchanged"):
        write(report, tmp_path / "b.html")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.svg", "b.html", "hub"]
