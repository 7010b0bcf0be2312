"""What deduplication did to a version, with the settings it was done with; as an answer, and as a picture or page."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from corpushub.dedup_report import page, picture
from corpushub.errors import ReportNotWritten
from corpushub.recipe.model import Dedup
from lineage.control.runs import get_run
from lineage.control.versions import get_version
from lineage.hub import Hub
from lineage.questions.duplicates import Most, duplicates
from lineage.references import VersionRef

FORMS = {".svg": picture.draw, ".html": page.page}
"""What a report can be written as, by the ending of the file's name."""


def dedup_report(hub: Hub, ref: VersionRef, most: Most) -> dict[str, Any]:
    """Report on *ref* as lineage.questions.duplicates does, with threshold and settings from the recipe of its run.

    Both are null where the recipe has no [dedup] section or is none that this release reads.
    """
    settings = _settings(hub, ref)
    threshold = settings["threshold"] if settings and settings["near"] else None
    return {"threshold": threshold, "settings": settings, **duplicates(hub, ref, threshold, most)}


def _settings(hub: Hub, ref: VersionRef) -> dict[str, Any] | None:
    run = get_run(hub.db, get_version(hub.db, ref).run)
    try:
        section = tomllib.loads(run.recipe).get("dedup")
        return None if section is None else Dedup.model_validate(section).model_dump(mode="json")
    except (tomllib.TOMLDecodeError, ValidationError):
        return None


def write(content: dict[str, Any], path: Path) -> None:
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
