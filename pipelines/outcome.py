"""What a step returns: one type, whether it keeps, drops or changes documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.reasons import Reason


@dataclass(frozen=True, slots=True)
class Rule:
    """One drop rule over a batch of n documents.

    Attributes:
        reason: the reason recorded for the documents that break the rule.
        broken: bool, n; null counts as not broken (the rule was not applied).
        value: float64 n, the measured value that is recorded; None where there is none.
    """

    reason: Reason
    broken: pa.BooleanArray
    value: pa.Array | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A step's answer for a batch: what goes on, what is dropped and why, and what was changed on the way.

    Attributes:
        kept: the documents that go on, with any columns the step added and text it changed.
        dropped: the batch's other documents, with the columns added too, in order.
        reasons: string, one for each row of dropped (a Reason).
        values: float64, one for each row of dropped; null where the reason has no value.
        changed: rows of *kept* whose text the step edited, as uint32 indices.
        change_reason: why they were changed; None where no step edits text.
        change_values: float64, one for each changed row (how many edits); None where nothing is counted.
        change_details: string, one for each changed row: what the reason refers to; None where it refers to nothing.
        details: string, one for each row of dropped: what the reason refers to; None where it refers to nothing.
    """

    kept: pa.RecordBatch
    dropped: pa.RecordBatch
    reasons: pa.StringArray
    values: pa.DoubleArray
    changed: npt.NDArray[np.uint32]
    change_reason: Reason | None = None
    change_values: npt.NDArray[np.float64] | None = None
    details: pa.StringArray | None = None
    change_details: pa.StringArray | None = None

    @classmethod
    def keep_all(cls, batch: pa.RecordBatch) -> Outcome:
        """Keep every document of *batch*."""
        return cls.decide(batch, [])

    @classmethod
    def decide(cls, batch: pa.RecordBatch, rules: Sequence[Rule]) -> Outcome:
        """Drop each document by the first of *rules* that it breaks; keep the rest."""
        return cls.without(batch, *first_broken(rules, batch.num_rows))

    @classmethod
    def without(
        cls,
        batch: pa.RecordBatch,
        reasons: pa.StringArray,
        values: pa.Array | None = None,
        details: pa.StringArray | None = None,
    ) -> Outcome:
        """Drop the documents of *batch* that have one of *reasons* (string n, null for those that go on).

        *values* (n) and *details* (string n) are recorded with them.
        """
        drop = pc.is_valid(reasons)
        dropped, kept = divide(batch, drop)
        values = pa.nulls(batch.num_rows, pa.float64()) if values is None else values.cast(pa.float64())
        return cls(
            kept=kept,
            dropped=dropped,
            reasons=reasons.filter(drop),
            values=values.filter(drop),
            changed=np.empty(0, np.uint32),
            details=None if details is None else details.filter(drop),
        )

    @classmethod
    def refuse(cls, batch: pa.RecordBatch, refused: pa.BooleanArray, reason: Reason) -> Outcome:
        """Drop the documents of *batch* that are *refused* (bool n, no nulls), all for one *reason*."""
        return cls.without(batch, pc.if_else(refused, reason.value, pa.scalar(None, pa.string())))


def divide(batch: pa.RecordBatch, mask: pa.BooleanArray) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """Divide *batch* by *mask* (bool n, no nulls): the rows where it is true, and the others.

    Where one of the two is empty, which is the rule, nothing is copied.
    """
    chosen = mask.true_count
    if chosen == 0:
        return batch.slice(0, 0), batch
    if chosen == batch.num_rows:
        return batch, batch.slice(0, 0)
    return batch.filter(mask), batch.filter(pc.invert(mask))


def put(batch: pa.RecordBatch, name: str, column: pa.Array) -> pa.RecordBatch:
    """Return *batch* with *column* in the place of its column *name*."""
    return batch.set_column(batch.schema.names.index(name), name, column)


def first_broken(rules: Sequence[Rule], rows: int) -> tuple[pa.StringArray, pa.DoubleArray]:
    """Return, for each of *rows* documents, the reason and value of the first rule it breaks, or null."""
    reasons = pa.nulls(rows, pa.string())
    values = pa.nulls(rows, pa.float64())
    for rule in rules:
        hit = pc.and_(pc.is_null(reasons), pc.fill_null(rule.broken, False))
        value = pa.nulls(rows, pa.float64()) if rule.value is None else rule.value.cast(pa.float64())
        reasons = pc.if_else(hit, rule.reason.value, reasons)
        values = pc.if_else(hit, value, values)
    return reasons, values
