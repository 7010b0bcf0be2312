"""A look at workers elsewhere before the first stage: what they reach, and whether they would compute the same.

Nonces are written where files between stages and those of versions go. A few tasks, each on a worker of the engine's
choice, read them and write beside them, and answer with what their machine is like. What is found wrong is said in one
sentence, with what to set, before anything is computed.
"""

from __future__ import annotations

import platform
import secrets
import socket
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from connectors.errors import ConnectorError
from connectors.streams.files import open_file
from lineage.hub.home import is_local
from lineage.storage import stores
from lineage.storage.files import read_whole, remove_file, replace_file
from pipelines.code.plugins import identify
from pipelines.code.version import code_version, library_versions
from pipelines.errors import PluginError, StageStalled, UnfitWorker
from pipelines.execution import journal
from pipelines.execution.stage import Announce, Executor, Report, Stages, quietly
from policies.errors import MissingKey
from policies.pii.keys import KeySource

PROBES: Final = 8
"""Tasks of a probe: an engine hands them to more than one of its workers, though it need not."""

FLAGS: Final = frozenset({"ssse3", "avx2", "fma", "avx512f", "asimd", "sve"})
"""What processors have and kernels are compiled for, by Linux's names; the journal tells of them."""

NEEDED: Final = "ssse3"
"""What the search for many patterns at once (Hyperscan) needs of an x86 processor."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder or URL that all workers must reach.

    Attributes:
        path: where it is.
        setting: the variable that says so.
    """

    path: str
    setting: str


@dataclass(frozen=True, slots=True)
class Demand:
    """What a run needs of its workers.

    Attributes:
        places: where they read and write.
        files: some that they must be able to open, of sources.
        plugins: names, as a recipe has them, of code of others.
        key: of personal data, by its place and its id.
    """

    places: tuple[Place, ...]
    files: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    key: KeySource | None = None


@dataclass(frozen=True, slots=True)
class Machine(Report):
    """What a worker, or this process, says of itself.

    Attributes:
        host: its name.
        processor: its architecture.
        flags: which of FLAGS its processor has.
        python: its implementation and release, as names of compiled files have them.
        code: the version of all code that a run computes with.
        libraries: versions of the libraries among that.
        plugins: the digest of each plugin, by the name it was asked for; a sentence where there is none.
        unreached: places that it cannot read and write, and why.
        unopened: files that it cannot open, and why.
        keyless: why it has not the key; empty if it has, or none is needed.
    """

    host: str
    processor: str
    flags: Sequence[str]
    python: str
    code: str
    libraries: Mapping[str, str]
    plugins: Mapping[str, str]
    unreached: Mapping[str, str] = field(default_factory=dict)
    unopened: Mapping[str, str] = field(default_factory=dict)
    keyless: str = ""


_reached: Final[dict[str, str]] = {}
"""What this process has found of probes: a store that is out of reach takes long to be given up."""


@dataclass(frozen=True, slots=True)
class ProbeTask:
    """Look what there is where the task runs. Any code may carry it out: that is what it tells.

    Attributes:
        number: tells it from the others.
        demand: what to look for.
        nonce: what stands in the probes of the places, and in their names.
    """

    number: int
    demand: Demand
    nonce: str
    code: str = ""
    cost: int = 1

    @property
    def id(self) -> str:
        """Name the task by the probe and its number."""
        return f"{self.nonce}-{self.number}"

    def run(self) -> Machine:
        """Look."""
        places = {place.path: self._reach(place.path) for place in self.demand.places}
        files = {path: _opens(path) for path in self.demand.files}
        return _machine(
            self.id,
            self.demand.plugins,
            unreached={path: why for path, why in places.items() if why},
            unopened={path: why for path, why in files.items() if why},
            keyless=_keyless(self.demand.key),
        )

    def load(self, content: Mapping[str, Any]) -> Machine:
        """Return the report that crossed processes as JSON."""
        return Machine.load(content)

    def _reach(self, path: str) -> str:
        """Say why the place at *path* cannot be read and written, if it cannot; a process looks once."""
        probe = _probe(path, self.nonce)
        if probe not in _reached:
            _reached[probe] = self._look(probe)
        return _reached[probe]

    def _look(self, probe: str) -> str:
        try:
            if read_whole(probe) != self.nonce.encode():
                return "something else stands there"
            replace_file(f"{probe}-{self.number}", b"")
        except OSError as error:
            return stores.words_of(error)
        return ""


