"""Drop documents that are mostly capital letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.outcome import Outcome
from pipelines.steps.signals import attach


@dataclass(frozen=True, slots=True)
class Shouting:
    """Drop documents of which more than *max_share* of the letters are capital.

    Attributes:
        max_share: the most that passes; scripts without capitals always pass.
    """

    max_share: float = 0.5

    signals: ClassVar[dict[str, pa.DataType]] = {"capital_share": pa.float64()}
    needs_language: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not 0 <= self.max_share <= 1:
            raise ValueError("max_share is between 0 and 1")

    def __call__(self, batch: pa.RecordBatch) -> Outcome:
        """Measure every document, then drop those above the share."""
        letters = pc.count_substring_regex(batch["text"], r"\pL")
        capitals = pc.count_substring_regex(batch["text"], r"\p{Lu}")
        share = pc.divide(capitals.cast(pa.float64()), pc.max_element_wise(letters, 1).cast(pa.float64()))
        reasons = pc.if_else(pc.greater(share, self.max_share), "example_shouting", pa.scalar(None, pa.string()))
        return Outcome.without(attach(batch, {"capital_share": share}), reasons, share)
