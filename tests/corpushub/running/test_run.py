import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from corpushub.testing.recipes import recipe as recipe_text
from corpushub.testing.recipes import source
from corpushub.testing.sources import write_jsonl

COMMAND = Path(sys.executable).with_name("corpushub")
HANGS = 900.0
"""Seconds after which a run counts as hung: far more than the slowest machine needs."""
LOOK = 0.01
"""Seconds between two looks at what a run has written."""


def write_records(path: Path, count: int, seed: int = 0) -> None:
    """Write *count* records of generated words."""
    draw = random.Random(f"{path.name} {seed}")
    words = ["".join(draw.choices("abcdefghij", k=draw.randint(2, 9))) for _ in range(400)]
    rows = [{"id": f"{path.stem}-{n}", "text": " ".join(draw.choices(words, k=80))} for n in range(count)]
    write_jsonl(path, rows)


def write_recipe(folder: Path, text: str = recipe_text("[dedup]")) -> Path:
    """Write a recipe into *folder*."""
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_counts_balance_and_reasons_add_up(hub: Path, corpushub: Any) -> None:
    """Every record that was read is kept, dropped or failed, and the planted faults are among the reasons."""
    (run,) = corpushub("runs", "--hub", hub)["runs"]
    counts, reasons = run["counts"], run["reasons"]

    assert counts["read"] == counts["kept"] + counts["dropped"] + counts["failed"] > 500
    expected = {"exact_duplicate", "near_duplicate", "revisit", "revisit_unresolved", "http_status", "media_type"}
    expected |= {"wrong_length", "bad_content_encoding", "truncated", "broken_record", "missing_text", "pii_scrubbed"}
    assert expected <= set(reasons)


def test_same_inputs_make_no_new_version(hub: Path, corpus: Path, corpushub: Any) -> None:
    """A repeat of an unchanged recipe says that nothing has changed."""
    again = corpushub("run", corpus / "recipe.toml", "--hub", hub, "--yes")

    assert again["version"] is None
    assert again["unchanged"] == "quickstart@v1"
    assert len(corpushub("history", "quickstart", "--hub", hub)["versions"]) == 1


def test_plan_touches_nothing(corpus: Path, tmp_path: Path, corpushub: Any) -> None:
    """A plan names sources, files and steps, and leaves no hub behind."""
    plan = corpushub("plan", corpus / "recipe.toml", "--hub", tmp_path / "none")

    assert [source["files"] for source in plan["sources"]] == [3, 2]
    assert plan["steps"][0]["use"] == "language"
    assert plan["shards_done"] == 0
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("how", [("--workers", "1"), ("--workers", "2", "--", "--direct_runner_bundle_repeat=1")])
def test_workers_and_repeated_bundles_change_no_byte(
    how: tuple[str, ...], hub: Path, corpus: Path, tmp_path: Path, corpushub: Any
) -> None:
    """One worker, or every bundle executed twice, gives the same files as two workers."""
    flags, beam = (how[: how.index("--")], how[how.index("--") :]) if "--" in how else (how, ())
    arguments: list[str | Path] = [
        "run",
        corpus / "recipe.toml",
        "--hub",
        tmp_path / "hub",
        "--yes",
        *flags,
        "--json",
        *beam,
    ]
    done = subprocess.run([COMMAND, *arguments], capture_output=True, check=True)

    assert json.loads(done.stdout)["manifest_root"] == corpushub("show", "quickstart", "--hub", hub)["manifest_root"]
    assert files_of(tmp_path / "hub") == files_of(hub)


def files_of(home: Path) -> set[str]:
    """Return the names of all data files, which are digests of their content."""
    return {path.name for path in (home / "warehouse").glob("*/*/data/*")}


def test_another_home_folder_and_order_change_no_byte(tmp_path: Path, corpushub: Any) -> None:
    """The same recipe and files give the same version in another hub home and folder, in whatever order they come."""
    roots = []
    for order in (["a", "b", "c"], ["c", "a", "b"]):
        folder = tmp_path / "".join(order)
        for name in order:
            write_records(folder / "data" / f"{name}.jsonl", 40)
        paths = [f"data/{name}.jsonl" for name in order]
        recipe = write_recipe(folder, recipe_text("[dedup]", paths=paths))
        roots.append(corpushub("run", recipe, "--hub", folder / "hub", "--yes")["manifest_root"])

    assert roots[0] == roots[1]


def test_work_files_go_after_the_commit(hub: Path) -> None:
    """Files between stages hold raw text, so none is left once the version is committed."""
    assert not any(path.is_file() for path in (hub / "work").rglob("*"))


