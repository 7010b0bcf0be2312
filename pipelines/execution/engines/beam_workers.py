"""Local Beam workers as forks of a warm server: what direct_running_mode=multi_processing does, without its start-up.

Beam starts a local worker as a new interpreter, twice per stage on two cores. This registers another environment with
the local runner, by the runner's own registry; the worker's program and protocol are Beam's.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from apache_beam.runners.portability.fn_api_runner.worker_handlers import GrpcWorkerHandler, WorkerHandler
from apache_beam.runners.worker import sdk_worker_main
from apache_beam.transforms.environments import SubprocessSDKEnvironment, python_sdk_capabilities
from google.protobuf import json_format

from lineage.hub.private import make_folder
from pipelines.execution import warm_processes

URN = "corpushub:environment:forked_process:v1"


class ForkedProcess(SubprocessSDKEnvironment):
    """An environment whose workers are forks of the warm server; its command string is the path of their log."""

    def to_runner_api_parameter(self, context: Any) -> tuple[str, bytes]:
        """Return the URN and payload that the local runner looks the worker handler up by."""
        return URN, self.command_string.encode()


def forked_processes(log: Path) -> ForkedProcess:
    """Return the environment; workers append what they print to *log*."""
    make_folder(log.parent)
    return ForkedProcess(str(log), capabilities=python_sdk_capabilities())


@WorkerHandler.register_environment(URN, bytes)
class ForkedWorkerHandler(GrpcWorkerHandler):
    """Starts and stops one forked worker."""

    def __init__(self, log: bytes, *services: Any) -> None:
        super().__init__(*services)
        self._log = log.decode()

    def start_worker(self) -> None:
        """Fork a worker that connects to the runner."""
        options = json_format.MessageToJson(self.provision_info.provision_info.pipeline_options)
        where = {
            **os.environ,
            "CONTROL_API_SERVICE_DESCRIPTOR": f"url: '{self.control_address}'",
            "PIPELINE_OPTIONS": options,
            "WORKER_ID": self.worker_id,
        }
        self._process = warm_processes.context().Process(target=serve, args=(where, self._log), daemon=True)
        self._process.start()

    def stop_worker(self) -> None:
        """Wait for the worker to end: its connection is closed."""
        self._process.join()


def serve(where: dict[str, str], log: str) -> None:
    """Be a Beam worker: in a fork of the server, until the runner closes the connection or the driver is gone."""
    _print_to(log)
    warm_processes.take_environment(where)
    warm_processes.end_with_driver()
    sdk_worker_main.main([])


def _print_to(log: str) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(descriptor, stream.fileno())
    os.close(descriptor)
