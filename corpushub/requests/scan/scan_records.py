"""Look for personal data in records, one after the other: what is found in each, or its text without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.streams.files import list_files
from corpushub.recipe.loading import load_recipe
from corpushub.recipe.model import Pii
from corpushub.requests.scan.scan_files import ARCHIVES, PAGES, TABLES, captures, format_of, languages_of, status_of
from pipelines.captures.bodies import decode
from pipelines.captures.encodings import decode_body
from pipelines.captures.extract import extract
from policies.pii.names.recognizer import applies
from policies.pii.scrubber import Scrubber
from policies.pii.search.scan import Status


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a table that hold the text and the id of a record."""

    text: str = "text"
    id: str = "id"


@dataclass(frozen=True, slots=True)
class Span:
    """Something that was found.

    Attributes:
        type: the entity type.
        start: where it begins, in code points of the text as the file has it (of a page or an archive: of the text
            extracted from it).
        end: where it ends.
        score: how sure the recognizer is, from 0 to 1.
        recognizer: what found it.
    """

    type: str
    start: int
    end: int
    score: float
    recognizer: str


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """What ``scan`` prints of a record.

    Attributes:
        id: the record's id, in an archive its address, of plain text and a page the file's name; null where it has none
            or is broken.
        status: how far the search went.
        spans: what was found, in order and without overlaps.
    """

    id: str | None
    status: Status
    spans: Sequence[Span]


@dataclass(frozen=True, slots=True)
class ScrubbedRecord:
    """What ``scan --apply`` prints of a record.

    Attributes:
        id: the record's id, in an archive its address, of a page the file's name; null where it has none or is broken.
        status: how far the search went.
        text: the text after the actions; null where it is withheld.
    """

    id: str | None
    status: Status
    text: str | None


@dataclass(frozen=True, slots=True)
class Searched:
    """One record after the search.

    Attributes:
        id: the record's id, in an archive its address, of plain text and a page the file's name; None where a record
            has none or is broken.
        status: how far the search went.
        spans: what was found, in order and without overlaps.
        text: the text after the scrubber's actions; None where it is withheld.
        plain: the file is plain text, not a record among others.
        nameless: names were to be looked for and were not, as the model does not know the language.
    """

    id: str | None
    status: Status
    spans: Sequence[Span]
    text: str | None
    plain: bool
    nameless: bool

    @property
    def complete(self) -> bool:
        """Whether the search was complete."""
        return self.status is Status.COMPLETE

    @property
    def clean(self) -> bool:
        """Whether the search was complete and found nothing."""
        return self.complete and not self.spans

    def found(self) -> FoundRecord:
        """Return what ``scan`` prints of it."""
        return FoundRecord(self.id, self.status, self.spans)

    def scrubbed(self) -> ScrubbedRecord:
        """Return what ``scan --apply`` prints of it, unless it is plain text."""
        return ScrubbedRecord(self.id, self.status, self.text)


def applier(recipe: Path | None) -> Scrubber:
    """Return what scrubs as the [pii] section of *recipe* says, or as an empty one.

    Raises:
        RecipeError, PolicyError: the recipe or its section cannot be used, or the key that an action needs is missing.
    """
    section = load_recipe(recipe)[0].pii if recipe else None
    return (section or Pii()).scrubber(recipe.parent if recipe else Path())


def scan_records(patterns: Sequence[str], scrubber: Scrubber, fields: Fields) -> Iterator[Searched]:
    """Search the files that *patterns* name and yield their records in order, a batch of them in memory at a time.

    A record that cannot be read is FAILED, one that is too large PARTIAL, and its neighbours are unharmed. What has no
    text by its nature, such as a redirect in an archive, is no record.

    Raises:
        ConnectorError: a file is missing (before anything is read) or not of its format.
        MissingKey: the key is not where it was.
    """
    for file in list_files(patterns, "."):
        for batch in captures(file.path, {"text": fields.text, "id": fields.id}):
            yield from _searched(batch, file.name, format_of(file.path), scrubber)


def _searched(batch: pa.RecordBatch, name: str, kind: str, scrubber: Scrubber) -> Iterator[Searched]:
    plain = kind not in TABLES | ARCHIVES | PAGES
    texts = _plain_text(batch) if plain else _texts(batch)
    languages = languages_of(texts, scrubber)
    found = scrubber.scrub(texts, languages)
    rows = zip(
        _ids(batch, name, kind),
        status_of(batch, texts, found),
        found.findings.to_pylist(),
        found.text.to_pylist(),
        [False] * len(texts) if languages is None else [not applies(one) for one in languages.to_pylist()],
        strict=True,
    )
    for record, status, findings, text, nameless in rows:
        if status:
            yield Searched(record, Status(status), [*map(_span, findings or ())], text, plain, nameless)


def _ids(batch: pa.RecordBatch, name: str, kind: str) -> list[str | None]:
    """Return the id of each record."""
    if kind not in TABLES | ARCHIVES:
        return [name] * batch.num_rows
    own = batch["source_id"] if kind in TABLES else pc.coalesce(batch["source_id"], batch["uri"])
    ids: list[str | None] = own.to_pylist()
    return ids


def _span(finding: Mapping[str, Any]) -> Span:
    return Span(**{name: finding[name] for name in ("type", "start", "end", "score", "recognizer")})


def _plain_text(batch: pa.RecordBatch) -> pa.StringArray:
    """Return the text of a file as it stands there, without what a run would change before its search."""
    readable = pc.is_null(batch["failure"]).to_pylist()
    bodies = zip(batch["payload"].to_pylist(), readable, strict=True)
    return pa.array([decode_body(body, None, False).text if well else None for body, well in bodies], pa.string())


def _texts(batch: pa.RecordBatch) -> pa.StringArray:
    """Return the text of each record as it was given, else as it is extracted."""
    given = pc.if_else(pc.is_null(batch["failure"]), batch["text"], None)
    extracted = batch["payload"].null_count < batch.num_rows
    return pc.coalesce(given, extract(decode(batch), "full").text) if extracted else given
