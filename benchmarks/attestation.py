"""How fast evidence is made and verified: signatures, Merkle trees and proofs, and the audit log with its database.

    python benchmarks/attestation.py [--leaves 100000] [--appends 200] [--scratch FOLDER]

One core, the best of three rounds; a plain SHA-256 of a node stands beside them. Appends are whole ones, durable when
they return: a transaction, four files and a signature.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from measure import report, say

from lineage.audit_log import log, merkle
from lineage.audit_log.leaves import Event
from lineage.audit_log.signing import FileSigner, PublicKey, open_signer, seal, trusted_keys, unseal
from lineage.audit_log.tiles import Tiles
from lineage.control.runs import Run, RunInput
from lineage.control.versions import Version
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.proof.guard import require_sound
from lineage.proof.statements import Environment, Making, statement

ROUNDS = 3
INPUTS = (10, 10_000)


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leaves", type=int, default=100_000)
    parser.add_argument("--appends", type=int, default=200)
    parser.add_argument("--scratch", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.scratch) as folder:
        home = Home(Path(folder) / "home").create()
        signer = open_signer(home)
        tables = {
            "Signatures": [row for inputs in INPUTS for row in signatures(signer, inputs)],
            "Merkle tree": trees(Path(folder) / "log", given.leaves),
            "Audit log": appends(Hub(home), given.appends),
        }
    report("attestation", tables, ["cryptography", "sqlalchemy"])


def signatures(signer: FileSigner, inputs: int) -> list[dict[str, Any]]:
    """Measure statements about a version of *inputs* files: made and signed, and verified."""
    say(f"statements of {inputs} inputs")
    version, making = example(inputs)
    payload = statement(version, making)
    envelope, keys = seal(payload, signer), [signer.public]
    count = max(4, 2000 // inputs)
    work: dict[str, Callable[[], object]] = {
        "statement made": lambda: statement(version, making),
        "signed": lambda: seal(payload, signer),
        "verified": lambda: opened(envelope, keys),
    }
    return [{"what": name, "inputs": inputs, "bytes": len(payload), **speed(do, count)} for name, do in work.items()]


def opened(envelope: dict[str, Any], keys: Sequence[PublicKey]) -> None:
    """Verify *envelope*; a benchmark of failing verifications would be none."""
    if unseal(envelope, keys) is None:
        raise SystemExit("a signature was not verified")


def example(inputs: int) -> tuple[Version, Making]:
    """Return a version made of *inputs* files."""
    run = Run("0123456789ab", "web", "recipe", "a" * 64, "b" * 64, "c" * 16)
    files = [RunInput("crawl", f"crawl/{n:06}.warc.gz", "", n, f"{n:064x}") for n in range(inputs)]
    facts: dict[str, Any] = {"licenses": {}, "languages": {}, "sources": {}, "recipe_digest": "a" * 64}
    version = Version("web", 1, run.id, None, "d" * 64, "2026-01-01T00:00:00Z", 1, 1, **facts,
                      ledger_snapshot=1, documents_snapshot=1)  # fmt: skip
    return version, Making(run, files, None, Environment())


def trees(folder: Path, leaves: int) -> list[dict[str, Any]]:
    """Measure a log of *leaves* leaves: written, its root, proofs made and verified."""
    say(f"a tree of {leaves} leaves")
    entries = [hashlib.sha256(str(number).encode()).digest() for number in range(leaves)]
    started = time.perf_counter()
    tiles = Tiles(str(folder), 0).extend(entries)
    written = leaves / (time.perf_counter() - started)
    root, places = tiles.root(), range(0, leaves, max(1, leaves // 50))
    proofs = [(place, merkle.inclusion_proof(place, leaves, tiles.subtree)) for place in places]
    half = Tiles(str(folder.with_name("half")), 0).extend(entries[: leaves // 2]).root()
    growth = merkle.consistency_proof(leaves // 2, leaves, tiles.subtree)
    work: dict[str, tuple[Callable[[], object], int]] = {
        "SHA-256 of a node": (lambda: [hashlib.sha256(entry).digest() for entry in entries], leaves),
        "all leaves hashed again": (lambda: fits(tiles, entries), leaves),
        "inclusion proved from files": (lambda: [merkle.inclusion_proof(n, leaves, tiles.subtree) for n in places], 50),
        "inclusion verified": (lambda: included(entries, proofs, root), len(proofs)),
        "consistency verified": (lambda: need(merkle.verify_consistency(leaves // 2, leaves, growth, half, root)), 1),
    }
    rows = [{"what": "written in one append", "leaves": leaves, "per second": written}]
    return rows + [{"what": name, "leaves": leaves, **speed(do, 1, size)} for name, (do, size) in work.items()]


def fits(tiles: Tiles, entries: Sequence[bytes]) -> None:
    """Compare every entry with its leaf and every tile with the one above it, as verify does."""
    held = [leaf for number in range(-(-tiles.size // 256)) for leaf in tiles.hashes(0, number)]
    need(held == [merkle.leaf_hash(entry) for entry in entries] and not [*tiles.misfits()])


def included(entries: Sequence[bytes], proofs: Sequence[tuple[int, list[bytes]]], root: bytes) -> None:
    """Verify inclusion proofs."""
    size = len(entries)
    need(all(merkle.verify_inclusion(merkle.leaf_hash(entries[n]), n, size, proof, root) for n, proof in proofs))


def appends(hub: Hub, count: int) -> list[dict[str, Any]]:
    """Measure whole appends to the log of *home*, and a check of all of it."""
    say(f"{count} appends")
    started = time.perf_counter()
    for number in range(count):
        log.append(hub, Event("erasure", f"receipt-{number}", f"{number:064x}"))
    seconds = time.perf_counter() - started
    keys = list(trusted_keys(hub.home).values())
    checked = speed(lambda: need(log.checked_log(hub, keys)[1] is None), 5)
    nothing = speed(lambda: require_sound(hub), 5)
    return [
        {"what": "append", "per second": count / seconds, "ms each": 1000 * seconds / count},
        {"what": "checkpoint and root checked", **checked},
        {"what": "records and leaves looked at, as before each run", **nothing},
    ]


def speed(work: Callable[[], object], count: int, size: int = 1) -> dict[str, float]:
    """Return how often a second *work*, which does *size* things at once, does one: the best of ROUNDS of *count*."""
    best = min(timed(work, count) for _ in range(ROUNDS))
    return {"per second": count * size / best, "ms each": 1000 * best / (count * size)}


def timed(work: Callable[[], object], count: int) -> float:
    """Return the seconds that *work* takes *count* times."""
    started = time.perf_counter()
    for _ in range(count):
        work()
    return time.perf_counter() - started


def need(fact: bool) -> None:
    """End the benchmark unless *fact* holds."""
    if not fact:
        raise SystemExit("a proof was not verified")


if __name__ == "__main__":
    main()
