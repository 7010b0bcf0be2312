"""What changed between two versions, and why."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lineage.control.erasures import erased_documents
from lineage.control.retention import require_files, standing_of
from lineage.control.version_files import version_files
from lineage.control.versions import Version, get_version
from lineage.errors import BadFilter
from lineage.hub import Hub
from lineage.hub.database import Database
from lineage.hub.home import TableName
from lineage.references import DOC_ID, VersionRef
from lineage.storage import query
from lineage.storage.bounds import Bounds
from lineage.storage.files import DataFile
from lineage.storage.ledger import cells_of

KINDS = ("added", "removed", "changed")

_COLUMNS = ("doc_id", "content_id", "source", "license", "reason")
_EMPTY = "SELECT " + ", ".join(f"NULL::VARCHAR AS {name}" for name in _COLUMNS) + ", true AS own WHERE false"

_CHANGES = """
CREATE TEMP TABLE changes AS
SELECT coalesce(old.doc_id, new.doc_id) AS doc_id,
       CASE WHEN old.doc_id IS NULL THEN 'added' WHEN new.doc_id IS NULL THEN 'removed' ELSE 'changed' END AS change,
       coalesce(new.source, old.source) AS source,
       coalesce(CASE WHEN new.doc_id IS NULL THEN old.license ELSE new.license END, 'unknown') AS license
FROM ({old}) AS old FULL OUTER JOIN ({new}) AS new ON old.doc_id = new.doc_id
WHERE old.content_id IS DISTINCT FROM new.content_id OR old.doc_id IS NULL OR new.doc_id IS NULL
"""

_GONE = "SELECT doc_id FROM changes WHERE change = 'removed' LIMIT {limit}"

_RANGED = 1 << 12
"""Removed documents above which all ledger files are asked: some of them is in the range of each."""

_WHY = """
CREATE TEMP TABLE why AS
SELECT gone.doc_id, coalesce(min(ledger.reason) FILTER (ledger.own), min(ledger.reason), 'not_read') AS reason
FROM changes AS gone LEFT JOIN ({ledger}) AS ledger ON gone.doc_id = ledger.doc_id
WHERE gone.change = 'removed' GROUP BY gone.doc_id
"""

_REASONS = "SELECT reason, count(*) AS documents FROM why GROUP BY reason ORDER BY documents DESC, reason"

_BY = "SELECT {column} AS name, change, count(*) AS documents FROM changes GROUP BY name, change ORDER BY name"

_LISTED = "changes LEFT JOIN why USING (doc_id) WHERE true"
_LIST = "SELECT doc_id, change, source, license, reason FROM {listed} ORDER BY change, doc_id LIMIT {limit}"


@dataclass(frozen=True, slots=True)
class Changes:
    """Documents by what became of them.

    Attributes:
        added: those that only the new version has.
        removed: those that only the old one has.
        changed: those whose text is another.
    """

    added: int
    removed: int
    changed: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Which documents are to be listed; what is None asks nothing.

    Attributes:
        change: one of KINDS.
        source, license, reason: as the counts have them, "unknown" included.
        after: where the list before ended, as it says.
    """

    change: str | None = None
    source: str | None = None
    license: str | None = None
    reason: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class ChangedDocument:
    """A document that one version has and the other has not, or not so.

    Attributes:
        doc_id: its id.
        uri: where it was captured, null if that is unknown.
        change: added, removed or changed.
        source: the source, as the recipe names it.
        license: its licence, or "unknown".
        reason: why it was removed, null for others.
    """

    doc_id: str
    uri: str | None
    change: str
    source: str
    license: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class ErasedDocuments:
    """How many documents erasures have taken out of two versions.

    Attributes:
        from_: of the old one.
        to: of the new one.
    """

    from_: int
    to: int


@dataclass(frozen=True, slots=True)
class VersionDiff:
    """What changed between two versions.

    Attributes:
        from_: the old one, NAME@vN.
        to: the new one.
        added: documents that only the new one has.
        removed: documents that only the old one has.
        changed: documents whose text is another.
        by_reason: why removed documents are not in the new one according to its ledger ("not_read": its run did not
            meet them), the most frequent reason first.
        by_source: changes by source; a changed document counts under what the new one says.
        by_license: changes by licence, likewise.
        documents: those that were to be listed, by change and doc_id.
        next: where a list of more begins, null if that is all.
        erased: what erasures have taken out.
    """

    from_: str
    to: str
    added: int
    removed: int
    changed: int
    by_reason: Mapping[str, int]
    by_source: Mapping[str, Changes]
    by_license: Mapping[str, Changes]
    documents: tuple[ChangedDocument, ...]
    next: str | None
    erased: ErasedDocuments


