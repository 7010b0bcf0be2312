"""From bodies to canonical text: take it out of its markup."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from selectolax.lexbor import LexborHTMLParser

from connectors.capture import Kind
from pipelines.captures.extraction.parsed import ParsedPages
from pipelines.captures.extraction.text import Mode, tree_text
from pipelines.kernels.canonical import canonical
from pipelines.kernels.invisible import visible
from pipelines.reasons import Reason


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was extracted from a batch of n captures.

    Attributes:
        text: string, n, canonical; null where there is none.
        reasons: string, n, a Reason why there is no text; null where there is one, and for failures and revisits.
        values: float64, n, the status where the reason is HTTP_STATUS, else null.
        cut: int64, n, how many characters that nobody sees were cut out of the text.
    """

    text: pa.StringArray
    reasons: pa.StringArray
    values: pa.DoubleArray
    cut: npt.NDArray[np.int64]


def garbled_share(text: pa.StringArray) -> pa.FloatArray:
    """Return the share of U+FFFD, which stands for what could not be decoded, in each *text* (n): float32, n."""
    lost, whole = pc.count_substring_regex(text, "\ufffd"), pc.utf8_length(text)
    return pc.divide(lost.cast(pa.float32()), pc.max_element_wise(whole, 1).cast(pa.float32()))


def extract(batch: pa.RecordBatch, mode: Mode, parsed: ParsedPages | None = None) -> Extracted:
    """Extract the text of a batch of decoded captures (pipelines.captures.bodies).

    Failed captures and revisits are passed over; what has no body is refused for the reason that decoding gave. HTML is
    reduced to its *main* content (articles without navigation, comments and the like) or taken in *full*; text that was
    given is taken as it is. Pages that are held in *parsed*, by the column doc_id, are not parsed again. What nobody
    sees is cut out of each text (pipelines.kernels.invisible).
    """
    text, reasons = _read_pages(batch, mode, parsed)
    text, cut = visible(text)
    text = canonical(text)
    text = pc.if_else(pc.equal(text, ""), None, text)
    live = pc.and_(pc.is_null(batch["failure"]), pc.fill_null(pc.not_equal(batch["kind"], Kind.REVISIT.value), True))
    empty = pc.and_(live, pc.and_(pc.is_null(text), pc.is_null(reasons)))
    refused = pc.fill_null(pc.equal(reasons, Reason.HTTP_STATUS.value), False)
    return Extracted(
        text=text,
        reasons=pc.if_else(empty, Reason.EMPTY.value, reasons),
        values=pc.if_else(refused, batch["http_status"].cast(pa.float64()), pa.scalar(None, pa.float64())),
        cut=cut,
    )


def _read_pages(batch: pa.RecordBatch, mode: Mode, parsed: ParsedPages | None) -> tuple[pa.StringArray, pa.StringArray]:
    """Return bodies with those that were decoded as HTML reduced to their text, and why others have none."""
    pages = np.flatnonzero(pc.and_(batch["html"], pc.is_valid(batch["encoding"])))
    bodies, costly = batch["body"], batch["costly"]
    texts: list[str | None] = []
    for i in pages:
        doc_id = batch["doc_id"][i].as_py() if parsed else b""
        held = parsed.take(doc_id) if parsed else None
        refused = costly[i].as_py() or (parsed is not None and parsed.refuses(doc_id))
        text = held if held is not None or refused else html_text(bodies[i].as_buffer().to_pybytes(), mode)
        texts.append(None if refused else text)
    column = np.zeros(batch.num_rows, bool)
    column[pages] = True
    mask = pa.array(column)
    found = pc.replace_with_mask(bodies, mask, pa.array(texts, pa.string()))
    lost = pc.and_(mask, pc.is_null(found))
    return found, pc.if_else(lost, Reason.TOO_COSTLY.value, batch["refused"])


def html_text(html: bytes, mode: Mode) -> str:
    """Return the text of *html* (UTF-8, and not costly: pipelines.kernels.parse_cost), as docs/extraction.md says."""
    return tree_text(LexborHTMLParser(html), mode)
