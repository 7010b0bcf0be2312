"""The whole story of a revision: what goes, what later runs refuse, and what every command says afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpushub.errors import BadRequest
from corpushub.requests.withdraw import WithdrawalOptions, WithdrawalReport, WithdrawalRequest, execute, lift
from corpushub.running.run import RunResult, run
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl
from corpushub.testing.watching import SilentWatcher
from corpushub.text import withdrawals
from lineage.control.versions import VersionCount
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.proof.verify import verify_version
from lineage.questions.reading import read_version
from lineage.references import VersionRef
from pipelines.execution.executor import Execution
from policies.rules.policy_file import shipped

RECIPE = recipe("[dedup]", license="per-record")
BY, NC = "CC-BY-4.0", "CC-BY-NC-4.0"
FILES = {
    "a": [("bad", "one", BY), ("good", "two", NC), ("good", "three", BY), ("good", "four", BY)],
    "b": [("good", "one", BY), ("bad", "five", BY), ("good", "six", NC), ("good", "seven", BY)],
}


def write_file(folder: Path, name: str) -> None:
    """Write a file of the source: equal words make equal texts."""
    rows = [
        {"id": f"{name}-{word}", "url": f"https://{host}.example/{word}", "license": license, "text": text_of(word)}
        for host, word, license in FILES[name]
    ]
    write_jsonl(folder / "data" / f"{name}.jsonl", rows)


def text_of(word: str) -> str:
    """Return a text unlike that of every other word."""
    return " ".join(f"{word}{at}" for at in range(40))


def ingest(folder: Path, *, full: bool = False) -> RunResult:
    """Run the recipe in this process."""
    return run(Hub(Home(folder / "hub")), folder / "recipe.toml", Execution(workers=1, full=full), SilentWatcher())


def asked(*rules: str, policy: Path | None = None) -> WithdrawalRequest:
    """Return a request to revise the dataset."""
    return WithdrawalRequest(VersionRef("d"), rules, policy, "a test")


def revise(folder: Path, *rules: str, policy: Path | None = None, **wanted: Any) -> WithdrawalReport:
    """Revise the dataset."""
    return execute(
        Hub(Home(folder / "hub")), asked(*rules, policy=policy), WithdrawalOptions(**wanted), SilentWatcher().say
    )


def kept(folder: Path, number: int) -> set[str]:
    """Return the own ids of a version's documents."""
    table = (
        read_version(Hub.locate(folder / "hub"), VersionRef("d", number))
        .dataset("documents")
        .to_table(columns=["source_id"])
    )
    return set(table["source_id"].to_pylist())


