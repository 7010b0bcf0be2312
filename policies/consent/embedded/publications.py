"""Read TDMRep in EPUB and PDF files (W3C community group report, sections "TDM Metadata in EPUB 2 files" and behind).

Only what the file says about itself is read: the metadata of an EPUB's package document, and the XMP packets of a PDF
where they stand uncompressed, as PDF/A wants them. What cannot be read says nothing; a value that is neither 0 nor 1 is
unknown. Time is linear in the file.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Final

from policies.consent.headers import tdm_evidence
from policies.rights.evidence import Evidence, Where

EPUB: Final = "application/epub+zip"
PDF: Final = "application/pdf"
TYPES: Final = (EPUB, PDF)
"""Media types of publications that can reserve the right to mine them."""

_CONTAINER: Final = "META-INF/container.xml"
_MOST: Final = 1 << 20  # bytes of a package document that are read
_AROUND: Final = 1 << 16  # bytes of an XMP packet that are read before and behind the name of the vocabulary
_PLACES: Final = 16  # where a PDF names it, at most
_VOCABULARY: Final = b"www.w3.org/ns/tdmrep"
_PACKAGE: Final = re.compile(r"<(?:\w+:)?rootfile\b[^<>]*\bfull-path\s*=\s*[\"']([^\"'<>]+)[\"']")
_META: Final = re.compile(r"<(?:\w+:)?meta\b([^<>]{0,2000})>([^<]{0,2000})")
_ATTRIBUTE: Final = re.compile(r"(?<![\w:.-])([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_PREFIX: Final = re.compile(r"xmlns:([\w-]+)\s*=\s*[\"']?http://www\.w3\.org/ns/tdmrep[/#]?[\"'\s>]")
_NAMES: Final = ("reservation", "policy")
_ELEMENT: Final = re.compile(rf"<([\w-]+):({'|'.join(_NAMES)})\s*>([^<]*)</")
_PROPERTY: Final = re.compile(rf"\s([\w-]+):({'|'.join(_NAMES)})\s*=\s*[\"']([^\"'<>]*)")


def publication_evidence(payload: bytes, media_type: str) -> list[Evidence]:
    """Return what the EPUB or PDF file *payload* says about mining it; nothing of other types."""
    read = {EPUB: _of_epub, PDF: _of_pdf}.get(media_type)
    fields: dict[str, list[str]] = {}
    for name, value in read(payload) if read else ():
        fields.setdefault(f"tdm-{name}", []).append(value.strip())
    return list(dict.fromkeys(tdm_evidence(fields, Where.HEAD)))


def _of_epub(payload: bytes) -> Iterator[tuple[str, str]]:
    """Yield the properties of the package document: EPUB 3's by property and text, EPUB 2's by name and content."""
    for attributes, text in _META.findall(_package(payload)):
        known = {name: double or single for name, double, single in _ATTRIBUTE.findall(attributes)}
        prefix, _, name = known.get("property", known.get("name", "")).partition(":")
        if prefix == "tdm" and name in _NAMES:
            yield name, text if "property" in known else known.get("content", "")


def _package(payload: bytes) -> str:
    """Return the package document of an EPUB; empty if there is none that can be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(payload)) as archive:
            path = _PACKAGE.search(_head(archive, _CONTAINER))
            return _head(archive, path[1]) if path else ""
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
        return ""


def _head(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as file:
        return file.read(_MOST).decode("utf-8", "replace")


def _of_pdf(payload: bytes) -> Iterator[tuple[str, str]]:
    """Yield the properties in XMP packets, written as elements or as attributes."""
    for place in islice(re.finditer(re.escape(_VOCABULARY), payload), _PLACES):
        text = payload[max(place.start() - _AROUND, 0) : place.end() + _AROUND].decode("utf-8", "replace")
        prefixes = frozenset(_PREFIX.findall(text))
        for form in (_ELEMENT, _PROPERTY):
            yield from ((name, value) for prefix, name, value in form.findall(text) if prefix in prefixes)
