from __future__ import annotations

import os
from pathlib import Path

import pytest

from policies.small_files import read_small, read_small_text


def _made(folder: Path, kind: str) -> str:
    place = folder / "named"
    if kind == "fifo":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    elif kind == "loop":
        place.symlink_to(place)
    elif kind == "large":
        place.write_bytes(b"12345")
    elif kind == "closed":
        (folder / "file").write_text("x")
        place = folder / "file" / "named"
    return {"device": "/dev/zero", "null": "a\0b"}.get(kind, str(place))


@pytest.mark.parametrize("kind", ["fifo", "folder", "loop", "large", "device", "null", "missing", "closed"])
def test_what_is_no_small_file_is_an_error_with_words(kind: str, tmp_path: Path) -> None:
    """Nothing waits, nothing is read without end, and each has an OSError whose text is for people."""
    with pytest.raises(OSError) as told:  # noqa: PT011
        read_small(_made(tmp_path, kind), 4)
    assert told.value.strerror


def test_a_file_is_read_through_links(tmp_path: Path) -> None:
    """Up to its last byte."""
    (tmp_path / "file").write_bytes(b"1234")
    (tmp_path / "link").symlink_to("file")
    assert read_small(tmp_path / "link", 4) == b"1234"


def test_a_text_has_the_lines_of_any_system(tmp_path: Path) -> None:
    """What an editor elsewhere wrote is the same text."""
    (tmp_path / "file").write_bytes(b"\xef\xbb\xbfa\r\nb\rc\n")
    assert read_small_text(tmp_path / "file", encoding="utf-8-sig") == "a\nb\nc\n"
    (tmp_path / "file").write_bytes(b"\xff")
    with pytest.raises(UnicodeDecodeError):
        read_small_text(tmp_path / "file")