def fates(folder: Path, number: int) -> dict[str, tuple[str, str, str]]:
    """Return step, reason and detail of what a version dropped, by the records' own ids."""
    rows = read_version(Hub.locate(folder / "hub"), VersionRef("d", number)).dataset("ledger").to_table().to_pylist()
    return {
        row["source_id"]: (row["step"], row["reason"], row["detail"]) for row in rows if row["outcome"] == "dropped"
    }


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Version 1 of a file, 2 and 3 revised, 4 of two files, 5 of all anew, 6 revised by a policy, 7 after a lift."""
    folder = tmp_path_factory.mktemp("revised")
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    write_file(folder, "a")
    ingest(folder)
    told: dict[str, Any] = {
        "dry": revise(folder, "host:bad.example", dry_run=True),
        "host": revise(folder, "host:bad.example"),
    }
    told["license"] = revise(folder, f"license:{NC}")
    told["same"] = ingest(folder)
    write_file(folder, "b")
    told["grown"] = ingest(folder)
    told["full"] = ingest(folder, full=True)
    told["policy"] = revise(folder, policy=shipped("public-domain"))
    told["kept"] = {number: kept(folder, number) for number in range(1, 7)}
    told["fates"] = {number: fates(folder, number) for number in range(1, 7)}
    told["old"] = revise(folder, "host:bad.example", old_versions=True)
    told["lifted"] = lift(Hub(Home(folder / "hub")), "d", told["license"].revisal.run, "they agreed")
    told["again"] = ingest(folder, full=True)
    return {"folder": folder, **told}


def test_each_version_has_what_it_should(story: dict[str, Any]) -> None:
    """A revision takes out what its rule finds; later runs, whether they go on or begin anew, refuse such documents."""
    left, good = story["kept"], {"a-three", "a-four", "b-one", "b-seven"}

    assert left[1] == {"a-one", "a-two", "a-three", "a-four"}
    assert left[2] == {"a-two", "a-three", "a-four"}
    assert left[3] == {"a-three", "a-four"}
    assert story["same"].unchanged == "d@v3"
    assert (story["grown"].reused.version, left[4]) == ("d@v3", good)
    assert left[5] == good
    assert left[6] == set()
    assert all(verify_version(Hub(Home(story["folder"] / "hub")), VersionRef("d", number)).ok for number in range(1, 7))


def test_ledger_names_the_rule(story: dict[str, Any]) -> None:
    """Whether taken out, or refused when read again, a document has step, reason and rule."""
    host, license = ("revise", "revised", "host:bad.example"), ("revise", "revised", f"license:{NC}")
    both = {"a-one": host, "a-two": license, "b-five": host, "b-six": license}

    assert story["fates"][2] == {"a-one": host}
    assert story["fates"][4] == story["fates"][5] == both
    assert story["full"].counts == {"read": 8, "kept": 4, "changed": 0, "dropped": 4, "failed": 0}
    assert story["fates"][6]["a-three"] == ("revise", "license_denied", "not-listed")


def test_answers_agree(story: dict[str, Any]) -> None:
    """A dry run announces what is then done; versions that hold such documents are listed."""
    dry, host, license = story["dry"], story["host"], story["license"]

    for name in ("matched", "versions", "reasons", "examples"):
        assert getattr(dry, name) == getattr(host, name)
    assert (dry.version, dry.revisal, host.version, host.unattested) == (None, None, "d@v2", None)
    assert license.versions == (VersionCount("d@v1", 1), VersionCount("d@v2", 1))
    assert license.revisal.rules == (f"license:{NC}",)
    assert story["policy"].revisal.policy == story["policy"].policy
    assert "would go" in withdrawals.withdrawn(dry)
    assert "d@v2 is without them" in withdrawals.withdrawn(host)


def test_old_versions_are_rewritten_on_request(story: dict[str, Any]) -> None:
    """With old versions nothing is left of the documents in any of them, though the newest holds none."""
    folder = story["folder"]
    answer = story["old"]

    assert (answer.version, answer.erased.verified, answer.erased.matched) == (None, True, 1)
    assert kept(folder, 1) == {"a-two", "a-three", "a-four"}
    assert all(verify_version(Hub(Home(folder / "hub")), VersionRef("d", number)).ok for number in range(1, 7))
    assert answer.erased.receipt in withdrawals.withdrawn(answer)


def test_lifted_rules_refuse_no_more(story: dict[str, Any]) -> None:
    """What only the lifted rule refused is taken in again; a-two, of old versions, the policy has refused by its id."""
    assert story["lifted"].revisal.lifted.why == "they agreed"
    assert kept(story["folder"], 7) == {"b-six"}
    assert "license:CC-BY-NC-4.0" in withdrawals.lifted(story["lifted"])


def test_what_cannot_be_done_is_refused(story: dict[str, Any]) -> None:
    """No rule, no reason, an old version: each is an error before anything is touched."""
    home = Home(story["folder"] / "hub")
    for one in (
        WithdrawalRequest(VersionRef("d"), (), None, "a test"),
        WithdrawalRequest(VersionRef("d"), ("host:x.example",), None, " "),
        WithdrawalRequest(VersionRef("d", 1), ("host:x.example",), None, "a test"),
    ):
        with pytest.raises(BadRequest, match="nothing was changed"):
            execute(Hub(home), one, WithdrawalOptions(), SilentWatcher().say)


def test_command_answers_with_its_exit_code(story: dict[str, Any], corpushub: Callable[..., Any]) -> None:
    """The command line prints the answer; a rule that finds nothing exits 1."""
    hub = ("--hub", story["folder"] / "hub", "--dry-run")
    found = corpushub("revise", "d", "--rule", f"license:{NC}", "--examples", "1", *hub)
    none = corpushub("revise", "d", "--rule", "host:x.example", *hub, code=1)

    assert (found["schema"], found["matched"], found["dry_run"]) == ("corpushub.revise/1", 1, True)
    assert (none["matched"], none["versions"]) == (0, [])
