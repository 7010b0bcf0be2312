from typing import Any

import pyarrow as pa
import pytest
from selectolax.lexbor import LexborHTMLParser

from connectors.capture import CAPTURES
from pipelines.captures import extract as extracting
from pipelines.captures.bodies import decode
from pipelines.captures.extract import extract
from pipelines.captures.extraction.parsed import ParsedPages
from pipelines.rights.finders import PageFinder
from policies.markup import page as pages

SAYS = "The harbour was quiet that morning, and nobody on the quay had seen the ship come in before the fog lifted."


def tree(text: str) -> LexborHTMLParser:
    """Return a parsed page that shows *text*."""
    return LexborHTMLParser(f"<p>{text}")


def test_a_page_is_taken_once() -> None:
    """Then it is let go of; others are not there."""
    parsed = ParsedPages("full")
    parsed.hold(b"a", tree("one"), 10)
    assert (parsed.take(b"a"), parsed.take(b"a"), parsed.take(b"b")) == ("one", None, None)


def test_beyond_the_limit_texts_are_held_in_place_of_trees() -> None:
    """Nothing is parsed twice, and trees take bounded memory."""
    parsed = ParsedPages("full", limit=25)
    for number in range(5):
        parsed.hold(bytes([number]), tree(str(number)), 10)
    assert [type(held) for held in parsed._held.values()] == [LexborHTMLParser] * 2 + [str] * 3
    assert [parsed.take(bytes([number])) for number in range(5)] == list("01234")


def test_of_two_pages_of_one_id_neither_is_held() -> None:
    """Nobody could tell which of them is meant."""
    parsed = ParsedPages("full")
    parsed.hold(b"a", tree("one"), 10)
    parsed.hold(b"a", tree("two"), 10)
    assert parsed.take(b"a") is None


def test_nothing_is_held_once_it_is_cleared() -> None:
    """And there is room again."""
    parsed = ParsedPages("full", limit=10)
    parsed.hold(b"a", tree("one"), 10)
    parsed.clear()
    parsed.hold(b"b", tree("two"), 10)
    assert parsed.take(b"a") is None
    assert isinstance(parsed._held[b"b"], LexborHTMLParser)


@pytest.mark.parametrize("limit", [0, 1 << 20])
def test_a_page_is_parsed_once_for_rights_and_text(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that may speak of rights are parsed for that, others for their text, and none twice."""
    count = 0

    def counted(html: Any) -> LexborHTMLParser:
        nonlocal count
        count += 1
        return LexborHTMLParser(html)

    monkeypatch.setattr(pages, "LexborHTMLParser", counted)
    monkeypatch.setattr(extracting, "LexborHTMLParser", counted)
    says = [f"<p>{SAYS}</p><p>{more}</p>" for more in ("Licensed under CC BY 4.0.", "No more.", "All rights reserved.")]
    rows = [{"kind": "record", "http_status": 200, "media_type": "text/html", "payload": one.encode()} for one in says]
    batch = decode(pa.RecordBatch.from_pylist(rows, schema=CAPTURES))
    batch = batch.append_column("doc_id", pa.array([bytes([i]) * 16 for i in range(3)]))
    parsed = ParsedPages("main", limit)

    assert PageFinder().holding(parsed)(batch)
    texts = extract(batch, "main", parsed).text.to_pylist()

    assert count == 3
    assert texts == extract(batch, "main").text.to_pylist()
    assert texts[0] == f"{SAYS}\n\nLicensed under CC BY 4.0."
