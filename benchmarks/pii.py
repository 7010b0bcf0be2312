"""Measure what is found of personal data: ``python benchmarks/pii.py``.

On a labelled set: precision, recall and F1 per entity type, exact (same begin and end) and overlapping (at least one
code point in common), for corpushub, Presidio's engine, and the rules of datatrove and Dolma (pii_peers.py). On real
text, of which nobody knows the truth: findings per megabyte by type and recognizer, and how fast our own recognizers
are. No value and no text is printed.

The labelled set is presidio-research's synthetic set, version 2: texts from templates, filled by a generator of fake
data. Recognizers were tuned on its even items only; the table of halves tells whether that shows.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import Any, Final

from corpus import DATA, documents, text_bytes
from measure import report, say
from pii_peers import Finder, datatrove, dolma, presidio

from policies.pii.own.cards import CardRanges
from policies.pii.phones.recognizer import PhoneShapes
from policies.pii.recognizers import Detector, Span
from policies.pii.scrubber import ENTITIES, THRESHOLDS, Scrubber, resolve_overlaps
from policies.pii.search.scan import Limits, scan_texts

LABELS: Final = {
    "EMAIL_ADDRESS": "EMAIL_ADDRESS",
    "PHONE_NUMBER": "PHONE_NUMBER",
    "CREDIT_CARD": "CREDIT_CARD",
    "IBAN_CODE": "IBAN_CODE",
    "US_SSN": "US_SSN",
    "IP_ADDRESS": "IP_ADDRESS",
    "US_DRIVER_LICENSE": "US_DRIVER_LICENSE",
    "DOMAIN_NAME": "URL",
    "DATE_TIME": "DATE_TIME",
    "PERSON": "PERSON",
    "GPE": "LOCATION",
    "STREET_ADDRESS": "LOCATION",
}
"""From the labels of the set to Presidio's entity types; TITLE, AGE, NRP, ORGANIZATION and ZIP_CODE have none here."""

WANTED: Final = (*ENTITIES, "IBAN_CODE", "US_SSN")
OWN: Final = (PhoneShapes(), CardRanges())
FEWEST: Final = 0.35
"""The scrubber's default score."""

LABELLED: Final = DATA / "pii" / "presidio_research_synth_dataset_v2.json"


@dataclass(frozen=True, slots=True)
class Item:
    """One labelled text: its labels as spans of their entity types, and those of all labels under their own names."""

    text: str
    gold: Sequence[Span]
    labels: Sequence[Span]


@dataclass(slots=True)
class Tally:
    """Counts over texts: labels, findings, and the hits among both; a hit of a finding need not be one of a label."""

    labels: int = 0
    findings: int = 0
    exact: int = 0
    labels_met: int = 0
    findings_met: int = 0

    def add(self, gold: Sequence[Span], found: Sequence[Span]) -> None:
        """Add one text's labels and findings of one entity type."""
        self.labels += len(gold)
        self.findings += len(found)
        self.exact += len({(one.start, one.end) for one in gold} & {(one.start, one.end) for one in found})
        self.labels_met += sum(meets(one, found) for one in gold)
        self.findings_met += sum(meets(one, gold) for one in found)

    def row(self) -> dict[str, Any]:
        """Return precision, recall and F1, exact and overlapping."""
        return {
            "labels": self.labels,
            "found": self.findings,
            **scores("exact", self.exact, self.exact, self.findings, self.labels),
            **scores("overlap", self.findings_met, self.labels_met, self.findings, self.labels),
        }


def meets(span: Span, others: Iterable[Span]) -> bool:
    """Return whether *span* has a code point in common with one of *others*."""
    return any(span.start < other.end and other.start < span.end for other in others)


def scores(name: str, right: int, met: int, findings: int, labels: int) -> dict[str, float | None]:
    """Return precision (right of findings), recall (met of labels) and F1; None where nothing was found or labelled."""
    precision, recall = right / findings if findings else None, met / labels if labels else None
    f1 = 2 * precision * recall / (precision + recall) if precision and recall else 0.0 if labels else None
    rounded = (value if value is None else round(value, 3) for value in (precision, recall, f1))
    return dict(zip((f"{name} P", f"{name} R", f"{name} F1"), rounded, strict=True))


def labelled(path: Path) -> list[Item]:
    """Read the labelled set."""
    return [Item(row["full_text"], *spans_of(row["spans"])) for row in json.loads(path.read_text(encoding="utf-8"))]


