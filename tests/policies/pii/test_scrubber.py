"""Scrubbing replaces what is found, counts it, and lets no half-searched text through."""

from __future__ import annotations

import pickle
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import InvalidScrub
from policies.pii.actions import Action
from policies.pii.keys import KeySource
from policies.pii.recognizers import Detector, Span
from policies.pii.scrubber import COUNTS, Scrubbed, Scrubber, resolve_overlaps
from policies.pii.search.scan import Limits
from policies.spans import FINDINGS

MAIL = "Write to ann@example.com or bob@example.org, again ann@example.com, from 10.1.2.3."


@pytest.fixture
def key(tmp_path: Path) -> KeySource:
    """Return a key in a file."""
    (tmp_path / "key").write_bytes(b"the key of these tests")
    source = KeySource.locate(tmp_path / "key")
    assert source is not None
    return source


def scrub(scrubber: Scrubber, *texts: str | None) -> Scrubbed:
    """Scrub a few texts."""
    return scrubber.scrub(pa.array(texts, pa.string()))


def test_placeholders_by_default() -> None:
    """Findings become typed placeholders, counted by type; other texts stay as they are."""
    scrubbed = scrub(Scrubber(), MAIL, "nothing here", None, "")
    assert scrubbed.text.to_pylist() == [
        "Write to <EMAIL_ADDRESS_1> or <EMAIL_ADDRESS_2>, again <EMAIL_ADDRESS_1>, from <IP_ADDRESS_1>.",
        "nothing here",
        None,
        "",
    ]
    assert scrubbed.counts.type == COUNTS
    assert scrubbed.counts.to_pylist() == [[("EMAIL_ADDRESS", 3), ("IP_ADDRESS", 1)], [], [], []]
    assert [len(edits or ()) for edits in scrubbed.edits.to_pylist()] == [4, 0, 0, 0]
    assert scrubbed.status.to_pylist() == ["complete"] * 4
    assert scrubbed.dropped.to_pylist() == [False] * 4


def test_all_four_types_are_found() -> None:
    """E-mail addresses, phone numbers, IP addresses and card numbers are found by default."""
    text = "a@example.com, +1 212 555 2368, 192.168.0.1, fe80::1, 4111 1111 1111 1111"
    assert dict(scrub(Scrubber(), text).counts.to_pylist()[0]) == {
        "EMAIL_ADDRESS": 1,
        "PHONE_NUMBER": 1,
        "IP_ADDRESS": 2,
        "CREDIT_CARD": 1,
    }


def test_placeholders_number_values_by_first_appearance() -> None:
    """Spellings of one value have one number, and each document begins anew; labels have none."""
    scrubbed = scrub(Scrubber({"IP_ADDRESS": "keep"}), MAIL.replace("again ann", "again ANN"), "x bob@example.org")
    assert scrubbed.text.to_pylist() == [
        "Write to <EMAIL_ADDRESS_1> or <EMAIL_ADDRESS_2>, again <EMAIL_ADDRESS_1>, from 10.1.2.3.",
        "x <EMAIL_ADDRESS_1>",
    ]
    assert scrub(Scrubber(default="label"), "x bob@example.org").text.to_pylist() == ["x <EMAIL_ADDRESS>"]


def test_mask_keeps_the_length_and_keep_the_text() -> None:
    """A mask has as many characters as the value; kept findings are counted, not edited."""
    scrubbed = scrub(Scrubber({"IP_ADDRESS": "mask"}, default="keep"), "é 10.1.2.3 a@example.com")
    assert scrubbed.text.to_pylist() == ["é ******** a@example.com"]
    assert scrubbed.edits.to_pylist() == [[{"start": 2, "end": 10, "length": 8}]]
    assert scrubbed.counts.to_pylist() == [[("EMAIL_ADDRESS", 1), ("IP_ADDRESS", 1)]]


def test_positions_map_back(key: KeySource) -> None:
    """The spans of edits and findings are code points of the text that came in, astral characters included."""
    text = f"𝒜é {MAIL}\n+1 212 555 2368, 4111 1111 1111 1111"
    actions: dict[str, Action | str] = {"PHONE_NUMBER": "surrogate", "IP_ADDRESS": "pseudonym", "CREDIT_CARD": "mask"}
    scrubbed = scrub(Scrubber(actions, key=key), text)
    (edits,), (findings,), (made,) = (
        column.to_pylist() for column in (scrubbed.edits, scrubbed.findings, scrubbed.text)
    )
    shift = 0
    for edit in edits:  # what stands between two edits is as it was
        shift += edit["length"] - (edit["end"] - edit["start"])
        assert made[edit["end"] + shift :].startswith(text[edit["end"] : edit["end"] + 2])
    assert len(made) == len(text) + shift
    assert [(one["start"], one["end"]) for one in edits] == [(one["start"], one["end"]) for one in findings]
    assert [text[one["start"] : one["end"]] for one in findings if one["type"] == "IP_ADDRESS"] == ["10.1.2.3"]


