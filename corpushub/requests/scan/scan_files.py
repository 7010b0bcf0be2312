"""Look for personal data in files: what a run would find, by file and type, and how far the search went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors import CONNECTORS
from connectors.capture import CAPTURES, Extent, Failure, Kind, Limits, Slice
from connectors.streams.files import list_files
from connectors.streams.streams import open_stream
from corpushub.recipe.loading import load_recipe
from corpushub.recipe.model import Pii
from pipelines.captures.bodies import decode
from pipelines.captures.extract import extract
from policies.pii.actions import Action
from policies.pii.scrubber import Scrubbed, Scrubber
from policies.pii.search.scan import Status

COMPRESSED: Final = frozenset({".gz", ".bz2", ".xz", ".zst"})
TABLES: Final = frozenset({"csv", "json", "jsonl", "parquet", "tsv"})
ARCHIVES: Final = frozenset({"arc", "warc", "wet"})
PAGES: Final = frozenset({"html", "htm", "xhtml"})
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")  # marks of UTF-16 and UTF-32; other text has no NUL bytes


@dataclass(frozen=True, slots=True)
class Showing:
    """What is told of each finding.

    Attributes:
        most: findings named for each file.
        values: whether their values are told.
    """

    most: int = 0
    values: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was found.

    Attributes:
        record: in which record of the file, from 1.
        type: the entity type.
        start: where it begins, in code points of the extracted text.
        end: where it ends.
        recognizer: what found it.
        score: how sure that is, from 0 to 1.
        value: the text itself; null unless it was asked for.
    """

    record: int
    type: str
    start: int
    end: int
    recognizer: str
    score: float
    value: str | None


@dataclass(frozen=True, slots=True)
class FileReport:
    """What was found in a file.

    Attributes:
        file: its name.
        documents: records with a text; those that cannot be read count too.
        without_text: records that have none by their nature.
        status: documents by how far their search went: complete, partial, failed.
        types: findings by entity type.
        findings: the first of them, as many as were asked for.
    """

    file: str
    documents: int
    without_text: int
    status: Mapping[str, int]
    types: Mapping[str, int]
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What was found in files.

    Attributes:
        clean: whether nothing was found, and every search was complete.
        types: findings by entity type.
        status: documents by how far their search went: complete, partial, failed.
        files: each file in order.
    """

    clean: bool
    types: Mapping[str, int]
    status: Mapping[str, int]
    files: Sequence[FileReport]


def searcher(recipe: Path | None) -> Scrubber:
    """Return what searches as the [pii] section of *recipe* says, or as an empty one; it replaces nothing.

    Raises:
        RecipeError, PolicyError: the recipe or its section cannot be used.
    """
    section = (load_recipe(recipe)[0].pii if recipe else None) or Pii()
    types = [*section.entities, *section.actions]
    plain: dict[str, Any] = {"actions": {}, "default": Action.KEEP, "entities": types, "key_file": None}
    return replace(section.model_copy(update=plain).scrubber(Path()), key=None)


def scan_files(patterns: Sequence[str], scrubber: Scrubber, field: str, show: Showing) -> ScanReport:
    """Search the files that *patterns* name; *field* holds the text in tables.

    Records that cannot be read count as failed.

    Raises:
        ConnectorError: a file is missing or not of its format.
    """
    files = [_scan(file.path, file.name, scrubber, (field, show)) for file in list_files(patterns, ".")]
    types = _sum(file.types for file in files)
    status = {kind.value: 0 for kind in Status} | _sum(file.status for file in files)
    clean = not types and status["partial"] == status["failed"] == 0
    return ScanReport(clean, types, status, files)


def _scan(path: str, name: str, scrubber: Scrubber, how: tuple[str, Showing]) -> FileReport:
    field, show = how
    types: Counter[str] = Counter()
    status: Counter[str] = Counter()
    named: list[Finding] = []
    records = 0
    for batch in captures(path, {"text": field}):
        texts = extract(decode(batch), "full").text
        found = scrubber.scrub(texts, languages_of(texts, scrubber))
        status.update(status_of(batch, texts, found))
        for row, findings in enumerate(found.findings.to_pylist()):
            types.update(one["type"] for one in findings or ())
            wanted = (findings or ())[: max(show.most - len(named), 0)]
            named += [_named(records + row + 1, one, texts[row].as_py(), show) for one in wanted]
        records += batch.num_rows
    without_text = status.pop("", 0)
    counts = {kind.value: status[kind.value] for kind in Status}
    return FileReport(name, records - without_text, without_text, counts, dict(sorted(types.items())), named)


def languages_of(texts: pa.StringArray, scrubber: Scrubber) -> pa.StringArray | None:
    """Return the language of each of *texts* if *scrubber* looks for names, which it does in some languages alone."""
    if not scrubber.names:
        return None
    from pipelines.kernels.languages.identification import identify

    return identify(texts)[0]


def status_of(batch: pa.RecordBatch, texts: pa.StringArray, found: Scrubbed) -> list[str]:
    """Return the status of each record: empty where it has no text, partial if it is too large, failed if broken."""
    searched = pc.if_else(pc.is_valid(texts), found.status, "")
    large = pc.equal(batch["failure"], Failure.TOO_LARGE.value)
    unread = pc.if_else(large, Status.PARTIAL.value, Status.FAILED.value)
    status: list[str] = pc.if_else(pc.is_valid(batch["failure"]), unread, searched).to_pylist()
    return status


def _named(record: int, finding: Mapping[str, Any], text: str, show: Showing) -> Finding:
    told = {name: finding[name] for name in ("type", "start", "end", "recognizer", "score")}
    return Finding(record, **told, value=text[finding["start"] : finding["end"]] if show.values else None)


def format_of(path: str) -> str:
    """Return the format of a file by its suffix: what is not one of TABLES, ARCHIVES or PAGES is plain text."""
    suffixes = [suffix for suffix in Path(path).suffixes if suffix.lower() not in COMPRESSED]
    return suffixes[-1].lower().removeprefix(".") if suffixes else ""


def captures(path: str, fields: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    """Yield the records of a file: by its suffix an archive, a table with these *fields*, a page or plain text.

    Raises:
        ConnectorError: the file is missing or not of its format.
    """
    connector = format_of(path)
    if connector in TABLES | ARCHIVES:
        options = {"fields": dict(fields)} if connector in TABLES else {}
        yield from CONNECTORS[connector].read(Slice(path), options, Limits(), Extent())
    else:
        row = {"kind": Kind.RECORD.value, "media_type": "text/html" if connector in PAGES else "text/plain"}
        yield pa.RecordBatch.from_pylist([row | _body(path)], schema=CAPTURES)


def _body(path: str) -> dict[str, Any]:
    """Return the bytes of the file at *path*, or why there are none; no more is read than a record may have."""
    body = bytearray()
    with open_stream(path) as stream:
        for chunk in stream:
            body += chunk
            if len(body) > Limits().record_bytes:
                return {"failure": Failure.TOO_LARGE.value}
    binary = b"\0" in body and not body.startswith(_WIDE)
    return {"payload": bytes(body), "failure": stream.damage or (Failure.BAD_ENCODING.value if binary else None)}


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items()))
