"""Object stores: S3 and what speaks its protocol through pyarrow alone, set up by the usual AWS_* variables.

Any other URL goes through fsspec, and needs the library for its scheme.

AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and the shared configuration files are read by pyarrow's
client itself; AWS_REGION (or AWS_DEFAULT_REGION) and AWS_ENDPOINT_URL_S3 (or AWS_ENDPOINT_URL) are read here.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Any, Final

from lineage.errors import HomeError
from lineage.hub.home import is_local
from policies.addresses.urls import is_web, parse

SCHEME = "s3://"

CONNECT_SECONDS, SILENT_SECONDS = 10, 30
"""How long a store may be silent while a connection is made, and between two bytes; its client's own 1 and 3 seconds
are little for a store under load."""


def file_system(paths: Sequence[str]) -> tuple[Any, list[str]]:
    """Return the pyarrow file system that holds *paths*, and their names in it."""
    from pyarrow.fs import FSSpecHandler, LocalFileSystem, PyFileSystem

    if all(is_local(path) for path in paths):
        return LocalFileSystem(), list(paths)
    if all(path.startswith(SCHEME) for path in paths):
        return s3(), [path.removeprefix(SCHEME) for path in paths]
    store = fsspec_store(paths[0])
    return PyFileSystem(FSSpecHandler(store)), [store._strip_protocol(path) for path in paths]


def exists(path: str) -> bool:
    """Tell whether a file stands at *path*."""
    store, (name,) = file_system([path])
    with suppress(FileNotFoundError), store.open_input_file(name):  # one request; to ask what it is takes two
        return True
    return False


def size(path: str) -> int:
    """Return the bytes of the file at *path*."""
    store, (name,) = file_system([path])
    return int(store.get_file_info(name).size)


def modified(path: str) -> float:
    """Return when the file at *path* was written by the clock of its store, in seconds since 1970."""
    store, (name,) = file_system([path])
    return float(store.get_file_info(name).mtime.timestamp())


def remove(path: str) -> None:
    """Remove the file at *path*."""
    store, (name,) = file_system([path])
    store.delete_file(name)


def list_files(folder: str) -> list[str]:
    """Return the files below *folder*, a URL, sorted; [] where there is none."""
    from pyarrow.fs import FileSelector, FileType

    store, (name,) = file_system([folder])
    found = store.get_file_info(FileSelector(name, recursive=True, allow_not_found=True))
    names = [info.path.removeprefix(name).lstrip("/") for info in found if info.type == FileType.File]
    return sorted(f"{folder.rstrip('/')}/{inner}" for inner in names)


def entries(folder: str) -> list[str]:
    """Return the names of the files and folders right in *folder*, a URL, sorted; [] where there is none."""
    from pyarrow.fs import FileSelector

    store, (name,) = file_system([folder])
    return sorted(info.base_name for info in store.get_file_info(FileSelector(name, allow_not_found=True)))


def size_of(folder: str) -> int:
    """Return the bytes of all files below *folder*, a URL."""
    from pyarrow.fs import FileSelector, FileType

    store, (name,) = file_system([folder])
    found = store.get_file_info(FileSelector(name, recursive=True, allow_not_found=True))
    return sum(info.size for info in found if info.type == FileType.File)


def remove_folder(folder: str) -> None:
    """Remove all that stands below *folder*, a URL; FileNotFoundError where nothing does."""
    store, (name,) = file_system([folder])
    store.delete_dir(name)


def s3() -> Any:
    """Return the ``pyarrow.fs.S3FileSystem`` that the environment describes."""
    return _connect(endpoint(), region())


@cache
def _connect(endpoint_url: str, region_name: str) -> Any:
    from pyarrow.fs import S3FileSystem

    from lineage.storage.retries import Retries

    url = parse(endpoint_url)
    place = {"endpoint_override": url.authority + url.path.rstrip("/"), "scheme": url.scheme} if url else {}
    patience = {"connect_timeout": CONNECT_SECONDS, "request_timeout": SILENT_SECONDS}
    # a small object is one request then, not the three of an upload in parts
    return S3FileSystem(
        region=region_name or None, allow_delayed_open=True, retry_strategy=Retries(), **patience, **place
    )


def endpoint() -> str:
    """Return the URL of the store, empty for Amazon's own; HomeError if it is no HTTP URL."""
    url = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    if url and not is_web(url):
        raise HomeError("AWS_ENDPOINT_URL is not an http:// or https:// address; nothing was done; correct it")
    return url


def region() -> str:
    """Return the region, empty where none is set."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""


_REASON: Final = re.compile(r"AWS Error (\w+)(?: \(HTTP status (\d+)\))?")

_PASSING: Final = re.compile(
    r"""AWS\ Error\ (?:
    NETWORK_CONNECTION | INTERNAL_FAILURE | SERVICE_UNAVAILABLE | SLOW_DOWN | THROTTLING | REQUEST_TIMEOUT
    | UNKNOWN\ \(HTTP\ status\ (?:408|429|5\d\d)\)
    )""",
    re.VERBOSE,
)
"""What pyarrow says of a store that did not answer, was busy, or failed for a reason of its own."""

_PASSING_NUMBERS: Final = frozenset(
    {errno.ECONNREFUSED, errno.ECONNRESET, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EPIPE, errno.ETIMEDOUT}
)


def is_transient(error: BaseException) -> bool:
    """Tell whether what *error* says may have passed by the next attempt: a busy store, a connection that ended."""
    if not isinstance(error, OSError):
        return False
    passing = isinstance(error, (ConnectionError, TimeoutError)) or error.errno in _PASSING_NUMBERS
    return passing or bool(_PASSING.search(str(error)))


def words_of(error: OSError) -> str:
    """Return why a store failed, without names of what stands there."""
    found = _REASON.search(str(error))
    if found is None:
        return os.strerror(error.errno) if error.errno else type(error).__name__
    return f"{found[1]} {found[2]}" if found[2] else found[1]


def catalog_properties() -> dict[str, str]:
    """Return what pyiceberg needs to reach the same store."""
    wanted = {
        "s3.endpoint": endpoint(),
        "s3.region": region(),
        "s3.retry-strategy-impl": "lineage.storage.retries.Retries",
        "s3.connect-timeout": str(CONNECT_SECONDS),
        "s3.request-timeout": str(SILENT_SECONDS),
    }
    return {key: value for key, value in wanted.items() if value}


def fsspec_store(path: str) -> Any:
    """Return the store of *path* as an fsspec file system, which is also what DuckDB takes.

    For another store than S3 its fsspec library must be installed.
    """
    if path.startswith(SCHEME):
        from fsspec.implementations.arrow import ArrowFSWrapper

        return ArrowFSWrapper(s3())
    import fsspec

    return fsspec.core.url_to_fs(path)[0]
