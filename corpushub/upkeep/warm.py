"""Compile ahead of runs what they would otherwise compile: for images, and for machines that are to begin at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from corpushub.recipe.job import load_scrubber
from corpushub.recipe.loading import load_recipe
from corpushub.running.kernels import compile_kernels
from pipelines.execution import warm_processes
from pipelines.execution.prepare import prepare_scrubber
from pipelines.kernels.compiled import cache_folder
from pipelines.startup import warmup
from policies.pii.scrubber import Scrubber
from policies.pii.search.prefilter import patterns_folder

KERNELS: Final = "kernels"

SCRUBBERS: Final = {"patterns of personal data": Scrubber(), "patterns of all countries": Scrubber(countries=("all",))}
"""What is looked for unless recipes say otherwise, and all that one may look for by naming countries."""


@dataclass(frozen=True, slots=True)
class Warmed:
    """What later processes find compiled: those on a processor of this type that use these folders.

    Attributes:
        kernels: folder of machine code.
        patterns: folder of pattern databases; null where there is none that only this user may write to.
        compiled: what was compiled just now.
        found: what had been compiled before.
    """

    kernels: str
    patterns: str | None
    compiled: tuple[str, ...]
    found: tuple[str, ...]


def warm(recipes: Sequence[Path], say: Callable[[str], None]) -> Warmed:
    """Compile the kernels, and the patterns that *recipes* look for; those of SCRUBBERS where there are no recipes.

    Args:
        recipes: their files; their sources need not be there.
        say: is told what there is to wait for.

    Raises:
        RecipeError, PolicyError: a recipe cannot be run.
    """
    wanted = {f"patterns of {path.name}": _scrubber(path) for path in recipes} or SCRUBBERS
    done = {KERNELS: _warm_kernels(say), **{name: prepare_scrubber(one, say) for name, one in wanted.items()}}
    patterns = patterns_folder()
    return Warmed(
        kernels=str(cache_folder()),
        patterns=str(patterns) if patterns else None,
        compiled=tuple(name for name, fresh in done.items() if fresh),
        found=tuple(name for name, fresh in done.items() if not fresh),
    )


def _scrubber(path: Path) -> Scrubber | None:
    recipe, _ = load_recipe(path)
    return load_scrubber(recipe, path.parent)


def _warm_kernels(say: Callable[[str], None]) -> bool:
    cores = len(os.sched_getaffinity(0))
    return compile_kernels([*warmup.JOBS], lambda tasks: warm_processes.run_tasks(tasks, None, cores), say)
