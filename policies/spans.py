"""The Arrow types in which spans of a text are told: of what was replaced, and of personal data that was found."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

_EDIT: Final = pa.struct({"start": pa.int32(), "end": pa.int32(), "length": pa.int32()})

EDITS: Final = pa.list_(pa.field("element", _EDIT))  # as Parquet names it
"""Spans [start, end) of a text, in code points, as the step received it, and the length of what replaced each."""

_FINDING: Final = pa.struct(
    {
        "type": pa.string(),
        "start": pa.int32(),
        "end": pa.int32(),
        "recognizer": pa.string(),
        "score": pa.float64(),
        "hash": pa.string(),
    }
)

FINDINGS: Final = pa.list_(pa.field("element", _FINDING))
"""Personal data in a text, in order, with spans as in EDITS: entity type, recognizer, score, and the keyed hash of the
normal value, null without a key. Never the value. Rows with an equal type and hash are about the same subject."""
