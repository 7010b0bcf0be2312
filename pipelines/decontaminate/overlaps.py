"""Find texts that share a run of tokens with a benchmark item.

Tokens are those of :mod:`pipelines.decontaminate.folding`, entities decoded first (:mod:`pipelines.kernels.entities`).
An item is read in all three readings, a text in one (APART), so it does not matter whether the copy kept an item's
hyphens and apostrophes, lost them, or has spaces in their place. A reading of at least *tokens* tokens gives every run
of so many; a shorter one, if it has *min_tokens*, is one run as a whole.

Runs are looked up by a 64-bit hash: a rolling polynomial over token hashes, mixed with the run's length. What the hash
finds is then compared token by token, so a collision drops no document. It could hide a document only if its first
hit were a collision and the item's run began at the very same token (below one in 2**64 for each pair of runs).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.decontaminate import folding
from pipelines.decontaminate.folding import Reading, begin, fold_tables, read_tokens
from pipelines.handover.workfiles import reading, writing
from pipelines.kernels import entities
from pipelines.kernels.codepoints import mix, nonzero, seek, string_buffers, table_size
from pipelines.kernels.compiled import kernel

ITEMS = pa.schema({"benchmark": pa.string(), "id": pa.string(), "text": pa.string()})
RUNS = pa.schema(
    {
        "key": pa.uint64(),
        "lead": pa.uint64(),
        "item": pa.int32(),
        "reading": pa.int8(),
        "at": pa.int32(),
        "width": pa.int32(),
    }
)

_BASE = np.uint64(0x9E3779B97F4A7C55)
_BLOCK = 4096
"""Tokens of a text that are held at a time, besides those of the longest run."""
_PER_WORD = 4
"""Runs for each 64-bit word of the filter, in which each sets three bits: of what is no run, about 1 % pass."""
_SIX, _BY6, _BY12, _BY24 = np.uint64(63), np.uint64(6), np.uint64(12), np.uint64(24)

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class BenchmarkIndex:
    """The runs of benchmark items, ready to be looked up.

    Attributes:
        items: ITEMS; text is decoded.
        runs: RUNS, no key twice; a run of a lower row is preferred: rows follow items by benchmark and id. The lead is
            the hash of a run's first tokens.
        lead: how many tokens that is; no run has fewer.
    """

    items: pa.RecordBatch
    runs: pa.RecordBatch
    lead: int

    def write(self, path: str) -> None:
        """Write the files *path*.items and *path*.runs."""
        runs = self.runs.replace_schema_metadata({"lead": str(self.lead)})
        for suffix, batch in (("items", self.items), ("runs", runs)):
            with writing(f"{path}.{suffix}") as file, pa.ipc.new_file(file, batch.schema) as out:
                out.write_batch(batch)

    @classmethod
    def read(cls, path: str) -> BenchmarkIndex:
        """Read what :meth:`write` wrote."""
        batches = []
        for suffix in ("items", "runs"):
            with reading(f"{path}.{suffix}") as file:
                batches.append(pa.ipc.open_file(file).get_batch(0))
        items, runs = batches
        return cls(items, runs, int(runs.schema.metadata[b"lead"]))

    @cached_property
    def table(self) -> tuple[Any, ...]:
        """Return what the kernel looks runs up in: filter, hash table, rows; lead, widths and powers (lead first)."""
        words, slots, rows = _tabulate(np.array(self.runs["key"]), np.array(self.runs["lead"]))
        widths = np.array([self.lead, *np.unique(np.array(self.runs["width"]))], np.int64)
        powers = _powers(widths)
        for array in (words, slots, rows, widths, powers):
            array.flags.writeable = False
        return words, slots, rows, (self.lead, widths, powers)

    def tokens(self, run: int) -> list[str]:
        """Return the tokens of a run."""
        one = self.runs.slice(run, 1).to_pylist()[0]
        words = folding.tokens(self.items["text"][one["item"]].as_py(), Reading(one["reading"]))
        return words[one["at"] : one["at"] + one["width"]]

    def name(self, run: int) -> str:
        """Return the item of a run as the ledger calls it: ``benchmark:id``."""
        item = self.runs["item"][run].as_py()
        return f"{self.items['benchmark'][item]}:{self.items['id'][item]}"


@dataclass(frozen=True, slots=True)
class Overlaps:
    """What n texts share with benchmarks.

    Attributes:
        rows: int64, the texts that overlap, ascending.
        offsets: int64, the code point of each at which its first overlap begins.
        items: the item of each, as ``benchmark:id``; of several that overlap there the first by benchmark and id.
    """

    rows: Ints
    offsets: Ints
    items: list[str]


def build_index(
    items: pa.RecordBatch, sizes: Sequence[tuple[int, int]]
) -> tuple[BenchmarkIndex, npt.NDArray[np.bool_]]:
    """Index *items* (ITEMS, sorted by benchmark and id), where *sizes* has tokens and min_tokens of each.

    Return the index, and bool (n): which items have a run.
    """
    texts, _ = entities.decode_all(items["text"])
    items = items.set_column(2, "text", texts)
    longest, least = np.array(sizes, np.int64).reshape(-1, 2).T
    least = np.minimum(least, longest)
    lead = int(least.min())
    found = [_runs(*string_buffers(texts), fold_tables(kind), (longest, least)) for kind in Reading]
    keys, leads, owners, at, width = (np.concatenate(column) for column in zip(*found, strict=True))
    kinds = np.repeat(np.arange(len(found)), [len(one[0]) for one in found])
    order = np.lexsort((at, kinds, owners))
    first = np.sort(np.unique(keys[order], return_index=True)[1])
    chosen = order[first]
    columns = [column[chosen] for column in (keys, leads, owners, kinds, at, width)]
    arrays = [pa.array(column).cast(field.type) for column, field in zip(columns, RUNS, strict=True)]
    return BenchmarkIndex(items, pa.record_batch(arrays, schema=RUNS), lead), np.isin(np.arange(len(sizes)), owners)


def find_overlaps(texts: pa.StringArray, index: BenchmarkIndex) -> Overlaps:
    """Find the first overlap of each of *texts* (no nulls) with *index*."""
    if index.runs.num_rows == 0 or len(texts) == 0:
        return Overlaps(np.empty(0, np.int64), np.empty(0, np.int64), [])
    decoded, _ = entities.decode_all(texts)
    offsets, data = string_buffers(decoded)
    found = _search(data, offsets, fold_tables(), index.table)
    confirmed = [hit for row in np.flatnonzero(found[0] >= 0) for hit in _confirm(decoded, int(row), found, index)]
    places = [entities.origin(texts[row].as_py(), _characters(decoded[row], at)) for row, at, _ in confirmed]
    rows = np.array([row for row, _, _ in confirmed], np.int64)
    return Overlaps(rows, np.array(places, np.int64), [index.name(run) for _, _, run in confirmed])


def _characters(text: pa.StringScalar, size: int) -> int:
    return len(text.as_buffer()[:size].to_pybytes().decode())


def _confirm(
    texts: pa.StringArray, row: int, found: tuple[Any, Any, Any], index: BenchmarkIndex
) -> Iterator[tuple[int, int, int]]:
    """Yield text, byte and run of a hit, if its tokens are the item's; else of the next hit in the text, if any."""
    runs, starts, ends = found
    run, start, end = int(runs[row]), int(starts[row]), int(ends[row])
    text = texts[row].as_buffer()
    base = int(string_buffers(texts)[0][row])
    while run >= 0:
        if _holds(folding.tokens(text[start - base : end - base].to_pybytes().decode()), index.tokens(run)):
            yield row, start - base, run
            return
        offsets, data = string_buffers(texts.slice(row, 1))
        run, start, end = _search_one(data, (offsets[0], offsets[1]), start + 1, fold_tables(), index.table)


