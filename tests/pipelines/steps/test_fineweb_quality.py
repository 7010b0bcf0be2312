import pyarrow as pa
import pytest

from pipelines.outcome import Outcome
from pipelines.reasons import Reason
from pipelines.steps.fineweb_quality import FineWebQuality

LINES = [f"Line number {i} is long enough, and it ends as it should." for i in range(10)]


def _run(texts: list[str], languages: list[str | None] | None = None, step: FineWebQuality | None = None) -> Outcome:
    columns = {
        "text": pa.array(["", *texts]),
        "language": pa.array(["en", *(languages or ["en"] * len(texts))], pa.string()),
        "language_score": pa.nulls(len(texts) + 1, pa.float32()),
    }
    return (step or FineWebQuality())(pa.record_batch(columns).slice(1))


@pytest.mark.parametrize(
    ("lines", "reason", "value"),
    [
        (LINES, None, None),
        ([line[:-1] for line in LINES] + LINES[:1], Reason.FINEWEB_LINE_PUNCTUATION, 1 / 11),
        ([*LINES[:3], *[f"Short {i}." for i in range(7)]], Reason.FINEWEB_SHORT_LINES, 0.7),
        ([*LINES, *LINES[:2]], Reason.FINEWEB_DUPLICATE_LINE_CHARS, 1 / 6),
        ([LINES[0], *[f"{i} internationalisation-communication." for i in range(9)]], None, None),
        ([f"{i}-internationalisation-communication." for i in range(9)], Reason.FINEWEB_NEWLINES, 8 / 9),
    ],
)
def test_each_rule_drops_what_it_is_for(lines: list[str], reason: Reason | None, value: float | None) -> None:
    """One English text for each rule, dropped by that rule with the value measured."""
    step = FineWebQuality(max_newline_ratio=0.5)
    outcome = _run(["\n".join(lines)], step=step)
    assert outcome.reasons.to_pylist() == ([reason] if reason else [])
    if value is not None:
        assert outcome.values[0].as_py() == pytest.approx(value)


def test_other_languages_pass_unjudged() -> None:
    """Documents in other languages, or in none, stay, and their signals are null."""
    outcome = _run(["x\ny", "船\n港", "x"], ["de", "ja", None])
    assert len(outcome.kept) == 3
    assert all(outcome.kept[name].null_count == 3 for name in FineWebQuality.signals)


def test_the_rule_about_words_leaves_spaceless_scripts_alone() -> None:
    """Where Japanese is asked for it is judged by its lines, not by newlines for each word."""
    text = "\n".join(f"船は朝早く港を出て、その後だれもそれを見なかったということであるそうだ{i}。" for i in range(9))
    for language in ("ja", "en"):
        outcome = _run([text], [language], FineWebQuality(languages=("ja", "en")))
        assert outcome.kept["fineweb_newline_ratio"].to_pylist() == [None]
        assert outcome.kept["fineweb_punctuated_line_ratio"].to_pylist() == [1.0]


def test_a_value_at_its_limit_is_kept() -> None:
    """A tenth of the characters in duplicate lines is not too much."""
    lines = [f"The line number {i} is of one length." for i in range(9)]
    assert len(_run(["\n".join([*lines, lines[0]])]).kept) == 1


def test_signals_have_their_declared_types() -> None:
    """The columns added are those declared, also in batches without English."""
    for language in ("en", "de"):
        kept = _run(["\n".join(LINES)], [language]).kept
        assert {name: kept.schema.field(name).type for name in FineWebQuality.signals} == FineWebQuality.signals


@pytest.mark.parametrize("settings", [{"languages": ()}, {"max_short_lines": 67}, {"short_line_chars": -1}])
def test_settings_without_sense_are_refused(settings: dict[str, object]) -> None:
    """Bad values are errors when the step is made."""
    with pytest.raises(ValueError, match=r"is a|not negative"):
        FineWebQuality(**settings)  # type: ignore[arg-type]
