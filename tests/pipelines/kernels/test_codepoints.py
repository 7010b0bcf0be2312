import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.kernels import codepoints


def test_classes_agree_with_the_interpreter() -> None:
    """White space, letters and word characters are what str and unicodedata say, for every code point."""
    kinds, chars = codepoints.classes(), list(map(chr, range(sys.maxunicode + 1)))
    marks = {char for char in chars[: codepoints.MARK_LIMIT] if unicodedata.category(char)[0] == "M"}
    assert np.array_equal(kinds & codepoints.SPACE > 0, list(map(str.isspace, chars)))
    assert np.array_equal(kinds & codepoints.LETTER > 0, list(map(str.isalpha, chars)))
    assert np.array_equal(kinds & codepoints.WORD > 0, [char.isalnum() or char in marks for char in chars])


@given(st.text())
@settings(deadline=None)
def test_decode_reads_every_character(text: str) -> None:
    """Decoding byte by byte gives back the code points, and their widths add up to the bytes."""
    data, i, codes = np.frombuffer(text.encode(), np.uint8), 0, []
    while i < len(data):
        code, width = codepoints.decode(data, i)
        codes.append(code)
        i += width
    assert (codes, i) == ([ord(char) for char in text], len(data))


@given(st.text(st.sampled_from(" \t\n\u3000\u00a0aé漢")))
@settings(deadline=None)
def test_strip_is_that_of_str(text: str) -> None:
    """Stripping bytes removes the white space that str.strip removes."""
    data = np.frombuffer(text.encode(), np.uint8)
    start, end = codepoints.strip(data, 0, len(data), codepoints.classes())
    assert bytes(data[start:end]).decode() == text.strip()
    assert codepoints.count_characters(data, start, end) == len(text.strip())


@pytest.mark.parametrize("texts", [[], [""], ["a", None, "漢字"]])
def test_string_buffers_hold_the_texts(texts: list[str | None]) -> None:
    """The buffers of an array, sliced or not, hold its texts; a null is empty."""
    array = pa.concat_arrays([pa.array(["before"]), pa.array(texts, pa.string())])[1:]
    offsets, data = codepoints.string_buffers(array)
    found = [bytes(data[offsets[i] : offsets[i + 1]]).decode() for i in range(len(texts))]
    assert found == [text or "" for text in texts]


def test_what_python_says_of_code_points_is_asked_once(tmp_path: Path) -> None:
    """A later process has the tables of an earlier one from the disk; other code, or another Python, asks again."""
    program = """
import pipelines.kernels.codepoints as codepoints
from pipelines.decontaminate.folding import fold_tables
from pipelines.kernels.tokens import tables_digest
stored = []
codepoints.remember, remember = lambda name, ask: stored.append(name) or remember(name, ask), codepoints.remember
print(tables_digest(), *[table.sum() for table in (*fold_tables(), codepoints.classes())])
print(*sorted({*stored}))
"""
    answers = []
    for _ in range(2):
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
        environment.pop("CORPUSHUB_CACHE", None)
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        answers.append((done.stdout, {path.name: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npy")}))

    assert answers[0] == answers[1]
    assert {f"{name}.npy" for name in answers[0][0].splitlines()[1].split()} == answers[0][1].keys()


def test_tables_are_named_by_the_constants_they_use(tmp_path: Path, with_ours_changed: Callable[..., Path]) -> None:
    """A table of another module is asked for anew where this one has changed: all installations share the folder."""
    program = "from pipelines.decontaminate.folding import fold_tables; fold_tables()"
    cache = tmp_path / "cache"
    counts = []
    for root in (with_ours_changed(), with_ours_changed(), with_ours_changed(codepoints, b"# another constant\n")):
        environment = {**os.environ, "CORPUSHUB_CACHE": str(cache), "PYTHONPATH": str(root)}
        subprocess.run([sys.executable, "-c", program], env=environment, cwd=root, check=True)
        counts.append(len([*cache.rglob("folding-*.npy")]))
    assert counts[0] == counts[1] == counts[2] // 2
