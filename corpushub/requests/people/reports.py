"""Reports of documents: taken with a receipt, their words without personal data, and answered by operators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from corpushub.errors import BadRequest
from corpushub.requests.people.asking import Taken, fresh_receipt, require_writable
from corpushub.requests.reread import reread
from lineage.control.people.reports import (
    Problem,
    ReportRecord,
    close_report,
    find_report,
    get_report,
    list_reports,
    record_report,
)
from lineage.control.people.requests import digest_of
from lineage.errors import BadReference, UnknownReference
from lineage.hub import Hub
from lineage.hub.connection import timestamp
from lineage.questions.find import Scope, find_documents
from lineage.references import DocumentRef, parse

MOST_WORDS: Final = 2_000
"""Characters of a report."""


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reported of a document.

    Attributes:
        number: what operators call it.
        document: NAME@vN#DOCID; null once it was erased.
        version: NAME@vN.
        problem: license, personal-data, harmful, poisoned, language or other.
        words: what they said, without personal data; null if nothing.
        created: when, RFC 3339 in UTC.
        closed: since when it is answered; null while it is open.
        answer: that.
    """

    number: int
    document: str | None
    version: str
    problem: str
    words: str | None
    created: str
    closed: str | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class Reports:
    """Reports of documents.

    Attributes:
        reports: those that are open, or all; the oldest first.
    """

    reports: tuple[Report, ...]


def report(hub: Hub, ref: str, problem: str, words: str = "", moment: datetime | None = None) -> Taken:
    """Record that there is a *problem* with document *ref*, and return the receipt to follow it with.

    Raises:
        BadRequest: there is no such problem, or the words, which are not repeated, are too long; nothing was recorded.
        UnknownReference: there is no such document.
        HomeError: the hub may only be read from here.
    """
    if problem not in {*Problem}:
        raise BadRequest(f"nothing was recorded: say whether it is one of {', '.join(Problem)}")
    if len(words) > MOST_WORDS or not _is_text(words):
        raise BadRequest(f"nothing was recorded: say it in {MOST_WORDS:,} characters of text")
    require_writable(hub)
    document = document_of(hub, ref)
    receipt = fresh_receipt()
    record = ReportRecord(
        receipt=digest_of(receipt),
        version=str(document.version),
        doc_id=document.doc_id,
        problem=problem,
        words=without_persons(words.strip()) or None,
        created=timestamp(moment or datetime.now(UTC)),
    )
    return Taken(receipt, record_report(hub.db, record))


def document_of(hub: Hub, ref: str) -> DocumentRef:
    """Return the document that *ref*, NAME@vN#DOCID, names; UnknownReference if its version never met it."""
    target = parse(ref)
    if not isinstance(target, DocumentRef) or target.version.number is None:
        raise BadReference("that is not a document of a version; nothing was recorded; write NAME@v3#DOCID")
    found = reread(hub, lambda: find_documents(hub, target.version, [target.doc_id], Scope(limit=1)))
    if not found.matches:
        raise UnknownReference(f"{target.version} never met such a document; nothing was recorded")
    return target


def _is_text(words: str) -> bool:
    """Tell whether the control database takes *words* as a text: no null character, no half of a surrogate pair."""
    return not any(one == "\0" or "\ud800" <= one <= "\udfff" for one in words)


def without_persons(words: str) -> str:
    """Return *words* with labels in the place of personal data, names in English included.

    Raises:
        BadRequest: the search for personal data did not come to its end; nothing was recorded.
    """
    if not words:
        return ""
    import pyarrow as pa

    from policies.pii.scrubber import Scrubber  # recognizers, which take seconds to import

    scrubber = Scrubber(names=True, reserved_mail=True)
    (text,) = scrubber.scrub(pa.array([words], pa.string()), pa.array(["en"], pa.string())).text.to_pylist()
    if text is None:
        raise BadRequest("nothing was recorded: what you wrote could not be searched for personal data; say it shorter")
    return str(text)


def report_by_receipt(hub: Hub, receipt: str) -> Report:
    """Return the report whose *receipt* somebody shows; UnknownRequest if there is none."""
    return _told(find_report(hub.db, receipt))


def show_report(hub: Hub, number: int) -> Report:
    """Return the report of that number; UnknownRequest if there is none."""
    return _told(get_report(hub.db, number))


def reports(hub: Hub, *, every: bool = False) -> Reports:
    """Return the reports that are open, or with *every* all of them."""
    return Reports(tuple(map(_told, list_reports(hub.db, every=every))))


def close(hub: Hub, number: int, answer: str, moment: datetime | None = None) -> Report:
    """Record the *answer* to report *number*, which whoever has its receipt is shown.

    Raises:
        BadRequest: there is no answer, or it was closed before.
        UnknownRequest: there is none of that number.
    """
    get_report(hub.db, number)
    if not answer.strip():
        raise BadRequest(f"say what was done, or why nothing is; report {number} is as before; give --answer")
    words = without_persons(answer.strip())
    closed = close_report(hub.db, number, timestamp(moment or datetime.now(UTC)), words)
    if closed is None:
        raise BadRequest(f"report {number} was closed before; it is as before")
    return _told(closed)


def _told(one: ReportRecord) -> Report:
    return Report(
        number=one.number,
        document=f"{one.version}#{one.doc_id}" if one.doc_id else None,
        version=one.version,
        problem=one.problem,
        words=one.words,
        created=one.created,
        closed=one.closed,
        answer=one.answer,
    )
