"""Whether a row is about a subject: by its address or by the keyed hashes of what was found in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

_AUTHORITY: Final = r"(?i)^[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?(?P<host>[^/?#:]*)"


def hosts_of(uris: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return the host of each address (string n), lower case, without user and port; null where there is none."""
    return pc.utf8_lower(pc.struct_field(pc.extract_regex(uris, _AUTHORITY), "host"))


def starts_with_any(uris: pa.ChunkedArray | pa.Array, prefixes: Sequence[str]) -> Any:
    """Return bool n: whether each address (string n) begins with one of *prefixes*; null is no address."""
    mask = pa.repeat(pa.scalar(False), len(uris))
    for prefix in prefixes:
        mask = pc.or_(mask, pc.fill_null(pc.starts_with(uris, prefix), False))
    return mask


def findings_with(findings: pa.ChunkedArray | pa.Array, hashes: Sequence[str]) -> list[int]:
    """Return the rows of *findings* (FINDINGS n) that have one of *hashes*, ascending, each once."""
    if isinstance(findings, pa.ChunkedArray):
        findings = findings.combine_chunks()
    hits = pc.is_in(pc.struct_field(pc.list_flatten(findings), "hash"), value_set=pa.array(hashes, pa.string()))
    rows: list[int] = pc.unique(pc.list_parent_indices(findings).filter(hits)).to_pylist()
    return rows
