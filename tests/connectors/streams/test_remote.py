"""Files of an S3 store: listed by patterns, read in ranges as local ones are, and never taken for damaged."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow.fs import S3FileSystem

from connectors import CONNECTORS
from connectors.capture import Extent, Limits, Slice
from connectors.errors import MissingSource, StoreFailed, UnreadableSource
from connectors.streams import remote
from connectors.streams.files import digest, list_files, open_file
from corpushub.testing.unsteady import Fault, Unsteady

ROWS = [{"id": str(number), "text": f"text {number} " * 40} for number in range(4000)]
_numbers = count()


@pytest.fixture
def place(watched_store: Unsteady) -> Iterator[str]:
    """Return a fresh prefix of the store."""
    yield f"s3://corpora/sources-{next(_numbers)}"
    remote._connect.cache_clear()


def put(url: str, content: bytes, store: Unsteady) -> None:
    """Write an object."""
    address = {"endpoint_override": store.address.removeprefix("http://"), "scheme": "http", "region": "us-east-1"}
    client = S3FileSystem(access_key="key", secret_key="secret", **address)
    with client.open_output_stream(url.removeprefix("s3://"), compression=None) as stream:
        stream.write(content)


def lines() -> bytes:
    """Return the rows as JSON Lines."""
    return b"".join(json.dumps(row).encode() + b"\n" for row in ROWS)


def table() -> bytes:
    """Return the rows as Parquet, in many row groups."""
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS), sink, row_group_size=500)
    return sink.getvalue()


def read(connector: str, piece: Slice) -> tuple[list[tuple[str, str]], tuple[int | None, int | None]]:
    """Return the ids and texts of a slice, or why there is none, and where its records begin and end."""
    extent = Extent()
    batches = CONNECTORS[connector].read(piece, {}, Limits(), extent)
    rows = [(row["source_id"], row["text"] or str(row["failure"])) for one in batches for row in one.to_pylist()]
    return rows, (extent.begins, extent.ends)


def test_patterns_are_listed(place: str, watched_store: Unsteady) -> None:
    """By their URLs and stored sizes, whatever their names say of compression; names are relative to a root."""
    for name in ("src/a.jsonl.gz", "src/b.jsonl.gz", "src/c.txt", "src/deep/d.jsonl.gz", "other/e.jsonl.gz"):
        put(f"{place}/{name}", gzip.compress(name.encode() * 100), watched_store)

    def named(pattern: str, root: str = "/nowhere") -> list[str]:
        return [file.name.removeprefix(f"{place}/") for file in list_files([pattern], root)]

    assert named(f"{place}/src/*.jsonl.gz") == ["src/a.jsonl.gz", "src/b.jsonl.gz"]
    assert named(f"{place}/**/*.gz") == [f"{one}.jsonl.gz" for one in ("other/e", "src/a", "src/b", "src/deep/d")]
    assert named("src/[bc]*", place) == ["src/b.jsonl.gz", "src/c.txt"]
    (found,) = list_files([f"{place}/src/a.jsonl.gz"], "/nowhere")
    assert (found.path, found.size) == (f"{place}/src/a.jsonl.gz", len(gzip.compress(b"src/a.jsonl.gz" * 100)))
    for pattern in (f"{place}/none/*", "s3://no-such-bucket/*"):
        with pytest.raises(MissingSource, match="no file matches"):
            list_files([pattern], "/nowhere")


@pytest.mark.parametrize(("connector", "make"), [("jsonl", lines), ("parquet", table)])
def test_slices_are_read_as_of_a_local_file(
    connector: str, make: object, place: str, watched_store: Unsteady, tmp_path: Path
) -> None:
    """The same records, and where they begin and end; a slice costs few requests."""
    assert callable(make)
    (local := tmp_path / "rows").write_bytes(make())
    put(f"{place}/rows", local.read_bytes(), watched_store)
    (there,), (here,) = list_files([f"{place}/rows"], "/"), list_files(["rows"], str(tmp_path))
    pieces = [CONNECTORS[connector].split(file, 300_000) for file in (there, here)]
    assert len(pieces[0]) == len(pieces[1]) > (connector == "jsonl")
    for remote_piece, local_piece in zip(*pieces, strict=True):
        watched_store.asked.clear()
        assert read(connector, remote_piece) == read(connector, local_piece)
        assert watched_store.asked.total() <= 24
    assert digest(f"{place}/rows") == digest(str(local))


def test_reading_on_takes_larger_and_larger_requests(place: str, watched_store: Unsteady) -> None:
    """Of 16 MiB a handful; a look at the beginning takes little."""
    content = bytes(range(256)) * (64 << 10)
    put(f"{place}/large", content, watched_store)
    watched_store.asked.clear()
    with open_file(f"{place}/large") as file:
        assert file.read(10) == content[:10]
        assert watched_store.asked == {"HEAD": 1, "GET": 1}
        file.seek(5 << 20)
        assert file.read(100) == content[5 << 20 :][:100]
        file.seek(0)
        assert file.read() == content
        assert file.seek(-3, io.SEEK_END) == len(content) - 3
        assert file.read() == content[-3:]
        assert file.read(1) == b""
    assert watched_store.asked["GET"] <= 12


@pytest.mark.parametrize("connector", ["jsonl", "parquet"])
@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.LATE])
def test_a_store_that_breaks_off_is_no_damage(
    connector: str, fault: Fault, place: str, watched_store: Unsteady, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it does in the midst of a file, no record of it counts as failed, and no file as unreadable."""
    monkeypatch.setattr(remote, "ATTEMPTS", 1)
    monkeypatch.setattr(remote, "MOST", 64 << 10)
    monkeypatch.setattr("corpushub.testing.unsteady.FAULTS", (fault,))
    remote._connect.cache_clear()
    put(f"{place}/rows", {"jsonl": lines, "parquet": table}[connector](), watched_store)
    batches = CONNECTORS[connector].read(Slice(f"{place}/rows"), {}, Limits(batch_rows=100), Extent())
    first = next(batches)
    watched_store.every = 1
    with pytest.raises(StoreFailed, match=r"the store of s3://corpora/sources-\d+/rows broke off \(\w+\)"):
        list(batches)
    watched_store.every = 0
    assert first["failure"].null_count == len(first)


def test_damage_is_still_damage(place: str, watched_store: Unsteady) -> None:
    """What is no Parquet, or no gzip, is told as of a local file; and what is not there is missing."""
    put(f"{place}/rows", b"no table at all" * 1000, watched_store)
    with pytest.raises(UnreadableSource, match="not a Parquet file"):
        read("parquet", Slice(f"{place}/rows"))
    with pytest.raises(MissingSource, match="FileNotFoundError"):
        read("jsonl", Slice(f"{place}/none"))


def test_a_store_that_refuses_is_one_sentence(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the address, without what may be a login."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setattr(remote, "ATTEMPTS", 1)
    with pytest.raises(StoreFailed, match=r"the store of s3://corpora/x/\* broke off \(NETWORK_CONNECTION\); nothing"):
        list_files(["s3://corpora/x/*"], "/nowhere")
    with pytest.raises(MissingSource, match=r"cannot open s3://corpora/x/\*"):
        list_files(["s3://user:word@corpora/x/*"], "/nowhere")
