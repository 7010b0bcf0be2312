"""What the control database says of persons beside the documents: names, recipes and reasons, which stay.

They stay in their own columns. Elsewhere only statements and events tell of some of them, each as a whole string of
JSON; a value that stands anywhere else is left over, whatever the names and reasons on record are.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final
from urllib.parse import quote

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import JSON, Column, String, Table, select

from lineage.erasure.spellings import Spelling, Wanted, rows_with
from lineage.hub.database import Database
from lineage.hub.schema import ATTESTATIONS, METADATA, OUTBOX

_KEPT: Final = frozenset(
    {
        *("run_inputs.source", "run_inputs.name", "run_inputs.path", "source_digests.path", "versions.sources"),
        *("runs.recipe", "runs.error", "policies.text", "policy_texts.text", "erasures.reason", "suppressions.value"),
        *("revisals.reason", "revisals.rules", "revisals.who", "revisals.lifted", "standing_rules.value"),
        *("version_standings.pinned_why", "version_standings.retired_why"),
        *("person_requests.verified_by", "person_requests.answer", "reports.answer"),
        *("access_tokens.note", "exports.recipient", "exports.purpose"),
    }
)
"""Names of sources and files, also in errors, and what operators wrote: statements, or its order, rest on them."""

_RETOLD: Final = frozenset({"run_inputs.source", "run_inputs.name", "runs.error"})
"""Those of which statements and events tell."""

_TELLING: Final = (ATTESTATIONS.c.envelope, OUTBOX.c.event)
"""Columns of JSON with statements and events."""


def names_with(db: Database, spellings: Sequence[Spelling], among: Collection[str] = _KEPT) -> list[str]:
    """Return what stays in the records of *db* though one of *spellings* stands in it: names, recipes and reasons."""
    columns = (column for table in METADATA.sorted_tables for column in table.columns if str(column) in among)
    return sorted({text for column in columns for text in _said(db, column, spellings)})


def wanted_in(db: Database, spellings: Sequence[Spelling]) -> Wanted:
    """Return what to look for in a hub with the records of *db*, and where *spellings* may stand."""
    names = names_with(db, spellings, _RETOLD)
    told = {form for name in names for form in (name, quote(name, safe="/:?#[]@!$&'()*+,;=%~"))}
    return Wanted(tuple(spellings), frozenset(told), bool(names_with(db, spellings)))


def records_with(db: Database, wanted: Wanted) -> Iterator[str]:
    """Yield the tables of *db* in which more than what stays has one of the spellings *wanted*."""
    for table in METADATA.sorted_tables:
        columns = (column for column in table.columns if str(column) not in _KEPT)
        if any(_said(db, column, wanted.spellings, wanted.told) for column in columns):
            yield table.name


def _said(
    db: Database, column: Column[Any], spellings: Sequence[Spelling], told: Collection[str] = frozenset()
) -> list[str]:
    """Return the texts in *column* in which one of *spellings* stands; what statements and events have *told* aside."""
    if not isinstance(column.type, String | JSON) or not isinstance(column.table, Table):
        return []
    query = select(column).where(column.is_not(None))
    with db.connect() as connection:
        values = connection.execute(query if isinstance(column.type, JSON) else query.distinct()).scalars().all()
    texts = [text for value in values for text in _texts(value, column)]
    if any(column is one for one in _TELLING):
        texts = [text for text in texts if text not in told]
    said = rows_with(pa.array(texts, pa.string()), spellings)
    return [texts[at] for at in pc.indices_nonzero(said).to_pylist()]


def _texts(value: Any, column: Column[Any]) -> Iterator[str]:
    """Yield the strings in *value*, keys included, and those in what an envelope holds in base64."""
    if column is ATTESTATIONS.c.envelope:
        yield from strings_in(_payload(value))
    if any(column is one for one in _TELLING):
        yield from strings_in(value)
    else:
        yield from _strings(value)


def strings_in(content: str | bytes) -> Iterator[str]:
    """Yield the strings in *content*, JSON, keys included; all of it where it is none."""
    try:
        yield from _strings(orjson.loads(content))
    except orjson.JSONDecodeError:
        yield content if isinstance(content, str) else content.decode("utf-8", "replace")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield str(key)
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


def _payload(envelope: str) -> str:
    """Return what the DSSE *envelope* is about; the envelope itself where it is none."""
    try:
        return base64.b64decode(orjson.loads(envelope)["payload"]).decode("utf-8", "replace")
    except (orjson.JSONDecodeError, binascii.Error, KeyError, TypeError):
        return envelope
