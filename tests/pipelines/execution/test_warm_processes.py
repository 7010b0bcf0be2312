"""Forks of the warm server work with the environment that the driver has when it calls them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from pipelines.execution import warm_processes
from pipelines.execution.stage import Report

NAME = "AWS_ENDPOINT_URL_OF_A_TEST"


@dataclass(frozen=True, slots=True)
class Told(Report):
    """What a variable is, empty where it is not set."""

    value: str


@dataclass(frozen=True)
class Tell:
    """A task that tells a variable of its process."""

    id: str
    code: str = "1"
    cost: int = 1

    def run(self) -> Told:
        """Tell it."""
        return Told(self.id, os.environ.get(NAME, ""))

    def load(self, content: Mapping[str, Any]) -> Told:
        """Return what was told."""
        return Told(**content)


def test_forks_have_the_environment_of_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store or a key that was set, changed or taken away since the server began is so for the next tasks."""
    told = []
    for value in ("http://one", "http://two", None):
        if value is None:
            monkeypatch.delenv(NAME)
        else:
            monkeypatch.setenv(NAME, value)
        told += [one.value for one in warm_processes.run_tasks([Tell("a")], None, 1)]
    warm_processes.close()

    assert told == ["http://one", "http://two", ""]
