"""Measure main content on real pages with answers: ``python benchmarks/extraction.py [PAGES.tar.xz]``.

The archive is that of trafilatura's own evaluation: tests/evaldata.json tells for each of 990 pages which snippets
belong to its text and which do not. A snippet counts as found if it stands in the text as it is: one that belongs is a
true positive, or else a false negative; one that does not belong is a false positive. Precision and recall are over the
snippets of all pages, F is their harmonic mean; they are told for the two halves of the pages too (by a bit of the
SHA-256 of the file's name): our rules were chosen by looking at pages of the first half alone.

All read the same decoded pages and take turns, a share of the pages each, so that whatever else the machine does hits
all alike. Seconds are the processor's, parsing included; a megabyte is 10^6 bytes of the decoded page. trafilatura runs
in an environment of its own: ``python benchmarks/peers.py setup trafilatura``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus import DATA
from measure import report, say
from peers import installed, python
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from pipelines.captures.encodings import decode_body
from pipelines.captures.extract import html_text

SHARES = 5
ARCHIVE = DATA / "extraction" / "pages.tar.xz"


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        html: decoded, UTF-8.
        first: whether it is in the first half.
        belong: snippets that are in its text.
        foreign: snippets that are not.
    """

    html: bytes
    first: bool
    belong: Sequence[str]
    foreign: Sequence[str]


Pages = Sequence[Page]
Way = Callable[[Pages], tuple[float, list[str]]]
"""Extracts pages; returns the processor's seconds and the texts."""


def read(archive: Path) -> list[Page]:
    """Read the pages of *archive* and their snippets."""
    with tarfile.open(archive) as tar:
        files = {one.name: tar.extractfile(one) for one in tar.getmembers() if one.isfile()}
        contents = {name: file.read() for name, file in files.items() if file is not None}
    found = []
    for answer in json.loads(contents["tests/evaldata.json"]).values():
        name = answer["file"]
        body = next(contents[path] for path in (f"tests/eval/{name}", f"tests/cache/{name}") if path in contents)
        first = hashlib.sha256(name.encode()).digest()[0] % 2 == 1
        html = decode_body(body, None, markup=True).text.encode()
        found.append(Page(html, first, answer["with"], answer["without"]))
    return found


def timed(extract: Callable[[bytes], str]) -> Way:
    """Return how to extract in this process."""

    def run(pages: Pages) -> tuple[float, list[str]]:
        extract(b"<p>One page to warm up.</p>")
        started = time.process_time()
        texts = [extract(page.html) for page in pages]
        return time.process_time() - started, texts

    return run


def resiliparse(html: bytes) -> str:
    """Return the main content as resiliparse has it; this was our extractor before."""
    tree: Any = HTMLTree.parse_from_bytes(html, "utf-8", errors="replace")
    text: str = extract_plain_text(tree, main_content=True, alt_texts=False, comments=False, post_meta=False)
    return text


def trafilatura(*options: str) -> Way:
    """Return how to extract by trafilatura; texts pass through a folder that is deleted."""

    def run(pages: Pages) -> tuple[float, list[str]]:
        with tempfile.TemporaryDirectory() as folder:
            given, taken = Path(folder, "pages"), Path(folder, "texts")
            given.write_text(json.dumps([page.html.decode("utf-8", "replace") for page in pages]))
            peer = Path(__file__).parent / "peer_trafilatura.py"
            subprocess.run([str(python("trafilatura")), str(peer), str(given), str(taken), *options], check=True)
            answer = json.loads(taken.read_text())
        return answer["seconds"], answer["texts"]

    return run


def score(pages: Pages, texts: Sequence[str]) -> dict[str, float]:
    """Return precision, recall and F of *texts*."""
    pairs = list(zip(pages, texts, strict=True))
    found = sum(snippet in text for page, text in pairs for snippet in page.belong)
    wrong = sum(snippet in text for page, text in pairs for snippet in page.foreign)
    wanted = sum(len(page.belong) for page in pages)
    return {
        "precision": round(found / (found + wrong), 3),
        "recall": round(found / wanted, 3),
        "f": round(2 * found / (wanted + found + wrong), 3),
    }


def measure(pages: list[Page], ways: dict[str, Way]) -> list[dict[str, Any]]:
    """Let *ways* take turns over shares of *pages*, and return a row for each."""
    seconds, texts = dict.fromkeys(ways, 0.0), {name: [""] * len(pages) for name in ways}
    for share in range(SHARES):
        for name, way in ways.items():
            spent, texts[name][share::SHARES] = way(pages[share::SHARES])
            seconds[name] += spent
    size = sum(len(page.html) for page in pages) / 1e6
    halves = {"first half": True, "second half": False}
    return [
        {
            "extractor": name,
            **score(pages, texts[name]),
            **{half: _half(pages, texts[name], first)["f"] for half, first in halves.items()},
            "empty": sum(not text.strip() for text in texts[name]),
            "cpu seconds": round(seconds[name], 1),
            "MB/s": round(size / seconds[name], 1),
        }
        for name in ways
    ]


def _half(pages: Pages, texts: Sequence[str], first: bool) -> dict[str, float]:
    chosen = [(page, text) for page, text in zip(pages, texts, strict=True) if page.first is first]
    return score([page for page, _ in chosen], [text for _, text in chosen])


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Measure main content on real pages with answers.")
    parser.add_argument("archive", type=Path, nargs="?", default=ARCHIVE)
    options = parser.parse_args()
    ways: dict[str, Way] = {
        "corpushub main": timed(lambda html: html_text(html, "main")),
        "corpushub full": timed(lambda html: html_text(html, "full")),
        "resiliparse": timed(resiliparse),
    }
    if installed("trafilatura"):
        ways |= {"trafilatura": trafilatura(), "trafilatura fast": trafilatura("--fast")}
    else:
        say("trafilatura is not set up; see python benchmarks/peers.py")
    pages = read(options.archive)
    say(f"{len(pages)} pages, {sum(len(page.html) for page in pages) / 1e6:.0f} MB")
    report("extraction", {"main content": measure(pages, ways)}, ("selectolax", "resiliparse"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
