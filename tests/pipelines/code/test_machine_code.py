"""Machine code is named by what it was made of: by all of that, and by nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any, cast

import numpy as np
import pytest

from pipelines.code.machine_code import MachineCode, digest_of
from pipelines.kernels import tokens
from pipelines.kernels.compiled import store

SOURCE = """
from collections import namedtuple
import numba, numpy as np
LIMIT, TABLE, PAIR = 3, np.arange(4), (1, "a")

def unused(x):
    return x

@numba.njit
def helper(x, step=2):
    return x + step + TABLE[0]

@numba.njit
def main(x):
    for _ in range(LIMIT):
        x = helper(x) + np.int64(PAIR[0])
    return x
"""


def digest(old: str = "", new: str = "", package: str = "pipelines.made") -> str:
    """Return the digest of main in SOURCE, of which *old* is replaced."""
    assert old in SOURCE
    made: dict[str, Any] = {"__name__": package}
    exec(SOURCE.replace(old, new) if old else SOURCE, made)
    return digest_of(made["main"].py_func)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("range(LIMIT)", "range(LIMIT + 1)"),
        ("LIMIT, TABLE, PAIR = 3", "LIMIT, TABLE, PAIR = 4"),
        ("= 3,", "= 3.0,"),
        ("np.arange(4)", "np.arange(5)"),
        ("np.arange(4)", "np.arange(4, dtype=np.int32)"),
        ('(1, "a")', '(1, "b")'),
        ("x + step", "x - step"),
        ("step=2", "step=3"),
        ("@numba.njit\ndef helper", "@numba.njit(inline='always')\ndef helper"),
        ("np.int64(PAIR", "np.int32(PAIR"),
        ("TABLE[0]", "len(TABLE)"),
        ("def helper(x, step=2)", "def helper(x, *, step=2)"),
        ('(1, "a")', 'namedtuple("Pair", "a b")(1, "a")'),
        ('(1, "a")', 'np.zeros(1, [("a", "i4"), ("b", "i4")])'),
    ],
)
def test_whatever_is_compiled_has_a_say(old: str, new: str) -> None:
    """So do functions that are called, however far, and constants, their types and what callees default to."""
    assert digest(old, new) != digest()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def unused(x):\n    return x", "def unused(x):\n    return 2 * x"),
        ("def main(x):", "def main(x):  # a remark\n"),
        ("def main(x):", 'def main(x):\n    "What it does."'),
        ("import numba, numpy as np", "import numba, numpy as np, os"),
    ],
)
def test_nothing_else_has(old: str, new: str) -> None:
    """Functions that are not called, remarks and descriptions change no machine code."""
    assert digest(old, new) == digest()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def helper(x, *, step=2)", "def helper(x, *, step=3)"),
        ('PAIR = namedtuple("Pair", "a b")(1, 2)', 'PAIR = namedtuple("Pair", "b a")(1, 2)'),
        ('PAIR = np.zeros(1, [("a", "i4"), ("b", "i4")])', 'PAIR = np.zeros(1, [("b", "i4"), ("a", "i4")])'),
    ],
)
def test_names_have_a_say_where_they_choose_values(old: str, new: str) -> None:
    """Fields of constants and records, and what callees default to where it is told by name alone."""
    replaced = "def helper(x, step=2)" if "helper" in old else 'PAIR = 3, np.arange(4), (1, "a")'
    lead = "" if "helper" in old else "PAIR = 3, np.arange(4), 1; "
    assert digest(replaced, lead + old) != digest(replaced, lead + new)


@pytest.mark.parametrize(
    ("value", "kind"),
    [("[1]", "list"), ("Colour", "EnumType"), ("tokens", "module"), ("np.array([1], object)", "ndarray")],
)
def test_what_may_change_unnoticed_is_refused(value: str, kind: str) -> None:
    """A kernel that names a list has no digest, nor one that names what would have to be looked through."""
    made = "import enum\nfrom pipelines.kernels import tokens\nclass Colour(enum.Enum):\n    RED = 1\n"
    with pytest.raises(TypeError, match=f"names a ({kind}|EnumMeta)"):
        digest("LIMIT, TABLE, PAIR = 3, np.arange(4),", f"{made}LIMIT, TABLE, PAIR = 3, {value},")


def test_fields_of_arguments_have_a_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a kernel reads by name is another place where a named tuple has its fields in another order."""
    monkeypatch.setattr("pipelines.kernels.compiled.cache_folder", lambda: tmp_path)
    one, other = (cast(Callable[..., Any], namedtuple("Pair", names)) for names in ("a b", "b a"))
    assert made(tmp_path, run=lambda pair: pair.a)(one(1, 2)) == 1
    assert made(tmp_path, run=lambda pair: pair.a)(other(1, 2)) == 2
    assert made(tmp_path, run=lambda pairs: pairs[0].a)((one(1, 2), 3)) == 1
    assert made(tmp_path, run=lambda pairs: pairs[0].a)((other(1, 2), 3)) == 2


def test_another_installation_compiles_nothing(tmp_path: Path, with_ours_changed: Callable[..., Path]) -> None:
    """Where our code stands, and when its files were written, is nothing to the folder that all share."""
    program = """
import pyarrow as pa
from pipelines.kernels.minhash import MinHasher
print(MinHasher(16).signatures(pa.array(["The ship has left the harbour."])).sum(), MinHasher.__module__)
"""
    cache = tmp_path / "cache"
    seen = []
    for root in (with_ours_changed(), with_ours_changed(tokens, b"# a remark\n")):
        environment = {**os.environ, "CORPUSHUB_CACHE": str(cache), "PYTHONPATH": str(root)}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, cwd=root, capture_output=True, text=True, check=True
        )
        files = {path: path.stat().st_mtime_ns for path in cache.rglob("*.code")}
        seen.append((done.stdout, files))
    assert seen[0] == seen[1]
    assert len(seen[0][1]) > 5


def made(folder: Path, saved: Callable[..., bool] = store, run: Callable[[Any], Any] = lambda x: x * 2) -> Any:
    """Return a kernel of the test, which does *run*, and whose machine code stands in *folder*."""
    import numba

    function = FunctionType(run.__code__, {"np": np}, "twice")
    function.__module__, function.__qualname__ = "pipelines.made", "twice"
    compiled: Any = numba.njit(function)
    compiled._cache = MachineCode(function, folder, saved)
    return compiled


def test_damage_is_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file that broke off, as after a crash, nothing is taken."""
    monkeypatch.setattr("pipelines.kernels.compiled.cache_folder", lambda: tmp_path)
    assert made(tmp_path)(2) == 4
    (file,) = tmp_path.glob("made.twice-*.code")
    whole = file.read_bytes()
    flipped = bytes([*whole[:-200], whole[-200] ^ 1, *whole[-199:]])
    for damaged in (b"", whole[: len(whole) // 2], b"no machine code", flipped):
        file.write_bytes(damaged)
        again = made(tmp_path)
        assert again(2) == 4
        assert again.stats.cache_hits == {}
    last = made(tmp_path)
    assert last(3) == 6
    assert sum(last.stats.cache_hits.values()) == 1


def test_a_folder_that_takes_nothing_is_no_error(tmp_path: Path) -> None:
    """A kernel works where its machine code cannot be kept."""
    assert made(tmp_path, lambda name, write: False)(2) == 4
    assert [*tmp_path.iterdir()] == []
