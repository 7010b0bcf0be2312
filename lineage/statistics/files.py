"""The statistics files of a version: its counts, complete, in one file or several, and the summary that answers read.

Both are Parquet, named by what they are and by their SHA-256; equal counts give equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import PurePosixPath
from types import UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

import orjson
import pyarrow as pa

from lineage.statistics.counts import COUNTS, NAMES
from lineage.statistics.model import Statistics
from lineage.storage.as_json import as_json
from lineage.storage.files import DataFile, open_parquet
from lineage.storage.parquet import Layout, read_errors, write_rows

SUMMARY: Final = pa.schema(
    [
        pa.field("section", pa.string()),  # a field of Statistics
        pa.field("content", pa.string()),  # its JSON
    ]
)
"""Columns of a summary."""

COUNTS_STEM, SUMMARY_STEM = "counts2", "summary2"
"""What the names of both kinds of files begin with: another number where they hold something else than they did.

Files of an earlier number are not read: counts cannot go on from them, and answers count for themselves.
"""

COUNTS_LAYOUT: Final = Layout(COUNTS, NAMES, group_rows=100_000)
SUMMARY_LAYOUT: Final = Layout(SUMMARY, ("section",), group_rows=1_000)


def write_counts(counts: pa.Table, folder: str) -> DataFile:
    """Write *counts* (COUNTS) as one file in *folder*; describe it."""
    return write_rows(counts, folder, COUNTS_LAYOUT, COUNTS_STEM)


def read_counts(path: str) -> pa.Table:
    """Return what write_counts wrote; DamagedFile if it cannot be read."""
    return _read(path).select(COUNTS.names).cast(COUNTS)


def write_summary(statistics: Statistics, folder: str) -> DataFile:
    """Write *statistics* as one file in *folder*; describe it."""
    sections = as_json(statistics)
    content = [orjson.dumps(section).decode() for section in sections.values()]
    return write_rows(
        pa.table({"section": [*sections], "content": content}, SUMMARY), folder, SUMMARY_LAYOUT, SUMMARY_STEM
    )


def read_summary(path: str) -> Statistics:
    """Return the statistics that write_summary wrote; DamagedFile if the file cannot be read."""
    table = _read(path)
    sections = zip(table["section"].to_pylist(), table["content"].to_pylist(), strict=True)
    found = {section: orjson.loads(content) for section, content in sections}
    statistics: Statistics = _load(Statistics, found)
    return statistics


def counts_among(paths: Iterable[str]) -> list[str]:
    """Return those of the *paths* of statistics files that are counts."""
    return [path for path in paths if _is(path, COUNTS_STEM)]


def summary_among(paths: Sequence[str]) -> str | None:
    """Return that of the *paths* of a version's statistics files that is its summary; None if there is none."""
    return next((path for path in paths if _is(path, SUMMARY_STEM)), None)


def _is(path: str, stem: str) -> bool:
    return PurePosixPath(path).name.startswith(f"{stem}-")


def _read(path: str) -> pa.Table:
    with read_errors(path), open_parquet(path) as file:
        return file.read()


def _load(kind: Any, content: Any) -> Any:
    """Return the value of type *kind*, a class of the model or what its fields are, that became *content*."""
    if get_origin(kind) is tuple:
        (one, _) = get_args(kind)
        return tuple(_load(one, item) for item in content)
    if isinstance(kind, UnionType):
        return None if content is None else _load(get_args(kind)[0], content)
    if kind in (int, str, float):
        return kind(content)
    hints = _hints(kind)
    return kind(**{name: _load(hint, content[name]) for name, hint in hints.items()})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
