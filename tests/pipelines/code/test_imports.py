"""Closures of imports: found as Python's parser finds them, however far, and no wider than they are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.code import imports
from pipelines.code.imports import Closure, closure, find_imports
from pipelines.code.libraries import our_packages

HOUSE = {
    "top/__init__.py": "",
    "top/task.py": "from __future__ import annotations\nfrom top.kernels.sums import add\n\nimport numpy as np\n",
    "top/other.py": "import scipy\n",
    "top/list.txt": "one",
    "top/notes.md": "not read by any code",
    "top/.swap.txt": "an editor's",
    "top/kernels/__init__.py": "from top.kernels import tables\n",
    "top/kernels/sums.py": "def add():\n    from side import (\n        one,  # (needed)\n        two,\n    )\n",
    "top/kernels/tables.py": "import json, os.path\n",
    "top/kernels/spare.py": "",
    "top/kernels/lists/words.json": "{}",
    "top/quiet/__init__.py": '"""Import nothing."""\n',
    "top/quiet/names.npz": "a model",
    "top/quiet/inner.py": "A = 1\n",
    "top/typed.py": "if TYPE_CHECKING:  # or it would be a circle\n    import top.task\n\n    import scipy\n\nB = 2\n",
    "top/asks.py": 'import_module("numba.core")\nfind_spec("spacy")\n',
    "top/open/__init__.py": "def read(name):\n    return import_module(f'{__name__}.{name}')\n",
    "top/open/near.py": "from top.quiet.inner import A\n",
    "top/open/below/far.py": "",
    "side/__init__.py": "",
    "side/one.py": "import top.task\n",
    "side/three.py": "",
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Two packages that import each other."""
    for name, text in HOUSE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def closed(root: Path, *modules: str) -> Closure:
    """Return the closure of *modules* of HOUSE."""
    return closure(frozenset(modules), frozenset({"top", "side"}), root)


def parsed(path: Path) -> Iterator[str]:
    """Yield what the source at *path* imports, by Python's parser, but for blocks that only type checkers see."""
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            waiting += node.orelse
            continue
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            yield from (str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names))


def test_imports_are_those_that_the_parser_finds() -> None:
    """In every source of ours; an example in a docstring may be taken for one, which makes a closure larger only."""
    for module, path in imports.sources(our_packages(), imports.ROOT).items():
        found, expected = find_imports(Path(path).read_text(encoding="utf-8")), set(parsed(Path(path)))
        assert expected <= found, module


def test_a_closure_goes_through_functions_and_packages(house: Path) -> None:
    """Imports inside functions, over several lines and of the packages on the way count; a circle ends."""
    found = closed(house, "top.task")

    kernels = {"top.kernels", "top.kernels.sums", "top.kernels.tables"}
    assert found.modules == {"top", "top.task", *kernels, "side", "side.one"}
    assert found.others == {"numpy"}


def test_data_of_packages_that_import_something_count(house: Path) -> None:
    """Lists and models beside a module or in a folder below count, but not what no code reads."""
    assert {"top/list.txt", "top/kernels/lists/words.json"} < closed(house, "top.task").files.keys()
    assert not {"top/notes.md", "top/.swap.txt"} & closed(house, "top.task").files.keys()
    assert {name for name in closed(house, "top.quiet.inner").files if not name.endswith(".py")} == set()


def test_what_only_type_checkers_import_does_not_count(house: Path) -> None:
    """It is not there when the code runs."""
    assert closed(house, "top.typed").modules == {"top", "top.typed"}
    assert closed(house, "top.typed").others == set()


def test_imports_by_name_count(house: Path) -> None:
    """A name that is spelled out counts as itself; one that is computed may be anything in the package and below."""
    assert closed(house, "top.asks").others == {"numba", "spacy"}
    opened = {"top", "top.open", "top.open.near", "top.open.below.far", "top.quiet", "top.quiet.inner"}
    assert closed(house, "top.open").modules == opened


def test_a_module_of_somebody_else_has_no_closure(house: Path) -> None:
    """It is an error: an identity that covers nothing would never change."""
    with pytest.raises(LookupError, match=r"numpy, top\.gone: no module of side, top"):
        closed(house, "top.gone", "numpy")
