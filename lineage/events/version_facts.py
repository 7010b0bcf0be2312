"""What events tell of a version beyond its row: columns, sizes, rights and personal data, counted from its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lineage.control.runs import get_run
from lineage.control.version_files import version_files
from lineage.control.versions import Version
from lineage.errors import DamagedFile
from lineage.hub.database import Database
from lineage.hub.home import Home

_COLUMNS = "DESCRIBE SELECT * FROM read_parquet($1, union_by_name = true)"
_PERSONAL = """
SELECT entry.key AS kind, sum(entry.value)::BIGINT AS spans
FROM (SELECT unnest(map_entries(pii_counts)) AS entry FROM read_parquet($1)) GROUP BY kind ORDER BY kind
"""
_DENIED = """
SELECT reason, count(*) AS documents FROM read_parquet($1, union_by_name = true)
WHERE step = 'policy' AND outcome = 'dropped' GROUP BY reason ORDER BY reason
"""
_POLICIES = "SELECT DISTINCT policy FROM read_parquet($1, union_by_name = true) WHERE policy IS NOT NULL ORDER BY 1"


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether a policy decided, the digests of those that did, and the documents they denied, by reason."""

    decided: bool
    policies: tuple[str, ...]
    denied: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """Whether texts were scanned for personal data, and the spans that were acted upon, by type of entity."""

    scanned: bool
    spans: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """Facts of a version.

    Attributes:
        columns: name and type (DuckDB's) of each documents column.
        files: how many documents files.
        bytes: their bytes.
        consent: what policies said of its documents.
        personal_data: what was found in its texts.
    """

    columns: tuple[tuple[str, str], ...]
    files: int
    bytes: int
    consent: Consent
    personal_data: PersonalData

    @classmethod
    def of(cls, home: Home, db: Database, version: Version) -> VersionFacts | None:
        """Return the facts of *version*; None where its files cannot be read any more."""
        from lineage.storage import query  # an engine, which runs without a receiver of events need not load

        documents = version_files(db, version, "documents")
        paths = query.resolve_all(home, documents)
        ledger = query.resolve_all(home, version_files(db, version, "ledger"))
        not_done = get_run(db, version.run).not_done
        try:
            with query.connect([*paths, *ledger]) as connection:
                columns = _ask(connection, _COLUMNS, paths)
                spans = _ask(connection, _PERSONAL, paths)
                denied = _ask(connection, _DENIED, ledger)
                policies = _ask(connection, _POLICIES, ledger)
        except DamagedFile:
            return None
        consent = Consent(
            decided="policy" not in not_done,
            policies=tuple(row["policy"] for row in policies),
            denied={row["reason"] or "unknown": row["documents"] for row in denied},
        )
        personal = PersonalData("pii" not in not_done, {row["kind"]: row["spans"] for row in spans})
        names = tuple((row["column_name"], row["column_type"]) for row in columns)
        return cls(names, len(documents), sum(file.bytes for file in documents), consent, personal)


def _ask(connection: Any, statement: str, paths: Sequence[str]) -> list[dict[str, Any]]:
    from lineage.storage import query

    return query.rows(connection, statement, [list(paths)]) if paths else []
