from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from corpushub.papers.linked.hugging_face import front_matter, license_ids, size_category

if TYPE_CHECKING:
    from tests.corpushub.papers.conftest import Documented


def test_the_card_loads_and_is_that_of_the_export(documented: Documented, tmp_path: Path) -> None:
    """The Hub's own class reads the metadata, and the export's README.md has the same bytes."""
    cards = pytest.importorskip("huggingface_hub", reason="the extra papers is not installed")
    hub, ref = documented.hub, str(documented.ref)
    hub.papers(ref, "hf", tmp_path / "papers")
    hub.export(ref, tmp_path / "export", "hf")
    card = cards.DatasetCard.load(tmp_path / "papers" / "README.md")

    assert card.data.language == ["de", "en"]
    assert card.data.license == ["cc-by-4.0", "cc-by-nc-4.0", "cc0-1.0", "other", "unknown"]
    assert card.data.size_categories == ["n<1K"]
    assert card.data.pretty_name == "Timetables | of <b>ferries</b>"
    assert card.data.configs[0]["data_files"][0]["path"] == "data/train-*.parquet"
    assert "<b>" not in card.text
    assert (tmp_path / "papers" / "README.md").read_bytes() == (tmp_path / "export" / "README.md").read_bytes()


@pytest.mark.parametrize("char", ["\0", "\x7f", "\x80", "\x9f", "\u2028", "\u202e", "\ufffe", "\U0001f600", '"'])
def test_any_title_is_a_string_of_yaml(documented: Documented, char: str) -> None:
    """A title of strange characters does not keep the card from being loaded, and none of them turns text."""
    yaml = pytest.importorskip("yaml", reason="the extra papers is not installed")
    facts = documented.facts
    named = replace(facts, documentation=replace(facts.documentation, title=f"a{char}b"))
    lines = front_matter(named)

    assert yaml.safe_load(lines.strip("-\n"))["pretty_name"] == f"a{char}b"
    assert all(one.isprintable() or one == "\n" for one in lines)


def test_licences_are_named_once() -> None:
    """What the Hub has no word for is "other"; versions that it does not tell apart are one."""
    assert license_ids(["CC-BY-4.0", "LGPL-2.1-or-later", "LGPL-2.1-only", "LicenseRef-x", "unknown"]) == [
        "cc-by-4.0",
        "lgpl-2.1",
        "other",
        "unknown",
    ]


@pytest.mark.parametrize(
    ("documents", "category"),
    [
        (0, "n<1K"),
        (999, "n<1K"),
        (1000, "1K<n<10K"),
        (10**6 - 1, "100K<n<1M"),
        (10**6, "1M<n<10M"),
        (10**12 - 1, "100B<n<1T"),
        (10**12, "n>1T"),
    ],
)
def test_size_categories(documents: int, category: str) -> None:
    """Each power of ten begins a category."""
    assert size_category(documents) == category
