"""Identities depend on what a record is, and on nothing else."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.batches import Row, batch
from pipelines.handover.ids import CONTENT_ID, DOC_ID, as_hex, content_ids, digest, doc_ids, failed_id

ROWS = st.tuples(
    st.none() | st.text(max_size=4),
    st.none() | st.text(max_size=6),
    st.none() | st.integers(0, 2**40),
    st.none() | st.text(max_size=8),
    st.none() | st.text(max_size=4),
).map(
    lambda values: Row(
        source_id=values[0], uri=values[1], captured_at=values[2], text=values[3], payload_digest=values[4]
    )
)
WITH_ID = Row(source_id="7", uri="http://site.example/", captured_at=1, text="some words")
WITHOUT_ID = Row(uri="http://site.example/", captured_at=1, payload=b"some bytes")


def ids_of(rows: list[Row], source: str = "s") -> list[bytes]:
    """Return the doc_ids of *rows*."""
    found: list[bytes] = doc_ids(source, batch(rows)).to_pylist()
    return found


def id_of(row: Row, source: str = "s", **changes: Any) -> bytes:
    """Return the doc_id of *row* after *changes*."""
    return ids_of([row._replace(**changes)], source)[0]


@settings(deadline=None, max_examples=50)
@given(st.lists(ROWS, min_size=1, max_size=12), st.data())
def test_batches_have_no_say(rows: list[Row], data: st.DataObject) -> None:
    """Where batches are cut changes no doc_id."""
    at = data.draw(st.integers(0, len(rows)))
    pieces = [ids_of(piece) for piece in (rows[:at], rows[at:]) if piece]

    assert [one for piece in pieces for one in piece] == ids_of(rows)
    assert doc_ids("s", batch(rows).slice(at)).to_pylist() == ids_of(rows)[at:]


@settings(deadline=None, max_examples=50)
@given(st.lists(ROWS, min_size=1, max_size=12), st.data())
def test_order_has_no_say(rows: list[Row], data: st.DataObject) -> None:
    """A capture has the same doc_id wherever it stands among others."""
    order = data.draw(st.permutations(range(len(rows))))
    ids = ids_of(rows)

    assert ids_of([rows[i] for i in order]) == [ids[i] for i in order]


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "other words"},
        {"uri": "http://other.example/"},
        {"captured_at": 2},
        {"payload_digest": "sha1:x"},
        {"license": "MIT"},
        {"offset": 9, "length": 9},
    ],
)
def test_record_with_an_id_is_that_id(changes: dict[str, Any]) -> None:
    """An edited or moved record keeps its doc_id."""
    assert id_of(WITH_ID, **changes) == id_of(WITH_ID)


def test_id_belongs_to_its_source() -> None:
    """The same id in another source is another document, and so is another id."""
    others = {id_of(WITH_ID, "t"), id_of(WITH_ID, source_id="8"), id_of(WITHOUT_ID), id_of(WITHOUT_ID, "t")}

    assert len(others | {id_of(WITH_ID)}) == 5


@pytest.mark.parametrize(
    "changes",
    [{"uri": "http://other.example/"}, {"uri": None}, {"captured_at": 2}, {"captured_at": None}, {"payload": b"other"}],
)
def test_capture_is_its_uri_date_and_bytes(changes: dict[str, Any]) -> None:
    """Without an id, another URI, date or body makes another doc_id."""
    assert id_of(WITHOUT_ID, **changes) != id_of(WITHOUT_ID)


@pytest.mark.parametrize(
    "changes",
    [
        {"offset": 9, "length": 9},
        {"media_type": "text/html", "charset": "utf-8"},
        {"license": "MIT"},
        {"payload_digest": "sha1:x"},
        {"payload": None, "text": "some bytes"},
    ],
)
def test_place_and_container_have_no_say(changes: dict[str, Any]) -> None:
    """Where and how a capture is stored changes no doc_id, nor does a digest that was only declared."""
    assert id_of(WITHOUT_ID, **changes) == id_of(WITHOUT_ID)


def test_capture_without_bytes_is_known_by_its_declared_digest() -> None:
    """Two revisits of a URI in one second differ if they declare other payloads."""
    revisit = WITHOUT_ID._replace(payload=None, payload_digest="sha1:x")

    assert id_of(revisit, payload_digest="sha1:y") != id_of(revisit)


def test_failed_record_is_known_by_content_and_place() -> None:
    """A failed record's id changes with the source, the file's content and the offset."""
    keys = [("s", "d", 0), ("t", "d", 0), ("s", "e", 0), ("s", "d", 1)]

    assert len({failed_id(*key) for key in keys}) == 4
    assert {len(failed_id(*key)) for key in keys} == {16}


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(max_size=8), max_size=8))
def test_content_id_is_the_sha256_of_the_text(texts: list[str]) -> None:
    """Anyone can compute a content_id from the UTF-8 bytes of the text."""
    found = content_ids(pa.array(texts, pa.string()))

    assert found.type == CONTENT_ID
    assert found.to_pylist() == [hashlib.sha256(text.encode()).digest() for text in texts]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.none() | st.binary(min_size=16, max_size=16), max_size=8), st.integers(0, 8), st.integers(1, 8))
def test_hex_is_what_python_spells(ids: list[bytes | None], start: int, size: int) -> None:
    """Ids are spelled as bytes.hex does, nulls stay null, in slices and chunks too."""
    expected = [one.hex() if one is not None else None for one in ids]
    column = pa.array(ids, DOC_ID)
    chunks = pa.chunked_array([column.slice(at, size) for at in range(0, len(ids), size)], DOC_ID)

    assert as_hex(column).to_pylist() == expected
    assert as_hex(column.slice(start)).to_pylist() == expected[start:]
    assert as_hex(chunks).to_pylist() == expected


def test_hex_of_nulls_needs_no_other_import() -> None:
    """The module imports what it uses, whichever module is imported first."""
    program = "import pyarrow as pa, pipelines.handover.ids as i; i.as_hex(pa.nulls(1, i.DOC_ID))"

    assert subprocess.run([sys.executable, "-c", program], check=False, capture_output=True).returncode == 0


def test_digest_knows_no_order_of_keys() -> None:
    """Equal settings have equal digests; a changed value or type changes them."""
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1})
    assert len({digest({"a": 1}), digest({"a": 2}), digest({"a": "1"}), digest([["a", 1]])}) == 4
