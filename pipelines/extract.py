"""From captures to canonical text: choose what has text, decode it, and take it out of its markup."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLParserException, HTMLTree

from connectors.capture import Kind
from pipelines.canonical import canonical
from pipelines.encodings import decode_body
from pipelines.markup import parse_cost
from pipelines.reasons import Reason

Mode = Literal["main", "full"]

_NOT_PROSE = """
    cache-manifest calendar coffeescript css csv directory dns ecmascript event-stream javascript jscript json
    livescript rtf richtext sgml tab-separated-values tsv typescript uri-list vbscript vcard vtt wgsl x-component
    x-cross-domain-policy x-ecmascript x-javascript x-json x-opml x-vcalendar x-vcard xml xml-external-parsed-
    entity xsl
"""

HTML_TYPES = frozenset(("text/html", "application/xhtml+xml"))
NOT_PROSE = frozenset("text/" + name for name in _NOT_PROSE.split())
"""Types below text/ that hold code, styles, data or other markup. All others are plain text: text/plain,
text/markdown, text/x-rst and what else is read as it stands."""

MAX_PARSE_COST, COST_PER_BYTE = 1 << 22, 1
"""A page whose parse_cost exceeds MAX_PARSE_COST plus its bytes is not parsed. That is two seconds of work on a small
page; the costliest of 2,800 real pages was a fourteenth of it."""

_OPENINGS = re.compile(
    rb"(?:\xef\xbb\xbf)?[\t\n\f\r ]*<(?:!doctype html|!--|html|head|body|script|iframe|h1|div|font|table|a|style|title"
    rb"|b|br|p)(?:[ >]|(?<=--))",
    re.IGNORECASE,
)
"""What marks an untyped body as HTML (MIME Sniffing standard, section 7.1)."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was extracted from a batch of n captures.

    Attributes:
        text: string, n, canonical; null where there is none.
        encoding: string, n, the encoding chosen for the payload's bytes; null where the text was given or none was
            decoded.
        reasons: string, n, a Reason why there is no text; null where there is one, and for failures and revisits.
        values: float64, n, the status where the reason is HTTP_STATUS, else null.
    """

    text: pa.StringArray
    encoding: pa.StringArray
    reasons: pa.StringArray
    values: pa.DoubleArray


def extract(batch: pa.RecordBatch, mode: Mode) -> Extracted:
    """Extract the text of a batch of connectors.capture.CAPTURES.

    Failed captures and revisits are passed over. A response that is not 200 has no text (HTTP_STATUS), nor one of
    another type than HTML and plain text (MEDIA_TYPE); text that was given is taken whatever its type. HTML is reduced
    to its *main* content (articles without navigation, comments and the like) or taken in *full*.
    """
    status = batch["http_status"]
    live = pc.and_(pc.is_null(batch["failure"]), pc.fill_null(pc.not_equal(batch["kind"], Kind.REVISIT.value), True))
    refused = pc.and_(live, pc.fill_null(pc.not_equal(status, 200), False))
    wanted = pc.and_not(live, refused)
    text, encoding, reasons = _read_rows(batch, wanted, mode)
    text = canonical(pc.if_else(wanted, pc.coalesce(batch["text"], text), None))
    text = pc.if_else(pc.equal(text, ""), None, text)
    reasons = pc.if_else(refused, Reason.HTTP_STATUS.value, reasons)
    empty = pc.and_(wanted, pc.and_(pc.is_null(text), pc.is_null(reasons)))
    return Extracted(
        text=text,
        encoding=encoding,
        reasons=pc.if_else(empty, Reason.EMPTY.value, reasons),
        values=pc.if_else(refused, status.cast(pa.float64()), pa.scalar(None, pa.float64())),
    )


def _read_rows(
    batch: pa.RecordBatch, wanted: pa.BooleanArray, mode: Mode
) -> tuple[pa.StringArray, pa.StringArray, pa.StringArray]:
    """Return the text, encoding and reason of each row that is *wanted* and has no text of its own."""
    rows: list[tuple[str | None, str | None, str | None]] = [(None, None, None)] * len(batch)
    for i in np.flatnonzero(pc.and_(wanted, pc.is_null(batch["text"]))):
        payload, kind = batch["payload"][i].as_py() or b"", batch["media_type"][i].as_py()
        rows[i] = _read_payload(payload, kind, batch["charset"][i].as_py(), mode)
    columns = zip(*rows, strict=True) if rows else [(), (), ()]
    text, encoding, reasons = (pa.array(column, pa.string()) for column in columns)
    return text, encoding, reasons


def _read_payload(
    payload: bytes, media_type: str | None, charset: str | None, mode: Mode
) -> tuple[str | None, str | None, str | None]:
    if media_type is None and _OPENINGS.match(payload):
        media_type = "text/html"
    if media_type not in HTML_TYPES and not _is_plain(media_type):
        return None, None, Reason.MEDIA_TYPE.value
    if not payload:
        return None, None, None
    text, encoding = decode_body(payload, charset, markup=media_type in HTML_TYPES)
    if media_type not in HTML_TYPES:
        return text, encoding, None
    found = html_text(text.encode(), mode)
    return found, encoding, Reason.EXTRACTION_FAILED.value if found is None else None


def _is_plain(media_type: str | None) -> bool:
    return media_type is not None and media_type.startswith("text/") and media_type not in NOT_PROSE


def html_text(html: bytes, mode: Mode) -> str | None:
    """Return the text of *html* (UTF-8), None if it cannot be parsed or would take too long.

    Lists keep their bullets, which Gopher's bullet rule counts. Link targets, alternative texts, form fields, noscript
    parts, hidden elements, and in main mode readers' comments and bylines, are left out.
    """
    if parse_cost(html) > MAX_PARSE_COST + COST_PER_BYTE * len(html):
        return None
    try:
        tree: Any = HTMLTree.parse_from_bytes(html, "utf-8", errors="replace")
        text: str = extract_plain_text(
            tree, main_content=mode == "main", alt_texts=False, comments=False, post_meta=False
        )
        return text.encode("utf-8", "replace").decode()
    except (HTMLParserException, UnicodeError):
        return None
