import pyarrow as pa
import pytest

from pipelines.outcome import Outcome
from pipelines.reasons import Reason
from pipelines.steps.gopher_repetition import GopherRepetition

UNIQUE = " ".join(f"w{i}" for i in range(200))


def _run(text: str, language: str | None = "en") -> Outcome:
    columns = {
        "text": [text],
        "language": pa.array([language], pa.string()),
        "language_score": pa.nulls(1, pa.float32()),
    }
    return GopherRepetition()(pa.record_batch(columns))


def _numbered(count: int) -> list[str]:
    return [f"line {i} has its own numbers {i * 7} and {i * 13} and {i * 31}" for i in range(count)]


@pytest.mark.parametrize(
    ("text", "reason", "value"),
    [
        (UNIQUE, None, None),
        ("\n".join([UNIQUE, *["x"] * 5]), Reason.GOPHER_DUPLICATE_LINES, 4 / 6),
        ("\n\n".join([UNIQUE, *["b\na", "c\na"] * 2]), Reason.GOPHER_DUPLICATE_LINES, 5 / 9),
        ("\n\n".join(["\n".join(_numbered(9)), *["x\ny"] * 3]), Reason.GOPHER_DUPLICATE_PARAGRAPHS, 0.5),
        ("\n".join([*_numbered(9), UNIQUE, UNIQUE]), Reason.GOPHER_DUPLICATE_LINE_CHARS, None),
        (" ".join(f"of course {i}" for i in range(60)), Reason.GOPHER_TOP_NGRAM, None),
        (
            " ".join(f"{i} of the kind that is found here" for i in range(9)) + UNIQUE[:99],
            Reason.GOPHER_TOP_NGRAM,
            None,
        ),
        (f"{UNIQUE} {UNIQUE}", Reason.GOPHER_DUPLICATE_NGRAMS, 0.5),
    ],
)
def test_each_rule_drops_what_it_is_for(text: str, reason: Reason | None, value: float | None) -> None:
    """One text for each kind of repetition, dropped for that with the value measured."""
    outcome = _run(text)
    assert outcome.reasons.to_pylist() == ([reason] if reason else [])
    if value is not None:
        assert outcome.values[0].as_py() == pytest.approx(value)


def test_ngrams_of_spaceless_scripts_are_not_judged() -> None:
    """A Japanese text with spaces here and there keeps its n-gram signals null, and is judged by lines."""
    text = "港 船 " * 100
    for language in ("ja", "en", None):
        outcome = _run(text, language)
        assert outcome.kept["gopher_top_2gram_ratio"].to_pylist() == [None]
    assert _run("船は港を出た。\n" * 5, "ja").reasons.to_pylist() == [Reason.GOPHER_DUPLICATE_LINES]


def test_signals_have_their_declared_types() -> None:
    """The columns added are those declared."""
    kept = _run(UNIQUE).kept
    assert {name: kept.schema.field(name).type for name in GopherRepetition.signals} == GopherRepetition.signals


def test_the_defaults_are_those_of_the_table() -> None:
    """Table A1 of Rae et al. 2021, from lines down to 10-grams."""
    step = GopherRepetition()
    values = [getattr(step, name) for name in step.__slots__]
    assert values == [0.30, 0.30, 0.20, 0.20, 0.20, 0.18, 0.16, 0.15, 0.14, 0.13, 0.12, 0.11, 0.10]


def test_settings_without_sense_are_refused() -> None:
    """A share above one is an error when the step is made."""
    with pytest.raises(ValueError, match="max_top_2gram is a share"):
        GopherRepetition(max_top_2gram=20)
