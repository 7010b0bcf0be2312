"""Who has seen what: a row for each document of which a text, a finding or its story was shown; never what it says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from lineage.hub.database import Database, insert, rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lineage.references import VersionRef

DAYS = 400
"""How long it is remembered who has seen what."""


class Aspect(StrEnum):
    """What of a document was shown."""

    TEXT = "text"  # all of it
    SNIPPET = "snippet"  # some of its text
    STORY = "story"  # what was done to it, and why, and what is known of its rights
    BOTH = "text and story"
    FINDING = "finding"  # that a policy does not allow it


@dataclass(frozen=True, slots=True)
class Reveal:
    """Something of a document that is about to be shown.

    Attributes:
        dataset: whose document.
        number: of the version.
        doc_id: its id.
        what: which of it.
    """

    dataset: str
    number: int
    doc_id: str
    what: Aspect


@dataclass(frozen=True, slots=True)
class Access:
    """That somebody was shown something of a document.

    Attributes:
        at: when, RFC 3339 in UTC.
        who: the id of a token, "operator" on the hub's own machine, or "public".
        version: NAME@vN.
        doc_id: its id; null once the document was erased.
        what: text, snippet, story, text and story, or finding.
        receipt: of the erasure that took it out, receipt:ID; null if none did.
    """

    at: str
    who: str
    version: str
    doc_id: str | None
    what: Aspect
    receipt: str | None


@dataclass(frozen=True, slots=True)
class Looked:
    """Whose looks are asked for; what is null asks nothing.

    Attributes:
        dataset: at this dataset.
        who: of this token id, "operator" or "public".
        doc_id: at this document.
        since: from this time on, RFC 3339 in UTC.
        limit: the newest so many.
    """

    dataset: str | None = None
    who: str | None = None
    doc_id: str | None = None
    since: str | None = None
    limit: int = 100


def put_accesses(db: Database, at: str, who: str, shown: Sequence[Reveal]) -> None:
    """Record that *who* is shown what is *shown*, in one transaction; once it returns it is durable."""
    with db.begin() as connection:
        insert(
            connection,
            "accesses",
            (
                {
                    "at": at,
                    "who": who,
                    "dataset": one.dataset,
                    "number": one.number,
                    "doc_id": one.doc_id,
                    "what": one.what,
                }
                for one in shown
            ),
        )


def list_accesses(db: Database, asked: Looked) -> tuple[Access, ...]:
    """Return the accesses that are *asked* for, the newest first."""
    values: dict[str, Any] = {"limit": asked.limit}
    met = []
    for name, test in (("dataset", "="), ("who", "="), ("doc_id", "="), ("since", ">=")):
        if (value := getattr(asked, name)) is not None:
            met.append(f"{'at' if name == 'since' else name} {test} :{name}")
            values[name] = value
    where = f"WHERE {' AND '.join(met)}" if met else ""
    query = f"SELECT * FROM accesses {where} ORDER BY id DESC LIMIT :limit"
    return tuple(
        Access(
            at=row["at"],
            who=row["who"],
            version=f"{row['dataset']}@v{row['number']}",
            doc_id=row["doc_id"],
            what=Aspect(row["what"]),
            receipt=row["receipt"] and f"receipt:{row['receipt']}",
        )
        for row in rows(db, query, **values)
    )


def count_accesses(db: Database, before: str) -> int:
    """Return how many accesses are older than *before*."""
    (row,) = rows(db, "SELECT count(*) AS number FROM accesses WHERE at < :before", before=before)
    return int(row["number"])


def forget_accesses(db: Database, before: str) -> None:
    """Forget the accesses that are older than *before*."""
    from lineage.hub.people_schema import ACCESSES  # SQLAlchemy, which only whoever changes something needs

    with db.begin() as connection:
        connection.execute(ACCESSES.delete().where(ACCESSES.c.at < before))


def forget_seen(connection: Connection, doc_ids: Iterable[str], receipt: str) -> None:
    """Put *receipt* in the place of *doc_ids*, which its erasure takes out: who saw any of them can still be told."""
    from sqlalchemy import bindparam  # whoever has a connection has imported it

    from lineage.hub.people_schema import ACCESSES

    forget = ACCESSES.update().where(ACCESSES.c.doc_id == bindparam("gone")).values(doc_id=None, receipt=receipt)
    if gone := [{"gone": one} for one in sorted(doc_ids)]:
        connection.execute(forget, gone)


def reveal(version: VersionRef, doc_id: str, what: Aspect) -> Reveal:
    """Return that *what* of document *doc_id* of *version*, which names a number, is about to be shown."""
    assert version.number is not None
    return Reveal(version.dataset, version.number, doc_id, what)