def _holds(words: list[str], run: list[str]) -> bool:
    """Tell whether *run* stands in *words*: a character that becomes several tokens may put some before it."""
    return any(words[at : at + len(run)] == run for at in range(len(words) - len(run) + 1))


def _powers(widths: Ints) -> npt.NDArray[np.uint64]:
    """Return _BASE to the power of each width, modulo 2**64."""
    return np.array([pow(int(_BASE), int(width), 1 << 64) for width in widths], np.uint64)


def _runs(
    offsets: Any, data: Any, tables: Any, sizes: tuple[Ints, Ints]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64], Ints, Ints, Ints]:
    """Return key, lead, item, first token and width of every run of one reading."""
    hashes, ends = _read_all(data, offsets, tables)
    longest, least = sizes
    counts = np.diff(ends)
    widths = np.minimum(longest, counts)
    runs = np.where(widths >= least, counts - widths + 1, 0)
    owners = np.repeat(np.arange(len(counts)), runs)
    at = np.arange(len(owners)) - np.repeat(np.cumsum(runs) - runs, runs)
    width = widths[owners]
    firsts = ends[owners] + at
    leads = _hash_runs(hashes, firsts, np.full(len(firsts), least.min()))
    return _hash_runs(hashes, firsts, width), leads, owners, at, width


@kernel
def _read_all(data: Any, offsets: Any, tables: Any) -> tuple[Any, Any]:
    """Return the token hashes of all texts and where each text's begin (n + 1)."""
    rows = len(offsets) - 1
    hashes = np.empty(2 * (offsets[rows] - offsets[0]) + 64, np.uint64)
    starts = np.empty(len(hashes), np.int64)
    ends = np.zeros(rows + 1, np.int64)
    count = 0
    for row in range(rows):
        cursor = begin(offsets[row])
        count += read_tokens(data, offsets[row + 1], tables, cursor, (hashes[count:], starts[count:]))
        ends[row + 1] = count
    return hashes[:count], ends