def test_killed_run_resumes_to_the_same_version(hub: Path, corpus: Path, tmp_path: Path, corpushub: Any) -> None:
    """A run killed with its workers at some moment is finished by the next one, with nothing lost or doubled."""
    home = tmp_path / "hub"
    command: list[str | Path] = [COMMAND, "run", corpus / "recipe.toml", "--hub", home, "--yes", "--workers", "2"]
    for _ in range(2):
        kill_at_first_output(command, home)
    corpushub(*command[1:])

    assert (
        corpushub("show", "quickstart", "--hub", home)["manifest_root"]
        == (corpushub("show", "quickstart", "--hub", hub)["manifest_root"])
    )


def test_killed_worker_neither_hangs_the_run_nor_loses_anything(hub: Path, corpus: Path, tmp_path: Path) -> None:
    """A Beam worker that dies at its work, as from the OOM killer, costs a repeat of its tasks and nothing else."""
    home = tmp_path / "hub"
    command: list[str | Path] = [COMMAND, "run", corpus / "recipe.toml", "--hub", home, "--yes", "--json"]
    process = subprocess.Popen([*command, "--workers", "2", "--", "--direct_num_workers=2"], stdout=subprocess.PIPE)
    assert not ended_before(process, lambda: [*(home / "runs").glob("*/*.jsonl")])
    worker = int(next((home / "runs").glob("*/*.jsonl")).stem)
    assert worker != process.pid
    os.kill(worker, signal.SIGKILL)
    answer, _ = process.communicate(timeout=HANGS)

    assert process.returncode == 0
    assert json.loads(answer)["version"] == "quickstart@v1"
    assert files_of(home) == files_of(hub)


def ended_before(process: subprocess.Popen[bytes], happened: Callable[[], object]) -> bool:
    """Wait until something has *happened*, and return False; return True if *process* ends before it has."""
    waiting = os.pidfd_open(process.pid)
    try:
        for _ in range(int(HANGS / LOOK)):
            if happened():
                return False
            if select.select([waiting], [], [], LOOK)[0]:
                return True
    finally:
        os.close(waiting)
    raise AssertionError("nothing happened")


