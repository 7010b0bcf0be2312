"""Find documents by URI, site, id, content or text, the dropped ones included.

By text only kept ones are found, which alone have one, and what was dropped for them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lineage.control.retention import require_files, standing_of
from lineage.control.version_files import version_files
from lineage.control.versions import Version, datasets_in_use, get_version
from lineage.hub import Hub
from lineage.references import DOC_ID, VersionRef
from lineage.storage.bounds import Bounds
from lineage.storage.files import DataFile
from lineage.storage.ledger import lookup
from lineage.storage.tables import FINAL_OUTCOMES

if TYPE_CHECKING:
    from lineage.storage.words.hits import Hit, Indexed, Limits

REACH = 600
"""Code points before, of, and behind what is looked for in texts that a snippet is made of."""

MATCH_COLUMNS = ("doc_id", "outcome", "reason", "uri", "source", "source_id", "duplicate_of", "similarity")
_KEPT_COLUMNS = (
    "doc_id, 'kept' AS outcome, NULL AS reason, uri, source, source_id, NULL AS duplicate_of, NULL AS similarity, "
    "'text' AS matched_by"
)
_AROUND = (
    f"substr(text, greatest(instr(lower(text), lower($2)) - {REACH}, 1), {3 * REACH}) AS around, "
    f"least(instr(lower(text), lower($2)) - 1, {REACH}) AS start"
)
_DIFFERING = (
    "CASE matched_by WHEN 'exact' THEN 0 WHEN 'spelling' THEN 1 WHEN 'host' THEN 1 "
    "ELSE 2 + length(matched_by) - length(replace(matched_by, ',', '')) END"
)
_SETTLED = "outcome IN (" + ", ".join(f"'{outcome}'" for outcome in FINAL_OUTCOMES) + ")"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look, and how long: no versions means the newest of every dataset.

    Attributes:
        versions: the versions to search.
        limit: most matches.
        bounds: memory, threads and seconds for the whole search; on a text search, files not read when the seconds
            are over are reported as not searched.
    """

    versions: Sequence[VersionRef] = ()
    limit: int = 100
    bounds: Bounds = field(default_factory=lambda: Bounds(seconds=30.0))


Teach = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A piece of a document's text around what was looked for.

    Attributes:
        text: the piece, as it is stored.
        start: where what was looked for begins in it, in code points.
    """

    text: str
    start: int


Snip = Callable[[Sequence[Surroundings]], Sequence[str | None]]
"""Makes of each piece what may be shown of it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a ledger row must meet, in SQL, and as what that is told.

    Attributes:
        met: the condition; $2 and on are the values.
        values: these.
        kind: what ``matched_by`` says of a row that meets it.
    """

    met: str
    values: tuple[Any, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Match:
    """A document that was found, in a version.

    Attributes:
        doc_id: its id.
        outcome: kept, dropped or failed.
        reason: why it was not kept.
        uri: where it was captured.
        source: the source, as the recipe names it.
        source_id: its id there.
        duplicate_of: the document it was dropped for.
        similarity: the verified Jaccard index of the two.
        version: NAME@vN.
        matched_by: what was compared: "exact", "spelling" or the tolerances that its address takes ("scheme, slash"),
            "host", "subdomain", "prefix", "doc_id", "id_prefix", "source_id", "content_id", "text", "finding" (personal
            data), "copy" (it was dropped for one of the others), "shingles", or "signature" where the resemblance is an
            estimate.
        resemblance: the Jaccard index of its shingles and those of the text that was asked about; else null.
        snippet: what stands around the text that was asked for, without personal data; else null.
    """

    doc_id: str
    outcome: str
    reason: str | None
    uri: str | None
    source: str | None
    source_id: str | None
    duplicate_of: str | None
    similarity: float | None
    version: str
    matched_by: str | None = None
    resemblance: float | None = None
    snippet: str | None = None


@dataclass(frozen=True, slots=True)
class SearchedVersion:
    """How much of a version was searched.

    Attributes:
        version: NAME@vN.
        documents: rows of the files that were read: of the ledger, unless a text was looked for.
        bytes: of these files.
        complete: whether that was all there is.
        note: why it could not be searched; else null.
        indexed: documents of these files that were looked up in the full-text index, their files not read through; null
            unless a text was looked for.
    """

    version: str
    documents: int
    bytes: int
    complete: bool
    note: str | None = None
    indexed: int | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What was found, and where it was looked for.

    Attributes:
        matches: documents, each once for each version.
        searched: how much of each version was searched.
    """

    matches: tuple[Match, ...]
    searched: tuple[SearchedVersion, ...]


