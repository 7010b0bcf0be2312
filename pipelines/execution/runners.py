"""Runners by their names: what each of them is given, and whether it can be had."""

from __future__ import annotations

import socket
from importlib.util import find_spec
from typing import Final
from urllib.parse import urlsplit

from pipelines.errors import UnknownRunner

LOCAL: Final = "local"
DASK: Final = "dask"
RAY: Final = "ray"

LIBRARIES: Final = {DASK: "distributed", RAY: "ray"}
"""The runners of an extra of the same name, and the package by which one sees that it is installed."""

ADDRESSES: Final = {DASK: "tcp://HOST:PORT of the scheduler", RAY: "HOST:PORT of the head or ray://HOST:PORT"}
"""The runners that have an address, and how it is written."""

SECONDS: Final = 10.0
"""How long whoever listens at an address may take to answer."""

_NOTHING: Final = "nothing was computed"


def require(runner: str, address: str, options: tuple[str, ...]) -> None:
    """Raise unless *runner* is installed, and can make sense of *address* and *options*; Beam's are checked by Beam.

    Raises:
        UnknownRunner: the sentence says what is missing.
    """
    library = LIBRARIES.get(runner)
    if library and find_spec(library) is None:
        raise UnknownRunner(f"--runner {runner} needs `pip install 'corpushub[{runner}]'`; {_NOTHING}")
    if runner in ADDRESSES and not address:
        raise UnknownRunner(f"--runner {runner} needs --address, {ADDRESSES[runner]}; {_NOTHING}")
    if address and runner not in ADDRESSES:
        others = " and ".join(f"--runner {name}" for name in ADDRESSES)
        raise UnknownRunner(f"--address is for {others}; other runners have options of Beam, after --; {_NOTHING}")
    if address:
        place(address)
    if runner == RAY and options:
        raise UnknownRunner(f"--runner ray takes no options of Beam ({options[0]}); {_NOTHING}")


def place(address: str, option: str = "--address") -> tuple[str, int]:
    """Return host and port of *address*, with or without a scheme, which was given by *option*.

    Raises:
        UnknownRunner: it has none.
    """
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port:
        raise UnknownRunner(f"{option} must be like HOST:PORT, not {address!r}; {_NOTHING}")
    return host, port


def require_answer(address: str, option: str = "--address") -> None:
    """Raise unless something listens at *address*, given by *option*: engines wait for minutes, and say little then.

    Raises:
        UnknownRunner: nothing does.
    """
    try:
        socket.create_connection(place(address, option), SECONDS).close()
    except OSError as error:
        why = type(error).__name__
        raise UnknownRunner(f"nothing answers at {option} {address} ({why}); is the cluster up? {_NOTHING}") from error
