"""The text of a document as a version released it, by a look-up in the one file that holds it."""

from __future__ import annotations

from dataclasses import dataclass

from lineage.control.retention import standing_of
from lineage.control.version_files import version_files
from lineage.control.versions import get_version
from lineage.hub import Hub
from lineage.references import DocumentRef
from lineage.storage.ledger import cells_of, lookup


@dataclass(frozen=True, slots=True)
class Released:
    """What a documents file holds of a document, beside what its trace tells.

    Attributes:
        text: its text.
        bytes: of that text in UTF-8.
        title: null where the licence asks for no attribution, likewise author.
        author: its author.
        language: the code of its language; null if none was identified.
        content_id: SHA-256 of the text, hex.
    """

    text: str
    bytes: int
    title: str | None
    author: str | None
    language: str | None
    content_id: str


def released(hub: Hub, ref: DocumentRef) -> Released | None:
    """Return the document *ref* as its version holds it; None if that does not keep it, or its files were removed.

    Raises:
        UnknownReference: there is no such version.
        DamagedFile: its file is missing or unreadable.
    """
    version = get_version(hub.db, ref.version)
    if standing_of(hub.db, version).removed is not None:
        return None
    for file in version_files(hub.db, version, "documents"):
        if file.may_hold(ref.doc_id):
            path = hub.home.resolve(file.path)
            for row in lookup(path, ref.doc_id, _COLUMNS):
                text = cells_of(path, "text", [ref.doc_id])[ref.doc_id] or ""
                return Released(text=text, bytes=len(text.encode()), **row)
    return None


_COLUMNS = ("title", "author", "language", "content_id")
"""What is read beside the text, of which the page that holds it is enough."""
