"""Warming up compiles all kernels, leaves a mark, and leaves nothing to compile to later processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from pipelines.startup.warmup import warm_up

KERNELS = """
import importlib, pkgutil, pipelines, sys
from pathlib import Path
from numba.core.dispatcher import Dispatcher
from pipelines.startup.warmup import is_warm, warm_up

def ours(values):
    return [value for value in values if isinstance(value, Dispatcher)]

def called(kernel):
    code, names = kernel.py_func.__code__, kernel.py_func.__globals__
    return ours(names.get(name) for name in code.co_names)

def files(kernel):
    code = kernel.py_func.__code__
    name = kernel.__module__.rpartition(".")[2] + "." + kernel.py_func.__qualname__
    return list(Path(kernel.stats.cache_path).glob(f"{name}-{code.co_firstlineno}.*.nbc"))

warm_up()
assert is_warm()
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


def test_a_later_process_compiles_nothing() -> None:
    """After one process warmed up, another that does the same work only loads, the signature kernel among it."""
    warm_up()
    seen = list(run("from pipelines.startup.warmup import warm_up; warm_up()", NUMBA_DEBUG_CACHE="1"))
    assert [line for line in seen if "saved" in line] == []
    assert any("data loaded" in line and "minhash._sketch-" in line for line in seen)


def test_arrays_of_any_origin_are_of_one_type_to_the_compiler() -> None:
    """Texts that were computed, sliced, without any row or with nulls need no machine code of their own."""
    warm_up()
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
    assert [line for line in run(program, NUMBA_DEBUG_CACHE="1") if "saved" in line] == []


def test_whether_it_is_warm_is_known_without_the_compiler(tmp_path: Path) -> None:
    """Looking for the mark imports neither numba nor kernels, and a cache folder without one is cold."""
    program = """
import sys
from pipelines.kernels.compiled import kernels_digest, store
from pipelines.startup.warmup import is_warm
print(is_warm())
store(f"warm-{kernels_digest()}", lambda file: None)
print(is_warm(), {"numba", "pipelines.kernels.minhash", "pipelines.kernels.codepoints"} & {*sys.modules})
"""
    assert list(run(program, NUMBA_CACHE_DIR=str(tmp_path))) == ["False", "True set()"]
