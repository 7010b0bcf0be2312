"""The formats of papers: what each is made of, and the files that it is written as."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Final

import pyarrow as pa

from corpushub.papers import render
from corpushub.papers.facts import Facts
from corpushub.papers.fields import Field, Json, Paper, Section
from corpushub.papers.forms import ab2013, art30, data_statement, datasheet, dta, eu_ai_act, gpai_copyright
from corpushub.papers.linked import croissant, hugging_face, spdx
from corpushub.text.csv_file import write_csv

ALL: Final = "all"
ATTRIBUTION: Final = "attribution"
"""The list of whom to name for which document: no paper of fields, and the only one that looks at each document."""

DOMAINS: Final = "eu-ai-act-domains.csv"
"""The list that section 2.3 of the public summary may give as a file."""

Files = Mapping[str, str]
"""Texts by the names of their files; the first is the one that is printed."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format.

    Attributes:
        title: what a paper in it is called.
        source: what it follows, and the date of that.
        sections: answers its fields.
        write: makes its files.
    """

    title: str
    source: str
    sections: Callable[[Facts], tuple[Section, ...]]
    write: Callable[[Facts, Paper], Files]


def paper_of(name: str, facts: Facts) -> Paper:
    """Return the paper in the format *name*, one of FORMATS."""
    made, version = FORMATS[name], facts.version
    head = (version.name, facts.revision, version.manifest_root, version.created)
    return Paper(name, made.title, made.source, *head, made.sections(facts))


def _as_form(facts: Facts, paper: Paper) -> Files:
    """Return a form for people: Markdown, HTML, and JSON."""
    stem = paper.format
    forms = {"md": render.markdown, "html": render.html, "json": render.as_json}
    return {f"{stem}.{ending}": form(paper) for ending, form in forms.items()}


def _as_summary(facts: Facts, paper: Paper) -> Files:
    """Return the public summary, with the list of domains as a file where there is an own crawl."""
    files = _as_form(facts, paper)
    return {**files, DOMAINS: _domains(facts)} if facts.acquired("own-crawl") else files


def _domains(facts: Facts) -> str:
    """Return the domains of own crawls by bytes as CSV; the last column says which a small provider may leave it at."""
    names = ("source", "rank", "domain", "documents", "bytes", "small_provider")
    batches = []
    for crawl in eu_ai_act.crawls(facts):
        short = len(eu_ai_act.listed_domains(crawl, small=True).rows)
        rows = [
            (crawl.source, rank, *row, "yes" if rank <= short else "no")
            for rank, row in enumerate(eu_ai_act.listed_domains(crawl).rows, 1)
        ]
        batches += [pa.record_batch([*map(pa.array, zip(*rows, strict=True))], names)] if rows else []
    text = io.StringIO()
    write_csv(names, batches, text)
    return text.getvalue()


def _as_card(facts: Facts, paper: Paper) -> Files:
    return {"README.md": hugging_face.front_matter(facts) + "\n" + render.markdown(paper)}


def _as_document(module: ModuleType, name: str) -> Callable[[Facts, Paper], Files]:
    document: Callable[[Facts, Mapping[str, Field]], Mapping[str, Json]] = module.document

    def write(facts: Facts, paper: Paper) -> Files:
        return {name: render.dumped(document(facts, {field.id: field for field in paper.fields}))}

    return write


def _format(module: ModuleType, write: Callable[[Facts, Paper], Files] = _as_form) -> Format:
    return Format(module.TITLE, module.SOURCE, module.sections, write)


FORMATS: Final[Mapping[str, Format]] = {
    "datasheet": _format(datasheet),
    "data-statement": _format(data_statement),
    "croissant": _format(croissant, _as_document(croissant, "croissant.json")),
    "hf": _format(hugging_face, _as_card),
    "eu-ai-act": _format(eu_ai_act, _as_summary),
    "ab2013": _format(ab2013),
    "gpai-copyright": _format(gpai_copyright),
    "spdx": _format(spdx, _as_document(spdx, "dataset.spdx.json")),
    "dta": _format(dta),
    "art30": _format(art30),
}
"""The formats, by the name that ``--as`` takes."""

NAMES: Final = (*FORMATS, ATTRIBUTION, ALL)


def named(name: str) -> Iterator[str]:
    """Yield the formats of FORMATS that *name* means: itself, or every one."""
    yield from FORMATS if name == ALL else [name] if name in FORMATS else []
