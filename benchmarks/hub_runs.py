"""Run corpushub through its command line, as anyone does, and read what it decided from the hub's ledger."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.dataset as ds
from measure import Measured, run
from quality import Decisions, Keys

NAME = "bench"
"""Name of the dataset that benchmarks make."""

FILTERS = ("language", "gopher_quality", "gopher_repetition", "c4", "fineweb_quality")
"""The steps of the whole job, in order."""


@dataclass(frozen=True, slots=True)
class Job:
    """A recipe for a benchmark.

    Attributes:
        source: the lines of its [[source]] section but for the name.
        steps: the steps used, with their defaults.
        threshold: of near-duplicates; None for no [dedup] section.
    """

    source: str
    steps: Sequence[str] = FILTERS
    threshold: float | None = 0.8

    def recipe(self) -> str:
        """Return the recipe as TOML."""
        parts = [f'[dataset]\nname = "{NAME}"\npurpose = "benchmark"\n', f'[[source]]\nname = "source"\n{self.source}']
        parts += [f'[[step]]\nuse = "{step}"\n' for step in self.steps]
        if self.threshold is not None:
            parts.append(f"[dedup]\nthreshold = {self.threshold}\n")
        return "\n".join(parts)


def jsonl(folder: Path) -> str:
    """Return the source section for the JSONL shards of *folder*."""
    fields = 'fields = { id = "id", text = "text", uri = "url", license = "license", date = "date" }'
    return f'connector = "jsonl"\npaths = [{quoted(folder / "*.jsonl.gz")}]\nlicense = "per-record"\n{fields}\n'


def warc(pattern: Path) -> str:
    """Return the source section for the archives of *pattern*."""
    return f'connector = "warc"\npaths = [{quoted(pattern)}]\nlicense = "unknown"\nextract = "main"\n'


def quoted(path: Path) -> str:
    """Return *path* as a TOML string."""
    return json.dumps(str(path.resolve()), ensure_ascii=False)


def corpushub() -> str:
    """Return the path of the corpushub command: beside the running interpreter, or on the path."""
    beside = Path(sys.executable).with_name("corpushub")
    found = str(beside) if beside.exists() else shutil.which("corpushub")
    if found is None:
        raise SystemExit("the corpushub command is not installed beside this interpreter")
    return found


def command(recipe: Path, hub: Path) -> list[str]:
    """Return the command line that runs *recipe* in *hub*."""
    return [corpushub(), "run", str(recipe), "--hub", str(hub), "--json", "--yes"]


def run_job(job: Job, folder: Path) -> tuple[Measured, dict[str, Any]]:
    """Run *job* in a new hub inside *folder*; return the measurement and the answer of ``run --json``."""
    folder.mkdir(parents=True, exist_ok=True)
    recipe = folder / "recipe.toml"
    recipe.write_text(job.recipe(), encoding="utf-8")
    measured = run(command(recipe, folder / "hub"), log=folder / "run.log")
    return measured, last_object(measured.stdout)


def last_object(text: str) -> dict[str, Any]:
    """Return the JSON object that *text* holds."""
    answer: dict[str, Any] = json.loads(text)
    return answer


def manifest_root(hub: Path) -> str:
    """Return the manifest root of the newest version in *hub*."""
    measured = run([corpushub(), "show", NAME, "--hub", str(hub), "--json"])
    return str(last_object(measured.stdout)["manifest_root"])


def decisions(hub: Path, keys: Keys) -> Decisions:
    """Read from the ledger of *hub*, which holds one version, what became of each document of *keys*.

    Raises:
        KeyError: a row names a record that is not in the corpus, or a survivor that was not kept.
    """
    ledger = ds.dataset(sorted(str(path) for path in hub.glob("warehouse/**/ledger/**/*.parquet")), format="parquet")
    ends = ledger.to_table(
        columns=["doc_id", "file", "offset", "outcome", "duplicate_of"],
        filter=pc.field("outcome").isin(["kept", "dropped"]),
    ).to_pylist()
    place = {row["doc_id"]: keys[Path(row["file"]).name, row["offset"]] for row in ends if row["outcome"] == "kept"}
    kept, survivor = np.zeros(len(keys), bool), np.full(len(keys), -1, np.int64)
    kept[list(place.values())] = True
    for row in ends:
        if row["duplicate_of"] is not None:
            survivor[keys[Path(row["file"]).name, row["offset"]]] = place[row["duplicate_of"]]
    return Decisions(kept, survivor)
