"""Benchmarks that a corpus must not hold: their files, read once, and indexed for the annotate stage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import orjson
import pyarrow as pa

from connectors.capture import Limits
from connectors.errors import UnreadableSource
from connectors.streams.files import DigestedFile
from connectors.streams.streams import open_stream
from connectors.tables.fields import getter, scalar
from connectors.tables.lines import split_lines
from pipelines.decontaminate.overlaps import ITEMS, BenchmarkIndex, build_index
from pipelines.execution.once import Once
from pipelines.execution.stage import Report

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark and how documents are compared with it.

    Attributes:
        name: what the ledger calls it.
        files: its files: JSON Lines, plain or compressed.
        fields: paths of the fields that hold text; each is a text of its own.
        id: path of the field that names an item; None for the line number, with the file's name if there are several.
        tokens: how many consecutive tokens a document must share with an item.
        min_tokens: a shorter text is one run as a whole if it has so many; else it is not used.
    """

    name: str
    files: tuple[DigestedFile, ...]
    fields: tuple[str, ...]
    id: str | None = None
    tokens: int = 13
    min_tokens: int = 8

    def settings(self) -> list[Any]:
        """Describe the benchmark as JSON, its files by what they hold."""
        files = sorted([file.name, file.sha256] for file in self.files)
        return [self.name, files, list(self.fields), self.id, self.tokens, self.min_tokens]


@dataclass(frozen=True, slots=True)
class BenchmarkCounts:
    """Items of a benchmark, those of them that are too short to be looked for, and how many tokens those lack."""

    name: str
    items: int
    unused: int
    min_tokens: int


@dataclass(frozen=True, slots=True)
class BenchmarkReport(Report):
    """What a benchmark index holds."""

    benchmarks: Sequence[BenchmarkCounts]
    runs: int

    @classmethod
    def load(cls, content: Mapping[str, Any]) -> Self:
        """Return the report that was kept as JSON."""
        return cls(**{**content, "benchmarks": [BenchmarkCounts(**one) for one in content["benchmarks"]]})


@dataclass(frozen=True)
class BenchmarkTask(Once[BenchmarkReport]):
    """Index the items of all benchmarks of a recipe.

    Attributes:
        benchmarks: the benchmarks.
        out: folder for the index and the report.
    """

    benchmarks: tuple[Benchmark, ...]
    out: str

    def inputs(self) -> Any:
        """Return the benchmarks' settings and the digests of their files."""
        return sorted(benchmark.settings() for benchmark in self.benchmarks)

    @property
    def cost(self) -> int:
        """Return the files' stored bytes."""
        return sum(file.size for benchmark in self.benchmarks for file in benchmark.files)

    def work(self) -> BenchmarkReport:
        """Write the index; report the items of each benchmark and how many of them are too short to be used.

        Raises:
            MissingSource, UnreadableSource: a file cannot be read, a line is no JSON object, or a field has no text.
        """
        found = [(one, item) for one in self.benchmarks for item in read_items(one)]
        found.sort(key=lambda pair: (pair[0].name, pair[1]))
        rows = [{"benchmark": one.name, "id": name, "text": text} for one, (name, text) in found]
        sizes = [(one.tokens, one.min_tokens) for one, _ in found]
        index, used = build_index(pa.RecordBatch.from_pylist(rows, schema=ITEMS), sizes)
        index.write(self.path)
        every = {(row["benchmark"], row["id"]) for row in rows}
        short = every - {(rows[row]["benchmark"], rows[row]["id"]) for row in used.nonzero()[0]}
        counts = [
            BenchmarkCounts(
                name=one.name,
                items=sum(name == one.name for name, _ in every),
                unused=sum(name == one.name for name, _ in short),
                min_tokens=min(one.min_tokens, one.tokens),
            )
            for one in self.benchmarks
        ]
        return BenchmarkReport(self.id, counts, index.runs.num_rows)


@lru_cache(maxsize=1)
def open_index(path: str) -> BenchmarkIndex:
    """Read the index at *path* (of an :class:`BenchmarkTask` that is done), once per process."""
    return BenchmarkIndex.read(path)


def read_items(benchmark: Benchmark) -> Iterator[tuple[str, str]]:
    """Yield id and text of every field of every item.

    Raises:
        MissingSource, UnreadableSource: see BenchmarkTask.work.
    """
    texts = [getter(path) for path in benchmark.fields]
    named = getter(benchmark.id)
    for file in benchmark.files:
        missing = set(benchmark.fields)
        for number, record in _records(file):
            found = {path: read(record) for path, read in zip(benchmark.fields, texts, strict=True)}
            found = {path: text for path, text in found.items() if isinstance(text, str) and text.strip()}
            if not found:
                raise _no_text(benchmark.fields, f"{file.name}, line {number}")
            missing -= found.keys()
            name = str(number) if len(benchmark.files) == 1 else f"{file.name}:{number}"
            if benchmark.id is not None:
                name = scalar(named(record)) or ""
            if not name:
                raise UnreadableSource(f"{file.name}, line {number}: no id in field {benchmark.id!r}; nothing was read")
            for text in found.values():
                yield name, text
        if missing:
            raise _no_text(sorted(missing), f"{file.name}, all lines")


def _records(file: DigestedFile) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the JSON objects of *file* with their line numbers, from 1."""
    with open_stream(file.path) as stream:
        for number, (_, line, _, _) in enumerate(split_lines(stream, Limits().record_bytes), start=1):
            bare = line.removeprefix(_BOM).strip() if number == 1 else line.strip()
            if bare:
                yield number, _parse(bare, f"{file.name}, line {number}")
        if stream.damage:
            raise UnreadableSource(f"{file.name}: the file is damaged ({stream.damage.value}); nothing was read")


def _parse(line: bytes, where: str) -> Mapping[str, Any]:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise UnreadableSource(f"{where}: not JSON; a benchmark is JSON Lines, one object per line") from error
    if not isinstance(record, dict):
        raise UnreadableSource(f"{where}: not a JSON object; a benchmark is JSON Lines, one object per line")
    return record


def _no_text(fields: Sequence[str], where: str) -> UnreadableSource:
    names = " or ".join(map(repr, fields))
    return UnreadableSource(f"{where}: no text in field {names} of the benchmark; check `field` in the recipe")
