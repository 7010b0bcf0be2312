"""What a hub never makes in its control database: views, triggers and the like, by which it would answer otherwise.

No digest of rows can tell what such a thing does between two questions; so nothing is asked where there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lineage.errors import AlteredDatabase
from lineage.hub.database import TABLES, Database, rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

_CLAUSES: Final = re.compile(r"\b(?:VIRTUAL|CONFLICT|GENERATED|AS|CHECK|COLLATE|REFERENCES|DEFAULT)\b", re.IGNORECASE)
"""Clauses that no table of ours has, and by which SQLite computes, refuses, replaces or removes what is written."""

_POSTGRESQL: Final = """
    SELECT c.relname AS name, CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
        WHEN 'f' THEN 'foreign table' ELSE 'partitioned table' END AS kind, '' AS own
      FROM pg_class c WHERE c.oid = to_regclass(quote_ident(c.relname)) AND c.relkind <> 'r' AND c.relname IN (NAMES)
    UNION ALL SELECT c.relname, 'trigger', t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
      WHERE c.oid = to_regclass(quote_ident(c.relname)) AND c.relname IN (NAMES)
    UNION ALL SELECT c.relname, 'rule', r.rulename FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
      WHERE c.oid = to_regclass(quote_ident(c.relname)) AND c.relkind = 'r' AND c.relname IN (NAMES)
    UNION ALL SELECT c.relname, 'policy', p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
      WHERE c.oid = to_regclass(quote_ident(c.relname)) AND c.relname IN (NAMES)
    UNION ALL SELECT c.relname, 'row security', '' FROM pg_class c
      WHERE c.oid = to_regclass(quote_ident(c.relname)) AND c.relrowsecurity AND c.relname IN (NAMES)
    UNION ALL SELECT c.relname, 'inheriting table', i.inhrelid::regclass::text FROM pg_inherits i
      JOIN pg_class c ON c.oid = i.inhparent
      WHERE c.oid = to_regclass(quote_ident(c.relname)) AND c.relname IN (NAMES)
    UNION ALL SELECT c.relname, 'generated column', a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.oid = to_regclass(quote_ident(c.relname)) AND a.attgenerated <> '' AND c.relname IN (NAMES)
    """.replace("NAMES", ", ".join(f"'{name}'" for name in sorted(TABLES)))


def require_unaltered(source: Database | Connection) -> None:
    """Raise AlteredDatabase where the control database holds what changes what is asked of it, or written to it."""
    found = sorted(_alterations(source))
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        message = f"the control database holds {found[0]}{more}, which corpushub never makes; nothing was read or "
        raise AlteredDatabase(message + "changed; find out who did, drop it, and run `corpushub verify`")


def _alterations(source: Database | Connection) -> Iterator[str]:
    if source.is_sqlite if isinstance(source, Database) else source.dialect.name == "sqlite":
        yield from _of_sqlite(source)
    elif isinstance(source, Database) or source.dialect.name == "postgresql":
        for row in rows(source, _POSTGRESQL):
            kind, table, own = row["kind"], row["name"], row["own"]
            yield f"the {kind} {own} on {table}" if own else f"the {kind} {table}"


def _of_sqlite(source: Database | Connection) -> Iterator[str]:
    """Yield what stands in a file that is the hub's alone."""
    for row in rows(source, "SELECT type, name, tbl_name, sql FROM sqlite_master"):
        kind, name, table = row["type"], row["name"], row["tbl_name"]
        if kind == "view":
            yield f"the view {name}"
        elif kind == "trigger":
            yield f"the trigger {name} on {table}"
        elif kind == "table" and name.lower() in TABLES and (clause := _CLAUSES.search(row["sql"] or "")):
            yield f"the table {name} with {clause[0].upper()}"
