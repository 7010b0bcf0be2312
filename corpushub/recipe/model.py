"""The recipe: what to read, what to do to it, and what may be kept. TOML in, one frozen model out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from connectors import CONNECTORS
from corpushub.recipe.sections.documented import SAID_OF_SOURCES, Documentation, DocumentedSource, Model, written_of
from corpushub.recipe.sections.energy import Energy
from corpushub.recipe.sections.limits import USUAL, Limits
from corpushub.recipe.sections.section import Section
from lineage.control.documentation.model import Written
from pipelines.annotate.treatment import PER_RECORD
from pipelines.captures.formats import connector_named
from pipelines.code.plugins import RECOGNIZERS, blamed, is_plugin, load, plugins_of
from pipelines.code.version import Plugin
from pipelines.handover.ids import digest
from pipelines.handover.parts import SURVIVOR_RULES
from pipelines.release.boilerplate import BoilerplateRule
from pipelines.steps import STEPS, Step, step_named
from policies.errors import PolicyError
from policies.pii.actions import Action
from policies.pii.keys import KeySource
from policies.pii.recognizers import ForeignRecognizer
from policies.pii.scrubber import ENTITIES, Incomplete, Scrubber
from policies.rights.licenses import normalize
from policies.spelling import nearest

UNKNOWN = "unknown"

_ACTIONS = ", ".join(Action)


class Dataset(Section):
    """What the run makes a version of."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="lower-case letters, digits, - and _")]
    purpose: Annotated[str, Field(description="what the documents are wanted for, for people and policies")] = "train"


