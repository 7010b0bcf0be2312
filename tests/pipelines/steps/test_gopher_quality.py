import pyarrow as pa
import pytest

from pipelines.outcome import Outcome
from pipelines.reasons import Reason
from pipelines.steps.gopher_quality import GopherQuality

GOOD = "The harbour lies in the north of the town, and ships that come to it have to wait for high water. " * 4
JAPANESE = "船は朝早く港を出て、その後だれもそれを見なかった。" * 10
THAI = "เรือออกจากท่าเรือแต่เช้าตรู่และไม่มีใครเห็นมันอีกเลย " * 10
CHINESE = "船清晨离开了港口，从此再也没有人见过它。" * 10


def _run(texts: list[str], languages: list[str | None], step: GopherQuality | None = None) -> Outcome:
    padded = pa.record_batch(
        {
            "text": pa.array(["", *texts]),
            "language": pa.array(["en", *languages], pa.string()),
            "language_score": pa.nulls(len(texts) + 1, pa.float32()),
        }
    )
    return (step or GopherQuality())(padded.slice(1))


@pytest.mark.parametrize(
    ("text", "reason", "value"),
    [
        (GOOD, None, None),
        ("The end of that.", Reason.GOPHER_TOO_FEW_WORDS, 4),
        ("and the " * 50_001, Reason.GOPHER_TOO_MANY_WORDS, 100_002),
        ("I o " * 50, Reason.GOPHER_WORD_LENGTH, 1),
        ("internationalisation " * 60, Reason.GOPHER_WORD_LENGTH, 20),
        (GOOD + "#tag " * 20, Reason.GOPHER_SYMBOLS, 0.2),
        (GOOD + "and so ... " * 20, Reason.GOPHER_SYMBOLS, 1 / 7),
        ("- the harbour of that town and all its ships\n" * 10, Reason.GOPHER_BULLETS, 1),
        ("The harbour of the town and ships to come with us to see the sea…\n" * 10, Reason.GOPHER_ELLIPSIS, 1),
        ("The of 1000 2000 harbour ship " * 20, Reason.GOPHER_ALPHABETIC, 2 / 3),
        ("harbour water " * 40, Reason.GOPHER_STOP_WORDS, 0),
        ("the harbour " * 40, Reason.GOPHER_STOP_WORDS, 1),
    ],
)
def test_each_rule_drops_what_it_is_for(text: str, reason: Reason | None, value: float | None) -> None:
    """One English text for each rule, dropped by that rule with the value measured."""
    outcome = _run([text], ["en"])
    assert outcome.reasons.to_pylist() == ([reason] if reason else [])
    if value is not None and reason is not Reason.GOPHER_SYMBOLS:
        assert outcome.values[0].as_py() == pytest.approx(value)


@pytest.mark.parametrize("text", [JAPANESE, THAI, CHINESE])
@pytest.mark.parametrize("language", ["ja", "th", "zh", "en", None])
def test_rules_about_words_leave_spaceless_scripts_alone(text: str, language: str | None) -> None:
    """Japanese, Thai and Chinese are not judged by words, even where the language was taken for English."""
    outcome = _run([text], [language])
    assert len(outcome.kept) == 1
    words = [name for name in GopherQuality.signals if "line" not in name]
    assert all(outcome.kept[name].null_count == 1 for name in words)
    assert all(outcome.kept[name].null_count == 0 for name in set(GopherQuality.signals) - set(words))


def test_rules_about_lines_apply_to_every_script() -> None:
    """A Japanese page of bullets is dropped as one."""
    assert _run(["・\n• 港\n• 船\n• 海" * 9], ["ja"], GopherQuality(max_bullet_lines=0.5)).reasons.to_pylist() == [
        Reason.GOPHER_BULLETS
    ]


def test_stop_words_are_judged_in_languages_with_a_list() -> None:
    """German is judged by German words; a language without a list, and none, are not judged by any."""
    german = "Das Schiff liegt in dem Hafen und wartet auf das Wasser " * 6
    outcome = _run([german, "harbour water " * 40, "harbour water " * 40], ["de", "xx", None])
    assert outcome.kept["gopher_stop_words"].to_pylist()[1:] == [None, None]
    assert outcome.kept["gopher_stop_words"][0].as_py() >= 4


def test_a_value_at_its_limit_is_kept() -> None:
    """Limits belong to what is kept: fifty words, and one symbol for ten words."""
    words = ["the", "of", *["harbour"] * 43, *["#sea"] * 5]
    assert len(_run([" ".join(words)], ["en"]).kept) == 1


def test_signals_have_their_declared_types() -> None:
    """The columns added are those declared, on kept and dropped documents alike."""
    outcome = _run([GOOD, "x"], ["en", "en"])
    for batch in (outcome.kept, outcome.dropped):
        assert {name: batch.schema.field(name).type for name in GopherQuality.signals} == GopherQuality.signals


@pytest.mark.parametrize(
    "settings",
    [{"min_words": 9, "max_words": 8}, {"max_bullet_lines": 2}, {"min_mean_word_length": 11}, {"min_stop_words": -1}],
)
def test_settings_without_sense_are_refused(settings: dict[str, float]) -> None:
    """Bad values are errors when the step is made."""
    with pytest.raises(ValueError, match=r"is|are"):
        GopherQuality(**settings)  # type: ignore[arg-type]
