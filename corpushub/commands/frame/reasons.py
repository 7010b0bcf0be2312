"""Why a command failed, in words that are safe to show, with what to do: never what a document says."""

from __future__ import annotations

import errno
import os
from typing import Final

OWN: Final = frozenset({"connectors", "policies", "lineage", "pipelines", "corpushub"})
"""Our packages: what their errors say is safe and complete already."""

_KEPT: Final = "nothing was committed, and what was computed is kept for the next run"

_REMEDIES: Final = {
    errno.ENOSPC: "make room, or name a hub on another drive with --hub",
    errno.EDQUOT: "make room, or name a hub on another drive with --hub",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f), or name a hub on another drive with --hub",
    errno.EROFS: "name a hub that can be written with --hub",
    errno.EACCES: "give this user the permission, or name another place",
    errno.EPERM: "give this user the permission, or name another place",
    errno.EMFILE: "allow more open files (ulimit -n 4096)",
    errno.ENFILE: "end other programs that hold files open",
    errno.ENOMEM: "run with fewer --workers, or ask for less",
    errno.ENOENT: "see that it exists",
    errno.ENOTDIR: "name a folder",
    errno.EISDIR: "name a file",
    errno.EEXIST: "name another place",
    errno.EIO: "the drive reports an error: examine it, and `corpushub verify` what is on it",
}
"""What can be done about an error of the operating system."""

_OF_SQLITE: Final = {
    "SQLITE_FULL": errno.ENOSPC,
    "SQLITE_READONLY": errno.EROFS,
    "SQLITE_CANTOPEN": errno.EACCES,
    "SQLITE_PERM": errno.EACCES,
    "SQLITE_NOMEM": errno.ENOMEM,
    "SQLITE_IOERR": errno.EIO,
}
"""Errors of SQLite, by the beginning of their names, that are the operating system's."""

_OTHERS: Final = {
    "apache_beam": "Beam could not carry out the run (?): are --runner and the options after -- those of the service",
    "duckdb": "the query engine could not answer (?): `corpushub verify` tells whether the files are whole",
    "pyarrow": "a file could not be read or written (?): `corpushub verify` tells whether the files are whole",
    "pyiceberg": "the Iceberg catalog could not be used (?): `corpushub doctor` examines it",
    "sqlalchemy": "the control database could not be used (?): `corpushub doctor` examines it",
    "sqlite3": "the control database could not be used (?): `corpushub doctor` examines it",
}
"""What happened, by the library that met it; their own words may quote what documents say, and are not repeated."""


def told(error: Exception) -> Exception:
    """Return an error whose message is one sentence: what happened, where, what stays, and what to do."""
    package, name = type(error).__module__.split(".")[0], type(error).__name__
    if package in OWN:
        return error
    if isinstance(error, ImportError):
        return _missing_library(error)
    if isinstance(error, MemoryError) or name == "OutOfMemoryException":
        return MemoryError("not enough memory; nothing was committed; run with fewer --workers, or ask for less")
    number, path = _of_the_system(error)
    if number is not None:
        where = f"{path}: " if path else ""
        remedy = _REMEDIES.get(number, "`corpushub doctor` examines the hub")
        return OSError(f"{where}{os.strerror(number)}; {_KEPT}; {remedy}")
    if isinstance(error, OSError) and "AWS Error" in str(error):
        from lineage.storage.stores import words_of  # only where a store was asked

        advice = "see that it answers, and the AWS_* settings; `corpushub doctor` examines both"
        return OSError(f"the object store could not be used ({words_of(error)}); {_KEPT}; {advice}")
    if isinstance(error, OSError):
        return OSError(f"a file or a service could not be used ({name}); {_KEPT}; `corpushub doctor` examines the hub")
    what = _OTHERS.get(package, f"an error of this program ({name})")
    advice = "give the command again with --debug, and report what it prints, without texts of documents"
    return RuntimeError(f"{what}; nothing was committed; {advice}".replace("(?)", f"({name})"))


def _of_the_system(error: BaseException) -> tuple[int | None, str | None]:
    """Return the number of the operating system's error behind *error*, if there is one, and the path it names."""
    if isinstance(error, OSError) and error.errno:
        path = error.filename2 or error.filename
        return error.errno, os.fsdecode(path) if isinstance(path, (str, bytes)) else None
    cause = getattr(error, "orig", None) or error  # SQLAlchemy keeps what the driver raised
    kind = getattr(cause, "sqlite_errorname", "")
    number = next((number for name, number in _OF_SQLITE.items() if kind.startswith(name)), None)
    return number, "the control database" if number else None


def _missing_library(error: ImportError) -> ImportError:
    library = (error.name or "").split(".")[0] or "a library"
    message = (
        f"{library} is not installed, or not whole; nothing was changed; install corpushub anew in its environment: "
    )
    return ImportError(message + "`make setup`, or `pip install --force-reinstall corpushub`")
