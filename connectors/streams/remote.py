"""Files behind URLs: found, opened and read so that a store that breaks off is never taken for damage of a file.

S3 and what speaks its protocol is reached through pyarrow alone, set up by the usual AWS_* variables, as the warehouse
is; any other scheme through fsspec and the library that it names (connectors.streams.urls).
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, BinaryIO, Final, cast
from urllib.parse import urlsplit

from connectors.errors import ConnectorError, MissingSource, StoreFailed
from connectors.streams.urls import CONNECT_SECONDS, READ_SECONDS, open_store, scheme_of

S3: Final = "s3"

ATTEMPTS: Final = 6
"""How often pyarrow's client makes a request that fails for a reason that may pass: for some 15 seconds in all."""

LEAST, MOST = 64 << 10, 8 << 20
"""Bytes that are asked for at once: where a file is first read, and where it is read on."""

_REFUSED: Final = re.compile(r"AWS Error (ACCESS_DENIED|NO_SUCH_BUCKET|INVALID_ACCESS_KEY_ID|SIGNATURE_DOES_NOT_MATCH)")
_REASON: Final = re.compile(r"AWS Error (\w+)")


def without_login(path: str) -> str:
    """Return *path* as it may be told."""
    return re.sub(r"(?<=://)[^/@]*@", "", path)


def find(pattern: str) -> Iterator[tuple[str, int]]:
    """Yield the URLs of the files that *pattern*, a URL, matches, sorted, and their stored bytes.

    Raises:
        MissingSource: there is no such store, its library is not installed, or it may not be listed.
        StoreFailed: it broke off.
    """
    with _told(pattern):
        if scheme_of(pattern) == S3:
            yield from _find_keys(_key(pattern))
            return
        system, wanted = open_store(pattern)
        for path, info in sorted(system.glob(wanted, detail=True).items()):
            if info["type"] == "file":
                yield system.unstrip_protocol(path), int(info["size"] or 0)


def _find_keys(pattern: str) -> Iterator[tuple[str, int]]:
    """Yield the same of an S3 store; fsspec would leave out what could not be listed."""
    from fsspec.utils import glob_translate
    from pyarrow.fs import FileSelector, FileType

    store = _s3()
    literal = store.get_file_info(pattern)  # as it is written, whatever it looks like
    match = re.search(r"[*?[]", pattern)
    if literal.type == FileType.File or match is None:
        found, names = [literal], re.compile(re.escape(pattern))
    else:
        base = pattern[: match.start()].rpartition("/")[0]
        deep = "/" in pattern[len(base) + 1 :] or "**" in pattern
        found = store.get_file_info(FileSelector(base, recursive=deep, allow_not_found=True))
        names = re.compile(glob_translate(pattern))
    for info in sorted(found, key=lambda info: info.path):
        if info.type == FileType.File and names.fullmatch(info.path):
            yield f"{S3}://{info.path}", int(info.size)


def plain(url: str) -> str:
    """Return *url* as :func:`find` writes URLs."""
    if scheme_of(url) == S3:
        return url
    system, path = open_store(url)
    return str(system.unstrip_protocol(path))


def open_url(url: str) -> BinaryIO:
    """Open the file at *url* to read and seek its stored bytes.

    Raises:
        MissingSource: it is not there, or may not be read.
        StoreFailed: its store broke off; so may whatever reads the file.
    """
    with _told(url):
        if scheme_of(url) == S3:
            return cast("BinaryIO", io.BufferedReader(Ranges(_s3().open_input_file(_key(url)), url), LEAST))
        system, name = open_store(url)
        return cast("BinaryIO", io.BufferedReader(Pieces(system.open(name, "rb"), url), LEAST))


class Pieces(io.RawIOBase):
    """The bytes of an open file of a store, *url*, which errors name."""

    def __init__(self, file: Any, url: str) -> None:
        self._file = file
        self._url = url

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that any place in it can be read."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place; return which it is."""
        self._file.seek(offset, whence)
        return int(self._file.tell())

    def tell(self) -> int:
        """Return the place of the next byte."""
        return int(self._file.tell())

    def readinto(self, buffer: Any, /) -> int:
        """Fill *buffer* with the next bytes as far as there are any; return how many. Raises StoreFailed."""
        with _told(self._url):
            return int(self._file.readinto(buffer))

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            self._file.close()
        super().close()


class Ranges(Pieces):
    """The same of a store in which each reading is a request: who reads on asks for more and more at once."""

    def __init__(self, file: Any, url: str) -> None:
        super().__init__(file, url)
        self._start, self._window = 0, memoryview(b"")
        self._place, self._ahead = 0, LEAST

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place; return which it is. No request is made."""
        bases = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._file.size()}
        self._place = max(bases[whence] + offset, 0)
        return self._place

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._place

    def readinto(self, buffer: Any, /) -> int:
        """Fill *buffer* with the next bytes as far as they were asked for; return how many. Raises StoreFailed."""
        end = self._start + len(self._window)
        if not self._start <= self._place < end:
            self._ahead = min(4 * self._ahead, MOST) if self._place == end and end else LEAST
            self._ask(max(self._ahead, len(buffer)))
        at = self._place - self._start
        piece = self._window[at : at + len(buffer)]
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)

    def _ask(self, size: int) -> None:
        with _told(self._url):
            left = max(self._file.size() - self._place, 0)
            self._window = memoryview(self._file.read_at(min(size, left), self._place) if left else b"")
        self._start = self._place


@contextmanager
def _told(url: str) -> Iterator[None]:
    """Say of what a store or its library raises in the block whether a file is missing, or the store broke off."""
    where = without_login(url)
    try:
        yield
    except ConnectorError:
        raise
    except (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError, ValueError) as error:
        raise MissingSource(f"cannot open {where}: {type(error).__name__}") from error
    except Exception as error:  # stores raise what their libraries, of others, raise
        if found := _REFUSED.search(str(error)):
            raise MissingSource(f"cannot open {where}: {found[1]}") from error
        found = _REASON.search(str(error))
        why = found[1] if found else type(error).__name__
        message = f"the store of {where} broke off ({why}); nothing was committed; "
        raise StoreFailed(message + "see that it answers, and run again") from error


def _key(url: str) -> str:
    return url.partition("://")[2]


def _s3() -> Any:
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    return _connect(endpoint, os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"))


@cache
def _connect(endpoint: str, region: str | None) -> Any:
    from pyarrow.fs import AwsStandardS3RetryStrategy, S3FileSystem

    url = urlsplit(endpoint)
    place = {"endpoint_override": url.netloc + url.path.rstrip("/"), "scheme": url.scheme} if endpoint else {}
    patience = {"connect_timeout": CONNECT_SECONDS, "request_timeout": READ_SECONDS}
    return S3FileSystem(region=region, retry_strategy=AwsStandardS3RetryStrategy(ATTEMPTS), **patience, **place)
