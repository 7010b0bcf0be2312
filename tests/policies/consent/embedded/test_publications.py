"""TDMRep inside EPUB and PDF files: as the report writes it, with other prefixes, malformed, hostile."""

from __future__ import annotations

import io
import zipfile

import pytest

from policies.consent.embedded.publications import EPUB, PDF, publication_evidence
from policies.consent.headers import tdm_answer

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
XMP = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:{0}="http://www.w3.org/ns/tdmrep/"{1}>{2}</rdf:Description></rdf:RDF>'
)


def epub(metadata: str, container: str = CONTAINER) -> bytes:
    """Return an EPUB with this metadata in its package document."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("OEBPS/book.opf", f"<package><metadata>{metadata}</metadata></package>")
    return held.getvalue()


def pdf(prefix: str = "tdm", attributes: str = "", elements: str = "") -> bytes:
    """Return the parts of a PDF around an XMP packet."""
    return b"%PDF-1.7\n\x00\xff stream\n" + XMP.format(prefix, attributes, elements).encode() + b"\nendstream\n%%EOF"


@pytest.mark.parametrize(
    ("payload", "media_type", "answer"),
    [
        (epub('<meta property="tdm:reservation">1</meta>'), EPUB, "deny"),
        (epub("<meta property='tdm:reservation'> 0 </meta>"), EPUB, "allow"),
        (epub('<meta name="tdm:reservation" content="1" />'), EPUB, "deny"),
        (epub('<opf:meta content="0" name="tdm:reservation"/>'), EPUB, "allow"),
        (epub('<meta property="tdm:reservation">yes</meta>'), EPUB, "unknown"),
        (epub('<meta property="tdm:policy">https://example.org/policy.json</meta>'), EPUB, None),
        (epub('<meta property="dcterms:reservation">1</meta>'), EPUB, None),
        (pdf(elements="<tdm:reservation>1</tdm:reservation>"), PDF, "deny"),
        (pdf(attributes=' tdm:reservation="0"'), PDF, "allow"),
        (pdf("m", elements="<m:reservation>1</m:reservation>"), PDF, "deny"),
        (pdf(elements="<tdm:reservation>2</tdm:reservation>"), PDF, "unknown"),
        (pdf(), PDF, None),
        (pdf(elements="<tdm:reservation>1</tdm:reservation>"), "text/plain", None),
    ],
)
def test_publications_say_whether_they_may_be_mined(payload: bytes, media_type: str, answer: str | None) -> None:
    """1 reserves, 0 does not, anything else is unknown; a policy alone and other vocabularies say nothing."""
    found = publication_evidence(payload, media_type)

    assert tdm_answer(found) == answer
    assert len(found) == (answer is not None)


def test_the_policy_stands_beside_the_reservation() -> None:
    """Its address is kept in the value, for people to read."""
    tags = '<meta property="tdm:reservation">1</meta><meta property="tdm:policy">https://example.org/p.json</meta>'
    (one,) = publication_evidence(epub(tags), EPUB)

    assert (one.kind, one.where, one.value) == ("tdmrep", "head", "1, tdm-policy: https://example.org/p.json")


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"PK\x03\x04 not a zip",
        epub("x")[:-30],
        epub("x", container="<container/>"),
        epub("x", container=CONTAINER.replace("book.opf", "gone.opf")),
        epub("<meta " * 10_000),
    ],
)
def test_broken_publications_say_nothing(payload: bytes) -> None:
    """Whatever the bytes are, nothing is raised and nothing is made up."""
    assert publication_evidence(payload, EPUB) == publication_evidence(payload, PDF) == []


def test_a_zip_bomb_is_read_no_further_than_a_package_document_goes() -> None:
    """Of a package document only the first megabyte is decoded, so what stands behind it does not count."""
    tag = '<meta property="tdm:reservation">1</meta>'

    assert publication_evidence(epub(" " * (64 << 20) + tag), EPUB) == []
    assert tdm_answer(publication_evidence(epub(tag + " " * (64 << 20)), EPUB)) == "deny"


def test_hostile_files_cost_time_in_proportion_to_their_size() -> None:
    """Neither words without end nor a thousand unfinished packets make a search start over and over again."""
    word = "a" * 1900
    packets = b"<rdf:RDF xmlns:tdm='http://www.w3.org/ns/tdmrep/'>" * 20_000

    assert publication_evidence(epub(f"<meta {word}>" * 500), EPUB) == []
    assert publication_evidence(b"%PDF-" + packets + b"<x " * 1_000_000, PDF) == []
