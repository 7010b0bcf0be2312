"""Kill runs at random and finish them: ``python benchmarks/chaos.py [--trials 20] [--seed 1]``.

Each trial starts ``corpushub run`` in a new hub, kills every process of it with SIGKILL at a random moment, copies the
hub (what a machine would find after a power cut), and runs the same recipe to its end in the copy. The version must
then have the manifest root and the counts of an undisturbed run, and one more run must make no new version.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus import DATA, shards
from hub_runs import Job, command, jsonl, last_object, manifest_root, run_job
from measure import kill_session, report, run, say


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """What a run gives that nobody kills: its manifest root, counts, reasons and seconds."""

    root: str
    counts: dict[str, int]
    reasons: dict[str, int]
    seconds: float


def undisturbed(job: Job, folder: Path) -> Undisturbed:
    """Run *job* twice in new hubs (the first run fills caches); return the second, after comparing the two."""
    roots = []
    for number in range(2):
        measured, answer = run_job(job, folder / str(number))
        roots.append(manifest_root(folder / str(number) / "hub"))
    if roots[0] != roots[1]:
        raise SystemExit("two undisturbed runs differ in their manifest roots")
    return Undisturbed(roots[1], answer["counts"], answer["reasons"], measured.seconds)


def killed(recipe: Path, hub: Path, delay: float) -> int:
    """Start *recipe* in *hub* and kill it after *delay* seconds; return how many processes died, 0 if it had ended."""
    process = subprocess.Popen(
        command(recipe, hub), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        process.wait(timeout=delay)
    except subprocess.TimeoutExpired:
        return kill_session(process.pid)
    finally:
        kill_session(process.pid)
        process.wait()
    return 0


def trial(job: Job, folder: Path, delay: float, expected: Undisturbed) -> dict[str, Any]:
    """Kill one run after *delay* seconds and finish it in a copy of its hub; return a row of the table."""
    folder.mkdir(parents=True)
    recipe = folder / "recipe.toml"
    recipe.write_text(job.recipe(), encoding="utf-8")
    died = killed(recipe, folder / "killed", delay)
    hub = folder / "hub"
    if (folder / "killed").exists():
        shutil.copytree(folder / "killed", hub, symlinks=True)
    finished = run(command(recipe, hub), log=folder / "finish.log")
    again = last_object(run(command(recipe, hub), log=folder / "again.log").stdout)
    answer = last_object(finished.stdout)
    # a run that had committed before it was killed leaves nothing to do, and answers without counts of its own
    same_counts = answer["version"] is None or (answer["counts"], answer["reasons"]) == (
        expected.counts,
        expected.reasons,
    )
    return {
        "killed after": round(delay, 2),
        "processes": died,
        "seconds to finish": round(finished.seconds, 2),
        "same root": manifest_root(hub) == expected.root,
        "same counts": same_counts,
        "nothing twice": again["version"] is None,
    }


def passed(row: dict[str, Any]) -> bool:
    """Tell whether a trial ended as it must."""
    return bool(row["same root"] and row["same counts"] and row["nothing twice"])


def main() -> int:
    """Run the trials; the exit code is 1 if one of them ended otherwise than it must."""
    parser = argparse.ArgumentParser(description="Kill runs at random and finish them.")
    parser.add_argument("--corpus", type=Path, default=DATA / "cut100", help="folder of .jsonl.gz shards")
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="of the moments at which runs are killed")
    parser.add_argument("--scratch", type=Path, help="parent of the scratch folder (default: the system's)")
    options = parser.parse_args()
    if not shards(options.corpus):
        say(f"skipped: no .jsonl.gz files in {options.corpus}")
        return 0
    moments, rows = random.Random(options.seed), []
    with tempfile.TemporaryDirectory(prefix="chaos-", dir=options.scratch) as scratch:
        job = Job(jsonl(options.corpus))
        expected = undisturbed(job, Path(scratch) / "undisturbed")
        for number in range(options.trials):
            folder = Path(scratch) / f"trial-{number}"
            rows.append(trial(job, folder, moments.uniform(0, expected.seconds), expected))
            say(f"trial {number}: {rows[-1]}")
            shutil.rmtree(folder)
    failures = [row for row in rows if not passed(row)]
    held = f"{len(rows) - len(failures)} of {len(rows)} ended as they must"
    title = f"Seed {options.seed}, undisturbed {expected.seconds:.1f} s: {held}"
    report("chaos", {title: rows})
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
