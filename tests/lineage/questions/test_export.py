from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lineage.commit.release import Release
from lineage.control.versions import Version
from lineage.errors import BadFilter, DamagedFile, ExportError
from lineage.hub import Hub
from lineage.questions.diff import Asked, ChangedDocument, Changes, ErasedDocuments, VersionDiff, diff
from lineage.questions.export import COLUMNS, Format, export
from lineage.references import VersionRef
from lineage.storage.parquet import write_ledger


def test_jsonl_rows_carry_the_promised_columns(
    hub: Hub, make_version: Callable[..., Version], make_id: Callable[[int], str], tmp_path: Path
) -> None:
    """Each line is one document with the columns of the contract; progress ends at the whole."""
    make_version("r1", [1, 2, 3], {4: 1}, edition="Zeile\nzwei \u2028 ü")
    told: list[tuple[int, int]] = []
    done = export(hub, VersionRef("fruit"), tmp_path / "out", Format.JSONL, lambda n, size: told.append((n, size)))
    assert (done.version, done.documents, done.files) == ("fruit@v1", 3, ("documents-00000.jsonl",))
    lines = (tmp_path / "out" / "documents-00000.jsonl").read_bytes().splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["doc_id"] for row in rows] == sorted(make_id(number) for number in (1, 2, 3))
    assert list(rows[0]) == list(COLUMNS)
    assert rows[0]["captured_at"] == "2024-05-01T12:00:00Z"
    assert rows[0]["text"].endswith("Zeile\nzwei \u2028 ü")
    assert told[-1][0] == 3


def test_parquet_export_is_the_data_file(hub: Hub, make_version: Callable[..., Version], tmp_path: Path) -> None:
    """A Parquet export holds all columns, in the bytes that the version's manifest names."""
    make_version("r1", [1, 2])
    export(hub, VersionRef("fruit"), tmp_path / "out", Format.PARQUET)
    (source,) = Path(hub.home.data_folder("fruit", "documents")).iterdir()
    assert (tmp_path / "out" / "documents-00000.parquet").read_bytes() == source.read_bytes()
    assert set(COLUMNS) <= set(pq.read_schema(source).names)


def test_failed_export_leaves_nothing(hub: Hub, make_version: Callable[..., Version], tmp_path: Path) -> None:
    """A missing data file, or a target that cannot be written, is named, and no half export appears."""
    make_version("r1", [1])
    (tmp_path / "file").write_text("x")
    with pytest.raises(ExportError, match="nothing was left"):
        export(hub, VersionRef("fruit"), tmp_path / "file" / "out", Format.JSONL)
    for path in Path(hub.home.data_folder("fruit", "documents")).iterdir():
        path.unlink()
    before = sorted(tmp_path.iterdir())
    for form in (Format.JSONL, Format.PARQUET, Format.HF):
        with pytest.raises(DamagedFile, match="verify"):
            export(hub, VersionRef("fruit"), tmp_path / "out", form)
    assert sorted(tmp_path.iterdir()) == before


def test_occupied_target_is_refused(hub: Hub, make_version: Callable[..., Version], tmp_path: Path) -> None:
    """Files that are there already are never overwritten; an empty folder may be filled."""
    make_version("r1", [1])
    (tmp_path / "out").mkdir()
    export(hub, VersionRef("fruit"), tmp_path / "out", Format.JSONL)
    with pytest.raises(ExportError, match="not an empty folder"):
        export(hub, VersionRef("fruit"), tmp_path / "out", Format.JSONL)


def test_diff_counts_and_explains(hub: Hub, make_version: Callable[..., Version]) -> None:
    """Documents are added, removed for a reason, or changed in content; the rest is the same."""
    make_version("r1", [1, 2, 3, 4])
    make_version("r2", [1, 5], {2: 1, 3: None})
    found = diff(hub, VersionRef("fruit", 1), VersionRef("fruit", 2))
    assert found == VersionDiff(
        from_="fruit@v1",
        to="fruit@v2",
        added=1,
        removed=3,
        changed=0,
        by_reason={"gopher_too_few_words": 1, "near_duplicate": 1, "not_read": 1},
        by_source={"orchard": Changes(added=1, removed=3, changed=0)},
        by_license={"MIT": Changes(added=1, removed=3, changed=0)},
        documents=(),
        next=None,
        erased=ErasedDocuments(from_=0, to=0),
    )
    make_version("r3", [1, 5], edition="revised")
    changed = diff(hub, VersionRef("fruit", 2), VersionRef("fruit", 3))
    assert (changed.added, changed.removed, changed.changed, changed.by_reason) == (0, 0, 2, {})


