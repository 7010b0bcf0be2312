"""Datasheet: the 57 questions of Gebru et al. (Communications of the ACM 64(12), 2021; arXiv 1803.09010v8).

The questions are numbered by section and told in words of ours.
"""

from __future__ import annotations

from typing import Final

from corpushub.papers import answers
from corpushub.papers.facts import Facts
from corpushub.papers.fields import Answer, Origin, Section, not_applicable, not_known, said, section, told

TITLE: Final = "Datasheet"
SOURCE: Final = "Questions of Gebru et al., Datasheets for Datasets, Communications of the ACM 64(12), December 2021"

_COMMENTS: Final = "Anything else"
_NONE: Final = not_applicable("no further comments are kept for this part.")


def sections(facts: Facts) -> tuple[Section, ...]:
    """Return the seven sections with their 57 questions, answered."""
    return (
        _section(1, "Motivation", _motivation(facts)),
        _section(2, "Composition", _composition(facts)),
        _section(3, "Collection process", _collection(facts)),
        _section(4, "Preprocessing/cleaning/labeling", _preprocessing(facts)),
        _section(5, "Uses", _uses(facts)),
        _section(6, "Distribution", _distribution(facts)),
        _section(7, "Maintenance", _maintenance(facts)),
    )


def _section(number: int, name: str, asked: list[tuple[str, Answer]]) -> Section:
    return section(
        str(number), name, (answer.to(f"{number}.{place}", about) for place, (about, answer) in enumerate(asked, 1))
    )


def _motivation(facts: Facts) -> list[tuple[str, Answer]]:
    return [
        ("Why it was made", facts.prose("motivation")),
        ("Who made it, and for whom", facts.prose("issuer")),
        ("Who paid for it", facts.prose("funding")),
        (_COMMENTS, facts.prose("description")),
    ]


def _composition(facts: Facts) -> list[tuple[str, Answer]]:
    people = answers.declared_personal(facts)
    return [
        ("What an instance is", said("A document: the text of one page, record or row, with where it came from.")),
        ("How many instances there are", answers.size(facts).and_(answers.sources(facts))),
        ("All of something, or a sample", _sample(facts)),
        ("What data an instance has", _columns(facts)),
        ("Labels or targets", said("None: no instance has a label that a person or model gave it as a target.")),
        ("What is missing from instances", _missing(facts)),
        ("Relations between instances", _relations(facts)),
        ("Recommended splits", not_applicable("the version is one split, for training; split it by doc_id.")),
        ("Errors, noise and redundancy", _noise(facts)),
        (
            "Self-contained or resting on others",
            said("Self-contained: texts are in the version; addresses are kept as provenance and are not needed."),
        ),
        ("Confidential data", not_known("nobody read the texts for this; sources are named under 2.2.")),
        (
            "Content that may offend or threaten",
            not_known("texts are not judged for this; what quality filters dropped is told under 4.1."),
        ),
        (
            "Groups of people that it tells apart",
            not_known("no group of people is told apart; languages are under 2.6."),
        ),
        ("Whether persons can be identified", people.and_(answers.personal(facts))),
        ("Sensitive data about persons", not_known("special categories of data are not looked for.")),
        (_COMMENTS, facts.prose("limitations")),
    ]


def _sample(facts: Facts) -> Answer:
    numbers = facts.measures
    words = "Of {read} records that were read {documents} are kept: what filters and rules left, not a random sample."
    return told(words, read=numbers.read, documents=numbers.documents)


def _columns(facts: Facts) -> Answer:
    names = ", ".join(name for name, _ in facts.columns)
    return said(f"Text as it was released, and these columns: {names}.", Origin.CONTROL)


def _missing(facts: Facts) -> Answer:
    return told("What is not known of an instance is null. By language:", table=facts.measures.languages)


def _relations(facts: Facts) -> Answer:
    words = "Copies are dropped, and the ledger names the kept one of each; no other relation is made explicit."
    return said(words).and_(answers.duplicates(facts))


def _noise(facts: Facts) -> Answer:
    if not facts.measures.signals.rows:
        return answers.duplicates(facts)
    quality = told("Quality signals, by quantile:", table=facts.measures.signals)
    return answers.duplicates(facts).and_(quality)


def _collection(facts: Facts) -> list[tuple[str, Answer]]:
    return [
        ("How the data was acquired", facts.prose("collection").and_(answers.sources(facts))),
        ("By which mechanisms", _mechanisms(facts)),
        ("How it was sampled", _sample(facts)),
        ("Who collected it, and what they were paid", _collectors(facts)),
        ("Over what time", answers.months(facts.measures.overall)),
        ("Ethical review", not_known("no ethical review is on record.")),
        ("From persons themselves, or from others", _indirectly(facts)),
        ("Whether persons were told", _told_persons(facts)),
        ("Whether persons agreed", answers.consent(facts).and_(_grounds(facts))),
        ("How persons can withdraw", answers.erasure(facts)),
        ("Impact on the persons", facts.prose("legal_basis")),
        (_COMMENTS, answers.provenance(facts).and_(answers.energy(facts))),
    ]


