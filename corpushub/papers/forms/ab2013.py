"""Training data transparency of California (AB 2013; Civil Code section 3111(a)): its twelve items."""

from __future__ import annotations

from typing import Final

from corpushub.papers import answers
from corpushub.papers.facts import Facts
from corpushub.papers.fields import Answer, Origin, Section, not_applicable, not_known, said, section
from policies.rights.licenses import licence_class

TITLE: Final = "Training data documentation (California AB 2013)"
SOURCE: Final = "California Civil Code section 3111(a)(1) to (12), added by AB 2013 (chapter 817, statutes of 2024)"


def sections(facts: Facts) -> tuple[Section, ...]:
    """Return the twelve items, in one section."""
    fields = (answer.to(f"(a)({place})", name) for place, (name, answer) in enumerate(_answered(facts), 1))
    return (section("3111(a)", "High-level summary of the datasets", fields),)


def _answered(facts: Facts) -> list[tuple[str, Answer]]:
    purpose = facts.prose("motivation").and_(facts.prose("intended_uses"))
    return [
        ("Sources or owners", answers.owners(facts).and_(answers.sources(facts))),
        ("How the dataset furthers the intended purpose", purpose),
        ("Number of data points", answers.size(facts).and_(answers.tokens(facts))),
        ("Types of data points", _types(facts)),
        ("Copyright, trademark, patent or public domain", _property(facts)),
        ("Purchased or licensed", _bought(facts)),
        ("Personal information", answers.declared_personal(facts).and_(answers.personal(facts))),
        ("Aggregate consumer information", not_known("no source says whether it holds any.")),
        ("Cleaning, processing and modification, and why", answers.processing(facts)),
        ("Time period of collection, and whether it goes on", _time(facts)),
        ("Dates of first use in development", _first_use(facts)),
        ("Synthetic data generation", answers.synthetic(facts)),
    ]


def _types(facts: Facts) -> Answer:
    return said("Texts of documents without labels.").and_(answers.languages(facts))


def _property(facts: Facts) -> Answer:
    """Answer from the licences: what is not known to be in the public domain is to be taken as protected."""
    free = [str(row[0]) for row in facts.measures.licenses.rows if licence_class(str(row[0])) == 0]
    everything = facts.measures.share_of("license", free).number == facts.measures.documents.number
    if everything and facts.measures.documents.number:
        return said("All documents are under licences that waive all rights.", Origin.STATISTICS).and_(
            answers.licenses(facts)
        )
    words = (
        "Not all documents are in the public domain: texts may be protected by copyright. Trademarks and patents are "
    )
    return said(words + "not looked for.", Origin.STATISTICS).and_(answers.licenses(facts))


def _bought(facts: Facts) -> Answer:
    paid = facts.acquired("bought", "licensed")
    if paid:
        return answers.sources(facts, paid)
    if facts.undeclared:
        names = ", ".join(one.name for one in facts.undeclared)
        return not_known(f"the recipe does not say under acquired how these sources were acquired: {names}.")
    return said("No source was bought or licensed for money.", Origin.DOCUMENTATION)


def _time(facts: Facts) -> Answer:
    goes_on = facts.prose("maintenance")
    return answers.period(facts.measures.overall).and_(goes_on)


def _first_use(facts: Facts) -> Answer:
    model = facts.documentation.model
    if model is None:
        return not_applicable("the recipe names no [model] that is trained on the dataset.")
    return not_known(f"the hub sees no training; the dataset's first version was made {facts.versions[0].created}.")
