"""Each format has every field of its source, and none is silent."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from corpushub.papers.fields import NOT_APPLICABLE, NOT_KNOWN, Origin, State
from corpushub.papers.formats import DOMAINS, FORMATS, paper_of
from corpushub.papers.forms import eu_ai_act
from corpushub.papers.forms.eu_ai_act import SCHEMA
from corpushub.papers.spread import Spread

if TYPE_CHECKING:
    from tests.corpushub.papers.conftest import Documented

FIELDS = {
    "datasheet": {"1": 4, "2": 16, "3": 12, "4": 4, "5": 6, "6": 7, "7": 8},
    "data-statement": dict.fromkeys("ABCDEFGHI", 1),
    "ab2013": {"3111(a)": 12},
    "gpai-copyright": {"1.1": 3, "1.2": 3, "1.3": 5, "1.4": 2, "1.5": 2},
    "dta": {"1": 6, "2": 8, "3": 8},
    "art30": {"30(1)": 7},
}


@pytest.mark.parametrize("format", FIELDS)
def test_forms_have_the_fields_of_their_source(documented: Documented, format: str) -> None:
    """Each section has as many fields as its source; 57 questions, 22 fields, twelve items."""
    made = paper_of(format, documented.facts)

    assert {one.number: len(one.fields) for one in made.sections} == FIELDS[format]


@pytest.mark.parametrize("format", FORMATS)
def test_no_field_is_silent(documented: Documented, format: str) -> None:
    """Each says something; what is no answer begins with the words for that, and an answer names its origin."""
    begins = {State.NOT_KNOWN: NOT_KNOWN, State.NOT_APPLICABLE: NOT_APPLICABLE}
    for field in paper_of(format, documented.facts).fields:
        assert field.text.strip(), field.id
        assert field.text.startswith(begins.get(field.state, "")), field.id
        assert field.origins or field.state is not State.ANSWERED, field.id


@pytest.mark.parametrize("format", FORMATS)
def test_without_words_papers_say_what_is_not_known(hub: Any, format: str) -> None:
    """The quickstart has no [documentation]: what nobody wrote is said to be not known."""
    from corpushub.face.hub import Hub
    from corpushub.papers.facts import facts_of
    from lineage.references import VersionRef

    states = [field.state for field in paper_of(format, facts_of(Hub.locate(hub), VersionRef("quickstart"))).fields]

    assert State.NOT_KNOWN in states
    assert State.ANSWERED in states


def test_the_summary_has_every_field_of_its_schema(documented: Documented) -> None:
    """The JSON of the public summary is what its schema says, in every section and every field."""
    facts = documented.facts
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    text = FORMATS["eu-ai-act"].write(facts, paper_of("eu-ai-act", facts))["eu-ai-act.json"]
    summary = json.loads(text)

    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(summary)
    for place, one in enumerate(summary["sections"]):
        for name in one["fields"]:
            lacking = json.loads(text)
            del lacking["sections"][place]["fields"][name]
            assert not Draft202012Validator(schema).is_valid(lacking), name


def test_sources_stand_where_they_were_acquired(documented: Documented) -> None:
    """Public ones in 2.1, licensed ones in 2.2.1, own crawls in 2.3."""
    fields = {one.id: one for one in paper_of("eu-ai-act", documented.facts).fields}

    assert [row[0] for row in fields["2.1.large"].tables[0].rows] == ["open"]
    assert fields["2.2.1.used"].text == "Yes."
    assert fields["2.3.crawlers"].text == "s: ferrybot."
    assert fields["2.4.used"].text == "No."


def test_crawls_of_others_are_public_datasets(documented: Documented) -> None:
    """A crawl that somebody else made is no crawl of the provider, whoever its crawler is."""
    facts = documented.facts
    sources = [dataclasses.replace(one, acquired="public") for one in facts.documentation.sources]
    said = dataclasses.replace(facts.documentation, sources=tuple(sources))
    fields = {one.id: one for one in paper_of("eu-ai-act", dataclasses.replace(facts, documentation=said)).fields}

    assert {row[0] for row in fields["2.1.large"].tables[0].rows} == {"s", "open", "paid"}
    assert fields["2.3.used"].text == "No."
    assert fields["2.3.domains"].state is State.NOT_APPLICABLE


def test_the_domains_are_the_top_tenth_by_bytes(documented: Documented) -> None:
    """The CSV lists 10 % of the domains, rounded up, and marks the 5 % of a small provider; bytes equal SQL's."""
    facts = documented.facts
    text = FORMATS["eu-ai-act"].write(facts, paper_of("eu-ai-act", facts))[DOMAINS]
    rows = list(csv.DictReader(io.StringIO(text)))
    (crawl,) = eu_ai_act.crawls(facts)
    distinct = crawl.found.distinct
    measure = eu_ai_act.listed_domains(crawl)
    asked = documented.hub.sql(str(documented.ref), measure.sql).rows

    assert len(rows) == -(-distinct // 10) > 2
    assert sum(row["small_provider"] == "yes" for row in rows) == -(-distinct // 20)
    assert [(row["domain"], int(row["documents"]), int(row["bytes"])) for row in rows] == [
        (row["domain"], row["documents"], row["bytes"]) for row in asked
    ]


def test_a_crawl_beside_other_sources_is_counted_alone(documented: Documented) -> None:
    """Period and domains of section 2.3 are those of the own crawl, which is named; of nothing else there is a word."""
    facts = documented.facts
    fields = {one.id: one for one in paper_of("eu-ai-act", facts).fields}
    own = next(one for one in facts.measures.statistics.sources if one.name == "s")
    (domains,), (months,) = (fields[f"2.3.{name}"].tables for name in ("domains", "period"))

    assert {one.name for one in facts.measures.of_source("s").found.listed} >= {"example.org", "example.de"}
    assert not {"example.com", "example.net"} & {row[0] for row in domains.rows}
    assert sum(int(row[1] or 0) for row in months.rows) == own.documents < facts.measures.documents.number
    assert fields["2.3.domains"].text.startswith("Source s: ")


def test_a_crawl_without_documents_was_not_used(documented: Documented) -> None:
    """What is declared and of which nothing is in the version is said to be so, in every part of the summary."""
    facts = documented.facts
    statistics = facts.measures.statistics
    held = tuple(one for one in statistics.sources if one.name != "s")
    measures = type(facts.measures)(dataclasses.replace(statistics, sources=held))
    fields = {one.id: one for one in paper_of("eu-ai-act", dataclasses.replace(facts, measures=measures)).fields}

    assert fields["2.3.used"].text.startswith("No: ")
    assert fields["2.3.domains"].state is State.NOT_APPLICABLE
    assert fields["2.1.used"].text == "Yes."


def test_a_small_provider_lists_a_thousand_at_most(documented: Documented) -> None:
    """Of 5 % and 1,000 the lower counts."""
    domains = documented.facts.measures.statistics.domains
    many = tuple(dataclasses.replace(domains.listed[0], name=f"d{at}.example") for at in range(10_000))
    larger = Spread(dataclasses.replace(domains, distinct=30_000, listed=many), (), "domains")

    assert len(eu_ai_act.listed_domains(larger).rows) == 3_000
    assert len(eu_ai_act.listed_domains(larger, small=True).rows) == 1_000


def test_tokens_are_marked_as_estimated(documented: Documented) -> None:
    """No tokens are counted, so the summary says how many there may be, and that it is an estimate."""
    size = {one.id: one for one in paper_of("eu-ai-act", documented.facts).fields}["1.3.size"]

    assert "less than 1 billion tokens" in size.text
    assert "estimated" in size.text
    assert Origin.STATISTICS in size.origins
