import ast
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
OURS = {"connectors", "policies", "lineage", "pipelines", "hub"}
MAY_KNOW = {
    "connectors": set(),
    "policies": set(),
    "lineage": set(),
    "pipelines": {"connectors", "policies", "lineage"},
    "hub": OURS,
}


def imported(path: Path) -> set[str]:
    """Return the modules that the source file at *path* imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("package", sorted(OURS))
def test_knowledge_flows_one_way(package: str) -> None:
    """connectors, policies and lineage know nobody; pipelines knows these three; the hub knows all."""
    for path in sorted((ROOT / package).rglob("*.py")):
        ours = {name.split(".")[0] for name in imported(path)} & OURS
        assert ours <= MAY_KNOW[package] | {package}, f"{path.relative_to(ROOT)} imports {sorted(ours)}"


def test_two_modules_know_beam() -> None:
    """Beam is imported by pipelines/beam.py and, for local workers, pipelines/beam_workers.py alone."""
    users = {
        path.relative_to(ROOT).as_posix()
        for package in OURS
        for path in (ROOT / package).rglob("*.py")
        if any(name.split(".")[0] == "apache_beam" for name in imported(path))
    }

    assert users == {"pipelines/beam.py", "pipelines/beam_workers.py"}


@pytest.mark.parametrize(
    "module", ["hub.cli", "lineage.trace", "lineage.find", "lineage.duplicates", "policies.cases", "policies.uris"]
)
def test_questions_do_not_load_engines(module: str) -> None:
    """Commands that answer questions start without Beam, spaCy or pyiceberg, which cost seconds."""
    heavy = ["apache_beam", "spacy", "presidio_analyzer", "pyiceberg"]
    program = f"import sys, {module}; sys.exit(any(name in sys.modules for name in {heavy}))"

    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_package_names_are_ours_alone() -> None:
    """No other installed distribution carries a top-level package of our names, which would shadow it."""
    owners = packages_distributions()

    assert {name: set(owners[name]) for name in OURS} == {name: {"corpushub"} for name in OURS}
