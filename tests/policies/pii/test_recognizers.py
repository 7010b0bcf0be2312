"""All of Presidio's recognizers together, prefiltered, find what its AnalyzerEngine finds in the whole text."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.errors import InvalidScrub
from policies.pii.context.words import is_foreign
from policies.pii.own.cards import CardRanges
from policies.pii.own.ibans import MoreIbans
from policies.pii.own.reserved_mail import ReservedMail
from policies.pii.phones.numbers import PHONE_REGIONS
from policies.pii.phones.recognizer import PhoneShapes
from policies.pii.presidio_engine import analyze, analyzer_engine
from policies.pii.recognizers import GENERIC, Detector, Span, detectors, entities_of
from policies.pii.scrubber import ENTITIES, Scrubber
from policies.pii.search import prefilter
from policies.pii.search.scan import Limits, Status, scan_texts
from policies.pii.search.windows import every_character

SCORES = (0.0, 0.35, 0.5)
"""Thresholds: all findings, the default, and one that weak patterns cannot reach even with context words."""

PIECES = """
SSN ssn social security Number number: phone call account bank iban IBAN license lic public driver id ID: pan
PAN Pan passport Steuer-ID tax vat date birthday url website ip mac wallet claim rx prescription # no. referral
provider tin ein : - / . , ; ( ) [ ] " ' the of is and be my a at:80 http://x.is :D (: | 8 a.m. cannot can't
e.g. \u2014 \u00ab \u00bb 12 123 1234 12345 123456 1234567 12345678 123456789 1234567890 12345678901
123456789012 1234567890123 0 00 000 0000 078-05-1120 219099999 123-45-6789 12-3456789 4111111111111111
GB33BUKB20201555555555 DE89 3704 0044 0532 0130 00 A1234567 AB123456C ABCDE1234F abcde1234f K1A 0B1 M-AB 1234
HRB 12345 \u212a1A 0B1 \u0130D \u0131d x1\u0663 ... // \u0663\u0663\u0663 hr\u017f \u017f\u017f B\u212a12
TI\u0130 \u00e9 \u00df \u4f8b\u3048 Gr\u00f6\u00dfe me@example.com CK2001/123456 2001/123456/07 12/31/2020
2020-12-31 31.12.2020 10-Jan-2020 JAN-20 030/901820 +1-212-555-0123 www.example.com https://a.co/b?c="d" end.In
a.b.c.uk 1.2.3.4 ::1 fe80::1 00:1b:44:11:3a:b7 001b.4411.3ab7 word1234
bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq 123e4567-e89b-12d3-a456-426614174000 27AAPFU0939F1ZV abcdef1234 21 34
AB 123 34-ABC-12 34ABC1234 IK 123456 ABC123AB PA-123456 CLM-1234567 4-digit ten_letter@ WA51 ABC 900101-1234
900101+123A 131052-308T 8501011234567 44051401458 9434765919 943 476 5919 AB 12 34 56 C
"""
WORDS = PIECES.split()

GAPS = ["", " ", " ", "  ", "\n", "\t", "-", ": ", "\u00a0", "\u3000"]


@cache
def everything() -> tuple[Detector, ...]:
    """Return a detector for each of Presidio's recognizers."""
    return detectors((*GENERIC, *entities_of(("all",))), PHONE_REGIONS)


@cache
def engine() -> object:
    """Return Presidio's engine with all recognizers."""
    return analyzer_engine(everything())


def ordered(spans: Sequence[Span]) -> list[Span]:
    """Return findings in an order of their own."""
    return sorted(spans, key=lambda one: (one.start, one.end, one.entity))


def assert_same(texts: Sequence[str], min_score: float) -> int:
    """Check that search and engine agree on each text; return how many findings there are."""
    scan = scan_texts(texts, everything(), Limits(), min_score)
    assert not scan.status
    for number, text in enumerate(texts):
        assert ordered(scan.spans.get(number, [])) == ordered(list(analyze(engine(), text, min_score)))
    return sum(map(len, scan.spans.values()))


def mixtures() -> st.SearchStrategy[str]:
    """Generate texts of words, numbers and signs that the recognizers care about, with and without gaps."""
    return st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(GAPS)), max_size=40).map(
        lambda parts: "".join(word + gap for word, gap in parts)
    )


@given(texts=st.lists(mixtures(), min_size=1, max_size=3), min_score=st.sampled_from(SCORES))
@settings(max_examples=60, deadline=None)
def test_same_findings_on_generated_text(texts: list[str], min_score: float) -> None:
    """Entities, positions and scores are Presidio's, whatever is put together and at whatever threshold."""
    assert_same(texts, min_score)


@pytest.mark.parametrize("min_score", SCORES)
def test_same_findings_on_all_words(min_score: float) -> None:
    """One text of all words, in order and turned round, joined in several ways, has the same findings."""
    texts = [gap.join(words) for gap in (" ", "\n", ", ") for words in (WORDS, WORDS[::-1])]
    assert assert_same(texts, min_score) > 100


