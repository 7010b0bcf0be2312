"""The documentation of a version: what people say of it, as the control database keeps it and papers are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal, Self

FactKind = Literal["sources", "licenses", "languages", "pii", "policy"]
"""What words may speak of: sources, licences of documents, languages and their shares, what was done about personal
data (erasures among it), and the policy that decided."""

ABOUT: Final[Mapping[str, tuple[FactKind, ...]]] = {
    "title": (),
    "description": ("sources", "languages"),
    "contact": (),
    "issuer": (),
    "motivation": (),
    "funding": (),
    "intended_uses": ("licenses", "policy"),
    "out_of_scope": ("licenses", "policy"),
    "limitations": ("sources", "languages"),
    "biases": ("sources", "languages"),
    "legal_basis": ("sources", "pii"),
    "collection": ("sources",),
    "maintenance": (),
    "retention": ("pii",),
    "geography": ("sources", "languages"),
    "language_variety": ("languages",),
    "annotators": (),
    "previous": (),
    "doi": (),
}
"""The prose fields, and the kinds of facts that each speaks of where its recipe says nothing else."""


@dataclass(frozen=True, slots=True)
class Crawler:
    """Who fetched the pages of a source.

    Attributes:
        name: as it calls itself, its user agent.
        purpose: what for.
        behaviour: how it behaves: which robots.txt it heeds, how often it asks.
    """

    name: str | None = None
    purpose: str | None = None
    behaviour: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """On what grounds a source may be used.

    Attributes:
        basis: a contract, a law, a consent of those concerned.
        scope: what for.
        until: the last day, as YYYY-MM-DD.
        document: where it is written down.
    """

    basis: str | None = None
    scope: str | None = None
    until: str | None = None
    document: str | None = None


@dataclass(frozen=True, slots=True)
class SourceDocumentation:
    """What is said of a source.

    Attributes:
        name: as the recipe has it.
        connector: the format of its files.
        license: an SPDX expression, "per-record" or "unknown".
        owner: who holds the rights in it, or provides it.
        acquired: public, licensed, bought, user, synthetic or own-crawl.
        crawler: who fetched its pages.
        terms_url: where its terms are.
        personal_data: which personal data it holds; "none" where there are none.
        synthetic: the model that wrote it.
        consent: on what grounds it may be used.
    """

    name: str
    connector: str | None = None
    license: str | None = None
    owner: str | None = None
    acquired: str | None = None
    crawler: Crawler | None = None
    terms_url: str | None = None
    personal_data: str | None = None
    synthetic: str | None = None
    consent: Consent | None = None

    @classmethod
    def load(cls, content: Mapping[str, Any]) -> Self:
        """Return what was kept as JSON."""
        crawler, consent = content["crawler"], content["consent"]
        own = {"crawler": crawler and Crawler(**crawler), "consent": consent and Consent(**consent)}
        return cls(**{**content, **own})


@dataclass(frozen=True, slots=True)
class ModelDocumentation:
    """The model that the dataset is to train, as two statutes ask for it.

    Attributes:
        provider: who places it on the market.
        representative: of a provider outside the Union, within it.
        versions: of the model.
        market_date: when it was placed on the market, as YYYY-MM-DD.
    """

    provider: str | None = None
    representative: str | None = None
    versions: tuple[str, ...] = ()
    market_date: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What people write of a dataset: the sections of its recipe that no document depends on.

    Attributes:
        title, description, ...: the fields of [documentation]; null where nothing is said.
        sources: of each source, in the recipe's order.
        model: null where nothing is said.
        about: by prose field, the kinds of facts that it speaks of, where that is not ABOUT.
    """

    title: str | None = None
    description: str | None = None
    contact: str | None = None
    issuer: str | None = None
    motivation: str | None = None
    funding: str | None = None
    intended_uses: str | None = None
    out_of_scope: str | None = None
    limitations: str | None = None
    biases: str | None = None
    legal_basis: str | None = None
    collection: str | None = None
    maintenance: str | None = None
    retention: str | None = None
    geography: str | None = None
    language_variety: str | None = None
    annotators: str | None = None
    previous: str | None = None
    doi: str | None = None
    sources: tuple[SourceDocumentation, ...] = ()
    model: ModelDocumentation | None = None
    about: Mapping[str, tuple[FactKind, ...]] = field(default_factory=dict)

    @classmethod
    def load(cls, content: Mapping[str, Any]) -> Self:
        """Return what was kept as JSON."""
        model = content["model"]
        own = {
            "sources": tuple(SourceDocumentation.load(one) for one in content["sources"]),
            "model": model and ModelDocumentation(**{**model, "versions": tuple(model["versions"])}),
            "about": {name: tuple(kinds) for name, kinds in content["about"].items()},
        }
        return cls(**{**content, **own})

    def prose(self) -> dict[str, str]:
        """Return the prose fields that say anything, in their order."""
        said = {name: getattr(self, name) for name in ABOUT}
        return {name: words for name, words in said.items() if words is not None}

    def about_of(self, name: str) -> tuple[FactKind, ...]:
        """Return the kinds of facts that the prose field *name* speaks of."""
        return self.about.get(name, ABOUT[name])


@dataclass(frozen=True, slots=True)
class Rested:
    """On what the words of a prose field rest.

    Attributes:
        version: NAME@vN, of which they were written, or confirmed.
        since: when that was, RFC 3339, UTC.
        digest: SHA-256 (hex) of the facts that they speak of, as they were then.
        facts: these facts, by kind.
    """

    version: str
    since: str
    digest: str
    facts: Mapping[FactKind, Mapping[str, float | str]]


@dataclass(frozen=True, slots=True)
class Documentation(Written):
    """The documentation of a version.

    Attributes:
        version: NAME@vN.
        written: when it was recorded, RFC 3339, UTC; null if the version has none of its own or of a version before it.
        rests: by prose field, on what its words rest.
        undocumented: what the hub required and the run of the version left out; null if it left out nothing.
    """

    version: str = ""
    written: str | None = None
    rests: Mapping[str, Rested] = field(default_factory=dict)
    undocumented: str | None = None


WRITTEN: Final = tuple(one.name for one in fields(Written))
"""The fields that are kept of what people write."""
