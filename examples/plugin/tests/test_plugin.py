"""The example does what corpushub asks of every step and connector."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpushub_example.cards import CONNECTOR
from corpushub_example.shouting import Shouting

from connectors import Connector
from corpushub.testing.connectors import ConnectorContract, read_rows
from corpushub.testing.steps import StepContract, documents


class TestShouting(StepContract):
    """The step, by the contract and by what it is for."""

    @pytest.fixture
    def step(self) -> Shouting:
        """Return the step as a recipe without settings makes it."""
        return Shouting()

    def test_shouting_is_dropped(self, step: Shouting) -> None:
        """Capital letters above the share go, with the share; scripts without capitals stay."""
        outcome = step(documents(["NO WAY, he", "No way, he said", "船は港を出た", ""]))

        assert outcome.dropped["text"].to_pylist() == ["NO WAY, he"]
        assert (outcome.reasons.to_pylist(), outcome.values.to_pylist()) == (["example_shouting"], [5 / 7])


class TestCards(ConnectorContract):
    """The connector, by the contract and by what it is for."""

    @pytest.fixture
    def connector(self) -> Connector:
        """Return the connector."""
        return CONNECTOR

    @pytest.fixture
    def sample(self, tmp_path: Path) -> Path:
        """Write three cards, one of them empty."""
        path = tmp_path / "a.cards"
        path.write_text("=== one\nA text.\nOf two lines.\n=== two\n=== three\nThe last.\n", encoding="utf-8")
        return path

    def test_cards_are_documents(self, connector: Connector, sample: Path) -> None:
        """A card's name is the record's own id, and what follows is its text."""
        rows = read_rows(connector, sample)

        assert [(row["source_id"], row["text"]) for row in rows] == [
            ("one", "A text.\nOf two lines."),
            ("two", ""),
            ("three", "The last."),
        ]
