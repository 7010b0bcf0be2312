"""Libraries that can change a byte: none of those we declare is forgotten, and none is left out without a reason."""

from __future__ import annotations

from importlib import metadata

from pipelines.code import imports
from pipelines.code.imports import closure
from pipelines.code.libraries import DISTRIBUTION, LEFT_OUT, declared, our_packages, requirements, versions_behind
from pipelines.code.version import INGEST, library_versions


def test_every_library_that_we_declare_counts_or_is_left_out_for_a_reason() -> None:
    """Whoever declares a new one that no run imports has to say why its version cannot change a result."""
    ours = requirements(DISTRIBUTION, extras=True)
    absent = {"hyperscan"} - declared()  # its wheel is for x86-64

    assert ours - declared() - LEFT_OUT.keys() - absent == set()
    assert requirements(DISTRIBUTION) - library_versions().keys() - LEFT_OUT.keys() - absent == set()
    assert not {"pytest", "ruff"} & ours


def test_libraries_are_left_out_only_where_something_requires_them() -> None:
    """A reason for a library that is no longer required would be read as a promise."""
    required = requirements(DISTRIBUTION, extras=True).union(*map(requirements, declared()))

    assert LEFT_OUT.keys() - required == set()


def test_everything_that_a_run_imports_is_declared() -> None:
    """What is imported and neither counted nor left out has no version in any identity."""
    installed = metadata.packages_distributions()
    imported = closure(frozenset({INGEST}), our_packages(), imports.ROOT).others & installed.keys()

    assert {"numpy", "pyarrow", "selectolax"} < imported
    for top in imported:
        owners = {name.lower().replace("_", "-") for name in installed[top]}
        assert owners & versions_behind([top]).keys() or owners <= LEFT_OUT.keys(), top


def test_a_library_brings_what_it_rests_on() -> None:
    """Numba's machine code is made by llvmlite, and arrays are numpy's; a progress bar makes nothing."""
    assert versions_behind(["numba"]).keys() == {"llvmlite", "numba", "numpy"}
    assert {"spacy", "thinc", "regex", "tldextract", "idna"} < versions_behind(["presidio_analyzer"]).keys()
    assert "tqdm" not in versions_behind(["presidio_analyzer"])
    assert versions_behind(["click", "rich", "json", "no_such_library"]) == {}
