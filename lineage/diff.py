"""What changed between two versions, and why."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from lineage import control, query
from lineage.control import Version
from lineage.files import DataFile
from lineage.home import Home, TableName
from lineage.query import Bounds
from lineage.references import VersionRef

_EMPTY = "SELECT NULL::VARCHAR AS doc_id, NULL::VARCHAR AS content_id, NULL::VARCHAR AS reason WHERE false"

_COUNTS = """
SELECT count(*) FILTER (WHERE old.doc_id IS NULL) AS added,
       count(*) FILTER (WHERE new.doc_id IS NULL) AS removed,
       count(*) FILTER (WHERE old.content_id IS DISTINCT FROM new.content_id
                        AND old.doc_id IS NOT NULL AND new.doc_id IS NOT NULL) AS changed
FROM ({old}) AS old FULL OUTER JOIN ({new}) AS new ON old.doc_id = new.doc_id
"""

_REASONS = """
WITH gone AS (SELECT doc_id FROM ({old}) ANTI JOIN ({new}) USING (doc_id)),
     why AS (SELECT doc_id, min(reason) AS reason FROM ({ledger}) SEMI JOIN gone USING (doc_id) GROUP BY doc_id)
SELECT coalesce(why.reason, 'not_read') AS reason, count(*) AS documents
FROM gone LEFT JOIN why ON gone.doc_id = why.doc_id GROUP BY 1 ORDER BY 2 DESC, 1
"""


def diff(home: Home, old: VersionRef, new: VersionRef, bounds: Bounds | None = None) -> dict[str, Any]:
    """Compare the documents of *old* and *new* by doc_id and content_id.

    Keys: from, to, added, removed, changed, and by_reason: why removed documents are not in *new* according to its
    ledger ("not_read": its run did not meet them). Files that both versions hold are not read.
    """
    db = control.connect(home)
    before, after = control.get_version(db, old), control.get_version(db, new)
    ours, theirs = _own_files(db, before, after)
    ledger = [file for file in control.version_files(db, after, "ledger") if file.rows]
    parts = [query.resolve_all(home, files) for files in (ours, theirs, ledger)]
    relations = {
        "old": _relation(parts[0], "documents"),
        "new": _relation(parts[1], "documents"),
        "ledger": _relation(parts[2], "ledger"),
    }
    with query.connect(sorted({path for part in parts for path in part}), bounds) as connection:
        counts = query.rows(connection, _COUNTS.format(**relations))[0]
        reasons = query.rows(connection, _REASONS.format(**relations))
    by_reason = {row["reason"]: row["documents"] for row in reasons}
    return {"from": before.name, "to": after.name, **counts, "by_reason": by_reason}


def _own_files(db: Engine, before: Version, after: Version) -> tuple[list[DataFile], list[DataFile]]:
    """Return the documents files of each version that the other does not hold: only there can they differ."""
    old = control.version_files(db, before, "documents")
    new = control.version_files(db, after, "documents")
    shared = {file.path for file in old} & {file.path for file in new}
    return [file for file in old if file.path not in shared], [file for file in new if file.path not in shared]


def _relation(paths: list[str], table: TableName) -> str:
    """Return a query over the ids in the files *paths*; for the ledger, over documents that were not kept."""
    if not paths:
        return _EMPTY
    files = ", ".join(query.quote(path) for path in paths)
    if table == "documents":
        return f"SELECT doc_id, content_id FROM read_parquet([{files}])"
    return f"SELECT doc_id, reason FROM read_parquet([{files}]) WHERE outcome IN ('dropped', 'failed')"