def spans_of(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Span], list[Span]]:
    """Return the labels that have an entity type, under it; then all, under their own names."""
    spans = [Span(row["entity_type"], row["start_position"], row["end_position"], 1.0) for row in rows]
    known = [Span(LABELS[one.entity], one.start, one.end, 1.0) for one in spans if one.entity in LABELS]
    return known, spans


def scrubber() -> Scrubber:
    """Return the scrubber that is measured: the proposed types, and names if there is a recognizer for them."""
    options: dict[str, Any] = {"names": True} if any(one.name == "names" for one in fields(Scrubber)) else {}
    return Scrubber(entities=WANTED, min_score=FEWEST, **options)


def our_detectors() -> tuple[Detector | PhoneShapes | CardRanges, ...]:
    """Return the scrubber's detectors and our own beside them, each once."""
    return tuple(dict.fromkeys((*scrubber().detectors(), *OWN)))


def ours(texts: Sequence[str]) -> list[list[Span]]:
    """Find what corpushub's scrubber acts on: scores above the least for their type, overlaps resolved."""
    return found_by(our_detectors(), texts, THRESHOLDS)


def ours_without_proof(texts: Sequence[str]) -> list[list[Span]]:
    """Find the same with phone numbers that neither a shape nor a word speaks for."""
    return found_by(our_detectors(), texts)


def ours_without_own(texts: Sequence[str]) -> list[list[Span]]:
    """Find that without our own recognizers."""
    return found_by([one for one in our_detectors() if one not in OWN], texts)


def found_by(
    detectors: Sequence[Any], texts: Sequence[str], least: Mapping[str, float] | None = None
) -> list[list[Span]]:
    """Run *detectors* and resolve overlaps; types have the score FEWEST at least, or what *least* says."""
    scan = scan_texts(texts, detectors, Limits())
    if scan.status:
        say(f"{len(scan.status)} texts were not searched in full")
    found = (scan.spans.get(number, ()) for number in range(len(texts)))
    least = least or {}
    return [resolve_overlaps(one for one in spans if one.score >= least.get(one.entity, FEWEST)) for spans in found]


FINDERS: Final[dict[str, Finder]] = {
    "corpushub": ours,
    f"corpushub, phone numbers from {FEWEST}": ours_without_proof,
    "corpushub without its own recognizers": ours_without_own,
    f"Presidio, score {FEWEST} or more": presidio(FEWEST),
    "Presidio, all scores": presidio(0.0),
    "datatrove's rules": datatrove,
    "Dolma's rules": dolma,
}


def tallies(items: Sequence[Item], found: Sequence[Sequence[Span]]) -> dict[str, Tally]:
    """Count by entity type over all *items*."""
    counted = {entity: Tally() for entity in dict.fromkeys(LABELS.values())}
    for item, spans in zip(items, found, strict=True):
        for entity, tally in counted.items():
            tally.add(
                [one for one in item.gold if one.entity == entity], [one for one in spans if one.entity == entity]
            )
    return counted


def by_type(items: Sequence[Item], answers: Mapping[str, Sequence[Sequence[Span]]]) -> list[dict[str, Any]]:
    """Return a row for each entity type and tool that found any of it; types that nothing looked for say so."""
    counted = {tool: tallies(items, found) for tool, found in answers.items()}
    rows = []
    for entity in dict.fromkeys(LABELS.values()):
        found = {tool: one[entity] for tool, one in counted.items() if one[entity].findings}
        rows += [{"type": entity, "by": tool, **tally.row()} for tool, tally in found.items()]
        if not found:
            labels = counted["corpushub"][entity].labels
            rows.append({"type": entity, "by": "skipped: nothing looks for it", "labels": labels})
    return rows


def halves(items: Sequence[Item], found: Sequence[Sequence[Span]]) -> list[dict[str, Any]]:
    """Return our rows for the even items, on which we tuned, and for the odd ones."""
    rows = []
    for first, half in enumerate(("even, tuned on", "odd, held out")):
        counted = tallies(items[first::2], found[first::2])
        rows += [{"type": entity, "half": half, **one.row()} for entity, one in counted.items() if one.findings]
    return sorted(rows, key=lambda row: str(row["type"]))


def errors(items: Sequence[Item], found: Sequence[Sequence[Span]]) -> list[dict[str, Any]]:
    """Return how often each kind of error occurs: what was missed, and what false hits really are."""
    kinds: Counter[tuple[str, str, str]] = Counter()
    for item, spans in zip(items, found, strict=True):
        kinds.update(missed(item, spans))
        kinds.update(false_hits(item, spans))
    return [
        {"type": entity, "error": error, "what": what, "times": times}
        for (entity, error, what), times in sorted(kinds.items(), key=lambda pair: (pair[0][:2], -pair[1]))
    ]


