"""What lineage may raise.

LineageError
├── HomeError              the hub home cannot be used, or a file lies outside its warehouse
│   └── AlteredDatabase    its control database holds views, triggers or the like, which change what it answers
├── UnknownReference       a name, version, run or document that this hub does not hold
│   ├── BadReference       the text is not a reference at all
│   ├── AmbiguousReference several documents are meant; the error lists them
│   └── UnknownRequest     no person's request or report has that receipt or number
├── DatasetBusy            another run holds the dataset
├── CommitError            a version could not be committed; earlier versions are as before
│   ├── CommitConflict     other writers won every try
│   ├── RepeatedRun        the run was committed before, with other files
│   └── SchemaConflict     a signal has another type than in earlier versions
├── DamagedFile            a data file of a version is missing or unreadable
├── ProofError             a version could not be attested or verified; its data are not touched
│   ├── SigningError       the signing key, or a key to verify with, cannot be used
│   ├── LogDamaged         the audit log is not what was signed
│   └── BadBundle          a file is no bundle of proof
├── ErasureError           an erasure cannot be begun
│   └── UnknownReceipt     this hub has no receipt of that id
├── ExportError            the files of an export could not be written
├── VersionPinned          a pinned version cannot be retired
├── VersionRetired         the files of a retired version are gone, or it must be taken back first
├── MissingLibrary         an optional library that a call needs is not installed
├── BadFilter              a condition on documents is none, or does not fit what is asked for
└── QueryError             a question in SQL is wrong, reaches outside its version, or outgrows its bounds
"""

from __future__ import annotations

from dataclasses import dataclass


class LineageError(Exception):
    """Something about the record of what happened failed; each message says what stayed unchanged."""


class HomeError(LineageError):
    """The hub home cannot be used, or a file lies outside its warehouse."""


class AlteredDatabase(HomeError):
    """The control database holds a view, a trigger or the like, by which it answers otherwise than what was written."""


class UnknownReference(LineageError):
    """A name, version, run or document that this hub does not hold."""


class BadReference(UnknownReference):
    """The text is not a reference: NAME, NAME@v3, NAME@v3.1, NAME@v3#DOCID or run:ID."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that an ambiguous reference may mean.

    Attributes:
        ref: the reference that names it alone.
        outcome: kept, dropped or failed.
        reason: why it was not kept.
        uri: where it was captured.
        matched_by: what was compared, as `find` tells it.
    """

    ref: str
    outcome: str
    reason: str | None
    uri: str | None
    matched_by: str | None


class AmbiguousReference(UnknownReference):
    """Several documents are meant, or more than could be listed: *candidates* are the first of them."""

    def __init__(self, message: str, candidates: tuple[Candidate, ...] = ()) -> None:
        super().__init__(message)
        self.candidates = candidates


class UnknownRequest(UnknownReference):
    """No request or report of a person has that receipt or number."""


class DatasetBusy(LineageError):
    """Another run holds the dataset; the message names it."""


class CommitError(LineageError):
    """A version could not be committed; earlier versions are as before."""


class CommitConflict(CommitError):
    """Other writers won every try."""


class RepeatedRun(CommitError):
    """The run was committed before, with other files."""


class SchemaConflict(CommitError):
    """A signal has another type than in earlier versions, and Iceberg cannot widen one to the other."""


class DamagedFile(LineageError):
    """A data file of a version is missing or unreadable."""


class ProofError(LineageError):
    """A version could not be attested or verified; its data are not touched."""


class SigningError(ProofError):
    """The signing key, or a key to verify with, cannot be used."""


class LogDamaged(ProofError):
    """The audit log is not what was signed; nothing was appended."""


class BadBundle(ProofError):
    """A file is no bundle of proof."""


class ErasureError(LineageError):
    """An erasure cannot be begun; nothing was changed."""


class UnknownReceipt(ErasureError):
    """The hub has no receipt of that id."""


class ExportError(LineageError):
    """The files of an export could not be written; nothing appears under the target name."""


class BadFilter(LineageError):
    """A condition on documents is none, or does not fit what is asked for; the message names it."""


class QueryError(LineageError):
    """A question in SQL is wrong, reaches outside its version, or outgrows its bounds; nothing was changed."""


class MissingLibrary(LineageError):
    """An optional library that a call needs is not installed; the message names the extra that brings it."""


class VersionPinned(LineageError):
    """A pinned version cannot be retired; nothing was changed."""


class VersionRetired(LineageError):
    """The files of a retired version are gone, or it must be taken back first; nothing was changed."""
