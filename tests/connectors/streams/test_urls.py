from __future__ import annotations

import socket
import threading
from contextlib import closing

import pytest

from connectors.errors import MissingSource
from connectors.streams import urls


def test_every_store_over_a_network_has_time_outs() -> None:
    """Whatever scheme is told to people has them, but for those whose libraries have their own."""
    with_own = {"hf", "oci", "oss", "webdav", "webhdfs"}
    assert set(urls._LIBRARIES) == set(urls._TIMEOUTS) | with_own


def test_a_silent_store_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes the connection and says nothing does not hold a run for ever."""
    pytest.importorskip("aiohttp", reason="http:// needs aiohttp")
    monkeypatch.setattr(urls, "READ_SECONDS", 0.2)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        system, path = urls.open_store(f"http://127.0.0.1:{server.getsockname()[1]}/a")
        found: list[BaseException] = []

        def read() -> None:
            try:
                system.cat_file(path)
            except (OSError, TimeoutError) as error:
                found.append(error)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        reader.join(60)
        assert found


def test_an_address_that_is_none_is_refused() -> None:
    """Not even its scheme is one."""
    with pytest.raises(MissingSource):
        urls.open_store("nothing://x")
