from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from lineage import control
from lineage.catalog import open_catalog, tags
from lineage.control import Version
from lineage.erasure import Means, Order, erase
from lineage.home import Home
from lineage.publish import publish
from lineage.receipts import Subject
from lineage.references import DocumentRef, VersionRef
from lineage.release import Release
from lineage.relocate import follow_move
from lineage.trace import trace_document


def test_moved_hub_is_read_at_once_and_written_after_a_rebuild(
    home: Home,
    db: Engine,
    publish_version: Callable[..., Version],
    make_release: Callable[..., Release],
    make_id: Callable[[int], str],
    tmp_path: Path,
) -> None:
    """After the folder was moved, queries work; the next commit rebuilds Iceberg there and continues the numbers."""
    publish_version("r1", [1, 2])
    publish_version("r2", [1, 2, 3])
    release = make_release("r3", [1, 2, 3, 4])
    db.dispose()
    moved = Home(home.path.rename(tmp_path / "elsewhere"))
    assert trace_document(moved, DocumentRef(VersionRef("fruit"), make_id(1)))["versions"] == ["fruit@v1", "fruit@v2"]
    engine = control.connect(moved)
    control.start_run(engine, release.run)
    inside = {
        name: [type(file)(home.relative(file.path), file.sha256, file.rows, file.bytes, "0", "f") for file in files]
        for name, files in (("documents", release.documents), ("ledger", release.ledger))
    }
    version = publish(moved, engine, Release(release.run, inside["documents"], inside["ledger"]))
    assert version.name == "fruit@v3"
    table = open_catalog(moved).load_table(("fruit", "documents"))
    assert list(tags(table)) == ["v1", "v2", "v3"]
    sizes = [table.scan(snapshot_id=table.metadata.refs[f"v{n}"].snapshot_id).to_arrow().num_rows for n in (1, 2, 3)]
    assert sizes == [2, 3, 4]
    assert not home.path.exists()
    assert not follow_move(moved, engine, "fruit")


def test_revisions_move_too(
    home: Home, db: Engine, publish_version: Callable[..., Version], make_id: Callable[[int], str], tmp_path: Path
) -> None:
    """After a rebuild a version that an erasure changed has its second tag again."""
    publish_version("r1", [1, 2])
    publish_version("r2", [2, 3])
    erase(home, Order((Subject("doc", make_id(1)),), "request"), Means())
    db.dispose()
    moved = Home(home.path.rename(tmp_path / "elsewhere"))
    assert follow_move(moved, control.connect(moved), "fruit")
    for name in ("documents", "ledger"):
        table = open_catalog(moved).load_table(("fruit", name))
        assert list(tags(table)) == ["v1", "v1.1", "v2"]
        assert table.metadata.refs["v1"].snapshot_id == table.metadata.refs["v1.1"].snapshot_id
    assert not follow_move(moved, control.connect(moved), "fruit")


def test_hub_that_was_not_moved_is_left_alone(home: Home, db: Engine, publish_version: Callable[..., Version]) -> None:
    """Nothing is rebuilt where nothing moved, nor for a dataset without versions."""
    assert not follow_move(home, db, "fruit")
    publish_version("r1", [1])
    assert not follow_move(home, db, "fruit")
