"""Partial counts between tasks: counts of a part of a version, sorted by a hash of what each row counts."""

from __future__ import annotations

import hashlib

import pyarrow as pa
import pyarrow.compute as pc

from lineage.statistics.counts import COUNTS, NAMES
from pipelines.handover.sorted_tables import write_sorted

HASH = "hash"
"""The column that partial counts are sorted by."""

PARTIAL = COUNTS.append(pa.field(HASH, pa.binary(16)))
"""Columns of partial counts."""


def write_partial(path: str, counts: pa.Table) -> None:
    """Write *counts* (COUNTS) to *path* as partial counts, of which any range of hashes is read by itself."""
    names = zip(*(counts[name].to_pylist() for name in NAMES), strict=True)
    hashes = [hashlib.blake2b("\x1f".join(map(str, name)).encode(), digest_size=16).digest() for name in names]
    rows = counts.append_column(PARTIAL.field(HASH), pa.array(hashes, pa.binary(16)))
    write_sorted(path, rows.take(pc.sort_indices(rows, sort_keys=[(HASH, "ascending")])).combine_chunks(), HASH)
