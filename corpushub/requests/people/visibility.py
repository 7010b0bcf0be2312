"""Say what datasets show to everybody, and tell it."""

from __future__ import annotations

from dataclasses import dataclass

from corpushub.errors import BadRequest
from lineage.control.people.roles import Visibility
from lineage.control.people.visibilities import DatasetVisibility, put_visibility, visibilities
from lineage.control.versions import get_version, list_datasets
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.references import VersionRef


@dataclass(frozen=True, slots=True)
class Visibilities:
    """What datasets show to everybody, by name.

    Attributes:
        datasets: them.
    """

    datasets: tuple[DatasetVisibility, ...]


def visibility(hub: Hub, dataset: str | None = None, level: str | None = None) -> Visibilities:
    """Let *dataset* show *level* from now on, if that is given; return what it shows, or what all do.

    Raises:
        BadRequest: there is no such level.
        UnknownReference: there is no such dataset.
    """
    if level is not None and level not in [*Visibility]:
        raise BadRequest(f"{level!r} is no visibility; nothing was changed; write one of {', '.join(Visibility)}")
    if dataset is not None:
        get_version(hub.db, VersionRef(dataset))
        if level is not None:
            put_visibility(hub.db, dataset, Visibility(level), now())
    known = visibilities(hub.db)
    names = list_datasets(hub.db) if dataset is None else [dataset]
    return Visibilities(tuple(known.get(one, DatasetVisibility(one, Visibility.PRIVATE, None)) for one in names))
