"""Compare each part of a run with what the machine allows for it: ``python benchmarks/stages.py``.

One run that only deduplicates, in this process, whose parts are timed where they are called: seconds of its processor,
the least of several runs. Beside each part stands a limit, measured in turns with the runs over the same documents: the
least that a program must do there, by the fastest library at hand, without anything around it. A ratio is ours over the
limit; what has none costs nothing that could be done without.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from corpus import DATA, documents, shards
from hub_runs import Job, jsonl
from kernel import hashes_of
from measure import report, say
from zlib_ng import zlib_ng

import corpushub
from pipelines.annotate import passes
from pipelines.annotate.annotation import Annotation
from pipelines.annotate.rights import Rights
from pipelines.annotate.text import Extract
from pipelines.execution import in_process
from pipelines.execution.executor import Execution
from pipelines.handover import parts
from pipelines.kernels.minhash import MinHasher, permutations
from pipelines.kernels.minhash import _lower_all as lower_all
from pipelines.kernels.tokens import text_buffers, text_tables
from pipelines.release import record, stage

ROUNDS = 4
GZIP = 31
BLOCK = 1 << 20

PARTS = {
    "read": (Annotation, "_captures"),
    "look for rights": (Rights, "add_profiles"),
    "make texts canonical": (Extract, "__call__"),
    "name by content": (passes, "identify_texts"),
    "sign": (MinHasher, "sketch"),
    "write parts": (parts.PartWriter, "write"),
    "write documents": (stage, "write_documents"),
    "write the ledger": (record, "write_ledger"),
}
"""Where each part is called; what it calls of the others is not counted to it."""

TASKS = {"AnnotateTask": "annotate, the rest", "ReleaseTask": "release, the rest", "RecordTask": "record, the rest"}
"""What remains of tasks; other tasks are a part each, those of one package together."""


class Clock:
    """Processor seconds by part; a part that is begun within another stops its clock."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._open: list[str] = []
        self._since = 0.0

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count to *name* what happens meanwhile."""
        self._turn()
        self._open.append(name)
        try:
            yield
        finally:
            self._turn()
            self._open.pop()

    def _turn(self) -> None:
        now = time.process_time()
        if self._open:
            self.spent[self._open[-1]] += now - self._since
        self._since = now

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return *call*, timed; of a generator each step."""

        @wraps(call)
        def timed(*arguments: Any, **named: Any) -> Any:
            with self.part(name):
                made = call(*arguments, **named)
            return self._steps(name, made) if isinstance(made, Iterator) else made

        return timed

    def _steps(self, name: str, made: Iterator[Any]) -> Iterator[Any]:
        while True:
            with self.part(name):
                step = next(made, None)
            if step is None:
                return
            yield step


def part_of(task: Any) -> str:
    """Name the part that *task* is, or that is left of it."""
    kind, module = type(task).__name__, type(task).__module__
    pairs = module.startswith("pipelines.dedup") and not module.startswith("pipelines.dedup.indexes")
    return TASKS.get(kind) or ("deduplicate" if pairs else kind)


def ours(folder: Path, scratch: Path) -> Mapping[str, float]:
    """Return the processor seconds of each part of a run over *folder* in a new hub."""
    clock = Clock()
    run_task = in_process.run_task

    def timed(task: Any, journal: str | None = None) -> Any:
        with clock.part(part_of(task)):
            return run_task(task, journal)

    recipe = scratch / "recipe.toml"
    recipe.write_text(Job(jsonl(folder), steps=()).recipe(), encoding="utf-8")
    with tempfile.TemporaryDirectory(dir=scratch) as hub, ExitStack() as stack:
        for name, (owner, attribute) in PARTS.items():
            stack.enter_context(patch.object(owner, attribute, clock.around(name, getattr(owner, attribute))))
        stack.enter_context(patch.object(in_process, "run_task", timed))
        stack.enter_context(corpushub.open(hub)).run(recipe, Execution(workers=1))
    return clock.spent


