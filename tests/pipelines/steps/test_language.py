import re

import pyarrow as pa
import pytest

from pipelines.outcome import Outcome
from pipelines.reasons import Reason
from pipelines.steps import STEPS
from pipelines.steps.language import Language

TEXTS = [
    "The ship left the harbour early in the morning and nobody saw it again.",
    "Das Schiff verließ den Hafen früh am Morgen und niemand sah es wieder.",
    "船は朝早く港を出て、その後だれもそれを見なかった。",
    "1234 5678",
]


def _run(step: Language) -> Outcome:
    count = len(TEXTS)
    columns = {
        "text": pa.array(TEXTS),
        "language": pa.nulls(count, pa.string()),
        "language_score": pa.nulls(count, pa.float32()),
    }
    return step(pa.record_batch(columns))


def test_languages_are_set_and_nothing_is_dropped_by_default() -> None:
    """Without settings every document stays, with its language and how probable that is."""
    outcome = _run(Language())
    assert outcome.kept["language"].to_pylist() == ["en", "de", "ja", None]
    assert outcome.kept["language_score"].null_count == 1
    assert outcome.kept.num_columns == 3
    assert len(outcome.dropped) == 0


def test_languages_not_wanted_are_dropped_with_their_probability() -> None:
    """Other languages and texts without one are dropped; the value is the model's confidence."""
    outcome = _run(Language(keep=("en", "ja")))
    assert outcome.kept["language"].to_pylist() == ["en", "ja"]
    assert outcome.reasons.to_pylist() == [Reason.LANGUAGE_NOT_WANTED] * 2
    assert outcome.values[0].as_py() == pytest.approx(outcome.dropped["language_score"][0].as_py())
    assert outcome.values[1].as_py() is None


def test_uncertain_languages_are_dropped_as_such() -> None:
    """Below min_score the language is uncertain, whether it is wanted or not."""
    outcome = _run(Language(keep=("en",), min_score=0.5))
    assert outcome.reasons.to_pylist()[-1] == Reason.LANGUAGE_UNCERTAIN
    assert outcome.kept["language"].to_pylist() == ["en"]


@pytest.mark.parametrize(
    ("word", "meant"), [("english", "'en' (English)"), ("de-DE", "'de' (German)"), ("jp", "'ja' (Japanese)")]
)
def test_what_is_no_language_is_refused_with_the_nearest(word: str, meant: str) -> None:
    """A code that nothing is ever identified as would drop everything."""
    with pytest.raises(ValueError, match=rf"as '{word}'; did you mean {re.escape(meant)}\?"):
        Language(keep=("en", word))


def test_the_ledger_names_the_language_that_was_not_wanted() -> None:
    """The detail of a drop is the language that was found, null where there is none."""
    outcome = _run(Language(keep=("ja",)))
    assert outcome.details is not None
    assert outcome.details.to_pylist() == ["en", "de", None]


@pytest.mark.parametrize(
    "settings", [{"min_score": 1.5}, {"min_score": -1}, {"keep": ()}, {"keep": "en"}, {"keep": ("EN",)}]
)
def test_settings_without_sense_are_refused(settings: dict[str, object]) -> None:
    """Bad values are errors when the step is made."""
    with pytest.raises(ValueError, match=r"min_score|languages"):
        Language(**settings)  # type: ignore[arg-type]


def test_the_step_has_its_name() -> None:
    """Recipes find the step by its name."""
    assert STEPS["language"] is Language
