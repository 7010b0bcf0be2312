"""What is asked of a hub: where a document came from, what a version is, how two of them differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from corpushub.errors import BadRequest
from corpushub.face.arguments import Place, at_least, dataset_of, path_of, some_time
from corpushub.requests.reread import reread
from lineage.hub import Hub
from lineage.references import DocumentRef, VersionRef, parse, parse_version

if TYPE_CHECKING:
    from datetime import datetime

    from corpushub.audit.document_trace import DocumentTrace
    from corpushub.papers.check import PapersCheck
    from corpushub.papers.dedup_report.report import DedupReport
    from corpushub.papers.papers import Explanation, Papers
    from corpushub.requests.documentation import DocumentationReport
    from lineage.control.costs.totals import DatasetEnergy
    from lineage.questions.diff import Asked as Changed
    from lineage.questions.diff import VersionDiff
    from lineage.questions.export import Exported
    from lineage.questions.find import SearchResult
    from lineage.questions.graph import VersionTrace, VersionTraceWithEvents
    from lineage.questions.sql import QueryAnswer
    from lineage.statistics.answers import VersionStatistics
    from lineage.statistics.losses import Losses


class Asked(TypedDict, total=False):
    """What documents are looked for by.

    Attributes:
        url: captured at this URL, however it is spelled; scheme, default port, last slash and fragment may differ.
        host: of this host, or a host below it.
        prefix: whose URL begins so, in normal form, down to the host at least.
        id: with this doc_id, or the source's own id.
        content: with this content_id, or the text of this file.
        text: kept, and their text contains this; and what was dropped as a copy of them.
        similar: like the text of this file, by the MinHash index of the version.
    """

    url: str | None
    host: str | None
    prefix: str | None
    id: str | None
    content: str | None
    text: str | None
    similar: str | None


class Questions(Hub):
    """The questions; they change nothing."""

    def resolve(self, ref: str) -> str:
        """Return the reference that *ref* stands for: a URL, a source's id, or digits that a doc_id begins with.

        These stand alone, and mean a document of the newest version of a dataset, or behind NAME# or NAME@v3#.

        Raises:
            AmbiguousReference: several documents are meant; it lists them.
            UnknownReference: there is none.
        """
        from corpushub.requests.naming import named

        return str(reread(self, lambda: named(self, ref)))

    def trace(self, ref: str, *, evidence: bool = False) -> DocumentTrace | VersionTrace:
        """Return where a document came from and what became of it, or what a version was made of.

        Args:
            ref: a document (see resolve) or a version.
            evidence: of a document, see ``trace_document``.

        Raises:
            BadRequest: evidence was asked of a version.
        """
        named = parse(self.resolve(ref))
        if isinstance(named, DocumentRef):
            return self._trace_document(named, evidence)
        if evidence:
            raise BadRequest(f"{ref} is not a document, and evidence is of documents; write NAME@v3#DOCID")
        return self.trace_version(str(named))

    def trace_document(self, ref: str, *, evidence: bool = False) -> DocumentTrace:
        """Return where the document NAME@v3#DOCID, kept or dropped, came from, and why it is here or not.

        Args:
            ref: the document (see resolve).
            evidence: read its record and the files of sites again, and tell what they say of its rights: a short quote
                without personal data, place and date, robots file, line and group; what is gone is named.
        """
        from lineage.errors import BadReference

        target = parse(self.resolve(ref))
        if not isinstance(target, DocumentRef):
            raise BadReference(f"{ref} is not a document; write NAME@v3#DOCID")
        return self._trace_document(target, evidence)

    def _trace_document(self, target: DocumentRef, evidence: bool) -> DocumentTrace:
        from corpushub.audit.document_trace import trace_document

        return reread(self, lambda: trace_document(self, target, evidence))

    def trace_version(self, ref: str) -> VersionTrace:
        """Return the graph of versions, runs and inputs behind a version."""
        from lineage.questions.graph import trace_version

        return trace_version(self, parse_version(ref))

    def trace_events(self, ref: str) -> VersionTraceWithEvents:
        """Return what ``trace_version`` does, with the OpenLineage events of the runs."""
        from lineage.questions.graph import trace_with_events

        return reread(self, lambda: trace_with_events(self, parse_version(ref)))

    def find(
        self, *, within: str | None = None, limit: int = 100, seconds: float = 30.0, **asked: Unpack[Asked]
    ) -> SearchResult:
        """Return documents by URL, site, id, content or text (see Asked; give one), the dropped ones included.

        Args:
            within: a version; by default the newest of every dataset.
            limit: most matches.
            seconds: the search ends then, and says so.
            asked: what the documents have.

        Raises:
            BadRequest: not one of them was given, it is none of its kind, or no such file.
        """
        from corpushub.requests.search import search

        given = [(kind, str(value)) for kind, value in asked.items() if value is not None]
        if len(given) != 1 or given[0][0] not in Asked.__annotations__:
            raise BadRequest(f"give one of {', '.join(Asked.__annotations__)}; nothing was searched")
        at_least(1, limit=limit)
        some_time(seconds)
        ((kind, value),) = given
        return reread(self, lambda: search(self, kind, value, (within, limit, seconds)))

    def statistics(self, ref: str) -> VersionStatistics:
        """Return what a version holds and what was dropped on the way to it, in numbers, without reading its files.

        One that was made before there were statistics is counted now, which reads it once.
        """
        from lineage.statistics.answers import show_statistics

        return reread(self, lambda: show_statistics(self, parse_version(ref)))

    def losses(self, ref: str, *, by: str = "language") -> Losses:
        """Return what was kept and dropped of each language or source, or for each reason, with rates.

        Args:
            ref: the version.
            by: language, source or reason.

        Raises:
            BadRequest: it is none of these.
        """
        from lineage.statistics.answers import show_losses
        from lineage.statistics.model import LOSS_KEYS

        if by not in LOSS_KEYS:
            raise BadRequest(f"losses are not told by {by!r}; ask for one of {', '.join(LOSS_KEYS)}")
        return reread(self, lambda: show_losses(self, parse_version(ref), by))

    def diff(self, old: str, new: str, *, listed: int = 0, asked: Changed | None = None) -> VersionDiff:
        """Return what was added, removed and changed between two versions, with up to *listed* of those *asked* for."""
        from lineage.questions.diff import diff

        at_least(0, listed=listed)
        return reread(self, lambda: diff(self, parse_version(old), parse_version(new), listed=listed, asked=asked))

    def sql(
        self, ref: str, query: str, *, limit: int = 1000, seconds: float = 30.0, memory_mb: int = 1024
    ) -> QueryAnswer:
        """Return the answer to one SELECT statement over the views documents, ledger and profiles of a version."""
        from lineage.questions.sql import QueryLimits, ask
        from lineage.storage.bounds import Bounds

        at_least(1, limit=limit, memory_mb=memory_mb)
        some_time(seconds)
        limits = QueryLimits(limit, Bounds(memory_mb=memory_mb, seconds=seconds))
        return reread(self, lambda: ask(self, parse_version(ref), query, limits))

    def dedup_report(self, ref: str, out: Place | None = None, *, pairs: int = 10, clusters: int = 10) -> DedupReport:
        """Return which documents were dropped for which: clusters, templates, similarities, doubtful pairs.

        Args:
            ref: the version.
            out: where to write a picture (.svg) or a page (.html) of it.
            pairs: named of each kind.
            clusters: and hosts, named.
        """
        from corpushub.papers.dedup_report import files
        from corpushub.papers.dedup_report.report import dedup_report
        from lineage.questions.duplicates import Most

        at_least(0, pairs=pairs, clusters=clusters)
        target = path_of(out)
        files.check_name(target)
        report = reread(self, lambda: dedup_report(self, parse_version(ref), Most(pairs, clusters)))
        if target is None:
            return report
        files.write(report, target)
        return replace(report, out=str(target))

    def export(
        self,
        ref: str,
        out: Place,
        form: str = "jsonl",
        progress: Callable[[int, int], None] | None = None,
        *,
        to: str | None = None,
        purpose: str | None = None,
    ) -> Exported:
        """Write a version into the folder *out*, as jsonl, parquet, hf or prov; whole or not at all.

        The hub remembers it, so that erasures tell who has what they erase.

        Args:
            ref: the version.
            out: the folder.
            form: how it is written.
            progress: is told now and then how many documents and bytes were written.
            to: who gets it, as an institution is called; e-mail addresses and phone numbers in it are not kept.
            purpose: what for.
        """
        from corpushub.papers.papers import card
        from corpushub.requests.people.handing import handed
        from lineage.questions.export import Format, export

        if form not in [*Format]:
            raise BadRequest(f"nothing can be exported as {form!r}; write one of {', '.join(Format)}")
        target = Path(out)

        def exported() -> Exported:
            about = card(self, parse_version(ref)) if form == Format.HF else {}
            return export(self, parse_version(ref), target, Format(form), progress, about, handed(to, purpose))

        return reread(self, exported)

    # papers

    def papers(self, ref: str, form: str, out: Place | None = None) -> Papers:
        """Make papers of a version (datasheet, croissant, eu-ai-act and so on, or all) in the folder *out*.

        Files of the same names are replaced. The digest of each is logged, once.

        Raises:
            BadRequest: there is no such format, or all were asked for without a folder.
            ReportNotWritten: the folder cannot be written.
        """
        from corpushub.papers.papers import papers

        return reread(self, lambda: papers(self, parse_version(ref), form, path_of(out)))

    def explain_papers(self, ref: str, form: str) -> Explanation:
        """Return where each answer of papers comes from, with the queries that find its numbers again."""
        from corpushub.papers.papers import explain

        return reread(self, lambda: explain(self, parse_version(ref), form))

    def check_papers(self, ref: str, at: datetime | None = None) -> PapersCheck:
        """Return what is stale, missing or not valid in the papers of a version at the time *at*, by default now."""
        from corpushub.papers.check import check

        return reread(self, lambda: check(self, parse_version(ref), at))

    # words of people

    def documentation(self, ref: str | None = None, at: datetime | None = None) -> DocumentationReport:
        """Return what is said of a version, what is missing, and what is stale at the time *at*, by default now.

        Without *ref* return what the hub asks for.
        """
        from corpushub.requests.documentation import report

        return report(self, None if ref is None else parse_version(ref), at)

    def confirm_documentation(self, ref: str, fields: Sequence[str]) -> DocumentationReport:
        """Record that the prose *fields* of a version were read again and hold as its facts are now."""
        from corpushub.requests.documentation import confirm

        return confirm(self, parse_version(ref), fields)

    def init_documentation(self) -> Path:
        """Write the file that says what the hub requires and recommends; return its path.

        Raises:
            BadRequest: there is one.
        """
        from corpushub.recipe.documentation.requirements import write_requirements

        return write_requirements(self.home)

    def total(self, dataset: str) -> DatasetEnergy:
        """Return what a dataset has cost in its life, failed work included."""
        from corpushub.recipe.sections.energy import hub_rates
        from lineage.control.costs.totals import energy_of_dataset
        from lineage.control.versions import get_version

        name = dataset_of(dataset)
        get_version(self.db, VersionRef(name))
        return energy_of_dataset(self.db, name, hub_rates(self.home))