class Limits:
    """The least that the documents of *folder* take, part by part."""

    def __init__(self, folder: Path) -> None:
        self._stored = [path.read_bytes() for path in shards(folder)]
        records = [document.record for document in documents(folder)]
        self.texts = pa.array([record["text"] for record in records], pa.string())
        self._rest = b"".join(orjson.dumps({**record, "text": ""}) for record in records)
        self._ids = np.random.default_rng(0).bytes(len(records) * 16)
        data, offsets = text_buffers(self.texts)
        self._shingles, _ = hashes_of(data, offsets, text_tables(), 5)

    def read(self) -> None:
        """Inflate, parse, and make columns of texts."""
        for stored in self._stored:
            lines = zlib_ng.decompress(stored, GZIP).splitlines()
            pa.array([orjson.loads(line)["text"] for line in lines])

    def canonical(self) -> None:
        """Look at each character once, and find out of each text whether it is in normal form."""
        pc.utf8_lower(self.texts)
        all(unicodedata.is_normalized("NFC", text) for text in self.texts.to_pylist())

    def name(self) -> None:
        """Digest each text."""
        for text in self.texts:
            hashlib.sha256(text.as_buffer()).digest()

    def sign(self) -> None:
        """Look at each character once, digest the bytes once, and permute as often as there are shingles.

        The loop that permutes is ours; how far it is from what the core could do, kernel.py says.
        """
        pc.utf8_lower(self.texts)
        xxhash.xxh32_digest(self.texts.buffers()[2])
        least, hashes = np.full(128, 0xFFFFFFFF, np.uint32), np.arange(BLOCK >> 4, dtype=np.uint32)
        multipliers, addends = permutations(128, 1)
        for at in range(0, self._shingles, len(hashes)):
            lower_all(least, hashes, min(self._shingles - at, len(hashes)), multipliers, addends)

    def write_parts(self) -> None:
        """Copy all texts to a file."""
        with tempfile.TemporaryFile() as file:
            file.write(self.texts.buffers()[2])

    def write_documents(self) -> None:
        """Compress texts and what else there is, and digest what comes of it."""
        digest = hashlib.sha256()
        for level, content in ((3, memoryview(self.texts.buffers()[2])), (1, memoryview(self._rest))):
            codec = pa.Codec("zstd", compression_level=level)
            for at in range(0, len(content), BLOCK):
                digest.update(codec.compress(content[at : at + BLOCK]))

    def write_ledger(self) -> None:
        """Compress and digest what there is beside texts, and the ids, which do not shrink."""
        codec = pa.Codec("zstd", compression_level=1)
        hashlib.sha256(codec.compress(self._rest))
        hashlib.sha256(codec.compress(self._ids.hex().encode()))

    def deduplicate(self) -> None:
        """Sort the keys of all bands, nine for each document, and the hashes of all shingles, text by text."""
        chance = np.random.default_rng(0)
        np.sort(chance.integers(0, 1 << 63, 9 * len(self.texts), np.int64))
        hashes = chance.integers(0, 1 << 32, self._shingles, np.uint32)
        np.sort(hashes[: len(hashes) // 512 * 512].reshape(-1, 512))


def all_limits(limits: Limits) -> dict[str, Callable[[], None]]:
    """Return what is measured as a limit, by part."""
    return {
        "read": limits.read,
        "make texts canonical": limits.canonical,
        "name by content": limits.name,
        "sign": limits.sign,
        "write parts": limits.write_parts,
        "write documents": limits.write_documents,
        "write the ledger": limits.write_ledger,
        "deduplicate": limits.deduplicate,
    }


def main() -> int:
    """Measure both and print the table."""
    parser = argparse.ArgumentParser(description="Compare each part of a run with what the machine allows for it.")
    parser.add_argument("--corpus", type=Path, default=DATA / "cut100", help="folder of .jsonl.gz shards")
    options = parser.parse_args()
    if not shards(options.corpus):
        say(f"skipped: no .jsonl.gz files in {options.corpus}")
        return 0
    limits = Limits(options.corpus)
    least: dict[str, float] = {}
    spent: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        for number in range(ROUNDS):
            say(f"round {number + 1} of {ROUNDS} (load {os.getloadavg()[0]:.1f})")
            for name, do in all_limits(limits).items():
                start = time.process_time()
                do()
                least[name] = min(least.get(name, float("inf")), time.process_time() - start)
            for name, seconds in ours(options.corpus, Path(scratch)).items():
                spent[name] = min(spent.get(name, float("inf")), seconds)
    megabytes = limits.texts.buffers()[2].size / 1e6
    rows = [
        {
            "part": name,
            "seconds": seconds,
            "MB/s": megabytes / seconds,
            "limit": least.get(name),
            "ratio": seconds / least[name] if name in least else None,
        }
        for name, seconds in sorted(spent.items(), key=lambda item: -item[1])
    ]
    report("stages", {f"parts of a run over {megabytes:.0f} MB": rows}, ["orjson", "pyarrow", "xxhash", "zlib-ng"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
