from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lineage.commit.release import Release
from lineage.control.versions import Version
from lineage.hub import Hub
from lineage.questions.export import Format, export
from lineage.questions.hugging_face import card, license_ids, size_category
from lineage.references import VersionRef
from lineage.storage import parquet
from lineage.storage.tables import DOCUMENTS


def test_layout_is_what_the_hub_expects(
    hub: Hub,
    make_version: Callable[..., Version],
    make_release: Callable[..., Release],
    tmp_path: Path,
) -> None:
    """A card at the root, numbered shards in data/, rows as in the version and no map columns."""
    earlier = make_release("r1", [1, 2])
    make_version("r1", [1, 2])
    make_version("r2", [3], keeping=earlier)
    done = export(hub, VersionRef("fruit"), tmp_path / "out", Format.HF)
    assert done.documents == 3
    assert set(done.files) == {
        "README.md",
        "data/train-00000-of-00002.parquet",
        "data/train-00001-of-00002.parquet",
    }
    tables = [pq.read_table(tmp_path / "out" / name) for name in done.files if name != "README.md"]
    rows = [row for table in tables for row in table.to_pylist()]
    assert sorted(row["source_id"] for row in rows) == ["Q-1", "Q-2", "Q-3"]
    assert rows[0]["pii_counts"] == [{"key": "EMAIL", "value": 2}]
    assert rows[0]["text"].startswith("Document")


def test_files_of_an_earlier_release_have_the_same_columns(
    hub: Hub,
    make_version: Callable[..., Version],
    make_release: Callable[..., Release],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The library wants one schema, so what an older file lacks is null."""
    old = pa.schema([field for field in DOCUMENTS if field.name not in ("title", "author")])
    with monkeypatch.context() as patch:
        patch.setattr(parquet, "documents_schema", lambda signals: old)
        earlier = make_release("r1", [1, 2])
    make_version("r2", [3], keeping=earlier)
    done = export(hub, VersionRef("fruit"), tmp_path / "out", Format.HF)
    first, second = (pq.read_schema(tmp_path / "out" / name) for name in done.files if name != "README.md")
    assert first.equals(second)
    assert {"title", "author"} <= set(first.names)


def test_card_is_valid_front_matter(make_version: Callable[..., Version]) -> None:
    """The front matter stands between two rules, quotes what YAML would misread, and names every part once."""
    version = dataclasses.replace(
        make_version("r1", [1]),
        licenses={"MIT": 2, "GPL-3.0-only": 1, "unknown": 1, "LicenseRef-x": 1},
        languages={"no": 3, "unknown": 2},
    )
    text = card(version, {"pii": "not scanned"})
    front = text.split("---\n")[1].splitlines()
    assert text.startswith("---\n")
    assert front[front.index("license:") + 1 :][:4] == ['- "gpl-3.0"', '- "mit"', '- "other"', '- "unknown"']
    assert front[front.index("language:") + 1] == '- "no"'
    assert '    path: "data/train-*.parquet"' in front
    assert "- pii: not scanned" in text


def test_licences_without_documents_are_left_out() -> None:
    """Only licences that a document carries are named, each once."""
    assert license_ids({"MIT": 0, "CC-BY-4.0": 2, "LGPL-2.1-or-later": 1, "LGPL-2.1-only": 1}) == [
        "cc-by-4.0",
        "lgpl-2.1",
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