class Source(DocumentedSource):
    """A set of files of one format.

    No document depends on what is said of it (docs/documentation.md): `owner` and what follows it here.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    name: Annotated[str, Field(min_length=1, description="names the source in lineage; part of every doc_id")]
    connector: Annotated[str, Field(description="the files' format")]
    paths: Annotated[
        list[str], Field(min_length=1, description="files: paths or patterns relative to the recipe, or fsspec URLs")
    ]
    license: Annotated[str, Field(description='an SPDX expression for all records, "per-record", or "unknown"')] = (
        UNKNOWN
    )
    extract: Annotated[Literal["main", "full"], Field(description="of HTML, the main content or all visible text")] = (
        "main"
    )
    max_garbled: Annotated[
        float, Field(ge=0, le=1, description="drop texts of which more could not be decoded (share of U+FFFD)")
    ] = 0.05
    robots: Annotated[
        list[str],
        Field(
            description="archives or files of robots.txt, ai.txt, tdmrep.json, RSL and LICENSE: what sites say of pages"
        ),
    ] = []
    outside: Annotated[
        bool, Field(description="also read what `..`, links and file:// lead to outside the folders of `paths`")
    ] = False
    sha256: Annotated[
        dict[str, Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]],
        Field(description="digests that files must have, by name as `plan` shows it; others are refused"),
    ] = {}

    @field_validator("connector")
    @classmethod
    def _known_connector(cls, value: str) -> str:
        return value if is_plugin(value) and connector_named(value) else _one_of(value, CONNECTORS, "connector")

    @field_validator("license")
    @classmethod
    def _known_license(cls, value: str) -> str:
        if value in {UNKNOWN, PER_RECORD} or normalize(value) is not None:
            return value
        raise ValueError(f'{value!r} is no SPDX expression; write one, "{PER_RECORD}" or "{UNKNOWN}"')

    @property
    def options(self) -> dict[str, Any]:
        """The keys that belong to the connector."""
        return dict(self.model_extra or {})


class StepUse(Section):
    """A step, with its settings; steps run in the order of the recipe."""

    model_config = ConfigDict(extra="allow", frozen=True)

    use: Annotated[str, Field(description="the step's name")]

    @field_validator("use")
    @classmethod
    def _known_step(cls, value: str) -> str:
        return value if is_plugin(value) and step_named(value) else _one_of(value, STEPS, "step")

    def build(self) -> Step:
        """Make the configured step.

        Raises:
            ValueError: a setting is unknown or out of range.
        """
        kind = step_named(self.use)
        settings = {
            key: tuple(value) if isinstance(value, list) else value for key, value in (self.model_extra or {}).items()
        }
        known = {field.name for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
        for key in settings:
            if key not in known:
                raise ValueError(f"{key}: unknown key{nearest(key, known)}")
        with blamed(self.use, "does not take its settings", ValueError):
            return kind(**settings)


class Decontaminate(Section):
    """A benchmark that no document may overlap: documents that share a run of its tokens are dropped.

    Letter case, accents, punctuation, white space, line breaks and HTML entities do not count
    (pipelines.decontaminate.folding).
    """

    name: Annotated[str, Field(pattern=r"^[\w.-]+$", description="what the ledger calls the benchmark")]
    files: Annotated[
        list[str], Field(min_length=1, description="JSON Lines, plain or compressed: paths or patterns as in a source")
    ]
    field: Annotated[str | None, Field(description="the field of an item that is compared; dots reach into it")] = None
    fields: Annotated[list[str], Field(description="instead of field, several; each is compared by itself")] = []
    id: Annotated[str | None, Field(description="the field that names an item; without it, its line number does")] = (
        None
    )
    tokens: Annotated[
        int, Field(ge=2, le=1000, description="consecutive tokens that a document must share with an item")
    ] = 13
    min_tokens: Annotated[
        int, Field(ge=2, description="an item with fewer than tokens, but so many, must be shared as a whole")
    ] = 8

    @model_validator(mode="after")
    def _one_kind_of_field(self) -> Decontaminate:
        if (self.field is None) == (not self.fields):
            raise ValueError("write either field or fields: which of an item's fields is compared")
        return self

    @property
    def paths(self) -> list[str]:
        """The fields that are compared."""
        return [self.field] if self.field else self.fields


class Dedup(Section):
    """How duplicates are found and which of them stays."""

    threshold: Annotated[
        float, Field(gt=0.0, le=1.0, description="least verified Jaccard similarity of a near-duplicate")
    ] = 0.8
    near: Annotated[bool, Field(description="false: only exact duplicates")] = True
    url: Annotated[
        bool, Field(description="also drop all but one capture of the same normalised URL, whatever they hold")
    ] = False
    num_perm: Annotated[int, Field(ge=16, le=1024, description="values of a MinHash signature")] = 128
    verify: Annotated[
        Literal["exact", "signature"],
        Field(description="compare the shingle sets of candidates, or take the estimate (error 0.035 at 0.8)"),
    ] = "exact"
    survivor: Annotated[list[str], Field(description="which of two duplicates stays; ties end in doc_id")] = list(
        SURVIVOR_RULES
    )

    @field_validator("survivor")
    @classmethod
    def _known_rules(cls, value: list[str]) -> list[str]:
        return [_one_of(rule, SURVIVOR_RULES, "survivor rule") for rule in value]


class Boilerplate(Section):
    """Which lines or paragraphs are removed because many documents have them: menus, notices, calls to share.

    Counted are the documents that remain after deduplication, so that mirrors of a page make nothing boilerplate, and
    each of them once. An incremental run counts only what it reads itself. Units compare after trimming, with each run
    of white space as one space; case counts. A document of which nothing remains is dropped as `boilerplate_only`; an
    edited one is `boilerplate_removed` in the ledger, with the spans that were cut out.
    """

    unit: Annotated[
        Literal["line", "paragraph"], Field(description="what is removed; blank lines separate paragraphs")
    ] = "line"
    max_documents: Annotated[
        int, Field(ge=1, lt=1 << 32, description="a unit in more documents than this is removed")
    ] = 10
    min_chars: Annotated[
        int, Field(ge=1, lt=1 << 28, description="shorter units stay: headings, list marks and code repeat by nature")
    ] = 15

    def rule(self) -> BoilerplateRule:
        """Make what decides."""
        return BoilerplateRule(self.unit, self.max_documents, self.min_chars)


class Pii(Section):
    """What is done to personal data in the documents that are kept.

    An action is one of: `keep`, leave it in the text; `placeholder`, `<EMAIL_ADDRESS_1>`, numbered in each document;
    `label`, `<EMAIL_ADDRESS>`; `mask`, asterisks; `pseudonym`, `<EMAIL_ADDRESS:0123456789abcdef>`, the same for a value
    in the whole dataset; `surrogate`, another e-mail address, IP address or phone number that is nobody's, the same in
    the whole dataset, and for other types a pseudonym; `drop`, the document goes. Values count as equal if their normal
    forms are: E.164, a lower-case e-mail address with its domain in ASCII, a compressed IP address, a card's
    digits. Where findings overlap, the one with the higher score wins, then the longer, then the earlier.

    The ledger has every finding with type, span, recognizer and score, and the spans that were replaced. With a key it
    has a keyed hash of the normal value too. The key is at least 16 bytes in `key_file` or else in the environment
    variable CORPUSHUB_PII_KEY, for all processes of a run. It is never stored; another key makes another version.
    """

    default: Annotated[Action, Field(description=f"for entity types not named in actions: {_ACTIONS}")] = (
        Action.PLACEHOLDER
    )
    actions: Annotated[dict[str, Action], Field(description="action per Presidio entity type")] = {}
    entities: Annotated[list[str], Field(description="Presidio entity types to look for")] = list(ENTITIES)
    countries: Annotated[
        list[str] | Literal["all"],
        Field(description='ISO codes of countries whose identifiers to look for too, or "all"'),
    ] = []
    min_score: Annotated[float, Field(ge=0.0, le=1.0, description="findings with a lower score are ignored")] = 0.35
    thresholds: Annotated[
        dict[str, Annotated[float, Field(ge=0.0, le=1.0)]],
        Field(description="the least score for an entity type, instead of min_score; PHONE_NUMBER has at least 0.5"),
    ] = {}
    names: Annotated[bool, Field(description="also look for PERSON and LOCATION in documents in English")] = False
    reserved_mail: Annotated[
        bool, Field(description="also act on mail addresses below no public suffix (.test, .local); else only noted")
    ] = False
    incomplete: Annotated[
        Incomplete,
        Field(description="documents whose search ended early (time, size) or failed; kept ones are so marked"),
    ] = "drop"
    key_file: Annotated[str | None, Field(description="file with the key, relative to the recipe")] = None
    recognizers: Annotated[
        list[str], Field(description="recognizers of plugins to look with too, DISTRIBUTION:NAME each")
    ] = []

    def scrubber(self, root: Path) -> Scrubber:
        """Make what scrubs documents; the key file is looked up below *root*.

        Raises:
            PolicyError: the settings contradict each other, or the key is needed and not there.
        """
        return Scrubber(
            self.actions,
            self.default,
            tuple(self.entities),
            self.min_score,
            thresholds=self.thresholds,
            incomplete=self.incomplete,
            key=KeySource.locate(None if self.key_file is None else root / self.key_file),
            names=self.names,
            countries=(self.countries,) if isinstance(self.countries, str) else tuple(self.countries),
            foreign=tuple(map(_recognizer, self.recognizers)),
            reserved_mail=self.reserved_mail,
        )


class PolicyUse(Section):
    """The policy that decides which documents may be kept; see docs/policy.md.

    It decides by what the source or record declares, and by what pages, their headers, the files of their sites (see
    `robots`) and registries say; see docs/rights.md and docs/consent.md. Without a policy all of that but registries is
    looked at too, so that the version can be judged later.
    """

    file: Annotated[str, Field(description="policy file, relative to the recipe, or the name of a shipped one")]
    registries: Annotated[
        list[str], Field(description="files of hosts, URL prefixes, repositories or content ids that opted out")
    ] = []
    agents: Annotated[
        str | None, Field(description="file of the AI user agents that sites are asked about; else the shipped list")
    ] = None


_MEANINGLESS: Final[Mapping[str, Any]] = {
    "pii": {"key_file"},
    "limits": {"max_failed", "min_kept"},
    "documentation": True,
    "model": True,
    "energy": True,
}
_UNREAD = {"paths", "robots", "sha256", *SAID_OF_SOURCES}


class Recipe(Section):
    """All that determines a version, besides inputs and code. Every section but dataset and source is optional."""

    dataset: Dataset
    source: Annotated[list[Source], Field(min_length=1)]
    step: list[StepUse] = []
    decontaminate: list[Decontaminate] = []
    dedup: Dedup | None = None
    boilerplate: Boilerplate | None = None
    pii: Pii | None = None
    policy: PolicyUse | None = None
    limits: Limits | None = None
    documentation: Documentation | None = None
    model: Model | None = None
    energy: Energy | None = None

    def plugins(self) -> tuple[Plugin, ...]:
        """Return the distributions of others that the recipe names code of."""
        return plugins_of(self.plugin_names())

    def plugin_names(self) -> list[str]:
        """Return what the recipe calls the code of others that it names."""
        names = [source.connector for source in self.source] + [step.use for step in self.step]
        return [name for name in (*names, *(self.pii.recognizers if self.pii else ())) if is_plugin(name)]

    def not_done(self) -> dict[str, str]:
        """Say what the recipe leaves out."""
        missing = {"dedup": "not deduplicated", "pii": "not scanned", "policy": "not decided"}
        missing["decontaminate"] = "not compared with benchmarks"
        said = {name: words for name, words in missing.items() if not getattr(self, name)}
        if not any(step.use == "language" for step in self.step):
            said["language"] = "not identified"
        if self.pii is not None:
            english = "looked for in documents in English alone"
            said["pii names"] = english if self.pii.names else "persons and places were not looked for"
        return said

    def written(self) -> Written:
        """Return what is kept of its words about the dataset."""
        told = {"name", "connector", "license", *SAID_OF_SOURCES}
        return written_of(
            self.documentation, self.model, [source.model_dump(mode="json", include=told) for source in self.source]
        )

    def digest(self) -> str:
        """Identify the recipe by what it means: comments, order of keys and formatting take no part.

        Nor do patterns of paths and the order of sources: which files were read is the digest of the inputs. Nor does
        the place of the key: corpushub.recipe.job adds which key it is. Nor do limits that only decide whether there is
        a version. Nor do words about the dataset, and what energy costs.
        """
        meaning = self.model_dump(mode="json", exclude=_MEANINGLESS)
        if self.limits is None or self.limits.of_files() == USUAL:
            del meaning["limits"]  # a recipe without the section is what it was before there was one
        sources = [{key: value for key, value in one.items() if key not in _UNREAD} for one in meaning["source"]]
        benchmarks = [{key: value for key, value in one.items() if key != "files"} for one in meaning["decontaminate"]]
        named = {"source": sources, "decontaminate": benchmarks}
        return digest({**meaning, **{key: sorted(many, key=lambda one: one["name"]) for key, many in named.items()}})


def _recognizer(name: str) -> ForeignRecognizer:
    with blamed(name, "makes no recognizer", PolicyError):
        return ForeignRecognizer.of(name, load(RECOGNIZERS, name))


def _one_of(value: str, known: Any, what: str) -> str:
    if value in known:
        return value
    raise ValueError(f"unknown {what} {value!r}{nearest(value, known)}; known: {', '.join(sorted(known))}")
