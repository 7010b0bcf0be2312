"""What every step must hold, as tests that any author of one can take over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Final

import pyarrow as pa

from pipelines.steps import Step

TEXTS: Final = (
    "",
    "1",
    "The ship has left the harbour. It will not be home before winter.",
    "MENU\nHOME\n" + "The crew that sailed with it counts the days. " * 20,
    "船は港を出た。" * 9,
    "\u202e \t\n{ lorem ipsum }\n" * 3,
    "word " * 5000,
)
"""Texts of many kinds: empty, short, prose, menus, without spaces, with control characters, long and repeated."""


def documents(texts: Sequence[str], language: str | None = "en") -> pa.RecordBatch:
    """Return *texts* as a batch that steps take: columns text, language and language_score."""
    return pa.record_batch(
        {
            "text": pa.array(texts, pa.string()),
            "language": pa.array([language] * len(texts), pa.string()),
            "language_score": pa.array([None if language is None else 1.0] * len(texts), pa.float32()),
        }
    )


def check_outcome(step: Step, batch: pa.RecordBatch) -> None:
    """Assert that *step* keeps or drops each document of *batch* once, as it would each of them alone.

    Raises:
        AssertionError: a document is missing or doubled, a column is not as declared, or a neighbour has a say.
    """
    outcome = step(batch)
    assert len(outcome.kept) + len(outcome.dropped) == len(batch)
    assert len(outcome.dropped) == len(outcome.reasons) == len(outcome.values)
    assert all(outcome.reasons.to_pylist())
    for name, kind in step.signals.items():
        assert outcome.kept.schema.field(name).type == outcome.dropped.schema.field(name).type == kind
    alone = [step(batch.slice(row, 1)) for row in range(len(batch))]
    kept = pa.Table.from_batches([one.kept for one in alone], outcome.kept.schema) if alone else None
    assert kept is None or kept.combine_chunks().to_batches() == [outcome.kept][: len(outcome.kept)]
    assert [reason for one in alone for reason in one.reasons.to_pylist()] == outcome.reasons.to_pylist()


class StepContract:
    """Tests of a step, by pytest: subclass it, and give it a fixture ``step`` that returns the step."""

    def test_is_a_frozen_value(self, step: Step) -> None:
        """A step is a frozen dataclass with slots, and two with the same settings are one."""
        assert is_dataclass(step)
        assert vars(type(step))["__dataclass_params__"].frozen
        assert hasattr(type(step), "__slots__")
        assert replace(step) == step
        assert hash(replace(step)) == hash(step)
        assert repr(replace(step)) == repr(step)

    def test_settings_are_values_of_toml(self, step: Step) -> None:
        """A recipe can say each setting: texts, numbers, truth values and lists of them."""
        assert is_dataclass(step)
        for field in fields(step):
            value = getattr(step, field.name)
            assert value is None or isinstance(value, str | int | float | bool | tuple), field.name

    def test_counts_balance_and_neighbours_do_not_matter(self, step: Step) -> None:
        """Every document is kept or dropped, once, whatever the batch it comes in."""
        for language in ("en", "de", "ja", None):
            check_outcome(step, documents(TEXTS, language))

    def test_an_empty_batch_is_an_empty_outcome(self, step: Step) -> None:
        """No documents give no documents, with the columns declared."""
        outcome = step(documents([]))
        assert len(outcome.kept) == len(outcome.dropped) == 0
        assert set(step.signals) <= set(outcome.kept.schema.names)

    def test_running_it_again_replaces_its_columns(self, step: Step) -> None:
        """A step finds its own columns from an earlier run and does not add them twice."""
        once = step(documents(TEXTS)).kept
        again = step(once).kept
        assert again.schema == once.schema

    def test_the_same_batch_gives_the_same_outcome(self, step: Step) -> None:
        """Nothing but the batch and the settings has a say."""
        one, other = step(documents(TEXTS)), step(documents(TEXTS))
        assert (one.kept, one.dropped, one.reasons, one.values) == (
            other.kept,
            other.dropped,
            other.reasons,
            other.values,
        )
