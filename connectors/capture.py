"""The one thing every connector yields: batches of captures (records as they were fetched or stored)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa

CAPTURES = pa.schema(
    [
        pa.field("source_id", pa.string()),  # the record's own id (a JSON field, a column), null if it has none
        pa.field("uri", pa.string()),  # as captured; redaction is the pipeline's business
        pa.field("captured_at", pa.timestamp("us", tz="UTC")),
        pa.field("license", pa.string()),  # raw per-record licence claim, null if none
        pa.field("title", pa.string()),  # as the record itself says, null where it does not; pages are read later
        pa.field("author", pa.string()),  # likewise; several names joined by "; "
        pa.field("media_type", pa.string()),  # lower case, no parameters: "text/html", "text/plain"
        pa.field("charset", pa.string()),  # declared by the transport (HTTP header), null if not
        pa.field("text", pa.string()),  # already text (tables, WET); null where payload holds bytes
        pa.field(
            "payload", pa.binary()
        ),  # HTTP-decoded body, still in its own character encoding; null where text is set
        pa.field("payload_digest", pa.string()),  # WARC-Payload-Digest as written, null if absent
        pa.field("refers_to_uri", pa.string()),  # revisit records: the original's URI
        pa.field("refers_to_date", pa.timestamp("us", tz="UTC")),  # revisit records: the original's date
        pa.field("http_status", pa.int16()),  # null where there was no HTTP exchange
        pa.field(
            "rights_headers", pa.string()
        ),  # lines "name: value\n", see connectors.archives.http.rights_headers; of a redirect location too; or null
        pa.field("kind", pa.string()),  # a Kind
        pa.field("offset", pa.int64()),  # where the record begins: bytes from the start of the file
        pa.field("length", pa.int64()),  # its length there, in bytes
        pa.field("failure", pa.string()),  # a Failure; null if the record was read
        pa.field("detail", pa.string()),  # what was wrong and where, never what the record says; or null
        pa.field("marks", pa.list_(pa.string())),  # what else is to be said of it: Marks, sorted; null where nothing is
    ]
)
"""Columns of every batch a connector yields. Offsets count bytes of the file as stored where records are separately
addressable there (plain files, one gzip member per record), else bytes of the decompressed stream."""


FREE_BYTES = 256 << 20
"""Decoded bytes that any compressed file may have, however few are stored."""

_FREE_ROWS = 1 << 17


class Kind(StrEnum):
    """What a capture is."""

    RECORD = "record"  # a response, resource, conversion record, or a row of a table
    REVISIT = "revisit"  # a WARC revisit: the payload is that of an earlier capture


class Failure(StrEnum):
    """Why a record could not be read; it is counted as failed, and its neighbours are unharmed."""

    BROKEN_RECORD = "broken_record"  # the container's syntax is violated (bad JSON line, bad WARC header)
    TRUNCATED = "truncated"  # the file or stream ends inside the record
    WRONG_LENGTH = "wrong_length"  # a declared length contradicts the bytes
    BAD_ENCODING = "bad_encoding"  # bytes that must be UTF-8 are not
    BAD_CONTENT_ENCODING = "bad_content_encoding"  # the HTTP body does not decode as it claims
    TOO_LARGE = "too_large"  # the record, or what it decompresses to, exceeds the limit
    DIGEST_MISMATCH = "digest_mismatch"  # a declared digest is not that of the bytes, and the recipe drops such records
    MISSING_TEXT = "missing_text"  # the mapped text field is absent or not a string


class Mark(StrEnum):
    """What is said of a record that could be read all the same, or could not for another reason."""

    TRUNCATED = "truncated"  # its body ends before its chunks, its length or its coding do, or its archive says so
    DIGEST_VERIFIED = "digest_verified"  # the digests that its archive declares are those of its bytes
    DIGEST_MISMATCH = "digest_mismatch"  # one of them is not: the record was changed, or its writer counts otherwise
    DIGEST_UNCHECKED = "digest_unchecked"  # they are of an unknown algorithm, or of bytes that are not at hand
    DATE_UNREADABLE = "date_unreadable"  # its date is in no form that is known; there is none then
    DATE_IMPOSSIBLE = "date_impossible"  # its date is a day or time that there is not: the 30th of February, 25:00
    DATE_OUT_OF_RANGE = "date_out_of_range"  # its date lies outside the years 1 to 9999
    DATE_AMBIGUOUS = "date_ambiguous"  # its date may be two days, by which of its numbers is the month


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one record and one file may cost.

    Attributes:
        record_bytes: a record or decoded body above this many bytes is a TOO_LARGE failure.
        batch_bytes: a batch is closed when its text and payload reach this many bytes.
        batch_rows: a batch is closed at this many rows.
        file_bytes: a file that decompresses to more bytes is refused.
        expansion: so is one that decompresses to more bytes for each stored byte, above FREE_BYTES.
        record_seconds: processor time after which a record is given up (pipelines.execution.deadline).
    """

    record_bytes: int = 64 << 20
    batch_bytes: int = 4 << 20
    batch_rows: int = 2048
    file_bytes: int = 1 << 40
    expansion: int = 250
    record_seconds: float = 30.0

    def allow(self, stored: int, decoded: int, free: int | None = None) -> bool:
        """Tell whether *stored* bytes may become *decoded* ones, of which *free* (FREE_BYTES) may come of any."""
        return decoded <= min(self.file_bytes, max(FREE_BYTES if free is None else free, self.expansion * stored))

    def most_rows(self, stored: int) -> int:
        """Return how many rows *stored* bytes of a columnar file may claim: each counts as 8 decoded bytes."""
        return max(_FREE_ROWS, self.expansion * stored // 8)


@dataclass(frozen=True, slots=True)
class Slice:
    """The records of one file that *begin* at a byte offset in [start, end); end None means the end of the file."""

    path: str
    start: int = 0
    end: int | None = None


@dataclass(slots=True)
class Extent:
    """Where a reader, once exhausted, found its first record and where the first record after its slice begins.

    Neighbouring slices of a file were cut rightly exactly if ``left.ends == right.begins``; a caller checks that and
    reads the two as one slice where it fails, so a false record start inside a payload can never pass.
    ``begins`` is None where no record begins in the slice; then ``ends`` is None too unless a later one is known.
    """

    begins: int | None = None
    ends: int | None = None
