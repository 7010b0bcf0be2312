"""Croissant 1.1 (MLCommons, 29 January 2026) with responsible AI (RAI 1.0), PROV-O, and usage in ODRL.

The document describes the folder of ``corpushub export --as parquet``, and that of ``--as hf``: put it there, and it
loads the rows. Texts of properties are those of the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from corpushub.papers import answers
from corpushub.papers.facts import ARCHIVES, Facts
from corpushub.papers.fields import (
    Answer,
    Field,
    Json,
    Origin,
    Section,
    listed,
    not_applicable,
    not_known,
    said,
    section,
)
from corpushub.papers.linked.terms import offers
from lineage.questions.hugging_face import DATA_PATTERN
from policies.rights.permissions import effective
from policies.rules.review import address

TITLE: Final = "Croissant"
SOURCE: Final = "Croissant Format Specification 1.1, MLCommons, 29 January 2026; Croissant RAI 1.0, 6 March 2024"

VERSIONS: Final = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
EXPORTED: Final = "documents-*.parquet"
"""The files of ``corpushub export --as parquet``."""

_NAMES: Final = (
    *("annotation", "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "excludes", "extract"),
    *("field", "fileObject", "fileProperty", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath"),
    *("key", "md5", "parentField", "path", "readLines", "recordSet", "references", "regex", "repeated", "replace"),
    *("samplingRate", "sdVersion", "separator", "source", "subField", "transform", "unArchive", "value"),
)
_TYPES: Final = {
    "string": "sc:Text",
    "bool": "sc:Boolean",
    "int32": "cr:Int32",
    "int64": "cr:Int64",
    "float": "cr:Float32",
    "double": "cr:Float64",
    "timestamp[us, tz=UTC]": "sc:DateTime",
}
"""Arrow types of columns, as Croissant calls them; lists and maps are written in several ways and are left out."""


def context() -> Mapping[str, Json]:
    """Return the JSON-LD context that the specification recommends (appendix 1), with PROV-O and ODRL."""
    return {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "sc": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "dct": "http://purl.org/dc/terms/",
        "prov": "http://www.w3.org/ns/prov#",
        "odrl": "http://www.w3.org/ns/odrl/2/",
        "conformsTo": "dct:conformsTo",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
        **{name: f"cr:{name}" for name in _NAMES},
    }


def sections(facts: Facts) -> tuple[Section, ...]:
    """Return the properties by vocabulary."""
    return (
        section("", "schema.org", _dataset(facts)),
        section("", "Responsible AI", _responsible(facts)),
        section("", "PROV-O", _provenance(facts)),
        section("", "Usage", [_usage(facts)]),
        section("", "Files and fields", _files(facts)),
    )


def document(facts: Facts, fields: Mapping[str, Field]) -> Mapping[str, Json]:
    """Return the JSON-LD document; texts are those of *fields*, by id."""
    said_so: dict[str, Json] = {name: field.line for name, field in fields.items() if name.startswith("rai:")}
    return {
        "@context": context(),
        "@type": "sc:Dataset",
        "@id": f"urn:corpushub:{facts.name}",
        "conformsTo": list(VERSIONS),
        "name": facts.version.dataset,
        "alternateName": fields["alternateName"].text,
        "description": fields["description"].line,
        "license": _licenses(facts) or ["unknown"],
        "url": fields["url"].text,
        "creator": {"@type": "sc:Organization", "name": fields["creator"].text},
        "publisher": {"@type": "sc:Organization", "name": fields["creator"].text},
        "datePublished": facts.version.created,
        "version": fields["version"].text,
        "inLanguage": list(_languages(facts)) or fields["inLanguage"].text,
        "keywords": ["text", "corpushub"],
        "citeAs": fields["citeAs"].text,
        "isLiveDataset": False,
        "identifier": f"sha256:{facts.version.manifest_root}",
        **said_so,
        "rai:dataCollectionType": list(_kinds(facts)),
        "rai:dataCollectionTimeframe": _timeframe(facts) or fields["rai:dataCollectionTimeframe"].text,
        **_prov(facts, fields),
        "usageInfo": offers(facts),
        "distribution": [_file_set()],
        "recordSet": [_record_set(facts)],
    }


def _dataset(facts: Facts) -> list[Field]:
    doi = facts.documentation.doi
    address_of = said(f"https://doi.org/{doi}", Origin.DOCUMENTATION) if doi else said(_urn(facts), Origin.CONTROL)
    version = f"{facts.version.number}.{facts.revision}.0"
    licenses = ", ".join(_licenses(facts))
    cite = f"{facts.title}, {facts.name}, {facts.version.created[:4]}, manifest root {facts.version.manifest_root}"
    return [
        said(facts.version.dataset, Origin.CONTROL).to("name", "Name"),
        said(facts.title, Origin.DOCUMENTATION, Origin.CONTROL).to("alternateName", "Title"),
        facts.prose("description").and_(answers.size(facts)).to("description", "Description"),
        said(licenses, Origin.STATISTICS).to("license", "Licences of documents"),
        address_of.to("url", "Address"),
        facts.prose("issuer").to("creator", "Creator"),
        said(facts.version.created, Origin.CONTROL).to("datePublished", "Made"),
        said(version, Origin.CONTROL).to("version", "Version: number, revision, 0"),
        answers.languages(facts).to("inLanguage", "Languages"),
        said(cite, Origin.CONTROL).to("citeAs", "How to cite it"),
    ]


def _urn(facts: Facts) -> str:
    return f"urn:corpushub:{facts.name}"


def _responsible(facts: Facts) -> list[Field]:
    annotated = not_applicable("no instance has an annotation by a person.")
    machines = said("Signals that steps of corpushub measured; languages by lid.176.")
    asked: dict[str, tuple[str, Answer]] = {
        "dataCollection": ("How it was collected", facts.prose("collection").and_(answers.sources(facts))),
        "dataCollectionType": ("Kinds of collection", said(listed(_kinds(facts)) + ".", Origin.DOCUMENTATION)),
        "dataCollectionMissingData": ("Missing data", said("What is not known of a document is null.")),
        "dataCollectionRawData": ("Raw data", answers.provenance(facts)),
        "dataCollectionTimeframe": ("Time of collection", answers.period(facts.measures.overall)),
        "dataImputationProtocol": ("Imputation", not_applicable("nothing that is missing is made up.")),
        "dataManipulationProtocol": ("Changes of texts", answers.edits(facts)),
        "dataPreprocessingProtocol": ("Preprocessing", answers.processing(facts)),
        "dataAnnotationProtocol": ("Annotation", facts.prose("annotators")),
        "dataAnnotationPlatform": ("Annotation platform", annotated),
        "dataAnnotationAnalysis": ("Annotation analysis", annotated),
        "dataReleaseMaintenancePlan": ("Maintenance", facts.prose("maintenance")),
        "personalSensitiveInformation": (
            "Personal data",
            answers.declared_personal(facts).and_(answers.personal(facts)),
        ),
        "dataSocialImpact": ("Social impact", not_known("no social impact is on record.")),
        "dataBiases": ("Biases", facts.prose("biases")),
        "dataLimitations": ("Limitations", facts.prose("limitations")),
        "dataUseCases": ("Uses", facts.prose("intended_uses").and_(facts.prose("out_of_scope"))),
        "annotationsPerItem": ("Annotations of an item", annotated),
        "annotatorDemographics": ("Annotators", annotated),
        "machineAnnotationTools": ("Tools that annotated", machines),
    }
    return [answer.to(f"rai:{key}", name) for key, (name, answer) in asked.items()]


def _kinds(facts: Facts) -> list[str]:
    """Return the kinds of collection, in the words that RAI recommends."""
    found = {"Web Scraping" if one.connector in ARCHIVES else "Others" for one in facts.documentation.sources}
    found |= {"User-generated content data" for _ in facts.acquired("user")}
    return sorted(found or {"Others"})


def _timeframe(facts: Facts) -> list[str]:
    found = facts.measures.overall
    return [f"{one.value}-01T00:00:00Z" for one in (found.first_month, found.last_month) if one.rows]


def _provenance(facts: Facts) -> list[Field]:
    before = facts.previous
    names = [one.name for one in facts.documentation.sources] + ([before.name] if before else [])
    return [
        said(f"{', '.join(names)}.", Origin.CONTROL).to("prov:wasDerivedFrom", "Sources, and the version before"),
        answers.provenance(facts).to("prov:wasGeneratedBy", "The run that made it"),
        facts.prose("issuer").to("prov:wasAttributedTo", "Who answers for it"),
    ]


def _prov(facts: Facts, fields: Mapping[str, Field]) -> Mapping[str, Json]:
    run, before = facts.run, facts.previous
    sources: list[Json] = [
        {"@type": "prov:Entity", "@id": f"urn:corpushub:{facts.version.dataset}:source:{place}", "prov:label": one.name}
        for place, one in enumerate(facts.documentation.sources)
    ]
    earlier: list[Json] = [{"@type": "prov:Entity", "@id": f"urn:corpushub:{before.name}"}] if before else []
    times = {"prov:startedAtTime": run.started, "prov:endedAtTime": run.finished}
    return {
        "prov:wasDerivedFrom": [*sources, *earlier],
        "prov:wasGeneratedBy": {
            "@type": "prov:Activity",
            "@id": f"urn:corpushub:run:{run.id}",
            "prov:label": fields["prov:wasGeneratedBy"].text,
            **{name: time for name, time in times.items() if time},
        },
        "prov:wasAttributedTo": {"@type": "prov:Agent", "prov:label": fields["prov:wasAttributedTo"].text},
    }


def _usage(facts: Facts) -> Field:
    names = [str(row[0]) for row in facts.measures.licenses.rows]
    words = (
        f"An offer (ODRL) for each licence: {', '.join(names) or 'none'}. Which document is under which is its column."
    )
    return said(words, Origin.STATISTICS).and_(answers.licenses(facts)).to("usageInfo", "Conditions of use")


def _files(facts: Facts) -> list[Field]:
    names = ", ".join(name for name, _ in described(facts))
    files = said(f"{EXPORTED} of the Parquet export, or {DATA_PATTERN} of the Hugging Face layout.")
    return [
        files.to("distribution", "Files"),
        said(f"documents: {names}.", Origin.CONTROL).to("recordSet", "Fields of a record"),
    ]


def described(facts: Facts) -> list[tuple[str, str]]:
    """Return the columns that both exports hold alike, with Croissant's types."""
    return [(name, _TYPES[kind]) for name, kind in facts.columns if kind in _TYPES]


