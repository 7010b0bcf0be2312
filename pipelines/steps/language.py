"""Identify the language of documents, and keep those wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.outcome import Outcome, Rule, first_broken
from pipelines.reasons import Reason
from pipelines.steps.signals import attach, require_languages, require_ratios, written_in


@dataclass(frozen=True, slots=True)
class Language:
    """Set language and language_score by fastText's lid.176 (Joulin et al. 2016), and judge them.

    The language is a code as the model gives it (ISO 639-1, or 639-3 where there is none), null where a text has no
    letter. A text above 8 KiB is judged by a sample (pipelines.kernels.languages.identification.SAMPLE_PARTS).

    Attributes:
        keep: drop documents in other languages, or in none; None keeps all.
        min_score: drop documents whose language is less probable than this. FineWeb (Penedo et al. 2024, section 3.1)
            keeps English at 0.65; the default drops nothing.
    """

    keep: tuple[str, ...] | None = None
    min_score: float = 0.0

    signals: ClassVar[dict[str, pa.DataType]] = {"language": pa.string(), "language_score": pa.float32()}
    needs_language: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require_ratios(min_score=self.min_score)
        if self.keep is not None:
            require_languages(self.keep)

    def __call__(self, batch: pa.RecordBatch) -> Outcome:
        """Identify, then drop what is uncertain or not wanted; the detail is the language."""
        from pipelines.kernels.languages.identification import identify

        language, score = identify(batch["text"])
        batch = attach(batch, {"language": language, "language_score": score})
        uncertain = pc.less(pc.fill_null(score, 0.0), pa.scalar(self.min_score, pa.float32()))
        unwanted = np.zeros(len(batch), np.bool_) if self.keep is None else ~written_in(batch, self.keep)
        rules = [
            Rule(Reason.LANGUAGE_UNCERTAIN, uncertain, score),
            Rule(Reason.LANGUAGE_NOT_WANTED, pa.array(unwanted), score),
        ]
        return Outcome.without(batch, *first_broken(rules, batch.num_rows), language)
