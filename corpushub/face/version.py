"""A version and its documents, to be read from Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from corpushub.errors import BadRequest
from lineage.references import DocumentRef, VersionRef

if TYPE_CHECKING:
    from corpushub.audit.document_trace import DocumentTrace
    from corpushub.face.arguments import Place
    from corpushub.face.hub import Hub
    from corpushub.papers.papers import Papers
    from lineage.control import versions
    from lineage.questions.reading import VersionReader
    from lineage.questions.show import VersionSummary
    from lineage.statistics.losses import Losses
    from lineage.statistics.model import Statistics
    from lineage.storage.bounds import Bounds

Form = Literal["dataset", "relation", "frame"]
"""pyarrow.dataset.Dataset, duckdb.DuckDBPyRelation or polars.LazyFrame (extra: corpushub[frames])."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a dataset, as it is at its present revision. Nothing is copied or read before it is asked for.

    Attributes:
        hub: the hub that holds it.
        record: what the control database says of it.
    """

    hub: Hub = field(repr=False)
    record: versions.Version = field(repr=False)

    @property
    def name(self) -> str:
        """The version as people write it: NAME@vN."""
        return self.record.name

    def __repr__(self) -> str:
        return f"<Version {self.name}: {self.record.documents:,} documents>"

    @property
    def ref(self) -> VersionRef:
        """The reference that names it."""
        return VersionRef(self.record.dataset, self.record.number)

    def documents(self, form: Form = "dataset", bounds: Bounds | None = None) -> Any:
        """Return its documents as a Dataset, a relation or a frame; *bounds* are those of a relation.

        Raises:
            DamagedFile: a file is missing or is no Parquet.
            MissingLibrary: Polars is not installed.
        """
        return self._table("documents", form, bounds)

    def ledger(self, form: Form = "dataset", bounds: Bounds | None = None) -> Any:
        """Return its ledger, a row for each event of each record ever read; as documents."""
        return self._table("ledger", form, bounds)

    def paths(self, table: Literal["documents", "ledger"] = "documents") -> list[str]:
        """Return where the Parquet files of *table* stand, for any other reader."""
        if table not in ("documents", "ledger"):
            raise BadRequest(f"a version has no table {table!r}; ask for documents or ledger")
        return self._reader().paths(table)

    def show(self) -> VersionSummary:
        """Return what ``corpushub show`` tells of it."""
        return self.hub.show(str(self.ref))

    def statistics(self) -> Statistics:
        """Return what it holds and what was dropped on the way to it, in numbers."""
        return self.hub.statistics(str(self.ref)).statistics

    def losses(self, by: str = "language") -> Losses:
        """Return what ``corpushub losses`` tells of it, by language, source or reason."""
        return self.hub.losses(str(self.ref), by=by)

    def papers(self, form: str, out: Place | None = None) -> Papers:
        """Make papers of it in the format *form*, or all, and write them into the folder *out* if one is given."""
        return self.hub.papers(str(self.ref), form, out)

    def document(self, doc_id: str) -> Document:
        """Return one of its documents, kept or dropped; nothing is looked up yet."""
        return Document(self, doc_id.lower())

    def _reader(self) -> VersionReader:
        from lineage.questions.reading import read_version

        return read_version(self.hub, self.ref)

    def _table(self, table: Literal["documents", "ledger"], form: Form, bounds: Bounds | None) -> Any:
        if form not in get_args(Form):
            raise BadRequest(f"a version has no form {form!r}; ask for one of {', '.join(get_args(Form))}")
        reader = self._reader()
        if form == "relation":
            return reader.relation(table, bounds)
        return reader.frame(table) if form == "frame" else reader.dataset(table)


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a version, by its doc_id.

    Attributes:
        version: the version.
        doc_id: 32 hexadecimal digits.
    """

    version: Version
    doc_id: str

    @property
    def ref(self) -> DocumentRef:
        """The reference that names it: NAME@vN#DOCID."""
        return DocumentRef(self.version.ref, self.doc_id)

    def trace(self, *, evidence: bool = False) -> DocumentTrace:
        """Return where it came from, what was done to it, and why; with *evidence* also what speaks of its rights.

        Raises:
            UnknownReference: the version never met it.
        """
        return self.version.hub.trace_document(str(self.ref), evidence=evidence)

    def row(self) -> dict[str, Any] | None:
        """Return its row of the documents table, text included; None if it was not kept."""
        import pyarrow.dataset as ds

        rows = self.version.documents().to_table(filter=ds.field("doc_id") == self.doc_id).to_pylist()
        return rows[0] if rows else None

    @property
    def text(self) -> str | None:
        """Its text as released; None if it was not kept."""
        row = self.row()
        return None if row is None else row["text"]
