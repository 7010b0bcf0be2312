"""Warming up compiles all kernels, leaves a mark, and leaves nothing to compile to later processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from pipelines.dedup.near.candidates import SMALL
from pipelines.kernels.compiled import cache_folder
from pipelines.startup.warmup import JOBS, needed, warm_up
from pipelines.steps import STEPS

KERNELS = """
import importlib, pkgutil, pipelines, sys
from pathlib import Path
from numba.core.dispatcher import Dispatcher
from pipelines.code.late import made
from pipelines.startup.warmup import warm_up

def ours(values):
    return [value for value in map(made, values) if isinstance(value, Dispatcher)]

def called(kernel):
    code, names = kernel.py_func.__code__, kernel.py_func.__globals__
    return ours(names.get(name) for name in code.co_names)

def files(kernel):
    name = kernel.__module__.rpartition(".")[2] + "." + kernel.py_func.__qualname__
    return list(Path(kernel.stats.cache_path).glob(f"{name}-*.code"))

warm_up()
for module in pkgutil.walk_packages(pipelines.__path__, "pipelines."):
    # engines are libraries that need not be here, and have no kernel
    if "execution.engines" not in module.name and not module.name.startswith("pipelines.startup.preload"):
        importlib.import_module(module.name)
modules = [module for name, module in sys.modules.items() if name.startswith("pipelines.")]
kernels = {kernel for module in modules for kernel in ours(vars(module).values())}
used = [kernel for kernel in kernels if kernel.stats.cache_hits or kernel.stats.cache_misses]
reached = set()
while used:
    kernel = used.pop()
    if kernel not in reached:
        reached.add(kernel)
        used += called(kernel)
for kernel in kernels:
    name = f"{kernel.__module__}.{kernel.__name__}"
    if kernel not in reached:
        print("left out:", name)
    if kernel.targetoptions.get("inline") != "always" and not files(kernel):
        print("not kept:", name)
print("kernels:", len(kernels) > 50)
"""


def run(program: str, **environment: str) -> Iterator[str]:
    """Run a program in a process of its own and return the lines it prints."""
    settings = {**os.environ, **environment}
    answer = subprocess.run([sys.executable, "-c", program], env=settings, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return iter(answer.stdout.splitlines())


def test_no_kernel_is_left_out() -> None:
    """Every kernel is called while warming up, by Python or by another kernel, and its machine code is kept."""
    assert list(run(KERNELS)) == ["kernels: True"]


def kept() -> dict[str, int]:
    """Return the files of machine code, and when each was written."""
    return {path.name: path.stat().st_mtime_ns for path in cache_folder().glob("*.code")}


def test_a_later_process_compiles_nothing() -> None:
    """After one process warmed up, another only loads, the signature kernel among what it does."""
    warm_up()
    before = kept()
    assert list(run("from pipelines.startup.warmup import warm_up; warm_up()")) == []
    assert kept() == before
    assert any(name.startswith("minhash._sketch-") for name in before)


def test_deduplication_compiles_nothing() -> None:
    """The kernels of its stages were given what these give them, of both ways to verify, and of crowded buckets."""
    warm_up()
    before = kept()
    program = """
from tempfile import TemporaryDirectory
import pyarrow as pa
from pipelines.dedup.deduplicate import DedupSettings, deduplicate
from pipelines.dedup.near.candidates import SMALL
from pipelines.execution.in_process import run_tasks
from pipelines.handover.ids import content_ids
from pipelines.handover.parts import Keying, PartWriter

text = "The ship has left the harbour, and those who sailed with it will not be home before winter. " * 9
texts = [text] * (SMALL + 1) + [f"{text} Winter came.", "Another text, by itself.", "A third one, with nothing of it."]
for verify in ("exact", "signature"):
    with TemporaryDirectory() as folder:
        columns = {
            "doc_id": pa.array([row.to_bytes(16, "big") for row in range(len(texts))], pa.binary(16)),
            "content_id": content_ids(pa.array(texts)),
            "text": pa.array(texts),
        }
        settings = DedupSettings(exact=False, verify=verify)
        writer = PartWriter(f"{folder}/part", Keying(settings.minhash, True, ("longest",), sets=verify == "exact"))
        writer.write(pa.record_batch(columns))
        print(deduplicate(writer.close(), settings, folder, lambda tasks: run_tasks(tasks)).counts["near_duplicate"])
"""
    assert list(run(program)) == [str(SMALL + 1)] * 2
    assert kept() == before


def test_arrays_of_any_origin_are_of_one_type_to_the_compiler() -> None:
    """Texts that were computed, sliced, without any row or with nulls need no machine code of their own."""
    warm_up()
    before = kept()
    program = """
import pyarrow as pa, pyarrow.compute as pc
from pipelines.kernels.minhash import MinHasher
from pipelines.decontaminate.overlaps import ITEMS, build_index, find_overlaps
from pipelines.steps import STEPS
item = {"benchmark": "b", "id": "1", "text": "second text " * 6}
index, _ = build_index(pa.RecordBatch.from_pylist([item], schema=ITEMS), [(13, 8)])
given = pa.array(["The ship has left the harbour.", None, "the second text " * 9])
for text in (given, given[:0], given[1:], pc.fill_null(given, ""), pc.utf8_upper(given), pa.array([""])):
    columns = {"text": text, "language": pa.array(["en"] * len(text), pa.string())}
    batch = pa.record_batch(columns | {"language_score": pa.nulls(len(text), pa.float32())})
    for step in STEPS.values():
        step()(batch)
    MinHasher(16, 2, 3).sketch(text)
    find_overlaps(pc.fill_null(text, ""), index)
"""
    assert list(run(program)) == []
    assert kept() == before


def test_a_recipe_compiles_what_it_calls() -> None:
    """Deduplication alone has no step's kernels compiled, and each step only its own."""
    alone = needed(steps=[], pages=False, duplicates="exact", overlaps=False, units=False)
    assert alone == ("pairs", "signatures", "texts", "verification by sets")
    assert needed(["c4", "pkg:Step"], False, "", False, False) == ("c4", "texts")
    assert {*needed(STEPS, True, "exact", True, True), *needed([], False, "signature", False, False)} == {*JOBS}


def test_whether_it_is_warm_is_known_without_the_compiler(tmp_path: Path) -> None:
    """Planning imports neither numba nor kernels; in a cache folder without marks all is to be done."""
    program = """
import sys
from pipelines.kernels.compiled import kernels_digest, store
from pipelines.startup.warmup import JOBS, is_warm, plan
print(is_warm("pairs"), [task.id for task in plan({"pairs", "texts"})], len(plan(JOBS)) == len(JOBS))
store(f"warm-pairs-{kernels_digest()}", lambda file: None)
print(is_warm("pairs"), [task.id for task in plan({"pairs", "texts"})])
print({"numba", "pipelines.kernels.minhash", "pipelines.kernels.codepoints"} & {*sys.modules})
"""
    told = ["False ['texts', 'pairs'] True", "True ['texts']", "set()"]
    assert list(run(program, CORPUSHUB_CACHE=str(tmp_path))) == told
