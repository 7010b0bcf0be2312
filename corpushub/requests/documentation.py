"""What is said of a version, what its hub asks for beside that, and which of the words may not hold any more."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ValidationError

from corpushub.errors import BadRequest
from corpushub.recipe.documentation.lacking import MEANINGS, keeps_personal_data
from corpushub.recipe.documentation.personal import personal_fields
from corpushub.recipe.documentation.requirements import FILE, load_requirements
from corpushub.recipe.model import Pii
from lineage.control.documentation.model import ABOUT, WRITTEN, Documentation, FactKind, SourceDocumentation, Written
from lineage.control.documentation.records import document, documentation_of
from lineage.control.documentation.staleness import StaleField, stale_fields
from lineage.control.runs import get_run
from lineage.control.versions import Version, get_version
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.hub.locks import lock_dataset
from lineage.references import VersionRef
from policies import toml
from policies.spelling import nearest


@dataclass(frozen=True, slots=True)
class DocumentedField:
    """Something that can be said of a dataset.

    Attributes:
        name: title and the like, source.NAME.owner, model.provider.
        asked: "required", "recommended", or "no" where the hub does not ask for it.
        filled: whether it is said.
        about: the kinds of facts that it speaks of.
        since: when its words were written or confirmed, RFC 3339, UTC; null where that is not kept.
        personal_data: the types of personal data that it seems to hold.
    """

    name: str
    asked: str
    filled: bool
    about: Sequence[FactKind]
    since: str | None
    personal_data: Sequence[str]


@dataclass(frozen=True, slots=True)
class DocumentationReport:
    """The documentation of a version, or what a hub asks for.

    Attributes:
        version: NAME@vN; null where none was named.
        requirements: the file that says what the hub asks for; null if there is none.
        ok: whether nothing that is required is missing, and nothing is stale.
        fields: all that is asked for or said.
        stale: words and papers that may not hold any more.
        undocumented: what the version was made without though the hub required it; null if nothing.
    """

    version: str | None
    requirements: str | None
    ok: bool
    fields: Sequence[DocumentedField]
    stale: Sequence[StaleField]
    undocumented: str | None


def report(hub: Hub, ref: VersionRef | None, at: datetime | None = None) -> DocumentationReport:
    """Return how version *ref* is documented, at the time *at* or now; without one what the hub asks for.

    Raises:
        UnknownReference: there is no such version.
        RecipeError: the hub's file cannot be used.
    """
    requirements = load_requirements(hub.home)
    path = hub.home.path / FILE
    named = str(path) if path.exists() else None
    if ref is None:
        asked = {name: requirements.asked(name) for name in MEANINGS}
        every = (DocumentedField(name, how, False, ABOUT.get(name, ()), None, ()) for name, how in asked.items())
        return DocumentationReport(None, named, True, tuple(one for one in every if one.asked != "no"), (), None)
    version = get_version(hub.db, ref)
    told = documentation_of(hub, version)
    stale = stale_fields(hub, version, at or datetime.now(UTC))
    personal = keeps_personal_data([source.personal_data for source in told.sources], _pii_of(hub, version))
    asked = {name: requirements.asked(name, personal=personal) for name in MEANINGS}
    fields = tuple(_fields(told, asked))
    ok = not stale and all(one.filled or one.asked != "required" for one in fields)
    return DocumentationReport(version.name, named, ok, fields, stale, told.undocumented)


def confirm(hub: Hub, ref: VersionRef, names: Sequence[str]) -> DocumentationReport:
    """Record that the prose fields *names* of version *ref* were read again and hold as its facts are now.

    Raises:
        BadRequest: there is no such field, or nothing is said in it; nothing was changed.
    """
    with lock_dataset(hub.home, ref.dataset, "documentation"):
        version = get_version(hub.db, ref)
        told = documentation_of(hub, version)
        _require_said(told, names)
        written = Written(**{name: getattr(told, name) for name in WRITTEN})
        document(hub, version, written, now(), confirmed=names)
    return report(hub, VersionRef(version.dataset, version.number))


def _require_said(told: Documentation, names: Sequence[str]) -> None:
    said = told.prose()
    for name in names:
        if name not in said:
            why = "says nothing" if name in ABOUT else f"is no field{nearest(name, ABOUT)}"
            raise BadRequest(f"{name} {why}; nothing was changed; name one of {', '.join(said) or 'none'}")


def _pii_of(hub: Hub, version: Version) -> Pii | None:
    """Return what the recipe of *version* did about personal data; nothing if that cannot be told any more."""
    try:
        section = toml.loads(get_run(hub.db, version.run).recipe).get("pii")
        return None if section is None else Pii.model_validate(section)
    except (tomllib.TOMLDecodeError, ValidationError):
        return None


def _fields(told: Documentation, asked: Mapping[str, str]) -> Iterator[DocumentedField]:
    personal = personal_fields(told)
    for one, how in asked.items():
        for name, filled in _said(told, one).items():
            if filled or how != "no":
                rest = told.rests.get(name)
                about = told.about_of(name) if name in ABOUT else ()
                yield DocumentedField(name, how, filled, about, rest.since if rest else None, personal.get(name, ()))


def _said(told: Documentation, asked: str) -> Mapping[str, bool]:
    """Return whether *asked*, one of MEANINGS, is said: by name, of each source by its own."""
    table, _, key = asked.rpartition(".")
    if table == "source":
        return {f"source.{one.name}.{key}": _known(one, key) for one in told.sources}
    return {asked: bool(getattr(told.model if table else told, key, None))}


def _known(source: SourceDocumentation, key: str) -> bool:
    return getattr(source, key) not in {None, "unknown"}
