"""Find the numbers of staff badges."""

from __future__ import annotations

from presidio_analyzer import Pattern, PatternRecognizer


class BadgeRecognizer(PatternRecognizer):
    """Finds badge numbers of the example company: ``B-`` and six digits."""

    def __init__(self) -> None:
        super().__init__(
            supported_entity="EXAMPLE_BADGE",
            patterns=[Pattern("badge", r"\bB-\d{6}\b", 0.6)],
            context=["badge", "staff"],
        )
