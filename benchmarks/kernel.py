"""Measure the deduplication kernels on one core beside datasketch: ``python benchmarks/kernel.py``.

Everything is measured in rounds, each thing once per round, so that whatever else the machine does hits all alike; the
figures are medians over the rounds, in seconds of the processor, and the best. datasketch gets the same shingles of
every so many-th document, as bytes and in one ``update_batch`` per document, which is its fast way, and XXH32 from a C
library; a second row adds the tokenising.

The note on the permutations' loop (roofline.py) compares the best round with what the processor could do at best.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from corpus import DATA, documents, shards
from exact_join import TOKEN
from measure import report, say
from roofline import roofline

from pipelines.kernels.minhash import MinHasher, _lower_all, permutations
from pipelines.kernels.shingles import ShingleSets, hash_shingles, jaccard
from pipelines.kernels.tokens import longest, scratch, text_buffers, text_tables, tokenize

HASHER = MinHasher()
HASHES = 1 << 18
CHAIN = 20_000_000

Words = npt.NDArray[np.uint32]


# None of these is cached on disk: numba would not notice a change of the kernels that they call.
@numba.njit(nogil=True)
def tokens_of(data: Any, offsets: Any, tables: Any) -> int:
    """Tokenise every text; return how many tokens there are, so that nothing can be left out."""
    room, total = scratch(longest(offsets)), 0
    for row in range(len(offsets) - 1):
        total += tokenize(data, offsets[row], offsets[row + 1], tables, room)
    return total


@numba.njit(nogil=True)
def hashes_of(data: Any, offsets: Any, tables: Any, size: int) -> tuple[int, Any]:
    """Tokenise every text and hash its shingles; return how many they are and the exclusive or of all hashes."""
    room, total, mixed = scratch(longest(offsets)), 0, np.uint32(0)
    hashes = np.empty(len(room[1]), np.uint32)
    for row in range(len(offsets) - 1):
        count = hash_shingles(room, tokenize(data, offsets[row], offsets[row + 1], tables, room), size, hashes)
        total += count
        for place in range(count):
            mixed ^= hashes[place]
    return total, mixed


@numba.njit(nogil=True)
def similarity_sum(offsets: Any, hashes: Any) -> float:
    """Return the sum of the similarities of all neighbouring sets."""
    total = 0.0
    for row in range(len(offsets) - 2):
        total += jaccard(offsets, hashes, row, row + 1)
    return total


@numba.njit(nogil=True)
def multiply_chain(length: int, start: Any) -> Any:
    """Return *start* multiplied by itself *length* times over, each product waiting for the one before."""
    for _ in range(length):
        start *= start
    return start


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts as kernels read them, and their size in bytes of UTF-8."""

    array: pa.StringArray
    data: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Texts:
        """Return *texts*."""
        array = pa.array(texts, pa.string())
        return cls(array, *text_buffers(array))

    @property
    def size(self) -> int:
        """Return the bytes of all texts."""
        return int(self.offsets[-1] - self.offsets[0])


def shingles_of(text: str) -> list[bytes]:
    """Return the shingles of *text* as datasketch takes them, by the published definition."""
    words = TOKEN.findall(text.lower())
    size = HASHER.shingle
    return [" ".join(words[at : at + size]).encode() for at in range(max(1, len(words) - size + 1))] if words else []


def peer_signatures(empty: Any, shingles: Iterable[list[bytes]]) -> Words:
    """Return datasketch's signature of each list of shingles; *empty* is a MinHash, copied to share permutations."""
    rows = []
    for mine in shingles:
        sketch = empty.copy()
        sketch.update_batch(mine)
        rows.append(sketch.hashvalues)
    return np.array(rows, np.uint32)


def empty_sketch() -> Any:
    """Return datasketch's MinHash of nothing with our parameters."""
    import xxhash
    from datasketch import MinHash

    return MinHash(HASHER.num_perm, HASHER.seed, hashfunc=xxhash.xxh32_intdigest, scheme="affine32")


@dataclass(frozen=True, slots=True)
class Turns:
    """What was measured, by name.

    Attributes:
        seconds: of the processor, one for each round.
        answers: what the last round gave.
    """

    seconds: Mapping[str, Sequence[float]]
    answers: Mapping[str, Any]

    def median(self, name: str) -> float:
        """Return the median seconds of *name*."""
        return statistics.median(self.seconds[name])

    def speeds(self, name: str, size: int) -> dict[str, float]:
        """Return two columns: the megabytes per second of *name* on *size* bytes."""
        best = min(self.seconds[name])
        return {"MB/s": size / 1e6 / self.median(name), "best MB/s": size / 1e6 / best}


def in_turns(things: Mapping[str, Callable[[], Any]], rounds: int) -> Turns:
    """Do each of *things* once per round, after one that compiles."""
    answers = {name: thing() for name, thing in things.items()}
    seconds: dict[str, list[float]] = {name: [] for name in things}
    for number in range(rounds):
        say(f"round {number + 1} of {rounds} (load {os.getloadavg()[0]:.1f})")
        for name, thing in things.items():
            started = time.thread_time()
            answers[name] = thing()
            seconds[name].append(time.thread_time() - started)
    return Turns(seconds, answers)


