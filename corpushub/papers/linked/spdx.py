"""SPDX 3.0.1 with the dataset profile (Linux Foundation, 17 December 2024), as JSON-LD.

The version is a ``DatasetPackage``; its data files are files that it contains, with the digests of the manifest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from corpushub.papers import answers
from corpushub.papers.facts import Facts
from corpushub.papers.fields import Field, Json, Origin, Section, not_applicable, not_known, said, section, told

TITLE: Final = "SPDX dataset"
SOURCE: Final = "System Package Data Exchange (SPDX) 3.0.1, dataset profile, 17 December 2024"

CONTEXT: Final = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"

_PACKAGE: Final = "dataset_"
_MADE: Final = "_:made"
_MANY: Final = frozenset({"dataset_anonymizationMethodUsed", "dataset_dataPreprocessing", "dataset_knownBias"})
"""Properties of the profile that take several values."""

_TEXTS: Final = (
    "dataset_anonymizationMethodUsed",
    "dataset_dataCollectionProcess",
    "dataset_dataPreprocessing",
    "dataset_datasetNoise",
    "dataset_datasetUpdateMechanism",
    "dataset_intendedUse",
    "dataset_knownBias",
)
"""Properties of the profile whose values are texts; the others are numbers or words of a list."""


def sections(facts: Facts) -> tuple[Section, ...]:
    """Return the properties of the package, those of the dataset profile after the ones it restricts."""
    return (section("", "Package", _package(facts)), section("", "Dataset profile", _profile(facts)))


def document(facts: Facts, fields: Mapping[str, Field]) -> Mapping[str, Json]:
    """Return the JSON-LD document; texts are those of *fields*, by id."""
    elements = list(_elements(facts, fields))
    made: Json = {
        "type": "CreationInfo",
        "@id": _MADE,
        "specVersion": "3.0.1",
        "created": _time(facts.version.created),
        "createdBy": [_id(facts, "agent")],
    }
    whole: Json = {
        **_element(facts, "SpdxDocument", "document"),
        "name": facts.name,
        "profileConformance": ["core", "software", "dataset", "simpleLicensing"],
        "dataLicense": _id(facts, "data-license"),
        "rootElement": [_id(facts, "dataset")],
        "element": [str(one["spdxId"]) for one in elements],
    }
    return {"@context": CONTEXT, "@graph": [made, *elements, whole]}


def _elements(facts: Facts, fields: Mapping[str, Field]) -> Iterator[Mapping[str, Json]]:
    yield {**_element(facts, "Organization", "agent"), "name": fields["originatedBy"].text}
    yield _dataset(facts, fields)
    yield from _licenses(facts)
    files = [f"file/{file.sha256}" for file in facts.files]
    for name, file in zip(files, facts.files, strict=True):
        yield {
            **_element(facts, "software_File", name),
            "name": file.path.rpartition("/")[2],
            "contentType": "application/vnd.apache.parquet",
            "software_primaryPurpose": "data",
            "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": file.sha256}],
        }
    if files:
        yield _relation(facts, "contains", files)


def _dataset(facts: Facts, fields: Mapping[str, Field]) -> Mapping[str, Json]:
    texts = {name: fields[name].line for name in _TEXTS}
    made = _time(facts.version.created)
    return {
        **_element(facts, "dataset_DatasetPackage", "dataset"),
        "name": facts.version.dataset,
        "summary": fields["summary"].text,
        "description": fields["description"].text,
        "builtTime": made,
        "releaseTime": made,
        "originatedBy": [_id(facts, "agent")],
        "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": facts.version.manifest_root}],
        "software_packageVersion": f"{facts.version.number}.{facts.revision}",
        "software_downloadLocation": fields["software_downloadLocation"].text,
        "software_primaryPurpose": "data",
        "dataset_datasetType": ["text"],
        "dataset_datasetSize": facts.measures.bytes.number,
        "dataset_hasSensitivePersonalInformation": "noAssertion",
        **{name: [text] if name in _MANY else text for name, text in texts.items()},
    }


def _licenses(facts: Facts) -> Iterator[Mapping[str, Json]]:
    """Yield the licences of documents that an expression tells, as declared ones, and that of this document."""
    yield {
        **_element(facts, "simplelicensing_LicenseExpression", "data-license"),
        "simplelicensing_licenseExpression": "CC0-1.0",
    }
    names = sorted(str(row[0]) for row in facts.measures.licenses.rows if row[0] != "unknown")
    ids = [f"license/{place}" for place, _ in enumerate(names)]
    for id, name in zip(ids, names, strict=True):
        expression = {"simplelicensing_licenseExpression": name}
        yield {**_element(facts, "simplelicensing_LicenseExpression", id), **expression}
    if ids:
        yield _relation(facts, "hasDeclaredLicense", ids)


def _relation(facts: Facts, kind: str, to: Sequence[str]) -> Mapping[str, Json]:
    return {
        **_element(facts, "Relationship", f"relation/{kind}"),
        "from": _id(facts, "dataset"),
        "relationshipType": kind,
        "to": [_id(facts, one) for one in to],
    }


def _element(facts: Facts, kind: str, name: str) -> Mapping[str, Json]:
    return {"type": kind, "spdxId": _id(facts, name), "creationInfo": _MADE}


def _id(facts: Facts, name: str) -> str:
    return f"urn:corpushub:{facts.name}:{name}"


def _time(text: str) -> str:
    """Return an RFC 3339 time in UTC as SPDX writes it, without a fraction of a second."""
    return text[:19] + "Z"


def _package(facts: Facts) -> list[Field]:
    doi = facts.documentation.doi
    place = said(f"https://doi.org/{doi}", Origin.DOCUMENTATION) if doi else said(_id(facts, "export"), Origin.CONTROL)
    return [
        said(facts.title, Origin.DOCUMENTATION, Origin.CONTROL).to("summary", "Title"),
        facts.prose("description").to("description", "Description"),
        said(_time(facts.version.created), Origin.CONTROL).to("builtTime", "Made"),
        said(_time(facts.version.created), Origin.CONTROL).to("releaseTime", "Released into the hub"),
        facts.prose("issuer").to("originatedBy", "Issuer"),
        place.to("software_downloadLocation", "Where it is"),
        said("data").to("software_primaryPurpose", "Purpose"),
        said(facts.version.manifest_root, Origin.CONTROL).to("verifiedUsing", "Manifest root, SHA-256"),
        answers.licenses(facts).to("hasDeclaredLicense", "Licences of documents"),
    ]


def _profile(facts: Facts) -> list[Field]:
    sensitive = not_known("special categories of data are not looked for; the document says noAssertion.")
    fields = {
        "anonymizationMethodUsed": ("Anonymization", answers.personal(facts)),
        "confidentialityLevel": ("Confidentiality", not_known("no level is on record; the document has none.")),
        "dataCollectionProcess": ("Collection", facts.prose("collection").and_(answers.sources(facts))),
        "dataPreprocessing": ("Preprocessing", answers.processing(facts)),
        "datasetAvailability": (
            "Availability",
            not_known("how it can be had is not on record; the document has none."),
        ),
        "datasetNoise": ("Noise", answers.duplicates(facts)),
        "datasetSize": ("Bytes of text", told("{bytes}", bytes=facts.measures.bytes)),
        "datasetType": ("Kind of data", said("text")),
        "datasetUpdateMechanism": ("Updates", facts.prose("maintenance")),
        "hasSensitivePersonalInformation": ("Sensitive personal information", sensitive),
        "intendedUse": ("Intended use", facts.prose("intended_uses")),
        "knownBias": ("Known bias", facts.prose("biases")),
        "sensor": ("Sensors", not_applicable("texts are not measured by sensors.")),
    }
    return [answer.to(_PACKAGE + key, name) for key, (name, answer) in fields.items()]