@kernel
def _hash_runs(hashes: Any, firsts: Any, widths: Any) -> Any:
    keys = np.empty(len(firsts), np.uint64)
    for i in range(len(firsts)):
        value = np.uint64(0)
        for k in range(firsts[i], firsts[i] + widths[i]):
            value = value * _BASE + hashes[k]
        keys[i] = nonzero(mix(value, np.uint64(widths[i])))
    return keys


@kernel
def _tabulate(keys: Any, leads: Any) -> tuple[Any, Any, Any]:
    """Return a filter of *leads*, an open-addressed table of *keys*, and the row of each slot."""
    slots = np.zeros(table_size(len(keys)), np.uint64)
    rows = np.zeros(len(slots), np.int32)
    words = np.zeros(table_size(len(keys) // (2 * _PER_WORD)), np.uint64)
    for row in range(len(keys)):
        slot = seek(slots, keys[row])
        slots[slot], rows[slot] = keys[row], row
        word, mask = _filter(leads[row], len(words))
        words[word] |= mask
    return words, slots, rows


@kernel
def _search(data: Any, offsets: Any, tables: Any, table: Any) -> tuple[Any, Any, Any]:
    """Return for each text the run it shares first, else -1, and the bytes at which that begins and has ended."""
    rows = len(offsets) - 1
    runs, starts, ends = np.empty(rows, np.int64), np.empty(rows, np.int64), np.empty(rows, np.int64)
    for row in range(rows):
        span = (offsets[row], offsets[row + 1])
        runs[row], starts[row], ends[row] = _search_one(data, span, np.int64(0), tables, table)
    return runs, starts, ends


@kernel
def _search_one(data: Any, span: Any, after: Any, tables: Any, table: Any) -> tuple[Any, Any, Any]:
    """Search one text for the run that begins first, at byte *after* or later; of several there, the lowest row.

    The text is read in blocks of tokens; each begins with the last tokens of the one before, for runs across both.
    """
    words, slots, rows, (lead, widths, powers) = table
    most = widths[len(widths) - 1]
    hashes, starts = np.empty(_BLOCK + most, np.uint64), np.empty(_BLOCK + most, np.int64)
    sums = np.zeros(_BLOCK + most + 1, np.uint64)
    cursor = begin(span[0])
    held = np.int64(0)
    while True:
        count = held + read_tokens(data, span[1], tables, cursor, (hashes[held:], starts[held:]))
        done = cursor[0] >= np.uint64(span[1])
        for i in range(count):
            sums[i + 1] = sums[i] * _BASE + hashes[i]
        stop = count - lead + 1 if done else count - most + 1
        for i in range(stop):
            value = sums[i + lead] - sums[i] * powers[0]
            word, mask = _filter(nonzero(mix(value, np.uint64(lead))), len(words))
            if words[word] & mask != mask or starts[i] < after:
                continue
            run, width = _lowest(sums, (i, count), slots, rows, (widths, powers))
            if run >= 0:
                behind = i + width
                while behind < count and starts[behind] == starts[behind - 1]:
                    behind += 1  # of one character
                return run, starts[i], starts[behind] if behind < count else np.int64(cursor[0])
        if done:
            return np.int64(-1), np.int64(0), np.int64(0)
        held = count - max(stop, 0)
        for i in range(held):
            hashes[i], starts[i] = hashes[count - held + i], starts[count - held + i]


@kernel
def _lowest(sums: Any, place: Any, slots: Any, rows: Any, shapes: Any) -> tuple[Any, Any]:
    """Return row and width of the lowest run that begins at token place[0] of place[1], -1 if none does."""
    first, count = place
    widths, powers = shapes
    run, width = np.int64(-1), np.int64(0)
    for w in range(1, len(widths)):
        last = first + widths[w]
        if last > count:
            break
        key = nonzero(mix(sums[last] - sums[first] * powers[w], np.uint64(widths[w])))
        slot = seek(slots, key)
        if slots[slot] != 0 and (run < 0 or rows[slot] < run):
            run, width = np.int64(rows[slot]), widths[w]
    return run, width


@kernel
def _filter(key: Any, size: int) -> tuple[Any, Any]:
    """Return the word (of *size*, a power of two) and the three bits that stand for *key*."""
    one = np.uint64(1)
    bits = (one << (key & _SIX)) | (one << ((key >> _BY6) & _SIX)) | (one << ((key >> _BY12) & _SIX))
    return np.int64((key >> _BY24) & np.uint64(size - 1)), bits
