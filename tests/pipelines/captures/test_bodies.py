from __future__ import annotations

from typing import Any

import pyarrow as pa

from connectors.capture import CAPTURES
from pipelines.captures.bodies import BODIES, PUBLICATION, decode

HOSTILE = b"<div>" * 200_000


def bodies(*rows: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Decode captures given as dictionaries; what they leave out is null, and a page is HTML."""
    common = {"kind": "record", "media_type": "text/html", "http_status": 200}
    found = decode(pa.RecordBatch.from_pylist([{**common, **row} for row in rows], schema=CAPTURES))
    return [tuple(row[name] for name in BODIES.names) for row in found.to_pylist()]


def test_each_body_is_decoded_once_for_all() -> None:
    """Payloads by their charset, given texts as they are, HTML told apart, hostile pages marked."""
    assert bodies(
        {"payload": "<p>Grüße".encode("latin-1"), "charset": "latin-1"},
        {"payload": b"plain", "media_type": "text/plain"},
        {"text": "given", "media_type": "application/x", "http_status": None},
        {"text": "<p>given"},
        {"payload": HOSTILE},
        {"text": HOSTILE.decode()},
        {"payload": b"<html><p>untyped", "media_type": None},
        {"payload": b""},
    ) == [
        ("<p>Grüße", "windows-1252", None, True, False, None),
        ("plain", "utf-8", None, False, False, None),
        ("given", None, None, False, False, None),
        ("<p>given", None, None, True, False, None),
        (HOSTILE.decode(), "utf-8", None, True, True, None),
        (HOSTILE.decode(), None, None, True, True, None),
        ("<html><p>untyped", "utf-8", None, True, False, None),
        (None, None, None, True, False, None),
    ]


def test_what_has_no_body() -> None:
    """Errors and other types say why; failures and revisits are others' business."""
    nothing = (None, None, None, False, False)
    assert bodies(
        {"payload": b"x", "http_status": 404},
        {"text": "x", "http_status": 500},
        {"payload": b"%PDF", "media_type": "application/pdf"},
        {"payload": b"x", "failure": "truncated"},
        {"payload": b"x", "kind": "revisit"},
    ) == [
        (*nothing, "http_status"),
        (*nothing, "http_status"),
        (*nothing, "media_type"),
        (*nothing, None),
        (*nothing, None),
    ]


def test_other_columns_stay() -> None:
    """Only text and payload are replaced."""
    found = decode(pa.RecordBatch.from_pylist([], schema=CAPTURES))
    assert found.schema.names == [name for name in CAPTURES.names if name not in ("text", "payload")] + [
        *BODIES.names,
        PUBLICATION,
    ]
