"""Decide which pages, documents and faults the quickstart corpus holds; every one is listed by kind."""

from __future__ import annotations

import struct
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from corpushub.example.archive import Fetch
from corpushub.example.pages import SITES, Site, content_type, link_headers, render, render_menu_only
from corpushub.example.prose import Paragraphs, Writer, plain

SEED = 20240301
"""Where all choices start from."""

CODINGS = ("gzip", "", "gzip", "br", "gzip+chunked", "deflate", "gzip", "chunked")
"""HTTP codings, dealt out to pages in turn."""

DOC_LICENSES = ("CC-BY-4.0", "MIT", None, "CC-BY-NC-4.0", "Apache-2.0", "CC0-1.0", "All rights reserved")
"""License fields of JSONL records, dealt out in turn; the last one is no SPDX expression."""

NAMES = ("Ada Lindqvist", "Bruno Okafor", "Carla Ferreyra", "Dmitri Halloran", "Eun-ji Marchetti", "Farid Lindner")
"""Invented people."""

CARDS = ("4111 1111 1111 1111", "5555 5555 5555 4444", "3782 822463 10005")
"""Card numbers that payment providers publish for testing."""


@dataclass(frozen=True, slots=True)
class Page:
    """An article where it stands on the web."""

    site: Site
    uri: str
    title: str
    article: Paragraphs


@dataclass(slots=True)
class Plan:
    """Everything the corpus will hold.

    Attributes:
        kinds: what is planted: for each kind the URIs (or record ids) of its members, in order of planning.
        twins: for each copy, exact or edited, the URI of what it was copied from.
        fetches: what the archives hold as response records; dates are set when they are laid into archives.
        lines: what the JSONL files hold, broken lines included.
    """

    random: Random = field(default_factory=lambda: Random(SEED))
    kinds: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    twins: dict[str, str] = field(default_factory=dict)
    fetches: list[Fetch] = field(default_factory=list)
    lines: list[dict[str, Any] | bytes] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)

    def writer(self, language: str) -> Writer:
        """Return a writer of *language* that shares the plan's randomness."""
        return Writer(language, self.random)

    def compose(self, kind: str, site: Site, sentences: int) -> Page:
        """Write an article of *sentences* sentences for *site* and give it an address."""
        writer = self.writer(site.language)
        uri = f"https://{site.host}/{kind.replace('_', '-')}/{len(self.fetches):04d}.html"
        return Page(site, uri, writer.draw("topics"), writer.article(sentences))

    def publish(self, kind: str, page: Page, body: bytes | None = None) -> None:
        """Put *page* on the web as one of *kind*; *body* replaces what its article renders to."""
        self.kinds[kind].append(page.uri)
        content = render(page.site, page.title, page.article) if body is None else body
        coding = CODINGS[len(self.fetches) % len(CODINGS)]
        headers = link_headers(page.site)
        self.fetches.append(Fetch(page.uri, "", content, content_type(page.site), coding=coding, headers=headers))


def make_plan() -> Plan:
    """Return the plan; the same one on every call."""
    plan = Plan()
    for step in (plan_articles, plan_copies, plan_poor_pages, plan_personal_data, plan_answers, plan_records):
        step(plan)
    plan.random.shuffle(plan.fetches)
    plan.fetches = [
        Fetch(f.uri, warc_date(place), f.body, f.content_type, f.status, f.coding, f.headers)
        for place, f in enumerate(plan.fetches)
    ]
    return plan


def warc_date(place: int) -> str:
    """Return when the fetch at *place* was made: one every seven minutes."""
    return (datetime(2024, 3, 1, 6, 0, tzinfo=UTC) + timedelta(minutes=7 * place)).strftime("%Y-%m-%dT%H:%M:%SZ")


def plan_articles(plan: Plan) -> None:
    """Plan 266 ordinary pages, 19 on each site."""
    for number in range(19 * len(SITES)):
        page = plan.compose("article", SITES[number % len(SITES)], plan.random.randint(9, 22))
        plan.pages.append(page)
        plan.publish("article", page)


def plan_copies(plan: Plan) -> None:
    """Plan 20 exact copies (a print address of the same page) and 40 that another site has edited by about 3-10 %."""
    for original in plan.random.sample(plan.pages, 20):
        copy = Page(original.site, f"{original.uri}?print=1", original.title, original.article)
        plan.twins[copy.uri] = original.uri
        plan.publish("exact_duplicate", copy)
    long = [page for page in plan.pages if sum(map(len, page.article)) >= 18]
    for number, original in enumerate(plan.random.sample(long, 40)):
        revised = plan.writer(original.site.language).revise(original.article, 0.03 + 0.01 * (number % 3))
        host = elsewhere(original.site)
        copy = Page(host, f"https://{host.host}/shared/{number:04d}.html", original.title, revised)
        plan.twins[copy.uri] = original.uri
        plan.publish("near_duplicate", copy)


def elsewhere(site: Site) -> Site:
    """Return another site of the same language, or *site* if there is none."""
    others = [other for other in SITES if other.language == site.language and other is not site]
    return others[0] if others else site


def plan_poor_pages(plan: Plan) -> None:
    """Plan pages that quality filters should drop: 14 too short, 10 repetitive, 8 without any text of their own."""
    for number in range(14):
        plan.publish("too_short", plan.compose("too_short", SITES[number], 1))
    for number in range(10):
        page = plan.compose("repetitive", SITES[number], 4)
        plan.publish("repetitive", Page(page.site, page.uri, page.title, page.article * 12))
    for number in range(8):
        page = plan.compose("menu_only", SITES[number], 0)
        plan.publish("menu_only", page, render_menu_only(page.site, page.title))