def require_workers(execute: Executor, demand: Demand, announce: Announce = quietly) -> None:
    """See that the workers of *execute* meet *demand*.

    Raises:
        UnfitWorker: one does not, or none could be asked; the sentence says what to set.
    """
    nonce = secrets.token_hex(8)
    tasks = [ProbeTask(number, demand, nonce) for number in range(PROBES)]
    for place in demand.places:
        replace_file(_probe(place.path, nonce), nonce.encode())
    try:
        machines = Stages(execute, announce, attempts=1)("probe", tasks)
    except StageStalled as error:
        message = f"no worker could be asked what it reaches: {error}; nothing was computed; see that the engine runs, "
        message += "and that its workers have the same release of corpushub installed and reach "
        raise UnfitWorker(message + ", ".join(_named(place) for place in demand.places)) from error
    finally:
        for place in demand.places:
            for name in (_probe(place.path, nonce), *(f"{_probe(place.path, nonce)}-{task.number}" for task in tasks)):
                remove_file(name)
    own = _machine("driver", demand.plugins)
    for machine in machines:
        journal.note("worker", host=machine.host, processor=machine.processor, flags=" ".join(machine.flags))
        _require_fit(machine, own, demand)


def _probe(path: str, nonce: str) -> str:
    return f"{path}/.probe-{nonce}"


def _require_fit(machine: Machine, own: Machine, demand: Demand) -> None:
    wrong = next(_complaints(machine, own, demand), None)
    if wrong:
        what, remedy = wrong
        raise UnfitWorker(f"the worker {machine.host} {what}; nothing was computed; {remedy}")


def _complaints(machine: Machine, own: Machine, demand: Demand) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with *machine*, and what to do about it."""
    for place in demand.places:
        if why := machine.unreached.get(place.path):
            yield f"cannot read and write {place.path} ({why})", _remedy(place)
    for path, why in machine.unopened.items():
        advice = "put the sources where all workers open them by the same name"
        yield f"cannot open the source file {path} ({why})", advice
    if machine.keyless:
        advice = "give it the key of this process: CORPUSHUB_PII_KEY in its environment, or the recipe's key_file"
        yield f"has not the key of personal data ({machine.keyless})", advice
    if own.processor != machine.processor or (NEEDED in own.flags and NEEDED not in machine.flags):
        yield f"has another kind of processor ({machine.processor})", "take workers like the machine of this command"
    for name, digest in machine.plugins.items():
        if digest != own.plugins[name]:
            yield f"has not the plugin {name} as it is here", "install the same release of it there"
    for what in _differing(machine, own):
        yield what, "install the same releases there, as constraints.txt pins them"


def _differing(machine: Machine, own: Machine) -> Iterator[str]:
    """Say in which code *machine* differs from this process, if it does."""
    if machine.code == own.code:
        return
    names = sorted({*machine.libraries, *own.libraries})
    pairs = [("Python", machine.python, own.python)]
    pairs += [(name, machine.libraries.get(name, "none"), own.libraries.get(name, "none")) for name in names]
    different = [f"{name} {theirs}, not {ours}" for name, theirs, ours in pairs if theirs != ours]
    yield "has " + ("; ".join(different[:3]).replace(";", ",") if different else "another release of corpushub")


def _named(place: Place) -> str:
    """Name *place* by its setting, and where it is in a store by what opens that."""
    return f"{place.setting} ({place.path}{'' if is_local(place.path) else ', by the AWS_* settings'})"


def _remedy(place: Place) -> str:
    if not is_local(place.path):
        return f"give it the AWS_* settings of this process, or set {place.setting} to a store that it reaches"
    return f"set {place.setting} to a store, or to a folder that all workers have at the same path"


def _machine(name: str, plugins: Iterable[str], **found: Any) -> Machine:
    return Machine(
        name,
        host=socket.gethostname(),
        processor=platform.machine(),
        flags=sorted(_flags()),
        python=str(sys.implementation.cache_tag),
        code=code_version(),
        libraries=library_versions(),
        plugins={plugin: _digest(plugin) for plugin in plugins},
        **found,
    )


def _flags() -> set[str]:
    """Return which of FLAGS this machine's processor has; none where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    told = (line.partition(":")[2].split() for line in lines if line.lower().startswith(("flags", "features")))
    return set(next(told, [])) & FLAGS


def _digest(plugin: str) -> str:
    try:
        return identify(plugin).digest
    except PluginError as error:
        return str(error)


def _keyless(key: KeySource | None) -> str:
    try:
        if key is not None:
            key.load()
    except MissingKey as error:
        return str(error)
    return ""


def _opens(path: str) -> str:
    try:
        with open_file(path) as file:
            file.read(1)
    except (OSError, ConnectorError) as error:
        return stores.words_of(error) if isinstance(error, OSError) else str(error)
    return ""
