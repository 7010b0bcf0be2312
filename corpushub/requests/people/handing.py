"""Tell to whom exports went, and say it of a new one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from corpushub.errors import BadRequest
from lineage.control.people.exports import ExportRecord, Handed, list_exports
from lineage.control.versions import get_version
from lineage.hub import Hub
from lineage.references import VersionRef
from policies.addresses.kept_text import kept_text

MOST: Final = 200
"""Characters of the longest name of a recipient, and of the longest purpose."""


@dataclass(frozen=True, slots=True)
class Exports:
    """What left a hub, the newest first.

    Attributes:
        exports: what, when, and to whom.
    """

    exports: tuple[ExportRecord, ...]


def handed(recipient: str | None, purpose: str | None) -> Handed | None:
    """Return to whom an export goes, as it is kept: without e-mail addresses and phone numbers; None if nobody says.

    Raises:
        BadRequest: either is longer than MOST.
    """
    if recipient is None and purpose is None:
        return None
    if max(len(recipient or ""), len(purpose or "")) > MOST:
        raise BadRequest(f"--to and --purpose have at most {MOST} characters each; nothing was written")
    return Handed(*((one and kept_text(one.strip())) or None for one in (recipient, purpose)))


def exports(hub: Hub, dataset: str | None = None) -> Exports:
    """Return the exports of *dataset*, or of all.

    Raises:
        UnknownReference: there is no such dataset.
    """
    if dataset is not None:
        get_version(hub.db, VersionRef(dataset))
    return Exports(list_exports(hub.db, dataset))
