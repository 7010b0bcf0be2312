from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lineage.commit.publish import publish
from lineage.commit.release import Release
from lineage.control.erasures import Subject
from lineage.control.runs import start_run
from lineage.control.versions import Version
from lineage.erasure.erase import ErasureOrder, erase
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.iceberg.catalog import open_catalog, tags
from lineage.iceberg.relocate import follow_move
from lineage.questions.trace import trace_document
from lineage.references import DocumentRef, VersionRef
from lineage.rewrite.files import Rewriters


def test_moved_hub_is_read_at_once_and_written_after_a_rebuild(
    hub: Hub,
    publish_version: Callable[..., Version],
    make_release: Callable[..., Release],
    make_id: Callable[[int], str],
    tmp_path: Path,
) -> None:
    """After the folder was moved, queries work; the next commit rebuilds Iceberg there and continues the numbers."""
    publish_version("r1", [1, 2])
    publish_version("r2", [1, 2, 3])
    release = make_release("r3", [1, 2, 3, 4])
    hub.db.dispose()
    moved = Home(hub.home.path.rename(tmp_path / "elsewhere"))
    assert trace_document(Hub(moved), DocumentRef(VersionRef("fruit"), make_id(1))).versions == (
        "fruit@v1",
        "fruit@v2",
    )
    engine = Hub(moved).db
    start_run(engine, release.run)
    inside = {
        name: [type(file)(hub.home.relative(file.path), file.sha256, file.rows, file.bytes, "0", "f") for file in files]
        for name, files in (("documents", release.documents), ("ledger", release.ledger))
    }
    version = publish(Hub(moved), Release(release.run, inside["documents"], inside["ledger"]))
    assert version.name == "fruit@v3"
    table = open_catalog(moved).load_table(("fruit", "documents"))
    assert list(tags(table)) == ["v1", "v2", "v3"]
    sizes = [table.scan(snapshot_id=table.metadata.refs[f"v{n}"].snapshot_id).to_arrow().num_rows for n in (1, 2, 3)]
    assert sizes == [2, 3, 4]
    assert not hub.home.path.exists()
    assert not follow_move(Hub(moved), "fruit")


def test_revisions_move_too(
    hub: Hub, publish_version: Callable[..., Version], make_id: Callable[[int], str], tmp_path: Path
) -> None:
    """After a rebuild a version that an erasure changed has its second tag again."""
    publish_version("r1", [1, 2])
    publish_version("r2", [2, 3])
    erase(hub, ErasureOrder((Subject("doc", make_id(1)),), "request"), Rewriters())
    hub.db.dispose()
    moved = Home(hub.home.path.rename(tmp_path / "elsewhere"))
    assert follow_move(Hub(moved), "fruit")
    for name in ("documents", "ledger"):
        table = open_catalog(moved).load_table(("fruit", name))
        assert list(tags(table)) == ["v1", "v1.1", "v2"]
        assert table.metadata.refs["v1"].snapshot_id == table.metadata.refs["v1.1"].snapshot_id
    assert not follow_move(Hub(moved), "fruit")


def test_hub_that_was_not_moved_is_left_alone(hub: Hub, publish_version: Callable[..., Version]) -> None:
    """Nothing is rebuilt where nothing moved, nor for a dataset without versions."""
    assert not follow_move(hub, "fruit")
    publish_version("r1", [1])
    assert not follow_move(hub, "fruit")
