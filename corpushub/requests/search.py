"""What ``find`` asks of lineage, with the question treated as the stored values were."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Final

from corpushub.errors import BadRequest
from lineage.hub import Hub
from lineage.questions import find
from lineage.questions.find import Scope, SearchResult
from lineage.references import parse_version
from lineage.storage.bounds import Bounds
from policies.addresses.redaction import redact_uri
from policies.addresses.urls import asked_host, asked_prefix
from policies.small_files import read_small_text

MOST_BYTES: Final = 64 << 20
"""Bytes of a file with a text to look for."""

_CONTENT_ID = re.compile(r"[0-9a-fA-F]{64}")


def search(hub: Hub, kind: str, value: str, limits: tuple[str | None, int, float]) -> SearchResult:
    """Find documents by *kind*, a key of Asked; *limits* are a version, matches and seconds."""
    where, most, seconds = limits
    versions = [parse_version(where)] if where else []
    return search_in(hub, kind, value, Scope(versions, most, Bounds(seconds=seconds)))


def search_in(hub: Hub, kind: str, value: str, scope: Scope) -> SearchResult:
    """Do as search does in *scope*."""
    asks: dict[str, Callable[[], SearchResult]] = {
        "url": lambda: find.find_uri(hub, redact_uri(value), scope),
        "host": lambda: find.find_host(hub, _asked(asked_host(value), "host", "example.org"), scope),
        "prefix": lambda: find.find_prefix(hub, _prefix(value), scope),
        "id": lambda: find.find_id(hub, redact_uri(value), scope),
        "content": lambda: find.find_content(hub, _content_id(value), scope),
        "text": lambda: _text(hub, value, scope),
        "similar": lambda: _similar(hub, value, scope),
    }
    return asks[kind]()


def _prefix(value: str) -> str:
    return redact_uri(_asked(asked_prefix(value), "prefix of a URL", "https://example.org/people/"))


def _asked(normal: str | None, kind: str, example: str) -> str:
    if not normal:
        raise BadRequest(f"that is no {kind}; nothing was searched; write {example}")
    return normal


def _text(hub: Hub, value: str, scope: Scope) -> SearchResult:
    """Do as text_and_copies does, each with a snippet."""
    from corpushub.requests.snippets import snippets  # recognizers; not worth their import for the other questions

    return text_and_copies(hub, value, scope, snippets)


def text_and_copies(hub: Hub, value: str, scope: Scope, snip: find.Snip | None = None) -> SearchResult:
    """Find kept documents that contain *value*, and what was dropped as a copy of them."""
    began = time.monotonic()
    found = find.find_text(hub, value, scope, snip)
    seconds = scope.bounds.seconds
    left = None if seconds is None else max(0.0, seconds - (time.monotonic() - began))
    copies = [*_copies(hub, found, replace(scope, bounds=replace(scope.bounds, seconds=left)))]
    cut = {one.version for each in copies for one in each.searched if not one.complete}
    searched = (replace(one, complete=one.complete and one.version not in cut) for one in found.searched)
    matches = (*found.matches, *(match for one in copies for match in one.matches))
    return SearchResult(matches[: scope.limit], tuple(searched))


def _copies(hub: Hub, found: SearchResult, scope: Scope) -> Iterator[SearchResult]:
    """Yield what was dropped for the matches of each version, as many as there is room for."""
    room = scope.limit - len(found.matches)
    for version, matches in groupby(found.matches, lambda match: match.version):
        ids = sorted({match.doc_id for match in matches})
        copies = find.find_copies(hub, parse_version(version), ids, replace(scope, limit=max(room, 0)))
        room -= len(copies.matches)
        yield copies


def _similar(hub: Hub, value: str, scope: Scope) -> SearchResult:
    from corpushub.requests.similar import find_similar  # kernels; not worth their import for the other questions

    return find_similar(hub, _read(value, "the text to compare with is no file of text", "a file in UTF-8"), scope)


def _content_id(value: str) -> str:
    """Take a content_id as it is; hash the canonical text of a file."""
    if _CONTENT_ID.fullmatch(value):
        return value
    import pyarrow as pa

    from pipelines.kernels.canonical import canonical  # a kernel; not worth its import for the other questions

    what = "the content to find is neither a content_id nor a file of text"
    text = canonical(pa.array([_read(value, what, "64 hexadecimal digits, or a file in UTF-8")]))
    return hashlib.sha256(text[0].as_py().encode()).hexdigest()


def _read(place: str, what: str, instead: str) -> str:
    """Return the text of a file; BadRequest, with *what* is wrong and what to give *instead*, if it is none."""
    try:
        return read_small_text(place, MOST_BYTES)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise BadRequest(f"{what}: {why}; nothing was searched; give {instead}") from error
