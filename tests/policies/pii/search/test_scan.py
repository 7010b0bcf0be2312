"""The gated search finds exactly what Presidio's engine finds in the whole text, or says that it did not look."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.pii.phones.numbers import PHONE_REGIONS
from policies.pii.presidio_engine import analyze, analyzer_engine
from policies.pii.recognizers import Detector, Span, detectors
from policies.pii.scrubber import Scrubber
from policies.pii.search.scan import Limits, Status, scan_texts

ENTITIES = ("EMAIL_ADDRESS", "PHONE_NUMBER", "IP_ADDRESS", "CREDIT_CARD")
DETECTORS = {detector.entity: detector for detector in detectors(ENTITIES, PHONE_REGIONS)}

PIECES = {
    "EMAIL_ADDRESS": """
a b.c é x_1 @ @ . .. - -- + | ' ! # ~ _ , ; < > com org 9 例 @x.org a@b.co ß K xn--80ak
""",
    "IP_ADDRESS": """
1 25 255 256 . . .. : :: : / /24 % %eth0 ffff fe80 a g G _ , - é 10.0.0.1 ::1 0 ſ ٣ x
""",
    "CREDIT_CARD": """
4111 1111 1 13 4 3782 822463 10005 5500 - - -- _ a é . 4111111111111111 ٣ 6011 0004
""",
    "PHONE_NUMBER": """
1 0 00 +1 + +49 ( ) - - / . x xx ext. ext # ~ , ;ext= int anexo доб 030 212 555 0123 2125550123 1690 1999 1641
2019-05-12 08:00 :30 044 020 7946 0958 0151 23456789 98765 43210 ٣ é a $ % € tel: 12345678901234567890123
""",
}
ADVERSARIAL = [
    "a@b.c@d.e.f|g@h.ij,k@l.mn",
    "++@b.com@c.org a+@b.com+d@e.org",
    "me@a.b.c-.com me@-a.com me@a--b.com .me@a.com me.@a.com x..y@a.com",
    "é@bücher.example 用户@例え.jp first.last@xn--80ak6aa92e.com",
    "std::string a::b ::1 fe80::1%eth0/64 ::ffff:10.0.0.1 1:2:3:4:5:6:7:8 1:2:3:4:5:6:1.2.3.4",
    "1.2.3.4.5.6.7.8 1.2.3.4/33 256.1.1.1 x1.2.3.4 1.2.3.4x é1.2.3.4 ::x x::1 :::1 1::2::3",
    "4111111111111111 4111-1111-1111-1111 4111 1111 1111 1111 x4111111111111111 1234567890123456 1111111111111",
    "+1 (212) 555-0123 ext. 5, 212.555.0123x9 / x8 020 7946 0958 (020) 7946 0958 +49 30 901820 030/901820",
    "pages 211-227 (2003) 3/10/2011 2012-01-02 08:00 2012-01-02 08:00:30 a2125550123 2125550123a $2125550123",
    "1640 1641, 1690 and 1999: 1699 01641 0164 16 41 1-6-4-1 (1690) ２１２５５５０１２３ ٢١٢٥٥٥٠١٢٣",
    "12345678901234567890123456 212 555 0123\n212-555\n0123 212 555     0123",
    "212 555 0123          ext 77 212--555--0123",
    "212x555x0123 1x2x3x4x5x6x7 22 e 33 44 55 212 555 0123, ext. 4 212 555 0123 - 5# 212,555,0123",
]


def whole(detector: Detector, text: str) -> list[Span]:
    """Return what Presidio finds in the whole text with this recognizer alone, in order."""
    found = analyze(analyzer_engine([detector]), text, 0.0)
    return sorted(found, key=lambda one: (one.start, one.end, one.score))


def gated(detector: Detector, texts: list[str]) -> list[list[Span]]:
    """Return what the gated search finds in each text, in order."""
    scan = scan_texts(texts, [detector], Limits())
    assert not scan.status
    return [
        sorted(scan.spans.get(number, []), key=lambda one: (one.start, one.end, one.score))
        for number in range(len(texts))
    ]


@pytest.mark.parametrize("entity", ENTITIES)
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_same_spans_on_generated_text(entity: str, data: st.DataObject) -> None:
    """Whatever pieces of the recognizer's syntax are put together, gate and whole text agree."""
    text = st.lists(st.sampled_from([*PIECES[entity].split(), " ", "\n", "\t"]), max_size=24).map("".join)
    texts = data.draw(st.lists(text, min_size=1, max_size=3))
    assert gated(DETECTORS[entity], texts) == [whole(DETECTORS[entity], one) for one in texts]


@pytest.mark.parametrize("entity", ENTITIES)
def test_same_spans_on_adversarial_text(entity: str) -> None:
    """Strings made to break a gate do not, alone, together or turned round."""
    texts = [*ADVERSARIAL, *(one[::-1] for one in ADVERSARIAL), " ".join(ADVERSARIAL), "\n".join(ADVERSARIAL)]
    assert gated(DETECTORS[entity], texts) == [whole(DETECTORS[entity], one) for one in texts]


def test_same_spans_for_other_regions() -> None:
    """The phone gate follows the regions: short, transformed and plus-only numbers included."""
    text = "9123 456 789 0549 991234 991234 229 3123 13 12 34 242-365-1234 365-1234 +4312 1 23 4567 12345"
    for regions in (("SM", "BS"), ("AT", "TK", "NU"), ("AU", "NZ", "KR"), ()):
        detector = Scrubber(entities=("PHONE_NUMBER",), regions=regions).detectors()[0]
        assert gated(detector, [text]) == [whole(detector, text)]


