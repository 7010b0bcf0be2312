"""Drops: which documents a stage of deduplication takes out, and for whom; runs by number between its stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.dedup.catalogue import Numbers
from pipelines.handover.runs import SPACE, KeyRange, RunList, write_run
from pipelines.handover.sections import Array
from pipelines.reasons import Reason

REASONS = (
    Reason.REPEATED_RECORD,
    Reason.ID_CONFLICT,
    Reason.EXACT_DUPLICATE,
    Reason.NEAR_DUPLICATE,
    Reason.URL_DUPLICATE,
)
REPEATED, CONFLICT, EXACT, NEAR, URL = range(len(REASONS))
"""Codes of the reasons in a Drops."""

REFUSED, STAYED = 254, 255
"""Further codes, of documents that deduplication did not drop: refused by the release stage, and kept."""


@dataclass(frozen=True, slots=True)
class Drops:
    """n documents that are dropped, each at most once.

    Attributes:
        numbers: int64, the dropped documents.
        winners: int64, for whom; a later stage may drop a winner in turn.
        doc_ids: uint8 (n, 16), the winners' ids.
        similarities: float32, nan where the reason has none.
        codes: uint8, index into REASONS.
    """

    numbers: Numbers
    winners: Numbers
    doc_ids: npt.NDArray[np.uint8]
    similarities: npt.NDArray[np.float32]
    codes: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: Array | slice) -> Drops:
        """Return some of the drops."""
        return Drops(
            self.numbers[rows], self.winners[rows], self.doc_ids[rows], self.similarities[rows], self.codes[rows]
        )

    def write(self, path: str, lows: Numbers) -> None:
        """Write a run by number; *lows* are the first numbers of the spans by which it will be read."""
        self._write(path, self.numbers, lows)

    def write_claims(self, path: str, lows: Numbers) -> None:
        """Write a run by winner, for who asks whether winners are dropped themselves: one span needs none."""
        if len(lows) > 1:
            self._write(claims_path(path), self.winners, lows)

    def _write(self, path: str, keys: Numbers, lows: Numbers) -> None:
        columns: dict[str, Array] = {
            "number": self.numbers,
            "winner": self.winners,
            "doc_id": self.doc_ids,
            "similarity": self.similarities,
            "code": self.codes,
        }
        write_run(path, keys, columns, lows)


def claims_path(path: str) -> str:
    """Return where the drops at *path* stand by winner."""
    return f"{path}.claims"


NONE = Drops(
    np.empty(0, np.int64),
    np.empty(0, np.int64),
    np.empty((0, 16), np.uint8),
    np.empty(0, np.float32),
    np.empty(0, np.uint8),
)
"""No drops."""


def read_drops(lists: Sequence[str], low: int = 0, high: int = SPACE) -> Drops:
    """Read the drops with keys [low, high) of several lists of runs as one, ascending by number."""
    pieces = [NONE]
    for path in lists:
        with KeyRange(RunList.load(path).between(low, high), low, high) as table:
            if len(table):
                pieces.append(Drops(*map(table.read, ("number", "winner", "doc_id", "similarity", "code"))))
    joined = Drops(
        np.concatenate([piece.numbers for piece in pieces]),
        np.concatenate([piece.winners for piece in pieces]),
        np.concatenate([piece.doc_ids for piece in pieces]),
        np.concatenate([piece.similarities for piece in pieces]),
        np.concatenate([piece.codes for piece in pieces]),
    )
    return joined.take(np.argsort(joined.numbers, kind="stable"))


def dropped_mask(lists: Sequence[str], low: int, high: int) -> npt.NDArray[np.bool_]:
    """Return for each of the documents [low, high) whether the lists of drops hold it."""
    mask = np.zeros(high - low, np.bool_)
    for path in lists:
        with KeyRange(RunList.load(path).between(low, high), low, high) as table:
            if len(table):
                mask[table.read("key").astype(np.int64) - low] = True
    return mask
