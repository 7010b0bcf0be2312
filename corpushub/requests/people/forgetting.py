"""Forget what was told in confidence with requests that ended long ago, and keys of requests that never came about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from lineage.control.people.requests import KEPT_DAYS, PersonRequest, list_requests, move_request
from lineage.hub import Hub
from lineage.hub.connection import timestamp
from lineage.hub.own_secrets import place_of
from lineage.hub.sealed import idle_keys, shred

GRACE_SECONDS: Final = 3600.0
"""Keys younger than this are left alone: their request may be about to be recorded."""


def forgettable(hub: Hub, moment: datetime | None = None) -> list[Path]:
    """Return the keys of *hub*, in this home, under which nothing is sealed any more that may be kept."""
    requests = list_requests(hub.db)
    old = [place_of(hub.home, one.key) for one in _over(requests, moment) if one.key]
    used = {one.key for one in requests if one.key}
    return [*(path for path in old if path.exists()), *idle_keys(hub.home, used, GRACE_SECONDS)]


def forget(hub: Hub, keys: Iterable[Path], moment: datetime | None = None) -> None:
    """Shred *keys*, and remove from the control database what was sealed under those of requests that are over."""
    for one in _over(list_requests(hub.db), moment):
        move_request(hub.db, one.number, (one.state,), key=None, sealed=None)
    for path in keys:
        shred(path)


def _over(requests: Iterable[PersonRequest], moment: datetime | None) -> list[PersonRequest]:
    """Return those of *requests* that ended more than KEPT_DAYS before *moment* and of which something is left."""
    before = timestamp((moment or datetime.now(UTC)) - timedelta(days=KEPT_DAYS))
    return [one for one in requests if one.ended and one.ended < before and one.sealed]
