import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpushub.testing.steps import StepContract, check_outcome, documents
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


def test_the_steps_are_cheap_to_import() -> None:
    """Naming the steps loads neither compiled kernels nor the parser of HTML."""
    code = "import sys, pipelines.steps; sys.exit(bool({'numba', 'fasttext', 'resiliparse'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class TestShippedSteps(StepContract):
    """Every step that is shipped does what is asked of every step."""

    @pytest.fixture(params=STEPS)
    def step(self, request: pytest.FixtureRequest) -> Step:
        """Return a step with its defaults."""
        return STEPS[request.param]()


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
@given(texts=TEXTS, language=LANGUAGES)
@settings(deadline=None, max_examples=30)
def test_every_document_is_kept_or_dropped_whatever_the_batch(
    step: type[Step], texts: list[str], language: str | None
) -> None:
    """Counts balance, columns are as declared, and a document's fate does not depend on its neighbours."""
    batch = documents(texts, language)
    outcome = step()(batch)

    check_outcome(step(), batch)
    assert outcome.kept.num_rows + outcome.dropped.num_rows == batch.num_rows


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_running_a_step_again_replaces_its_columns(step: type[Step]) -> None:
    """A step finds its own columns from an earlier run and does not add them twice."""
    text = "\n".join(f"The ship number {i} of that fleet has left the harbour for sea {i * 7}." for i in range(9))
    once = step()(documents([text])).kept
    assert step()(once).kept == once
