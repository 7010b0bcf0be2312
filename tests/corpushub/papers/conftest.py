from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from corpushub.face.hub import Hub
from corpushub.papers.facts import Facts, facts_of
from corpushub.testing.recipes import recipe, source
from corpushub.testing.sources import write_jsonl
from lineage.references import VersionRef
from pipelines.execution.executor import Execution

ENGLISH = "The ferry to the island leaves at nine and the fare for a child is three coins, said the captain."
GERMAN = "Die Fähre zur Insel legt um neun Uhr ab, und für ein Kind kostet die Fahrt drei Münzen, sagte der Kapitän."
HOSTILE = "<script>alert(1)</script>|[x](javascript:1)"

WORDS = """
[[step]]
use = "language"

[[step]]
use = "gopher_quality"
min_words = 10
min_stop_words = 0

[dedup]
threshold = 0.9

[pii]
default = "placeholder"

[documentation]
title = "Timetables | of <b>ferries</b>"
description = "Pages on ferries."
contact = "papers@ferries.example"
issuer = "Ferry Office"
motivation = "To tell when ferries leave."
intended_uses = "Training."
out_of_scope = "Navigation."
limitations = "Few harbours."
biases = "Northern harbours."
collection = "Crawled in spring."
maintenance = "Renewed each spring."
retention = "Ten years."
geography = "The north."
language_variety = "Formal."

[model]
provider = "Ferry Models"
representative = "Ferry Models Europe"
versions = ["ferry-1"]
market_date = 2026-01-01
"""


@dataclass(frozen=True)
class Documented:
    """A hub with a version of three sources, whose words and names are partly hostile."""

    hub: Hub
    ref: VersionRef
    folder: Path

    @property
    def facts(self) -> Facts:
        """What is on record about the version."""
        return facts_of(self.hub, self.ref)


def pages(site: str, count: int, words: str, **more: str) -> list[dict[str, object]]:
    """Return *count* pages of *site*, all different, the last one twice."""
    rows: list[dict[str, object]] = [
        {
            "id": f"{site}-{at}",
            "url": f"https://www{at % 3}.{site}/page/{at}",
            "text": f"{words} "
            + " ".join(
                f"{word}{at * 7919 + place + sum(map(ord, site))}" for place, word in enumerate(words.split()[:12])
            ),
            "date": f"2025-0{1 + at % 6}-03T10:00:00Z",
            **more,
        }
        for at in range(count)
    ]
    return [*rows, {**rows[-1], "id": f"{site}-copy", "url": f"https://copy.{site}/"}]


def sites(count: int) -> list[dict[str, object]]:
    """Return a page with a mail address of each of *count* sites."""
    texts = [f"{ENGLISH} mail me{at}@quay{at}.com {at * 31}" for at in range(count)]
    return [{"id": f"t{at}", "url": f"https://h{at}.test-{at}.net/", "text": text} for at, text in enumerate(texts)]


@pytest.fixture(scope="session")
def documented(tmp_path_factory: pytest.TempPathFactory) -> Documented:
    """A hub in which a recipe with words, an own crawl, a public and a licensed source has run."""
    folder = tmp_path_factory.mktemp("documented")
    crawl: list[dict[str, object]] = [
        *pages("ferry.example.org", 9, ENGLISH, license="CC-BY-4.0"),
        *pages("insel.example.de", 5, GERMAN, license="CC0-1.0"),
        *sites(30),
        {"id": "short", "url": "https://ferry.example.org/short", "text": "Too short."},
    ]
    write_jsonl(folder / "crawl" / "a.jsonl", crawl)
    write_jsonl(folder / "open" / "a.jsonl", pages("open.example.com", 4, ENGLISH, license="CC-BY-NC-4.0"))
    write_jsonl(folder / "paid" / "a.jsonl", pages("paid.example.net", 3, GERMAN, license="LicenseRef-ferry"))
    fields = {"id": "id", "text": "text", "uri": "url", "license": "license", "date": "date"}
    crawler = {"name": "ferrybot", "purpose": "timetables", "behaviour": "heeds robots.txt"}
    consent = {"basis": "contract", "document": "contract 7"}
    text = recipe(
        source(
            "open", "jsonl", ["open/*.jsonl"], license="per-record", acquired="public", owner=HOSTILE, fields=fields
        ),
        source(
            "paid", "jsonl", ["paid/*.jsonl"], license="per-record", acquired="licensed", consent=consent, fields=fields
        ),
        WORDS,
        dataset="ferries",
        paths=["crawl/*.jsonl"],
        license="per-record",
        acquired="own-crawl",
        owner="Ferry Office",
        crawler=crawler,
        personal_data="mail addresses",
        fields=fields,
    )
    (folder / "recipe.toml").write_text(text, encoding="utf-8")
    hub = Hub.locate(folder / "home")
    hub.run(folder / "recipe.toml", Execution(workers=1))
    return Documented(hub, VersionRef("ferries", 1), folder)
