"""Answers that several formats ask for, in words of their own but from the same facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from corpushub.papers.facts import Facts
from corpushub.papers.fields import Answer, Measure, Origin, Row, listed, not_applicable, not_known, said, told
from corpushub.papers.measures import BYTES_PER_TOKEN, DUPLICATES, RESERVED
from corpushub.papers.spread import Spread
from lineage.control.documentation.model import SourceDocumentation
from lineage.control.erasures import OUT_OF_REACH
from lineage.storage.query import quote

NO_PEOPLE = "the hub takes texts that exist; nobody was asked, paid or observed for it."


def size(facts: Facts) -> Answer:
    """Answer how much there is."""
    numbers = facts.measures
    return told(
        "{documents} documents with {bytes} bytes of UTF-8 text.", documents=numbers.documents, bytes=numbers.bytes
    )


def tokens(facts: Facts) -> Answer:
    """Answer how many tokens there are: estimated, since the hub keeps texts and no tokens."""
    how = f"(estimated: bytes of text divided by {BYTES_PER_TOKEN}; no tokenised copy is on record)"
    return told("About {tokens} tokens " + how + ".", tokens=facts.measures.tokens)


def languages(facts: Facts) -> Answer:
    """Answer in which languages the documents are."""
    if "language" in facts.run.not_done:
        return not_known("languages were not identified; the recipe has no step of that name.")
    return told("Documents by language, as it was identified:", table=facts.measures.languages)


def licenses(facts: Facts) -> Answer:
    """Answer under which licences the documents are."""
    return told("Documents by licence, an SPDX expression each:", table=facts.measures.licenses)


def period(spread: Spread) -> Answer:
    """Answer from which time documents are."""
    if not spread.first_month.rows:
        return not_known("no document says when it was captured.")
    return told("Captured from {first} to {last}.", first=spread.first_month, last=spread.last_month)


def months(spread: Spread) -> Answer:
    """Answer from which months documents are, as a table beside the period."""
    return period(spread).and_(told("By month:", table=spread.months))


def sources(facts: Facts, among: Sequence[SourceDocumentation] | None = None) -> Answer:
    """Answer what the sources are, of all or those in *among*, with what is said of each."""
    wanted = facts.documentation.sources if among is None else among
    if not wanted:
        return not_applicable("there is no such source.")
    table = _table(facts, wanted)
    return told("Sources:", Origin.DOCUMENTATION, table=table)


def _table(facts: Facts, wanted: Sequence[SourceDocumentation]) -> Measure:
    """Return the sources with their documents and bytes, which the query counts, and what their owner said."""
    counted = {str(row[0]): row for row in facts.measures.sources.rows}
    rows: list[Row] = []
    for one in sorted(wanted, key=lambda one: one.name):
        _, documents, size = counted.get(one.name, (one.name, 0, 0))
        said_of = (one.owner, one.acquired, one.license, one.terms_url)
        rows.append((one.name, documents, size, *(word or "not said" for word in said_of)))
    columns = ("source", "documents", "bytes", "owner", "acquired", "licence", "terms")
    names = ", ".join(quote(str(row[0])) for row in rows)
    query = (
        "SELECT name, count(source) AS documents, coalesce(sum(strlen(text)), 0)::BIGINT AS bytes "
        f"FROM (SELECT unnest([{names}]) AS name) LEFT JOIN documents ON source = name GROUP BY name ORDER BY name"
    )
    return Measure(columns, tuple(rows), query, counted=3)


def owners(facts: Facts, among: Iterable[SourceDocumentation] | None = None) -> Answer:
    """Answer whose the sources are."""
    wanted = facts.documentation.sources if among is None else tuple(among)
    named = [f"{one.name}: {one.owner}" for one in wanted if one.owner]
    silent = [one.name for one in wanted if not one.owner]
    if not named:
        return not_known(f"no owner is written of {listed(silent) or 'any source'}.")
    rest = f" Not said of {listed(silent)}." if silent else ""
    return said("; ".join(named) + "." + rest, Origin.DOCUMENTATION)


def processing(facts: Facts) -> Answer:
    """Answer what was done to the texts and to what was read, step by step."""
    numbers = facts.measures
    counts = {"read": numbers.read, "dropped": numbers.dropped, "failed": numbers.failed, "changed": numbers.changed}
    words = (
        "Of {read} records {dropped} were dropped and {failed} could not be read; the texts of {changed} documents "
        "were changed. Dropped by step and reason:"
    )
    return told(words, table=numbers.drops, **counts).and_(facts.not_done)


def edits(facts: Facts) -> Answer:
    """Answer which changes were made to texts."""
    if not facts.measures.edits.rows:
        return told("No text was changed.", table=facts.measures.edits)
    return told("Changed texts by step and reason:", table=facts.measures.edits)


def personal(facts: Facts) -> Answer:
    """Answer which personal data was found and acted upon, and what was not searched."""
    if "pii" in facts.run.not_done:
        return not_known("the documents were not searched for personal data; the recipe has no [pii].")
    numbers = facts.measures
    found = "acted upon, by type:" if numbers.personal.rows else "none was found."
    text = "{scanned} documents were searched for personal data; what was found and " + found
    if not numbers.personal.rows:
        text = "{scanned} documents were searched for personal data; " + found
    answer = told(text, table=numbers.personal if numbers.personal.rows else None, scanned=numbers.scanned)
    names = facts.run.not_done.get("pii names")
    return answer.and_(said(f"Of names: {names}.", Origin.CONTROL)) if names else answer


def declared_personal(facts: Facts) -> Answer:
    """Answer which personal data the sources hold, as their recipe says."""
    named = [f"{one.name}: {one.personal_data}" for one in facts.documentation.sources if one.personal_data]
    if not named:
        return not_known("no source says under personal_data what it holds.")
    return said("; ".join(named) + ".", Origin.DOCUMENTATION)


def synthetic(facts: Facts) -> Answer:
    """Answer which sources models wrote."""
    written = [one for one in facts.documentation.sources if one.synthetic or one.acquired == "synthetic"]
    if not written:
        return not_known("no source is declared as written by a model.")
    named = "; ".join(f"{one.name}: {one.synthetic or 'the model is not named'}" for one in written)
    names = [one.name for one in written]
    return told("{documents} documents, of ", documents=facts.measures.share_of("source", names)).and_(
        said(f"{named}.", Origin.DOCUMENTATION)
    )


def duplicates(facts: Facts) -> Answer:
    """Answer what was dropped as a copy of something else."""
    if "dedup" in facts.run.not_done:
        return not_known("the documents were not compared with each other; the recipe has no [dedup].")
    return told(
        "{records} records were dropped as copies of a kept one.", records=facts.measures.dropped_for(*DUPLICATES)
    )


def contamination(facts: Facts) -> Answer:
    """Answer what was dropped since it overlaps a benchmark."""
    if "decontaminate" in facts.run.not_done:
        return not_known("the documents were not compared with benchmarks; the recipe has no [[decontaminate]].")
    words = "{records} records were dropped since they share a run of tokens with a benchmark item."
    return told(words, records=facts.measures.dropped_for("benchmark_overlap"))


def consent(facts: Facts) -> Answer:
    """Answer which signals of consent were found, and what became of what had them."""
    if not facts.measures.consent.rows:
        return told(
            "No signal of consent was found in pages, headers, or files of sites.", table=facts.measures.consent
        )
    return told("Signals of consent, with the documents kept and the records dropped:", table=facts.measures.consent)


def reservations(facts: Facts) -> Answer:
    """Answer how many reservations were obeyed."""
    if "policy" in facts.run.not_done:
        return not_known("no policy decided, so that no reservation was acted upon; the recipe has no [policy].")
    words = "{records} records were dropped since their publisher objects, or may: by step and reason:"
    found = facts.measures.dropped_for(*RESERVED)
    return told(words, records=found, table=facts.measures.reservations if found.number else None)


def erasure(facts: Facts) -> Answer:
    """Answer how persons and documents leave."""
    words = "The command corpushub erase takes persons and documents out of every version and signs a receipt; "
    words += "corpushub withdraw takes documents out of the next one. Out of reach: " + "; ".join(OUT_OF_REACH) + "."
    done = len(facts.revisions)
    times = {0: "No erasure has", 1: "One erasure has"}.get(done, f"{done} erasures have")
    return said(words, Origin.HUB).and_(said(f"{times} changed this version.", Origin.CONTROL))


def energy(facts: Facts) -> Answer:
    """Answer what the run took; kilowatt hours and grams are modelled by rates or measured, and said to be."""
    cost = facts.energy
    if cost is None:
        return not_known("what the run cost is not on record.")
    words = f"The run took {cost.cpu_seconds:,.3f} processor seconds and {cost.gb_hours:,.6f} GB hours of memory."
    if cost.measured is not None:
        words += f" Measured by the processors' meters: {cost.measured.kwh:,.6f} kWh."
    if cost.modelled is not None and cost.modelled.kwh is not None:
        grams = "" if cost.modelled.grams is None else f" and {cost.modelled.grams:,.3f} g of CO2 equivalent"
        words += f" Modelled by rates of the machine and the grid: {cost.modelled.kwh:,.6f} kWh{grams}."
    missing = f" Not counted: {'; '.join(cost.missing)}." if cost.missing else ""
    return said(words + missing, Origin.CONTROL)


def provenance(facts: Facts) -> Answer:
    """Answer how the version can be traced."""
    run, before = facts.run, facts.previous
    went_on = f", which went on from {before.name}" if before else ""
    files = sum(facts.inputs.values())
    words = f"Made by run:{run.id}{went_on}, from {files} files whose digests are on record. "
    words += "The command corpushub trace tells of each document where it came from and what was done to it."
    return said(words, Origin.CONTROL)
