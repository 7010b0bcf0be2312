"""What the control database says of persons beside the documents: names, recipes and reasons, which stay."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from urllib.parse import quote

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import JSON, Column, Engine, String, Table, select

from lineage.erasure.spellings import Spelling, rows_with
from lineage.hub.schema import ATTESTATIONS, METADATA

_KEPT: Final = frozenset(
    {
        *("run_inputs.source", "run_inputs.name", "run_inputs.path", "file_digests.path", "versions.sources"),
        *("runs.recipe", "policies.text", "policy_texts.text", "erasures.reason", "suppressions.value"),
        *("revisals.reason", "revisals.rules", "revisals.who", "revisals.lifted", "standing_rules.value"),
        *("version_standings.pinned_why", "version_standings.retired_why"),
    }
)
"""Names of sources and files, and what operators wrote: statements and the audit log are about them, so they stay."""


def names_with(db: Engine, spellings: Sequence[Spelling]) -> list[str]:
    """Return what stays in the records of *db* though one of *spellings* stands in it: names, recipes and reasons."""
    columns = (column for table in METADATA.sorted_tables for column in table.columns if str(column) in _KEPT)
    return sorted({text for column in columns for text in _said(db, column, spellings)})


def as_recorded(names: Iterable[str]) -> list[str]:
    """Return *names* in all forms in which records have them, the longest first."""
    forms = {form for name in names for form in (name, quote(name, safe="/:?#[]@!$&'()*+,;=%~"), _in_json(name))}
    return sorted(forms, key=lambda form: (-len(form), form))


def records_with(db: Engine, spellings: Sequence[Spelling], allowed: Iterable[str]) -> Iterator[str]:
    """Yield the tables of *db* in which one of *spellings* stands in more than is *allowed*."""
    names = list(allowed)
    for table in METADATA.sorted_tables:
        if any(_said(db, column, spellings, names) for column in table.columns if str(column) not in _KEPT):
            yield table.name


def _said(db: Engine, column: Column[Any], spellings: Sequence[Spelling], allowed: Sequence[str] = ()) -> list[str]:
    """Return the texts in *column* in which one of *spellings* stands, what is *allowed* aside."""
    if not isinstance(column.type, String | JSON) or not isinstance(column.table, Table):
        return []
    query = select(column).where(column.is_not(None))
    with db.connect() as connection:
        values = connection.execute(query if isinstance(column.type, JSON) else query.distinct()).scalars().all()
    texts = [text for value in values for text in _texts(value, column)]
    for name in allowed:
        texts = [text.replace(name, " ") for text in texts]
    said = rows_with(pa.array(texts, pa.string()), spellings)
    return [texts[at] for at in pc.indices_nonzero(said).to_pylist()]


def _texts(value: Any, column: Column[Any]) -> Iterator[str]:
    """Yield the strings in *value*, keys included, and what an envelope holds in base64."""
    if isinstance(value, str):
        yield value
        if column is ATTESTATIONS.c.envelope:
            yield _payload(value)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield str(key)
            yield from _texts(one, column)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, column)


def _payload(envelope: str) -> str:
    """Return what the DSSE *envelope* is about; the envelope itself where it is none."""
    try:
        return base64.b64decode(orjson.loads(envelope)["payload"]).decode("utf-8", "replace")
    except (orjson.JSONDecodeError, binascii.Error, KeyError, TypeError):
        return envelope


def _in_json(name: str) -> str:
    return orjson.dumps(name).decode()[1:-1]
