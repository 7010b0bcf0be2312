"""The documents of a version as a population: counted by what is asked, and joined with answers from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pyarrow as pa

from lineage.control.retention import require_files, standing_of
from lineage.control.version_files import version_files
from lineage.control.versions import Version
from lineage.hub import Hub
from lineage.storage import query
from lineage.storage.bounds import Bounds
from policies.addresses.sql import teach_hosts

_VIEW = """
CREATE TEMP VIEW documents AS SELECT *{missing},
    host_of(uri) AS host,
    strftime(captured_at AT TIME ZONE 'UTC', '%Y-%m-%d') AS date
FROM {relation}
"""

_SPREAD = """
SELECT answer, grouping(source) + 2 * grouping(host) + 4 * grouping(language) AS level,
       coalesce(source, host, language) AS name, count(*)::BIGINT AS documents
FROM answered GROUP BY GROUPING SETS ((answer, source), (answer, host), (answer, language))
QUALIFY row_number() OVER (PARTITION BY answer, level ORDER BY documents DESC, name) <= $1
ORDER BY answer, level, documents DESC, name
"""
_LEVELS = {6: "sources", 5: "hosts", 3: "languages"}

_EXAMPLES = """
SELECT * FROM (
    SELECT answer, unnest(min_by({{doc_id: doc_id, license: license, uri: uri, source: source, profile: profile}},
                                 doc_id, {most}), recursive := true)
    FROM answered GROUP BY answer
) ORDER BY answer, doc_id
"""

_EDITED = """
SELECT documents.license AS license, count(DISTINCT doc_id)::BIGINT AS documents FROM documents
SEMI JOIN (SELECT doc_id FROM read_parquet($1, union_by_name = true) WHERE outcome = 'changed') AS edits
USING (doc_id) WHERE documents.license IN (SELECT unnest($2)) GROUP BY 1
"""


ORDERED = 400_000
"""Documents that are put in order at once: what does not fit into memory fails, for nothing is spilled to a disk."""

_DIGITS = "0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Population:
    """The documents of a version, open for questions.

    Attributes:
        connection: a DuckDB connection with the view ``documents``.
        ledger: the ledger files, resolved.
        columns: the columns that the documents have.
    """

    connection: Any
    ledger: list[str]
    columns: frozenset[str]

    def groups(self, names: Sequence[str]) -> pa.Table:
        """Count the documents by *names* (of profile, license, host, language, date): these, and "documents"."""
        columns = ", ".join(names)
        counted = (
            f"SELECT {columns}, count(*)::BIGINT AS documents FROM documents GROUP BY {columns} ORDER BY {columns}"
        )
        return self.connection.sql(counted).to_arrow_table()

    def answer(self, names: Sequence[str], groups: pa.Table, answers: pa.Array) -> None:
        """Say what the answer for each of *groups*, which were made by *names*, is: an integer, null for none.

        spread and examples then speak of the documents with an answer, attributions of those without.
        """
        self.connection.register("answers", groups.append_column("answer", answers))
        self._ask("CREATE TEMP TABLE given AS SELECT * FROM answers WHERE answer IS NOT NULL")
        same = " AND ".join(f"d.{name} IS NOT DISTINCT FROM g.{name}" for name in names)
        self._ask(f"CREATE TEMP VIEW answered AS SELECT answer, d.* FROM documents AS d JOIN given AS g ON {same}")

    def spread(self, most: int) -> dict[int, dict[str, dict[str, int]]]:
        """Return for each answer its sources, hosts and languages with their documents, the *most* frequent."""
        found: dict[int, dict[str, dict[str, int]]] = {}
        for row in query.rows(self.connection, _SPREAD, [most]):
            kinds = found.setdefault(row["answer"], {kind: {} for kind in ("sources", "hosts", "languages")})
            if row["name"] is not None:
                kinds[_LEVELS[row["level"]]][row["name"]] = row["documents"]
        return found

    def examples(self, most: int) -> dict[int, list[dict[str, Any]]]:
        """Return for each answer the *most* documents with the smallest ids."""
        found: dict[int, list[dict[str, Any]]] = {}
        for row in query.rows(self.connection, _EXAMPLES.format(most=int(most))) if most else []:
            found.setdefault(row.pop("answer"), []).append(row)
        return found

    def edited(self, licenses: Sequence[str]) -> dict[str, int]:
        """Count the documents under *licenses* whose text some step changed, by licence."""
        if not licenses or not self.ledger:
            return {}
        rows = query.rows(self.connection, _EDITED, [self.ledger, list(licenses)])
        return {row["license"]: row["documents"] for row in rows}

    def text_bytes(self) -> dict[str | None, int]:
        """Return the bytes of text by licence; reads every text."""
        statement = "SELECT license, sum(strlen(text))::BIGINT AS bytes FROM documents GROUP BY 1 ORDER BY 1"
        return {row["license"]: row["bytes"] for row in query.rows(self.connection, statement)}

    def attributions(self, licenses: Mapping[str, str], rows: int = 10_000) -> Iterator[pa.RecordBatch]:
        """Yield the documents without an answer under *licenses* (expression to its address), *rows* at a time.

        They come in order of doc_id.

        Columns, all strings: doc_id, title and author (null where the documents have no such column), uri, source,
        license, license_url, changes (the steps that edited the text, joined by commas; null if none did).
        """
        known = {name: f"d.{name}" if name in self.columns else "NULL::VARCHAR" for name in ("title", "author")}
        edits = "SELECT NULL::VARCHAR AS doc_id, NULL::VARCHAR AS changes WHERE false"
        if self.ledger:
            edits = "SELECT doc_id, string_agg(DISTINCT step, ', ' ORDER BY step) AS changes "
            edits += "FROM read_parquet($files, union_by_name = true) "
            edits += "WHERE outcome = 'changed' AND doc_id >= $low AND doc_id < $high GROUP BY doc_id"
        self.connection.register("terms", pa.table({"license": [*licenses], "address": [*licenses.values()]}))
        statement = (
            f"SELECT d.doc_id, {known['title']} AS title, {known['author']} AS author, d.uri, d.source, d.license, "
            f"address AS license_url, changes FROM documents AS d JOIN terms USING (license) "
            f"LEFT JOIN ({edits}) AS e ON e.doc_id = d.doc_id ANTI JOIN answered AS a ON a.doc_id = d.doc_id "
            "WHERE d.doc_id >= $low AND d.doc_id < $high ORDER BY d.doc_id"
        )
        files = {"files": self.ledger} if self.ledger else {}
        for low, high in self._ranges():
            settings = {**files, "low": low, "high": high}
            yield from self.connection.sql(statement, params=settings).to_arrow_reader(rows)

    def _ranges(self) -> Iterator[tuple[str, str]]:
        """Yield the bounds of ranges of doc_id, hexadecimal digits, that hold some ORDERED documents each."""
        (counted,) = query.rows(self.connection, "SELECT count(*) AS n FROM documents")
        number = min(1 + counted["n"] // ORDERED, len(_DIGITS) ** 4)
        starts = [f"{len(_DIGITS) ** 4 * at // number:04x}" for at in range(number)]
        yield from pairwise([*starts, "g"])

    def _ask(self, statement: str) -> Any:
        return self.connection.execute(statement)


@contextmanager
def population(hub: Hub, version: Version, bounds: Bounds | None = None) -> Iterator[Population]:
    """Open the documents of *version* for questions.

    Raises:
        VersionRetired: its files were removed.
        DamagedFile: a data file is missing or unreadable.
    """
    require_files(version, standing_of(hub.db, version))
    paths = query.resolve_all(hub.home, version_files(hub.db, version, "documents"))
    ledger = query.resolve_all(hub.home, version_files(hub.db, version, "ledger"))
    with query.connect([*paths, *ledger], bounds) as connection:
        files = ", ".join(map(query.quote, paths))
        relation = f"read_parquet([{files}], union_by_name = true)" if paths else _nothing()
        query.rows(connection, f"SELECT count(*) AS n FROM {relation} WHERE false")  # told apart: missing, or damaged
        held = {row["column_name"] for row in query.rows(connection, f"DESCRIBE SELECT * FROM {relation}")}
        missing = "" if "profile" in held else ", NULL::VARCHAR AS profile"
        teach_hosts(connection)
        connection.execute(_VIEW.format(missing=missing, relation=relation))
        yield Population(connection, ledger, frozenset(held))


def _nothing() -> str:
    strings = ("doc_id", "uri", "source", "license", "language", "text")
    columns = ", ".join(f"NULL::VARCHAR AS {name}" for name in strings)
    return f"(SELECT {columns}, NULL::TIMESTAMPTZ AS captured_at WHERE false)"
