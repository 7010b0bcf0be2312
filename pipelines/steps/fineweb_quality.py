"""Drop documents that are lists, menus or boilerplate: the filters that FineWeb added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.outcome import Outcome
from pipelines.reasons import Reason
from pipelines.steps.signals import above, attach, below, ratio, require_languages, require_ratios, spread, written_in


@dataclass(frozen=True, slots=True)
class FineWebQuality:
    """Apply the filters of FineWeb (Penedo et al. 2024, section 3.6) to documents in some languages; others pass.

    The defaults are the paper's, except for max_newline_ratio, which is that of the code that made FineWeb; that code
    drops at 0.01 of characters in duplicate lines, where the paper has 0.1. A value equal to a limit is kept. Blank
    lines are not counted as lines. The rule about words does not apply where words are not set apart by spaces
    (pipelines.kernels.languages.identification.has_spaced_words).

    Attributes:
        languages: codes of the languages the filters are for.
        min_punctuated_lines: smallest share of lines that end with punctuation (codepoints.TERMINAL_MARKS).
        max_duplicate_line_chars: largest share of characters in lines that equal an earlier one.
        short_line_chars: a line of at most so many code points is short.
        max_short_lines: largest share of short lines.
        max_newline_ratio: most newlines for each word.
    """

    languages: tuple[str, ...] = ("en",)
    min_punctuated_lines: float = 0.12
    max_duplicate_line_chars: float = 0.1
    short_line_chars: int = 30
    max_short_lines: float = 0.67
    max_newline_ratio: float = 0.3

    signals: ClassVar[dict[str, pa.DataType]] = {
        "fineweb_punctuated_line_ratio": pa.float32(),
        "fineweb_short_line_ratio": pa.float32(),
        "fineweb_duplicate_line_char_ratio": pa.float32(),
        "fineweb_newline_ratio": pa.float32(),
    }
    needs_language: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require_languages(self.languages)
        if self.short_line_chars < 0 or self.max_newline_ratio < 0:
            raise ValueError("short_line_chars and max_newline_ratio are not negative")
        require_ratios(
            min_punctuated_lines=self.min_punctuated_lines,
            max_duplicate_line_chars=self.max_duplicate_line_chars,
            max_short_lines=self.max_short_lines,
        )

    def __call__(self, batch: pa.RecordBatch) -> Outcome:
        """Measure every signal, then drop by the first rule broken."""
        chosen = written_in(batch, self.languages)
        columns = dict(zip(self.signals, self._measure(batch.filter(pa.array(chosen)), chosen), strict=True))
        punctuated, short, duplicate, newlines = columns.values()
        rules = [
            below(punctuated, self.min_punctuated_lines, Reason.FINEWEB_LINE_PUNCTUATION),
            above(short, self.max_short_lines, Reason.FINEWEB_SHORT_LINES),
            above(duplicate, self.max_duplicate_line_chars, Reason.FINEWEB_DUPLICATE_LINE_CHARS),
            above(newlines, self.max_newline_ratio, Reason.FINEWEB_NEWLINES),
        ]
        return Outcome.decide(attach(batch, columns), rules)

    def _measure(self, batch: pa.RecordBatch, chosen: npt.NDArray[np.bool_]) -> list[pa.Array]:
        """Return the signals of *batch*, the documents *chosen* of a larger one, as columns of that."""
        from pipelines.kernels.languages.identification import has_spaced_words
        from pipelines.kernels.lines import find_repeats, shape_lines
        from pipelines.kernels.words import count_words

        shapes, repeats = shape_lines(batch["text"], self.short_line_chars), find_repeats(batch["text"])
        words = count_words(batch["text"])
        spaced = chosen.copy()
        spaced[chosen] = has_spaced_words(batch["language"], words.letters, words.spaceless)
        newlines = ratio(shapes.newlines, words.words)
        return [
            spread(ratio(shapes.terminal, shapes.lines), pa.float32(), chosen),
            spread(ratio(shapes.short, shapes.lines), pa.float32(), chosen),
            spread(ratio(repeats.repeated_line_chars, repeats.chars), pa.float32(), chosen),
            spread(newlines[spaced[chosen]], pa.float32(), spaced),
        ]
