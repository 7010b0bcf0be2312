"""The register of exports: which version left the hub, when, to whom and what for, as far as somebody said.

An erasure cannot reach what has left. So it names the exports that hold what it erases: those of a version as it was
then or earlier, by the manifest roots that its revisions have left behind.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from lineage.hub.database import Database, Row, insert, rows


@dataclass(frozen=True, slots=True)
class Handed:
    """To whom an export goes.

    Attributes:
        recipient: who gets it, as people call an institution; None where nobody says.
        purpose: what for: "train"; likewise.
    """

    recipient: str | None = None
    purpose: str | None = None


WITHOUT_DOCUMENTS = "prov"
"""The form of exports that hold no documents."""


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """An export that left the hub.

    Attributes:
        version: NAME@vN.
        manifest_root: the digest of its files as they were then.
        form: jsonl, parquet, hf or prov.
        documents: how many it holds.
        created: when, RFC 3339 in UTC.
        recipient: to whom it went; null where nobody said.
        purpose: what for; likewise.
    """

    version: str
    manifest_root: str
    form: str
    documents: int
    created: str
    recipient: str | None
    purpose: str | None


def put_export(db: Database, dataset: str, number: int, record: ExportRecord) -> None:
    """Register an export of version *number* of *dataset*."""
    row = {name: value for name, value in asdict(record).items() if name != "version"}
    with db.begin() as connection:
        insert(connection, "exports", [{**row, "id": secrets.token_hex(8), "dataset": dataset, "number": number}])


def list_exports(db: Database, dataset: str | None = None) -> tuple[ExportRecord, ...]:
    """Return the exports of *dataset*, or all, the newest first."""
    where, values = ("", {}) if dataset is None else (" WHERE dataset = :dataset", {"dataset": dataset})
    return tuple(map(_record, rows(db, f"SELECT * FROM exports{where} ORDER BY created DESC, id", **values)))


def exports_of_erasure(db: Database, receipt: str) -> tuple[ExportRecord, ...]:
    """Return the exports that hold documents which the erasure *receipt* took out of versions, oldest first."""
    query = """
        SELECT exports.* FROM exports JOIN revisions AS made
        ON made.dataset = exports.dataset AND made.number = exports.number
        WHERE made.receipt = :receipt AND made.documents > 0 AND exports.form != :without AND EXISTS (
            SELECT 1 FROM revisions AS earlier
            WHERE earlier.dataset = exports.dataset AND earlier.number = exports.number
            AND earlier.revision <= made.revision AND earlier.old_root = exports.manifest_root
        ) ORDER BY exports.created, exports.id"""
    return tuple(map(_record, rows(db, query, receipt=receipt, without=WITHOUT_DOCUMENTS)))


def exports_of_version(db: Database, dataset: str, number: int) -> tuple[ExportRecord, ...]:
    """Return the exports of a version, as it is or was, that hold documents, oldest first."""
    query = (
        "SELECT * FROM exports WHERE dataset = :dataset AND number = :number AND form != :without ORDER BY created, id"
    )
    return tuple(map(_record, rows(db, query, dataset=dataset, number=number, without=WITHOUT_DOCUMENTS)))


def _record(row: Row) -> ExportRecord:
    kept: Mapping[str, object] = {name: row[name] for name in ExportRecord.__dataclass_fields__ if name != "version"}
    return ExportRecord(version=f"{row['dataset']}@v{row['number']}", **kept)  # type: ignore[arg-type]
