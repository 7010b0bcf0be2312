"""Suppressions: documents that are refused because somebody had them erased, at the next ingestion and every later one.

The driver writes them as one file named by its content; tasks carry its path and read it once in each process. It has
keyed hashes of persons, hosts, beginnings of addresses, and ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lineage.matching import findings_with, hosts_of, starts_with_any
from pipelines.ids import digest
from pipelines.workfiles import read_json, write_json

ENTITIES: Final = {"email": "EMAIL_ADDRESS", "phone": "PHONE_NUMBER", "name": "PERSON"}
"""Entity type of each kind of person's value; only a scan for personal data finds those."""


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
    """Return the values of each kind; the name of the file changes with what is in it."""
    listed: dict[str, list[str]] = {kind: [] for kind in (*ENTITIES, "uri-prefix", "host", "doc", "content")}
    found: Any = read_json(path)
    for kind, value in found:
        listed[kind].append(value)
    return listed
