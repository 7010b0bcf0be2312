"""Public summary of training content (Regulation (EU) 2024/1689, article 53(1)(d)): sections 1.1 to 3.3.

Sources stand where ``acquired`` puts them: public ones, crawls of others among them, in 2.1; licensed ones in 2.2.1;
bought ones in 2.2.2; own crawls in 2.3; users' data in 2.4; what models wrote in 2.5; and the undeclared ones in 2.6.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from pathlib import Path
from typing import Final

from corpushub.papers import answers
from corpushub.papers.facts import Facts
from corpushub.papers.fields import (
    Answer,
    Field,
    Measure,
    Origin,
    Section,
    State,
    not_applicable,
    not_known,
    said,
    section,
    shown,
    told,
)
from corpushub.papers.spread import Spread
from lineage.control.documentation.model import SourceDocumentation
from lineage.statistics.model import MOST_DOMAINS

TITLE: Final = "Public summary of training content (EU AI Act)"
SOURCE: Final = (
    "Template of the European Commission for article 53(1)(d) of Regulation (EU) 2024/1689: C(2025) 5235 of 24 July "
    "2025, issued anew as C(2025) 8311 of 5 December 2025"
)

SCHEMA: Final = Path(__file__).parent / "eu-ai-act.schema.json"
"""What the JSON of a summary must hold: a JSON Schema of ours, since the Commission publishes none."""

SMALL_MOST: Final = 1000
"""The most domains that a small provider lists; it lists 5 % where that is fewer."""

_SIZES: Final = ((10**9, "less than 1 billion tokens"), (10**13, "1 billion to 10 trillion tokens"))
_COUNTED: Final = (Origin.DOCUMENTATION, Origin.STATISTICS)
_NO_MODEL: Final = "the recipe names no [model] that is trained on the dataset."
_TEXT: Final = "Text."


def sections(facts: Facts) -> tuple[Section, ...]:
    """Return the sections with all their fields, used or not."""
    return (
        section("", "Summary", _head(facts)),
        section("1.1", "Provider identification", _provider(facts)),
        section("1.2", "Model identification", _model(facts)),
        section("1.3", "Modalities, overall training data size and other characteristics", _characteristics(facts)),
        section("2.1", "Publicly available datasets", _public(facts)),
        section("2.2.1", "Datasets commercially licensed by rightsholders or their representatives", _licensed(facts)),
        section("2.2.2", "Private datasets obtained from other third parties", _private(facts)),
        section("2.3", "Data crawled and scraped from online sources", _crawled(facts)),
        section("2.4", "User data", _users(facts)),
        section("2.5", "Synthetic data", _synthetic(facts)),
        section("2.6", "Other sources of data", _other(facts)),
        section("3.1", "Respect of reservation of rights from text and data mining", _reservations(facts)),
        section("3.2", "Removal of illegal content", _illegal(facts)),
        section("3.3", "Other information", _further(facts)),
    )


def crawls(facts: Facts) -> list[Spread]:
    """Return from where and when the own crawls are: as one where there is nothing else, else each by itself."""
    own = [one.name for one in _held(facts, facts.acquired("own-crawl"))]
    if len(own) == len(_held(facts, facts.documentation.sources)):
        return [facts.measures.overall] if own else []
    return [facts.measures.of_source(name) for name in own]


def listed_domains(crawl: Spread, small: bool = False) -> Measure:
    """Return the domains that section 2.3 lists, by bytes: 10 %, or for a *small* provider 5 % and at most 1,000."""
    distinct = crawl.distinct_domains.number
    most = min(-(-distinct * 5 // 100), SMALL_MOST) if small else -(-distinct * 10 // 100)
    return crawl.domains(min(most, MOST_DOMAINS))


def _head(facts: Facts) -> list[Field]:
    earlier = [one.name for one in facts.versions if one.number < facts.version.number]
    before = (
        said(f"{', '.join(earlier)}.", Origin.CONTROL) if earlier else not_applicable("there is no earlier version.")
    )
    return [
        said(facts.name, Origin.CONTROL).to("summary.version", "Version of the summary"),
        before.to("summary.previous", "Previous versions"),
        said(_last_update(facts), Origin.CONTROL).to("summary.updated", "Last update"),
    ]


def _last_update(facts: Facts) -> str:
    return facts.revisions[-1].created if facts.revisions else facts.version.created


def _provider(facts: Facts) -> list[Field]:
    model = facts.documentation.model
    provider = said(model.provider, Origin.DOCUMENTATION) if model and model.provider else facts.prose("issuer")
    representative = not_known("the recipe's [model] names no representative.")
    if model and model.representative:
        representative = said(model.representative, Origin.DOCUMENTATION)
    return [
        provider.and_(facts.prose("contact")).to("1.1.provider", "Provider name and contact details"),
        representative.to("1.1.representative", "Authorised representative name and contact details"),
    ]


def _model(facts: Facts) -> list[Field]:
    model = facts.documentation.model
    names = not_known(_NO_MODEL)
    date = not_known("the recipe's [model] has no market_date.")
    if model and model.versions:
        names = said(", ".join(model.versions), Origin.DOCUMENTATION)
    if model and model.market_date:
        date = said(model.market_date, Origin.DOCUMENTATION)
    dependencies = not_known("the hub keeps texts alone, and whether the model modifies another is not on record.")
    return [
        names.to("1.2.models", "Versioned model names"),
        dependencies.to("1.2.dependencies", "Model dependencies"),
        date.to("1.2.market_date", "Date of placement on the Union market"),
    ]


def _characteristics(facts: Facts) -> list[Field]:
    last = facts.measures.overall.last_month
    month = not_known("no document says when it was captured.")
    if last.rows:
        month = told("{month}", month=_month_first(last))
    kinds = facts.prose("description").and_(answers.sources(facts))
    return [
        said(_TEXT).to("1.3.modalities", "Modalities"),
        _size(facts).to("1.3.size", "Training data size"),
        kinds.to("1.3.content", "Types of content"),
        month.to("1.3.latest", "Latest date of data acquisition (MM/YYYY)"),
        facts.prose("maintenance").to("1.3.continuous", "Whether data is acquired continuously"),
        facts.prose("language_variety")
        .and_(answers.languages(facts))
        .to("1.3.languages", "Linguistic characteristics"),
        facts.prose("geography").and_(facts.prose("biases")).to("1.3.other", "Other characteristics"),
    ]


def _month_first(month: Measure) -> Measure:
    """Return *month* (YYYY-MM) as the template writes it, MM/YYYY."""
    year, number = str(month.value).split("-")
    query = f"SELECT substr(month, 6, 2) || '/' || substr(month, 1, 4) FROM ({month.sql}) AS found(month)"
    return Measure(("month",), ((f"{number}/{year}",),), query)


def _size(facts: Facts) -> Answer:
    tokens = facts.measures.tokens.number
    bin_ = next((words for bound, words in _SIZES if tokens < bound), "more than 10 trillion tokens")
    return said(f"Text: {bin_}.", Origin.STATISTICS).and_(answers.tokens(facts)).and_(answers.size(facts))


def _used(facts: Facts, found: tuple[SourceDocumentation, ...]) -> Answer:
    """Answer yes or no; where sources are undeclared, no is not known."""
    held = _held(facts, found)
    empty = ", ".join(one.name for one in found if one not in held)
    if held:
        more = f" No document of these is in the version: {empty}." if empty else ""
        return said(f"Yes.{more}", Origin.DOCUMENTATION)
    if found and not facts.undeclared:
        return said(f"No: sources are declared so, but none of their documents is in the version: {empty}.", *_COUNTED)
    if facts.undeclared:
        names = ", ".join(one.name for one in facts.undeclared)
        return not_known(f"no source is declared so, and of these nothing is (acquired): {names}.")
    return said("No.", Origin.DOCUMENTATION)


def _held(facts: Facts, sources: Sequence[SourceDocumentation]) -> tuple[SourceDocumentation, ...]:
    """Return those of *sources* that the version has documents of."""
    held = {one.name for one in facts.measures.statistics.sources if one.documents}
    return tuple(one for one in sources if one.name in held)


def _modality(found: tuple[SourceDocumentation, ...]) -> Answer:
    return said(_TEXT) if found else _none()


def _none() -> Answer:
    return not_applicable("no source is declared so (acquired).")


def _public(facts: Facts) -> list[Field]:
    found = facts.acquired("public")
    bound = facts.measures.share_of("source", [one.name for one in found], "bytes").number * 3
    large = [one for one in found if facts.measures.share_of("source", [one.name], "bytes").number * 100 > bound]
    small = [one for one in found if one not in large]
    listed = answers.sources(facts, large) if large else _none()
    others = answers.sources(facts, small) if small else not_applicable("all public datasets are listed as large ones.")
    return [
        _used(facts, found).to("2.1.used", "Whether publicly available datasets were used"),
        _modality(found).to("2.1.modalities", "Modalities"),
        listed.to("2.1.large", "Large publicly available datasets (more than 3 % of their bytes)"),
        (others if found else _none()).to("2.1.others", "Other publicly available datasets"),
    ]


def _licensed(facts: Facts) -> list[Field]:
    found = facts.acquired("licensed")
    return [
        _used(facts, found).to("2.2.1.used", "Whether commercial licences were concluded"),
        _modality(found).to("2.2.1.modalities", "Modalities"),
    ]


def _private(facts: Facts) -> list[Field]:
    found = facts.acquired("bought")
    return [
        _used(facts, found).to("2.2.2.used", "Whether other private datasets were obtained"),
        _modality(found).to("2.2.2.modalities", "Modalities"),
        (answers.sources(facts, found) if found else _none()).to("2.2.2.list", "Publicly known private datasets"),
        (answers.owners(facts, found) if found else _none()).to("2.2.2.description", "Description of the others"),
    ]


def _crawled(facts: Facts) -> list[Field]:
    found = facts.acquired("own-crawl")
    told_of = {
        "crawlers": ("name", "Crawler names"),
        "purposes": ("purpose", "Purposes of the crawlers"),
        "behaviour": ("behaviour", "Behaviour of the crawlers"),
    }
    crawlers = [_crawler(found, what).to(f"2.3.{key}", name) for key, (what, name) in told_of.items()]
    return [
        _used(facts, found).to("2.3.used", "Whether crawlers were used by or for the provider"),
        *crawlers,
        _each(found, crawls(facts), answers.months).to("2.3.period", "Period of data collection"),
        (answers.sources(facts, found) if found else _none()).to("2.3.content", "Content and online sources"),
        _modality(found).to("2.3.modalities", "Modalities"),
        _each(found, crawls(facts), _domains).to("2.3.domains", "Most relevant domain names"),
    ]


def _crawler(found: tuple[SourceDocumentation, ...], what: str) -> Answer:
    if not found:
        return _none()
    named = [f"{one.name}: {words}" for one in found if one.crawler and (words := getattr(one.crawler, what))]
    if not named:
        return not_known(f"the source says no {what} under crawler.")
    return said("; ".join(named) + ".", Origin.DOCUMENTATION)


def _each(
    found: Sequence[SourceDocumentation], spreads: Sequence[Spread], answer: Callable[[Spread], Answer]
) -> Answer:
    """Answer for each of *spreads*, of the sources *found*, by name where it is one of several sources."""
    if not found:
        return _none()
    if not spreads:
        return not_applicable("no document of the own crawls is in the version.")
    return reduce(Answer.and_, [_named(one, answer(one)) for one in spreads])


def _named(spread: Spread, found: Answer) -> Answer:
    if spread.source is None or found.state is not State.ANSWERED:
        return found
    return said(f"Source {spread.source}:").and_(found)


def _domains(crawl: Spread) -> Answer:
    """Answer with the domains by bytes."""
    everything = crawl.distinct_domains
    listed, short = listed_domains(crawl), listed_domains(crawl, small=True)
    words = "Of {domains} registrable domains the top 10 % by bytes of text"
    if -(-everything.number * 10 // 100) > len(listed.rows):
        words += f"; the statistics list no more than the {shown(MOST_DOMAINS)} largest"
    words += f". A small provider may list the first {shown(len(short.rows))} (5 %, at most {shown(SMALL_MOST)})."
    return told(words, domains=everything, table=listed)


def _users(facts: Facts) -> list[Field]:
    found = facts.acquired("user")
    return [
        _used(facts, found).to("2.4.used", "Whether user data was used"),
        _modality(found).to("2.4.modalities", "Modalities"),
        (answers.sources(facts, found) if found else _none()).to("2.4.description", "Services and description"),
    ]


def _synthetic(facts: Facts) -> list[Field]:
    found = tuple(one for one in facts.documentation.sources if one.synthetic or one.acquired == "synthetic")
    return [
        _used(facts, found).to("2.5.used", "Whether synthetic data was used"),
        _modality(found).to("2.5.modalities", "Modalities"),
        (answers.synthetic(facts) if found else _none()).to("2.5.models", "Models that generated it"),
    ]


def _other(facts: Facts) -> list[Field]:
    found = facts.undeclared
    used = said("Yes: sources of which nobody declared how they were acquired.", Origin.DOCUMENTATION)
    return [
        (used if found else said("No.", Origin.DOCUMENTATION)).to("2.6.used", "Whether other data was used"),
        (answers.sources(facts, found) if found else _none()).to("2.6.description", "Description"),
    ]


def _reservations(facts: Facts) -> list[Field]:
    signatory = not_known("whether the provider signed the code of practice is not on record.")
    return [
        signatory.to("3.1.signatory", "Signatory of the code of practice"),
        answers.reservations(facts).and_(answers.consent(facts)).to("3.1.measures", "Measures to respect reservations"),
    ]


def _illegal(facts: Facts) -> list[Field]:
    filters = not_known("no filter of the hub looks for illegal content; what was dropped is told under 3.3.")
    return [filters.to("3.2.measures", "Measures to avoid or remove illegal content")]


def _further(facts: Facts) -> list[Field]:
    processed = answers.processing(facts).and_(answers.personal(facts)).and_(answers.erasure(facts))
    processed = processed.and_(answers.energy(facts))
    return [processed.to("3.3.information", "Processing of the data")]