def diff(
    hub: Hub,
    old: VersionRef,
    new: VersionRef,
    bounds: Bounds | None = None,
    listed: int = 0,
    asked: Asked | None = None,
) -> VersionDiff:
    """Compare the documents of *old* and *new* by doc_id and content_id, and list up to *listed* of those *asked* for.

    Files that both versions hold are not read. Raises BadFilter if what is asked for is none.
    """
    listed_in, values = _listed(asked or Asked())
    before, after = (_readable(hub.db, ref) for ref in (old, new))
    ours, theirs = _own_files(hub.db, before, after)
    ledger = [file for file in version_files(hub.db, after, "ledger") if file.rows]
    parts = [query.resolve_all(hub.home, files) for files in (ours, theirs, ledger)]
    with query.connect(sorted({path for part in parts for path in part}), bounds) as connection:
        query.rows(connection, _CHANGES.format(old=_relation(parts[0]), new=_relation(parts[1])))
        telling = query.resolve_all(hub.home, _that_may_tell(connection, ledger))
        query.rows(connection, _WHY.format(ledger=_relation(telling, "ledger")))
        by_source, by_license = (_by(connection, column) for column in ("source", "license"))
        reasons = query.rows(connection, _REASONS)
        some = query.rows(connection, _LIST.format(listed=listed_in, limit=listed + 1), values) if listed else []
    documents, more = some[:listed], len(some) > listed
    addresses = _addresses(hub, {"old": ours, "new": theirs}, documents)
    return VersionDiff(
        from_=before.name,
        to=after.name,
        added=sum(some.added for some in by_source.values()),
        removed=sum(some.removed for some in by_source.values()),
        changed=sum(some.changed for some in by_source.values()),
        by_reason={row["reason"]: row["documents"] for row in reasons},
        by_source=by_source,
        by_license=by_license,
        documents=tuple(ChangedDocument(**row, uri=addresses.get(row["doc_id"])) for row in documents),
        next=f"{documents[-1]['change']}-{documents[-1]['doc_id']}" if more else None,
        erased=ErasedDocuments(_erased(hub.db, before), _erased(hub.db, after)),
    )


def _listed(asked: Asked) -> tuple[str, list[str]]:
    """Return what is listed in SQL, and the values of its parameters."""
    if asked.change not in (None, *KINDS):
        raise BadFilter(f"change={asked.change!r} is none of {', '.join(KINDS)}")
    change, mark, behind = (asked.after or "").partition("-")
    if asked.after is not None and (change not in KINDS or not DOC_ID.fullmatch(behind)):
        raise BadFilter("after= is no end of a list")
    names = {name: getattr(asked, name) for name in ("change", "source", "license", "reason")}
    met = [f" AND coalesce({name}, 'unknown') = ?" for name, value in names.items() if value is not None]
    values = [value for value in names.values() if value is not None]
    if mark:
        met.append(" AND (change, doc_id) > (?, ?)")
        values += [change, behind]
    return _LISTED + "".join(met), values


def _addresses(
    hub: Hub, files: Mapping[str, Sequence[DataFile]], documents: Sequence[Mapping[str, Any]]
) -> dict[str, str | None]:
    """Return where *documents* were captured, as the *files* of the old or the new version tell."""
    found: dict[str, str | None] = {}
    for side, held in files.items():
        ids = sorted(row["doc_id"] for row in documents if (row["change"] == "removed") == (side == "old"))
        for file in held:
            if mine := [doc_id for doc_id in ids if file.may_hold(doc_id)]:
                found |= cells_of(hub.home.resolve(file.path), "uri", mine)
    return found


def _that_may_tell(connection: Any, ledger: list[DataFile]) -> list[DataFile]:
    """Return the files of *ledger* that may say why a document was removed, by their ranges of ids."""
    gone = sorted(row["doc_id"] for row in query.rows(connection, _GONE.format(limit=_RANGED + 1)))
    if len(gone) > _RANGED:
        return ledger
    return [file for file in ledger if bisect_left(gone, file.first_doc_id) < bisect_right(gone, file.last_doc_id)]


def _readable(db: Database, ref: VersionRef) -> Version:
    version = get_version(db, ref)
    require_files(version, standing_of(db, version))
    return version


def _erased(db: Database, version: Version) -> int:
    return erased_documents(db, version.dataset).get(version.number, 0)


def _by(connection: Any, column: str) -> dict[str, Changes]:
    """Return the documents of each kind of change by *column*."""
    found: dict[str, dict[str, int]] = {}
    for row in query.rows(connection, _BY.format(column=column)):
        found.setdefault(row["name"] or "unknown", dict.fromkeys(KINDS, 0))[row["change"]] += row["documents"]
    return {name: Changes(**counts) for name, counts in found.items()}


def _own_files(db: Database, before: Version, after: Version) -> tuple[list[DataFile], list[DataFile]]:
    """Return the documents files of each version that the other does not hold: only there can they differ."""
    old = version_files(db, before, "documents")
    new = version_files(db, after, "documents")
    shared = {file.path for file in old} & {file.path for file in new}
    return [file for file in old if file.path not in shared], [file for file in new if file.path not in shared]


def _relation(paths: list[str], table: TableName = "documents") -> str:
    """Return a query over the ids in the files *paths*; for the ledger, over documents that were not kept."""
    if not paths:
        return _EMPTY
    files = ", ".join(query.quote(path) for path in paths)
    if table == "documents":
        return f"SELECT doc_id, content_id, source, license FROM read_parquet([{files}])"
    own = "duplicate_of IS DISTINCT FROM doc_id"  # not a record that was read twice: the other one says why
    return f"SELECT doc_id, reason, {own} AS own FROM read_parquet([{files}]) WHERE outcome IN ('dropped', 'failed')"
