"""Clusters on one machine: each node is processes of its own that cannot see the home of the hub."""

from __future__ import annotations

import gzip
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from corpushub.face.files import make_example
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl

KEEPER = Path(__file__).parents[1] / "keeper.py"
DRIVER = Path(__file__).with_name("driver.py")
PATIENCE = 600.0
"""Seconds after which something counts as hung: far more than the slowest machine needs."""

QUARTER = 4
"""Of how many records of the real corpus one is taken."""

FILES = 8
"""Files that they are dealt to, so that there are tasks for both workers, and some are left when one is killed."""


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark all tests here: they are run by `make cluster-test` alone."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.cluster)


SETPRIV = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")


@dataclass(frozen=True, slots=True)
class Hiding:
    """How the folder of homes is hidden from nodes: they have another view of the file system, or are another user.

    Attributes:
        homes: the folder.
        unshare: the command that gives a mount namespace; empty where nodes are another user.
        cache: where the other user keeps what is compiled.
    """

    homes: Path
    unshare: tuple[str, ...] = ()
    cache: str = ""

    @property
    def user(self) -> bool:
        """Whether nodes are another user."""
        return not self.unshare

    def around(self, command: Sequence[str | Path], pid: Path) -> list[str]:
        """Return *command* as a node carries it out, with its process id in the file *pid*."""
        hide = f"mount -t tmpfs none {shlex.quote(str(self.homes))} && exec"
        become = f"exec {shlex.join(SETPRIV)} env HOME={self.cache} CORPUSHUB_CACHE={self.cache}"
        script = f'echo $$ > "$0" && {become if self.user else hide} "$@"'
        return [*self.unshare, "sh", "-c", script, str(pid), *map(str, command)]


@dataclass(frozen=True, slots=True)
class Node:
    """A process of a cluster, with all that it has started.

    Attributes:
        pid: of the first of them.
        log: where they write.
        hiding: what it does not see.
    """

    pid: int
    log: Path
    hiding: Hiding

    def kill(self) -> None:
        """End all of them with SIGKILL, as a machine does that loses its power."""
        import psutil

        tree: list[Any] = []
        with suppress(psutil.NoSuchProcess):
            top = psutil.Process(self.pid)
            tree = [top, *top.children(recursive=True)]
        for one in tree:
            with suppress(psutil.NoSuchProcess):
                one.kill()

    def sees(self, folder: Path) -> list[str]:
        """Return what the node finds in *folder*."""
        if self.hiding.user:
            found = subprocess.run([*SETPRIV, "ls", "-A", folder], capture_output=True, text=True)
            return found.stdout.splitlines()
        return sorted(os.listdir(f"/proc/{self.pid}/root{folder}"))  # noqa: PTH208 - not below our own root


@dataclass(slots=True)
class Cluster:
    """An engine with two workers.

    Attributes:
        runner, address, options: as on the command line.
        add: starts another worker.
        workers: those that were started and not killed, oldest first.
        outside: the address for a driver that is on no node; empty where there is no difference.
    """

    runner: str
    address: str
    add: Callable[[], Node]
    options: tuple[str, ...] = ()
    workers: list[Node] = field(default_factory=list)
    outside: str = ""

    def grow(self) -> None:
        """Start a worker."""
        self.workers.append(self.add())

    def lose(self) -> None:
        """Kill the oldest worker, and start another, as who keeps up a cluster does."""
        self.workers.pop(0).kill()
        self.grow()


@dataclass(slots=True)
class Driver:
    """A run in a process of its own."""

    process: subprocess.Popen[str]
    log: Path

    def lines(self) -> Iterator[Mapping[str, Any]]:
        """Yield what it prints, as it comes.

        Raises:
            AssertionError: it has failed.
        """
        assert self.process.stdout is not None
        for line in self.process.stdout:
            yield json.loads(line)
        assert self.process.wait(PATIENCE) == 0, self.log.read_text(encoding="utf-8")[-4000:]

    def root(self) -> str:
        """Wait for its end; return the manifest root."""
        return str([*self.lines()][-1]["root"])


