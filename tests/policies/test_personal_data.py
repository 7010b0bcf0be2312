"""Scrubbing replaces what is found, counts it, and lets no half-searched text through."""

from __future__ import annotations

import pickle
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import InvalidScrub
from policies.personal_data import COUNTS, Scrubbed, Scrubber, resolve_overlaps
from policies.recognizers import Span
from policies.scan import Limits

MAIL = "Write to ann@example.com or bob@example.org, again ann@example.com, from 10.1.2.3."


def scrub(scrubber: Scrubber, *texts: str | None) -> Scrubbed:
    """Scrub a few texts."""
    return scrubber.scrub(pa.array(texts, pa.string()))


def test_placeholders_by_default() -> None:
    """Findings become typed placeholders, counted by type; other texts stay as they are."""
    scrubbed = scrub(Scrubber(), MAIL, "nothing here", None, "")
    assert scrubbed.text.to_pylist() == [
        "Write to <EMAIL_ADDRESS> or <EMAIL_ADDRESS>, again <EMAIL_ADDRESS>, from <IP_ADDRESS>.",
        "nothing here",
        None,
        "",
    ]
    assert scrubbed.counts.type == COUNTS
    assert scrubbed.counts.to_pylist() == [[("EMAIL_ADDRESS", 3), ("IP_ADDRESS", 1)], [], [], []]
    assert scrubbed.edits.to_pylist() == [4, 0, 0, 0]
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


def test_numbered_placeholders_follow_first_appearance() -> None:
    """Equal values of one document have equal numbers, and each document begins anew."""
    scrubbed = scrub(Scrubber({"EMAIL_ADDRESS": "numbered", "IP_ADDRESS": "keep"}), MAIL, "x bob@example.org")
    assert scrubbed.text.to_pylist() == [
        "Write to <EMAIL_ADDRESS_1> or <EMAIL_ADDRESS_2>, again <EMAIL_ADDRESS_1>, from 10.1.2.3.",
        "x <EMAIL_ADDRESS_1>",
    ]


def test_mask_keeps_the_length_and_keep_the_text() -> None:
    """A mask has as many characters as the value; kept findings are counted, not edited."""
    scrubbed = scrub(Scrubber({"IP_ADDRESS": "mask"}, default="keep"), "é 10.1.2.3 a@example.com")
    assert scrubbed.text.to_pylist() == ["é ******** a@example.com"]
    assert scrubbed.edits.to_pylist() == [1]
    assert scrubbed.counts.to_pylist() == [[("EMAIL_ADDRESS", 1), ("IP_ADDRESS", 1)]]


def test_drop_withholds_the_document() -> None:
    """One finding with the action drop drops its document, and only that; named types are looked for."""
    scrubbed = scrub(Scrubber({"IBAN_CODE": "drop"}), "pay GB33BUKB20201555555555", "a@example.com")
    assert scrubbed.dropped.to_pylist() == [True, False]
    assert scrubbed.text.to_pylist() == [None, "<EMAIL_ADDRESS>"]
    assert scrubbed.counts.to_pylist()[0] == [("IBAN_CODE", 1)]


def test_a_partial_search_withholds_the_text() -> None:
    """A text beyond a limit has no text in the result, and its status says why."""
    scrubbed = scrub(Scrubber(limits=Limits(chars=20)), "a@example.com " * 3, "a@example.com")
    assert scrubbed.status.to_pylist() == ["partial", "complete"]
    assert scrubbed.text.to_pylist() == [None, "<EMAIL_ADDRESS>"]


def test_weak_findings_are_ignored() -> None:
    """Findings below the least score do not count: the bare double colon scores 0.1."""
    assert scrub(Scrubber(), "a :: b").counts.to_pylist() == [[]]
    assert scrub(Scrubber(min_score=0.05), "a :: b").counts.to_pylist() == [[("IP_ADDRESS", 1)]]


def test_chunks_do_not_show() -> None:
    """A batch larger than what is scanned at once gives the same as its documents one by one."""
    texts = ["x" * 3_000_000 + f" u{number}@example.com" for number in range(3)]
    scrubbed = scrub(Scrubber(), *texts)
    assert [text[3_000_000:] for text in scrubbed.text.to_pylist()] == [" <EMAIL_ADDRESS>"] * 3


def test_slices_and_empty_batches() -> None:
    """A slice of an array and an array without rows are scrubbed like any other."""
    whole = pa.array(["a@example.com", "b", "c@example.com"])
    assert Scrubber().scrub(whole[1:]).text.to_pylist() == ["b", "<EMAIL_ADDRESS>"]
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
