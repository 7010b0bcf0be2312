"""Object stores: S3 and what speaks its protocol through pyarrow alone, set up by the usual AWS_* variables.

Any other URL goes through fsspec, and needs the library for its scheme.

AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and the shared configuration files are read by pyarrow's
client itself; AWS_REGION (or AWS_DEFAULT_REGION) and AWS_ENDPOINT_URL_S3 (or AWS_ENDPOINT_URL) are read here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Any

from lineage.errors import HomeError
from lineage.hub.home import is_local
from policies.addresses.urls import is_web, parse

SCHEME = "s3://"


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

    url = parse(endpoint_url)
    place = {"endpoint_override": url.authority + url.path.rstrip("/"), "scheme": url.scheme} if url else {}
    # a small object is one request then, not the three of an upload in parts
    return S3FileSystem(region=region_name or None, allow_delayed_open=True, **place)


def endpoint() -> str:
    """Return the URL of the store, empty for Amazon's own; HomeError if it is no HTTP URL."""
    url = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    if url and not is_web(url):
        raise HomeError("AWS_ENDPOINT_URL is not an http:// or https:// address; nothing was done; correct it")
    return url


def region() -> str:
    """Return the region, empty where none is set."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""


def catalog_properties() -> dict[str, str]:
    """Return what pyiceberg needs to reach the same store."""
    wanted = {"s3.endpoint": endpoint(), "s3.region": region()}
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
