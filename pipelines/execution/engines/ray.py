"""The only module that knows Ray: each assignment of a stage is one of its tasks, a function with one small answer."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

os.environ["RAY_DEDUP_LOGS_SKIP_REGEX"] = "."  # all that Ray would write to standard output, where answers go

import ray
from ray.exceptions import RayError

from pipelines.errors import UnknownRunner
from pipelines.execution.remote import Answer, Assignment, carry_out

IN_FLIGHT: Final = 4096
"""Tasks that Ray knows of at a time, some 2 KB each: more than most clusters have cores, so that none of them waits,
and enough to let one grow that grows with what is asked of it."""

RETRIES: Final = 3
"""How often Ray tries a task again whose worker or node died, or that raised."""

KNOCKS: Final = 3
"""How often a head is asked at most that answers, but whose server for drivers elsewhere does not start: it has seconds
for that, which a machine that is loaded or has just been installed exceeds."""

SECONDS: Final = 1.0
"""How long answers are gathered at most before they are passed on."""


@dataclass(frozen=True, slots=True)
class RayEngine:
    """Has assignments carried out by a Ray cluster, in their order, each by a process that does nothing else.

    Workers find the code by its name: the same release is installed on each node. Settings and keys are those of the
    environment in which a node's Ray was started; none is sent through Ray, which would show them.

    Attributes:
        address: HOST:PORT of the head where the driver is on a node of the cluster, else ray://HOST:PORT.
    """

    address: str

    def __call__(self, sent: Sequence[Assignment], /) -> Iterator[Answer]:
        """Have *sent* carried out; yield the answers as they come.

        Raises:
            UnknownRunner: no cluster of the same releases of Ray and Python answers.
            RayError: a task was lost with its workers, or raised, as often as it was tried; the others are done.
        """
        connect(self.address)
        remote = ray.remote(num_cpus=1, max_retries=RETRIES, retry_exceptions=True)(carry_out)
        waiting, running = deque(sent), set[Any]()
        lost: RayError | None = None
        try:
            while waiting or running:
                while waiting and len(running) < IN_FLIGHT:
                    running.add(remote.remote(waiting.popleft()))
                done, _ = ray.wait([*running], num_returns=len(running), timeout=SECONDS)
                running.difference_update(done)
                for one in done:
                    try:
                        yield ray.get(one)
                    except RayError as error:
                        lost = error
        finally:
            for one in running:
                ray.cancel(one)
        if lost is not None:
            raise lost


def connect(address: str) -> None:
    """Make this process a driver of the cluster at *address*, unless it is one.

    Raises:
        UnknownRunner: none answers there, or one of other releases of Ray or Python.
    """
    if ray.is_initialized():
        return
    for left in reversed(range(KNOCKS)):
        try:
            ray.init(address, log_to_driver=False, logging_level="ERROR")
            return
        except (ConnectionError, RuntimeError, ValueError) as error:
            if left and isinstance(error, ConnectionAbortedError):
                continue
            message = f"no Ray cluster can be used at {address} ({type(error).__name__}); nothing was committed; "
            asked = "is its head up, and are its releases of Ray and Python those here?"
            raise UnknownRunner(message + asked) from error
