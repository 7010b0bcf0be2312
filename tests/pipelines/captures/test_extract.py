import unicodedata
from time import process_time
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.capture import CAPTURES
from pipelines.captures.bodies import decode
from pipelines.captures.extract import Extracted, extract, html_text
from pipelines.captures.extraction.text import Mode
from pipelines.kernels.canonical import canonical
from pipelines.reasons import Reason

PARAGRAPH = "The ship left the harbour early in the morning, and nobody who stood on the quay saw it again. " * 3
PAGE = (
    f"<html><body><nav><a href=/x>Menu entry</a></nav><article><p>{PARAGRAPH}</p><p>Second.</p></article></body></html>"
)


def _extract(mode: Mode = "main", **fields: Any) -> tuple[str | None, str | None, str | None, float | None]:
    row = {"kind": "record", "http_status": 200, "media_type": "text/html", **fields}
    other = {"kind": "record", "text": "a neighbour"}
    batch = pa.RecordBatch.from_pylist([other, row, other], schema=CAPTURES)
    bodies = decode(batch.slice(1))
    found = extract(bodies, mode)
    assert found.text[1].as_py() == "a neighbour"
    return tuple(column[0].as_py() for column in (found.text, bodies["encoding"], found.reasons, found.values))


def test_main_mode_leaves_out_navigation_and_full_mode_keeps_it() -> None:
    """Main content is the article; the full text has the menu too."""
    main, full = _extract("main", payload=PAGE.encode())[0], _extract("full", payload=PAGE.encode())[0]
    assert main == f"{PARAGRAPH.strip()}\n\nSecond."
    assert full is not None
    assert "Menu entry" in full
    assert "Second." in full


def test_given_text_is_taken_as_it_is() -> None:
    """A text that came as text needs no type and no encoding, and is made canonical."""
    assert _extract(text=" a\r\nb ", media_type=None, http_status=None) == ("a\nb", None, None, None)


@pytest.mark.parametrize("media_type", ["text/plain", "text/markdown", "text/x-rst"])
def test_plain_text_is_decoded(media_type: str) -> None:
    """Plain text is decoded by its charset and otherwise left alone, tags and all."""
    payload = "Grüße <b>".encode("latin1")
    assert _extract(media_type=media_type, charset="iso-8859-1", payload=payload) == (
        "Grüße <b>",
        "windows-1252",
        None,
        None,
    )


@pytest.mark.parametrize(
    "media_type", ["application/pdf", "image/png", "text/css", "text/javascript", "text/csv", None]
)
def test_other_types_have_no_text(media_type: str | None) -> None:
    """What is neither HTML nor plain text is dropped for its type."""
    assert _extract(media_type=media_type, payload=b"%PDF-1.7") == (None, None, Reason.MEDIA_TYPE, None)


def test_an_untyped_body_that_opens_like_html_is_html() -> None:
    """Without a declared type, the opening decides."""
    assert _extract(media_type=None, payload=b"\n <!DOCTYPE html><p>Hello")[0] == "Hello"
    assert _extract(media_type=None, payload=b"<html><p>Hello")[0] == "Hello"


def test_a_bad_status_comes_before_all_else() -> None:
    """A response that is not 200 is dropped with its status, whatever it holds."""
    expected = (None, None, Reason.HTTP_STATUS, 404.0)
    assert _extract(http_status=404, payload=PAGE.encode()) == expected
    assert _extract(http_status=404, media_type="image/png", payload=b"x") == expected
    assert _extract(http_status=404, text="x") == expected


@pytest.mark.parametrize(
    "fields", [{"failure": "truncated"}, {"kind": "revisit"}, {"kind": "revisit", "http_status": 304}]
)
def test_failures_and_revisits_are_passed_over(fields: dict[str, Any]) -> None:
    """The caller accounts for failed records and revisits: they have neither text nor reason here."""
    assert _extract(**fields) == (None, None, None, None)


