import numpy as np
import pyarrow as pa
import pytest

from pipelines.outcome import Outcome
from pipelines.reasons import Reason
from pipelines.steps.c4 import C4

GOOD = "The ship left early today.\nNobody saw it ever again.\nThe harbour was empty then."


def _run(texts: list[str], languages: list[str | None] | None = None, step: C4 | None = None) -> Outcome:
    columns = {
        "text": pa.array(["", *texts]),
        "language": pa.array(["en", *(languages or ["en"] * len(texts))], pa.string()),
        "language_score": pa.nulls(len(texts) + 1, pa.float32()),
    }
    return (step or C4())(pa.record_batch(columns).slice(1))


def test_lines_are_removed_and_the_change_is_counted() -> None:
    """A page with lines that are not prose is kept without them, as changed, with their number."""
    outcome = _run([GOOD, f"Menu\n{GOOD}\nPlease enable Javascript to see this page.\nImprint", "no prose", GOOD])
    assert outcome.kept["text"].to_pylist() == [GOOD, GOOD, GOOD]
    assert outcome.changed.tolist() == [1]
    assert outcome.changed.dtype == np.uint32
    assert outcome.change_reason == Reason.C4_LINES
    assert outcome.change_values is not None
    assert outcome.change_values.tolist() == [3.0]
    assert outcome.reasons.to_pylist() == [Reason.C4_TOO_FEW_SENTENCES]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GOOD + "\nfunction() {", Reason.C4_CURLY_BRACKET),
        (GOOD + "\nLorem Ipsum", Reason.C4_LOREM_IPSUM),
        (GOOD + "\nWhat a DARN! thing", Reason.C4_BAD_WORDS),
        (GOOD + "\nhot dog", Reason.C4_BAD_WORDS),
        (GOOD + "\ndarning hot dogs", None),
        ("The ship left early today.\nNobody saw it ever again.", Reason.C4_TOO_FEW_SENTENCES),
        ("The ship left early today. Nobody saw it. Ever again it was.", None),
    ],
)
def test_each_rule_drops_what_it_is_for(text: str, reason: Reason | None) -> None:
    """One page for each rule."""
    outcome = _run([text], step=C4(bad_words=("darn", "hot dog")))
    assert outcome.reasons.to_pylist() == ([reason] if reason else [])


def test_other_languages_pass_untouched() -> None:
    """Documents in other languages, or in none, keep every byte, and their signals are null."""
    texts = ["{ kein Satz", "船", "{"]
    outcome = _run([*texts, GOOD], ["de", "ja", None, "en"])
    assert outcome.kept["text"].to_pylist() == [*texts, GOOD]
    assert all(outcome.kept[name].to_pylist()[:3] == [None] * 3 for name in C4.signals)
    assert outcome.changed.tolist() == []


def test_citation_marks_are_removed_where_asked() -> None:
    """Marks go only with remove_citations; such a document is changed with no line removed."""
    text = GOOD.replace("today", "today[12]").replace("again", "again[citation needed]")
    assert _run([text]).kept["text"].to_pylist() == [text]
    outcome = _run([text], step=C4(remove_citations=True))
    assert outcome.kept["text"].to_pylist() == [GOOD]
    assert outcome.change_values is not None
    assert (outcome.changed.tolist(), outcome.change_values.tolist()) == ([0], [0.0])


def test_signals_have_their_declared_types() -> None:
    """The columns added are those declared, with and without bad words, and in batches without English."""
    for outcome in (_run([GOOD]), _run([GOOD], step=C4(bad_words=("x",))), _run([GOOD], ["de"])):
        assert {name: outcome.kept.schema.field(name).type for name in C4.signals} == C4.signals


@pytest.mark.parametrize(
    "settings", [{"languages": ()}, {"min_sentences": -1}, {"bad_words": (" ",)}, {"bad_words": "darn"}]
)
def test_settings_without_sense_are_refused(settings: dict[str, object]) -> None:
    """Bad values are errors when the step is made."""
    with pytest.raises(ValueError, match=r"is a list|not negative"):
        C4(**settings)  # type: ignore[arg-type]
