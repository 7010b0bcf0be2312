"""No spelling of noai is silence: near misses and hidden characters are heard, from the source to the signal."""

from __future__ import annotations

import pytest

from policies.consent.headers import header_evidence, meta_evidence
from policies.markup import Page
from policies.markup.gate import SOURCE, may_speak


@pytest.mark.parametrize("written", ["no\u200bai", "no\u00adai", "n\u2060oai", "no\ufeffimage\u200dai", "noai\u200b"])
def test_characters_that_are_not_shown_hide_nothing(written: str) -> None:
    """Zero-width characters and soft hyphens part no word: the refusal is what people read."""
    assert [one.meaning for one in header_evidence(f"x-robots-tag: {written}")] == ["deny"]
    assert [one.meaning for one in meta_evidence([("robots", written)])] == ["deny"]


@pytest.mark.parametrize(
    "written", ["noaiindex", "noaitraining", "noaiuse", "noimageaiindex", "noai2", "index,noaibots"]
)
def test_words_that_begin_so_are_unknown(written: str) -> None:
    """A directive that nobody specified, and that begins as the refusal does, is no leave."""
    assert [one.meaning for one in header_evidence(f"x-robots-tag: {written}")] == ["unknown"]


@pytest.mark.parametrize("written", ["mosaic", "noairlines", "nofollow", "noindex"])
def test_other_words_say_nothing(written: str) -> None:
    """Other words are no near miss."""
    assert not header_evidence(f"x-robots-tag: {written}")


@pytest.mark.parametrize(
    "written", ["no&#8203;ai", "no&#x200b;ai", "no&shy;ai", "no&ZeroWidthSpace;image&zwnj;ai", "n\u200boai"]
)
def test_the_gate_lets_hidden_characters_pass(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """References and raw characters in the source are seen before it is parsed, with Hyperscan and without."""
    html = f'<meta name="robots" content="{written}">'
    assert may_speak(html)
    assert [one.meaning for one in meta_evidence(Page(html).metas)] == ["deny"]
    monkeypatch.setattr(SOURCE, "_database", None)
    assert may_speak(html)
