"""A step's decision: the first broken rule, its value, and nobody lost."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.outcome import Outcome, Rule, first_broken
from pipelines.reasons import Reason

FLAGS = st.lists(st.tuples(st.none() | st.booleans(), st.none() | st.booleans()), max_size=20)
REASONS = (Reason.EMPTY, Reason.MEDIA_TYPE)


def numbered(rows: int) -> pa.RecordBatch:
    """Make a batch of numbered documents."""
    return pa.record_batch({"number": pa.array(range(rows), pa.int64())})


def rules_of(flags: list[tuple[bool | None, bool | None]]) -> list[Rule]:
    """Make two rules; the second has a value, the row's number."""
    columns = [pa.array([row[i] for row in flags], pa.bool_()) for i in (0, 1)]
    return [Rule(REASONS[0], columns[0]), Rule(REASONS[1], columns[1], pa.array(range(len(flags)), pa.int32()))]


@settings(deadline=None, max_examples=50)
@given(FLAGS)
def test_each_document_goes_one_way(flags: list[tuple[bool | None, bool | None]]) -> None:
    """Kept and dropped are the batch, each in order, and a document is dropped exactly if it breaks a rule."""
    outcome = Outcome.decide(numbered(len(flags)), rules_of(flags))
    broken = [number for number, row in enumerate(flags) if any(row)]

    assert outcome.dropped["number"].to_pylist() == broken
    assert outcome.kept["number"].to_pylist() == [n for n in range(len(flags)) if n not in broken]
    assert len(outcome.reasons) == len(outcome.values) == len(broken)
    assert len(outcome.changed) == 0


@settings(deadline=None, max_examples=50)
@given(FLAGS)
def test_first_broken_rule_is_the_reason(flags: list[tuple[bool | None, bool | None]]) -> None:
    """The earlier rule wins, with its own value or none; a null breaks nothing."""
    reasons, values = first_broken(rules_of(flags), len(flags))
    first = [next((i for i in (0, 1) if row[i]), None) for row in flags]

    assert reasons.to_pylist() == [None if i is None else REASONS[i].value for i in first]
    assert values.to_pylist() == [float(number) if i == 1 else None for number, i in enumerate(first)]


def test_no_rule_keeps_all() -> None:
    """Without a rule every document goes on unchanged."""
    outcome = Outcome.keep_all(numbered(3))

    assert outcome.kept.equals(numbered(3))
    assert outcome.dropped.num_rows == 0
    assert outcome.change_reason is None
    assert outcome.changed.dtype == np.uint32
