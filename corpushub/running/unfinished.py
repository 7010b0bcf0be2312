"""What crashed commands left unfinished, and how the next command ends it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from corpushub.running.rewriters import rewriters_for
from lineage.erasure.erase import resume
from lineage.hub import Hub
from pipelines.execution.executor import Execution

WORK: Final = ".erasure"
"""Folder of the files that erasures keep while they last; no dataset has such a name."""


def finish(hub: Hub, execution: Execution | None = None) -> list[dict[str, Any]]:
    """Finish the erasures of *home* that were interrupted; [] if there are none."""
    with rewriters_for(hub.home, WORK, execution or Execution()) as rewriters:
        return [erasure_answer(one, []) for one in resume(hub, rewriters)]


def erasure_answer(receipt: Mapping[str, Any], unsearched: list[dict[str, str]]) -> dict[str, Any]:
    """Return what ``erase --json`` prints of *receipt*; *unsearched* are versions in which no hash tells of persons."""
    return {
        "receipt": receipt["receipt"],
        "matched": receipt["matched"],
        "versions": [{"version": one["version"], "documents": one["documents"]} for one in receipt["versions"]],
        "verified": receipt["verified"],
        "documents": [],
        "unsearched": unsearched,
        "remains": receipt["remains"],
    }