def _mechanisms(facts: Facts) -> Answer:
    crawlers = [
        ", ".join(words for words in (f"{one.name}: {one.crawler.name or 'no name'}", one.crawler.behaviour) if words)
        for one in facts.documentation.sources
        if one.crawler
    ]
    formats = [f"{one.name}: {one.connector}" for one in facts.documentation.sources if one.connector]
    if crawlers:
        return said("Crawled by: " + "; ".join(crawlers) + ".", Origin.DOCUMENTATION)
    if formats:
        return said("Read from files by format: " + "; ".join(formats) + ".", Origin.DOCUMENTATION)
    return not_known("the sources' formats are not documented.")


def _collectors(facts: Facts) -> Answer:
    return answers.owners(facts)


def _indirectly(facts: Facts) -> Answer:
    users = facts.acquired("user")
    if users:
        return said(f"From users of a service: {', '.join(one.name for one in users)}.", Origin.DOCUMENTATION)
    return said("From others: files that somebody published, licensed or collected.", Origin.DOCUMENTATION)


def _told_persons(facts: Facts) -> Answer:
    return not_known("the hub notifies nobody, and no notice is on record.")


def _grounds(facts: Facts) -> Answer:
    grounds = [
        f"{one.name}: {one.consent.basis or 'no basis is named'} until {one.consent.until or 'further notice'}"
        for one in facts.documentation.sources
        if one.consent
    ]
    if not grounds:
        return not_known("no consent is written of any source.")
    return said("Grounds: " + "; ".join(grounds) + ".", Origin.DOCUMENTATION)


def _preprocessing(facts: Facts) -> list[tuple[str, Answer]]:
    code = said(f"corpushub, Apache-2.0; this version was made by its code {facts.run.code_version}.", Origin.CONTROL)
    raw = said("The hub keeps no raw data: source files stay where they are, and their digests are on record.")
    return [
        ("What was done", answers.processing(facts)),
        ("Whether raw data is kept", raw),
        ("Whether the software is available", code),
        (_COMMENTS, answers.edits(facts)),
    ]


def _uses(facts: Facts) -> list[tuple[str, Answer]]:
    return [
        ("Tasks it was used for", not_known("the hub sees no use of what is exported.")),
        ("Where uses are listed", not_known("no list of uses is on record.")),
        ("Other tasks it could serve", facts.prose("intended_uses")),
        ("What may affect later uses", facts.prose("biases").and_(facts.not_done)),
        ("Tasks it should not serve", facts.prose("out_of_scope")),
        (_COMMENTS, answers.contamination(facts)),
    ]


def _distribution(facts: Facts) -> list[tuple[str, Answer]]:
    forms = "JSON Lines, Parquet, the Hugging Face layout and Croissant, by the command corpushub export."
    doi = facts.documentation.doi
    how = said(f"{forms} DOI: {doi}.", Origin.DOCUMENTATION) if doi else said(f"{forms} It has no DOI on record.")
    return [
        ("Whether third parties get it", not_known("the hub does not see who is given an export.")),
        ("How it is distributed", how),
        ("When it is distributed", said(f"The version was made {facts.version.created}.", Origin.CONTROL)),
        ("Copyright, licence and terms", answers.licenses(facts)),
        ("Restrictions by third parties", answers.sources(facts).and_(_grounds(facts))),
        ("Export controls", not_known("no export control is on record.")),
        (_COMMENTS, answers.reservations(facts)),
    ]


def _maintenance(facts: Facts) -> list[tuple[str, Answer]]:
    versions = ", ".join(one.name for one in facts.versions)
    older = said(f"Versions up to this one: {versions}.", Origin.CONTROL)
    return [
        ("Who maintains it", facts.prose("maintenance").and_(facts.prose("issuer"))),
        ("How to reach them", facts.prose("contact")),
        ("Errata", _errata(facts)),
        ("Whether it is updated", facts.prose("maintenance").and_(answers.provenance(facts))),
        ("Limits on keeping data about persons", facts.prose("retention").and_(answers.erasure(facts))),
        ("Older versions", older),
        ("How others can add to it", said("By a recipe with a further source: it makes the next version.")),
        (_COMMENTS, facts.prose("previous")),
    ]


def _errata(facts: Facts) -> Answer:
    if not facts.revisions:
        return said("No erasure has changed this version.", Origin.CONTROL)
    receipts = "; ".join(f"{one.name} by receipt:{one.receipt}" for one in facts.revisions)
    return said(f"Documents were erased: {receipts}.", Origin.CONTROL)
