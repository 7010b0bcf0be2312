"""Data provenance standards of the Data & Trust Alliance, version 1.0.0: its 22 fields."""

from __future__ import annotations

from typing import Final

from corpushub.papers import answers
from corpushub.papers.facts import Facts
from corpushub.papers.fields import Answer, Origin, Section, not_applicable, not_known, said, section

TITLE: Final = "Data provenance"
SOURCE: Final = "Data & Trust Alliance, Data Provenance Standards, version 1.0.0, July 2024"


def sections(facts: Facts) -> tuple[Section, ...]:
    """Return the three standards with their fields, numbered through."""
    parts = (("Source", _source(facts)), ("Provenance", _provenance(facts)), ("Use", _use(facts)))
    found, number = [], 0
    for place, (name, asked) in enumerate(parts, 1):
        fields = [answer.to(str(number + index), about) for index, (about, answer) in enumerate(asked, 1)]
        number += len(fields)
        found.append(section(str(place), name, fields))
    return tuple(found)


def _source(facts: Facts) -> list[tuple[str, Answer]]:
    location = not_known("the address under which this paper is published is not on record.")
    return [
        ("Standards version used", said("1.0.0")),
        ("Dataset title/name", said(facts.title, Origin.DOCUMENTATION, Origin.CONTROL)),
        ("Unique metadata identifier", said(f"urn:corpushub:{facts.name}", Origin.CONTROL)),
        ("Metadata location", location),
        ("Dataset issuer", facts.prose("issuer")),
        ("Description of the dataset", facts.prose("description").and_(answers.size(facts))),
    ]


def _provenance(facts: Facts) -> list[tuple[str, Answer]]:
    before = facts.previous
    earlier = said(before.created, Origin.CONTROL) if before else not_applicable("the version followed no other.")
    inputs = ", ".join(
        f"{name} ({count} {'file' if count == 1 else 'files'})" for name, count in sorted(facts.inputs.items())
    )
    metadata = said(f"Digests of the files that were read are on record: {inputs or 'none'}.", Origin.CONTROL)
    return [
        ("Source metadata for dataset", metadata),
        ("Source (if different from issuer)", answers.owners(facts)),
        ("Data origin geography", facts.prose("geography")),
        ("Dataset issue date", said(facts.version.created, Origin.CONTROL)),
        ("Date of previously issued version", earlier),
        ("Range of dates for data generation", answers.period(facts.measures.overall)),
        ("Method", facts.prose("collection").and_(answers.processing(facts))),
        ("Data format", said("Parquet, JSON Lines; texts in UTF-8.")),
    ]


def _use(facts: Facts) -> list[tuple[str, Answer]]:
    return [
        ("Confidentiality classification", not_known("no classification is on record.")),
        ("Consent documentation location", _consent(facts)),
        ("Privacy enhancing technologies or tools applied", answers.personal(facts)),
        ("Data processing geography inclusion/exclusion", _places("processed")),
        ("Data storage geography inclusion/exclusion", _places("stored")),
        ("License to use", answers.licenses(facts)),
        ("Intended data use", facts.prose("intended_uses")),
        ("Proprietary data presence", _proprietary(facts)),
    ]


def _places(done: str) -> Answer:
    return not_known(f"nothing is written about where the data may be {done}.")


def _consent(facts: Facts) -> Answer:
    where = [f"{one.name}: {one.consent.document}" for one in facts.documentation.sources if one.consent]
    written = [words for words in where if not words.endswith(": None")]
    if not written:
        return not_known("no source says under consent where it is written down.")
    return said("; ".join(written) + ".", Origin.DOCUMENTATION)


def _proprietary(facts: Facts) -> Answer:
    paid = facts.acquired("bought", "licensed")
    if paid:
        return answers.sources(facts, paid)
    return not_known("no source is declared as bought or licensed; licences of documents are told in this standard.")
