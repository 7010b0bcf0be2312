"""The files of the quickstart: its corpus, recipe and policy.

Everything is generated: invented sites under reserved names, prose from our own phrases, planted duplicates, licence
marks, synthetic personal data and broken records. The same call writes the same bytes:

    recipe.toml, policy.toml
    corpus/crawl/*.warc.gz       three archives: pages, revisits, answers that are no pages, broken records
    corpus/robots/*.warc.gz      the robots.txt of each site
    corpus/docs/*.jsonl.gz       two files of records {id, text, url, license, date}, a few lines broken
    corpus/contents.json         what was planted: addresses by kind, and for each copy what it was copied from
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from corpushub.errors import BadFileName
from corpushub.example.archive import Archive, Fetch
from corpushub.example.pages import SITES
from corpushub.example.plan import Plan, make_plan, warc_date

ARCHIVES = 3
"""How many archives the pages are dealt to."""

ROBOTS = (
    "User-agent: *\nAllow: /\n",
    "User-agent: *\nDisallow: /private/\n\nUser-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n",
    "User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /\n",
    "User-agent: *\nContent-Usage: train-ai=n\nAllow: /\n",
    None,
)
"""The robots.txt files, dealt to the sites in turn; None for a site without one (404)."""


@dataclass(frozen=True, slots=True)
class Example:
    """The quickstart, made.

    Attributes:
        folder: where it stands.
        recipe: the file to run, in that folder.
        policy: the policy to audit by, likewise.
        records: how many records the corpus holds, by what was planted in them.
    """

    folder: str
    recipe: str
    policy: str
    records: Mapping[str, int]


def make_example(folder: Path) -> Example:
    """Write the quickstart into *folder*, which is made, or is empty.

    Raises:
        BadFileName: the folder holds something, or cannot be written.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise BadFileName(f"{folder} holds something; nothing was written; name a folder that is not there yet")
        folder.mkdir(parents=True, exist_ok=True)
        records = write_corpus(make_plan(), folder / "corpus")
        for name in ("recipe.toml", "policy.toml"):
            (folder / name).write_bytes(Path(__file__).with_name(name).read_bytes())
    except OSError as error:
        message = f"cannot write the example into {folder}: {error.strerror}; name another folder, or make room"
        raise BadFileName(message) from error
    return Example(str(folder), str(folder / "recipe.toml"), str(folder / "policy.toml"), records)


def write_corpus(plan: Plan, out: Path) -> dict[str, int]:
    """Write all files of *plan* under *out* and return the number of records of each kind."""
    for folder in ("crawl", "robots", "docs"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    write_crawl(plan, out / "crawl")
    write_robots(out / "robots" / "robotstxt.warc.gz")
    write_records(plan, out / "docs")
    contents = {"kinds": plan.kinds, "twins": plan.twins}
    (out / "contents.json").write_text(json.dumps(contents, indent=1) + "\n", encoding="utf-8")
    return {kind: len(members) for kind, members in plan.kinds.items()}


def write_crawl(plan: Plan, folder: Path) -> None:
    """Write the archives; the first also holds two wrong lengths, the last two revisits and a cut end."""
    share = -(-len(plan.fetches) // ARCHIVES)
    for number in range(ARCHIVES):
        name = f"crawl-{number:05d}.warc.gz"
        with (folder / name).open("wb") as file:
            archive = Archive(file)
            archive.open(name, warc_date(0))
            for place, fetch in enumerate(plan.fetches[number * share : (number + 1) * share]):
                if number == 0 and place in (40, 80):
                    add_wrong_length(plan, archive, error=60 if place == 40 else -60)
                archive.response(fetch)
            if number == ARCHIVES - 1:
                add_revisits(plan, archive)
                add_cut_end(plan, archive)


def add_wrong_length(plan: Plan, archive: Archive, error: int) -> None:
    """Add a page whose record claims a length that is *error* bytes off."""
    page = plan.compose("wrong_length", SITES[0], 8)
    uri = f"https://{SITES[0].host}/wrong-length/{error}.html"
    plan.kinds["wrong_length"].append(uri)
    archive.wrong_length(Fetch(uri, warc_date(0), article_bytes(page.article)), error)


def add_revisits(plan: Plan, archive: Archive) -> None:
    """Add a revisit of a page that the archives hold, and one of a page that they do not."""
    original = next(fetch for fetch in plan.fetches if fetch.uri == plan.kinds["article"][0])
    again = warc_date(len(plan.fetches) + 1)
    seen = Fetch(original.uri, again, original.body, original.content_type, coding=original.coding)
    archive.revisit(seen, original.date)
    unseen = Fetch(f"https://{SITES[2].host}/never-captured.html", again, b"<p>elsewhere</p>")
    archive.revisit(unseen, "2023-11-05T08:00:00Z")
    plan.kinds["revisit"].append(seen.uri)
    plan.kinds["revisit_without_original"].append(unseen.uri)


def add_cut_end(plan: Plan, archive: Archive) -> None:
    """Add the first half of a record, as a crawler leaves it that is stopped while writing."""
    page = plan.compose("cut_end", SITES[0], 12)
    uri = f"https://{SITES[0].host}/cut-end.html"
    whole = BytesIO()
    Archive(whole).response(Fetch(uri, warc_date(len(plan.fetches) + 2), article_bytes(page.article)))
    archive.file.write(whole.getvalue()[: len(whole.getvalue()) // 2])
    plan.kinds["cut_end"].append(uri)


def article_bytes(article: Sequence[Sequence[str]]) -> bytes:
    """Return *article* as a bare page."""
    return "".join(f"<p>{' '.join(paragraph)}</p>\n" for paragraph in article).encode()


def write_robots(path: Path) -> None:
    """Write the archive of robots.txt files, one for each site."""
    with path.open("wb") as file:
        archive = Archive(file)
        archive.open(path.name, warc_date(0))
        for place, site in enumerate(SITES):
            text = ROBOTS[place % len(ROBOTS)]
            status, body = (200, text.encode()) if text is not None else (404, b"")
            archive.response(Fetch(f"https://{site.host}/robots.txt", warc_date(place), body, "text/plain", status))


def write_records(plan: Plan, folder: Path) -> None:
    """Write the JSONL lines to two files; every other record spells non-ASCII characters as escapes."""
    lines = [
        json.dumps(line, ensure_ascii=number % 2 == 0).encode() if isinstance(line, dict) else line
        for number, line in enumerate(plan.lines)
    ]
    half = len(lines) // 2
    for number, part in enumerate((lines[:half], lines[half:])):
        text = b"".join(line + b"\n" for line in part)
        (folder / f"docs-{number:05d}.jsonl.gz").write_bytes(gzip.compress(text, mtime=0))