def plan_personal_data(plan: Plan) -> None:
    """Plan 28 pages with invented personal data: reserved domains, fictional telephone numbers, test card numbers."""
    for number in range(28):
        site = SITES[number % len(SITES)]
        page = plan.compose("personal_data", site, 10)
        writer = plan.writer(site.language)
        contact = tuple(writer.draw("contact").format(**person(plan.random, site)) for _ in range(3))
        plan.publish("personal_data", Page(site, page.uri, page.title, (*page.article, contact)))


def person(random: Random, site: Site) -> dict[str, str]:
    """Return an invented person's name, mail address (RFC 2606), telephone, IP address (RFC 5737) and card."""
    name = random.choice(NAMES)
    return {
        "name": name,
        "email": f"{name.split()[0].lower()}@{site.host.removesuffix('.example')}.example.org",
        "phone": f"+1 212 555 01{random.randrange(100):02d}",
        "ip": f"192.0.2.{random.randrange(1, 255)}",
        "card": random.choice(CARDS),
    }


def plan_answers(plan: Plan) -> None:
    """Plan what is no page: 6 not found, 2 unavailable, 3 redirects, 2 images, a style sheet, 2 broken bodies."""
    for kind, status, count in (("not_found", 404, 6), ("unavailable", 503, 2), ("redirect", 301, 3)):
        for number in range(count):
            uri = f"https://{SITES[number].host}/{kind.replace('_', '-')}/{number}"
            headers = [("Location", f"https://{SITES[number].host}/")] if status == 301 else []
            answer(plan, kind, Fetch(uri, "", b"<html><body><p>.</p></body></html>", status=status, headers=headers))
    for number in range(2):
        answer(plan, "image", Fetch(f"https://{SITES[0].host}/{number}.png", "", png(number), "image/png"))
    answer(plan, "style_sheet", Fetch(f"https://{SITES[0].host}/site.css", "", b"p { margin: 0 }\n", "text/css"))
    # a gzip header followed by a deflate block of the reserved type 3: not one byte of it decodes (RFC 1951, 3.2.3)
    broken = bytes.fromhex("1f8b08000000000000ff07") + bytes(100)
    for number in range(2):
        uri = f"https://{SITES[number].host}/broken-coding/{number}.html"
        answer(plan, "broken_coding", Fetch(uri, "", broken, headers=[("Content-Encoding", "gzip")]))


def answer(plan: Plan, kind: str, fetch: Fetch) -> None:
    """Add *fetch* as one of *kind*."""
    plan.kinds[kind].append(fetch.uri)
    plan.fetches.append(fetch)


def png(shade: int) -> bytes:
    """Return a grey picture of one pixel."""
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(bytes([0, shade]))))
    written = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in (*chunks, (b"IEND", b""))
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def plan_records(plan: Plan) -> None:
    """Plan 150 JSONL lines: 110 documents, 20 copies of web pages, 14 copies of one another, 6 broken lines."""
    for language in islice(doc_languages(), 110):
        writer = plan.writer(language)
        text = f"{writer.draw('topics')}\n\n{plain(language, writer.article(plan.random.randint(8, 20)))}"
        add_record(plan, "document", text, language)
    documents = [line for line in plan.lines if isinstance(line, dict)]
    for number, page in enumerate(plan.random.sample(plan.pages, 20)):
        revised = page.article if number % 2 else plan.writer(page.site.language).revise(page.article, 0.04)
        record = add_record(plan, "web_copy", f"{page.title}\n\n{plain(page.site.language, revised)}", "web")
        plan.twins[record["id"]] = page.uri
    for original in plan.random.sample(documents, 14):
        record = add_record(plan, "document_copy", original["text"], "copy")
        plan.twins[record["id"]] = original["id"]
    plan_broken_lines(plan)
    plan.random.shuffle(plan.lines)


def doc_languages() -> Iterator[str]:
    """Yield the languages of the JSONL documents without end: half of them English."""
    while True:
        yield from ("en", "de", "en", "fr", "en", "es", "en", "ja", "en", "zh")


def add_record(plan: Plan, kind: str, text: str, section: str) -> dict[str, Any]:
    """Add a JSONL record with *text* and return it."""
    number = len(plan.lines)
    record = {
        "id": f"doc-{number:04d}",
        "text": text,
        "url": f"https://docs.example/{section}/{number:04d}",
        "license": DOC_LICENSES[number % len(DOC_LICENSES)],
        "date": f"2023-{1 + number % 12:02d}-{1 + number % 28:02d}",
    }
    plan.kinds[kind].append(str(record["id"]))
    plan.lines.append(record)
    return record


def plan_broken_lines(plan: Plan) -> None:
    """Plan lines that no reader can take: cut JSON (2), no JSON (1), not UTF-8 (1), no text (1), text no string (1)."""
    broken = (
        b'{"id": "broken-0", "text": "This line ends in the mid',
        b'{"id": "broken-1", "text": "So does this one", "url": "https://docs.exa',
        b"this was never JSON",
        b'{"id": "broken-3", "text": "caf\xe9", "url": "https://docs.example/broken/3"}',
        b'{"id": "broken-4", "url": "https://docs.example/broken/4", "license": "MIT"}',
        b'{"id": "broken-5", "text": 17, "url": "https://docs.example/broken/5"}',
    )
    plan.lines.extend(broken)
    plan.kinds["broken_line"].extend(f"broken-{number}" for number in range(len(broken)))
