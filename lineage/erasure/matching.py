"""Whether a row is about a person: by the keyed hashes of what was found in it."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc


def findings_with(findings: pa.ChunkedArray | pa.Array, hashes: Sequence[str]) -> list[int]:
    """Return the rows of *findings* (FINDINGS n) that have one of *hashes*, ascending, each once."""
    if isinstance(findings, pa.ChunkedArray):
        findings = findings.combine_chunks()
    hits = pc.is_in(pc.struct_field(pc.list_flatten(findings), "hash"), value_set=pa.array(hashes, pa.string()))
    rows: list[int] = pc.unique(pc.list_parent_indices(findings).filter(hits)).to_pylist()
    return rows
