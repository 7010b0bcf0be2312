"""Examine a hub: is everything there that its next command needs? Leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from connectors.streams.scratch import abandoned
from corpushub.upkeep import services
from corpushub.upkeep.clean import idle_work
from corpushub.upkeep.mounts import NETWORK, file_system_of
from corpushub.upkeep.services import CLOCK_SECONDS, Found
from lineage.commit.pending import list_pending
from lineage.control.runs import get_run, list_runs
from lineage.control.version_files import version_files
from lineage.control.versions import Version, datasets_in_use, get_version, list_datasets, list_versions
from lineage.errors import LineageError
from lineage.events import outbox
from lineage.hub import Hub
from lineage.hub.database import Database
from lineage.hub.home import FileKind, Home, is_local
from lineage.hub.locks import holder_of
from lineage.hub.private import VARIABLE as SHARED
from lineage.hub.private import closing, open_to_others
from lineage.references import VersionRef
from lineage.storage.files import open_parquet

FREE_BYTES, FREE_SHARE = 1 << 30, 0.02
"""Least free space: a run that meets a full disk ends without a version."""

PYICEBERG = "0.12.0"
"""The release whose commits were tested; pyproject.toml pins it."""

KINDS: tuple[FileKind, ...] = ("documents", "ledger", "index", "profiles", "statistics")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was found.

    Attributes:
        check: by which check.
        wrong: whether it is wrong, or only worth knowing.
        message: what was found, and what to do.
    """

    check: str
    wrong: bool
    message: str


@dataclass(frozen=True, slots=True)
class Examination:
    """What an examination of a hub has found.

    Attributes:
        ok: whether nothing is wrong.
        checks: names of all checks that were made.
        findings: what they found.
    """

    ok: bool
    checks: Sequence[str]
    findings: Sequence[Finding]


def examine(hub: Hub) -> Examination:
    """Examine *hub*.

    Raises HomeError if there is no hub, or its control database cannot be opened or is of a later release.
    """
    _ = hub.db  # opened before the checks, which would each tell that it cannot be
    findings = [finding for check in CHECKS for finding in _made(check, hub)]
    ok = not any(finding.wrong for finding in findings)
    return Examination(ok, [_name(check) for check in CHECKS], findings)


def _name(check: Check) -> str:
    return check.__name__.removeprefix("_")


def _made(check: Check, hub: Hub) -> Iterator[Finding]:
    """Yield what *check* finds; that it cannot be made is a finding."""
    try:
        for wrong, message in check(hub):
            yield Finding(_name(check), wrong, message)
    except (OSError, LineageError, SQLAlchemyError, sqlite3.Error) as error:
        yield Finding(_name(check), True, f"could not be examined: {error}")


def _network_drive(hub: Hub) -> Iterator[Found]:
    kind = file_system_of(hub.home.path)
    if hub.db.is_sqlite and kind in NETWORK:
        message = (
            f"the databases in {hub.home.path} are SQLite on a network drive ({kind}), where its locks do not hold; "
        )
        yield True, message + "move the hub home to a local disk, or set CORPUSHUB_CATALOG to a PostgreSQL address"


def _clock(hub: Hub) -> Iterator[Found]:
    times = [run.started for run in list_runs(hub.db, limit=1)]
    times += [list_versions(hub.db, name)[0].created for name in list_datasets(hub.db)]
    ahead = max((datetime.fromisoformat(text).timestamp() for text in times), default=0.0) - time.time()
    if ahead > CLOCK_SECONDS:
        yield True, f"the newest record is {ahead:.0f} s in the future: set the clock before the next run"
    if not hub.home.is_writable:
        yield False, f"{hub.home.path} may only be read here: it can be asked and verified, and nothing can be changed"
        return
    with tempfile.NamedTemporaryFile(dir=hub.home.locks) as probe:
        apart = abs(Path(probe.name).stat().st_mtime - time.time())
    if apart > CLOCK_SECONDS:
        yield (
            True,
            f"the clock of the disk that holds {hub.home.path} is {apart:.0f} s off: `clean` would misjudge ages",
        )


def _disk(hub: Hub) -> Iterator[Found]:
    for place in sorted(_on_disks(hub.home)):
        usage = shutil.disk_usage(place)
        if usage.free < max(FREE_BYTES, usage.total * FREE_SHARE):
            yield True, f"only {usage.free >> 20} MB are free at {place}: remove something, or run `corpushub clean`"


def _libraries(hub: Hub) -> Iterator[Found]:
    try:
        found = version("pyiceberg")
    except PackageNotFoundError:
        found = "none"
    if found != PYICEBERG:
        yield True, f"pyiceberg {found} is installed, commits are tested with {PYICEBERG}: install that"
    ours = _numbers(version("pyarrow"))
    for newest in _newest(hub.db):
        theirs = _written_by(hub, newest)
        if theirs and _numbers(theirs) > ours:
            message = f"{newest.name} was written by pyarrow {theirs}, {version('pyarrow')} is installed: "
            yield True, message + "upgrade it before the next run"