def missed(item: Item, spans: Sequence[Span]) -> Iterator[tuple[str, str, str]]:
    """Yield the labels that no finding of their type meets, by shape."""
    for one in item.gold:
        of_type = [span for span in spans if span.entity == one.entity]
        if one.entity in WANTED and not meets(one, of_type):
            yield one.entity, "missed", shape(item.text[one.start : one.end])
        elif one.entity in WANTED and all((one.start, one.end) != (span.start, span.end) for span in of_type):
            yield one.entity, "other borders", shape(item.text[one.start : one.end])


def false_hits(item: Item, spans: Sequence[Span]) -> Iterator[tuple[str, str, str]]:
    """Yield the findings that meet no label of their type, by the labels that they do meet."""
    for one in spans:
        if one.entity in WANTED and not meets(one, [gold for gold in item.gold if gold.entity == one.entity]):
            really = sorted({label.entity for label in item.labels if meets(one, [label])})
            yield one.entity, "false hit", "in " + ", ".join(really) if really else "in plain text"


def shape(value: str) -> str:
    """Return the grouping of *value*, from which it cannot be told: the sizes of its groups of digits or letters."""
    groups = "".join("9" if one.isdigit() else "a" if one.isalpha() else one for one in value)
    kept = "".join(one for one in groups if one in "9a+()-./ x")
    return kept if len(kept) <= 24 else f"{len(value)} characters"


def real_text(folder: Path, megabytes: float) -> list[str]:
    """Return the texts of every so many-th document of *folder*, about a size in all."""
    every = max(1, round(text_bytes(folder) / (megabytes * 1e6)))
    return [document.record["text"] for document in islice(documents(folder), 0, None, every)]


def per_megabyte(texts: Sequence[str]) -> list[dict[str, Any]]:
    """Return findings per megabyte by type and recognizer, and how many of them no other recognizer has."""
    size = sum(len(text.encode()) for text in texts) / 1e6
    detectors = our_detectors()
    found = {one: found_by([one], texts) for one in detectors}
    rows = []
    for one, spans in found.items():
        others = [found[other] for other in detectors if other != one]
        alone = sum(not any(meets(span, o[n]) for o in others) for n, own in enumerate(spans) for span in own)
        total = sum(map(len, spans))
        name = one.recognizer if isinstance(one.recognizer, str) else "Presidio"
        rows.append({"type": one.entity, "by": name, "findings": total, "per MB": total / size, "alone": alone})
    return rows


def speed(texts: Sequence[str], rounds: int = 5) -> list[dict[str, Any]]:
    """Return the best megabytes per second of our own recognizers: on all texts, and where they find nothing."""
    rows = []
    for one in OWN:
        quiet = [text for text in texts if not any(one.spans(text))]
        for name, some in (("all texts", texts), ("texts without a finding", quiet)):
            size = sum(len(text.encode()) for text in some) / 1e6
            seconds = min(timed(one, some) for _ in range(rounds))
            rows.append({"by": one.recognizer, "on": name, "MB": size, "MB/s": size / seconds})
    return rows


def timed(detector: PhoneShapes | CardRanges, texts: Sequence[str]) -> float:
    """Return the seconds of processor time that *detector* needs for *texts*."""
    began = time.process_time()
    for text in texts:
        for _ in detector.spans(text):
            pass
    return time.process_time() - began


def main() -> None:
    """Run everything for which there are data."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labelled", type=Path, default=LABELLED, help="the labelled set")
    parser.add_argument("--corpus", type=Path, default=DATA / "cut100", help="folder of .jsonl.gz shards with text")
    parser.add_argument("--megabytes", type=float, default=5.0, help="how much of the corpus (default: 5)")
    args = parser.parse_args()
    tables: dict[str, list[dict[str, Any]]] = {}
    if args.labelled.is_file():
        items = labelled(args.labelled)
        answers = {}
        for tool, finder in FINDERS.items():
            say(tool)
            answers[tool] = finder([item.text for item in items])
        tables["labelled set"] = by_type(items, answers)
        tables["corpushub, by halves"] = halves(items, answers["corpushub"])
        tables["corpushub, errors"] = errors(items, answers["corpushub"])
    if args.corpus.is_dir():
        say("real text")
        texts = real_text(args.corpus, args.megabytes)
        tables["real text, findings"] = per_megabyte(texts)
        tables["real text, speed"] = speed(texts)
    if not tables:
        say("skipped: neither the labelled set nor the corpus is there")
    report("pii", tables, ["presidio-analyzer", "phonenumbers", "spacy"])


if __name__ == "__main__":
    main()
