"""The code version: what changes a result makes the tasks of the stages that it concerns new, and only these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import lineage.questions.find
import lineage.questions.trace
import pipelines.dedup.components.forests
import policies.pii.names.crf
from lineage.rewrite.chores import in_turn
from pipelines.annotate.stage import AnnotateTask
from pipelines.captures.revisits import ResolveTask
from pipelines.code import libraries
from pipelines.code.version import Plugin, code_version, library_versions
from pipelines.dedup.components.forests import ConnectTask
from pipelines.execution.stage import Task
from pipelines.release.record import RecordTask
from pipelines.release.stage import ReleaseTask
from pipelines.rights.profiles import ProfilesTask

Change = Callable[..., Path]
Ids = Callable[[], dict[str, str]]


@pytest.fixture
def ids(annotate_task: Callable[..., AnnotateTask], jsonl: Callable[..., str]) -> Ids:
    """Return a function that names the same task of each stage, by the code as it then is."""
    path = jsonl([{"id": "1", "text": "A text."}])

    def name() -> dict[str, str]:
        tasks: dict[str, Task[Any]] = {
            "annotate": annotate_task(path),
            "revisits": ResolveTask("captures.list", bytes(16), None, "out"),
            "profiles": ProfilesTask("profiles.list", "data", "out"),
            "dedup": ConnectTask("a.forest", "catalogue", "out"),
            "release": ReleaseTask((), {}, None, {}, "data", "out"),
            "record": RecordTask("events.list", "originals.list", b"", None, "run1", "data", "out"),
        }
        return {stage: task.id for stage, task in tasks.items()} | {"run": code_version()}

    return name


@pytest.fixture
def renewed(ids: Ids, with_ours_changed: Change) -> Callable[..., set[str]]:
    """Return a function that makes a change as with_ours_changed does, and tells the stages whose task is new."""
    with_ours_changed()
    before = ids()

    def change(*arguments: object) -> set[str]:
        with_ours_changed(*arguments)
        return {stage for stage, name in ids().items() if name != before[stage]}

    return change


def test_a_copy_of_the_same_code_is_the_same_code(renewed: Callable[..., set[str]]) -> None:
    """Identity is by content, wherever the packages stand."""
    assert renewed() == set()


def test_a_byte_of_the_names_model_makes_new_what_looks_for_names(renewed: Callable[..., set[str]]) -> None:
    """The model is no source, and yet it decides what is scrubbed; annotation does not look for names."""
    new = renewed(policies.pii.names.crf, b"\0", "model.npz")

    assert {"release", "run"} <= new
    assert not {"annotate", "revisits", "profiles", "record"} & new


def test_a_question_has_no_say_in_any_result(renewed: Callable[..., set[str]]) -> None:
    """Neither a comment nor code in a module that only questions import makes any task new."""
    for question in (lineage.questions.find, lineage.questions.trace):
        assert renewed(question) == set()
        assert renewed(question, b"def more() -> None:\n    pass\n") == set()


def test_a_kernel_of_deduplication_leaves_annotation_alone(renewed: Callable[..., set[str]]) -> None:
    """Only the stages that import it are new."""
    new = renewed(pipelines.dedup.components.forests)

    assert {"dedup", "run"} <= new
    assert not {"annotate", "revisits", "profiles", "record"} & new


@pytest.mark.parametrize(("library", "stages"), [("selectolax", {"annotate", "run"}), ("click", set())])
def test_a_new_version_of_a_library_makes_new_what_imports_it(
    library: str, stages: set[str], ids: Ids, with_ours_changed: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages are parsed by selectolax while they are annotated; the command line makes no bytes."""
    with_ours_changed()
    before, installed = ids(), libraries._installed
    monkeypatch.setattr(
        libraries,
        "_installed",
        lambda name: replace(installed(name), version="99") if name == library else installed(name),
    )
    with_ours_changed()

    assert {stage for stage, name in ids().items() if name != before[stage]} == stages


def test_plugins_are_part_of_the_version() -> None:
    """Name, version and content of each count, their order does not."""
    one, two = Plugin("steps-of-others", "1", "ab"), Plugin("more", "2", "cd")
    versions = {code_version(plugins=some) for some in ([], [one], [two], [one, two], [Plugin(one.name, "1", "ac")])}

    assert len(versions) == 5
    assert code_version(plugins=[one, two]) == code_version(plugins=[two, one])


def test_more_modules_are_more_code() -> None:
    """A version of two modules covers both."""
    both = code_version(in_turn.__module__, ConnectTask.__module__)

    assert both not in {code_version(in_turn.__module__), code_version(ConnectTask.__module__), code_version()}
    assert library_versions(in_turn.__module__).items() < library_versions().items()
