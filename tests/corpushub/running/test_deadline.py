"""Records of which nobody foresaw that reading them takes for ever: each is dropped, and the version is made."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl

COMMAND = Path(sys.executable).with_name("corpushub")
LIMITS = "[limits]\nrecord_seconds = 1.0\n"
RECIPE = recipe('[[step]]\nuse = "endless:endless"\n', LIMITS)
SCRUBBING = recipe('[pii]\nrecognizers = ["endless:cough"]\nentities = []\n', LIMITS)
PLUGIN = """
import os
import signal
from collections import deque
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import ClassVar

from pipelines.outcome import Outcome

@dataclass(frozen=True)
class Endless:
    signals: ClassVar = {}
    needs_language: ClassVar = False

    def __call__(self, batch):
        words = set(batch["text"].to_pylist())
        while "spin" in words:
            pass
        if "hang" in words:
            deque(repeat(None), maxlen=0)  # nothing looks for signals, or gives the lock of Python away
        marker = Path(__file__).with_name("killed")
        if "kill" in words and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return Outcome.keep_all(batch)

def cough():
    from presidio_analyzer import EntityRecognizer

    class Cough(EntityRecognizer):
        def load(self):
            pass

        def analyze(self, text, entities, nlp_artifacts=None):
            if text == "cough":
                deque(repeat(None), maxlen=0)
            return []

    return Cough(["COUGH"])
"""
"""A step that loops in Python at "spin" and in C at "hang", and that has its process killed once at "kill"; and a
recognizer of personal data that loops in C at "cough"."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the plugin is installed."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "endless.py").write_text(PLUGIN, encoding="utf-8")
    described = folder / "endless-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: endless\nVersion: 1.0\n", encoding="utf-8")
    offers = "[corpushub.steps]\nendless = endless:Endless\n[corpushub.recognizers]\ncough = endless:cough\n"
    (described / "entry_points.txt").write_text(offers, encoding="utf-8")
    return folder


@pytest.fixture
def run(site: Path, tmp_path: Path) -> Callable[..., Any]:
    """Return a function that runs a recipe over two files, the words of one given; it returns code and answer."""

    def call(words: Sequence[str], *more: str, text: str = RECIPE) -> tuple[int, Any]:
        if not (tmp_path / "data").exists():
            write_jsonl(tmp_path / "data" / "a.jsonl", [{"id": str(at), "text": word} for at, word in enumerate(words)])
            write_jsonl(tmp_path / "data" / "b.jsonl", [{"id": "other", "text": "neighbour"}])
            (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
        paths = os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])
        command: list[str | Path] = [
            COMMAND,
            "run",
            tmp_path / "recipe.toml",
            "--hub",
            tmp_path / "hub",
            "--yes",
            "--json",
            *more,
        ]
        done = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, check=False)
        return done.returncode, json.loads(done.stdout) if done.returncode >= 0 else None

    return call


def ledger(tmp_path: Path, corpushub: Any) -> list[list[Any]]:
    """Return offset, source_id, outcome, reason and detail of what was not kept."""
    query = "select \"offset\", source_id, outcome, reason, detail from ledger where outcome <> 'kept' order by 1"
    return [list(row.values()) for row in corpushub("sql", "d", query, "--hub", tmp_path / "hub")["rows"]]


def places(tmp_path: Path, *words: str) -> list[list[Any]]:
    """Return what the ledger has to say of the records whose text is one of *words*."""
    beyond, found, at = [None, "dropped", "too_costly", "beyond the deadline"], [], 0
    for line in (tmp_path / "data" / "a.jsonl").read_bytes().splitlines(keepends=True):
        if json.loads(line)["text"] in words:
            found.append([at, *beyond])
        at += len(line)
    return found


@pytest.mark.parametrize("how", [("--workers", "2"), ("--workers", "2", "--", "--direct_runner_bundle_repeat=0")])
def test_records_without_end_cost_no_version(
    how: Sequence[str], run: Callable[..., Any], tmp_path: Path, corpushub: Any
) -> None:
    """One that spins and two that hang in one file: one command makes the version of their neighbours."""
    code, done = run(["one", "spin", "two", "hang", "three", "hang"], *how)

    assert code == 0
    assert done["counts"] == {"read": 7, "kept": 4, "changed": 0, "dropped": 3, "failed": 0}
    assert ledger(tmp_path, corpushub) == places(tmp_path, "spin", "hang")


def test_one_process_is_resumed_by_the_same_command(run: Callable[..., Any], tmp_path: Path, corpushub: Any) -> None:
    """Without workers a loop in Python costs nothing more; one in C ends the command, and a repeat passes it over."""
    (ended, _), (code, done) = (run(["one", "spin", "hang"], "--workers", "1") for _ in range(2))

    assert (ended, code) == (-signal.SIGXCPU, 0)
    assert done["counts"] == {"read": 4, "kept": 2, "changed": 0, "dropped": 2, "failed": 0}
    assert ledger(tmp_path, corpushub) == places(tmp_path, "spin", "hang")


def test_a_worker_that_is_killed_costs_no_record(site: Path, run: Callable[..., Any]) -> None:
    """Whoever kills a worker makes its records be read again, and drops none."""
    code, done = run(["one", "kill", "two"], "--workers", "2")

    assert (site / "killed").exists()
    assert (code, done["counts"]["kept"], done["counts"]["dropped"]) == (0, 4, 0)


def test_a_text_that_cannot_be_searched_is_not_released(
    run: Callable[..., Any], tmp_path: Path, corpushub: Any
) -> None:
    """A recognizer that never returns costs the document in which it looks; no id of its text is kept."""
    code, done = run(["one", "cough", "two"], "--workers", "2", text=SCRUBBING)

    assert (code, done["counts"]["kept"], done["reasons"]) == (0, 3, {"too_costly": 1})
    query = "select source_id, content_id, step, detail from ledger where outcome <> 'kept'"
    (row,) = corpushub("sql", "d", query, "--hub", tmp_path / "hub")["rows"]
    assert list(row.values()) == ["1", None, "release", "beyond the deadline"]
