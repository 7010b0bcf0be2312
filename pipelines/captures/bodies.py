"""From captures to bodies: which of them hold text, of what kind, decoded once for all that read it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.capture import Kind
from pipelines.captures.encodings import decode_body
from pipelines.captures.xhtml import XHTML, as_html
from pipelines.kernels.parse_cost import is_costly
from pipelines.reasons import Reason
from policies.consent.embedded.publications import TYPES

BODIES: Final = pa.schema(
    [
        pa.field("body", pa.string()),  # the source; null where there is none, or none that holds text
        pa.field("encoding", pa.string()),  # what the payload's bytes were decoded from; null where the text was given
        pa.field("contradicted", pa.string()),  # what they were declared to be, where they plainly are not
        pa.field("html", pa.bool_()),  # whether the body is HTML
        pa.field("costly", pa.bool_()),  # whether it is HTML that would take too long to parse
        pa.field("refused", pa.string()),  # a Reason why there is no body: its status, or its type
    ]
)
"""Columns that take the place of text and payload. Failures and revisits have neither body nor reason."""

PUBLICATION: Final = "publication"
"""Column (binary) with the payload of EPUB and PDF files, which hold no text for us but may reserve rights."""

_NOT_PROSE: Final = """
    cache-manifest calendar coffeescript css csv directory dns ecmascript event-stream javascript jscript json
    livescript rtf richtext sgml tab-separated-values tsv typescript uri-list vbscript vcard vtt wgsl x-component
    x-cross-domain-policy x-ecmascript x-javascript x-json x-opml x-vcalendar x-vcard xml xml-external-parsed-
    entity xsl
"""

HTML_TYPES: Final = frozenset(("text/html", XHTML))
NOT_PROSE: Final = frozenset("text/" + name for name in _NOT_PROSE.split())
"""Types below text/ that hold code, styles, data or other markup. All others are plain text: text/plain,
text/markdown, text/x-rst and what else is read as it stands."""

_OPENINGS: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?[\t\n\f\r ]*<(?:!doctype html|!--|html|head|body|script|iframe|h1|div|font|table|a|style|title"
    rb"|b|br|p)(?:[ >]|(?<=--))",
    re.IGNORECASE,
)
"""What marks an untyped body as HTML (MIME Sniffing standard, section 7.1)."""


class _Body(NamedTuple):
    """One row of BODIES."""

    body: str | None = None
    encoding: str | None = None
    contradicted: str | None = None
    html: bool = False
    costly: bool = False
    refused: str | None = None


def decode(captures: pa.RecordBatch) -> pa.RecordBatch:
    """Put BODIES and PUBLICATION in the place of text and payload of *captures* (CAPTURES columns and others, n rows).

    A response that is not 200 has no body (HTTP_STATUS), nor has a payload of another type than HTML and plain text
    (MEDIA_TYPE); text that was given is taken whatever its type. XHTML is rewritten as HTML (pipelines.captures.xhtml).
    """
    live = pc.and_(
        pc.is_null(captures["failure"]), pc.fill_null(pc.not_equal(captures["kind"], Kind.REVISIT.value), True)
    )
    failed = pc.and_(live, pc.fill_null(pc.not_equal(captures["http_status"], 200), False))
    wanted = pc.and_not(live, failed)
    given, read = pc.if_else(wanted, captures["text"], None), _read(captures, wanted)
    columns = {
        "body": pc.coalesce(given, read["body"]),
        "encoding": read["encoding"],
        "contradicted": read["contradicted"],
        "html": pc.or_(read["html"], pc.and_(pc.is_valid(given), _is_of(captures["media_type"], HTML_TYPES))),
        "costly": read["costly"],
        "refused": pc.if_else(failed, Reason.HTTP_STATUS.value, read["refused"]),
        PUBLICATION: pc.if_else(pc.and_(wanted, _is_of(captures["media_type"], TYPES)), captures["payload"], None),
    }
    others = captures.drop_columns(["text", "payload"])
    return pa.RecordBatch.from_pydict(dict(zip(others.schema.names, others.columns, strict=True)) | columns)


def _is_of(media_types: pa.StringArray, types: Iterable[str]) -> pa.BooleanArray:
    return pc.fill_null(pc.is_in(media_types, pa.array(sorted(types))), False)


def _read(captures: pa.RecordBatch, wanted: pa.BooleanArray) -> dict[str, pa.Array]:
    """Return BODIES of the rows that are *wanted* and must be decoded; of given HTML only whether it is costly."""
    rows = [_Body()] * captures.num_rows
    text, payload, kinds, charsets, uris = (
        captures[name] for name in ("text", "payload", "media_type", "charset", "uri")
    )
    for i in np.flatnonzero(pc.and_(wanted, pc.is_null(text))):
        rows[i] = _decoded(payload[i].as_py() or b"", kinds[i].as_py(), charsets[i].as_py(), uris[i].as_py())
    for i in np.flatnonzero(pc.and_(pc.and_(wanted, pc.is_valid(text)), _is_of(kinds, HTML_TYPES))):
        source = text[i].as_buffer().to_pybytes()
        rows[i] = _Body(costly=is_costly(as_html(source.decode()).encode() if kinds[i].as_py() == XHTML else source))
    columns = zip(*rows, strict=True) if rows else [()] * len(BODIES)
    return {field.name: pa.array(column, field.type) for field, column in zip(BODIES, columns, strict=True)}


def _decoded(payload: bytes, media_type: str | None, charset: str | None, uri: str | None) -> _Body:
    if media_type is None and _OPENINGS.match(payload):
        media_type = "text/html"
    html = media_type in HTML_TYPES
    if not html and not _is_plain(media_type):
        return _Body(refused=Reason.MEDIA_TYPE.value)
    if not payload:
        return _Body(html=html)
    found = decode_body(payload, charset, html, uri)
    text = as_html(found.text) if media_type == XHTML else found.text
    return _Body(text, found.encoding, found.contradicted, html, html and is_costly(text.encode()))


def _is_plain(media_type: str | None) -> bool:
    return media_type is not None and media_type.startswith("text/") and media_type not in NOT_PROSE
