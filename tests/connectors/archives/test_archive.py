from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from connectors import CONNECTORS
from connectors.capture import Extent, Limits, Slice
from connectors.streams.files import SourceFile

Rows = list[dict[str, Any]]
Build = Callable[..., bytes]
ReadSlices = Callable[[str, str, list[int]], Rows]

RELAXED = settings(max_examples=25, deadline=None)


def stored_gzip(data: bytes) -> bytes:
    """Return *data* as a gzip member of stored blocks: its bytes appear as they are."""
    packer = zlib.compressobj(0, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


@pytest.fixture(scope="module")
def records(warc_record: Build, http_response: Build) -> list[bytes]:
    """Records of several sizes and kinds, with archives inside payloads."""
    pages = [
        warc_record(http_response(b"<p>%d" % n + b"x" * n * 37), WARC_Target_URI=f"http://a.example/{n}")
        for n in range(9)
    ]
    inner = b"".join(stored_gzip(page) for page in pages[:3])
    nested = warc_record(
        http_response(inner, "Content-Type: application/warc"), WARC_Target_URI="http://a.example/in.gz"
    )
    plain = warc_record(http_response(b"\n" + b"".join(pages[:2])), WARC_Target_URI="http://a.example/in")
    return [warc_record(b"software: test", "warcinfo"), *pages[:4], nested, *pages[4:6], plain, *pages[6:]]


@pytest.fixture(scope="module")
def files(records: list[bytes], arc_record: Build, http_response: Build, tmp_path_factory: Any) -> dict[str, str]:
    """One file of each layout, by name."""
    folder: Path = tmp_path_factory.mktemp("layouts")
    pages = [arc_record(http_response((b"<p>%d" % n) * (n + 1)), f"http://a.example/{n}") for n in range(9)]
    version = b"1 0 Test\nURL IP-address Archive-date Content-type Archive-length\n"
    arc = [arc_record(version, "filedesc://t.arc"), *pages]
    contents = {
        "plain.warc": b"".join(records),
        "members.warc.gz": b"".join(gzip.compress(record, mtime=0) for record in records),
        "stored.warc.gz": b"".join(stored_gzip(record) for record in records),
        "plain.arc": b"".join(arc),
        "members.arc.gz": b"".join(gzip.compress(record, mtime=0) for record in arc),
        "lines.jsonl": b"".join(b'{"id": %d, "text": "%s"}\r\n\n' % (n, b"t" * n * 11) for n in range(40)),
        "open.jsonl": b"\n".join(b'{"id": %d, "text": "%s"}' % (n, b"t" * n * 11) for n in range(40)),
    }
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return {name: str(folder / name) for name in contents}


SPLITTABLE = [
    "plain.warc",
    "members.warc.gz",
    "stored.warc.gz",
    "plain.arc",
    "members.arc.gz",
    "lines.jsonl",
    "open.jsonl",
]


@pytest.mark.parametrize("name", SPLITTABLE)
@RELAXED
@given(data=st.data())
def test_slices_hold_every_record_once(
    name: str, data: st.DataObject, files: dict[str, str], read: Callable[..., Rows], read_slices: ReadSlices
) -> None:
    """Whatever the cut points, the slices together hold exactly the records of the whole, in order."""
    path = files[name]
    size = Path(path).stat().st_size
    cuts = data.draw(st.lists(st.integers(0, size), max_size=6))
    connector = name.split(".")[1]

    assert read_slices(connector, path, cuts) == read(connector, path)


@pytest.mark.parametrize("name", SPLITTABLE)
def test_split_covers_the_file_and_depends_on_its_size_alone(
    name: str, files: dict[str, str], read: Callable[..., Rows], read_slices: ReadSlices
) -> None:
    """Slices begin at multiples of the target, the last one is open, and they hold what the whole holds."""
    size = Path(files[name]).stat().st_size
    connector = name.split(".")[1]

    slices = CONNECTORS[connector].split(SourceFile(files[name], name, size), 700)

    assert [part.start for part in slices] == list(range(0, size, 700))
    assert slices[-1].end is None
    assert read_slices(connector, files[name], [part.start for part in slices]) == read(connector, files[name])


def test_extents_of_a_whole_file(files: dict[str, str], read: Callable[..., Rows]) -> None:
    """A whole file begins at 0 and ends at its size."""
    for name in SPLITTABLE:
        extent = Extent()
        read(name.split(".")[1], files[name], extent=extent)

        assert extent == Extent(0, Path(files[name]).stat().st_size), name


def test_a_false_start_inside_a_payload_shows_in_the_extents(
    records: list[bytes], files: dict[str, str], read: Callable[..., Rows]
) -> None:
    """A slice that begins in a payload holding an archive reports another begin than its neighbour's end."""
    path = files["stored.warc.gz"]
    inside = Path(path).read_bytes().index(b"application/warc") + 1
    left, right = Extent(), Extent()
    read("warc", Slice(path, 0, inside), extent=left)
    read("warc", Slice(path, inside), extent=right)

    assert left.ends != right.begins


def test_a_slice_without_a_record_has_no_begin(files: dict[str, str], read: Callable[..., Rows]) -> None:
    """A slice in the middle of a record holds nothing."""
    for name in ("plain.warc", "members.warc.gz", "open.jsonl"):
        size = Path(files[name]).stat().st_size
        extent = Extent()

        assert read(name.split(".")[1], Slice(files[name], size - 3, size - 2), extent=extent) == []
        assert extent.begins is None


@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_other_gzip_layouts_are_one_slice_and_read_alike(
    pieces: int, records: list[bytes], files: dict[str, str], write: Build, read: Callable[..., Rows]
) -> None:
    """A file compressed as a whole, or in members that cut through records, gives the same captures."""
    whole = b"".join(records)
    step = len(whole) // pieces + 1
    data = b"".join(gzip.compress(whole[at : at + step], mtime=0) for at in range(0, len(whole), step))
    path = str(write("odd.warc.gz", data))

    assert CONNECTORS["warc"].split(SourceFile(path, "odd", len(data)), 100) == [Slice(path)]
    assert read("warc", path) == read("warc", files["plain.warc"])


def test_a_record_may_straddle_members_after_a_first_whole_one(
    records: list[bytes], write: Build, read: Callable[..., Rows], files: dict[str, str]
) -> None:
    """A member that begins no record continues the one before."""
    cut = len(records[1]) // 2
    parts = [records[0], records[1][:cut], records[1][cut:], *records[2:]]
    path = str(write("straddle.warc.gz", b"".join(gzip.compress(part, mtime=0) for part in parts)))

    found = read("warc", path)

    assert [row["payload"] for row in found] == [row["payload"] for row in read("warc", files["plain.warc"])]
    assert not any(row["failure"] for row in found)


def test_several_records_in_a_member_have_distinct_offsets(
    records: list[bytes], write: Build, read: Callable[..., Rows]
) -> None:
    """A later member with several records gives each its own offset."""
    path = str(write("mixed.warc.gz", gzip.compress(records[0]) + gzip.compress(b"".join(records[1:5]))))

    offsets = [row["offset"] for row in read("warc", path)]

    assert len(set(offsets)) == len(offsets) == 4


@RELAXED
@given(data=st.data())
def test_a_damaged_archive_never_hangs_and_keeps_undamaged_neighbours(
    data: st.DataObject, files: dict[str, str], read: Callable[..., Rows], tmp_path: Path
) -> None:
    """Flipping one byte of a member-wise archive costs at most the records it touches."""
    original = Path(files["members.warc.gz"]).read_bytes()
    at = data.draw(st.integers(200, len(original) - 1))
    damaged = original[:at] + bytes([original[at] ^ data.draw(st.integers(1, 255))]) + original[at + 1 :]
    path = tmp_path / "damaged.warc.gz"
    path.write_bytes(damaged)
    whole = read("warc", files["members.warc.gz"])
    untouched = [row for row in whole if not row["offset"] - 20 <= at < row["offset"] + row["length"] + 20]

    found = read("warc", str(path))

    assert [row for row in untouched if row not in found] == []
    assert len(found) <= len(whole) + 3


@pytest.mark.parametrize("name", ["plain.warc", "members.warc.gz", "plain.arc", "members.arc.gz"])
@RELAXED
@given(data=st.data())
def test_a_cut_archive_ends_in_one_truncated_row(
    name: str, data: st.DataObject, files: dict[str, str], read: Callable[..., Rows], tmp_path: Path
) -> None:
    """What lies before the cut is delivered; the cut record is one failure at its offset."""
    original = Path(files[name]).read_bytes()
    connector = name.split(".")[1]
    cut = data.draw(st.integers(400, len(original) - 10))
    path = tmp_path / "cut"
    path.write_bytes(original[:cut])
    before = [row for row in read(connector, files[name]) if row["offset"] + row["length"] <= cut]

    start = max((row["offset"] + row["length"] for row in before), default=0)
    assume(original.count(b"WARC/1.0", start, cut) < 2)  # a nested record may as well be a neighbour: it is read

    found = read(connector, str(path))

    assert found[: len(before)] == before
    assert len(found) <= len(before) + 1
    assert all(row["failure"] == "truncated" for row in found[len(before) :])


def test_records_above_the_limit_are_counted_and_the_next_one_is_read(
    warc_record: Build, http_response: Build, write: Build, read: Callable[..., Rows]
) -> None:
    """A record that expands beyond the limit is a failure in every layout; its neighbours are read."""
    big = warc_record(http_response(b"\0" * 3_000_000), WARC_Target_URI="http://a.example/big")
    small = warc_record(http_response(b"<p>small"))
    parts = [small, big, small]
    layouts = [b"".join(parts), b"".join(map(gzip.compress, parts)), gzip.compress(b"".join(parts))]

    for number, data in enumerate(layouts):
        found = read("warc", str(write(f"big{number}", data)), limits=Limits(record_bytes=100_000))

        assert [row["failure"] for row in found] == [None, "too_large", None]
        assert found[1]["uri"] == "http://a.example/big"
