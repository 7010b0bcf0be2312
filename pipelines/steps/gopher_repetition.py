"""Drop documents that repeat themselves: the repetition rules of Gopher."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

import pyarrow as pa

from pipelines.outcome import Outcome, Rule
from pipelines.reasons import Reason
from pipelines.steps.signals import above, attach, ratio, require_ratios, signal


@dataclass(frozen=True, slots=True)
class GopherRepetition:
    """Apply the repetition rules of Gopher (Rae et al. 2021, table A1); the defaults are the table's.

    A line or paragraph is a duplicate if an equal one stands before it. A top n-gram is the most frequent one, if it
    occurs twice; of duplicate n-grams the later occurrences count. No character is counted twice. Rules about n-grams
    of words do not apply where words are not set apart by spaces
    (pipelines.kernels.languages.identification.has_spaced_words); their signals are null there.

    Attributes:
        max_duplicate_lines: largest share of lines that are duplicates.
        max_duplicate_paragraphs: largest share of paragraphs that are duplicates.
        max_duplicate_line_chars: largest share of characters in duplicate lines.
        max_duplicate_paragraph_chars: largest share of characters in duplicate paragraphs.
        max_top_2gram: largest share of characters in the top 2-gram; likewise 3 and 4.
        max_top_3gram: see max_top_2gram.
        max_top_4gram: see max_top_2gram.
        max_duplicate_5gram: largest share of characters in duplicate 5-grams; likewise up to 10.
        max_duplicate_6gram: see max_duplicate_5gram.
        max_duplicate_7gram: see max_duplicate_5gram.
        max_duplicate_8gram: see max_duplicate_5gram.
        max_duplicate_9gram: see max_duplicate_5gram.
        max_duplicate_10gram: see max_duplicate_5gram.
    """

    max_duplicate_lines: float = 0.30
    max_duplicate_paragraphs: float = 0.30
    max_duplicate_line_chars: float = 0.20
    max_duplicate_paragraph_chars: float = 0.20
    max_top_2gram: float = 0.20
    max_top_3gram: float = 0.18
    max_top_4gram: float = 0.16
    max_duplicate_5gram: float = 0.15
    max_duplicate_6gram: float = 0.14
    max_duplicate_7gram: float = 0.13
    max_duplicate_8gram: float = 0.12
    max_duplicate_9gram: float = 0.11
    max_duplicate_10gram: float = 0.10

    signals: ClassVar[dict[str, pa.DataType]] = {
        "gopher_duplicate_line_ratio": pa.float32(),
        "gopher_duplicate_paragraph_ratio": pa.float32(),
        "gopher_duplicate_line_char_ratio": pa.float32(),
        "gopher_duplicate_paragraph_char_ratio": pa.float32(),
        "gopher_top_2gram_ratio": pa.float32(),
        "gopher_top_3gram_ratio": pa.float32(),
        "gopher_top_4gram_ratio": pa.float32(),
        "gopher_duplicate_5gram_ratio": pa.float32(),
        "gopher_duplicate_6gram_ratio": pa.float32(),
        "gopher_duplicate_7gram_ratio": pa.float32(),
        "gopher_duplicate_8gram_ratio": pa.float32(),
        "gopher_duplicate_9gram_ratio": pa.float32(),
        "gopher_duplicate_10gram_ratio": pa.float32(),
    }
    needs_language: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require_ratios(**{field.name: getattr(self, field.name) for field in fields(self)})

    def __call__(self, batch: pa.RecordBatch) -> Outcome:
        """Measure every signal, then drop by the first rule broken."""
        columns = dict(zip(self.signals, [*_line_ratios(batch), *_ngram_ratios(batch)], strict=True))
        return Outcome.decide(attach(batch, columns), self._rules(list(columns.values())))

    def _rules(self, columns: list[pa.Array]) -> list[Rule]:
        reasons = [
            Reason.GOPHER_DUPLICATE_LINES,
            Reason.GOPHER_DUPLICATE_PARAGRAPHS,
            Reason.GOPHER_DUPLICATE_LINE_CHARS,
            Reason.GOPHER_DUPLICATE_PARAGRAPH_CHARS,
            *[Reason.GOPHER_TOP_NGRAM] * 3,
            *[Reason.GOPHER_DUPLICATE_NGRAMS] * 6,
        ]
        limits = [getattr(self, field.name) for field in fields(self)]
        return [above(*rule) for rule in zip(columns, limits, reasons, strict=True)]


def _line_ratios(batch: pa.RecordBatch) -> list[pa.Array]:
    from pipelines.kernels.lines import find_repeats

    found = find_repeats(batch["text"])
    ratios = [
        ratio(found.repeated_lines, found.lines),
        ratio(found.repeated_paragraphs, found.paragraphs),
        ratio(found.repeated_line_chars, found.chars),
        ratio(found.repeated_paragraph_chars, found.chars),
    ]
    return [signal(values, pa.float32()) for values in ratios]


def _ngram_ratios(batch: pa.RecordBatch) -> list[pa.Array]:
    from pipelines.kernels.languages.identification import count_letters, has_spaced_words
    from pipelines.kernels.repetition import repeat_ngrams

    letters, spaceless = count_letters(batch["text"])
    spaced = has_spaced_words(batch["language"], letters, spaceless)
    return [signal(values, pa.float32(), spaced) for values in repeat_ngrams(batch["text"]).T]