@dataclass(slots=True)
class Drivers:
    """Runs in the hub of a test.

    Attributes:
        home: of the hub.
        logs: folder of what they write on stderr.
    """

    home: Path
    logs: Path
    started: list[Driver] = field(default_factory=list)

    def __call__(self, recipe: Path, cluster: Cluster | None) -> Driver:
        """Start a run of *recipe*, on *cluster* or on this machine alone."""
        where = ("local",) if cluster is None else (cluster.runner, cluster.address, *cluster.options)
        log = self.logs / f"driver-{len(self.started)}.log"
        with log.open("w") as err:
            command: list[str | Path] = [sys.executable, DRIVER, self.home, recipe, *where]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, text=True)
        self.started.append(Driver(process, log))
        return self.started[-1]


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of all homes, which no worker sees."""
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """Return a folder that every user can read."""
    with tempfile.TemporaryDirectory(prefix="corpushub-cluster-", dir="/tmp", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def hiding(homes: Path, open_folder: Path, quickstart: Path) -> Hiding:
    """Return how homes are hidden here; skip where they cannot be."""
    for way in (("unshare", "--user", "--map-root-user", "--mount"), ("unshare", "--mount")):
        if works([*way, "mount", "-t", "tmpfs", "none", str(homes)]):
            return Hiding(homes, way)
    if not works([*SETPRIV, "env", program("corpushub"), "--version"]):
        pytest.skip("no process may have a mount namespace here, or be another user who can read the checkout")
    cache = open_folder / "cache"
    cache.mkdir()
    shutil.chown(cache, "nobody", "nogroup")
    other = Hiding(homes, cache=str(cache))
    subprocess.run(other.around([program("corpushub"), "warm", quickstart], open_folder / "pid"), check=True, cwd="/")
    return other


@pytest.fixture
def node(hiding: Hiding, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Node]]:
    """Return the function that starts a node by a command; all of them end with the tests."""
    with ExitStack() as stack:

        def start(*command: str | Path) -> Node:
            return stack.enter_context(_node(command, tmp_path_factory.mktemp("node"), hiding))

        yield start


@contextmanager
def _node(command: Sequence[str | Path], folder: Path, hiding: Hiding) -> Iterator[Node]:
    log, pid = folder / "log", folder / "pid"
    with log.open("w") as out:
        keeper = subprocess.Popen(
            [sys.executable, KEEPER, "SIGTERM", folder / "gone", "", *hiding.around(command, pid)],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            cwd="/",
            start_new_session=True,
        )
    assert keeper.stdin is not None
    try:
        wait_until(lambda: pid.is_file() and pid.read_text().endswith("\n"), log)
        started = Node(int(pid.read_text()), log, hiding)
        try:
            yield started
        finally:
            started.kill()
    finally:
        keeper.stdin.close()
        keeper.wait()


def works(command: Sequence[str | Path]) -> bool:
    """Tell whether *command* can be carried out."""
    return (
        shutil.which(command[0]) is not None and subprocess.run(command, capture_output=True, cwd="/").returncode == 0
    )


def wait_until(true: Callable[[], bool], log: Path) -> None:
    """Wait until *true* says so.

    Raises:
        AssertionError: that took too long.
    """
    pause = threading.Event()
    for _ in range(int(PATIENCE * 20)):
        if true():
            return
        pause.wait(0.05)
    raise AssertionError(log.read_text(encoding="utf-8")[-4000:])


def answers(port: int) -> bool:
    """Tell whether somebody listens at *port*."""
    with closing(socket.socket()) as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """Return a port of loopback that nobody uses."""
    with closing(socket.create_server(("127.0.0.1", 0))) as one:
        return int(one.getsockname()[1])


def program(name: str) -> Path:
    """Return the program *name* of the environment that the tests run in."""
    return Path(sys.executable).with_name(name)


@pytest.fixture
def dask(services: None, node: Callable[..., Node]) -> Cluster:
    """Start a scheduler of Dask with two workers of one thread."""
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    head = node(program("dask"), "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    wait_until(lambda: answers(port), head.log)
    worker = ("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", "/tmp")
    cluster = Cluster("dask", address, lambda: node(program("dask"), *worker))
    cluster.grow()
    cluster.grow()
    return cluster


@pytest.fixture
def ray(services: None, node: Callable[..., Node], monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """Start a head of Ray, on which no task runs, with two nodes of one core."""
    pytest.importorskip("ray", reason="the extra ray is not installed")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "1")  # which is what Ray takes loopback for
    ports = {name: free_port() for name in ("port", "ray-client-server-port")}
    usual = ["--block", "--node-ip-address", "127.0.0.1", "--min-worker-port", "0", "--max-worker-port", "0"]
    with tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp", ignore_cleanup_errors=True) as short:  # for sockets
        Path(short).chmod(0o777)
        own = [f"--{name}={port}" for name, port in ports.items()]
        own += ["--num-cpus=0", "--include-dashboard=false", f"--temp-dir={short}"]
        head = node(program("ray"), "start", "--head", *usual, *own)
        wait_until(lambda: all(answers(port) for port in ports.values()), head.log)
        address = f"127.0.0.1:{ports['port']}"
        again = (
            "sh",
            "-c",
            'until "$@"; do :; done',
            "sh",
        )  # Ray gives a node 30 s to start, loaded as a machine may be
        worker = (program("ray"), "start", f"--address={address}", "--num-cpus=1", *usual)
        cluster = Cluster("ray", address, lambda: node(*again, *worker))
        cluster.outside = f"ray://127.0.0.1:{ports['ray-client-server-port']}"
        cluster.grow()
        cluster.grow()
        yield cluster


@pytest.fixture
def portable(services: None, node: Callable[..., Node], monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """Start Beam's job service, which takes jobs as Flink's does, and a pool of workers as an image starts it."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")  # the pool starts `python`
    jobs, pool = free_port(), free_port()
    service = ("-m", "apache_beam.runners.portability.local_job_service_main", "--port", str(jobs))
    head = node(sys.executable, *service)
    wait_until(lambda: answers(jobs), head.log)
    worker = ("-m", "apache_beam.runners.worker.worker_pool_main", "--service_port", str(pool))
    environment = ("--environment_type=EXTERNAL", f"--environment_config=localhost:{pool}")
    options = (f"--job_endpoint=localhost:{jobs}", *environment)
    cluster = Cluster("PortableRunner", "", lambda: node(sys.executable, *worker), options)
    cluster.grow()
    wait_until(lambda: answers(pool), cluster.workers[0].log)
    return cluster


