"""Run corpushub through its command line, as anyone does, and read what it decided from the hub's ledger."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import pyarrow.dataset as ds
from measure import Measured, run
from quality import Decisions, Keys

from pipelines.dedup.catalogue import Catalogue
from pipelines.dedup.near.pairs import read_edges

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
        survivor: the order of survivors; None for the recipe's default.
    """

    source: str
    steps: Sequence[str] = FILTERS
    threshold: float | None = 0.8
    survivor: Sequence[str] | None = None

    def recipe(self) -> str:
        """Return the recipe as TOML."""
        parts = [f'[dataset]\nname = "{NAME}"\npurpose = "benchmark"\n', f'[[source]]\nname = "source"\n{self.source}']
        parts += [f'[[step]]\nuse = "{step}"\n' for step in self.steps]
        if self.threshold is not None:
            order = f"survivor = {json.dumps(list(self.survivor))}\n" if self.survivor else ""
            parts.append(f"[dedup]\nthreshold = {self.threshold}\n{order}")
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


def run_job(job: Job, folder: Path, *flags: str) -> tuple[Measured, dict[str, Any]]:
    """Run *job* with *flags* in a new hub inside *folder*; return the measurement and the answer of ``run --json``."""
    folder.mkdir(parents=True, exist_ok=True)
    recipe = folder / "recipe.toml"
    recipe.write_text(job.recipe(), encoding="utf-8")
    measured = run([*command(recipe, folder / "hub"), *flags], log=folder / "run.log")
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
    """Read from *hub*, which holds one version and its work files, what became of each document of *keys*.

    Raises:
        KeyError: a row names a record that is not in the corpus, or a survivor that was not kept.
    """
    ledger = ds.dataset(sorted(str(path) for path in hub.glob("warehouse/**/ledger/**/*.parquet")), format="parquet")
    ends = ledger.to_table(
        columns=["doc_id", "content_id", "file", "offset", "outcome", "duplicate_of"],
        filter=pc.field("outcome").isin(["kept", "dropped"]),
    ).to_pylist()
    numbers = [keys[Path(row["file"]).name, row["offset"]] for row in ends]
    place = {row["doc_id"]: number for row, number in zip(ends, numbers, strict=True) if row["outcome"] == "kept"}
    kept, survivor, text = np.zeros(len(keys), bool), np.full(len(keys), -1, np.int64), np.arange(len(keys))
    kept[list(place.values())] = True
    texts: dict[str, int] = {}
    for row, number in zip(ends, numbers, strict=True):
        text[number] = texts.setdefault(row["content_id"], number)
        if row["duplicate_of"] is not None:
            survivor[number] = place[row["duplicate_of"]]
    return Decisions(kept, survivor, text, candidates(hub / "work" / NAME / "dedup", texts))


def candidates(folder: Path, texts: Mapping[str, int]) -> npt.NDArray[np.int64]:
    """Return the candidate pairs in a work *folder*, as pairs of the numbers that *texts* gives content ids."""
    (listing,) = folder.glob("*.parts")
    content_ids = np.concatenate([*Catalogue.load(str(listing)).read("content_id")])
    number = np.array([texts[row.tobytes().hex()] for row in content_ids], np.int64)
    edges = read_edges([str(path) for path in sorted(folder.glob("CandidateTask-*.pairs"))])
    left, right = number[edges.left], number[edges.right]
    return np.unique((np.minimum(left, right) << 32) | np.maximum(left, right))
