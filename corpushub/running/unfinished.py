"""What crashed commands left unfinished, and how the next command ends it."""

from __future__ import annotations

from dataclasses import dataclass

from corpushub.running.rewriters import rewriters_for
from lineage.control.erasures import Unsearched
from lineage.control.people.exports import ExportRecord
from lineage.control.under_way import GATE
from lineage.control.versions import VersionCount
from lineage.erasure.erase import Erased, resume
from lineage.erasure.search import Remains
from lineage.hub import Hub
from pipelines.execution.executor import Execution


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """A document that an erasure would erase.

    Attributes:
        dataset: where it is.
        doc_id: its id.
    """

    dataset: str
    doc_id: str


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What an erasure did, or would do.

    Attributes:
        receipt: receipt:ID; null if nothing was done.
        matched: documents of the subjects, kept or dropped.
        versions: those that hold any, or held some.
        verified: whether nothing of the subjects was found afterwards; null if nothing was done.
        documents: what would be erased; empty once it is.
        unsearched: what was not looked for.
        remains: what was found afterwards.
        exports: those that hold any of it, oldest first: whoever has them must be told.
    """

    receipt: str | None
    matched: int
    versions: tuple[VersionCount, ...]
    verified: bool | None
    documents: tuple[FoundDocument, ...]
    unsearched: tuple[Unsearched, ...]
    remains: tuple[Remains, ...]
    exports: tuple[ExportRecord, ...]


@dataclass(frozen=True, slots=True)
class FinishedErasures:
    """The erasures that were interrupted and are finished now.

    Attributes:
        finished: what each did, none if nothing was unfinished.
    """

    finished: tuple[ErasureReport, ...]


def finish(hub: Hub, execution: Execution | None = None) -> FinishedErasures:
    """Finish the erasures of *hub* that were interrupted, if there are any."""
    with rewriters_for(hub.home, GATE, execution or Execution()) as rewriters:
        return FinishedErasures(tuple(erasure_report(one) for one in resume(hub, rewriters)))


def erasure_report(erased: Erased) -> ErasureReport:
    """Return what is told of *erased*."""
    return ErasureReport(
        receipt=erased.receipt,
        matched=erased.matched,
        versions=tuple(VersionCount(one.version, one.documents) for one in erased.versions),
        verified=erased.verified,
        documents=(),
        unsearched=erased.unsearched,
        remains=erased.remains,
        exports=erased.exports,
    )
