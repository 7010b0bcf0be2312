"""Questions that are asked while an erasure goes on."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pyarrow as pa
import pytest

from corpushub.requests.reread import TRIES, reread
from lineage.commit.publish import publish
from lineage.commit.release import Release
from lineage.control.erasures import Subject
from lineage.control.runs import Run, start_run
from lineage.erasure.erase import ErasureOrder, erase
from lineage.errors import DamagedFile
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.questions.export import Format, export
from lineage.references import VersionRef
from lineage.rewrite.files import Rewriters
from lineage.storage.parquet import write_documents, write_ledger

ROWS = 40


def build(hub: Hub) -> None:
    """Publish one version whose documents are spread over ten files."""
    ids = [f"{number:032x}" for number in range(ROWS)]
    rows = [{"doc_id": one, "text": f"text {one}", "content_id": one * 2, "source": "s"} for one in ids]
    files = [
        write_documents(pa.Table.from_pylist(rows[at : at + 4]), hub.home.data_folder("d", "documents"))
        for at in range(0, ROWS, 4)
    ]
    events = [
        {"doc_id": one, "seq": 0, "run": "r", "step": "release", "outcome": "kept", "duplicate_of": None} for one in ids
    ]
    ledger = write_ledger(pa.Table.from_pylist(events), hub.home.data_folder("d", "ledger"))
    run = Run("r", "d", "", "c" * 64, "d" * 64, "1")
    start_run(hub.db, run)
    publish(hub, Release(run, files, [ledger]))


def test_readers_see_a_version_before_or_after_an_erasure(tmp_path: Path) -> None:
    """Exports that go on while documents are erased hold all of them, or none of the erased ones; none fails."""
    home = Home(tmp_path / "hub").create()
    build(Hub(home))
    seen: list[int] = []
    over = threading.Event()

    def read(name: str) -> None:
        for number in count():
            last = over.is_set()
            target = tmp_path / f"{name}-{number}"
            done = reread(Hub(home), lambda target=target: export(Hub(home), VersionRef("d"), target, Format.JSONL))  # type: ignore[misc]
            lines = sum(len((target / file).read_bytes().splitlines()) for file in done.files)
            seen.append(lines)
            if last:
                return

    readers = [threading.Thread(target=read, args=(str(at),)) for at in range(1)]
    for one in readers:
        one.start()
    subjects = tuple(Subject("doc", f"{number:032x}") for number in range(0, ROWS, 4))
    try:
        answer = erase(Hub(home), ErasureOrder(subjects, "a test"), Rewriters())
    finally:
        over.set()
        for one in readers:
            one.join()

    assert answer.verified
    assert set(seen) <= {ROWS, ROWS - len(subjects)}
    assert seen[-1] == ROWS - len(subjects)


def test_a_damaged_file_is_told_where_no_erasure_explains_it(tmp_path: Path) -> None:
    """Without an erasure a missing file is an error at once."""
    home = Home(tmp_path / "hub").create()
    asked: list[datetime] = []

    def ask() -> None:
        asked.append(datetime.now(UTC))
        raise DamagedFile("gone")

    with pytest.raises(DamagedFile):
        reread(Hub(home), ask)
    assert len(asked) == 1 < TRIES
