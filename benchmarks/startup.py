"""Measure what a run over one document takes: ``python benchmarks/startup.py``.

What is measured takes turns with an interpreter that imports the libraries of a run and ends, so that whatever else the
machine does hits both alike; the ratio says more than the seconds. The first run of each kind, which may compile, is
not counted.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

from hub_runs import command
from measure import report, run

IMPORTS = "import numpy, pyarrow, numba, sqlalchemy, pyiceberg.catalog"
RECIPE = """
[dataset]
name = "one"

[[source]]
name = "one"
connector = "jsonl"
paths = ["one.jsonl"]

[dedup]
"""


def seconds_of(folder: Path, rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each round, by what ran."""
    hub = folder / "hub"
    what = {
        "a run over one document": command(folder / "recipe.toml", hub),
        IMPORTS: [sys.executable, "-c", IMPORTS],
    }
    found: dict[str, list[float]] = {name: [] for name in what}
    for number in range(rounds + 1):
        for name, words in what.items():
            shutil.rmtree(hub, ignore_errors=True)
            seconds = run(words).seconds
            found[name] += [seconds] if number else []
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="corpushub-startup-") as name:
        folder = Path(name)
        text = "The ship has left the harbour, and those who sailed with it will not be home before winter."
        (folder / "one.jsonl").write_text(json.dumps({"id": "1", "text": text}) + "\n", encoding="utf-8")
        (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
        found = seconds_of(folder, rounds)
    least = min(found[IMPORTS])
    rows = [
        {"what": what, "least seconds": min(some), "median": median(some), "to imports": min(some) / least}
        for what, some in found.items()
    ]
    report("startup", {"start-up": rows}, ["numba", "pyarrow", "pyiceberg", "sqlalchemy"])


if __name__ == "__main__":
    main()