def find_uri(hub: Hub, uri: str, scope: Scope | None = None) -> SearchResult:
    """Find the documents captured at *uri*, which is redacted as they are; those that are spelled like it come first.

    Scheme, default port, slashes at the end and fragment may differ: ``matched_by`` says which do.
    """
    from policies.addresses.sql import teach_address  # see _scan

    return _find(hub, scope or Scope(), lambda search, version: search.address(version, teach_address, uri))


def find_host(hub: Hub, host: str, scope: Scope | None = None) -> SearchResult:
    """Find the documents of *host*, in normal form, then those of the hosts below it."""
    from policies.addresses.sql import teach_host  # see _scan

    return _find(hub, scope or Scope(), lambda search, version: search.address(version, teach_host, host))


def find_prefix(hub: Hub, prefix: str, scope: Scope | None = None) -> SearchResult:
    """Find the documents whose addresses begin with *prefix*, both in normal form; *prefix* is redacted as they are."""
    from policies.addresses.sql import teach_prefix  # see _scan

    return _find(hub, scope or Scope(), lambda search, version: search.address(version, teach_prefix, prefix))


def find_id(hub: Hub, identifier: str, scope: Scope | None = None) -> SearchResult:
    """Find the documents whose doc_id is *identifier*, by a lookup; if there are none, those whose source_id it is."""
    asked, doc_id = scope or Scope(), identifier.lower()
    if DOC_ID.fullmatch(doc_id):
        found = _find(hub, asked, lambda search, version: search.document(version, doc_id))
        if found.matches:
            return found
    return _find_in_ledger(hub, Condition("source_id = $2", (identifier,), "source_id"), asked)


def find_id_prefix(hub: Hub, beginning: str, scope: Scope | None = None) -> SearchResult:
    """Find the documents whose doc_id begins with *beginning*, hexadecimal digits."""
    condition = Condition("starts_with(doc_id, $2)", (beginning.lower(),), "id_prefix")
    return _find_in_ledger(hub, condition, scope or Scope())


def find_content(hub: Hub, content_id: str, scope: Scope | None = None) -> SearchResult:
    """Find the documents whose text has the SHA-256 *content_id* (64 hex digits)."""
    return _find_in_ledger(hub, Condition("content_id = $2", (content_id.lower(),), "content_id"), scope or Scope())


def find_person(hub: Hub, hashes: Sequence[str], scope: Scope) -> SearchResult:
    """Find the documents in which personal data with one of the keyed *hashes* was found."""
    found = "SELECT doc_id FROM read_parquet($1) WHERE list_has_any(list_transform(findings, lambda one: one.hash), $2)"
    return _find_in_ledger(hub, Condition(f"doc_id IN ({found})", ([*hashes],), "finding"), scope)


def find_documents(hub: Hub, version: VersionRef, doc_ids: Sequence[str], scope: Scope) -> SearchResult:
    """Find the documents of *version* with *doc_ids*, in one query."""
    condition = Condition("list_contains($2, doc_id)", ([*doc_ids],), "doc_id")
    return _find_in_ledger(hub, condition, replace(scope, versions=[version]))


def find_text(hub: Hub, text: str, scope: Scope | None = None, snip: Snip | None = None) -> SearchResult:
    """Find kept documents whose text contains *text*, letter case ignored, until a bound is reached.

    Files that have a full-text index are looked up there, and what they hold comes first, by relevance.

    *snip* makes snippets of what stands around it; without it there are none.
    """
    return _find(hub, scope or Scope(), lambda search, version: search.text(version, text, snip))


