"""Data statement: the schema of Bender and Friedman (TACL 6, 2018), sections A to I."""

from __future__ import annotations

from typing import Final

from corpushub.papers import answers
from corpushub.papers.facts import Facts
from corpushub.papers.fields import Answer, Section, not_applicable, not_known, section, told

TITLE: Final = "Data statement"
SOURCE: Final = "Schema of Bender and Friedman, Data Statements for Natural Language Processing, TACL 6, December 2018"


def sections(facts: Facts) -> tuple[Section, ...]:
    """Return the sections, a field each."""
    return tuple(section(letter, name, [answer.to(letter, name)]) for letter, name, answer in _answered(facts))


def _answered(facts: Facts) -> list[tuple[str, str, Answer]]:
    unknown = not_known("nobody who wrote the texts was asked who they are.")
    texts = told("Bytes and quality of the texts, by quantile:", table=facts.measures.signals)
    rationale = facts.prose("motivation").and_(facts.prose("collection")).and_(answers.sources(facts))
    return [
        ("A", "Curation rationale", rationale),
        ("B", "Language variety", facts.prose("language_variety").and_(answers.languages(facts))),
        ("C", "Speaker demographic", unknown),
        ("D", "Annotator demographic", facts.prose("annotators")),
        ("E", "Speech situation", facts.prose("geography").and_(answers.months(facts.measures.overall))),
        ("F", "Text characteristics", answers.size(facts).and_(texts)),
        ("G", "Recording quality", not_applicable("the documents are texts, and nothing was recorded or transcribed.")),
        ("H", "Other", facts.prose("biases").and_(facts.prose("limitations"))),
        ("I", "Provenance appendix", answers.provenance(facts).and_(answers.processing(facts))),
    ]
