"""Where hubs keep their parts: on this machine alone, or in a PostgreSQL server and an S3 store on loopback."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine

from corpushub.testing.unsteady import Unsteady, unsteady
from lineage.hub import Hub
from lineage.hub.home import Home

KEEPER = Path(__file__).with_name("keeper.py")
PROGRAMS = ("initdb", "postgres")
CLUSTER = ("-A", "trust", "-U", "hub", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
SETTINGS = ("-h", "127.0.0.1", "-N", "300", "-F", "-c", "full_page_writes=off", "-c", "logging_collector=off")

ROOM = 2 << 30
"""Bytes that a server's folder may come to."""

settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("any machine")

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}

_numbers = count()


def find_programs() -> Path | None:
    """Return the folder with the programs of PostgreSQL: on PATH, else the newest where Debian puts them."""
    named = shutil.which("initdb")
    versions = sorted(Path("/usr/lib/postgresql").glob("[0-9]*/bin"), key=lambda path: int(path.parent.name))
    folders = [*([Path(named).parent] if named else []), *reversed(versions)]
    return next((one for one in folders if all((one / name).exists() for name in PROGRAMS)), None)


def server_folder() -> Path:
    """Make a folder for a server: in memory where that has room, for each test has a database of some 300 files."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM
    return Path(tempfile.mkdtemp(prefix="corpushub-pg-", dir=memory if roomy else None))


def free_port() -> int:
    """Return a port of loopback that nobody uses."""
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def kept(
    command: Sequence[str | Path], ready: str, folder: Path, end: str = "SIGKILL", user: str = ""
) -> Iterator[re.Match[str]]:
    """Start a server that cannot outlive this process; yield what its line on stderr says that matches *ready*.

    Args:
        command: what starts it.
        ready: the pattern of what it says once it takes requests.
        folder: what is removed when it has ended.
        end: the signal that ends it.
        user: who it runs as, if not as we do.
    """
    keeper = subprocess.Popen(
        [sys.executable, KEEPER, end, folder, user, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        start_new_session=True,  # or it would be killed with our process group, before it can end the server
    )
    assert keeper.stdin is not None
    assert keeper.stderr is not None
    try:
        said = []
        for line in keeper.stderr:
            said.append(line)
            if found := re.search(ready, line):
                break
        else:
            raise AssertionError("the server did not start: " + "".join(said))
        threading.Thread(target=keeper.stderr.read, daemon=True).start()  # or it would stop at a full pipe
        yield found
    finally:
        keeper.stdin.close()
        keeper.wait()


Keep = Callable[..., AbstractContextManager[re.Match[str]]]


@pytest.fixture(scope="session")
def keep() -> Keep:
    """Return the function that starts servers."""
    return kept


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Start a PostgreSQL server of our own, as an unprivileged user; return its address."""
    pytest.importorskip("pg8000", reason="the extra postgres is not installed")
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: its programs are neither on PATH nor in /usr/lib/postgresql")
    folder = server_folder()
    user = "nobody" if os.geteuid() == 0 else ""
    if user:
        shutil.chown(folder, user, "nogroup")
    port = free_port()
    data = f"{folder}/data"
    make = [programs / "initdb", "-D", data, *CLUSTER]
    serve = [programs / "postgres", "-D", data, "-p", str(port), "-k", folder, *SETTINGS]
    script = f"{shlex.join(map(str, make))} && exec {shlex.join(map(str, serve))}"
    with kept(["sh", "-c", script], "ready to accept connections", folder, "SIGQUIT", user):
        yield f"postgresql+pg8000://hub@127.0.0.1:{port}"


@pytest.fixture(scope="session")
def store() -> Iterator[str]:
    """Start an S3 endpoint on loopback with an empty bucket; return its address."""
    moto = pytest.importorskip("moto.server", reason="moto and flask are not installed")
    from pyarrow.fs import S3FileSystem

    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    place = {"endpoint_override": f"{host}:{port}", "scheme": "http", "region": "us-east-1"}
    S3FileSystem(access_key="key", secret_key="secret", allow_bucket_creation=True, **place).create_dir("corpora")
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def watched_store(store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Unsteady]:
    """Let this process reach the store through a proxy that counts what is asked of it; return the proxy."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with unsteady(store) as proxy:
        for key, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": proxy.address}.items():
            monkeypatch.setenv(key, value)
        yield proxy


Backing = Callable[[pytest.MonkeyPatch], None]
"""Sets what makes hubs use services, and nothing else."""


@pytest.fixture(scope="session")
def shared_backing(postgres: str, store: str) -> Backing:
    """Return what gives hubs a database and a prefix of their own in the services."""

    def settle(patch: pytest.MonkeyPatch) -> None:
        name = f"hub_{next(_numbers)}"
        engine = create_engine(f"{postgres}/postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        engine.dispose()
        patch.delenv("SSL_CERT_FILE", raising=False)  # no client of a plain HTTP store need read the machine's list
        for key, value in (
            *CREDENTIALS.items(),
            ("AWS_ENDPOINT_URL", store),
            ("CORPUSHUB_CATALOG", f"{postgres}/{name}"),
            ("CORPUSHUB_WAREHOUSE", f"s3://corpora/{name}/"),
        ):
            patch.setenv(key, value)

    return settle


@pytest.fixture(scope="session")
def local_backing() -> Backing:
    """Return what leaves hubs alone on this machine."""

    def settle(patch: pytest.MonkeyPatch) -> None:
        for name in ("CORPUSHUB_HOME", "CORPUSHUB_CATALOG", "CORPUSHUB_WAREHOUSE", "CORPUSHUB_WORK"):
            patch.delenv(name, raising=False)

    return settle


@contextmanager
def settled(request: pytest.FixtureRequest, kind: str) -> Iterator[None]:
    """Let hubs have the backing *kind*, local or shared, while the block lasts."""
    with pytest.MonkeyPatch.context() as patch:
        request.getfixturevalue(f"{kind}_backing")(patch)
        yield
        let_go()


def let_go() -> None:
    """Close the connections that this process keeps to the database of the hubs of a test."""
    from lineage.hub import shared_locks  # over a second, which few tests need to pay
    from lineage.hub.engines import server as server_engine  # over a second, which few tests need to pay
    from lineage.iceberg import catalog  # over a second, which few tests need to pay

    server = os.environ.get("CORPUSHUB_CATALOG")
    if server:
        for engine in (server_engine(server), shared_locks._engine(server)):
            engine.dispose()
        catalog._open_once.cache_clear()


@pytest.fixture
def shared(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the hubs of the test be shared."""
    with settled(request, "shared"):
        yield


@pytest.fixture(params=["local", "shared"])
def backing(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run the test once with each backing."""
    with settled(request, request.param):
        yield request.param


@pytest.fixture(scope="module", params=["local", "shared"])
def backing_of_module(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run the module once with each backing."""
    with settled(request, request.param):
        yield request.param


@pytest.fixture
def backed_home(backing: str, tmp_path: Path) -> Home:
    """Return a fresh hub, set up by the environment alone, in a folder whose name needs quoting."""
    return Home.locate(tmp_path / "a hub's [home]").create()


@pytest.fixture
def hub(home: Home) -> Iterator[Hub]:
    """Return the hub of the test's *home*, closed at the end."""
    with Hub(home) as hub:
        yield hub
