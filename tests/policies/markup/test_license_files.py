from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from policies.markup.license_files import is_license_file, license_of_text, text_evidence
from policies.rights.licenses import licence_class

TAG = "SPDX-License-" + "Identifier: "


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"# {TAG}mit", "MIT"),
        (f"/* {TAG}Apache-2.0 OR MIT */", "Apache-2.0 OR MIT"),
        (f"<!-- {TAG}CC-BY-4.0 -->", "CC-BY-4.0"),
        (f"// {TAG}GPL-2.0+\r", "GPL-2.0-or-later"),
        (f"-- {TAG}LicenseRef-Own", "LicenseRef-Own"),
        (f"# {TAG}no such licence", None),
    ],
)
def test_tags_are_read_in_any_comment(line: str, expected: str | None) -> None:
    """The expression ends where the comment does; one that is not understood is kept as such."""
    (found,) = text_evidence(f"#!/bin/x\n{line}\ncode()\n")

    assert (found.kind, found.meaning) == ("spdx-tag", expected)


@pytest.mark.parametrize("name", ["LICENSE", "a/LICENCE.txt", "COPYING.LESSER", "LICENSE-MIT", "UNLICENSE"])
def test_names_of_licence_files(name: str) -> None:
    """The usual names are known, others are not."""
    assert is_license_file(name)
    assert not is_license_file(name + "/code.py")
    assert not is_license_file("my" + name.rpartition("/")[2])


def test_a_licence_file_speaks_of_its_repository() -> None:
    """Only a file of such a name is taken for a licence, and a text nobody knows is recorded as unknown."""
    text = "Boost Software License - Version 1.0\nPermission is hereby granted ..."

    assert [one.meaning for one in text_evidence(text, "x/notes.txt")] == []
    assert [(one.kind, one.meaning) for one in text_evidence(text, "x/LICENSE")] == [("license-file", "BSL-1.0")]
    assert [one.meaning for one in text_evidence("Do as you are told.", "LICENSE")] == [None]


def test_texts_of_licences_are_told_apart(shared_data: Path) -> None:
    """Of all SPDX licence texts each that is recognised is that licence, or one of its words that is no stricter."""
    with gzip.open(shared_data / "licences" / "spdx_texts.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line) for line in lines]
    found = {one["id"]: license_of_text(one["text"]) for one in texts}
    wrong = {spdx: read for spdx, read in found.items() if read and _family(read) != _family(spdx)}

    stricter = {spdx for spdx, read in wrong.items() if licence_class(read) < licence_class(spdx)}
    assert stricter <= {"MPL-2.0-no-copyleft-exception"}  # its text is that of MPL-2.0
    assert len(wrong) < 30
    assert sum(read is not None for read in found.values()) >= 25


def _family(spdx: str) -> str:
    return spdx.removesuffix("-only").removesuffix("-or-later").removesuffix("+")
