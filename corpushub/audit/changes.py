"""What is different between two versions that were judged by one policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

K = TypeVar("K", str, tuple[str, str])


@dataclass(frozen=True, slots=True)
class Change:
    """A number of documents.

    Attributes:
        before: in the other version.
        now: in this one.
    """

    before: int
    now: int


@dataclass(frozen=True, slots=True)
class FindingChange:
    """A finding about other documents, or about more or fewer.

    Attributes:
        rule: id of the rule that decided.
        why: in plain language.
        before: documents of the other version.
        now: documents of this one.
    """

    rule: str
    why: str
    before: int
    now: int


@dataclass(frozen=True, slots=True)
class LicenseChange:
    """A licence that more or fewer documents have.

    Attributes:
        license: an SPDX expression, or "unknown".
        before: documents of the other version.
        now: documents of this one.
    """

    license: str
    before: int
    now: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different from another version, both judged by one policy.

    Attributes:
        version: the other one.
        population: all documents.
        verdicts: documents by verdict.
        findings: those that changed.
        licenses: those that changed.
    """

    version: str
    population: Change
    verdicts: Mapping[str, Change]
    findings: Sequence[FindingChange]
    licenses: Sequence[LicenseChange]


@dataclass(frozen=True, slots=True)
class Comparable:
    """What is compared of a version.

    Attributes:
        version: its name.
        population: its documents.
        verdicts: documents by verdict.
        findings: documents by rule and why.
        licenses: documents by licence.
    """

    version: str
    population: int
    verdicts: Mapping[str, int]
    findings: Mapping[tuple[str, str], int]
    licenses: Mapping[str, int]


def changes_since(before: Comparable, now: Comparable) -> Changes:
    """Return what is different from *before*."""
    return Changes(
        version=before.version,
        population=Change(before.population, now.population),
        verdicts={name: Change(before.verdicts[name], count) for name, count in now.verdicts.items()},
        findings=[FindingChange(*key, *counts) for key, counts in _changed(before.findings, now.findings)],
        licenses=[LicenseChange(name, *counts) for name, counts in _changed(before.licenses, now.licenses)],
    )


def _changed(before: Mapping[K, int], now: Mapping[K, int]) -> Iterator[tuple[K, tuple[int, int]]]:
    """Yield each key whose count is another one, in order, with both counts."""
    for key in sorted(before.keys() | now.keys()):
        counts = before.get(key, 0), now.get(key, 0)
        if before.get(key) != now.get(key):
            yield key, counts
