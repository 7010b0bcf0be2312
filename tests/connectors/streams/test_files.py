from __future__ import annotations

import hashlib
import os
from pathlib import Path

import fsspec
import pytest

from connectors.errors import MissingSource
from connectors.streams.files import SourceFile, blocks, digest, list_files, open_file


def put(folder: Path, *names: str) -> None:
    """Write small files below *folder*."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def test_files_are_named_as_the_recipe_writes_them_sorted_and_once(tmp_path: Path) -> None:
    """A file that two patterns name is listed once, under the relative name, with an absolute path and its size."""
    put(tmp_path, "crawl/b.gz", "crawl/a.gz", "crawl/deep/c.gz", "other.txt")

    found = list_files(["crawl/**/*.gz", "crawl/*.gz", "./crawl/a.gz"], str(tmp_path))

    assert [file.name for file in found] == ["crawl/a.gz", "crawl/b.gz", "crawl/deep/c.gz"]
    assert found[0] == SourceFile(str(tmp_path / "crawl/a.gz"), "crawl/a.gz", len("crawl/a.gz"))


def test_an_absolute_pattern_keeps_its_name(tmp_path: Path) -> None:
    """Outside the root a file is named by its whole path."""
    put(tmp_path, "a.txt")

    (found,) = list_files([str(tmp_path / "*.txt")], "/nowhere")

    assert found.name == found.path == str(tmp_path / "a.txt")


def test_a_name_that_looks_like_a_pattern_is_taken_literally(tmp_path: Path) -> None:
    """An existing file's name wins over what its brackets would match."""
    put(tmp_path, "a[1].txt", "a1.txt")

    assert [file.name for file in list_files(["a[1].txt"], str(tmp_path))] == ["a[1].txt"]


def test_a_pattern_without_a_file_is_refused(tmp_path: Path) -> None:
    """The error names the pattern and the root; a folder is no file."""
    put(tmp_path, "folder/a.txt")

    with pytest.raises(MissingSource, match=r"'folder'.*" + tmp_path.name):
        list_files(["folder/a.txt", "folder"], str(tmp_path))


def test_remote_files_are_listed_read_and_hashed() -> None:
    """Any fsspec file system does: relative to a root URL, or by a URL of its own."""
    system = fsspec.filesystem("memory")
    for name in ("/bucket/x/b.txt", "/bucket/x/a.txt"):
        system.pipe(name, name.encode())

    relative = list_files(["x/*.txt"], "memory://bucket")
    absolute = list_files(["memory://bucket/x/a.txt"], "/nowhere")

    assert [file.name for file in relative] == ["x/a.txt", "x/b.txt"]
    assert absolute[0].name == absolute[0].path == relative[0].path
    assert digest(relative[0].path) == hashlib.sha256(b"/bucket/x/a.txt").hexdigest()
    with pytest.raises(MissingSource):
        list_files(["memory://bucket/y*"], "/nowhere")
    with pytest.raises(MissingSource):
        digest("memory://bucket/none")


def test_a_login_in_a_url_is_not_told() -> None:
    """An error about a URL leaves out the user and password in it."""
    with pytest.raises(MissingSource) as refused:
        list_files(["nothing"], "memory://user:password@bucket")

    assert "password" not in str(refused.value)


def test_digest_reads_all_blocks(tmp_path: Path) -> None:
    """The digest is that of the stored bytes, however many blocks they take."""
    data = os.urandom(3 << 20)
    path = tmp_path / "data"
    path.write_bytes(data)

    assert digest(str(path)) == hashlib.sha256(data).hexdigest()
    with open_file(str(path)) as file:
        assert b"".join(blocks(file, 1000)) == data


@pytest.mark.parametrize(
    "pattern",
    [
        "../x/*",
        "a/../../x/a.txt",
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "local:///etc/passwd",
        "zip://a::file:///b",
    ],
)
def test_what_leads_out_is_refused(pattern: str, tmp_path: Path) -> None:
    """A pattern that says itself that it leads elsewhere needs leave."""
    with pytest.raises(MissingSource, match="outside = true"):
        list_files([pattern], str(tmp_path), outside=False)


def test_links_that_lead_out_are_refused(tmp_path: Path) -> None:
    """A file, or a folder on the way, may be a link within the folder of the pattern, and with leave to anywhere."""
    for name in ("in/a.txt", "out/a.txt"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(name)
    (tmp_path / "in/same.txt").symlink_to("a.txt")
    (tmp_path / "data").symlink_to("in")
    assert len(list_files(["in/*.txt", "data/a.txt"], str(tmp_path), outside=False)) == 3
    (tmp_path / "in/other.txt").symlink_to("../out/a.txt")
    (tmp_path / "in/sub").symlink_to("../out")
    for pattern in ("in/*.txt", "in/other.txt", "in/s*/a.txt", "in/**/a.txt"):
        with pytest.raises(MissingSource, match="a link that leads out"):
            list_files([pattern], str(tmp_path), outside=False)
        assert list_files([pattern], str(tmp_path))


@pytest.mark.parametrize(
    ("url", "told"), [("gopher://host/a", "no store"), ("smb://host/a", "pip install smbprotocol")]
)
def test_stores_that_are_not_there_are_one_sentence(url: str, told: str) -> None:
    """An unknown scheme, and one whose library is not installed."""
    with pytest.raises(MissingSource, match=told) as error:
        list_files([url], "/nowhere", outside=False)
    assert "\n" not in str(error.value)
