"""A hub with two datasets, one of which strangers wrote to harm whoever looks at it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import corpushub
from corpushub.face.hub import Hub
from corpushub.web.app import application
from corpushub.web.forms import Rate
from pipelines.execution.executor import Execution
from tests.corpushub.conftest import COMMAND

HOSTILE = [
    "<script>document.title = 'taken'</script> and <img src=x onerror=alert(1)> in a text of several words",
    "a name turned round \u202egpj.exe\u2066 and a line \u2028 separator, with \x1b[2J to clear a terminal",
    "{{ 7919 * 7907 }} {% raw %} and ' \" > </textarea></title><svg onload=alert(2)> said the ship in the harbour",
    "long" * 20_000,
]
ADDRESSES = [
    "javascript:alert(1)//a.example/",
    "https://a.example/<script>alert(3)</script>?a=1&b=2",
    "data:text/html,<script>alert(4)</script>",
    "https://xn--bcher-kva.example/\u202e",
]
RECIPE = """
[dataset]
name = "hostile"
purpose = "train"

[[source]]
name = "strangers"
connector = "jsonl"
paths = ["{}"]
license = "per-record"

[[step]]
use = "language"

[dedup]
threshold = 0.8
"""


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory, warm: None) -> Iterator[Hub]:
    """The hub, with the quickstart and the hostile dataset in it."""
    folder = tmp_path_factory.mktemp("web")
    made = corpushub.make_example(folder / "first")
    lines = [
        json.dumps({"id": str(number), "text": text, "url": address, "license": "<b>MIT</b>"})
        for number, (text, address) in enumerate(zip(HOSTILE, ADDRESSES, strict=True))
    ]
    (folder / "hostile.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    recipe = folder / "hostile.toml"
    recipe.write_text(RECIPE.format(folder / "hostile.jsonl"), encoding="utf-8")
    with corpushub.open(folder / "hub") as opened:
        for one in (Path(made.recipe), recipe):
            opened.run(one, Execution(workers=1))
        yield opened


@pytest.fixture(scope="session")
def client(hub: Hub) -> TestClient:
    """A browser on this machine, which follows no redirection by itself, and may send as many forms as it likes."""
    made = application(hub)
    made.state.rate = Rate(often=10_000)
    return TestClient(made, base_url="http://127.0.0.1:8420", follow_redirects=False)


@contextmanager
def serving(hub: Hub, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve *hub* by the command, with further *words*; yield the process and the address that it tells."""
    command = [str(COMMAND), "serve", "--bind", "127.0.0.1:0", *words, "--hub", str(hub.home.path)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        told = process.stderr.readline()
        yield process, told.partition(" is at ")[2].split()[0]
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
