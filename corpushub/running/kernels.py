"""Which kernels the runs of a recipe call, and their compilation as a stage before all others."""

from __future__ import annotations

from collections.abc import Callable, Collection

from corpushub.recipe.model import Recipe, Source
from pipelines.execution.stage import Announce, Executor, Stages, quietly
from pipelines.startup import warmup

_TABLES = frozenset({"jsonl", "parquet"})
"""Connectors that read texts, unless a field says of which type they are."""


def kernels_of(recipe: Recipe) -> tuple[str, ...]:
    """Return the names of the jobs that compile what runs of *recipe* call."""
    dedup = recipe.dedup if recipe.dedup and recipe.dedup.near else None
    return warmup.needed(
        steps=[use.use for use in recipe.step],
        pages=any(map(_may_hold_pages, recipe.source)),
        duplicates=dedup.verify if dedup else "",
        overlaps=bool(recipe.decontaminate),
        units=recipe.boilerplate is not None,
    )


def _may_hold_pages(source: Source) -> bool:
    return source.connector not in _TABLES or "media_type" in source.options.get("fields", {})


def compile_kernels(
    jobs: Collection[str], execute: Executor, say: Callable[[str], None], announce: Announce = quietly
) -> bool:
    """Have those of *jobs* done that are not, which *say* is told; so does the answer."""
    tasks = warmup.plan(jobs)
    if tasks:
        say(f"compiling for this machine, once: {', '.join(task.id for task in tasks)}")
        Stages(execute, announce)("compile", tasks)
    return bool(tasks)
