"""Which code computed a result: part of every cache key and every version's record."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path

from pipelines.code import imports
from pipelines.code.imports import closure
from pipelines.code.libraries import our_packages, versions_behind

INGEST = f"{__name__.partition('.')[0]}.ingest"
"""The module of the whole job: what it imports is what a run computes with."""


@dataclass(frozen=True, slots=True, order=True)
class Plugin:
    """Code of somebody else that takes part in a result.

    Attributes:
        name: of its distribution.
        version: of its distribution.
        digest: of what its distribution holds.
    """

    name: str
    version: str
    digest: str


def code_version(*modules: str, plugins: Sequence[Plugin] = ()) -> str:
    """Return a digest (16 hex digits) of all code that *modules* of ours compute with; by default a whole run does.

    It covers each byte of their sources and of what they import of ours, however far, the data files of those
    packages, the release of Python, the versions of the libraries that these import and that can change a byte, and
    *plugins*. A comment in one of these modules counts; a module that none of them imports does not.

    Raises:
        LookupError: one of *modules* is none of ours.
    """
    own = _digest_of(frozenset(modules or {INGEST}), imports.ROOT)
    if not plugins:
        return own
    return hashlib.sha256(repr([own, *map(astuple, sorted(plugins))]).encode()).hexdigest()[:16]


def library_versions(*modules: str) -> dict[str, str]:
    """Return the installed version of each library that can change what *modules*, by default a whole run, compute."""
    return versions_behind(closure(frozenset(modules or {INGEST}), our_packages(), imports.ROOT).others)


@cache
def _digest_of(modules: frozenset[str], root: Path) -> str:
    behind = closure(modules, our_packages(), root)
    state = hashlib.sha256(f"{sys.implementation.cache_tag}\0".encode())
    for path, content in behind.files.items():
        state.update(path.encode() + b"\0" + content)
    for name, installed in versions_behind(behind.others).items():
        state.update(f"{name}=={installed}\0".encode())
    return state.hexdigest()[:16]
