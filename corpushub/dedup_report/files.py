"""A deduplication report as a file: a picture, or a page."""

from __future__ import annotations

import os
from pathlib import Path

from corpushub.dedup_report import page, picture
from corpushub.dedup_report.report import DedupReport
from corpushub.errors import ReportNotWritten

FORMS = {".svg": picture.draw, ".html": page.page}
"""What a report can be written as, by the ending of the file's name."""


def write(content: DedupReport, path: Path) -> None:
    """Write the report *content* to *path* in the form of its ending (see FORMS), whole or not at all.

    Raises:
        ReportNotWritten: the file cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(FORMS[path.suffix](content), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        message = f"cannot write the report to {path}: {error.strerror}; what stood there is unchanged; "
        raise ReportNotWritten(message + "choose another file with --out") from error
    finally:
        partial.unlink(missing_ok=True)
