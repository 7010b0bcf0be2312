"""Drop documents that do not look like prose: the quality rules of Gopher."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pyarrow as pa

from pipelines.outcome import Outcome, Rule
from pipelines.reasons import Reason
from pipelines.steps.signals import above, attach, below, ratio, require_ratios, signal

if TYPE_CHECKING:
    from pipelines.kernels.words import WordCounts


@dataclass(frozen=True, slots=True)
class GopherQuality:
    """Apply the quality rules of Gopher (Rae et al. 2021, appendix A1.1); the defaults are the paper's.

    Words are set apart by white space. Where a script does not do that
    (pipelines.kernels.languages.identification.has_spaced_words), rules about words do not apply; the stop-word rule
    applies to languages with a list (pipelines.kernels.languages.stopwords) alone. Signals of rules that do not apply
    are null.

    Attributes:
        min_words: fewest words.
        max_words: most words.
        min_mean_word_length: shortest mean length of a word, in code points.
        max_mean_word_length: longest mean length of a word, in code points.
        max_symbol_ratio: most "#", or most ellipses, for each word.
        max_bullet_lines: largest share of lines that begin with a bullet.
        max_ellipsis_lines: largest share of lines that end with an ellipsis.
        min_alphabetic_words: smallest share of words with a letter.
        min_stop_words: fewest distinct stop words.
    """

    min_words: int = 50
    max_words: int = 100_000
    min_mean_word_length: float = 3.0
    max_mean_word_length: float = 10.0
    max_symbol_ratio: float = 0.1
    max_bullet_lines: float = 0.9
    max_ellipsis_lines: float = 0.3
    min_alphabetic_words: float = 0.8
    min_stop_words: int = 2

    signals: ClassVar[dict[str, pa.DataType]] = {
        "gopher_words": pa.int32(),
        "gopher_mean_word_length": pa.float32(),
        "gopher_symbol_ratio": pa.float32(),
        "gopher_bullet_line_ratio": pa.float32(),
        "gopher_ellipsis_line_ratio": pa.float32(),
        "gopher_alphabetic_ratio": pa.float32(),
        "gopher_stop_words": pa.int32(),
    }
    needs_language: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 0 <= self.min_words <= self.max_words:
            raise ValueError(f"min_words ({self.min_words}) is from 0 to max_words ({self.max_words})")
        if not 0 <= self.min_mean_word_length <= self.max_mean_word_length:
            raise ValueError("min_mean_word_length is from 0 to max_mean_word_length")
        if self.max_symbol_ratio < 0 or self.min_stop_words < 0:
            raise ValueError("max_symbol_ratio and min_stop_words are not negative")
        require_ratios(
            max_bullet_lines=self.max_bullet_lines,
            max_ellipsis_lines=self.max_ellipsis_lines,
            min_alphabetic_words=self.min_alphabetic_words,
        )

    def __call__(self, batch: pa.RecordBatch) -> Outcome:
        """Measure every signal, then drop by the first rule broken."""
        columns = _word_signals(batch) | _line_signals(batch)
        return Outcome.decide(attach(batch, {name: columns[name] for name in self.signals}), self._rules(columns))

    def _rules(self, columns: dict[str, pa.Array]) -> list[Rule]:
        words, length = columns["gopher_words"], columns["gopher_mean_word_length"]
        return [
            below(words, self.min_words, Reason.GOPHER_TOO_FEW_WORDS),
            above(words, self.max_words, Reason.GOPHER_TOO_MANY_WORDS),
            below(length, self.min_mean_word_length, Reason.GOPHER_WORD_LENGTH),
            above(length, self.max_mean_word_length, Reason.GOPHER_WORD_LENGTH),
            above(columns["gopher_symbol_ratio"], self.max_symbol_ratio, Reason.GOPHER_SYMBOLS),
            above(columns["gopher_bullet_line_ratio"], self.max_bullet_lines, Reason.GOPHER_BULLETS),
            above(columns["gopher_ellipsis_line_ratio"], self.max_ellipsis_lines, Reason.GOPHER_ELLIPSIS),
            below(columns["gopher_alphabetic_ratio"], self.min_alphabetic_words, Reason.GOPHER_ALPHABETIC),
            below(columns["gopher_stop_words"], self.min_stop_words, Reason.GOPHER_STOP_WORDS),
        ]


def _word_signals(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    from pipelines.kernels.languages.identification import has_spaced_words
    from pipelines.kernels.languages.stopwords import STOP_WORDS
    from pipelines.kernels.words import count_words

    places = {code: place for place, code in enumerate(STOP_WORDS)}
    lists = np.array([places.get(code, -1) for code in batch["language"].to_pylist()], np.int16)
    counts = count_words(batch["text"], lists)
    spaced = has_spaced_words(batch["language"], counts.letters, counts.spaceless)
    return _word_ratios(counts, spaced) | {
        "gopher_stop_words": signal(counts.stop_words, pa.int32(), spaced & (lists >= 0))
    }


def _word_ratios(counts: WordCounts, spaced: np.typing.NDArray[np.bool_]) -> dict[str, pa.Array]:
    symbols = np.maximum(counts.hashes, counts.ellipses)
    return {
        "gopher_words": signal(counts.words, pa.int32(), spaced),
        "gopher_mean_word_length": signal(ratio(counts.chars, counts.words), pa.float32(), spaced),
        "gopher_symbol_ratio": signal(ratio(symbols, counts.words), pa.float32(), spaced),
        "gopher_alphabetic_ratio": signal(ratio(counts.alphabetic, counts.words), pa.float32(), spaced),
    }


def _line_signals(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    from pipelines.kernels.lines import shape_lines

    shapes = shape_lines(batch["text"])
    return {
        "gopher_bullet_line_ratio": signal(ratio(shapes.bullets, shapes.lines), pa.float32()),
        "gopher_ellipsis_line_ratio": signal(ratio(shapes.ellipses, shapes.lines), pa.float32()),
    }
