"""The files of versions are kept as spans: whatever versions add, leave out and lose, each has what it was given."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from lineage.control.records import digests, version_record
from lineage.control.version_files import (
    files_by_version,
    first_versions,
    ledger_files_with,
    new_bytes,
    paths_held,
    put_files,
    replace_files,
    version_files,
    version_manifest,
    versions_behind,
)
from lineage.control.versions import Version, get_version, save_version
from lineage.hub import Hub
from lineage.hub.connection import connect
from lineage.hub.database import Database
from lineage.hub.home import FileKind, Home
from lineage.hub.schema import FILE_SPANS, METADATA, VERSION_FILES
from lineage.references import VersionRef
from lineage.storage.files import DataFile

KINDS: tuple[FileKind, ...] = ("documents", "ledger")
Held = dict[FileKind, list[DataFile]]


@dataclass(frozen=True)
class Swap:
    """What becomes of a file."""

    file: DataFile | None


def a_file(name: int) -> DataFile:
    """Return a made-up file."""
    return DataFile(f"d/{name}.parquet", f"{name:064}", name + 1, 100 + name, f"{name:032x}", f"{name + 5:032x}")


def a_version(number: int) -> Version:
    """Return a made-up version."""
    parent = number - 1 or None
    return Version("fruit", number, f"r{number}", parent, f"root{number}", "2024", 1, 1, {}, {}, {}, "c", 0, 0)


def draw_versions(draw: random.Random, count: int) -> list[Held]:
    """Draw the files of versions that each change some of those before."""
    held: dict[FileKind, set[int]] = {kind: set() for kind in KINDS}
    made = []
    for _ in range(count):
        for kind in KINDS:
            held[kind] = {name for name in held[kind] if draw.random() < 0.8} | {draw.randrange(12) for _ in range(2)}
        made.append({kind: [a_file(name) for name in sorted(names)] for kind, names in held.items()})
    return made


def told(db: Database, number: int) -> Held:
    """Return what the database says of a version."""
    return {kind: version_files(db, a_version(number), kind) for kind in KINDS}


def as_before(db: Database, number: int, files: Held) -> None:
    """Record a version as an earlier release did."""
    rows = [
        {"dataset": "fruit", "number": number, "table": kind, **asdict(file)} for kind in files for file in files[kind]
    ]
    save_version(db, a_version(number), {})
    with db.begin() as connection:
        connection.execute(insert(VERSION_FILES), rows)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("older", [0, 3])
def test_each_version_has_the_files_it_was_given(db: Database, seed: int, older: int) -> None:
    """By number, by kind, in every question, also behind versions that an earlier release made, also put again."""
    draw = random.Random(seed)
    versions = draw_versions(draw, 9)
    for number, files in enumerate(versions, 1):
        if number <= older:
            as_before(db, number, files)
        else:
            save_version(db, a_version(number), files)
            save_version(db, a_version(number), files)
    for number, files in enumerate(versions, 1):
        assert told(db, number) == files
        assert version_manifest(db, a_version(number)) == {kind: some for kind, some in files.items() if some}
        with db.connect() as connection:
            before = {file.path for earlier in versions[: number - 1] for some in earlier.values() for file in some}
            new = {file.path: file.bytes for some in files.values() for file in some if file.path not in before}
            assert new_bytes(connection, "fruit", number) == sum(new.values())
    every = {
        number: {kind: {one.path: one for one in some} for kind, some in files.items() if some}
        for number, files in enumerate(versions, 1)
    }
    assert files_by_version(db, "fruit") == every
    for name in range(12):
        holders = [number for number, files in enumerate(versions, 1) if a_file(name) in files["ledger"]]
        assert first_versions(db, "fruit", "ledger").get(a_file(name).path) == (holders[0] if holders else None)
        with_it = ledger_files_with(db, "fruit", f"{name:032x}")
        assert with_it.get(a_file(name).path, []) == holders
        assert {int(path[2:-8]) for path in with_it} <= set(range(name - 5, name + 1))
    with db.connect() as connection:
        paths = {file.path for files in versions for some in files.values() for file in some}
        assert paths_held(connection, "fruit") == paths
        assert paths_held(connection, "other") == set()


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("older", [0, 3])
def test_files_are_replaced_in_every_version(db: Database, seed: int, older: int) -> None:
    """Some become another file, several the same, one that is there already; some are gone; the rest stays."""
    draw = random.Random(seed)
    versions = draw_versions(draw, 8)
    for number, files in enumerate(versions, 1):
        if number <= older:
            as_before(db, number, files)
        else:
            save_version(db, a_version(number), files)
    swaps = {a_file(name).path: Swap(draw.choice([None, a_file(20), a_file(21), a_file(9)])) for name in range(5)}
    with db.begin() as connection:
        before = digests(connection)
        behind = versions_behind(db, "fruit", {"documents": swaps})
        replace_files(connection, "fruit", {"documents": swaps})
        after = digests(connection)
    for number, files in enumerate(versions, 1):
        left = {one.path: one for one in files["documents"] if one.path not in swaps}
        for one in files["documents"]:
            if one.path in swaps and (file := swaps[one.path].file) is not None:
                left[file.path] = file
        expected = sorted(left.values(), key=lambda one: (one.first_doc_id, one.path))
        assert told(db, number) == {"documents": expected, "ledger": files["ledger"]}
        touched = any(one.path in swaps for one in files["documents"])
        if before[version_record(f"fruit@v{number}")] != after[version_record(f"fruit@v{number}")]:
            assert touched or number in behind


def test_a_version_costs_what_it_changes(db: Database) -> None:
    """A hundred versions of a thousand files that change one each are some thousand rows, not a hundred thousand."""
    files = [a_file(name) for name in range(1000)]
    for number in range(1, 101):
        files = [*files[1:], a_file(999 + number)]
        with db.begin() as connection:
            put_files(connection, a_version(number), {"documents": files})
    with db.connect() as connection:
        assert connection.execute(select(func.count()).select_from(FILE_SPANS)).scalar() == 1099
        assert connection.execute(select(func.count()).select_from(VERSION_FILES)).scalar() == 0


def test_an_older_version_can_be_put_anew(db: Database) -> None:
    """Its neighbours keep what they had, whichever spans it is taken out of."""
    versions: list[Held] = [{"documents": [a_file(name) for name in names]} for names in ([1, 2], [1, 2], [1, 2, 3])]
    for number, files in enumerate(versions, 1):
        save_version(db, a_version(number), files)
    save_version(db, a_version(2), {"documents": [a_file(2), a_file(3), a_file(4)]})

    assert [file.path for file in version_files(db, a_version(1), "documents")] == ["d/1.parquet", "d/2.parquet"]
    assert version_files(db, a_version(2), "documents") == [a_file(2), a_file(3), a_file(4)]
    assert version_files(db, a_version(3), "documents") == [a_file(1), a_file(2), a_file(3)]


def test_a_hub_of_an_earlier_release_is_read_where_it_cannot_be_written(tmp_path: Path) -> None:
    """Tables that it lacks are empty: what it holds is told, and nothing is written."""
    home = Home(tmp_path / "hub").create()
    db = Hub(home).db
    as_before(db, 1, {"documents": [a_file(1)], "ledger": []})
    with db.begin() as connection:
        for table in ("file_spans", "source_digests"):
            connection.exec_driver_sql(f"DROP TABLE {table}")
    db.dispose()
    database = home.path / "hub.sqlite"
    before = database.read_bytes()
    patch = pytest.MonkeyPatch()
    patch.setattr("os.access", lambda *_: False)
    try:
        old = connect(home)
    finally:
        patch.undo()

    assert get_version(old, VersionRef("fruit")).number == 1
    assert version_files(old, a_version(1), "documents") == [a_file(1)]
    with old.connect() as connection:
        assert connection.execute(select(func.count()).select_from(METADATA.tables["file_spans"])).scalar() == 0
    old.dispose()
    assert database.read_bytes() == before
