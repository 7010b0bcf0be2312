"""The closure of a stage's imports is complete: a process that runs a task of it has loaded no other module of ours."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import pytest

from corpushub.recipe import job as jobs
from corpushub.recipe.loading import load_recipe
from corpushub.recipe.rights import load_rights
from lineage.hub.home import Home
from pipelines.code import imports
from pipelines.code.imports import closure
from pipelines.code.libraries import our_packages
from pipelines.execution.stage import R, Task
from pipelines.ingest import ingest

SERVER = """
import json, os, pickle, sys
from dataclasses import asdict
import fsspec, license_expression, numba, presidio_analyzer, pyarrow.dataset, pyarrow.parquet, regex, spacy, tldextract
while size := sys.stdin.buffer.read(8):
    given = sys.stdin.buffer.read(int.from_bytes(size, "big"))
    if os.fork() == 0:
        tasks = pickle.loads(given)
        answer = json.dumps([[asdict(task.run()) for task in tasks], [*sys.modules]]).encode()
        sys.stdout.buffer.write(len(answer).to_bytes(8, "big") + answer)
        sys.stdout.buffer.flush()
        os._exit(0)
    if os.wait()[1]:
        sys.exit(1)
"""
"""Runs the tasks it is given in a fork that has loaded libraries and nothing of ours; tells the reports and modules."""

RECIPE = """
[dataset]
name = "d"
[[source]]
name = "web"
connector = "warc"
paths = ["corpus/crawl/*.warc.gz"]
robots = ["corpus/robots/*.warc.gz"]
extract = "main"
[[source]]
name = "docs"
connector = "jsonl"
paths = ["corpus/docs/*.jsonl.gz"]
license = "per-record"
fields = { id = "id", text = "text", uri = "url", license = "license", date = "date" }
[policy]
file = "policy.toml"
[[step]]
use = "language"
[[step]]
use = "gopher_quality"
min_words = 50
[[step]]
use = "gopher_repetition"
[[step]]
use = "c4"
[[step]]
use = "fineweb_quality"
[[decontaminate]]
name = "quiz"
files = ["quiz.jsonl"]
field = "question"
id = "id"
[dedup]
url = true
[boilerplate]
max_documents = 3
[pii]
default = "placeholder"
names = true
"""

Run = Callable[[Sequence[Task[Any]]], tuple[list[Any], set[str]]]


@pytest.fixture
def run_elsewhere() -> Iterator[Run]:
    """Return a function that runs tasks in a new process; it returns the reports and our modules loaded there."""
    with subprocess.Popen([sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        given, answers = server.stdin, server.stdout
        assert given is not None
        assert answers is not None

        def run(tasks: Sequence[Task[Any]]) -> tuple[list[Any], set[str]]:
            request = pickle.dumps([*tasks])
            given.write(len(request).to_bytes(8, "big") + request)
            given.flush()
            reports, modules = json.loads(_answer(answers))
            loaded = [task.load(report) for task, report in zip(tasks, reports, strict=True)]
            return loaded, {name for name in modules if name.partition(".")[0] in our_packages()}

        yield run
        given.close()


def _answer(answers: IO[bytes]) -> bytes:
    size = answers.read(8)
    assert size, "a task failed"
    return answers.read(int.from_bytes(size, "big"))


def test_tasks_load_no_module_outside_of_their_closure(corpus: Path, tmp_path: Path, run_elsewhere: Run) -> None:
    """Whatever a recipe asks for, no stage of its run imports what its identity does not cover."""
    (corpus / "closures.toml").write_text(RECIPE, encoding="utf-8")
    item = {"id": 1, "question": "Which of these well-known scientists first described the effect of light on metals?"}
    (corpus / "quiz.jsonl").write_text(json.dumps(item), encoding="utf-8")
    recipe, _ = load_recipe(corpus / "closures.toml")
    rights, scrubber = load_rights(recipe, corpus), jobs.load_scrubber(recipe, corpus)
    inputs = jobs.list_inputs(recipe, corpus, None)
    home, missed = Home(tmp_path), defaultdict[str, set[str]](set)
    folder = f"{home.work_folder(recipe.dataset.name)}/annotate"
    tasks = jobs.annotate_tasks(recipe, rights, inputs, inputs, folder)

    def execute(some: Sequence[Task[R]], /) -> list[R]:
        kinds = frozenset(type(task).__module__ for task in some)
        reports, loaded = run_elsewhere(some)
        missed[", ".join(sorted(kinds))] |= loaded - closure(kinds, our_packages(), imports.ROOT).modules
        return reports

    done = ingest(jobs.make_job(recipe, tasks, home, "run1", (), 0, scrubber), execute)

    assert done.counts["kept"] > 0
    assert len(missed) > 10
    assert {kind: modules for kind, modules in missed.items() if modules} == {}
