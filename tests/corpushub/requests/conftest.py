"""A hub with two datasets to be asked about: one with a MinHash index, one without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl

LONG: Final = " ".join(f"word{number}" for number in range(120))
MAIL: Final = "someone.else@corp.com"

ORCHARD: Final = {
    "page": ("http://orchard.example/p", f"The first page of the orchard. {LONG}"),
    "secure": ("https://orchard.example/p/", "Another page that says something else about the orchard and its trees."),
    "section": ("http://orchard.example:80/p2#top", "A second page with a fragment in its address, about pears alone."),
    "plain": ("https://orchard.example/p2/", "The second page over again, in other words, about pears and plums."),
    "below": ("http://shop.orchard.example/q?x=1", "What the shop below the orchard sells: cider, jam and old tools."),
    "bücher": ("https://bücher.example:443/ä%20b", "A page of a bookshop in which there are many books to be read."),
    "evil": ("http://orchard.example.evil.test/", "Not of the orchard at all, whatever the address may look like."),
    "number": ("http://0xC0.0.2.7/x", "A host that is a number, and the number is written in hexadecimal digits."),
    "near": ("http://mirror.example/near", f"The first page of an orchard. {LONG}"),
    "same": ("http://mirror.example/same", f"The first page of the orchard. {LONG}"),
    "kitchen": ("http://kitchen.example/jam", f"Write to {MAIL} for the quince jam, or call +1 212-555-0187 today."),
    "12345": ("doc-17", "A document whose address is no address, and whose id is nothing but five digits."),
}
"""Address and text by the source's own id; the near-duplicate and the copy are of the first."""


@pytest.fixture(scope="package")
def orchard(tmp_path_factory: pytest.TempPathFactory, corpushub: Callable[..., Any]) -> Path:
    """Return a hub with ORCHARD as the dataset d, deduplicated, and one page of it as the dataset plain."""
    folder = tmp_path_factory.mktemp("orchard")
    rows = [{"id": name, "url": uri, "text": text} for name, (uri, text) in ORCHARD.items()]
    write_jsonl(folder / "data" / "all.jsonl", rows)
    write_jsonl(folder / "more" / "one.jsonl", [{**rows[5], "id": "other"}])
    (folder / "d.toml").write_text(recipe("[dedup]\nthreshold = 0.8\n", license="CC0-1.0"), encoding="utf-8")
    plain = recipe(dataset="plain", paths=("more/*.jsonl",), license="CC0-1.0")
    (folder / "plain.toml").write_text(plain, encoding="utf-8")
    for name in ("d", "plain"):
        corpushub("run", folder / f"{name}.toml", "--hub", folder / "hub")
    return folder / "hub"
