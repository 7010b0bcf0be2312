"""What our modules import, directly or not: read from their sources, without importing or parsing them.

A pattern finds import statements in a fiftieth of the time that parsing takes; a test compares it with the parser on
every source of ours. Statements inside functions count, statements for type checkers alone do not. A module that
imports by a computed name may import all of its package and of the packages below, so all of these count. Data files
count with any module of their package that imports something: what imports nothing opens no file.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[__name__.count(".")]
"""The folder that our packages stand in."""

_TYPES_ONLY: Final = re.compile(r"^([ \t]*)if TYPE_CHECKING:[ \t]*\n(?:\1[ \t]+.*\n|[ \t]*\n)+", re.MULTILINE)
_STATEMENT: Final = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)|import[ \t]+([^\n]*))", re.MULTILINE
)
_BY_NAME: Final = re.compile(r"""\b(?:import_module|find_spec)\((?:"([\w.]+)"\))?""")
_COMMENT: Final = re.compile(r"#[^\n]*")
_NO_DATA: Final = frozenset({".md", ".py", ".pyc", ".typed"})
"""Suffixes of files in packages that no code reads to compute something."""


@dataclass(frozen=True, slots=True)
class Closure:
    """What can have a say in what some modules compute.

    Attributes:
        modules: our modules, by dotted name; packages among them.
        others: top-level names that they import from elsewhere, the standard library left out.
        files: SHA-256 of each of their sources and of the data files of their packages, by path below the root.
    """

    modules: frozenset[str]
    others: frozenset[str]
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class _Source:
    digest: bytes
    imports: frozenset[str]  # dotted names, of which the last part need not be a module
    open_ended: bool  # imports by a computed name


@dataclass(frozen=True, slots=True)
class _Tree:
    modules: Mapping[str, str]  # path by dotted name
    data: Mapping[str, tuple[str, ...]]  # paths of data files by the package they belong to


@cache
def closure(modules: frozenset[str], packages: frozenset[str], root: Path) -> Closure:
    """Return what *modules* import from our top-level *packages* below *root*, however far, and from elsewhere.

    Raises:
        LookupError: one of *modules* is none of ours.
    """
    tree = _tree(packages, root)
    if unknown := sorted(modules - tree.modules.keys()):
        raise LookupError(f"{', '.join(unknown)}: no module of {', '.join(sorted(packages))} below {root}")
    found: set[str] = set()
    others: set[str] = set()
    waiting = set(modules)
    while waiting:
        found |= waiting
        names = {name for module in waiting for name in _named_by(module, tree)}
        others |= {top for name in names if (top := name.partition(".")[0]) not in packages}
        waiting = {module for name in names for module in _on_the_path(name) if module in tree.modules} - found
    readers = {_package_of(name, tree) for name in found if _source(tree.modules[name]).imports}
    paths = [*(tree.modules[name] for name in found), *(path for name in readers for path in tree.data.get(name, ()))]
    digests = {Path(path).relative_to(root).as_posix(): _source(path).digest for path in sorted(paths)}
    return Closure(frozenset(found), frozenset(others - sys.stdlib_module_names), digests)


def sources(packages: frozenset[str], root: Path) -> Mapping[str, str]:
    """Return the path of each module of our top-level *packages* below *root*, by dotted name."""
    return _tree(packages, root).modules


def find_imports(text: str) -> set[str]:
    """Return the dotted names that *text* (Python) imports; for ``from a import b`` both ``a`` and ``a.b``."""
    names: set[str] = set(filter(None, _computed(text)))
    for origin, members, modules in _STATEMENT.findall(_TYPES_ONLY.sub("", _COMMENT.sub("", text))):
        listed = (part.split() for part in (members or modules).strip("() \t\n").split(","))
        firsts = {words[0] for words in listed if words}
        names |= {origin, *(f"{origin}.{first}" for first in firsts)} if origin else firsts
    return names - {"__future__", "__future__.annotations"}


def _computed(text: str) -> list[str]:
    """Return the packages that *text* imports from by computed names, "" where even the package is computed."""
    return _BY_NAME.findall(text) if "import_module" in text or "find_spec" in text else []  # the search is slow


def _named_by(module: str, tree: _Tree) -> Iterator[str]:
    source = _source(tree.modules[module])
    yield module
    yield from source.imports
    if source.open_ended:
        package = _package_of(module, tree)
        yield from (name for name in tree.modules if name.startswith(f"{package}."))


def _package_of(module: str, tree: _Tree) -> str:
    return module if tree.modules[module].endswith("/__init__.py") else module.rpartition(".")[0]


def _on_the_path(name: str) -> Iterator[str]:
    """Yield *name* and the packages that are imported on the way to it."""
    while name:
        yield name
        name = name.rpartition(".")[0]


@cache
def _source(path: str) -> _Source:
    content = Path(path).read_bytes()
    digest = hashlib.sha256(content).digest()
    if not path.endswith(".py"):
        return _Source(digest, frozenset(), False)
    text = content.decode()
    return _Source(digest, frozenset(find_imports(text)), "" in _computed(text))


@cache
def _tree(packages: frozenset[str], root: Path) -> _Tree:
    modules: dict[str, str] = {}
    data: dict[str, list[str]] = {}
    for package in sorted(packages):
        for folder, below, files in os.walk(root / package):
            below[:] = sorted(name for name in below if name != "__pycache__")
            dotted = Path(folder).relative_to(root).as_posix().replace("/", ".")
            if "__init__.py" in files:
                modules[dotted] = f"{folder}/__init__.py"
            owner = next(name for name in _on_the_path(dotted) if name in modules)
            stems = {name[:-3]: f"{folder}/{name}" for name in files if name.endswith(".py") and name != "__init__.py"}
            modules |= {f"{dotted}.{stem}": path for stem, path in stems.items()}
            data.setdefault(owner, []).extend(f"{folder}/{name}" for name in files if _is_data(name))
    return _Tree(modules, {package: tuple(sorted(paths)) for package, paths in data.items()})


def _is_data(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix not in _NO_DATA
