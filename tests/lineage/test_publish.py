from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pyarrow as pa
import pytest
from sqlalchemy import Engine

from lineage import catalog, control, publish
from lineage.control import RunState, Version
from lineage.errors import SchemaConflict
from lineage.files import DataFile
from lineage.home import Home
from lineage.pending import read_pending
from lineage.references import VersionRef
from lineage.release import Release


class Crash(BaseException):
    """Stands for the death of the driver: no handler of ours catches it."""


POINTS = {
    "before the ledger": (catalog, "commit_ledger"),
    "between ledger and documents": (catalog, "commit_documents"),
    "between commit and ledger tag": (catalog, "_tag_ledger"),
    "before the control database": (control, "save_version"),
}


def dies(*_: object, **__: object) -> None:
    """Die."""
    raise Crash


def check_single_version(home: Home, db: Engine, version: Version) -> None:
    """Assert that *version* is complete, and the only one, in both databases."""
    assert control.list_versions(db, "fruit") == [version]
    assert control.get_run(db, version.run).state == RunState.COMMITTED
    for name, rows in (("documents", 2), ("ledger", 5)):
        table = catalog.open_catalog(home).load_table(("fruit", name))
        assert list(catalog.tags(table)) == ["v1"]
        assert table.scan(snapshot_id=table.metadata.refs["v1"].snapshot_id).to_arrow().num_rows == rows
        assert len(table.metadata.snapshots) == 1
    assert not list(read_pending(home, "fruit"))


@pytest.mark.parametrize("point", POINTS)
def test_crash_is_completed(home: Home, db: Engine, make_release: Callable[..., Release], point: str) -> None:
    """Wherever a driver dies while it publishes, the next one completes the version and doubles nothing."""
    release = make_release("r1", [1, 2], {3: 1})
    control.start_run(db, release.run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*POINTS[point], dies)
        with pytest.raises(Crash):
            publish.publish(home, db, release)
    assert control.list_versions(db, "fruit") == []
    (version,) = publish.finish_pending(home, db, "fruit")
    check_single_version(home, db, version)
    assert publish.finish_pending(home, db, "fruit") == []
    repeated = publish.publish(home, db, release)
    assert repeated == version
    check_single_version(home, db, version)


def test_hopeless_release_does_not_stop_later_runs(
    home: Home, db: Engine, make_release: Callable[..., Release], publish_version: Callable[..., Version]
) -> None:
    """A release that contradicts earlier versions fails once; nothing of it is tried again."""
    publish_version("r1", [1], {}, {"words": pa.int32()})
    bad = make_release("r2", [1], {}, {"words": pa.string()})
    control.start_run(db, bad.run)
    with pytest.raises(SchemaConflict):
        publish.publish(home, db, bad)
    assert publish.finish_pending(home, db, "fruit") == []
    assert publish_version("r3", [1, 2]).number == 2


DIE = """
import os, sys, pickle
from pathlib import Path
from lineage import catalog, control
from lineage.home import Home
from lineage.publish import publish
from lineage.release import Release
catalog._tag_ledger = lambda *_: os._exit(9)
home = Home(sys.argv[1])
db = control.connect(home)
release = Release(**pickle.loads(Path(sys.argv[2]).read_bytes()))
control.start_run(db, release.run)
publish(home, db, release)
"""


def test_killed_process_is_completed_by_another(
    home: Home, db: Engine, make_release: Callable[..., Release], tmp_path: Path
) -> None:
    """A version whose driver process died at once, with nothing cleaned up, is completed from what is on disk."""
    release = make_release("r1", [1, 2], {3: 1})
    (tmp_path / "release").write_bytes(pickle.dumps(vars(release)))
    command = [sys.executable, "-c", DIE, str(home.path), str(tmp_path / "release")]
    assert subprocess.run(command, check=False, env=dict(os.environ)).returncode == 9
    (version,) = publish.finish_pending(home, db, "fruit")
    check_single_version(home, db, version)


def test_version_says_what_it_holds(home: Home, db: Engine, publish_version: Callable[..., Version]) -> None:
    """The control database has the version's facts, and its files by paths relative to the warehouse."""
    publish_version("r1", [1, 2], {3: 1})
    version = publish_version("r2", [1, 2, 4])
    assert control.get_version(db, VersionRef("fruit")) == version
    assert (version.name, version.parent, version.documents) == ("fruit@v2", 1, 3)
    assert version.licenses == {"MIT": 3}
    (file,) = control.version_files(db, version, "documents")
    assert file.path.startswith("fruit/documents/data/")
    assert (Path(home.warehouse) / file.path).stat().st_size == file.bytes == version.bytes


def test_same_rows_have_the_same_root_in_any_home(
    home: Home,
    db: Engine,
    make_release: Callable[..., Release],
    publish_version: Callable[..., Version],
    tmp_path: Path,
) -> None:
    """The manifest root names the content, not the hub."""
    release = make_release("r1", [1, 2], {3: 1})
    other = Home(tmp_path / "other").create()
    copytree(home.warehouse, other.warehouse, dirs_exist_ok=True)
    elsewhere = control.connect(other)
    control.start_run(elsewhere, release.run)
    files = {
        name: [type(file)(other.resolve(home.relative(file.path)), *_facts(file)) for file in getattr(release, name)]
        for name in ("documents", "ledger")
    }
    there = publish.publish(other, elsewhere, Release(release.run, files["documents"], files["ledger"]))
    assert publish_version("r1", [1, 2], {3: 1}).manifest_root == there.manifest_root


def _facts(file: DataFile) -> tuple[str, int, int, str, str]:
    return file.sha256, file.rows, file.bytes, file.first_doc_id, file.last_doc_id
