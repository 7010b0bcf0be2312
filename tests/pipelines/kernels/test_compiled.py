"""The cache folder: named for what machine code depends on, and safe to read and write."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from pipelines.annotate import stage as annotate
from pipelines.code import imports
from pipelines.code.libraries import our_packages
from pipelines.dedup.components import survivors
from pipelines.kernels import codepoints, compiled, tokens
from pipelines.kernels.compiled import cache_folder, kernels_digest, remember, store
from pipelines.kernels.languages import model as langmodel
from policies import spans

Change = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a cache folder of the test's own."""
    monkeypatch.setattr(compiled, "cache_folder", lambda: tmp_path / "kernels")
    return tmp_path / "kernels"


def test_importing_it_does_not_import_numba() -> None:
    """The folder's name is found without the compiler."""
    program = "import sys, pipelines.kernels.compiled as c; c.cache_folder(); sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("variable", ["CORPUSHUB_CACHE", "NUMBA_CACHE_DIR"])
def test_the_environment_says_where_the_folder_is(tmp_path: Path, variable: str) -> None:
    """It may do so relative to where the process starts; numba's own variable counts where ours is not set."""
    program = "import os, pipelines.kernels.compiled as c; print(c.cache_folder().parent)"
    for given in (str(tmp_path / "x"), "x"):
        environment = {**os.environ, "CORPUSHUB_CACHE": "", variable: given, "PYTHONSAFEPATH": "1"}
        answer = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        assert Path(answer.stdout.strip()).resolve() == (tmp_path / "x").resolve()


@pytest.mark.parametrize("module", [langmodel, codepoints, tokens, survivors])
def test_a_change_behind_any_kernel_changes_the_digest(module: ModuleType, with_ours_changed: Change) -> None:
    """Modules without kernels of their own count too, where kernels use their constants."""
    before = kernels_digest()
    with_ours_changed(module)
    assert kernels_digest() != before


def test_a_change_elsewhere_leaves_the_digest_alone(with_ours_changed: Change) -> None:
    """What only calls kernels is not behind them."""
    before = kernels_digest()
    with_ours_changed(annotate)
    assert kernels_digest() == before


def test_kernels_use_no_constant_of_another_package() -> None:
    """Only sources of their own package say whether kernels are warm; a table of columns is no constant."""
    package = compiled.__name__.partition(".")[0]
    for module, path in imports.sources(frozenset({package}), imports.ROOT).items():
        text = Path(path).read_text(encoding="utf-8")
        if compiled._DEFINES.search(text.encode()):
            ours = {name for name in imports.find_imports(text) if name.partition(".")[0] in our_packages() - {package}}
            assert ours <= {spans.__name__, f"{spans.__name__}.EDITS"}, module


def test_another_compiler_changes_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one version of numba has compiled does not count as warm for another."""
    before = kernels_digest()
    monkeypatch.setattr(compiled, "version", lambda package: "0")
    assert kernels_digest() != before


def test_an_array_is_computed_once(folder: Path) -> None:
    """The second asker gets the stored array, of the same type and values; a damaged one is computed again."""
    values = np.arange(6, dtype=np.uint32).reshape(2, 3)
    assert remember("x", lambda: values) is values
    stored = remember("x", lambda: np.zeros(0, np.uint32))
    assert stored.dtype == np.uint32
    assert stored.tolist() == values.tolist()
    assert stored.flags.writeable
    assert stored.flags.c_contiguous
    whole = (folder / "x.npy").read_bytes()
    for damage in (b"", b"no array", whole.replace(b"\3", b"\2"), whole[:-1]):
        (folder / "x.npy").write_bytes(damage)
        assert remember("x", lambda: values) is values
    assert [path.name for path in folder.iterdir()] == ["x.npy"]


def test_a_folder_that_cannot_be_written_is_no_error(folder: Path) -> None:
    """Where nothing can be stored, arrays are computed each time and nothing is left behind."""
    folder.write_bytes(b"a file, so that no folder can be made")
    assert not store("x", lambda file: file.write(b"1"))
    assert remember("x", lambda: np.ones(2)).tolist() == [1.0, 1.0]


def test_a_file_appears_whole_or_not_at_all(folder: Path) -> None:
    """A disk that fills up while a file is written leaves none."""

    def fail(file: object) -> None:
        raise OSError("no space left on device")

    assert store("x", lambda file: file.write(b"1"))
    assert not store("x", fail)
    assert (folder / "x").read_bytes() == b"1"
    assert [path.name for path in folder.iterdir()] == ["x"]


def test_a_folder_of_another_user_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shared temporary folder that is not ours could hold anybody's code: it is passed over."""
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    assert len([base for base in compiled._bases() if base.parent == tmp_path]) == 1
    uid = os.getuid()
    (tmp_path / f"corpushub-{uid + 1}").mkdir()
    monkeypatch.setattr("os.getuid", lambda: uid + 1)
    assert not [base for base in compiled._bases() if base.parent == tmp_path]


def test_a_folder_that_everybody_can_write_to_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even one that the environment names: anybody could have us run code."""
    for name in ("CORPUSHUB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    chosen: Callable[[], Path] = vars(cache_folder)["__wrapped__"]
    shared = tmp_path / "CORPUSHUB_CACHE" / "kernels"
    shared.mkdir(parents=True)
    assert chosen() == shared
    shared.chmod(0o1777)
    own = tmp_path / "XDG_CACHE_HOME" / "corpushub" / "kernels"
    assert chosen() == own
    own.chmod(0o777)
    assert chosen() not in (own, shared)


def test_the_folder_is_the_same_each_time() -> None:
    """Asking again gives the same folder."""
    assert cache_folder() is cache_folder()
