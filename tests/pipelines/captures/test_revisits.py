"""Revisits name their originals, wherever these stand."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from connectors.batches import Row, batch
from connectors.capture import Kind
from pipelines.captures import revisits
from pipelines.captures.revisits import CaptureIndex, ResolveReport, name_originals
from pipelines.handover.events import events
from pipelines.handover.ids import DOC_ID, doc_ids
from pipelines.handover.lists import write_list
from pipelines.handover.sorted_tables import read_sorted
from pipelines.reasons import Reason

URI, AT = "http://site.example/a", 1_700_000_000_000_000
ORIGINAL = Row(uri=URI, captured_at=AT, payload=b"body", payload_digest="sha1:BODY", http_status=200)
REVISIT = Row(uri=URI, captured_at=AT + 9_000_000, kind=Kind.REVISIT.value, http_status=200)
BY_PLACE = REVISIT._replace(refers_to_uri=URI, refers_to_date=AT)
BY_PAYLOAD = REVISIT._replace(uri="http://site.example/b", payload_digest="sha1:BODY")


def id_of(row: Row) -> bytes:
    """Return the doc_id of a capture."""
    found: bytes = doc_ids("s", batch([row]))[0].as_py()
    return found


def resolve(folder: Path, *files: list[Row]) -> list[dict[str, Any]]:
    """Index the captures of some files and resolve their revisits, in one range of keys and in several."""
    paths, entries = [], 0
    for number, rows in enumerate(files):
        index = CaptureIndex()
        for row in rows:
            index.add(batch([row]), doc_ids("s", batch([row])))
        paths.append(str(folder / f"{number}.captures"))
        index.write(paths[-1])
        entries += len(index)
    found = named(folder, paths, entries)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(revisits, "CAPTURES_PER_TASK", 1)
        assert named(folder, paths, entries) == found
    return found


def named(folder: Path, indexes: list[str], entries: int) -> list[dict[str, Any]]:
    """Resolve the revisits of some indexes; return those for which name_originals then names one."""
    tasks = revisits.plan(write_list(str(folder), indexes), entries, str(folder / "out"))
    found = pa.concat_tables([read_sorted(task.run().originals, "doc_id") for task in tasks])
    ids = pa.array(sorted({row["doc_id"] for row in found.to_pylist()}), DOC_ID)
    open_ones = events(pa.table({"doc_id": ids}), outcome="dropped", reason=Reason.REVISIT_UNRESOLVED.value)
    rows = name_originals(pa.Table.from_batches([open_ones]), found).to_pylist()
    assert {row["reason"] for row in rows} <= {Reason.REVISIT.value}
    return [{"doc_id": row["doc_id"], "original": row["duplicate_of"]} for row in rows]


@pytest.mark.parametrize("revisit", [BY_PLACE, BY_PAYLOAD])
@pytest.mark.parametrize("apart", [True, False])
def test_original_is_found(tmp_path: Path, revisit: Row, apart: bool) -> None:
    """A revisit finds its original by URI and date or by payload, in its own file or another."""
    files = [[revisit], [ORIGINAL]] if apart else [[revisit, ORIGINAL]]

    assert resolve(tmp_path, *files) == [{"doc_id": id_of(revisit), "original": id_of(ORIGINAL)}]


def test_place_goes_before_payload(tmp_path: Path) -> None:
    """Where URI and date name one original and the payload another, the former is it."""
    other = ORIGINAL._replace(uri="http://site.example/c", payload=b"else", payload_digest="sha1:ELSE")
    revisit = BY_PLACE._replace(payload_digest="sha1:ELSE")

    assert resolve(tmp_path, [revisit], [other, ORIGINAL])[0]["original"] == id_of(ORIGINAL)


@pytest.mark.parametrize(
    "revisit",
    [
        BY_PLACE._replace(refers_to_date=AT + 1_000_000),
        BY_PLACE._replace(refers_to_uri="http://site.example/z"),
        BY_PLACE._replace(refers_to_date=None),
        BY_PAYLOAD._replace(payload_digest="sha1:OTHER"),
        REVISIT,
    ],
)
def test_unknown_original_is_not_made_up(tmp_path: Path, revisit: Row) -> None:
    """A revisit of what was never read, or that names nothing, stays unresolved."""
    assert resolve(tmp_path, [revisit], [ORIGINAL]) == []


def test_revisit_is_no_original(tmp_path: Path) -> None:
    """Two revisits of one absent payload do not name each other."""
    assert resolve(tmp_path, [BY_PAYLOAD, BY_PAYLOAD._replace(captured_at=AT)]) == []


def test_smallest_id_is_named_whatever_the_order(tmp_path: Path) -> None:
    """Among several originals with one payload the smallest doc_id is named, in any order of files."""
    originals = [ORIGINAL._replace(captured_at=AT + second * 1_000_000) for second in range(5)]
    revisit = BY_PAYLOAD._replace(refers_to_uri=None)
    expected = [{"doc_id": id_of(revisit), "original": min(map(id_of, originals))}]
    for seed in range(3):
        files = [[row] for row in random.Random(seed).sample([*originals, revisit], 6)]
        assert resolve(tmp_path / str(seed), *files) == expected


def test_records_of_tables_take_no_part(tmp_path: Path) -> None:
    """What was never fetched is not indexed, so a table alone costs nothing here."""
    index = CaptureIndex()
    rows = batch([Row(source_id="1", uri=URI, captured_at=AT, text="body")])
    index.add(rows, doc_ids("s", rows))

    assert index.batches == []


def test_original_without_a_declared_digest_is_found_by_place(tmp_path: Path) -> None:
    """URI and date suffice: WARC-Payload-Digest is optional (ISO 28500, 5.9)."""
    original = ORIGINAL._replace(payload_digest=None)

    assert resolve(tmp_path, [BY_PLACE], [original]) == [{"doc_id": id_of(BY_PLACE), "original": id_of(original)}]


def test_repeat_only_reads(tmp_path: Path) -> None:
    """The task is named by its indexes in any order, and a second run leaves the file alone."""
    resolve(tmp_path, [BY_PLACE], [ORIGINAL])
    listed = write_list(str(tmp_path), [str(tmp_path / "1.captures"), str(tmp_path / "0.captures")])
    (task,) = revisits.plan(listed, 2, str(tmp_path / "out"))
    path = f"{task.path}.originals"
    before = Path(path).stat()

    assert task.run() == ResolveReport(task.id, path)
    assert Path(path).stat().st_mtime_ns == before.st_mtime_ns


def test_counts_tell_whether_there_is_a_revisit() -> None:
    """The entries of an index, and those of revisits, are counted, so that nothing is looked for in vain."""
    index = CaptureIndex()
    for row in (ORIGINAL, BY_PLACE, BY_PAYLOAD, REVISIT):
        index.add(batch([row]), doc_ids("s", batch([row])))

    assert (len(index), index.revisits) == (4, 2)
    assert (len(CaptureIndex()), CaptureIndex().revisits) == (0, 0)
