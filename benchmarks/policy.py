"""How fast a policy decides, and how fast a version is audited under it.

``decide``: a million documents of 50,000 distinct rights profiles, judged by a shipped policy in this process; the
profiles are read from their canonical JSON beforehand, as an audit does. ``audit``: a version of 200,000 documents,
made by lineage's own writers and publish, judged by `corpushub audit --json`, process start and imports included.
Documents, licences, signals and texts are made up from a seed. Each figure is the best and the median of the repeats:
by the clock, and in processor seconds of all threads, in which other work on the machine takes no part.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from functools import partial

import numpy as np
import pyarrow as pa
from measure import WORK, timed

from lineage.commit.publish import publish
from lineage.commit.release import Release
from lineage.control.runs import Run, start_run
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.storage.files import DataFile
from lineage.storage.parquet import write_documents, write_ledger, write_profiles
from policies.rights.profiles import Profile, Signal, read_profile
from policies.rules.policy_file import load_policy, shipped

Timing = tuple[float, float]
"""Seconds by the clock, and processor seconds of this process and its children."""

LICENCES = (None, "MIT", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-ND-4.0", "CC0-1.0", "MIT OR GPL-2.0-only")
AGENTS = tuple(f"robots:Agent{number}" for number in range(40))
FILE_ROWS = 25_000
WORDS = 300


def make_profiles(count: int, seed: int) -> list[Profile]:
    """Make *count* distinct profiles: a licence, and one to a dozen signals."""
    random = np.random.default_rng(seed)
    made: dict[str, Profile] = {}
    while len(made) < count:
        agents = random.choice(len(AGENTS), random.integers(1, 12), replace=False)
        meanings = random.choice(["allow", "allow", "allow", "deny", "unknown"], len(agents))
        signals = (Signal(AGENTS[agent], str(word), "site") for agent, word in zip(agents, meanings, strict=True))
        license = LICENCES[random.integers(len(LICENCES))]
        profile = Profile(license, (license,) if license else (), tuple(sorted(signals)))
        made[profile.id] = profile
    return list(made.values())


def decide(name: str, documents: int, distinct: int, repeats: int) -> list[Timing]:
    """Judge *documents* of *distinct* profiles by the shipped policy *name*; return the seconds of each repeat."""
    contents = {one.id: one.content for one in make_profiles(distinct, 1)}
    drawn = np.random.default_rng(2).integers(0, distinct, documents)
    ids = pa.array([*contents], pa.string()).take(pa.array(drawn))
    seconds = []
    for _ in range(repeats):
        policy = load_policy(shipped(name))  # anew: it remembers what it decided
        profiles = {key: read_profile(content) for key, content in contents.items()}
        seconds.append(timed(partial(policy.decide_all, {"profile": ids}, profiles)))
    return seconds


def make_version(hub: Hub, documents: int, distinct: int) -> None:
    """Publish a version of *documents* with *distinct* profiles as dataset ``bench``."""
    profiles = make_profiles(distinct, 3)
    random = np.random.default_rng(4)
    vocabulary = np.array([f"w{number:x}" for number in range(5000)])
    parts = [range(start, min(start + FILE_ROWS, documents)) for start in range(0, documents, FILE_ROWS)]
    made = [_write(hub.home, part, profiles, vocabulary[random.integers(0, 5000, WORDS)].tolist()) for part in parts]
    folder = hub.home.data_folder("bench", "profiles")
    files = [write_profiles({one.id: one.content for one in profiles}, folder)]
    run = Run("b" * 12, "bench", "[dataset]", "c" * 64, "d" * 64, "0")
    start_run(hub.db, run)
    release = Release(run, [one for one, _ in made], [other for _, other in made], profiles=files)
    publish(hub, release)


def _write(home: Home, numbers: range, profiles: Sequence[Profile], words: Sequence[str]) -> tuple[DataFile, DataFile]:
    """Write the documents *numbers* as one file, and their ledger rows as another."""
    ids = [hashlib.sha256(str(number).encode()).hexdigest()[:32] for number in numbers]
    own = [profiles[number * 7919 % len(profiles)] for number in numbers]
    text = " ".join(words)
    common = {
        "doc_id": ids,
        "source": [f"source{number % 5}" for number in numbers],
        "uri": [f"https://host{number % 20011}.example/page/{number}" for number in numbers],
        "license": pa.array([one.license for one in own], pa.string()),
        "profile": [one.id for one in own],
    }
    language = ["en" if number % 3 else "de" for number in numbers]
    documents = pa.table({**common, "language": language, "text": [f"{number} {text}" for number in numbers]})
    kept = {"seq": [3] * len(ids), "step": ["release"] * len(ids), "outcome": ["kept"] * len(ids)}
    ledger = pa.table({**common, **kept})
    changed = {"seq": [2] * len(ids), "step": ["pii"] * len(ids), "outcome": ["changed"] * len(ids)}
    edited = pa.table({**common, **changed}).slice(0, len(ids) // 10)
    return (
        write_documents(documents, home.data_folder("bench", "documents")),
        write_ledger(pa.concat_tables([ledger, edited]), home.data_folder("bench", "ledger")),
    )


def audit(home: Home, name: str, repeats: int, *more: str) -> list[Timing]:
    """Audit the version through the command line; return the seconds of each repeat."""
    command = [sys.executable, "-m", "corpushub.cli", "audit", "bench", "--hub", str(home.path), "--json", *more]

    def once() -> None:
        done = subprocess.run([*command, "--policy", str(shipped(name))], capture_output=True, check=False)
        assert done.returncode == 1, done.stderr.decode()

    return [timed(once) for _ in range(repeats)]


def _say(what: str, timings: Sequence[Timing]) -> None:
    for kind, seconds in zip(("clock", "processor"), zip(*timings, strict=True), strict=True):
        print(f"{what}: {kind} {min(seconds):.2f} s best, {statistics.median(seconds):.2f} s median of {len(seconds)}")


def main() -> None:
    """Measure both and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--policy", default="strict-commercial", help="a shipped policy")
    parser.add_argument("--documents", type=int, default=200_000, help="documents of the version that is audited")
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    _say("decide 1,000,000 documents of 50,000 profiles", decide(chosen.policy, 1_000_000, 50_000, chosen.repeats))
    folder = WORK / "policy"
    shutil.rmtree(folder, ignore_errors=True)
    home = Home(folder, catalog="", warehouse_root="").create()
    make_version(Hub(home), chosen.documents, 5_000)
    _say(f"audit {chosen.documents:,} documents of 5,000 profiles", audit(home, chosen.policy, chosen.repeats))
    page = str(folder / "audit.html")
    _say("the same with a page, which adds up all texts", audit(home, chosen.policy, chosen.repeats, "--html", page))
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