def _code(hub: Hub) -> Iterator[Found]:
    from pipelines.code.version import code_version

    for newest in _newest(hub.db):
        if get_run(hub.db, newest.run).code_version != code_version():
            message = f"{newest.name} was made by another code version: the next run computes everything anew"
            yield False, message


def _files(hub: Hub) -> Iterator[Found]:
    for newest in _newest(hub.db):
        files = [file for kind in KINDS for file in version_files(hub.db, newest, kind)]
        missing = [file for file in files if is_local(hub.home.warehouse) and not _is_whole(hub.home, file)]
        if missing:
            message = f"{len(missing)} of {len(files)} files of {newest.name} are missing or cut short: "
            yield True, message + f"run `corpushub verify {newest.name}`, and restore them from a backup"


def _commits(hub: Hub) -> Iterator[Found]:
    for run in list_pending(hub.home):
        yield True, f"the commit of run:{run} was interrupted: run its recipe again to finish it"


def _locks(hub: Hub) -> Iterator[Found]:
    for path in sorted(hub.home.locks.glob("[!.]*.lock")):
        if path.stat().st_size and holder_of(hub.home, path.stem) is None:
            yield False, f"the last command on {path.stem} was killed: run its recipe again, or `corpushub clean`"


def _work(hub: Hub) -> Iterator[Found]:
    for name, place in idle_work(hub.home):
        message = f"files between stages of {name} stand in {place}, hold raw text, and no command needs them now: "
        yield False, message + "run its recipe again, which goes on from them, or `corpushub clean --yes`"


def _keys(hub: Hub) -> Iterator[Found]:
    from policies.pii.keys import VARIABLE

    for newest in _newest(hub.db):
        run = get_run(hub.db, newest.run)
        settings = tomllib.loads(run.recipe).get("pii")
        hashed = settings is not None and "findings" not in run.not_done
        if hashed and "key_file" not in (settings or {}) and VARIABLE not in os.environ:
            message = f"the findings of {newest.name} were hashed with the key in {VARIABLE}, which is not set: "
            yield True, message + "without it nobody can be found in them"
    for path in sorted((hub.home.path / "keys").glob("*")):
        if path.suffix != ".pub" and path.stat().st_mode & 0o077:
            yield True, f"others can read the key {path}: chmod 600 it, and think about a new one"


def _permissions(hub: Hub) -> Iterator[Found]:
    for place in _on_disks(hub.home):
        found = open_to_others(Path(place))
        if found:
            message = f"others can read {len(found)} files and folders of {place}: {closing()} {place}"
            yield True, message + f" (or set {SHARED}=group for a hub that a group may read)"


def _scratch(hub: Hub) -> Iterator[Found]:
    found = [*abandoned(), *abandoned(str(hub.home.scratch))]
    if found:
        message = f"killed commands left {len(found)} folders of temporary files, {found[0]} the first: "
        yield False, message + "the next command that needs one removes them, and so does `corpushub clean --yes`"


def _events(hub: Hub) -> Iterator[Found]:
    waiting = outbox.waiting(hub.db)
    if waiting and not os.environ.get(outbox.URL):
        yield False, f"{waiting} lineage events of runs that go on, or were killed, wait: the next run writes them down"
    elif waiting:
        message = f"{waiting} lineage events wait for a receiver: see that the address in {outbox.URL} answers; "
        yield True, message + "the next run offers them again"


Check = Callable[[Hub], Iterator[Found]]

CHECKS: tuple[Check, ...] = (
    _network_drive,
    _clock,
    _disk,
    _libraries,
    _code,
    _files,
    _commits,
    _locks,
    _work,
    _keys,
    _permissions,
    _scratch,
    _events,
    services.sharing,
    services.database,
    services.store,
    services.signatures,
    services.outdated,
)


def _on_disks(home: Home) -> list[str]:
    """Return the folders of the hub: the home, and what has been set to stand elsewhere and is no URL."""
    places = dict.fromkeys((str(home.path), home.warehouse, home.work))
    return [place for place in places if is_local(place) and Path(place).exists()]


def _newest(db: Database) -> list[Version]:
    return [get_version(db, VersionRef(name)) for name in datasets_in_use(db)]


def _is_whole(home: Home, file: Any) -> bool:
    path = Path(home.resolve(file.path))
    return path.is_file() and path.stat().st_size == file.bytes


def _written_by(hub: Hub, newest: Version) -> str | None:
    """Return the pyarrow version in the footer of a file of *newest*, if one is there."""
    for file in version_files(hub.db, newest, "ledger")[:1]:
        path = hub.home.resolve(file.path)
        if not is_local(path) or Path(path).is_file():
            with open_parquet(path) as parquet:
                return str(parquet.metadata.created_by).rpartition(" ")[2]
    return None


def _numbers(text: str) -> tuple[int, ...]:
    """Return the first two numbers of a version."""
    return tuple(int(part) for part in text.split(".")[:2] if part.isdigit())