@pytest.mark.parametrize("min_score", SCORES)
def test_same_findings_far_from_context_words(min_score: float) -> None:
    """A context word counts over many stop words and signs, and not beyond five keywords, wherever blocks begin."""
    near = " ".join(["ssn", *["the of , ( is"] * 200, "078-05-1121"])
    far = " ".join(["ssn", *["cat"] * 6, "078-05-1121"])
    texts = [near, far, *("x " * shift + near + " " + far for shift in (90, 250, 255, 256, 257, 511))]
    assert assert_same(texts, min_score) > 0


FOREIGN = [
    "여권 M12345678",
    "면허번호: 11-22-123456-78",
    "운전면허번호 112212345678 여권",
    "เลขประจำตัวประชาชน 1101700203450",
]


@pytest.mark.parametrize("min_score", SCORES)
def test_same_findings_near_foreign_context_words(min_score: float) -> None:
    """Words of letters that ASCII lacks count where they stand alone, and not inside of others."""
    texts = [
        *FOREIGN,
        *(f"가{one}" for one in FOREIGN),
        " ".join(FOREIGN),
        "여 권 M12345678",
        "여권" * 50 + " M12345678",
    ]
    assert assert_same(texts, min_score) > 0


def test_foreign_context_words_have_no_case() -> None:
    """They are looked for as they are, as no other character is one of theirs in lower case."""
    letters = {letter for one in everything() for word in one.context if is_foreign(word) for letter in word}
    assert len(letters) > 20
    assert all(not letters & set(one.lower()) or one in letters for one in every_character())


@pytest.mark.parametrize("min_score", SCORES)
def test_same_findings_on_labelled_text(min_score: float, shared_data: Path) -> None:
    """On the labelled synthetic set the findings are the same."""
    rows = json.loads((shared_data / "pii" / "presidio_research_synth_dataset_v2.json").read_text(encoding="utf-8"))
    assert assert_same([row["full_text"] for row in rows][::4], min_score) > 100


def test_same_findings_on_real_text(shared_data: Path) -> None:
    """On real documents of many kinds the findings are the same."""
    with gzip.open(shared_data / "cut100" / "part-00000-of-00004.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"][:4000] for _, line in zip(range(2000), lines, strict=False)]
    assert assert_same(texts[::50], 0.35) > 0


def test_the_plain_way_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Hyperscan each recognizer reads whole texts, with the same findings."""
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    fresh = tuple(Detector(one.entity, one.recognizer, one.gate) for one in everything())
    prefilter.prefilter.cache_clear()
    text = [" ".join(WORDS)]
    scan = scan_texts(text, [*fresh[::-1]], Limits(), 0.3)
    assert prefilter.prefilter.cache_info().currsize == 1
    prefilter.prefilter.cache_clear()
    assert ordered(scan.spans[0]) == ordered(list(analyze(engine(), text[0], 0.3)))


def test_countries_choose_recognizers() -> None:
    """A country's identifiers are looked for when it is named, and all when asked; an unknown one is refused."""
    assert Scrubber().detectors() == (
        *detectors(ENTITIES, PHONE_REGIONS),
        *(PhoneShapes(), CardRanges(), MoreIbans(), ReservedMail()),
    )
    british = {one.entity for one in Scrubber(countries=("GB",)).detectors()} - set(ENTITIES)
    assert british == set(entities_of(("UK",)))
    assert "UK_NHS" in british
    assert len(everything()) == len(GENERIC) + len(entities_of(("all",)))
    with pytest.raises(InvalidScrub, match="'XX'; it has them for"):
        Scrubber(countries=("XX",)).check()


def test_nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither search nor engine opens a connection."""
    import socket

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert assert_same(["my ssn is 078-05-1121, www.example.com"], 0.35) > 0


SIZE = 100_000


@pytest.mark.usefixtures("processor_time")
@pytest.mark.parametrize("piece", ["1", "1 ", "12-", "a1", "A1B2 ", "a.a.", "www.", "abcdefghij ", "HRB", "(", "0x"])
def test_catastrophic_text_ends(piece: str) -> None:
    """No repeated text takes much longer than the limit, and one that is not searched in full says so."""
    text = piece * (SIZE // len(piece))
    scan = scan_texts([text, "bob@example.com"], everything(), Limits(seconds=3.0), 0.35)
    assert scan.seconds.get(0, 0.0) < 6.0
    assert scan.status.get(0, Status.COMPLETE) is not Status.FAILED
    assert "EMAIL_ADDRESS" in {one.entity for one in scan.spans[1]}


@pytest.mark.usefixtures("processor_time")
def test_a_pan_far_from_its_digits_is_found_in_linear_time() -> None:
    """The low PAN pattern looks for digits in all the rest of a text; it costs no more for that."""
    pan = detectors(("IN_PAN",), ())
    text = "abcdefghij " * 20_000 + "1234 klmnopqrst"
    scan = scan_texts([text], pan, Limits(seconds=20.0))
    assert not scan.status
    assert len(scan.spans[0]) == 20_000
    short = text[-2000:]
    own = analyzer_engine(pan)
    assert ordered(scan_texts([short], pan, Limits()).spans[0]) == ordered(list(analyze(own, short, 0.0)))
