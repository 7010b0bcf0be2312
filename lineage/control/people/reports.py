"""What people report of documents, as the control database has it: in words from which personal data was taken.

An erasure forgets which document a report was about, if that is erased, and words that speak of who is.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlalchemy import Connection

from lineage.control.people.requests import digest_of
from lineage.errors import UnknownRequest
from lineage.hub.database import Database, insert, rows, update


class Problem(StrEnum):
    """What may be wrong with a document."""

    LICENSE = "license"
    PERSONAL_DATA = "personal-data"
    HARMFUL = "harmful"
    POISONED = "poisoned"
    LANGUAGE = "language"
    OTHER = "other"


ERASED: Final = "the document was erased"
"""The answer to a report whose document an erasure took out."""


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """A report; see schema.REPORTS."""

    receipt: str
    version: str
    doc_id: str | None
    problem: str
    words: str | None
    created: str
    closed: str | None = None
    answer: str | None = None
    number: int = 0


def record_report(db: Database, report: ReportRecord) -> int:
    """Record a new *report*, and return its number; once this returns no crash loses it."""
    with db.begin() as connection:
        insert(connection, "reports", [{k: v for k, v in asdict(report).items() if k != "number"}])
        return _one(connection, "receipt = :it", report.receipt).number


def get_report(db: Database, number: int) -> ReportRecord:
    """Return the report of that number; UnknownRequest if there is none."""
    return _one(db, "number = :it", number)


def find_report(db: Database, receipt: str) -> ReportRecord:
    """Return the report whose receipt somebody shows; UnknownRequest if there is none."""
    return _one(db, "receipt = :it", digest_of(receipt))


def list_reports(db: Database, *, every: bool = False) -> list[ReportRecord]:
    """Return the reports that are open, or with *every* all of them, the oldest first."""
    query = "SELECT * FROM reports" + ("" if every else " WHERE closed IS NULL") + " ORDER BY number"
    return [ReportRecord(**row) for row in rows(db, query)]


def close_report(db: Database, number: int, closed: str, answer: str) -> ReportRecord | None:
    """Record that report *number* was answered, and since when; None, with nothing changed, if it was before."""
    with db.begin() as connection:
        update(connection, "reports", {"number": number}, number=number)  # from here on others wait
        if _one(connection, "number = :it", number).closed:
            return None
        update(connection, "reports", {"closed": closed, "answer": answer}, number=number)
        return _one(connection, "number = :it", number)


def forget_reported(connection: Connection, doc_ids: Set[str], speaks: Callable[[str], bool], moment: str) -> None:
    """Forget which of *doc_ids* reports were about, and words that *speaks* says are of who is erased.

    Reports of erased documents that are open are answered by that.
    """
    for row in rows(connection, "SELECT * FROM reports"):
        one = ReportRecord(**row)
        gone = one.doc_id in doc_ids
        if gone:
            update(connection, "reports", {"doc_id": None}, number=one.number)
        if gone and not one.closed:
            update(connection, "reports", {"closed": moment, "answer": ERASED}, number=one.number)
        if one.words and (gone or speaks(one.words)):
            update(connection, "reports", {"words": None}, number=one.number)


def _one(source: Database | Connection, condition: str, it: str | int) -> ReportRecord:
    found = rows(source, f"SELECT * FROM reports WHERE {condition}", it=it)
    if not found:
        raise UnknownRequest("there is no such report; check the receipt, or the number: `corpushub reports list`")
    return ReportRecord(**found[0])
