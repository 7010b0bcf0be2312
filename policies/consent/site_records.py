"""Records of site files in one Arrow file: every body once, every record found by host and path."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, Final

import pyarrow as pa

from policies.consent.robots import LIMIT
from policies.errors import TooManySiteFiles

MOST_BYTES: Final = 4 << 30
"""Bytes of bodies that one table holds: as many as a worker can map, and some million robots.txt."""

SCHEMA: Final = pa.schema(
    [
        pa.field("origin", pa.string()),  # "https://host", or "//host" for whatever scheme
        pa.field("path", pa.string()),
        pa.field("at", pa.timestamp("us", tz="UTC")),  # null if not known
        pa.field("status", pa.int16()),  # null if there was no answer
        pa.field("target", pa.string()),  # whither a redirect leads, absolute; null if that is not known
        pa.field("body", pa.dictionary(pa.int32(), pa.large_binary())),  # null where nothing was found
    ]
)
"""Columns of the table; sorted by the first three, records without a time first, and each record once."""


_Row = tuple[str, str, int | None, int | None, str | None, bytes]


@dataclass(frozen=True, slots=True)
class SiteRecord:
    """One attempt to fetch a site's file.

    Attributes:
        origin: scheme and authority, or "//" and authority for whatever scheme.
        path: path and query.
        at: microseconds since 1970; None if not known.
        status: HTTP status; None if there was no answer.
        body: the decoded body.
        target: the absolute address that a redirect leads to; None if that is not known.
    """

    origin: str
    path: str
    at: int | None
    status: int | None
    body: bytes = b""
    target: str | None = None


class SiteTable:
    """Records of site files, sorted, in Arrow memory."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self.batch = batch
        self._origins, self._paths, self._at, self._status, self._targets, body = batch.columns
        self._micros = self._at.cast(pa.int64())
        self._bodies, self._indices = body.dictionary, body.indices
        self._of_origin = lru_cache(1 << 14)(self._find)

    @classmethod
    def of(cls, records: Iterable[SiteRecord], most: int = MOST_BYTES) -> SiteTable:
        """Make a table of *records*; their order and repetitions leave no trace.

        Bodies are cut behind what is read of a robots.txt, and dropped where nothing was found.

        Raises:
            TooManySiteFiles: the distinct bodies have more than *most* bytes.
        """
        bodies: dict[bytes, bytes] = {}
        rows: set[_Row] = set()
        size = 0
        for record in records:
            digest = b""
            if record.status is not None and 200 <= record.status < 300:
                body = record.body[: LIMIT + 1]
                digest = hashlib.sha256(body).digest()
                size += 0 if digest in bodies else len(body)
                bodies.setdefault(digest, body)
            if size > most:
                raise TooManySiteFiles(
                    f"the robots.txt and other site files have more than {most} distinct bytes; nothing was made of "
                    "them; name fewer archives in the recipe's key 'robots'"
                )
            rows.add((record.origin, record.path, record.at, record.status, record.target, digest))
        return cls(_batch(rows, bodies))

    def write(self, file: IO[bytes]) -> None:
        """Write the table as an Arrow file; equal tables are equal bytes."""
        with pa.ipc.new_file(file, SCHEMA) as out:
            out.write_batch(self.batch)

    @classmethod
    def load(cls, source: pa.NativeFile) -> SiteTable:
        """Open what :meth:`write` wrote."""
        return cls(pa.ipc.open_file(source).get_batch(0))

    def __len__(self) -> int:
        return int(self.batch.num_rows)

    @property
    def origins(self) -> int:
        """Return how many origins have records."""
        return len(self._origins.unique())

    @property
    def bodies(self) -> int:
        """Return how many distinct bodies there are."""
        return len(self._bodies)

    def at(self, row: int) -> int | None:
        """Return when the record was fetched, in microseconds since 1970."""
        found: int | None = self._micros[row].as_py()
        return found

    def origin(self, row: int) -> str:
        """Return the origin of the record, "//" and authority for whatever scheme."""
        origin: str = self._origins[row].as_py()
        return origin

    def path(self, row: int) -> str:
        """Return the path of the record."""
        return str(self._paths[row].as_py())

    def status(self, row: int) -> int | None:
        """Return the HTTP status of the record."""
        found: int | None = self._status[row].as_py()
        return found

    def target(self, row: int) -> str | None:
        """Return the absolute address that the record, a redirect, leads to; None if that is not known."""
        found: str | None = self._targets[row].as_py()
        return found

    def body_of(self, row: int) -> int:
        """Return which body a record has; only of one that was found."""
        return int(self._indices[row].as_py())

    def body(self, index: int) -> bytes:
        """Return a body."""
        return bytes(self._bodies[index].as_py())

    def paths(self, origin: str) -> Collection[str]:
        """Return the paths of all files of *origin*."""
        return self._of_origin(origin).keys()

    def rows(self, origin: str, path: str) -> Sequence[int]:
        """Return the rows of the file at *path* of *origin*, the oldest first."""
        return self._of_origin(origin).get(path, ())

    def _find(self, origin: str) -> dict[str, list[int]]:
        """Return the rows of all files of *origin*, by path."""
        found: dict[str, list[int]] = {}
        for row in range(bisect_left(range(len(self)), origin, key=self.origin), len(self)):
            if self.origin(row) != origin:
                break
            found.setdefault(self._paths[row].as_py(), []).append(row)
        return found


def _batch(rows: set[_Row], bodies: dict[bytes, bytes]) -> pa.RecordBatch:
    ordered = sorted(rows, key=_order)
    place = {digest: index for index, digest in enumerate(sorted(bodies))}
    origins, paths, at, status, targets, digests = zip(*ordered, strict=True) if ordered else ((),) * 6
    values = pa.array([bodies[digest] for digest in sorted(bodies)], pa.large_binary())
    indices = pa.array([place.get(digest) for digest in digests], pa.int32())
    columns = [
        pa.array(origins, pa.string()),
        pa.array(paths, pa.string()),
        pa.array(at, pa.int64()).cast(SCHEMA.field("at").type),
        pa.array(status, pa.int16()),
        pa.array(targets, pa.string()),
        pa.DictionaryArray.from_arrays(indices, values),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _order(row: _Row) -> tuple[str, str, bool, int, int, str, bytes]:
    origin, path, at, status, target, digest = row
    return origin, path, at is not None, at or 0, status or 0, target or "", digest
