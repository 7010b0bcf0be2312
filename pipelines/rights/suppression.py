"""Suppressions: documents that are refused because somebody had them erased, at the next ingestion and every later one.

Likewise such as a withdrawal took out of the dataset, which stay on record.
The driver writes them as one file named by its content; tasks carry its path and read it once in each process. It has
keyed hashes of persons, hosts, beginnings of addresses, and ids; of withdrawals also sources and licences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lineage.erasure.matching import findings_with
from pipelines.handover.ids import DOC_ID, digest
from pipelines.handover.workfiles import read_json, write_json
from policies.addresses.columns import hosts_of, starts_with_any
from policies.addresses.hosts import canonical_host
from policies.rights.profiles import Profile

ENTITIES: Final = {"email": "EMAIL_ADDRESS", "phone": "PHONE_NUMBER", "name": "PERSON"}
"""Entity type of each kind of person's value; only a scan for personal data finds those."""

WITHDRAWN: Final = "revised-"
"""What the kinds of withdrawals' rules begin with: they speak of one dataset, and what they refuse stays on record."""

_RULES: Final = ("host", "uri-prefix", "source", "license", "doc")


@dataclass(frozen=True, slots=True)
class Suppression:
    """What a run must not take in again.

    Attributes:
        digest: SHA-256 (hex) of the list; takes part in the identity of tasks and runs.
        path: the file that tasks read; no part of their identity.
        kinds: the kinds that occur in it, sorted.
    """

    digest: str
    path: str = field(repr=False)
    kinds: tuple[str, ...]

    @property
    def personal(self) -> tuple[str, ...]:
        """The kinds that only a scan for personal data finds."""
        return tuple(kind for kind in self.kinds if kind in ENTITIES)

    def addresses(self, documents: pa.RecordBatch) -> pa.BooleanArray:
        """Return bool n: which of *documents* (columns uri and doc_id, as stored) are refused for address or id."""
        listed = _load(self.path)
        mask = starts_with_any(documents["uri"], listed["uri-prefix"])
        if listed["host"]:
            hosts = hosts_of(documents["uri"])
            mask = pc.or_(mask, pc.is_in(hosts, value_set=pa.array(listed["host"], pa.string())))
        if listed["doc"]:
            ids = pa.array([bytes.fromhex(one) for one in listed["doc"]], documents["doc_id"].type)
            mask = pc.or_(mask, pc.is_in(documents["doc_id"], value_set=ids))
        return mask

    def rules(self, documents: pa.RecordBatch, source: str, profiles: Mapping[str, Profile]) -> pa.StringArray:
        """Return for each of *documents* the withdrawals' rule that refuses it, KIND:VALUE, null where none does.

        Columns uri, doc_id, license and profile, as stored; *source* is that of all, *profiles* are theirs by id. Of a
        document that was refused by itself the rule is "doc": the withdrawal has the rule that found it.
        """
        listed = _load(self.path)
        found = pa.nulls(documents.num_rows, pa.string())
        for kind in _RULES if any(name.startswith(WITHDRAWN) for name in self.kinds) else ():
            values = listed[WITHDRAWN + kind]
            said = _SAID[kind](documents, values, source, profiles) if values else found
            found = pc.coalesce(found, said)
        return found

    def contents(self, content_ids: pa.FixedSizeBinaryArray) -> pa.BooleanArray:
        """Return bool n: which texts, by their ids, are refused."""
        ids = [bytes.fromhex(one) for one in _load(self.path)["content"]]
        return pc.is_in(content_ids, value_set=pa.array(ids, content_ids.type))

    def persons(self, findings: pa.ListArray) -> pa.BooleanArray:
        """Return bool n: which texts are refused for what was found in them (FINDINGS n)."""
        listed = _load(self.path)
        hashes = [value for kind in ENTITIES for value in listed[kind]]
        mask = np.zeros(len(findings), np.bool_)
        mask[findings_with(findings, hashes)] = True
        return pa.array(mask)


def describe_suppression(folder: str, subjects: Sequence[tuple[str, str]]) -> Suppression | None:
    """Return what *subjects* (kind and value) will be in *folder* once they are written; None where there are none."""
    if not subjects:
        return None
    name = digest(_content(subjects))
    return Suppression(name, f"{folder}/{name}.suppressed", tuple(sorted({kind for kind, _ in subjects})))


def write_suppression(suppression: Suppression, subjects: Sequence[tuple[str, str]]) -> None:
    """Write the file of *suppression*, which was described from the same *subjects*."""
    write_json(suppression.path, _content(subjects))


def _content(subjects: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(set(subjects))


@cache
def _load(path: str) -> dict[str, list[str]]:
    """Return the values of each kind; the name of the file changes with what is in it.

    Hosts that earlier releases wrote down are brought into normal form.
    """
    listed: dict[str, list[str]] = {kind: [] for kind in (*ENTITIES, "uri-prefix", "host", "doc", "content")}
    listed |= {WITHDRAWN + kind: [] for kind in _RULES}
    found: Any = read_json(path)
    for kind, value in found:
        listed[kind].append(value)
    return listed | {
        kind: [canonical_host(one) or one for one in listed[kind]] for kind in ("host", WITHDRAWN + "host")
    }


def _said_of_host(documents: pa.RecordBatch, values: list[str], *_: Any) -> pa.StringArray:
    hosts = hosts_of(documents["uri"])
    return _named("host", pc.if_else(pc.is_in(hosts, value_set=pa.array(values, pa.string())), hosts, None))


def _said_of_prefix(documents: pa.RecordBatch, values: list[str], *_: Any) -> pa.StringArray:
    found = pa.nulls(documents.num_rows, pa.string())
    for value in values:
        found = pc.if_else(pc.and_(pc.is_null(found), starts_with_any(documents["uri"], [value])), value, found)
    return _named("uri-prefix", found)


def _said_of_source(documents: pa.RecordBatch, values: list[str], source: str, *_: Any) -> pa.StringArray:
    known = pa.scalar(source if source in values else None, pa.string())
    return _named("source", pa.repeat(known, documents.num_rows))


def _said_of_license(
    documents: pa.RecordBatch, values: list[str], _: str, profiles: Mapping[str, Profile]
) -> pa.StringArray:
    """Name the licence that counts if it is listed, else the first listed one that is claimed."""
    listed = set(values)
    claims = {name: sorted(listed & set(one.claims)) for name, one in profiles.items()}
    said = {name: found[0] for name, found in claims.items() if found}
    names, texts = (pa.array(side, pa.string()) for side in (list(said), list(said.values())))
    claimed = texts.take(pc.index_in(documents["profile"], value_set=names))
    license = documents["license"]
    counts = pc.is_in(license, value_set=pa.array(values, pa.string()))
    return _named("license", pc.if_else(counts, license, claimed))


def _said_of_id(documents: pa.RecordBatch, values: list[str], *_: Any) -> pa.StringArray:
    known = pc.is_in(documents["doc_id"], value_set=_doc_ids(tuple(values)))
    return pc.if_else(known, "doc", pa.scalar(None, pa.string()))


@cache
def _doc_ids(values: tuple[str, ...]) -> pa.FixedSizeBinaryArray:
    return pa.array([bytes.fromhex(one) for one in values], DOC_ID)


def _named(kind: str, values: pa.StringArray) -> pa.StringArray:
    return pc.binary_join_element_wise(kind, values, ":")


_SAID: Final = {
    "host": _said_of_host,
    "uri-prefix": _said_of_prefix,
    "source": _said_of_source,
    "license": _said_of_license,
    "doc": _said_of_id,
}