def test_findings_tell_all_but_the_value(key: KeySource) -> None:
    """A finding has type, recognizer, score and the hash of its normal form, with which a subject is found again."""
    scrubbed = scrub(Scrubber(default="keep", key=key), "Ann@Example.com", "nothing")
    assert scrubbed.findings.type == FINDINGS
    hashed = key.load().hash("EMAIL_ADDRESS", "ann@example.com")
    found = {"start": 0, "end": 15, "recognizer": "EmailRecognizer", "score": 1.0, "hash": hashed}
    assert scrubbed.findings.to_pylist() == [[{"type": "EMAIL_ADDRESS", **found}], None]
    assert scrub(Scrubber(), "Ann@Example.com").findings.to_pylist() == [
        [{"type": "EMAIL_ADDRESS", **found, "hash": None}]
    ]


def test_pseudonyms_are_stable_over_documents(key: KeySource) -> None:
    """A value has one pseudonym in all documents, batches and processes that have the key."""
    scrubber = Scrubber(default="pseudonym", key=key)
    first, second = scrub(scrubber, "a@example.com", "b A@example.COM").text.to_pylist()
    assert second == f"b {first}"
    assert scrub(pickle.loads(pickle.dumps(scrubber)), "a@example.com").text.to_pylist() == [first]
    assert first == f"<EMAIL_ADDRESS:{key.load().hash('EMAIL_ADDRESS', 'a@example.com')[:16]}>"


def test_thresholds_go_by_type() -> None:
    """A threshold of a type goes before the least score, upwards and downwards."""
    text = "call +1 212 555 2368 or a :: b"
    assert scrub(Scrubber(thresholds={"PHONE_NUMBER": 0.7, "IP_ADDRESS": 0.05}), text).counts.to_pylist() == [
        [("IP_ADDRESS", 1)]
    ]


def test_a_phone_number_needs_more_than_digits_in_use() -> None:
    """Digits that are in use as a number somewhere count with a word beside them, or where the threshold is lower."""
    bare, named = "add 020 7946 0958 cups", "telephone 020 7946 0958"
    low = Scrubber(thresholds={"PHONE_NUMBER": 0.35})
    digits = "see 2125552368 there"
    assert [len(row) for row in scrub(Scrubber(), digits, bare, named).counts.to_pylist()] == [0, 1, 1]
    assert [len(row) for row in scrub(low, digits).counts.to_pylist()] == [1]


def test_drop_withholds_the_document() -> None:
    """One finding with the action drop drops its document, and only that; named types are looked for."""
    scrubbed = scrub(Scrubber({"IBAN_CODE": "drop"}), "pay GB33BUKB20201555555555", "a@example.com")
    assert scrubbed.dropped.to_pylist() == [True, False]
    assert scrubbed.text.to_pylist() == [None, "<EMAIL_ADDRESS_1>"]
    assert scrubbed.counts.to_pylist()[0] == [("IBAN_CODE", 1)]


def test_a_partial_search_withholds_the_text() -> None:
    """A text beyond a limit has no text in the result, and its status says why."""
    scrubbed = scrub(Scrubber(limits=Limits(chars=20)), "a@example.com " * 3, "a@example.com")
    assert scrubbed.status.to_pylist() == ["partial", "complete"]
    assert scrubbed.text.to_pylist() == [None, "<EMAIL_ADDRESS_1>"]


class Slow(Scrubber):
    """Searches with a pattern that takes forever on some texts, and with another that does not."""

    def detectors(self) -> tuple[Detector, ...]:
        """Return both detectors."""
        from presidio_analyzer import Pattern, PatternRecognizer

        slow = PatternRecognizer("SLOW", patterns=[Pattern("slow", r"(a|aa|a?a)+$", 0.5)])
        return (*Scrubber(entities=("EMAIL_ADDRESS",)).detectors(), Detector("SLOW", slow, None))


@pytest.mark.usefixtures("processor_time")
def test_a_pattern_that_times_out_withholds_the_text() -> None:
    """Presidio only logs a regex time-out; the text is withheld as partial, or scrubbed of what the others found."""
    text, limits = "a" * 200 + "b a@example.com", Limits(seconds=0.05)
    scrubbed = scrub(Slow(limits=limits), text, "fine")
    assert scrubbed.status.to_pylist() == ["partial", "complete"]
    assert scrubbed.text.to_pylist() == [None, "fine"]
    kept = scrub(Slow(limits=limits, incomplete="keep"), text)
    assert (kept.status.to_pylist(), kept.text[0].as_py()[201:]) == (["partial"], " <EMAIL_ADDRESS_1>")