def kill_at_first_output(command: list[str | Path], home: Path) -> None:
    """Start *command* and kill it, its workers included, once a further report stands in the work folder of *home*."""
    work = home / "work"
    before = set(work.rglob("*.json"))
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        ended_before(process, lambda: set(work.rglob("*.json")) - before)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_second_run_at_the_same_time_is_refused(tmp_path: Path, corpushub: Any) -> None:
    """While a run holds the dataset another one is refused, and told who holds it."""
    write_records(tmp_path / "data" / "a.jsonl", 3)
    recipe, home = write_recipe(tmp_path), tmp_path / "hub"
    program = (
        "import sys; from lineage.hub.home import Home; from lineage.hub.locks import lock_dataset\n"
        f"with lock_dataset(Home({str(home)!r}).create(), 'd', 'other'): print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdin is not None
    holder.stdout.readline()
    refused = corpushub("run", recipe, "--hub", home, "--yes", code=2)
    holder.stdin.close()
    holder.wait()

    assert refused["error"] == "DatasetBusy"
    assert str(holder.pid) in refused["message"]


def test_broken_shard_fails_only_itself(tmp_path: Path, corpushub: Any) -> None:
    """An unreadable file ends the run with code 2 and its name; --allow-failed commits the rest and counts it."""
    write_records(tmp_path / "data" / "a.jsonl", 20)
    (tmp_path / "data" / "b.warc.gz").write_bytes(b"this is no archive")
    second = source("w", "warc", ["data/b.warc.gz"])
    recipe, home = write_recipe(tmp_path, recipe_text(second)), tmp_path / "hub"
    refused = corpushub("run", recipe, "--hub", home, "--yes", code=2)
    allowed = corpushub("run", recipe, "--hub", home, "--yes", "--allow-failed", "1")

    assert refused["error"] == "ShardsFailed"
    assert "b.warc.gz" in refused["message"]
    assert allowed["counts"] == {"read": 21, "kept": 20, "changed": 0, "dropped": 0, "failed": 1}
    assert allowed["reasons"] == {"unreadable_shard": 1}


def test_missing_files_are_named(tmp_path: Path, corpushub: Any) -> None:
    """A pattern that matches nothing is an error that names it."""
    refused = corpushub("run", write_recipe(tmp_path), "--hub", tmp_path / "hub", "--yes", code=2)

    assert "data/*.jsonl" in refused["message"]


def test_full_disk_is_one_message(tmp_path: Path, corpushub: Any) -> None:
    """A write that fails for want of room says so and commits nothing."""
    write_records(tmp_path / "data" / "a.jsonl", 400)
    limit = "ulimit -f 160; trap '' XFSZ; exec \"$@\""
    home = tmp_path / "hub"
    corpushub("run", write_recipe(tmp_path, recipe_text(dataset="e")), "--hub", home, "--yes")
    recipe = write_recipe(tmp_path)
    command: list[str | Path] = ["bash", "-c", limit, "-", COMMAND, "run", recipe, "--hub", home, "--yes", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "nothing was committed" in json.loads(done.stdout)["message"]
    assert "Traceback" not in done.stderr


def test_grown_sources_make_the_next_version(tmp_path: Path, corpushub: Any) -> None:
    """A file added to a source is read alone, and the next version holds the old documents and the new."""
    write_records(tmp_path / "data" / "a.jsonl", 10)
    recipe, home = write_recipe(tmp_path), tmp_path / "hub"
    corpushub("run", recipe, "--hub", home, "--yes")
    write_records(tmp_path / "data" / "b.jsonl", 5)
    plan = corpushub("plan", recipe, "--hub", home)
    second = corpushub("run", recipe, "--hub", home, "--yes")
    changes = corpushub("diff", "d@v1", "d@v2", "--hub", home)
    shown = corpushub("show", "d", "--hub", home)

    assert plan["reused"] == second["reused"] == {"version": "d@v1", "documents": 10, "files": 1}
    assert (second["version"], second["counts"]["read"], second["counts"]["kept"]) == ("d@v2", 5, 5)
    assert (shown["documents"], shown["sources"]) == (15, {"s": 15})
    assert (changes["added"], changes["removed"], changes["changed"]) == (5, 0, 0)
    assert corpushub("verify", "d", "--hub", home)["ok"]
    assert corpushub("run", recipe, "--hub", home, "--yes")["unchanged"] == "d@v2"


def test_increments_keep_what_one_run_keeps(tmp_path: Path, corpushub: Any) -> None:
    """Near-duplicates in files that arrive one by one end like those of one run in which earlier captures survive."""
    home, data = tmp_path / "hub", tmp_path / "data"
    dedup, fields = '[dedup]\nthreshold = 0.7\nsurvivor = ["earliest"]', {"id": "id", "text": "text", "date": "date"}
    recipe = write_recipe(tmp_path, recipe_text(dedup, fields=fields))
    for day in range(1, 4):
        write_families(data / f"{day}.jsonl", day)
        last = corpushub("run", recipe, "--hub", home, "--yes")
    (found,) = corpushub("find", "--id", "3-1", "--hub", home)["matches"]
    ids = kept_ids(corpushub, home, tmp_path / "grown")
    whole = corpushub("run", recipe, "--hub", home, "--yes", "--full")

    assert (last["version"], whole["version"]) == ("d@v3", "d@v4")
    assert (last["counts"]["read"], whole["counts"]["read"]) == (12, 36)
    assert ids == kept_ids(corpushub, home, tmp_path / "whole")
    assert last["reasons"]["near_duplicate"] > 5
    assert found["reason"] == "near_duplicate"
    survivor = corpushub("trace", f"d@v3#{found['duplicate_of']}", "--hub", home)
    assert survivor["versions"] == ["d@v1", "d@v2", "d@v3", "d@v4"]


def write_families(path: Path, day: int) -> None:
    """Write 12 records of *day*: variations of texts that every day has, some of them too far from any other's."""
    rows = []
    for family in range(12):
        words = [f"w{random.Random(f'{family} {place}').randrange(9999)}" for place in range(80)]
        for change in range(1 if family < 8 else day * 3):
            words[(change * 17 + day) % 80] = f"x{day}{change}"
        rows.append({"id": f"{day}-{family}", "text": " ".join(words), "date": f"2024-01-0{day}T00:00:00Z"})
    write_jsonl(path, rows)


def kept_ids(corpushub: Any, home: Path, out: Path) -> set[str]:
    """Return the source's own ids of the documents in the newest version."""
    corpushub("export", "d", "--as", "jsonl", "--out", out, "--hub", home)
    return {json.loads(line)["source_id"] for path in out.glob("*.jsonl") for line in path.open()}


def test_clean_removes_what_a_dead_run_left(tmp_path: Path, corpushub: Any) -> None:
    """Leftovers are listed first and removed on request; committed files stay."""
    write_records(tmp_path / "data" / "a.jsonl", 10)
    home = tmp_path / "hub"
    corpushub("run", write_recipe(tmp_path), "--hub", home, "--yes", "--keep-work")
    listed = corpushub("clean", "--hub", home)
    removed = corpushub("clean", "--hub", home, "--yes")

    assert listed["leftovers"]
    assert not listed["removed"]
    assert removed["removed"]
    assert not (home / "work" / "d").exists()
    assert corpushub("verify", "d", "--hub", home)["ok"]


def test_tampering_is_found(hub: Path, tmp_path: Path, corpushub: Any) -> None:
    """A changed byte in a data file makes verify answer no and name the file."""
    home = tmp_path / "hub"
    shutil.copytree(hub, home)
    victim = next((home / "warehouse" / "quickstart" / "documents" / "data").glob("*.parquet"))
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    report = corpushub("verify", "quickstart", "--hub", home, code=1)

    assert [victim.name in item["path"] for item in report["mismatches"]] == [True]