def test_diff_lists_documents(hub: Hub, make_version: Callable[..., Version], make_id: Callable[[int], str]) -> None:
    """The documents themselves are listed, each with its change and, where it is gone, the reason; up to a limit."""
    make_version("r1", [1, 2, 3])
    make_version("r2", [1, 5], {2: 1})
    old, new = VersionRef("fruit", 1), VersionRef("fruit", 2)
    listed = diff(hub, old, new, listed=10).documents
    assert listed[0] == ChangedDocument(make_id(5), "https://orchard.example/5", "added", "orchard", "MIT", None)
    assert {(one.doc_id, one.reason) for one in listed[1:]} == {
        (make_id(2), "near_duplicate"),
        (make_id(3), "not_read"),
    }
    assert all(one.uri for one in listed)
    assert diff(hub, old, new, listed=2).documents == listed[:2]


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({}, {5, 2, 3}),
        ({"change": "removed"}, {2, 3}),
        ({"change": "removed", "reason": "not_read"}, {3}),
        ({"source": "orchard", "license": "MIT", "change": "added"}, {5}),
        ({"license": "unknown"}, set()),
    ],
)
def test_diff_lists_what_is_asked_for(
    hub: Hub,
    make_version: Callable[..., Version],
    make_id: Callable[[int], str],
    asked: dict[str, str],
    numbers: set[int],
) -> None:
    """A part after the other, each where the one before ended, in the order of changes and ids."""
    make_version("r1", [1, 2, 3])
    make_version("r2", [1, 5], {2: 1})
    seen: list[tuple[str, str]] = []
    wanted: Asked | None = Asked(**asked)
    while wanted is not None:
        found = diff(hub, VersionRef("fruit", 1), VersionRef("fruit", 2), listed=1, asked=wanted)
        seen += [(one.change, one.doc_id) for one in found.documents]
        wanted = replace(wanted, after=found.next) if found.next else None

    assert seen == sorted(seen)
    assert sorted(doc_id for _, doc_id in seen) == sorted(map(make_id, numbers))


@pytest.mark.parametrize(
    "asked", [{"change": "lost"}, {"after": "added"}, {"after": "added-1"}, {"after": "x-" + "0" * 32}]
)
def test_diff_refuses_what_is_no_condition(
    hub: Hub, make_version: Callable[..., Version], asked: dict[str, str]
) -> None:
    """Before it reads a file."""
    make_version("r1", [1])
    with pytest.raises(BadFilter):
        diff(hub, VersionRef("fruit", 1), VersionRef("fruit", 1), listed=1, asked=Asked(**asked))


def test_a_record_that_was_read_twice_is_not_its_own_reason(
    hub: Hub,
    make_version: Callable[..., Version],
    make_release: Callable[..., Release],
    make_id: Callable[[int], str],
) -> None:
    """Of a document that went, and that had been read twice, diff says why it went."""
    copy = {"doc_id": make_id(2), "run": "r1", "outcome": "dropped", "reason": "a_copy", "duplicate_of": make_id(2)}
    twice = write_ledger(pa.Table.from_pylist([copy]), hub.home.data_folder("fruit", "ledger"))
    make_version("r1", [1, 2])
    make_version("r2", [1], {2: None}, keeping=replace(make_release("r0", [9]), documents=[], ledger=[twice]))
    found = diff(hub, VersionRef("fruit", 1), VersionRef("fruit", 2))
    assert found.by_reason == {"gopher_too_few_words": 1}


def test_diff_of_versions_that_share_files(
    hub: Hub, make_version: Callable[..., Version], make_release: Callable[..., Release]
) -> None:
    """Files of both versions cancel out; a version does not differ from itself."""
    earlier = make_release("r1", [1, 2])
    make_version("r1", [1, 2])
    make_version("r2", [3], keeping=earlier)
    assert diff(hub, VersionRef("fruit", 1), VersionRef("fruit", 2)).added == 1
    same = diff(hub, VersionRef("fruit"), VersionRef("fruit"))
    assert (same.added, same.removed, same.changed, same.by_reason) == (0, 0, 0, {})
