"""What ``find`` asks of lineage, with the question treated as the stored values were."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from corpushub.errors import BadRequest
from lineage.hub import Hub
from lineage.questions import find
from lineage.questions.find import Scope, SearchResult
from lineage.references import parse_version
from lineage.storage.query import Bounds
from policies.addresses.redaction import redact_uri

_CONTENT_ID = re.compile(r"[0-9a-fA-F]{64}")


def search(hub: Hub, kind: str, value: str, limits: tuple[str | None, int, float]) -> SearchResult:
    """Find documents by *kind*: url, id, content or text; *limits* are a version, matches and seconds."""
    where, most, seconds = limits
    versions = [parse_version(where)] if where else []
    scope = Scope(versions, most, Bounds(seconds=seconds))
    asks: dict[str, Callable[[], SearchResult]] = {
        "url": lambda: find.find_uri(hub, redact_uri(value), scope),
        "id": lambda: find.find_id(hub, redact_uri(value), scope),
        "content": lambda: find.find_content(hub, _content_id(value), scope),
        "text": lambda: find.find_text(hub, value, scope),
    }
    return asks[kind]()


def _content_id(value: str) -> str:
    """Take a content_id as it is; hash the canonical text of a file."""
    if _CONTENT_ID.fullmatch(value):
        return value
    from pipelines.kernels.canonical import canonical  # a kernel; not worth its import for the other questions

    try:
        read = Path(value).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        message = f"the content to find is neither a content_id nor a file of text: {type(error).__name__}; "
        raise BadRequest(message + "nothing was searched; give 64 hexadecimal digits, or a file in UTF-8") from error
    text = canonical(pa.array([read]))
    return hashlib.sha256(text[0].as_py().encode()).hexdigest()
