"""Stores behind fsspec URLs: only those whose library is here, with time-outs, and never this machine's own files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from connectors.errors import MissingSource

CONNECT_SECONDS, READ_SECONDS = 30, 120
"""Seconds for which a store may be silent while a connection is made, and between two pieces of what it sends."""

_LIBRARIES: Final = {
    "abfs": "adlfs",
    "az": "adlfs",
    "ftp": "",
    "gcs": "gcsfs",
    "gs": "gcsfs",
    "hf": "huggingface_hub",
    "http": "aiohttp requests",
    "https": "aiohttp requests",
    "oci": "ocifs",
    "oss": "ossfs",
    "s3a": "s3fs",
    "sftp": "paramiko",
    "smb": "smbprotocol",
    "ssh": "paramiko",
    "webdav": "webdav4",
    "webhdfs": "requests",
}
"""What pip installs for a scheme."""

LOCAL: Final = frozenset({"file", "local", "asynclocal"})
"""Schemes of files of this machine."""

_INDIRECT_NAMES: Final = """
    arrow_hdfs async_wrapper asyncwrapper blockcache cached dask dir dvc filecache generic git jlab jupyter libarchive
    pyscript reference simplecache tar zip
"""
_INDIRECT: Final = frozenset(_INDIRECT_NAMES.split())
"""Schemes that name another store or file, whichever it is."""


def scheme_of(url: str) -> str:
    """Return the scheme of *url*, in lower case; "" where it has none, or a chain (::) hides it."""
    found = re.match(r"([A-Za-z0-9+._-]+)://", url)
    return found[1].lower() if found and "::" not in url else ""


def is_indirect(url: str) -> bool:
    """Tell whether what *url* leads to is not what it says: a chain, a store within a store, or a local file."""
    return scheme_of(url) in {"", *LOCAL, *_INDIRECT}


def open_store(url: str) -> tuple[Any, str]:
    """Return the fsspec file system of *url*, with time-outs, and its path there.

    Raises:
        MissingSource: its scheme is not known, its library is not installed, or it is no such address.
    """
    import fsspec

    scheme = scheme_of(url)
    try:
        return fsspec.core.url_to_fs(url, **_timeouts(scheme))  # type: ignore[no-any-return]
    except ImportError as error:
        library = _LIBRARIES.get(scheme)
        remedy = f"install it: pip install {library}" if library else "install the library of that store"
        raise MissingSource(f"{scheme}:// needs a library that is not installed; nothing was read; {remedy}") from error
    except (ValueError, TypeError) as error:
        known = ", ".join(sorted({"s3", *_LIBRARIES}))
        raise MissingSource(
            f"{scheme or 'this'}:// is no store that can be read; nothing was read; write one of {known}"
        ) from error


def _timeouts(scheme: str) -> Mapping[str, Any]:
    """Return the options that bound how long the store of *scheme* may be silent."""
    make = _TIMEOUTS.get(scheme)
    return make() if make else {}


def _aiohttp() -> Mapping[str, Any]:
    from aiohttp import ClientTimeout

    return {"client_kwargs": {"timeout": ClientTimeout(None, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS)}}


def _s3() -> Mapping[str, Any]:
    return {"config_kwargs": {"connect_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS}}


_TIMEOUTS: Final[Mapping[str, Callable[[], Mapping[str, Any]]]] = {
    "http": _aiohttp,
    "https": _aiohttp,
    "s3a": _s3,
    "gs": lambda: {"requests_timeout": READ_SECONDS},
    "gcs": lambda: {"requests_timeout": READ_SECONDS},
    "abfs": lambda: {"connection_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS},
    "az": lambda: {"connection_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS},
    "ftp": lambda: {"timeout": READ_SECONDS},
    "sftp": lambda: {"timeout": CONNECT_SECONDS, "banner_timeout": CONNECT_SECONDS},
    "ssh": lambda: {"timeout": CONNECT_SECONDS, "banner_timeout": CONNECT_SECONDS},
    "smb": lambda: {"timeout": CONNECT_SECONDS},
}
