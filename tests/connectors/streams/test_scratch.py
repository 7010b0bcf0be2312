"""Temporary files: nothing of them is left, however their process ends."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from connectors.capture import Extent, Limits
from connectors.streams.files import SourceFile, spooled
from connectors.streams.scratch import abandoned, named, nameless, path_of, scratch_folder, scratch_in
from connectors.streams.streams import whole
from connectors.tables import sqlite as sqlite_table

NEEDLE = b"the text of somebody"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files of the system, empty."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def killed(program: str) -> None:
    """Run *program* in a process that kills itself at its end."""
    ending = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    lines = f"{program}\n    {ending}"
    place = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run([sys.executable, "-c", lines], env=place, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_a_copy_can_be_read_and_has_no_name(place: Path) -> None:
    """It is opened by its path, more than once, and the folder is empty all the while."""
    with spooled(iter([NEEDLE, b" and more"])) as path:
        assert Path(path).read_bytes() == Path(path).read_bytes() == NEEDLE + b" and more"
        assert [*place.iterdir()] == []


def test_a_killed_process_leaves_no_text(place: Path) -> None:
    """Neither while a copy is written or read, nor while it has a name for an instant."""
    killed(f"from connectors.streams.files import spooled\nwith spooled(iter([{NEEDLE!r}])) as path:")
    assert [*place.iterdir()] == []


def test_what_needed_a_name_is_removed_by_the_next(place: Path) -> None:
    """A folder whose process was killed is found, and gone when another is made; one that is in use stays."""
    killed(
        "from pathlib import Path\nfrom connectors.streams.scratch import scratch_folder\n"
        f"with scratch_folder() as folder:\n    Path(folder, 'x').write_bytes({NEEDLE!r})"
    )
    (left,) = abandoned()
    assert stat.S_IMODE(left.stat().st_mode) == 0o700
    with scratch_folder() as one, scratch_folder() as two:
        assert not left.exists()
        assert {Path(one), Path(two)} == {*place.iterdir()}
        assert abandoned() == []
    assert [*place.iterdir()] == []


def test_tasks_keep_them_beside_their_outputs(place: Path, tmp_path: Path) -> None:
    """Inside scratch_in the folder of choice is used, where there is one."""
    with scratch_in(str(tmp_path)), scratch_folder() as folder:
        assert Path(folder).parent == tmp_path
    with scratch_in(str(tmp_path / "missing")), nameless() as file:
        assert path_of(file) is not None
    assert [*place.iterdir()] == []


def test_a_name_lasts_as_long_as_it_is_needed(place: Path, tmp_path: Path) -> None:
    """What has no name gets one for whoever opens by name; other paths stay what they are."""
    with nameless() as file:
        file.write(NEEDLE)
        file.flush()
        path = path_of(file)
        assert path is not None
        with named(path) as name:
            assert Path(name).read_bytes() == NEEDLE
    with named(str(tmp_path)) as name:
        assert name == str(tmp_path)
    assert [*place.iterdir()] == []


def test_a_compressed_database_is_read_without_a_name(place: Path, tmp_path: Path) -> None:
    """SQLite opens by name: the name is gone before the first record is there."""
    plain = tmp_path / "plain.sqlite"
    with sqlite3.connect(plain) as database:
        database.execute("CREATE TABLE pages (id TEXT, text TEXT)")
        database.execute("INSERT INTO pages VALUES ('a', ?)", (NEEDLE.decode(),))
    packed = zlib.compressobj(wbits=31)
    path = tmp_path / "packed.sqlite.gz"
    path.write_bytes(packed.compress(plain.read_bytes()) + packed.flush())
    (part,) = whole(SourceFile(str(path), path.name, path.stat().st_size), 1 << 20)
    for batch in sqlite_table.read(part, {"table": "pages"}, Limits(), Extent()):
        assert [*place.iterdir()] == []
        assert batch["text"].to_pylist() == [NEEDLE.decode()]