def test_a_partial_search_replaces_what_it_found_if_told_to_keep() -> None:
    """Where incomplete texts are kept, their findings are replaced and the status still says partial."""
    text = "4 1" * 10_000 + " a@example.com"
    kept = scrub(Scrubber(incomplete="keep"), text)
    assert (kept.status.to_pylist(), scrub(Scrubber(), text).text.to_pylist()) == (["partial"], [None])
    assert kept.text[0].as_py().endswith(" <EMAIL_ADDRESS_1>")


def test_weak_findings_are_ignored() -> None:
    """Findings below the least score do not count: the bare double colon scores 0.1."""
    assert scrub(Scrubber(), "a :: b").counts.to_pylist() == [[]]
    assert scrub(Scrubber(min_score=0.05), "a :: b").counts.to_pylist() == [[("IP_ADDRESS", 1)]]


def test_chunks_do_not_show() -> None:
    """A batch larger than what is scanned at once gives the same as its documents one by one."""
    texts = ["x" * 3_000_000 + f" u{number}@example.com" for number in range(3)]
    scrubbed = scrub(Scrubber(), *texts)
    assert [text[3_000_000:] for text in scrubbed.text.to_pylist()] == [" <EMAIL_ADDRESS_1>"] * 3


def test_slices_and_empty_batches() -> None:
    """A slice of an array and an array without rows are scrubbed like any other."""
    whole = pa.array(["a@example.com", "b", "c@example.com"])
    assert Scrubber().scrub(whole[1:]).text.to_pylist() == ["b", "<EMAIL_ADDRESS_1>"]
    empty = Scrubber().scrub(whole[:0])
    assert (len(empty.text), len(empty.counts), empty.counts.type) == (0, 0, COUNTS)


def test_a_scrubber_is_plain_data() -> None:
    """A scrubber can be sent to a worker and does the same there."""
    scrubber = Scrubber({"IP_ADDRESS": "mask"})
    again = pickle.loads(pickle.dumps(scrubber))
    assert again == scrubber
    assert scrub(again, MAIL).text == scrub(scrubber, MAIL).text


@pytest.mark.parametrize(
    ("scrubber", "says"),
    [
        (lambda: Scrubber({"EMAIL_ADDRESS": "placehodler"}), "did you mean 'placeholder'"),
        (lambda: Scrubber(default="hide"), "the action 'hide' is unknown"),
        (lambda: Scrubber(min_score=2), "between 0 and 1"),
        (lambda: Scrubber(limits=Limits(seconds=0)), "above 0"),
        (lambda: Scrubber(thresholds={"EMAIL_ADDRESS": 1.5}), "EMAIL_ADDRESS must be between 0 and 1"),
        (lambda: Scrubber(thresholds={"US_ITIN": 0.5}), "'US_ITIN', which is not looked for"),
        (lambda: Scrubber({"EMAIL_ADDRESS": "pseudonym"}), "needs a key.*CORPUSHUB_PII_KEY"),
        (lambda: Scrubber(default="surrogate"), "'surrogate' needs a key"),
        (lambda: Scrubber({"EMAIL_ADRESS": "mask"}).check(), "did you mean 'EMAIL_ADDRESS'"),
        (lambda: Scrubber(regions=("UK",)).check(), "no region 'UK'"),
    ],
)
def test_refuses_settings_that_cannot_be_meant(scrubber: object, says: str) -> None:
    """Unknown actions, types and regions and values out of range are refused with a way out."""
    assert callable(scrubber)
    with pytest.raises(InvalidScrub, match=says):
        scrubber()


SPANS = st.builds(
    lambda start, length, score, entity: Span(entity, start, start + length, score),
    st.integers(0, 30),
    st.integers(1, 8),
    st.sampled_from([0.4, 0.5, 1.0]),
    st.sampled_from(["A", "B"]),
)


@given(st.lists(SPANS, max_size=12))
def test_overlaps_are_resolved_whatever_the_order(spans: list[Span]) -> None:
    """The winners do not overlap, do not depend on the order given, and every loser overlaps a winner as strong."""
    kept = resolve_overlaps(spans)
    assert all(left.end <= right.start for left, right in pairwise(kept))
    assert resolve_overlaps(reversed(spans)) == kept
    for span in spans:
        assert any(one.start < span.end and span.start < one.end and one.score >= span.score for one in kept)
