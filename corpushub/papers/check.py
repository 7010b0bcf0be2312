"""Whether the papers of a version may be handed out: what is missing, stale or not valid, or seems personal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from corpushub.papers.facts import facts_of
from corpushub.papers.formats import paper_of
from corpushub.papers.linked import validation
from corpushub.papers.linked.croissant import document
from corpushub.papers.papers import last_made
from corpushub.requests.documentation import report
from lineage.control.documentation.staleness import StaleField, stale_fields
from lineage.control.versions import get_version
from lineage.hub import Hub
from lineage.references import VersionRef


@dataclass(frozen=True, slots=True)
class PersonalField:
    """A field of prose that seems to hold personal data; contact is not looked at.

    Attributes:
        field: which one.
        types: of personal data.
    """

    field: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PapersCheck:
    """Whether the papers of a version may be handed out.

    Attributes:
        version: NAME@vN.
        ok: whether nothing is stale, missing or invalid.
        stale: words and papers that may not hold any more.
        missing: fields that the hub requires and nobody filled.
        invalid: what is wrong with the Croissant document.
        validated: with which validators, those that are installed.
        personal: fields that seem to hold personal data: a warning.
    """

    version: str
    ok: bool
    stale: tuple[StaleField, ...]
    missing: tuple[str, ...]
    invalid: tuple[str, ...]
    validated: tuple[str, ...]
    personal: tuple[PersonalField, ...]


def check(hub: Hub, ref: VersionRef, at: datetime | None = None) -> PapersCheck:
    """Check the papers of *ref* at the time *at*, by default now.

    Raises:
        UnknownReference: there is no such version.
    """
    version = get_version(hub.db, ref)
    fields = report(hub, ref, at).fields
    stale = stale_fields(hub, version, at or datetime.now(UTC), last_made(hub, version))
    missing = tuple(one.name for one in fields if one.asked == "required" and not one.filled)
    personal = tuple(PersonalField(one.name, tuple(one.personal_data)) for one in fields if one.personal_data)
    facts = facts_of(hub, ref)
    found = validation.validate(document(facts, {field.id: field for field in paper_of("croissant", facts).fields}))
    ok = not (stale or missing or found.problems)
    return PapersCheck(version.name, ok, stale, missing, found.problems, found.validators, personal)
