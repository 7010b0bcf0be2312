"""Keep the lines of web pages that are prose, and drop pages that are not: the rules of C4."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.outcome import Outcome, Rule, first_broken
from pipelines.reasons import Reason
from pipelines.steps.signals import attach, below, require_languages, spread, written_in

CITATION_MARKS = r"\[\d*\]|\[edit\]|\[citation needed\]"
"""Marks that Wikipedia leaves in sentences (Raffel et al. 2020, section 2.2), as a regular expression of RE2."""


@dataclass(frozen=True, slots=True)
class C4:
    """Apply the rules of C4 (Raffel et al. 2020, section 2.2) to documents in some languages; others pass as they are.

    Lines are removed by the rules of pipelines.kernels.linefilter. The curly bracket, "lorem ipsum" and bad words are
    looked for in the whole page, as the paper has it; sentences are counted in what is left. The paper's two editions
    differ: the numbers here are those of arXiv and of the code that made C4 (5 words, 3 sentences); the journal has 3
    and 5.

    Attributes:
        languages: codes of the languages the rules are for.
        min_line_words: fewest words of a line that is kept.
        min_sentences: fewest sentences of a page that is kept.
        bad_words: drop pages that hold one of these as a word or phrase of its own, in any case; None for no such rule.
        remove_citations: remove marks like "[1]" and "[citation needed]" before anything else; a document
            changed by that alone counts no removed lines.
    """

    languages: tuple[str, ...] = ("en",)
    min_line_words: int = 5
    min_sentences: int = 3
    bad_words: tuple[str, ...] | None = None
    remove_citations: bool = False

    signals: ClassVar[dict[str, pa.DataType]] = {
        "c4_removed_lines": pa.int32(),
        "c4_sentences": pa.int32(),
        "c4_curly_bracket": pa.bool_(),
        "c4_lorem_ipsum": pa.bool_(),
        "c4_bad_words": pa.bool_(),
    }
    needs_language: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require_languages(self.languages)
        if self.min_line_words < 0 or self.min_sentences < 0:
            raise ValueError("min_line_words and min_sentences are not negative")
        if self.bad_words is not None and (isinstance(self.bad_words, str) or not all(map(str.strip, self.bad_words))):
            raise ValueError("bad_words is a list of words or phrases, none of them blank")

    def __call__(self, batch: pa.RecordBatch) -> Outcome:
        """Edit and measure the documents in the languages asked for, then drop by the first rule broken."""
        chosen = written_in(batch, self.languages)
        before = batch["text"]
        after, columns = self._measure(before.filter(pa.array(chosen)), chosen)
        edited = pc.replace_with_mask(before, pa.array(chosen), after)
        rules = self._rules(columns)
        kept = pc.is_null(first_broken(rules, len(batch))[0])
        changed = np.flatnonzero(pc.not_equal(edited, before).filter(kept)).astype(np.uint32)
        outcome = Outcome.decide(attach(batch, {"text": edited, **columns}), rules)
        removed = outcome.kept["c4_removed_lines"].take(pa.array(changed))
        return replace(
            outcome,
            changed=changed,
            change_reason=Reason.C4_LINES,
            change_values=removed.to_numpy(zero_copy_only=False).astype(np.float64),
        )

    def _measure(
        self, texts: pa.StringArray, chosen: npt.NDArray[np.bool_]
    ) -> tuple[pa.StringArray, dict[str, pa.Array]]:
        """Return the edited *texts*, and the signal columns of the batch of which they are those *chosen*."""
        from pipelines.kernels.linefilter import keep_prose

        bad = self._find_bad_words(texts, chosen)
        if self.remove_citations:
            texts = pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, CITATION_MARKS, ""))
        prose = keep_prose(texts, self.min_line_words)
        return prose.texts, {
            "c4_removed_lines": spread(prose.removed, pa.int32(), chosen),
            "c4_sentences": spread(prose.sentences, pa.int32(), chosen),
            "c4_curly_bracket": spread(prose.curly_bracket, pa.bool_(), chosen),
            "c4_lorem_ipsum": spread(prose.lorem_ipsum, pa.bool_(), chosen),
            "c4_bad_words": bad,
        }

    def _find_bad_words(self, texts: pa.StringArray, chosen: npt.NDArray[np.bool_]) -> pa.BooleanArray:
        if not self.bad_words:
            return pa.nulls(len(chosen), pa.bool_())
        words = "|".join(map(re.escape, self.bad_words))
        pattern = rf"(?i)(?:^|[^\pL\pN_])(?:{words})(?:$|[^\pL\pN_])"
        return spread(pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False), pa.bool_(), chosen)

    def _rules(self, columns: dict[str, pa.Array]) -> list[Rule]:
        return [
            Rule(Reason.C4_LOREM_IPSUM, columns["c4_lorem_ipsum"]),
            Rule(Reason.C4_CURLY_BRACKET, columns["c4_curly_bracket"]),
            Rule(Reason.C4_BAD_WORDS, columns["c4_bad_words"]),
            below(columns["c4_sentences"], self.min_sentences, Reason.C4_TOO_FEW_SENTENCES),
        ]
