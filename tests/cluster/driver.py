"""Run a recipe and print how far it is, a line of JSON each time.

``python driver.py HOME RECIPE RUNNER ADDRESS BEAM_OPTIONS...``; an address may be empty.
"""

from __future__ import annotations

import json
import sys

import corpushub
from corpushub import StageProgress
from pipelines.execution.executor import Execution


def tell(progress: StageProgress) -> None:
    """Print how far a stage is."""
    print(json.dumps({"stage": progress.stage, "tasks": progress.tasks, "finished": progress.finished}), flush=True)


def main(home: str, recipe: str, runner: str, address: str = "", *options: str) -> None:
    """Run *recipe*; the last line is the manifest root and what was read and kept."""
    with corpushub.open(home) as hub:
        done = hub.run(recipe, Execution(runner=runner, address=address, beam=options), tell)
    print(
        json.dumps({"root": done.manifest_root, "kept": done.counts["kept"], "read": done.counts["read"]}), flush=True
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
