"""The dataset card of the Hugging Face Hub: YAML front matter, and the sections of its template.

Metadata: https://huggingface.co/docs/hub/datasets-cards. ``corpushub export --as hf`` writes this very card.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import orjson

from corpushub.papers import answers
from corpushub.papers.facts import Facts
from corpushub.papers.fields import Answer, Origin, Section, said, section
from corpushub.printable import json_printable
from lineage.questions.hugging_face import DATA_PATTERN

TITLE: Final = "Dataset card"
SOURCE: Final = "Dataset card of the Hugging Face Hub, template of huggingface_hub, as of October 2026"

UNKNOWN: Final = "unknown"

_SIZES = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")

_LICENSES = """
    apache-2.0 mit cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0
    cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0
    cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 eupl-1.1
    eupl-1.2 agpl-3.0 gfdl gpl-2.0 gpl-3.0 lgpl-2.1 lgpl-3.0 isc bsd-2-clause bsd-3-clause bsd-3-clause-clear
    bsl-1.0 mpl-2.0 ms-pl ncsa ofl-1.1 osl-3.0 postgresql unlicense zlib pddl artistic-2.0 afl-3.0 lppl-1.3c odbl
    odc-by
"""

LICENSES = frozenset(_LICENSES.split())
"""Identifiers that the hub knows; everything else is written as "other"."""

_SPELLED = {
    "pddl-1.0": "pddl",
    "odbl-1.0": "odbl",
    "odc-by-1.0": "odc-by",
    "gfdl-1.3": "gfdl",
    "unknown": "unknown",
}


def sections(facts: Facts) -> tuple[Section, ...]:
    """Return the sections of the template."""
    asked = {
        "Dataset Details": [
            facts.prose("description").and_(answers.size(facts)).to("", "Dataset Description"),
            facts.prose("issuer").to("", "Curated by"),
            answers.languages(facts).to("", "Languages"),
            answers.licenses(facts).to("", "License"),
            answers.provenance(facts).to("", "Dataset Sources"),
        ],
        "Uses": [
            facts.prose("intended_uses").to("", "Direct Use"),
            facts.prose("out_of_scope").to("", "Out-of-Scope Use"),
        ],
        "Dataset Structure": [said(_structure(facts)).to("", "Columns and splits")],
        "Dataset Creation": [
            facts.prose("motivation").to("", "Curation Rationale"),
            facts.prose("collection").and_(answers.sources(facts)).to("", "Data Collection and Processing"),
            answers.processing(facts).to("", "Filtering"),
            answers.owners(facts).to("", "Who are the source data producers?"),
            facts.prose("annotators").to("", "Annotations"),
            answers.declared_personal(facts).and_(answers.personal(facts)).to("", "Personal and Sensitive Information"),
        ],
        "Bias, Risks, and Limitations": [
            facts.prose("biases").to("", "Biases"),
            facts.prose("limitations").to("", "Limitations"),
            facts.not_done.to("", "Not done"),
            said(_COPY).to("", "Recommendations"),
        ],
        "Citation": [_cite(facts).to("", "How to cite it")],
        "Dataset Card Contact": [facts.prose("contact").to("", "Contact")],
    }
    return tuple(section("", name, fields) for name, fields in asked.items())


_COPY: Final = (
    "The licence of each document is in the column license. This is a copy: what is erased from the hub later is not "
    "erased here. Ask the hub, and replace the copy."
)


def front_matter(facts: Facts) -> str:
    """Return the metadata that the Hub reads, between two rules."""
    numbers = facts.measures
    languages = sorted(_names(numbers.languages.rows) - {UNKNOWN, "und"})
    licenses = license_ids(_names(numbers.licenses.rows))
    several = "multilingual" if len(languages) > 1 else "monolingual"
    lines = ["---", f"pretty_name: {_quoted(facts.title)}"]
    lines += _listed("license", licenses) + _listed("language", languages)
    lines += _listed("multilinguality", [several] if languages else [])
    lines += _listed("size_categories", [size_category(numbers.documents.number)])
    lines += _listed("task_categories", ["text-generation"]) + _listed("annotations_creators", ["no-annotation"])
    lines += _listed("tags", ["corpushub", "croissant"])
    if numbers.documents.number:
        lines += ["configs:", "- config_name: default", "  data_files:", "  - split: train"]
        lines += [f"    path: {_quoted(DATA_PATTERN)}"]
    return "\n".join([*lines, "---", ""])


def _names(rows: Iterable[Sequence[object]]) -> set[str]:
    return {str(row[0]) for row in rows}


def _structure(facts: Facts) -> str:
    names = ", ".join(name for name, _ in facts.columns)
    return f"One split, train, in {DATA_PATTERN}; a row for each document, with the columns {names}."


def _cite(facts: Facts) -> Answer:
    doi = f", https://doi.org/{facts.documentation.doi}" if facts.documentation.doi else ""
    return said(f"{facts.title}, {facts.name}, manifest root {facts.version.manifest_root}{doi}.", Origin.CONTROL)


def size_category(documents: int) -> str:
    """Return the hub's size category of *documents* rows."""
    bounds = [10 ** (3 + place) for place in range(len(_SIZES))]
    for place, bound in enumerate(bounds):
        if documents < bound:
            return f"n<{_SIZES[0]}" if place == 0 else f"{_SIZES[place - 1]}<n<{_SIZES[place]}"
    return f"n>{_SIZES[-1]}"


def license_ids(licenses: Iterable[str]) -> list[str]:
    """Return the Hub's identifiers for SPDX expressions, each once, sorted; "other" where it has none."""
    return sorted(set(map(_license_id, licenses)))


def _license_id(name: str) -> str:
    lower = name.lower().removesuffix("-only").removesuffix("-or-later")
    lower = _SPELLED.get(lower, lower)
    return lower if lower in LICENSES or lower == UNKNOWN else "other"


def _listed(key: str, values: list[str]) -> list[str]:
    """Return a YAML list; its values quoted, since "no" is a language and not a truth value."""
    return [f"{key}:", *[f"- {_quoted(value)}" for value in values]] if values else []


def _quoted(text: str) -> str:
    """Return *text* as a YAML string: every JSON string is one (YAML 1.2, section 1.3), in printable characters."""
    return json_printable(orjson.dumps(text).decode())
