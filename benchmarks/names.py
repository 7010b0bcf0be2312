"""Judge the tagger of names on texts it never learned from: ``python benchmarks/names.py [--model FILE]``.

The development part of UD EWT (CC BY-SA 4.0, marked by Universal NER) is read document by document, one sentence per
line; an exact match has the same type and the same code points. The labelled set is Presidio's synthetic one (MIT),
where a place is a GPE and overlap alone is telling: its addresses are spans of another type, so places found in them
count as wrong only where no address is. With --held-out, for a model trained so, the fifth of the labelled tweets that
it did not learn from is judged instead, each by itself. Speed is code points' UTF-8 bytes per second of one processor.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from corpus import DATA

from policies.pii.names.crf import Tagger, Weights, shipped
from policies.pii.names.features import sentences, tokens
from policies.pii.names.labelled import TYPES, Labelled
from policies.pii.names.recognizer import ENTITIES, find, worth_tagging
from policies.pii.names.train import corpora, parted
from policies.pii.recognizers import Span

Finder = Callable[[str], list[Span]]
Rates = tuple[float, float, float]
Marks = Sequence[tuple[str, int, int]]

IGNORED = {"STREET_ADDRESS", "NRP"}
"""Labels of the synthetic set under which a place may be found without being wrong."""


def treebank(path: Path) -> Iterator[Labelled]:
    """Read the documents of a treebank in Universal NER's columns, from the sentences as they were written."""
    text, at = "", 0
    names: list[tuple[str, int, int]] = []
    for line in [*path.read_text(encoding="utf-8").splitlines(), "# newdoc"]:
        if line.startswith("# newdoc"):
            if text:
                yield Labelled(text, tuple(names))
            text, names = "", []
        elif line.startswith("# text = "):
            text += "\n" if text else ""
            at = len(text)
            text += line.removeprefix("# text = ")
        elif line and line[0].isdigit():
            _, word, tag, *_ = line.split("\t")
            start = text.find(word, at)
            if start < 0:
                continue
            at = start + len(word)
            kind = TYPES.get(tag[2:])
            if kind and tag[0] == "I" and names and names[-1][0] == kind:
                names[-1] = (kind, names[-1][1], at)
            elif kind:
                names.append((kind, start, at))


def synthetic(path: Path) -> Iterator[tuple[Labelled, Marks]]:
    """Read the synthetic texts, each with the spans in which a place is no mistake."""
    for one in json.loads(path.read_text(encoding="utf-8")):
        spans = [(span["entity_type"], span["start_position"], span["end_position"]) for span in one["spans"]]
        marked = [("LOCATION" if kind == "GPE" else kind, start, end) for kind, start, end in spans]
        ignored = [mark for mark in marked if mark[0] in IGNORED]
        yield Labelled(one["full_text"], tuple(sorted(marked, key=lambda mark: mark[1]))), ignored


def exact(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Return whether two spans are equal."""
    return one == other


def overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Return whether two spans share a code point."""
    return one[0] < other[1] and other[0] < one[1]


def measure(texts: Sequence[tuple[Labelled, Marks]], finder: Finder) -> dict[str, dict[str, Rates]]:
    """Return precision, recall and F1 by entity and kind of match."""
    found = [[(span.entity, span.start, span.end) for span in finder(one.text)] for one, _ in texts]
    return {
        entity: {match.__name__: _rates(entity, texts, found, match) for match in (exact, overlap)}
        for entity in ENTITIES
    }


def _rates(
    entity: str,
    texts: Sequence[tuple[Labelled, Marks]],
    found: Sequence[Marks],
    match: Callable[[tuple[int, int], tuple[int, int]], bool],
) -> Rates:
    hits = right = guesses = wanted = 0
    for (one, ignored), marks in zip(texts, found, strict=True):
        gold = [mark[1:] for mark in one.names if mark[0] == entity]
        ours = [mark[1:] for mark in marks if mark[0] == entity]
        good = [any(match(span, other) for other in gold) for span in ours]
        free = [
            span for span, ok in zip(ours, good, strict=True) if not ok and any(overlap(span, i[1:]) for i in ignored)
        ]
        hits += sum(any(match(span, other) for other in ours) for span in gold)
        wanted, right, guesses = wanted + len(gold), right + sum(good), guesses + len(ours) - len(free)
    precision, recall = right / max(guesses, 1), hits / max(wanted, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def speed(texts: Sequence[str], finder: Finder) -> float:
    """Return MB of UTF-8 per second of the processor, the best of three."""
    size = sum(len(text.encode()) for text in texts) / 1e6
    marks = [time.process_time()]
    for _ in range(3):
        for text in texts:
            finder(text)
        marks.append(time.process_time())
    return size / min(after - before for before, after in pairwise(marks))


def gated(texts: Sequence[Labelled], weights: Weights) -> tuple[float, float]:
    """Return the share of sentences that are not tagged, and of the persons and places, those in them."""
    skipped = total = lost = names = 0
    for one in texts:
        found = tokens(one.text)
        for first, last in sentences(found):
            inside = [m for m in one.names if m[0] in ENTITIES and found[first][1] <= m[1] < found[last - 1][2]]
            skip = not worth_tagging([word for word, _, _ in found[first:last]], weights.lexicon)
            skipped, total, lost, names = skipped + skip, total + 1, lost + skip * len(inside), names + len(inside)
    return skipped / max(total, 1), lost / max(names, 1)


def _show(sets: Sequence[tuple[str, Sequence[tuple[Labelled, Marks]]]], weights: Weights) -> None:
    tagger = Tagger(weights)
    for name, texts in sets:
        for spread in (True, False):
            finder: Finder = lambda text, spread=spread: find(text, tagger, weights.lexicon, spread=spread)  # type: ignore[misc] # noqa: E731
            for entity, kinds in measure(texts, finder).items():
                shown = "  ".join(f"{kind} P {p:.3f} R {r:.3f} F1 {f:.3f}" for kind, (p, r, f) in kinds.items())
                print(f"{name:10} {'document' if spread else 'sentence':9} {entity:9} {shown}")


def main() -> None:
    """Print the measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="a model file; without it, the shipped one")
    parser.add_argument("--held-out", action="store_true", help="judge on the held out fifth of the labelled tweets")
    parser.add_argument("--data", type=Path, default=DATA, help="folder with ner/ and pii/")
    chosen = parser.parse_args()
    weights = Weights.load(chosen.model) if chosen.model else shipped()
    if chosen.held_out:
        tweets = corpora(chosen.data / "ner")
        _show([(name, [(one, ()) for one in parted(many)[1]]) for name, many in tweets.items()], weights)
        return
    ewt: list[tuple[Labelled, Marks]] = [(one, ()) for one in treebank(chosen.data / "ner" / "en_ewt-ud-dev.iob2")]
    made = list(synthetic(chosen.data / "pii" / "presidio_research_synth_dataset_v2.json"))
    _show([("EWT dev", ewt), ("synthetic", made)], weights)
    print(
        "sentences not tagged {:.3f}, persons and places in them {:.4f}".format(
            *gated([one for one, _ in ewt], weights)
        )
    )
    tagger = Tagger(weights)
    finder: Finder = lambda text: find(text, tagger, weights.lexicon)  # noqa: E731
    print(f"EWT dev {speed([one.text for one, _ in ewt], finder):.2f} MB/s")


if __name__ == "__main__":
    main()
