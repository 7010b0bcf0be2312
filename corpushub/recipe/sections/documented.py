"""What a recipe says of its dataset, its sources and the model they are for: words that no document depends on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, field_validator

from corpushub.recipe.sections.section import Section
from lineage.control.documentation import model as kept
from policies.spelling import nearest

Prose = Annotated[str, Field(min_length=1)]
"""Some words; a key without any is left out."""


class Documentation(Section):
    """What people should know of the dataset; papers are made of it (docs/documentation.md).

    No document depends on it. A recipe in which nothing else has changed makes no new version: its words are recorded
    for the newest one.
    """

    title: Annotated[Prose | None, Field(description="the dataset's name for people")] = None
    description: Annotated[Prose | None, Field(description="what it is, in a few sentences")] = None
    contact: Annotated[Prose | None, Field(description="whom to ask: an address or a page")] = None
    issuer: Annotated[Prose | None, Field(description="who issues it")] = None
    motivation: Annotated[Prose | None, Field(description="why it was made, and for which task")] = None
    funding: Annotated[Prose | None, Field(description="who paid for it")] = None
    intended_uses: Annotated[Prose | None, Field(description="what it is meant for")] = None
    out_of_scope: Annotated[Prose | None, Field(description="what it must not or should not be used for")] = None
    limitations: Annotated[Prose | None, Field(description="what it cannot show, and what is known to be wrong")] = None
    biases: Annotated[Prose | None, Field(description="who or what is over- or under-represented")] = None
    legal_basis: Annotated[
        Prose | None, Field(description="on what legal grounds personal data is processed, if any is kept")
    ] = None
    collection: Annotated[Prose | None, Field(description="how, when and by whom the data was collected")] = None
    maintenance: Annotated[Prose | None, Field(description="who maintains it, and how errors are corrected")] = None
    retention: Annotated[Prose | None, Field(description="how long it is kept, and what happens then")] = None
    geography: Annotated[Prose | None, Field(description="of which places the data is")] = None
    language_variety: Annotated[
        Prose | None, Field(description="which varieties of languages: dialects, registers, BCP 47 tags")
    ] = None
    annotators: Annotated[Prose | None, Field(description="who annotated it, how chosen and paid")] = None
    previous: Annotated[Prose | None, Field(description="what it replaces, or was used for before")] = None
    doi: Annotated[Prose | None, Field(description="its digital object identifier")] = None
    about: Annotated[
        dict[str, list[kept.FactKind]],
        Field(
            description="by field, what its words speak of, instead of what docs/documentation.md says: "
            + ", ".join(get_args(kept.FactKind))
            + "; when that moves, they are stale"
        ),
    ] = {}

    @field_validator("about")
    @classmethod
    def _known_fields(cls, value: dict[str, list[kept.FactKind]]) -> dict[str, list[kept.FactKind]]:
        for name in value:
            if name not in kept.ABOUT:
                raise ValueError(f"{name!r} is no field of [documentation]{nearest(name, kept.ABOUT)}")
        return value


class Crawler(Section):
    """Who fetched the pages of a source."""

    name: Annotated[Prose | None, Field(description="as it calls itself, its user agent")] = None
    purpose: Annotated[Prose | None, Field(description="what for")] = None
    behaviour: Annotated[
        Prose | None, Field(description="how it behaves: which robots.txt it heeds, how often it asks")
    ] = None


class Consent(Section):
    """On what grounds a source may be used."""

    basis: Annotated[Prose | None, Field(description="a contract, a law, a consent of those concerned")] = None
    scope: Annotated[Prose | None, Field(description="what for")] = None
    until: Annotated[date | None, Field(description="the last day")] = None
    document: Annotated[Prose | None, Field(description="where it is written down")] = None


class DocumentedSource(Section):
    """What is said of a source, beside what is read."""

    owner: Annotated[Prose | None, Field(description="who holds the rights in it, or provides it")] = None
    acquired: Annotated[
        Literal["public", "licensed", "bought", "user", "synthetic", "own-crawl"] | None,
        Field(description="how it was come by: public, licensed, bought, user, synthetic or own-crawl"),
    ] = None
    crawler: Annotated[
        Crawler | None, Field(description="who fetched its pages: a table of `name`, `purpose`, `behaviour`")
    ] = None
    terms_url: Annotated[Prose | None, Field(description="where its terms are")] = None
    personal_data: Annotated[
        Prose | None, Field(description='which personal data it holds; "none" where there is none')
    ] = None
    synthetic: Annotated[Prose | None, Field(description="the model that wrote it")] = None
    consent: Annotated[
        Consent | None,
        Field(description="on what grounds it may be used: a table of `basis`, `scope`, `until`, `document`"),
    ] = None


class Model(Section):
    """The model that the dataset is to train, as the AI Act and California's AB 2013 ask for it."""

    provider: Annotated[Prose | None, Field(description="who places it on the market")] = None
    representative: Annotated[Prose | None, Field(description="of a provider outside the Union, within it")] = None
    versions: Annotated[list[Prose], Field(description="of the model")] = []
    market_date: Annotated[date | None, Field(description="when it was placed on the market")] = None


SAID_OF_SOURCES = frozenset(DocumentedSource.model_fields)
"""The keys of a source that no document depends on."""


def written_of(
    documentation: Documentation | None, model: Model | None, sources: list[Mapping[str, Any]]
) -> kept.Written:
    """Return what is kept of the words of a recipe.

    *sources* are its sources, each with ``name``, ``connector``, ``license`` and SAID_OF_SOURCES as JSON values.
    """
    said = documentation.model_dump(mode="json") if documentation else Documentation().model_dump(mode="json")
    of_model = model.model_dump(mode="json") if model else None
    return kept.Written.load({**said, "sources": sources, "model": of_model})
