"""A deduplication report as a file: a picture, or a page."""

from __future__ import annotations

from pathlib import Path

from corpushub.errors import BadFileName
from corpushub.papers.dedup_report import page, picture
from corpushub.papers.dedup_report.report import DedupReport
from corpushub.text.report_files import open_report

FORMS = {".svg": picture.draw, ".html": page.page}
"""What a report can be written as, by the ending of the file's name."""


def check_name(path: Path | None) -> None:
    """Refuse a name whose ending names no form.

    Raises:
        BadFileName: it ends in none of FORMS.
    """
    if path is not None and path.suffix not in FORMS:
        raise BadFileName(f"cannot write {path}: --out takes a name that ends in {' or '.join(FORMS)}")


def write(report: DedupReport, path: Path) -> None:
    """Write *report* to *path* in the form of its ending (see FORMS), whole or not at all.

    Raises:
        ReportNotWritten: the file cannot be written.
    """
    with open_report(path) as file:
        file.write(FORMS[path.suffix](report))