def find_copies(hub: Hub, version: VersionRef, doc_ids: Sequence[str], scope: Scope) -> SearchResult:
    """Find the documents of *version* that were dropped for one of *doc_ids*."""
    condition = Condition("list_contains($2, duplicate_of)", ([*doc_ids],), "copy")
    return _find_in_ledger(hub, condition, replace(scope, versions=[version]))


def _find_in_ledger(hub: Hub, condition: Condition, scope: Scope) -> SearchResult:
    return _find(hub, scope, lambda search, version: search.ledger(version, condition))


def _find(hub: Hub, scope: Scope, look: Callable[[_Search, Version], None]) -> SearchResult:
    search = _Search(hub, scope)
    for version in versions_in(hub, scope):
        look(search, version)
    return SearchResult(tuple(search.matches), tuple(search.searched))


def versions_in(hub: Hub, scope: Scope) -> list[Version]:
    """Return the versions that *scope* names."""
    refs = scope.versions or [VersionRef(name) for name in datasets_in_use(hub.db)]
    return [get_version(hub.db, ref) for ref in refs]


class _Search:
    """A search under way: what was found, what was read, and when to stop."""

    def __init__(self, hub: Hub, scope: Scope) -> None:
        self.home, self.db, self.scope = hub.home, hub.db, scope
        self.deadline = None if scope.bounds.seconds is None else time.monotonic() + scope.bounds.seconds
        self.matches: list[Match] = []
        self.searched: list[SearchedVersion] = []
        self.snip: Snip | None = None

    def address(self, version: Version, teach: Callable[[Any, str], None], asked: str) -> None:
        """Look for documents whose address is what *teach* compares with *asked*, those that differ least first."""
        statement = f"SELECT {', '.join(MATCH_COLUMNS)}, matched_by(uri) AS matched_by FROM read_parquet($1) "
        statement += f"WHERE {_SETTLED} AND matched_by(uri) IS NOT NULL ORDER BY {_DIFFERING}, doc_id, seq, outcome "
        self._scan_ledger(version, statement, [], lambda connection: teach(connection, asked))

    def ledger(self, version: Version, condition: Condition) -> None:
        """Look for ledger rows that settled a document and meet *condition*, in one query over all files."""
        statement = f"SELECT {', '.join(MATCH_COLUMNS)}, '{condition.kind}' AS matched_by FROM read_parquet($1) "
        statement += f"WHERE {_SETTLED} AND ({condition.met}) ORDER BY doc_id, seq, outcome "
        self._scan_ledger(version, statement, condition.values)

    def _scan_ledger(self, version: Version, statement: str, values: Sequence[Any], teach: Teach | None = None) -> None:
        """Run *statement* over all ledger files at once; what it asks beyond SQL, *teach* makes known."""
        files = [file for file in version_files(self.db, version, "ledger") if file.rows]
        self._scan(version, [files], f"{statement} LIMIT {self.scope.limit + 1}", values, teach)

    def document(self, version: Version, doc_id: str) -> None:
        """Look *doc_id* up: what settled it."""
        files = version_files(self.db, version, "ledger")
        held = [self.home.resolve(file.path) for file in files if file.may_hold(doc_id)]
        rows = [row for path in held for row in lookup(path, doc_id, [*MATCH_COLUMNS, "seq"])]
        settled = sorted(
            (row for row in rows if row["outcome"] in FINAL_OUTCOMES), key=lambda row: (row["seq"], row["outcome"])
        )
        room = self._room()
        for row in settled[:room]:
            told = {name: row[name] for name in MATCH_COLUMNS}
            self.matches.append(Match(**told, version=version.name, matched_by="doc_id"))
        self._report(version, files, len(settled) <= room)

    def text(self, version: Version, text: str, snip: Snip | None) -> None:
        """Look for documents that contain *text*: the most relevant first by indexes; files that have none are read."""
        from lineage.storage.words.hits import Limits, look_up_all  # see _scan

        columns = _KEPT_COLUMNS if snip is None else f"{_KEPT_COLUMNS}, {_AROUND}"
        statement = f"SELECT {columns} FROM read_parquet($1) WHERE contains(lower(text), lower($2)) "
        require_files(version, standing_of(self.db, version))
        files = [file for file in version_files(self.db, version, "documents") if file.rows]
        self.snip = snip
        limits = Limits(self.scope.bounds.threads, self.deadline, REACH)
        indexed = look_up_all(self.home, version.dataset, files, text, limits)
        looked_up = self._confirm(version, indexed, limits)
        if indexed.files and not (looked_up and indexed.rest):
            self._report(version, indexed.files, looked_up, sum(file.rows for file in indexed.files))
            return
        parts = [[file] for file in indexed.rest]
        self._scan(version, parts, statement + f"LIMIT {self.scope.limit + 1}", [text], known=indexed.files)

    def _confirm(self, version: Version, indexed: Indexed, limits: Limits) -> bool:
        """Take the documents that *indexed* finds and that do contain the text; tell whether that was all of them."""
        from lineage.storage.words.hits import hits  # see _scan

        for some in hits(self.home, indexed, limits, self._room() + 1):
            found = some[: self._room()]
            self.matches += self._told(version, [_row_of(hit, self.snip is not None) for hit in found])
            if len(found) < len(some) or limits.are_over():
                return False
        return True

    def _scan(
        self,
        version: Version,
        parts: list[list[DataFile]],
        statement: str,
        values: Sequence[Any],
        teach: Teach | None = None,
        known: Sequence[DataFile] | None = None,
    ) -> None:
        """Run *statement* over each of *parts*, until the limit or the deadline is reached; *known* were looked up."""
        paths = [self.home.resolve(file.path) for part in parts for file in part]

        from lineage.storage import query  # DuckDB, which a look-up by id need not import

        read: list[DataFile] = []
        complete = True
        with query.connect(paths, self.scope.bounds) as connection:
            if teach is not None:
                teach(connection)
            for part in parts:
                found = self._ask(connection, part, statement, values) if self._room() else None
                complete = found is not None and len(found) <= self._room()
                if found is None:
                    break
                self.matches += self._told(version, found[: self._room()])
                read += part
        looked_up = None if known is None else sum(file.rows for file in known)
        self._report(version, [*(known or ()), *read], complete, looked_up)

    def _told(self, version: Version, found: Sequence[dict[str, Any]]) -> list[Match]:
        """Return the matches that rows are, their surroundings cut to snippets."""
        if self.snip is None:
            return [Match(**row, version=version.name) for row in found]
        snippets = self.snip([Surroundings(row.pop("around"), row.pop("start")) for row in found])
        pairs = zip(found, snippets, strict=True)
        return [Match(**row, version=version.name, snippet=snippet) for row, snippet in pairs]

    def _room(self) -> int:
        """Return how many more matches are wanted."""
        return self.scope.limit - len(self.matches)

    def _ask(self, connection: Any, part: list[DataFile], statement: str, values: Sequence[Any]) -> Any:
        """Return the rows that *statement* finds in *part*; None if the time was over before it ended."""
        left = None if self.deadline is None else self.deadline - time.monotonic()
        if not part:
            return []
        if left is not None and left <= 0:
            return None

        from lineage.storage import query  # see _scan

        return query.rows_within(connection, left, statement, [query.resolve_all(self.home, part), *values])

    def _report(self, version: Version, read: Sequence[DataFile], complete: bool, indexed: int | None = None) -> None:
        rows, size = sum(file.rows for file in read), sum(file.bytes for file in read)
        self.searched.append(SearchedVersion(version.name, rows, size, complete, indexed=indexed))


def _row_of(hit: Hit, snips: bool) -> dict[str, Any]:
    """Return a row as _KEPT_COLUMNS and _AROUND have it."""
    row = {**dict.fromkeys(MATCH_COLUMNS), **hit.row, "outcome": "kept", "matched_by": "text"}
    if snips:
        row |= {"around": hit.around, "start": hit.start}
    return row
