"""Who may know whom: packages, the rooms inside each, and the two modules that know Beam."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_KNOW = {
    "connectors": set(),
    "policies": set(),
    "lineage": set(),
    "pipelines": {"connectors", "policies", "lineage"},
    "corpushub": {"connectors", "policies", "lineage", "pipelines"},
}
OURS = set(MAY_KNOW)

LAYERS = {
    "connectors": "errors damage capture streams batches tables archives",
    "policies": "errors cache small_files toml spelling spans addresses pii rights markup consent rules",
    "lineage": (
        "errors hub references storage control audit_log proof iceberg events commit statistics rewrite "
        "erasure withdrawal questions reading"
    ),
    "pipelines": (
        "errors reasons outcome code kernels handover execution decontaminate captures dedup steps rights release "
        "annotate startup ingest"
    ),
    "corpushub": (
        "errors example printable recipe running requests upkeep text audit papers face web commands cli testing docs"
    ),
}
"""The rooms and loose modules of each package, lowest first: each may import what stands before it."""

MOST_ENTRIES = 16
"""Entries of a folder that a reader takes in at a glance; ``__init__.py`` and ``py.typed`` aside."""

GROUND = {"lineage": ("policies.addresses.", "policies.spans", "policies.small_files")}
"""What a package knows of others all the same: what an address is, the types of spans, and how a file that somebody
names is read, must be the same for all who ask. These modules import nothing of ours: no circle can arise."""


@cache
def imported(path: Path) -> frozenset[str]:
    """Return the modules, or names of modules, that the source file at *path* imports, wherever it does."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def sources(package: str) -> list[Path]:
    """Return the source files of *package*."""
    return sorted((ROOT / package).rglob("*.py"))


def own_imports(package: str) -> Iterator[tuple[Path, str, str]]:
    """Yield each import inside *package*: the file, the room it stands in, the room it imports from."""
    for path in sources(package):
        room = path.relative_to(ROOT / package).parts[0].removesuffix(".py")
        for name in sorted(imported(path)):
            parts = name.split(".")
            if parts[0] == package and len(parts) > 1:
                yield path, room, parts[1]


@pytest.mark.parametrize("package", sorted(OURS))
def test_knowledge_flows_one_way(package: str) -> None:
    """connectors, policies and lineage know nobody but GROUND; pipelines knows these three; corpushub knows all."""
    for path in sources(package):
        known = GROUND.get(package, ())
        ours = {name.split(".")[0] for name in imported(path) if not name.startswith(known)} & OURS
        assert ours <= MAY_KNOW[package] | {package}, f"{path.relative_to(ROOT)} imports {sorted(ours)}"


@pytest.mark.parametrize("package", sorted(OURS))
def test_no_import_climbs(package: str) -> None:
    """Inside a package each room imports from rooms below it alone, so that no circle can come about."""
    rank = {room: number for number, room in enumerate(LAYERS[package].split())}
    for path, room, other in own_imports(package):
        if room != other and room != "__init__" and other in rank:
            assert rank[other] < rank[room], f"{path.relative_to(ROOT)}: {room} imports {other}, which stands above it"


@pytest.mark.parametrize("package", sorted(OURS))
def test_layers_name_every_room(package: str) -> None:
    """The layers list every folder and module of a package, and nothing else."""
    held = {path.relative_to(ROOT / package).parts[0].removesuffix(".py") for path in sources(package)}

    assert set(LAYERS[package].split()) == held - {"__init__"}


def test_folders_are_small() -> None:
    """No folder of sources holds more than a reader takes in at a glance."""
    for package in OURS:
        for folder in {path.parent for path in sources(package)}:
            entries = [one for one in folder.iterdir() if one.is_dir() or one.suffix == ".py"]
            shown = [one.name for one in entries if one.name not in {"__init__.py", "__pycache__"}]
            assert len(shown) <= MOST_ENTRIES, f"{folder.relative_to(ROOT)}: {len(shown)} entries"


def test_rooms_say_what_they_are() -> None:
    """Every folder of sources has an __init__.py with a docstring, which the tree in the docs is made of."""
    for package in OURS:
        for folder in {path.parent for path in sources(package)}:
            front = folder / "__init__.py"
            assert front.exists(), f"{folder.relative_to(ROOT)} has no __init__.py"
            assert ast.get_docstring(ast.parse(front.read_text(encoding="utf-8"))), f"{front} has no docstring"


def users_of(library: str) -> set[str]:
    """Return the modules of ours that import *library*."""
    return {
        path.relative_to(ROOT).as_posix()
        for package in OURS
        for path in sources(package)
        if any(name.split(".")[0] == library for name in imported(path))
    }


def test_two_modules_know_beam() -> None:
    """Beam is imported by beam.py and, for local workers, beam_workers.py of pipelines/execution alone."""
    assert users_of("apache_beam") == {
        "pipelines/execution/engines/beam.py",
        "pipelines/execution/engines/beam_workers.py",
    }


def test_engines_of_extras_are_known_by_one_module() -> None:
    """Ray is imported by its engine alone, and Dask by Beam's runner alone."""
    assert users_of("ray") == {"pipelines/execution/engines/ray.py"}
    assert users_of("dask") | users_of("distributed") == set()


@pytest.mark.parametrize(
    "module",
    [
        "corpushub.cli",
        "lineage.questions.trace",
        "lineage.questions.find",
        "lineage.questions.duplicates",
        "policies.rules.cases",
        "policies.addresses.redaction",
    ],
)
def test_questions_do_not_load_engines(module: str) -> None:
    """Commands that answer questions start without Beam, spaCy or pyiceberg, which cost seconds."""
    heavy = ["apache_beam", "spacy", "presidio_analyzer", "pyiceberg"]
    program = f"import sys, {module}; sys.exit(any(name in sys.modules for name in {heavy}))"

    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_who_plans_a_run_loads_nothing_that_does_the_work() -> None:
    """A run plans in one process while others import what does the work: no engine, and nothing that reads pages."""
    others = ["apache_beam", "duckdb", "presidio_analyzer", "pyiceberg", "selectolax", "spacy", "policies.markup"]
    program = f"import sys, corpushub.running.run; sys.exit(any(name in sys.modules for name in {others}))"

    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_package_names_are_ours_alone() -> None:
    """No other installed distribution carries a top-level package of our names, which would shadow it."""
    owners = packages_distributions()

    assert {name: set(owners[name]) for name in OURS} == {name: {"corpushub"} for name in OURS}
