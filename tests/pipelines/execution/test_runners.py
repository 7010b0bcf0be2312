"""What is asked of runners is checked before anything is computed, in one sentence that says what is missing."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import pytest

from pipelines.errors import UnknownRunner
from pipelines.execution import runners
from pipelines.execution.executor import Execution

HEAD = "head.example:6379"


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all extras seem to be installed."""
    monkeypatch.setattr(runners, "find_spec", lambda name: name)


@pytest.mark.parametrize("name", ["dask", "ray"])
def test_a_missing_extra_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for a runner whose library is not installed is told which extra has it."""
    monkeypatch.setattr(runners, "find_spec", lambda name: None)

    with pytest.raises(UnknownRunner, match=rf"--runner {name} needs `pip install 'corpushub\[{name}\]'`"):
        Execution(runner=name, address=HEAD)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("runner", "address", "options", "said"),
    [
        ("dask", "", (), "dask needs --address, tcp://HOST:PORT of the scheduler"),
        ("ray", "", (), "ray needs --address, HOST:PORT of the head"),
        ("ray", "head.example", (), "like HOST:PORT, not 'head.example'"),
        ("ray", "ray://head.example", (), "like HOST:PORT"),
        ("dask", "tcp://head.example:port", (), "like HOST:PORT"),
        ("ray", HEAD, ("--parallelism=4",), "ray takes no options of Beam"),
        ("local", HEAD, (), "--address is for --runner dask and --runner ray"),
        ("FlinkRunner", HEAD, (), "other runners have options of Beam, after --"),
    ],
)
def test_what_makes_no_sense_is_refused(runner: str, address: str, options: Sequence[str], said: str) -> None:
    """An address that is missing, not needed or not one, and options that nobody takes, are refused at once."""
    with pytest.raises(UnknownRunner, match=said):
        Execution(runner=runner, address=address, beam=tuple(options))


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("address", "place"),
    [
        (HEAD, ("head.example", 6379)),
        ("ray://head.example:10001", ("head.example", 10001)),
        ("tcp://192.0.2.1:8786", ("192.0.2.1", 8786)),
        ("[2001:db8::1]:6379", ("2001:db8::1", 6379)),
    ],
)
def test_addresses_are_understood_with_and_without_a_scheme(address: str, place: tuple[str, int]) -> None:
    """Host and port are found in whatever the engines take."""
    assert Execution(runner="ray", address=address).address == address
    assert runners.place(address) == place


def test_where_nobody_listens_is_told() -> None:
    """An address that answers is fine; one that does not is named, and nothing waits for minutes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        runners.require_answer(f"tcp://127.0.0.1:{server.getsockname()[1]}")

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UnknownRunner, match=f"nothing answers at --address {address}"):
            runners.require_answer(address)