@pytest.fixture
def services(shared: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the hub of the test keep its versions in PostgreSQL, and its data and work files in an S3 store."""
    monkeypatch.setenv("CORPUSHUB_WORK", os.environ["CORPUSHUB_WAREHOUSE"].rstrip("/") + "-work")


@pytest.fixture
def drive(homes: Path, tmp_path: Path) -> Iterator[Drivers]:
    """Return what starts runs in the hub of the test."""
    drivers = Drivers(homes / tmp_path.name, tmp_path)
    yield drivers
    for one in drivers.started:
        one.process.kill()
        one.process.wait()


@pytest.fixture(scope="session")
def quickstart(open_folder: Path) -> Path:
    """Return the recipe of the quickstart."""
    folder = open_folder / "quickstart"
    make_example(folder)
    return folder / "recipe.toml"


@pytest.fixture(scope="session")
def quarter(open_folder: Path) -> Path:
    """Return a recipe for a quarter of the real corpus; skip where it is absent."""
    beside = [folder / "shared" / "data" / "cut100" for folder in Path(__file__).parents]
    found = next((sorted(folder.glob("*.jsonl.gz")) for folder in beside if folder.is_dir()), None)
    if found is None:
        pytest.skip("the real data beside the checkout are absent")
    folder = open_folder / "quarter"
    lines = [line for path in found for line in gzip.decompress(path.read_bytes()).splitlines()][::QUARTER]
    for number in range(FILES):
        write_jsonl(folder / "data" / f"{number}.jsonl", map(json.loads, lines[number::FILES]))
    fields = {"id": "id", "text": "text", "uri": "url", "license": "license", "date": "date"}
    steps = ['[[step]]\nuse = "language"\n', '[[step]]\nuse = "gopher_quality"\n', "[dedup]\n", "[pii]\n"]
    text = recipe(*steps, dataset="quarter", license="per-record", fields=fields)
    (folder / "recipe.toml").write_text(text, encoding="utf-8")
    return folder / "recipe.toml"


@pytest.fixture(scope="session")
def root_of(homes: Path, local_backing: Callable[[pytest.MonkeyPatch], None]) -> Callable[[Path], str]:
    """Return what gives the manifest root of a recipe that the local runner has run in a hub by itself."""
    known: dict[Path, str] = {}

    def ask(recipe: Path) -> str:
        if recipe not in known:
            with pytest.MonkeyPatch.context() as patch:
                local_backing(patch)
                command = [sys.executable, str(DRIVER), str(homes / f"local-{len(known)}"), str(recipe), "local"]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr[-4000:]
            known[recipe] = json.loads(done.stdout.splitlines()[-1])["root"]
        return known[recipe]

    return ask
