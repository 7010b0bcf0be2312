"""What an audit writes beside its answer: a page to print and sign, and the list of whom to name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import IO, Any

import orjson
import pyarrow as pa

from corpushub.audit.answer import Audit
from corpushub.audit.page import PRINTED, page
from corpushub.audit.report import judge, policy_of
from corpushub.errors import BadFileName
from corpushub.text.csv_file import write_csv
from corpushub.text.report_files import open_report
from lineage.control.versions import Version, get_version
from lineage.hub import Hub
from lineage.questions.documents.population import population
from lineage.references import parse_version
from policies.rules.review import attributed

Batches = Iterable[pa.RecordBatch]

COLUMNS = ("title", "author", "uri", "license", "license_url", "changes", "source", "doc_id")
"""What an attribution list says of each document (CC BY 4.0, section 3(a)): null where nobody knows."""


def check_names(attribution: Path | None) -> None:
    """Refuse a name of the attribution list whose ending names no form.

    Raises:
        BadFileName: it ends in none of FORMS.
    """
    if attribution is not None and attribution.suffix not in FORMS:
        forms = ", ".join(FORMS)
        raise BadFileName(f"cannot write {attribution}: --attribution takes a name that ends in {forms}")


def write_files(
    hub: Hub, report: Audit, html: Path | None, attribution: Path | None, policy_file: Path | None = None
) -> None:
    """Write the page to *html* and the list to *attribution*, where they are named; each whole or not at all.

    *policy_file* is what the report judged by.

    Raises:
        ReportNotWritten: a file cannot be written.
    """
    if html is not None:
        with open_report(html) as file:
            file.write(page(report))
    if attribution is not None:
        with open_report(attribution) as file:
            FORMS[attribution.suffix](_attributions(hub, report, policy_file), file)


def write_attribution(hub: Hub, version: Version, file: IO[str]) -> None:
    """Write whom to name for which document of *version*, whatever any policy allows, as CSV into *file*.

    Raises:
        VersionRetired: its files were removed.
        DamagedFile: a data file is missing or unreadable.
    """
    licenses = attributed(name for name, count in version.licenses.items() if count and name != "unknown")
    if not licenses:
        _csv((), file)
        return
    with population(hub, version) as documents:
        groups = documents.groups(["license"])
        documents.answer(["license"], groups, pa.nulls(len(groups), pa.int64()))
        _csv(documents.attributions(licenses), file)


def _attributions(hub: Hub, report: Audit, policy_file: Path | None) -> Batches:
    """Yield what is to be said of each document that the policy allows and whose licence asks for it, by doc_id."""
    version = get_version(hub.db, parse_version(report.version))
    licenses = attributed(row.license for row in report.licenses if row.license != "unknown")
    if not licenses:
        return
    with population(hub, version) as documents:
        judge(hub, version, policy_of(policy_file), documents)
        yield from documents.attributions(licenses)


def _csv(batches: Batches, file: IO[str]) -> None:
    write_csv(COLUMNS, batches, file)


def _json(batches: Batches, file: IO[str]) -> None:
    """Write one array, an object in each line."""
    before = "[\n"
    for row in _rows(batches):
        file.write(before + orjson.dumps({name: row[name] for name in COLUMNS}).decode())
        before = ",\n"
    file.write("\n]\n" if before == ",\n" else "[]\n")


def _rows(batches: Batches) -> Iterator[Mapping[str, Any]]:
    return (row for batch in batches for row in batch.to_pylist())


def _html(batches: Batches, file: IO[str]) -> None:
    heads = "".join(f"<th>{name}</th>" for name in COLUMNS)
    file.write("<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n<title>Attribution</title>\n")
    file.write(f"<style>{PRINTED}</style>\n<h1>Attribution</h1>\n<table><thead><tr>{heads}</tr></thead>\n")
    for row in _rows(batches):
        cells = "".join(f"<td>{escape(str(row[name] or ''))}</td>" for name in COLUMNS)
        file.write(f"<tr>{cells}</tr>\n")
    file.write("</table>\n")


FORMS: dict[str, Callable[[Batches, IO[str]], None]] = {".csv": _csv, ".json": _json, ".html": _html}
"""What an attribution list can be written as, by the ending of the file's name."""
