"""Refuse what was erased or withdrawn before: by address or id, by rule, by content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.outcome import Outcome
from pipelines.reasons import Reason
from pipelines.rights.suppression import Suppression
from policies.rights.profiles import Profile


@dataclass(frozen=True, slots=True)
class Suppress:
    """Refuse captures that must not be taken in again.

    Attributes:
        suppression: what was erased or withdrawn.
        source: the source's name.
        profiles: of the captures, by id; filled as they are met.
    """

    suppression: Suppression
    source: str
    profiles: Mapping[str, Profile]

    def by_address(self, batch: pa.RecordBatch) -> Outcome:
        """Drop what was erased by its address or id; the record stage leaves nothing of it but that."""
        return Outcome.refuse(batch, self.suppression.addresses(batch), Reason.ERASED)

    def by_rule(self, batch: pa.RecordBatch) -> Outcome:
        """Drop what a withdrawal took out of the dataset, or would have; the detail is its rule."""
        rules = self.suppression.rules(batch, self.source, self.profiles)
        reasons = pc.if_else(pc.is_valid(rules), Reason.WITHDRAWN.value, pa.scalar(None, pa.string()))
        return Outcome.without(batch, reasons, details=rules)

    def by_content(self, batch: pa.RecordBatch) -> Outcome:
        """Drop texts that were erased by their content; release looks again, since it may change them."""
        return Outcome.refuse(batch, self.suppression.contents(batch["content_id"]), Reason.ERASED)