def the_things(whole: Texts, sample: Texts) -> dict[str, Callable[[], Any]]:
    """Return what is measured, by name."""
    tables, size, parameters = text_tables(), HASHER.shingle, permutations(HASHER.num_perm, HASHER.seed)
    texts, empty = sample.array.to_pylist(), empty_sketch()
    ready = [shingles_of(text) for text in texts]
    sets = HASHER.sketch(whole.array)[1]
    hashes = np.random.default_rng(1).integers(0, 2**32, HASHES, np.uint32)
    return {
        "tokens": lambda: tokens_of(whole.data, whole.offsets, tables),
        "hashes": lambda: hashes_of(whole.data, whole.offsets, tables, size),
        "signatures": lambda: HASHER.signatures(whole.array),
        "permutations": lambda: lowered(hashes, parameters),
        "sets": lambda: HASHER.sketch(whole.array),
        "jaccard": lambda: similarity_sum(sets.offsets, sets.hashes),
        "clock": lambda: multiply_chain(CHAIN, np.uint64(3)),
        "ours": lambda: HASHER.signatures(sample.array),
        "peer": lambda: peer_signatures(empty, ready),
        "peer with tokens": lambda: peer_signatures(empty, map(shingles_of, texts)),
    }


def lowered(hashes: Words, parameters: Words) -> Words:
    """Return the signature of *hashes*."""
    signature = np.full(HASHER.num_perm, 0xFFFFFFFF, np.uint32)
    _lower_all(signature, hashes, len(hashes), parameters[0], parameters[1])
    return signature


def beside_datasketch(sample: Texts, turns: Turns) -> list[dict[str, Any]]:
    """Return the table of our signatures and datasketch's of the sample."""
    names = {
        "corpushub, text to signatures": "ours",
        "datasketch, shingles to signatures": "peer",
        "datasketch, text to signatures": "peer with tokens",
    }
    return [
        {
            "what": what,
            "seconds": round(turns.median(name), 4),
            **turns.speeds(name, sample.size),
            "corpushub is faster": turns.median(name) / turns.median("ours"),
            "signatures equal": f"{equal(turns.answers[name], turns.answers['ours'])} of {len(sample.array)}",
        }
        for what, name in names.items()
    ]


def equal(left: Words, right: Words) -> int:
    """Return how many signatures are the same in both."""
    return int((left == right).all(axis=1).sum())


def breakdown(whole: Texts, turns: Turns) -> list[dict[str, Any]]:
    """Return the table of what each part of the signature kernel adds."""
    tokens, (shingles, _) = turns.answers["tokens"], turns.answers["hashes"]
    parts = (("tokenise", "tokens", tokens), ("and hash", "hashes", shingles), ("and permute", "signatures", shingles))
    rows, before = [], 0.0
    for what, name, count in parts:
        part = {"the part adds, ns": 1e9 * (turns.median(name) - before) / count}
        per = {"per": "token" if name == "tokens" else "shingle"}
        rows.append({"up to": what, "seconds": turns.median(name), **turns.speeds(name, whole.size), **part, **per})
        before = turns.median(name)
    return rows


def verification(whole: Texts, sets: ShingleSets, turns: Turns) -> list[dict[str, Any]]:
    """Return the table of the kernels that verify candidates: sets of all texts, similarity of all neighbours."""
    works = (
        ("signatures and sets", "sets", len(sets), whole.size),
        ("jaccard", "jaccard", len(sets) - 1, 2 * whole.size),
    )
    return [
        {"kernel": kernel, "texts or pairs/s": count / turns.median(name), **turns.speeds(name, size)}
        for kernel, name, count, size in works
    ]


def measure(folder: Path, every: int, rounds: int) -> dict[str, Sequence[Mapping[str, Any]]]:
    """Measure the kernels on the texts of *folder* and return the tables."""
    texts = [document.record["text"] for document in documents(folder)]
    whole, sample = Texts.of(texts), Texts.of(texts[::every])
    turns = in_turns(the_things(whole, sample), rounds)
    spent = sum(sum(turns.seconds[name]) for name in ("peer", "peer with tokens"))
    return {
        f"Sample of {len(sample.array)} documents, {sample.size / 1e6:.1f} MB; "
        f"{rounds} rounds, {spent:.1f} s of them datasketch's": beside_datasketch(sample, turns),
        f"Signature kernel, {len(whole.array)} documents, {whole.size / 1e6:.1f} MB, "
        f"{turns.answers['tokens']} tokens": breakdown(whole, turns),
        "Verification kernels": verification(whole, turns.answers["sets"][1], turns),
        f"Loop of the {HASHER.num_perm} permutations": roofline(
            min(turns.seconds["clock"]) / CHAIN, min(turns.seconds["permutations"]) / HASHES, HASHER.num_perm
        ),
    }


def main() -> int:
    """Measure on one core and print the tables; the exit code is 1 if a signature differs from datasketch's."""
    parser = argparse.ArgumentParser(description="Measure the deduplication kernels on one core.")
    parser.add_argument("--corpus", type=Path, default=DATA / "cut100", help="folder of .jsonl.gz shards")
    parser.add_argument("--every", type=int, default=8, help="datasketch gets every so many-th document")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    if not shards(options.corpus):
        say(f"skipped: no .jsonl.gz files in {options.corpus}")
        return 0
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    tables = measure(options.corpus, options.every, options.rounds)
    report("kernel", tables, ["numba", "llvmlite", "numpy", "datasketch", "xxhash"])
    beside = next(iter(tables.values()))
    return int(len({row["signatures equal"] for row in beside}) > 1)


if __name__ == "__main__":
    sys.exit(main())
