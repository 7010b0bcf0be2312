"""What datasets show to everybody, on record; one of which nothing is recorded is private."""

from __future__ import annotations

from dataclasses import dataclass

from lineage.control.people.roles import Visibility
from lineage.hub.database import Database, delete, insert, rows


@dataclass(frozen=True, slots=True)
class DatasetVisibility:
    """What a dataset shows to everybody.

    Attributes:
        dataset: its name.
        level: private, listed, metadata or open.
        since: since when, RFC 3339 in UTC; null where nobody ever said.
    """

    dataset: str
    level: Visibility
    since: str | None


def visibilities(db: Database) -> dict[str, DatasetVisibility]:
    """Return what is recorded, by name of the dataset."""
    found = rows(db, "SELECT dataset, level, since FROM visibilities ORDER BY dataset")
    return {row["dataset"]: DatasetVisibility(row["dataset"], Visibility(row["level"]), row["since"]) for row in found}


def put_visibility(db: Database, dataset: str, level: Visibility, at: str) -> None:
    """Let *dataset* show *level* from now, *at*, on."""
    with db.begin() as connection:
        delete(connection, "visibilities", dataset=dataset)
        insert(connection, "visibilities", [{"dataset": dataset, "level": level, "since": at}])