def _licenses(facts: Facts) -> list[str]:
    """Return the addresses of the documents' licences; what is no licence that SPDX knows stands as it is."""
    names = [str(row[0]) for row in facts.measures.licenses.rows]
    return sorted({one for name in names for one in (map(address, effective(name)) if effective(name) else [name])})


def _languages(facts: Facts) -> list[str]:
    return sorted(str(row[0]) for row in facts.measures.languages.rows if row[0] not in ("unknown", "und"))


def _file_set() -> Mapping[str, Json]:
    return {
        "@type": "cr:FileSet",
        "@id": "files",
        "name": "files",
        "description": "The documents, in order of doc_id.",
        "encodingFormat": "application/x-parquet",
        "includes": [EXPORTED, DATA_PATTERN],
    }


def _record_set(facts: Facts) -> Mapping[str, Json]:
    fields: list[Json] = [
        {
            "@type": "cr:Field",
            "@id": f"documents/{name}",
            "name": f"documents/{name}",
            "description": f"The column {name}.",
            "dataType": kind,
            "source": {"fileSet": {"@id": "files"}, "extract": {"column": name}},
        }
        for name, kind in described(facts)
    ]
    key: Json = {"@id": "documents/doc_id"}
    words = "One record for each document of the version."
    return {
        "@type": "cr:RecordSet",
        "@id": "documents",
        "name": "documents",
        "description": words,
        "key": key,
        "field": fields,
    }
