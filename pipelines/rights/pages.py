"""From decoded captures to evidence: choose the pages that must be parsed, refuse hostile ones, read the rest once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.captures.bodies import PUBLICATION
from pipelines.captures.extraction.parsed import ParsedPages
from pipelines.captures.xhtml import XHTML, as_html
from pipelines.rights.credits import asking
from policies.consent.embedded.c2pa import BEGINNING, manifest_evidence
from policies.consent.embedded.publications import publication_evidence
from policies.errors import TooCostly
from policies.markup import Page, evidence_of, may_speak_each, page_evidence
from policies.markup.credits import credits
from policies.markup.license_files import text_evidence
from policies.markup.page import headers_of
from policies.rights.evidence import Evidence, Scope, Where
from policies.rights.profiles import LICENSE
from policies.rules.review import asks_attribution

UNREAD: Final = Evidence("page", Where.BODY, Scope.PAGE, "", "unread", "unknown")
"""What stands for a page that is too costly to parse: nobody knows what it says, so it is no permission."""

Reader = Callable[[Page], Iterable[Evidence]]


def rights_evidence(
    batch: pa.RecordBatch, more: Reader | None = None, parsed: ParsedPages | None = None
) -> dict[int, list[Evidence]]:
    """Return the evidence that captures of *batch* (decoded: pipelines.captures.bodies) hold themselves, by row.

    HTML is read by policies.markup and, from the same parse, by *more* (meta elements of consent signals); other text
    for SPDX tags, or as a licence file. A page is parsed if it may speak of rights, or its Link header does, or its
    declared license asks for attribution; one that is costly, or says too much to be judged, is UNREAD. Title and
    authors are read where a licence asks for them. EPUB and PDF files are read for TDMRep, and texts of all types for
    C2PA manifests hidden in them. Pages that were decoded are held in *parsed*, by the column doc_id.
    """
    bodies, html = batch["body"], batch["html"]
    linked = pc.and_(pc.is_valid(bodies), pc.match_substring(batch["rights_headers"], "license", ignore_case=True))
    named = pc.and_(pc.and_(pc.is_valid(bodies), html), asking(batch["license"]))
    asked = (np.asarray(pc.fill_null(one, False)) for one in (may_speak_each(bodies), linked, named))
    rows = np.flatnonzero(np.logical_or.reduce(list(asked))).tolist()
    found = {row: _row(batch, row, more, parsed) for row in rows} | _of_publications(batch)
    for row, hidden in _of_manifests(bodies).items():
        found[row] = [*found.get(row, ()), *hidden]
    return {row: some for row, some in found.items() if some}


def _of_publications(batch: pa.RecordBatch) -> dict[int, list[Evidence]]:
    files, kinds = batch[PUBLICATION], batch["media_type"]
    rows = np.flatnonzero(pc.is_valid(files)).tolist()
    return {row: publication_evidence(files[row].as_py(), kinds[row].as_py()) for row in rows}


def _of_manifests(bodies: pa.StringArray) -> dict[int, list[Evidence]]:
    rows = np.flatnonzero(pc.fill_null(pc.match_substring_regex(bodies, BEGINNING), False)).tolist()
    return {row: manifest_evidence(bodies[row].as_py()) for row in rows}


def _row(batch: pa.RecordBatch, row: int, more: Reader | None, parsed: ParsedPages | None) -> list[Evidence]:
    if batch["costly"][row].as_py():
        return [UNREAD]
    source, html = batch["body"][row].as_buffer().to_pybytes(), batch["html"][row].as_py()
    if batch["media_type"][row].as_py() == XHTML and not batch["encoding"][row].is_valid:
        source = as_html(source.decode()).encode()
    headers, uri = headers_of(batch["rights_headers"][row].as_py()), batch["uri"][row].as_py()
    if not html:
        return _of_file(headers, uri, source.decode())
    try:
        return _evidence(batch, row, Page(source, headers, uri), (more, parsed), len(source))
    except TooCostly:
        if parsed is not None and batch["encoding"][row].is_valid:
            parsed.refuse(batch["doc_id"][row].as_py())
        return [UNREAD]


def _of_file(headers: Mapping[str, str], uri: str | None, text: str) -> list[Evidence]:
    """Return what the Link header says, and what a *text* that is no page does."""
    return [*page_evidence("", headers, uri), *text_evidence(text, (uri or "").partition("?")[0])]


def _evidence(
    batch: pa.RecordBatch, row: int, page: Page, readers: tuple[Reader | None, ParsedPages | None], size: int
) -> list[Evidence]:
    more, parsed = readers
    found = evidence_of(page)
    claims = [batch["license"][row].as_py(), *(one.meaning for one in found if one.name == LICENSE)]
    named = credits(page) if any(map(asks_attribution, claims)) else ()
    told = [*found, *(more(page) if more else ()), *named]
    if parsed is not None and batch["encoding"][row].is_valid:
        parsed.hold(batch["doc_id"][row].as_py(), page.tree, size)
    return told
