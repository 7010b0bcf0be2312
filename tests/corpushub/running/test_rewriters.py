"""Erasures and revisions whose files many processes rewrite and search, against a plain loop."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpushub.requests.erase import execute
from corpushub.requests.subjects import Request
from corpushub.requests.withdraw import WithdrawalOptions, WithdrawalRequest
from corpushub.requests.withdraw import execute as withdraw
from corpushub.running import rewriters
from corpushub.running.unfinished import ErasureReport, finish
from lineage.commit.publish import publish
from lineage.commit.release import Release
from lineage.control.runs import Run, start_run
from lineage.control.versions import get_version
from lineage.errors import DamagedFile
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.proof.verify import verify_version
from lineage.references import VersionRef
from lineage.storage.parquet import write_documents, write_ledger
from pipelines.execution import warm_processes
from pipelines.execution.executor import Execution

FILES = 3
FORKS = Execution(workers=2)
BEAM = Execution(workers=2, beam=("--direct_num_workers=2",))


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub with one version of three documents files, each with a document of the subject."""
    home = Home(tmp_path_factory.mktemp("run_chores") / "hub", "", "").create()
    db = Hub(home).db
    tables = [_rows(number) for number in range(FILES)]
    documents = [write_documents(table, home.data_folder("d", "documents")) for table in tables]
    events = pa.concat_tables(table.drop_columns(["text"]) for table in tables)
    for name, value in (("run", "r1"), ("step", "release"), ("outcome", "kept")):
        events = events.append_column(name, pa.repeat(pa.scalar(value), len(events)))
    events = events.append_column("seq", pa.repeat(pa.scalar(0, pa.int16()), len(events)))
    run = Run("r1", "d", "", "c" * 64, "d" * 64, "1")
    start_run(db, run)
    publish(Hub(home), Release(run, documents, [write_ledger(events, home.data_folder("d", "ledger"))]))
    db.dispose()
    return home.path


def _rows(number: int) -> pa.Table:
    ids = [hashlib.md5(f"{number} {at}".encode()).hexdigest() for at in range(4)]
    hosts = ["subject", "other", "other", "third"]
    uris = [f"https://{host}.example/{one}" for host, one in zip(hosts, ids, strict=True)]
    return pa.table({"doc_id": ids, "text": [f"text {one}" for one in ids], "uri": uris, "source": ["s"] * 4})


@pytest.fixture
def hubs(pristine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Home, Home]:
    """Two copies of the hub; in the second even little work is given to workers."""
    monkeypatch.setattr(rewriters, "SMALL", 0)
    for name in ("loop", "workers"):
        shutil.copytree(pristine, tmp_path / name)
    return Home(tmp_path / "loop", "", ""), Home(tmp_path / "workers", "", "")


def erased(hub: Hub, execution: Execution) -> ErasureReport:
    """Erase the subject; every hub gives the receipt another id."""
    requests = [Request.parse("host:subject.example", "a test")]
    answer = execute(hub, requests, None, dry_run=False, execution=execution)
    return replace(answer, receipt=None)


def root(hub: Hub, number: int) -> str:
    """Return the manifest root of a version."""
    return get_version(hub.db, VersionRef("d", number)).manifest_root


@pytest.mark.parametrize("execution", [FORKS, BEAM], ids=["forks", "beam"])
def test_erasure_by_workers_is_that_of_a_loop(hubs: tuple[Home, Home], execution: Execution) -> None:
    """Workers leave the same files and give the same answer, verified, and nothing of theirs stays."""
    loop, many = hubs
    alone = erased(Hub(loop), Execution(workers=1))

    assert erased(Hub(many), execution) == alone
    assert (alone.matched, alone.verified) == (FILES, True)
    assert root(Hub(many), 1) == root(Hub(loop), 1)
    assert verify_version(Hub(many), VersionRef("d", 1)).ok
    assert [path for folder in (many.scratch, many.runs) for path in folder.rglob("*") if path.is_file()] == []
    warm_processes.close()


def test_revision_by_workers_is_that_of_a_loop(hubs: tuple[Home, Home]) -> None:
    """A revision by workers makes the same version."""
    asked = WithdrawalRequest(VersionRef("d"), ("host:subject.example",), None, "a test")
    answers = [
        withdraw(Hub(home), asked, WithdrawalOptions(execution=execution), lambda words: None)
        for home, execution in zip(hubs, (Execution(workers=1), FORKS), strict=True)
    ]

    assert [answer.version for answer in answers] == ["d@v2", "d@v2"]
    assert root(Hub(hubs[1]), 2) == root(Hub(hubs[0]), 2)
    assert [path for path in hubs[1].scratch.rglob("*") if path.is_file()] == []
    warm_processes.close()


def test_damaged_file_stops_an_erasure(hubs: tuple[Home, Home]) -> None:
    """A file that a worker cannot read ends the erasure with its name; it is finished once the file is back."""
    _, many = hubs
    (path, *_) = sorted(Path(many.data_folder("d", "documents")).glob("*.parquet"))
    whole, at = path.read_bytes(), _text_offset(path)
    path.write_bytes(whole[:at] + bytes(40) + whole[at + 40 :])
    with pytest.raises(DamagedFile, match=path.name):
        erased(Hub(many), FORKS)
    path.write_bytes(whole)
    (answer,) = finish(Hub(many), FORKS).finished

    assert (answer.matched, answer.verified) == (FILES, True)
    warm_processes.close()


def _text_offset(path: Path) -> int:
    """Return where the texts begin, which are read only when the file is rewritten."""
    columns = pq.read_metadata(path).row_group(0)
    (text,) = (one for one in map(columns.column, range(columns.num_columns)) if one.path_in_schema == "text")
    return int(text.data_page_offset)
