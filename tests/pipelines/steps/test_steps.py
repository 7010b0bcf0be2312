import subprocess
import sys
from dataclasses import is_dataclass

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.steps import STEPS, Step

TEXTS = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
        st.lists(st.sampled_from(["The ship", "and the", "harbour.", "\n", "船", "that have", "1"]), max_size=90).map(
            " ".join
        ),
    ),
    min_size=1,
    max_size=6,
)
LANGUAGES = st.sampled_from(["en", "de", "ja", None])


def _batch(texts: list[str], language: str | None) -> pa.RecordBatch:
    columns = {
        "text": pa.array(texts, pa.string()),
        "language": pa.array([language] * len(texts), pa.string()),
        "language_score": pa.nulls(len(texts), pa.float32()),
    }
    return pa.record_batch(columns)


def test_the_steps_are_cheap_to_import() -> None:
    """Naming the steps loads neither compiled kernels nor the parser of HTML."""
    code = "import sys, pipelines.steps; sys.exit(bool({'numba', 'fasttext', 'resiliparse'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_steps_are_frozen_values(step: type[Step]) -> None:
    """A step is a frozen dataclass with slots, and two with the same settings are equal."""
    assert is_dataclass(step)
    assert hasattr(step, "__slots__")
    assert step() == step()
    assert hash(step()) == hash(step())


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
@given(texts=TEXTS, language=LANGUAGES)
@settings(deadline=None, max_examples=30)
def test_every_document_is_kept_or_dropped_whatever_the_batch(
    step: type[Step], texts: list[str], language: str | None
) -> None:
    """Counts balance, columns are as declared, and a document's fate does not depend on its neighbours."""
    batch = _batch(texts, language)
    outcome = step()(batch)
    assert len(outcome.kept) + len(outcome.dropped) == len(batch)
    assert len(outcome.dropped) == len(outcome.reasons) == len(outcome.values)
    for name, kind in step.signals.items():
        assert outcome.kept.schema.field(name).type == outcome.dropped.schema.field(name).type == kind
    alone = [step()(batch.slice(i, 1)) for i in range(len(batch))]
    assert (
        pa.Table.from_batches([one.kept for one in alone]).combine_chunks().to_batches()
        == [outcome.kept][: len(outcome.kept)]
    )
    assert [reason for one in alone for reason in one.reasons.to_pylist()] == outcome.reasons.to_pylist()


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_an_empty_batch_is_an_empty_outcome(step: type[Step]) -> None:
    """No documents give no documents, with the columns declared."""
    outcome = step()(_batch([], None))
    assert len(outcome.kept) == len(outcome.dropped) == 0
    assert set(step.signals) <= set(outcome.kept.schema.names)


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_running_a_step_again_replaces_its_columns(step: type[Step]) -> None:
    """A step finds its own columns from an earlier run and does not add them twice."""
    text = "\n".join(f"The ship number {i} of that fleet has left the harbour for sea {i * 7}." for i in range(9))
    once = step()(_batch([text], "en")).kept
    assert step()(once).kept == once
