"""Code of others that a recipe names: found by its entry point, identified by its distribution.

A recipe writes ``DISTRIBUTION:NAME``; the distribution declares NAME in one of the groups below. What its files hold
takes part in the identity of every task that it has a say in, and in the statement about the version.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, TypeVar

from pipelines.code.libraries import requirements, versions_behind
from pipelines.code.version import Plugin
from pipelines.errors import PluginError
from policies.spelling import nearest

Batch = TypeVar("Batch")
Judged = TypeVar("Judged")

STEPS: Final = "corpushub.steps"
CONNECTORS: Final = "corpushub.connectors"
RECOGNIZERS: Final = "corpushub.recognizers"
"""Groups of entry points: classes of steps, instances of connectors.Connector, factories of Presidio recognizers."""


def is_plugin(name: str) -> bool:
    """Tell whether a recipe means code of others by *name*."""
    return ":" in name


def available(group: str) -> list[str]:
    """Return what installed distributions offer in *group*, as recipes name it, sorted."""
    return sorted(f"{_normal(_owner(one))}:{one.name}" for one in metadata.entry_points(group=group))


@cache
def load(group: str, name: str) -> Any:
    """Return the object that a distribution offers in *group* under *name*, DISTRIBUTION:NAME.

    Raises:
        PluginError: there is none, or it cannot be loaded.
    """
    entry = _entry(group, name)
    with blamed(name, f"({entry.value}) cannot be loaded"):
        return entry.load()


@contextmanager
def blamed(name: str, what: str, *passing: type[Exception], quoted: bool = True) -> Iterator[None]:
    """Let code of others run, if *name* means such: whatever it raises, but *passing*, is a PluginError.

    Args:
        name: what recipes call it.
        what: it did, or did not do, in words that follow its name.
        passing: errors that say all that is to be said.
        quoted: whether its own words are told; not where they might be a document's.
    """
    said: tuple[type[Exception], ...] = (PluginError, *passing)
    try:
        yield
    except said:
        raise
    except (Exception, SystemExit) as error:  # nobody knows what code of others raises
        if not is_plugin(name):
            raise
        why = f"{type(error).__name__}: {error}" if quoted else type(error).__name__
        advice = "nothing was committed; repair it, or leave it out of the recipe"
        raise PluginError(f"the plugin {name} {what}: {why}; {advice}") from error


def guarded(name: str, judge: Callable[[Batch], Judged]) -> Callable[[Batch], Judged]:
    """Return *judge*, a step that recipes call *name*, so that what a plugin raises names the plugin and no text."""
    if not is_plugin(name):
        return judge

    def judged(batch: Batch) -> Judged:
        with blamed(name, "failed on a batch of documents", quoted=False):
            return judge(batch)

    return judged


@cache
def identify(name: str) -> Plugin:
    """Return the name and version of the distribution of *name*, and a digest of its files and what they rest on.

    Files count as they stand where Python imports them, so that an editable install is what it is just now.

    Raises:
        PluginError: no installed distribution is meant.
    """
    distribution, _, _ = name.partition(":")
    try:
        found = metadata.distribution(distribution)
    except metadata.PackageNotFoundError as error:
        raise _unknown(name) from error
    own = _normal(found.metadata["Name"])
    state = hashlib.sha256()
    for path, content in _files(found):
        state.update(path.encode() + b"\0" + hashlib.sha256(content).digest())
    for library, version in versions_behind(_imported_tops(found)).items():
        state.update(f"{library}=={version}\0".encode())
    return Plugin(own, found.version, state.hexdigest())


def plugins_of(names: Iterable[str]) -> tuple[Plugin, ...]:
    """Return the distributions behind those of *names* that mean code of others, each once, by name."""
    return tuple(sorted({identify(name) for name in names if is_plugin(name)}))


def _entry(group: str, name: str) -> metadata.EntryPoint:
    distribution, _, wanted = name.partition(":")
    for one in metadata.entry_points(group=group):
        if one.name == wanted and _normal(_owner(one)) == _normal(distribution):
            return one
    raise _unknown(name, group)


def _unknown(name: str, group: str | None = None) -> PluginError:
    known = available(group) if group else sorted({_normal(one.name) for one in metadata.distributions()})
    offered = f"installed: {', '.join(available(group)) or 'none'}; " if group else ""
    what = f"no installed distribution offers {name!r}{f' in {group}' if group else ''}{nearest(name, known)}"
    return PluginError(f"{what}; {offered}nothing was changed; install it where the workers are, too")


def _owner(entry: metadata.EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else ""


def _normal(name: str) -> str:
    return name.replace("_", "-").replace(".", "-").lower()


def _tops(distribution: metadata.Distribution) -> list[str]:
    """Return the top-level import names that the entry points of *distribution* lead to."""
    groups = (STEPS, CONNECTORS, RECOGNIZERS)
    return sorted({one.module.partition(".")[0] for one in distribution.entry_points if one.group in groups})


def _files(distribution: metadata.Distribution) -> Iterator[tuple[str, bytes]]:
    for top in _tops(distribution):
        spec = find_spec(top)
        for place in spec.submodule_search_locations or () if spec else ():
            yield from ((f"{top}/{name}", content) for name, content in _below(Path(place)))
        if spec and spec.origin and not spec.submodule_search_locations:
            yield f"{top}.py", Path(spec.origin).read_bytes()


def _below(folder: Path) -> Iterator[tuple[str, bytes]]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(files):
            if not name.endswith(".pyc"):
                path = Path(place) / name
                yield path.relative_to(folder).as_posix(), path.read_bytes()


def _imported_tops(distribution: metadata.Distribution) -> list[str]:
    """Return the import names of the libraries that *distribution* requires."""
    wanted = requirements(_normal(distribution.metadata["Name"]))
    return sorted(top for top, owners in metadata.packages_distributions().items() if wanted & {*map(_normal, owners)})
