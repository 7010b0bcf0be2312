"""The steps a recipe may name: one small file each."""

from __future__ import annotations

from typing import ClassVar, Protocol

import pyarrow as pa

from pipelines.outcome import Outcome
from pipelines.steps.c4 import C4
from pipelines.steps.fineweb_quality import FineWebQuality
from pipelines.steps.gopher_quality import GopherQuality
from pipelines.steps.gopher_repetition import GopherRepetition
from pipelines.steps.language import Language


class Step(Protocol):
    """Judges a batch of documents; its fields are the keys of its section in a recipe.

    A batch has the columns text (string, no nulls), language (string, null where not identified) and language_score
    (float32), and what earlier steps added.

    Attributes:
        signals: names and types of the columns it adds.
        needs_language: whether its rules are for documents whose language is identified.
    """

    signals: ClassVar[dict[str, pa.DataType]]
    needs_language: ClassVar[bool]

    def __call__(self, batch: pa.RecordBatch) -> Outcome:
        """Return what of *batch* goes on, and why the rest does not."""


STEPS: dict[str, type[Step]] = {
    "language": Language,
    "gopher_quality": GopherQuality,
    "gopher_repetition": GopherRepetition,
    "c4": C4,
    "fineweb_quality": FineWebQuality,
}
"""Every step by the name that recipes use."""
