"""The front door of corpushub: the Python face, the command line, and whoever runs a recipe.

import corpushub

with corpushub.open() as hub:
    hub.run("recipe.toml")
    version = hub.version("web-sample")
    version.documents().head(5)
    print(hub.trace("web-sample@v1#0f3c..."))
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from connectors.errors import BadOption, ConnectorError, MissingSource, UnreadableSource
from corpushub.errors import (
    BadFileName,
    BadRequest,
    HubError,
    NothingKept,
    RecipeError,
    ReportNotWritten,
    RunFailed,
    Suppressed,
    TooManyFailed,
    WrongDigest,
)
from corpushub.face.files import (
    evidence_files,
    judge_cases,
    make_example,
    recipe_schema,
    scan_files,
    scan_records,
    verify_bundle,
    verify_growth,
    warm,
)
from corpushub.face.hub import Hub
from corpushub.face.version import Document, Version
from corpushub.running.stage_progress import StageProgress
from lineage.errors import (
    AmbiguousReference,
    BadReference,
    Candidate,
    DamagedFile,
    DatasetBusy,
    ErasureError,
    ExportError,
    HomeError,
    LineageError,
    MissingLibrary,
    ProofError,
    QueryError,
    UnknownReference,
    VersionPinned,
    VersionRetired,
)
from pipelines.errors import PipelineError, PluginError, ShardsFailed
from policies.errors import InvalidPolicy, MissingKey, MissingPolicy, PolicyError

ERRORS: Final = (ConnectorError, PolicyError, LineageError, PipelineError, HubError)
"""The roots of all that a call may raise on purpose; each message says what stayed unchanged and what to do."""

__all__ = [
    "ERRORS",
    "AmbiguousReference",
    "BadFileName",
    "BadOption",
    "BadReference",
    "BadRequest",
    "Candidate",
    "ConnectorError",
    "DamagedFile",
    "DatasetBusy",
    "Document",
    "ErasureError",
    "ExportError",
    "HomeError",
    "Hub",
    "HubError",
    "InvalidPolicy",
    "LineageError",
    "MissingKey",
    "MissingLibrary",
    "MissingPolicy",
    "MissingSource",
    "NothingKept",
    "PipelineError",
    "PluginError",
    "PolicyError",
    "ProofError",
    "QueryError",
    "RecipeError",
    "ReportNotWritten",
    "RunFailed",
    "ShardsFailed",
    "StageProgress",
    "Suppressed",
    "TooManyFailed",
    "UnknownReference",
    "UnreadableSource",
    "Version",
    "VersionPinned",
    "VersionRetired",
    "WrongDigest",
    "evidence_files",
    "judge_cases",
    "make_example",
    "open",
    "recipe_schema",
    "scan_files",
    "scan_records",
    "verify_bundle",
    "verify_growth",
    "warm",
]


def open(path: str | Path | None = None) -> Hub:
    """Return the hub at *path*, else at CORPUSHUB_HOME, else in ``.corpushub`` of the current folder.

    Nothing is opened or made before something is asked: a hub that is not there is told then, and made by ``run``.
    """
    return Hub.locate(path)
