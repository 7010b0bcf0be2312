"""Train the model that is shipped: ``python -m names.train --data FOLDER --words FILE --out FILE`` (minutes).

FOLDER has the labelled texts in ner/ (wnut17train.conll, btc_*.conll) and unlabelled ones in cut100/*.jsonl.gz; the
dictionary is SCOWL's as Debian's package wamerican has it. Equal folders and libraries make equal files. It needs the
extra ``names``, which the shipped model does not.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any, Final

from policies.pii.names.crf import Tagger, Weights
from policies.pii.names.features import Lexicon, classes, features, sentence_features
from policies.pii.names.gazetteers import Person, cities, countries, family_names, given_names, known_places
from policies.pii.names.labelled import Labelled, read_columns, recased, sequences
from policies.pii.names.lexicon import learn, open_texts, with_names
from policies.pii.names.templates import TEMPLATES, Pools, filled, renamed

SEED: Final = 17
L1, L2, LEAST = 0.05, 0.3, 2
FIRST_ROUNDS, ROUNDS = 25, 60
COPIES: Final = (("upper", 0.08), ("title", 0.05), ("lower", 0.0))
"""Which share of the texts is also learned from in another case."""

RENAMED: Final = 0.5
"""Share of the texts with persons that are also learned from with other names."""

FILLED: Final = 25
"""How often each template is filled."""

_FIFTH: Final = 5
_OFTEN: Final = 40  # how much more often a common name is taken than another
_KNOWN: Final = 6  # as above, of a well-known place


def corpora(folder: Path) -> dict[str, list[Labelled]]:
    """Read the labelled texts that may be learned from, by file."""
    paths = [folder / "wnut17train.conll", *sorted(folder.glob("btc_*.conll"))]
    return {path.stem: list(read_columns(path, 0)) for path in paths}


def parted(texts: Sequence[Labelled]) -> tuple[list[Labelled], list[Labelled]]:
    """Return four fifths of *texts*, and the rest, on which decisions are tried."""
    return [one for place, one in enumerate(texts) if place % _FIFTH], list(texts[::_FIFTH])


def enriched(texts: Sequence[Labelled], seed: int = SEED) -> Iterator[Labelled]:
    """Iterate *texts*, copies of some in other cases and with other names, and filled templates."""
    random = Random(seed)
    pools = name_pools()
    for one in texts:
        yield one
        if any(kind == "PERSON" for kind, _, _ in one.names) and random.random() < RENAMED:
            yield renamed(one, pools, random)
        for case, share in COPIES:
            if random.random() < share:
                yield recased(one, case)
    for template in TEMPLATES:
        for _ in range(FILLED):
            yield filled(template, pools, random)


def name_pools() -> Pools:
    """Collect given and family names, and names of places, those known well several times."""
    persons = (_often(given_names(), Person.COMMON_GIVEN), _often(family_names(), Person.COMMON_FAMILY))
    known = sorted(name for name in known_places() if name.isascii())
    towns = sorted(name for name in cities() if name.isascii())
    return Pools(*persons, [*known * _KNOWN, *towns], sorted(name for name in countries() if len(name.split()) < 3))


def _often(names: Mapping[str, Person], common: Person) -> list[str]:
    return [name.title() for name, kind in sorted(names.items()) for _ in range(_OFTEN if kind & common else 1)]


def fit(texts: Iterable[Labelled], lexicon: Lexicon, rounds: int = ROUNDS) -> Weights:
    """Train on *texts* with CRFsuite's L-BFGS."""
    import pycrfsuite

    trainer: Any = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    single, kinds = cache(partial(features, lexicon=lexicon)), cache(partial(classes, lexicon=lexicon))
    for text in texts:
        for words, labels in sequences(text):
            trainer.append(sentence_features(words, single, kinds), labels)
    options = {"c1": L1, "c2": L2, "max_iterations": rounds, "feature.minfreq": LEAST}
    trainer.set_params({**options, "feature.possible_transitions": True})
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model")
        trainer.train(path)
        tagger: Any = pycrfsuite.Tagger()
        tagger.open(path)
        learned = tagger.info()
        tagger.close()
    return Weights.of(learned.state_features, learned.transitions, lexicon)


def main() -> None:
    """Train and write the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with ner/ and cut100/")
    parser.add_argument("--words", type=Path, required=True, help="a dictionary of American English, a word a line")
    parser.add_argument("--out", type=Path, required=True, help="the model file to write")
    parser.add_argument("--hold-out", action="store_true", help="learn from four fifths of each labelled file")
    chosen = parser.parse_args()
    files = corpora(chosen.data / "ner").values()
    texts = [one for many in files for one in (parted(many)[0] if chosen.hold_out else many)]
    unlabelled = list(open_texts(chosen.data / "cut100"))
    lexicon = learn([*unlabelled, *(one.text for one in texts)], chosen.words.read_text(encoding="utf-8").splitlines())
    first = fit(enriched(texts), lexicon, FIRST_ROUNDS)
    fit(enriched(texts), with_names(lexicon, unlabelled, Tagger(first))).save(chosen.out)


if __name__ == "__main__":
    main()
