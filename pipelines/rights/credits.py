"""Title and author of documents: kept where the licence asks for them, and scrubbed as the text is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.outcome import put
from policies.rights.credits import AUTHOR, CREDITS, credit_of
from policies.rights.evidence import Evidence
from policies.rights.licenses import by_distinct
from policies.rules.review import asks_attribution

if TYPE_CHECKING:  # or what looks for personal data would be part of whatever keeps a title
    from policies.pii.scrubber import Scrubber

LONGEST: Final = 2000
"""Code points of a title, and of all authors together, that are kept."""


def asking(licenses: pa.StringArray) -> pa.BooleanArray:
    """Tell for each of *licenses* (SPDX expressions, n) whether it asks for attribution: bool n, no nulls."""
    return by_distinct(licenses, asks_attribution, pa.bool_())


def add_credits(captures: pa.RecordBatch, evidence: Mapping[int, Sequence[Evidence]]) -> pa.RecordBatch:
    """Complete title and author of *captures* by the *evidence* on their rows, where their license asks for them.

    What the record says comes first. Under any other license, or none, both become null.
    """
    named = asking(captures["license"])
    found = {row: credit_of(some) for row, some in evidence.items()}
    for name in CREDITS:
        said: list[str | None] = [None] * captures.num_rows
        for row, credit in found.items():
            said[row] = getattr(credit, name)
        whole = pc.utf8_slice_codeunits(pc.coalesce(captures[name], pa.array(said, pa.string())), 0, LONGEST)
        captures = put(captures, name, pc.if_else(named, whole, None))
    return captures


def scrub_credits(documents: pa.RecordBatch, scrubber: Scrubber) -> pa.RecordBatch:
    """Scrub title and author of *documents* (column language too) as *scrubber* scrubs their texts, or leave them out.

    Left out is what was not searched completely, and what holds a value that the scrubber drops documents for or leaves
    in texts: nobody could find it there again, as the ledger has no findings in titles. Where persons are taken out of
    texts, no author is kept: a name that stands alone is not surely found.
    """
    for name in CREDITS:
        hidden = name == AUTHOR and scrubber.hides_persons
        column = pa.nulls(documents.num_rows, pa.string()) if hidden else _scrubbed(documents, name, scrubber)
        documents = put(documents, name, column)
    return documents


def _scrubbed(documents: pa.RecordBatch, name: str, scrubber: Scrubber) -> pa.StringArray:
    given = pc.is_valid(documents[name])
    scrubbed = scrubber.scrub(documents[name].filter(given), documents["language"].filter(given))
    found, replaced = (pc.fill_null(pc.list_value_length(one), 0) for one in (scrubbed.findings, scrubbed.edits))
    whole = pc.and_(pc.equal(scrubbed.status, "complete"), pc.invert(scrubbed.dropped))
    clean = pc.if_else(pc.and_(whole, pc.equal(found, replaced)), scrubbed.text, None)
    return pc.replace_with_mask(documents[name], given, clean)
