from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lineage.control.runs import (
    Run,
    RunInput,
    RunState,
    finish_run,
    get_run,
    list_runs,
    run_inputs,
    save_run,
    start_run,
)
from lineage.control.source_digests import SourceDigest, known_digests, remember_digests
from lineage.control.versions import Version, get_version, list_datasets, version_of_run
from lineage.errors import HomeError, UnknownReference
from lineage.hub import Hub
from lineage.hub.database import Database
from lineage.hub.home import Home
from lineage.references import VersionRef


def a_run(name: str, started: str = "2024-01-01T00:00:00.000000Z") -> Run:
    """Return a run of that id."""
    return Run(name, "fruit", "[dataset]\n", "c" * 64, "d" * 64, "0.1", started=started)


def test_run_reads_back_as_written(db: Database) -> None:
    """Each state of a run, its counts, reasons and inputs come back as they were recorded."""
    inputs = [RunInput("b", "x.gz", "/x.gz", 2, "e" * 64), RunInput("a", "y.gz", "/y.gz", 1, "f" * 64)]
    run = replace(a_run("r1"), not_done={"pii": "not scanned"})
    start_run(db, run, inputs)
    assert get_run(db, "r1") == run
    assert run_inputs(db, "r1") == inputs[::-1]
    done = replace(run, state=RunState.RUNNING, counts={"read": 3}, reasons={"empty": 1}, bytes_in=1 << 40, seconds=1.5)
    save_run(db, done)
    assert get_run(db, "r1") == done
    ended = finish_run(db, done, RunState.FAILED, "disk full")
    assert (ended.state, ended.error) == ("failed", "disk full")
    assert ended.finished is not None
    assert get_run(db, "r1") == ended


def test_resumed_run_replaces_itself(db: Database) -> None:
    """Starting a run id again leaves one run with the new inputs."""
    start_run(db, a_run("r1"), [RunInput("a", "x", "/x", 1, "e")])
    start_run(db, a_run("r1"), [RunInput("a", "y", "/y", 1, "e")])
    assert [run.id for run in list_runs(db)] == ["r1"]
    assert [item.name for item in run_inputs(db, "r1")] == ["y"]


def test_runs_come_newest_first(db: Database) -> None:
    """Runs are listed by their start, of one dataset or of all."""
    for day in (2, 3, 1):
        start_run(db, a_run(f"r{day}", f"2024-01-0{day}T00:00:00.000000Z"))
    start_run(db, replace(a_run("other"), dataset="other"))
    assert [run.id for run in list_runs(db, "fruit")] == ["r3", "r2", "r1"]
    assert [run.id for run in list_runs(db, limit=1)] == ["r3"]


def test_unknown_names_say_what_is_there(db: Database, make_version: Callable[..., Version]) -> None:
    """A wrong run, dataset or version raises an error that names what the hub holds."""
    with pytest.raises(UnknownReference, match="no dataset yet"):
        get_version(db, VersionRef("fruit"))
    make_version("r1", [1])
    with pytest.raises(UnknownReference, match="this hub holds fruit"):
        get_version(db, VersionRef("friut"))
    with pytest.raises(UnknownReference, match="up to v1"):
        get_version(db, VersionRef("fruit", 7))
    with pytest.raises(UnknownReference, match="no run r9"):
        get_run(db, "r9")
    made = version_of_run(db, "r1")
    assert made is not None
    assert made.name == "fruit@v1"
    assert version_of_run(db, "r9") is None


def test_digest_is_remembered_with_size_and_stamp(db: Database) -> None:
    """What is known of a file is what was found last, with the size and the stamp that it had then."""
    one, two = SourceDigest("/x", 1, "2", "abc"), SourceDigest("/y", 1, "tag", "def")
    assert known_digests(db, ["/x", "/y"]) == {}
    remember_digests(db, [one, two])
    assert known_digests(db, ["/x", "/y", "/z"]) == {"/x": one, "/y": two}
    remember_digests(db, [changed := SourceDigest("/x", 1, "3", "ghi")])
    assert known_digests(db, ["/x"]) == {"/x": changed}


def test_database_is_durable_and_shared(hub: Hub) -> None:
    """SQLite runs in WAL mode, and opening it again makes nothing anew."""
    with hub.db.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    start_run(hub.db, a_run("r1"))
    assert get_run(hub.db, "r1").id == "r1"


def test_missing_or_newer_hub_is_refused(tmp_path: Path, hub: Hub) -> None:
    """Reading never makes a hub by accident, and a hub of a later release is left alone."""
    with pytest.raises(HomeError, match="no hub at"):
        list_datasets(Hub(Home(tmp_path / "typo")).db)
    assert not (tmp_path / "typo").exists()
    with hub.db.connect() as connection:
        connection.exec_driver_sql("PRAGMA user_version = 99")
    with pytest.raises(HomeError, match="later release"):
        list_datasets(Hub(hub.home).db)


def test_damaged_database_is_named(hub: Hub) -> None:
    """A file that is no database is one clear error."""
    (hub.home.path / "hub.sqlite").write_bytes(b"not a database, but long enough to be read as one" * 40)
    with pytest.raises(HomeError, match=r"cannot open the control database .*hub.sqlite"):
        list_datasets(Hub(hub.home).db)


COLD = """
import sys
import lineage.questions.trace, lineage.questions.show, lineage.questions.history, lineage.commit.publish
heavy = {"pyiceberg", "duckdb", "apache_beam", "spacy", "pandas", "fsspec"}
print(sorted(heavy & set(sys.modules)), "pyarrow" in sys.modules)
import subprocess
print(subprocess.run([sys.executable, "-c", "import sys, lineage.control.versions; print('pyarrow' in sys.modules)"],
                     capture_output=True, text=True).stdout.strip())
"""


def test_queries_start_light() -> None:
    """Trace, show and history import neither Iceberg nor DuckDB, and the control database not even Arrow."""
    done = subprocess.run([sys.executable, "-c", COLD], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[] True", "False"]