def test_every_short_number_is_decided_as_libphonenumber_does() -> None:
    """Of all four-digit strings the gate lets through those that are numbers in Germany, which has the shortest."""
    detector = Scrubber(entities=("PHONE_NUMBER",), regions=("DE",)).detectors()[0]
    text = "\n".join(f"{number:04}" for number in range(10_000))
    found = gated(detector, [text])[0]
    assert found == whole(detector, text)
    assert len(found) == 30


@pytest.mark.parametrize("entity", ENTITIES)
def test_same_spans_on_labelled_text(entity: str, shared_data: Path) -> None:
    """On the labelled synthetic set gate and whole text agree, and something is found."""
    rows = json.loads((shared_data / "pii" / "presidio_research_synth_dataset_v2.json").read_text(encoding="utf-8"))
    texts = [row["full_text"] for row in rows][:: 4 if entity == "PHONE_NUMBER" else 1]
    found = gated(DETECTORS[entity], texts)
    assert found == [whole(DETECTORS[entity], one) for one in texts]
    assert any(found)


def test_a_small_iban_is_one() -> None:
    """Case does not matter to a recognizer, as it does not where Presidio's registry loads it."""
    detector = Scrubber(entities=("IBAN_CODE",)).detectors()[0]
    text = "pay gb33bukb20201555555555 now"
    assert [(one.start, one.end) for one in gated(detector, [text])[0]] == [(4, 26)]
    assert gated(detector, [text]) == [whole(detector, text)]


def test_entities_without_a_gate_read_the_whole_text() -> None:
    """Another of Presidio's recognizers works as it is."""
    detector = Scrubber(entities=("IBAN_CODE",)).detectors()[0]
    text = "no, then GB33BUKB20201555555555 and so on"
    assert gated(detector, ["", text]) == [[], whole(detector, text)]
    assert whole(detector, text)


class Broken:
    """Stands in for a recognizer with a fault: it raises with the text in its message."""

    def analyze(self, text: str, entities: list[str], artifacts: Any) -> list[Any]:
        """Raise."""
        raise IndexError(text)


def test_an_exception_is_counted_and_tells_nothing() -> None:
    """A failing recognizer marks its texts failed; neither value nor message is kept."""
    broken = Detector("EMAIL_ADDRESS", Broken(), DETECTORS["EMAIL_ADDRESS"].gate)
    scan = scan_texts(["secret@example.com", "nothing"], [broken, DETECTORS["IP_ADDRESS"]], Limits())
    assert scan.status == {0: Status.FAILED}
    assert scan.problems == {"EMAIL_ADDRESS: IndexError": 1}
    assert "secret" not in repr(scan)


@pytest.mark.usefixtures("processor_time")
def test_a_pattern_that_times_out_leaves_a_partial_scan() -> None:
    """Presidio only logs a regex time-out; here the status says that the text was not searched in full."""
    from presidio_analyzer import Pattern, PatternRecognizer, pattern_recognizer

    before = pattern_recognizer.REGEX_TIMEOUT_SECONDS
    bomb = PatternRecognizer("BOMB", patterns=[Pattern("bomb", r"(a|aa|a?a)+$", 0.5)])
    scan = scan_texts(["a" * 200 + "b", "fine"], [Detector("BOMB", bomb, None)], Limits(seconds=0.05))
    assert scan.status == {0: Status.PARTIAL}
    assert before == pattern_recognizer.REGEX_TIMEOUT_SECONDS


SIZE = 5_000_000
PATHOLOGICAL = [
    ("digits", "1", "", Status.PARTIAL),
    ("spaced digits", "1 ", "", Status.PARTIAL),
    ("at signs", "@", "", Status.COMPLETE),
    ("dotted letters", "a.a.a.", "", Status.COMPLETE),
    ("dotted letters before an address", "a.a.a.", "a@b.co", Status.PARTIAL),
    ("unfinished addresses", "a@", "", Status.COMPLETE),
    ("dotted digits", "1.", "", Status.PARTIAL),
    ("colons", ":", "", Status.PARTIAL),
    ("hexadecimal groups", "a:", "", Status.PARTIAL),
    ("brackets", "(", "", Status.COMPLETE),
]


@pytest.mark.usefixtures("processor_time")
@pytest.mark.parametrize(("piece", "end", "status"), [pytest.param(*row[1:], id=row[0]) for row in PATHOLOGICAL])
def test_catastrophic_text_ends_with_the_right_status(piece: str, end: str, status: Status) -> None:
    """No text of 5 MB takes longer than the limit, one that is not searched in full says so, and the next is fine."""
    text = piece * (SIZE // len(piece)) + end
    scan = scan_texts([text, "bob@example.com"], DETECTORS.values(), Limits(seconds=20.0))
    assert scan.status.get(0, Status.COMPLETE) is status
    assert [one.entity for one in scan.spans[1]] == ["EMAIL_ADDRESS"]
    assert scan.seconds.get(0, 0.0) < 20.0


@pytest.mark.usefixtures("processor_time")
def test_a_line_of_50_mb_is_not_searched() -> None:
    """A text beyond the limit on characters costs nothing and is partial; raising the limit searches it in full."""
    text = "lorem ipsum " * (50_000_000 // 12) + "bob@example.com"
    assert scan_texts([text], DETECTORS.values(), Limits()).status == {0: Status.PARTIAL}
    scan = scan_texts([text], DETECTORS.values(), Limits(chars=60_000_000))
    assert not scan.status
    assert len(scan.spans[0]) == 1


@pytest.mark.usefixtures("processor_time")
def test_many_addresses_in_one_text_are_all_found() -> None:
    """A text of 100,000 e-mail addresses is searched in full."""
    text = " ".join(f"user{number}@example.com" for number in range(100_000))
    scan = scan_texts([text], [DETECTORS["EMAIL_ADDRESS"]], Limits())
    assert not scan.status
    assert len(scan.spans[0]) == 100_000
