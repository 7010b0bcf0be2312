from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lineage.commit.release import Release
from lineage.control.versions import Version
from lineage.hub import Hub
from lineage.questions.export import Format, export
from lineage.references import VersionRef
from lineage.storage import parquet
from lineage.storage.tables import DOCUMENTS


def test_layout_is_what_the_hub_expects(
    hub: Hub,
    make_version: Callable[..., Version],
    make_release: Callable[..., Release],
    tmp_path: Path,
) -> None:
    """The caller's card at the root, numbered shards in data/, rows as in the version and no map columns."""
    earlier = make_release("r1", [1, 2])
    make_version("r1", [1, 2])
    make_version("r2", [3], keeping=earlier)
    about = {"README.md": "---\n---\n"}
    done = export(hub, VersionRef("fruit"), tmp_path / "out", Format.HF, about=about)
    assert done.documents == 3
    assert (tmp_path / "out" / "README.md").read_text(encoding="utf-8") == about["README.md"]
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
