from __future__ import annotations

import base64
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import orjson
import pyarrow as pa
import pytest

from lineage.commit import publish
from lineage.commit.pending import list_pending, read_pending
from lineage.commit.release import Release
from lineage.control.runs import RunState, get_run, start_run
from lineage.control.version_files import version_files
from lineage.control.versions import Version, get_version, list_versions
from lineage.errors import LogDamaged, SchemaConflict
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.iceberg import catalog
from lineage.proof.guard import require_sound
from lineage.proof.verify import verify_version
from lineage.references import VersionRef
from lineage.storage.files import DataFile, read_whole, replace_file


class Crash(BaseException):
    """Stands for the death of the driver: no handler of ours catches it."""


POINTS = {
    "before the ledger": (catalog, "commit_ledger"),
    "between ledger and documents": (catalog, "commit_documents"),
    "between commit and ledger tag": (catalog, "_tag_ledger"),
    "before the control database": (publish, "record_version"),
}


def dies(*_: object, **__: object) -> None:
    """Die."""
    raise Crash


def check_single_version(hub: Hub, version: Version) -> None:
    """Assert that *version* is complete, and the only one, in both databases."""
    assert list_versions(hub.db, "fruit") == [version]
    assert get_run(hub.db, version.run).state == RunState.COMMITTED
    for name, rows in (("documents", 2), ("ledger", 5)):
        table = catalog.open_catalog(hub.home).load_table(("fruit", name))
        assert list(catalog.tags(table)) == ["v1"]
        assert table.scan(snapshot_id=table.metadata.refs["v1"].snapshot_id).to_arrow().num_rows == rows
        assert len(table.metadata.snapshots) == 1
    assert not list(read_pending(hub.home, "fruit"))


@pytest.mark.parametrize("point", POINTS)
def test_crash_is_completed(hub: Hub, make_release: Callable[..., Release], point: str) -> None:
    """Wherever a driver dies while it publishes, the next one completes the version and doubles nothing."""
    release = make_release("r1", [1, 2], {3: 1})
    start_run(hub.db, release.run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*POINTS[point], dies)
        with pytest.raises(Crash):
            publish.publish(hub, release)
    assert list_versions(hub.db, "fruit") == []
    (version,) = publish.finish_pending(hub, "fruit")
    check_single_version(hub, version)
    assert publish.finish_pending(hub, "fruit") == []
    repeated = publish.publish(hub, release)
    assert repeated == version
    check_single_version(hub, version)


def test_hopeless_release_does_not_stop_later_runs(
    hub: Hub, make_release: Callable[..., Release], publish_version: Callable[..., Version]
) -> None:
    """A release that contradicts earlier versions fails once; nothing of it is tried again."""
    publish_version("r1", [1], {}, {"words": pa.int32()})
    bad = make_release("r2", [1], {}, {"words": pa.string()})
    start_run(hub.db, bad.run)
    with pytest.raises(SchemaConflict):
        publish.publish(hub, bad)
    assert publish.finish_pending(hub, "fruit") == []
    assert publish_version("r3", [1, 2]).number == 2


DIE = """
import os, sys, pickle
from pathlib import Path
from lineage.commit.publish import publish
from lineage.commit.release import Release
from lineage.control.runs import start_run
from lineage.hub import Hub
from lineage.iceberg import catalog
catalog._tag_ledger = lambda *_: os._exit(9)
hub = Hub.locate(sys.argv[1])
release = Release(**pickle.loads(Path(sys.argv[2]).read_bytes()))
start_run(hub.db, release.run)
publish(hub, release)
"""


def test_killed_process_is_completed_by_another(hub: Hub, make_release: Callable[..., Release], tmp_path: Path) -> None:
    """A version whose driver process died at once, with nothing cleaned up, is completed from what is on disk."""
    release = make_release("r1", [1, 2], {3: 1})
    (tmp_path / "release").write_bytes(pickle.dumps(vars(release)))
    command = [sys.executable, "-c", DIE, str(hub.home.path), str(tmp_path / "release")]
    assert subprocess.run(command, check=False, env=dict(os.environ)).returncode == 9
    (version,) = publish.finish_pending(hub, "fruit")
    check_single_version(hub, version)


def test_version_says_what_it_holds(hub: Hub, publish_version: Callable[..., Version]) -> None:
    """The control database has the version's facts, and its files by paths relative to the warehouse."""
    publish_version("r1", [1, 2], {3: 1})
    version = publish_version("r2", [1, 2, 4])
    assert get_version(hub.db, VersionRef("fruit")) == version
    assert (version.name, version.parent, version.documents) == ("fruit@v2", 1, 3)
    assert version.licenses == {"MIT": 3}
    (file,) = version_files(hub.db, version, "documents")
    assert file.path.startswith("fruit/documents/data/")
    assert (Path(hub.home.warehouse) / file.path).stat().st_size == file.bytes == version.bytes


def test_same_rows_have_the_same_root_in_any_home(
    hub: Hub,
    make_release: Callable[..., Release],
    publish_version: Callable[..., Version],
    tmp_path: Path,
) -> None:
    """The manifest root names the content, not the hub."""
    release = make_release("r1", [1, 2], {3: 1})
    other = Home(tmp_path / "other").create()
    copytree(hub.home.warehouse, other.warehouse, dirs_exist_ok=True)
    elsewhere = Hub(other).db
    start_run(elsewhere, release.run)
    files = {
        name: [
            type(file)(other.resolve(hub.home.relative(file.path)), *_facts(file)) for file in getattr(release, name)
        ]
        for name in ("documents", "ledger")
    }
    there = publish.publish(Hub(other), Release(release.run, files["documents"], files["ledger"]))
    assert publish_version("r1", [1, 2], {3: 1}).manifest_root == there.manifest_root


def _facts(file: DataFile) -> tuple[str, int, int, str, str]:
    return file.sha256, file.rows, file.bytes, file.first_doc_id, file.last_doc_id


@pytest.mark.parametrize("forged", [False, True])
def test_who_finishes_a_release_signs_what_its_maker_signed(
    hub: Hub, make_release: Callable[..., Release], monkeypatch: pytest.MonkeyPatch, forged: bool
) -> None:
    """A release that a crash left is signed if its maker signed the note; a changed one is published unsigned."""
    release = make_release("r1", [1, 2])
    start_run(hub.db, release.run)
    with monkeypatch.context() as patch:
        patch.setattr(publish, "record_version", dies)
        with pytest.raises(Crash):
            publish.publish(hub, release)
    if forged:
        (path,) = list_pending(hub.home).values()
        note = orjson.loads(read_whole(path))
        payload = base64.b64decode(note["payload"]).replace(b'"MIT":2', b'"CC0":2')
        replace_file(path, orjson.dumps({**note, "payload": base64.b64encode(payload).decode()}))
    publish.finish_pending(hub, "fruit")
    report = verify_version(hub, VersionRef("fruit"))

    assert report.ok is not forged
    assert (report.statement is None) is forged
    if forged:
        with pytest.raises(LogDamaged, match=r"attest --sign"):
            require_sound(hub, "fruit")


def test_version_that_the_log_knows_is_not_made_again(hub: Hub, make_release: Callable[..., Release]) -> None:
    """Whoever takes a version out of both databases does not get its number signed for something else."""
    release = make_release("r1", [1, 2])
    start_run(hub.db, release.run)
    publish.publish(hub, release)
    with hub.db.begin() as connection:
        for table in ("versions", "file_spans", "attestations"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    again = replace(release, licenses={"CC0-1.0": 2})
    with pytest.raises(LogDamaged, match="it is in the log, and not in the control database"):
        publish.publish(hub, again)
