"""From captures to licence evidence: choose the pages, refuse hostile ones, read the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.capture import Kind
from pipelines.encodings import decode_body
from pipelines.extract import COST_PER_BYTE, HTML_TYPES, MAX_PARSE_COST, NOT_PROSE
from pipelines.markup import parse_cost
from policies.evidence import Evidence, Scope, Where
from policies.markup import Page, evidence_of, may_speak_each
from policies.markup.page import headers_of
from policies.markup.tags import tag_evidence

UNREAD: Final = Evidence("page", Where.BODY, Scope.PAGE, "", "unread", "unknown")
"""What stands for a page that is too costly to parse: nobody knows what it says, so it is no permission."""

Reader = Callable[[Page], Iterable[Evidence]]


def rights_evidence(batch: pa.RecordBatch, more: Reader | None = None) -> list[list[Evidence]]:
    """Return the evidence that each capture of *batch* (CAPTURES, n rows) holds itself: n lists.

    HTML is read by policies.markup and, from the same parse, by *more* (meta elements of consent signals); other text
    only for SPDX tags. Failures, revisits and answers that are not 200 have none. A page without a trace of rights is
    not parsed; one that would cost too much (pipelines.markup.parse_cost, the bound of extraction) is UNREAD.
    """
    texts = _texts(batch)
    markup = pc.fill_null(pc.is_in(batch["media_type"], pa.array(sorted(HTML_TYPES))), False).to_pylist()
    speaks = may_speak_each(texts)
    columns = (batch["uri"], batch["rights_headers"])
    rows = zip(texts, speaks.to_pylist(), markup, *(column.to_pylist() for column in columns), strict=True)
    return [_row(text, bool(may), html, (uri, lines), more) for text, may, html, uri, lines in rows]


def _row(
    text: pa.LargeStringScalar, may: bool, html: bool, about: tuple[str | None, str | None], more: Reader | None
) -> list[Evidence]:
    uri, lines = about
    if not text.is_valid or not (may or lines):
        return []
    source = text.as_buffer().to_pybytes() if may else b""
    if not html:
        return list(tag_evidence(source.decode()))
    return page_rights(source, lines, uri, more)


def page_rights(html: bytes, lines: str | None, uri: str | None, more: Reader | None = None) -> list[Evidence]:
    """Return the evidence of one page, *html* in UTF-8; *lines* are its rights_headers."""
    if not affordable(html):
        return [UNREAD]
    page = Page(html, headers_of(lines), uri)
    return [*evidence_of(page), *(more(page) if more else ())]


def affordable(html: bytes) -> bool:
    """Tell whether parsing *html* (UTF-8) stays within the bound that extraction sets."""
    return parse_cost(html) <= MAX_PARSE_COST + COST_PER_BYTE * len(html)


def _texts(batch: pa.RecordBatch) -> pa.LargeStringArray:
    """Return the source of each capture that is to be read, null for the others."""
    live = pc.and_(pc.is_null(batch["failure"]), pc.fill_null(pc.not_equal(batch["kind"], Kind.REVISIT.value), True))
    live = pc.and_(live, pc.fill_null(pc.equal(batch["http_status"], 200), True))
    return pa.array([_text(batch, row) if one else None for row, one in enumerate(live.to_pylist())], pa.large_string())


def _text(batch: pa.RecordBatch, row: int) -> str | None:
    given, payload = batch["text"][row], batch["payload"][row]
    kind: str = batch["media_type"][row].as_py() or "text/plain"
    if given.is_valid or not payload.is_valid:
        return str(given) if given.is_valid else None
    if kind not in HTML_TYPES and (not kind.startswith("text/") or kind in NOT_PROSE):
        return None
    return decode_body(payload.as_py(), batch["charset"][row].as_py(), markup=kind in HTML_TYPES)[0]
