"""Find all pairs of documents at or above a Jaccard similarity, exactly: ``python benchmarks/exact_join.py [FOLDER]``.

The yardstick for deduplication, so it shares no code with the pipelines: tokens come from the regular expression of
the published definition itself, shingles are 64-bit hashes of five tokens, and the join is a prefix filter (Chaudhuri
et al. 2006; Bayardo et al. 2007): two sets at similarity t share one of the first n - ceil(t n) + 1 of their n elements
in any fixed order, rare ones first; candidates are then intersected in full. Exact but for collisions of 64-bit hashes
(about 1e-5 for all of 15 million shingles). A document without tokens has one shingle, the empty one.

The answer (shards, offsets, pairs, similarities; no text) is kept in the work folder.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numba
import numpy as np
import numpy.typing as npt
from corpus import DATA, documents, shards
from measure import WORK, report, say

CJK = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
TOKEN = re.compile(rf"[{CJK}]|[^\W{CJK}]+")
WIDTH = 5
SLOTS = 1 << 24
PAIRS_AT_ONCE = 20_000_000

Words = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sets:
    """The shingle sets of n documents: values[starts[i]:starts[i + 1]], sorted, each once."""

    values: Words
    starts: Places

    def __len__(self) -> int:
        return len(self.starts) - 1

    def of(self, document: int) -> Words:
        """Return the set of *document*."""
        return self.values[self.starts[document] : self.starts[document + 1]]


@dataclass(frozen=True, slots=True)
class Join:
    """All pairs at or above a threshold.

    Attributes:
        shard: for each document the name of its file.
        offset: for each document where its line begins in the decompressed file.
        left: for each pair the earlier document, int64.
        right: for each pair the later one.
        similarity: for each pair the Jaccard index, float64.
    """

    shard: npt.NDArray[np.str_]
    offset: Places
    left: Places
    right: Places
    similarity: npt.NDArray[np.float64]

    def at(self, threshold: float) -> Join:
        """Return the pairs at or above *threshold* only."""
        enough = self.similarity >= threshold - 1e-12
        return Join(self.shard, self.offset, self.left[enough], self.right[enough], self.similarity[enough])


@numba.njit(nogil=True, cache=True)
def shingle_hashes(text: npt.NDArray[np.uint8], tokens: int) -> Words:
    """Return the distinct shingle hashes of *tokens* tokens, each followed by one zero byte in *text*; sorted."""
    codes = np.empty(tokens, np.uint64)
    code, token = np.uint64(0xCBF29CE484222325), 0
    for byte in text:
        if byte == 0:
            codes[token] = code ^ (code >> np.uint64(29))
            code, token = np.uint64(0xCBF29CE484222325), token + 1
        else:
            code = (code ^ np.uint64(byte)) * np.uint64(0x100000001B3)
    shingles = np.empty(max(1, tokens - WIDTH + 1), np.uint64)
    for start in range(len(shingles)):
        code = np.uint64(0x9E3779B97F4A7C15)
        for place in range(start, min(start + WIDTH, tokens)):
            code = (code ^ codes[place]) * np.uint64(0xBF58476D1CE4E5B9)
            code ^= code >> np.uint64(32)
        shingles[start] = code
    return np.unique(shingles)


def shingle_sets(folder: Path, limit: int | None = None) -> tuple[Sets, list[str], list[int]]:
    """Return the sets of the documents of *folder* (the first *limit*), and their shards and offsets."""
    found: list[Words] = []
    names: list[str] = []
    offsets: list[int] = []
    for document in documents(folder):
        if limit is not None and len(found) == limit:
            break
        found.append(shingles_of(document.record["text"]))
        names.append(document.shard)
        offsets.append(document.offset)
    sizes = np.fromiter(map(len, found), np.int64, len(found))
    values = np.concatenate(found) if found else np.empty(0, np.uint64)
    return Sets(values, np.concatenate([[0], np.cumsum(sizes)])), names, offsets


def shingles_of(text: str) -> Words:
    """Return the sorted distinct shingle hashes of *text*."""
    tokens = TOKEN.findall(text.lower())
    joined = "".join(f"{token}\0" for token in tokens).encode("utf-8", "surrogatepass")
    hashes: Words = shingle_hashes(np.frombuffer(joined, np.uint8), len(tokens))
    return hashes


@numba.njit(nogil=True, cache=True)
def count_slots(values: Words, slots: int) -> npt.NDArray[np.uint32]:
    """Return how many of *values* fall into each of *slots* slots: an upper bound of how many sets hold a value."""
    counts = np.zeros(slots, np.uint32)
    for value in values:
        counts[value % np.uint64(slots)] += np.uint32(1)
    return counts


@numba.njit(nogil=True, cache=True)
def prefixes(
    values: Words, starts: Places, counts: npt.NDArray[np.uint32], threshold: float, part: int, parts: int
) -> tuple[Words, Places]:
    """Return the prefix elements that fall into *part* of *parts*, and the documents that they are of.

    The order of elements is by slot count, then by value. An element whose slot counts one set is shared with nobody
    and left out.
    """
    shared = np.empty(1 << 16, np.uint64)
    owner = np.empty(1 << 16, np.int64)
    used = 0
    for document in range(len(starts) - 1):
        mine = values[starts[document] : starts[document + 1]]
        frequency = counts[mine % np.uint64(len(counts))]
        order = np.argsort(frequency, kind="mergesort")
        length = len(mine) - int(np.ceil(threshold * len(mine) - 1e-9)) + 1
        for place in order[:length]:
            if frequency[place] > 1 and (mine[place] >> np.uint64(40)) % np.uint64(parts) == np.uint64(part):
                if used == len(shared):
                    shared = np.concatenate((shared, np.empty_like(shared)))
                    owner = np.concatenate((owner, np.empty_like(owner)))
                shared[used], owner[used] = mine[place], document
                used += 1
    return shared[:used], owner[:used]


@numba.njit(nogil=True, cache=True)
def pairs_from(
    shared: Words, owner: Places, sizes: Places, threshold: float, begin: int, room: int
) -> tuple[Places, int]:
    """Return packed pairs (left << 32 | right) of owners of one element from place *begin* on, and where it stopped.

    It stops at the end or once *room* pairs are found. Pairs whose sizes alone forbid *threshold* are left out.
    """
    packed = np.empty(room, np.int64)
    used = 0
    first = begin
    while first > 0 and shared[first - 1] == shared[begin]:
        first -= 1
    for place in range(begin, len(shared)):
        if shared[place] != shared[first]:
            first = place
        if used + place - first > room:
            return packed[:used], place
        for other in range(first, place):
            small, large = min(sizes[owner[other]], sizes[owner[place]]), max(sizes[owner[other]], sizes[owner[place]])
            if small >= threshold * large - 1e-9:
                low, high = min(owner[other], owner[place]), max(owner[other], owner[place])
                packed[used] = (low << 32) | high
                used += 1
    return packed[:used], len(shared)


@numba.njit(nogil=True, cache=True)
def similarities(values: Words, starts: Places, packed: Places) -> npt.NDArray[np.float64]:
    """Return the Jaccard index of each packed pair."""
    result = np.empty(len(packed), np.float64)
    for number, pair in enumerate(packed):
        left, left_end = starts[pair >> 32], starts[(pair >> 32) + 1]
        right, right_end = starts[pair & 0xFFFFFFFF], starts[(pair & 0xFFFFFFFF) + 1]
        total, common = left_end - left + right_end - right, 0
        while left < left_end and right < right_end:
            if values[left] == values[right]:
                common, left, right = common + 1, left + 1, right + 1
            elif values[left] < values[right]:
                left += 1
            else:
                right += 1
        result[number] = common / (total - common)
    return result


def candidates(sets: Sets, threshold: float) -> Places:
    """Return the packed pairs that share a prefix element; parts keep it at about a gigabyte."""
    counts = count_slots(sets.values, SLOTS)
    parts = 1 + len(sets.values) // 60_000_000
    sizes = np.diff(sets.starts)
    found = np.empty(0, np.int64)
    for part in range(parts):
        shared, owner = prefixes(sets.values, sets.starts, counts, threshold, part, parts)
        order = np.argsort(shared, kind="stable")
        shared, owner = shared[order], owner[order]
        place = 0
        while place < len(shared):
            packed, place = pairs_from(shared, owner, sizes, threshold, place, PAIRS_AT_ONCE)
            found = np.union1d(found, packed)
    return found


def join(sets: Sets, threshold: float) -> tuple[Places, npt.NDArray[np.float64]]:
    """Return all packed pairs of *sets* at or above *threshold*, and their similarities."""
    packed = candidates(sets, threshold)
    similarity = similarities(sets.values, sets.starts, packed)
    enough = similarity >= threshold - 1e-12
    return packed[enough], similarity[enough]


def exact_join(folder: Path, threshold: float) -> Join:
    """Return the pairs of *folder* at or above *threshold*, from the work folder if they stand there."""
    kept = WORK / "exact" / f"{digest(folder)}-{threshold:g}.npz"
    if kept.exists():
        with np.load(kept) as stored:
            return Join(**stored)
    sets, names, offsets = shingle_sets(folder)
    packed, similarity = join(sets, threshold)
    answer = Join(np.array(names), np.array(offsets), packed >> 32, packed & 0xFFFFFFFF, similarity)
    kept.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(kept, **{name: getattr(answer, name) for name in Join.__slots__})
    return answer


def digest(folder: Path) -> str:
    """Return a digest of the names and bytes of the shards of *folder*."""
    state = hashlib.sha256()
    for path in shards(folder):
        state.update(f"{path.name} {path.stat().st_size} ".encode())
        state.update(path.read_bytes())
    return state.hexdigest()[:16]


def check(folder: Path, threshold: float, limit: int) -> None:
    """Compare the join with all-pairs sets in plain Python on the first *limit* documents; raise where they differ."""
    sets, _, _ = shingle_sets(folder, limit)
    packed, _ = join(sets, threshold)
    plain = [frozenset(shingle_texts(d.record["text"])) for d, _ in zip(documents(folder), range(limit), strict=False)]
    expected = {
        (left << 32) | right
        for right in range(len(plain))
        for left in range(right)
        if len(plain[left] & plain[right]) >= threshold * len(plain[left] | plain[right]) - 1e-9
    }
    if expected != set(packed.tolist()):
        raise SystemExit(f"the join is wrong: {len(expected)} pairs expected, {len(packed)} found")
    say(f"checked: {len(expected)} pairs among {len(plain)} documents, as all-pairs comparison finds")


def shingle_texts(text: str) -> list[tuple[str, ...]]:
    """Return the shingles of *text* as tuples of tokens."""
    tokens = TOKEN.findall(text.lower())
    return [tuple(tokens[start : start + WIDTH]) for start in range(max(1, len(tokens) - WIDTH + 1))]


def main() -> int:
    """Join a folder and print how many pairs it has."""
    parser = argparse.ArgumentParser(description="Find all pairs at or above a Jaccard similarity.")
    parser.add_argument("folder", nargs="?", type=Path, default=DATA / "cut100")
    parser.add_argument("--threshold", type=float, default=0.7)
    parser.add_argument(
        "--check", type=int, metavar="N", help="compare with all-pairs on the first N documents instead"
    )
    options = parser.parse_args()
    if not shards(options.folder):
        say(f"skipped: no .jsonl.gz files in {options.folder}")
        return 0
    if options.check:
        check(options.folder, options.threshold, options.check)
        return 0
    started = time.perf_counter()
    found = exact_join(options.folder, options.threshold)
    seconds = time.perf_counter() - started
    rows = [
        {"threshold": t, "documents": len(found.shard), "pairs": len(found.at(t).left)}
        for t in (0.7, 0.8, 0.9)
        if t >= options.threshold
    ]
    report("exact_join", {f"Exact pairs ({seconds:.1f} s, or less from the work folder)": rows}, ["numba", "numpy"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