@pytest.mark.parametrize(
    "fields", [{"payload": b""}, {"payload": None}, {"payload": b"<p> \0 </p>"}, {"text": " \n\0"}]
)
def test_nothing_left_is_empty(fields: dict[str, Any]) -> None:
    """No text after extraction is a drop, not an empty document."""
    text, _, reason, value = _extract(**fields)
    assert (text, reason, value) == (None, Reason.EMPTY, None)


def test_an_empty_batch_has_empty_results() -> None:
    """No captures give no texts."""
    found: Extracted = extract(decode(pa.RecordBatch.from_pylist([], schema=CAPTURES)), "main")
    assert [len(column) for column in (found.text, found.reasons, found.values)] == [0] * 3


@pytest.mark.parametrize(
    "page",
    [
        b"<div>" * 1_000_000 + b"deep",
        b"<div>" * 100_000 + b"deep" + b"</div>" * 100_000,
        b"".join(b"<font color=%d>x<p>" % i for i in range(20_000)),
        b"<p " + b"".join(b"a%d=1 " % i for i in range(200_000)) + b">x",
    ],
)
@pytest.mark.parametrize("mode", ["main", "full"])
def test_pages_made_to_hurt_are_refused_at_once(page: bytes, mode: Mode) -> None:
    """What would take minutes or gigabytes to parse is a failed extraction."""
    assert _extract(mode, payload=page)[2] == Reason.TOO_COSTLY


@pytest.mark.parametrize(
    "page", [b"<p>a\0b" * 20_000, b"<" * 200_000, b"<!--" * 50_000, b"&#xD800;<p>x", bytes(range(256)) * 500]
)
@pytest.mark.parametrize("mode", ["main", "full"])
def test_odd_pages_are_parsed(page: bytes, mode: Mode) -> None:
    """NULs, stray brackets, unended comments, surrogates and plain noise do no harm."""
    found = _extract(mode, payload=page)
    assert found[2] in (None, Reason.EMPTY)
    assert "\0" not in (found[0] or "")


def test_large_flat_pages_are_parsed_in_time_linear_in_their_size() -> None:
    """Fifty megabytes of text in one element, or of long paragraphs, take seconds of the processor, and not minutes."""
    began = process_time()
    assert len(html_text(b"<p>" + b"word " * 10_000_000, "full") or "") > 49_000_000
    assert process_time() - began < 60


@given(
    st.lists(
        st.one_of(
            st.none(), st.text(st.characters(exclude_categories=["Cs"])), st.text(st.sampled_from("\r\n\0 e\u0301x"))
        )
    )
)
@settings(deadline=None)
def test_canonical_text_stays_canonical(texts: list[str | None]) -> None:
    """Canonical text has no NUL or carriage return, is NFC and trimmed, and does not change again; nulls stay."""
    once = canonical(pa.array(texts, pa.string()))
    assert canonical(once).equals(once)
    for before, after in zip(texts, once.to_pylist(), strict=True):
        assert (before is None) == (after is None)
        assert not after or not ({"\0", "\r"} & set(after) or after[0] in " \n" or after[-1] in " \n")
        assert after is None or unicodedata.is_normalized("NFC", after)


def test_no_code_point_escapes_the_quick_check() -> None:
    """Alone, between letters, and after a letter with a mark, every code point ends as the standard library has it."""
    for shape in ("{}", "a{}b", "e\u0323{}", "\uac00{}", "{}\u0301"):
        texts = [shape.format(chr(code)) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
        plain = [text.replace("\0", "").replace("\r", "\n") for text in texts]
        wanted = pc.utf8_trim_whitespace(pa.array([unicodedata.normalize("NFC", text) for text in plain]))
        assert canonical(pa.array(texts)).equals(wanted)


def test_canonical_text_loses_nothing_else() -> None:
    """Line ends of every kind become one newline each; inner white space stays."""
    texts = pa.array(["skipped", " a\r\nb\rc\n\n d\t\0e ", "cafe\u0301", None])[1:]
    assert canonical(texts).to_pylist() == ["a\nb\nc\n\n d\te", "café", None]
