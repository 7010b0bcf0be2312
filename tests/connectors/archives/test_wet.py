from __future__ import annotations

from collections.abc import Callable
from typing import Any

Read = Callable[..., list[dict[str, Any]]]
Write = Callable[[str, bytes], str]
Build = Callable[..., bytes]


def test_conversions_are_texts(write: Write, read: Read, warc_record: Build) -> None:
    """Only conversion records are captures, and their block is text."""
    parts = [
        warc_record(b"a: b", "warcinfo"),
        warc_record("Grüße\n世界".encode(), "conversion", Content_Type="text/plain"),
        warc_record(b"HTTP/1.1 200 OK\r\n\r\n<p>", "response"),
        warc_record(b"", "conversion", Content_Type=""),
    ]
    found = read("wet", write("t.wet", b"".join(parts)))

    assert [(row["text"], row["media_type"], row["payload"], row["http_status"]) for row in found] == [
        ("Grüße\n世界", "text/plain", None, None),
        ("", "text/plain", None, None),
    ]


def test_a_text_that_is_not_utf8_fails_alone(write: Write, read: Read, warc_record: Build) -> None:
    """The other texts are read, and the failed one keeps its URL."""
    data = warc_record(b"\xff\xfe", "conversion") + warc_record(b"good", "conversion")

    found = read("wet", write("t.wet", data))

    assert [(row["text"], row["failure"]) for row in found] == [(None, "bad_encoding"), ("good", None)]
    assert found[0]["uri"] == "http://site.example/page"
