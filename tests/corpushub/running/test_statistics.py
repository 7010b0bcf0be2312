"""Statistics follow from a version's files, however it was made: grown, revised, erased from, merged, or of old."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from corpushub.errors import BadRequest
from corpushub.face.hub import Hub
from corpushub.requests import withdraw
from corpushub.requests.erase import execute
from corpushub.requests.subjects import Request
from corpushub.running.run import RunResult, run
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl
from corpushub.testing.watching import SilentWatcher
from lineage.control.version_files import version_files
from lineage.control.versions import get_version
from lineage.hub.database import delete
from lineage.hub.home import Home
from lineage.proof.verify import verify_version
from lineage.references import VersionRef, parse_version
from lineage.statistics.model import Statistics
from lineage.statistics.whole import state_whole
from pipelines.execution.executor import Execution

STEPS = '[[step]]\nuse = "language"\n[[step]]\nuse = "gopher_quality"\nmin_words = 20'
RECIPE = recipe(STEPS, "[dedup]", '[pii]\ndefault = "placeholder"', license="per-record")
WORDS = {
    "en": "the quick brown fox and the lazy dog that have been with us of be to in the morning",
    "de": "der schnelle Fuchs und der faule Hund sind heute Morgen mit uns auf dem Weg in die Stadt gewesen",
}
EMAIL, SUBJECT = "zq.kept@people.example.org", "zq-subject.net"


def record(number: int, host: str = "") -> dict[str, str]:
    """Return a record, of *host* if given; every fifth is too short, every seventh a copy of the one before."""
    language = "de" if number % 3 == 0 else "en"
    same = number - (number % 7 == 6)
    own = " ".join(f"{word}{same}" for word in WORDS[language].split())
    words = f"{WORDS[language]} " * (1 if number % 5 == 4 else 3)
    mail = EMAIL if same % 4 == 1 else ""
    return {
        "id": f"r{number}",
        "url": f"https://{host or f'www.host-{number % 4}.co.uk'}/{number}",
        "license": ("MIT", "CC-BY-4.0")[number % 2],
        "date": f"20{10 + number % 9}-0{1 + number % 9}-01",
        "text": f"{words} {mail}" if number % 5 == 4 else f"{words} {own} {own[::-1]} {mail}",
    }


def write_file(folder: Path, name: str, numbers: Iterable[int], subject: Sequence[int] = ()) -> None:
    """Write a file of the source; some records are of the *subject*."""
    rows = [record(number, SUBJECT if number in subject else "") for number in numbers]
    write_jsonl(folder / "data" / f"{name}.jsonl", rows)


def ingest(folder: Path, *, full: bool = False, workers: int = 1) -> RunResult:
    """Run the recipe."""
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    execution = Execution(workers=workers, full=full)
    return run(Hub(Home(folder / "hub")), folder / "recipe.toml", execution, SilentWatcher())


def told(folder: Path, ref: str = "d") -> Statistics:
    """Return the statistics of a version."""
    return Hub(Home(folder / "hub")).version(ref).statistics()


def counted(folder: Path, ref: str = "d") -> Statistics:
    """Count a version from its files alone."""
    hub = Hub(Home(folder / "hub"))
    version = get_version(hub.db, parse_version(ref))
    kinds: Any = ("documents", "ledger", "profiles")
    return state_whole(
        *([hub.home.resolve(one.path) for one in version_files(hub.db, version, kind)] for kind in kinds)
    )


def names(folder: Path, ref: str) -> set[str]:
    """Return the names of the statistics files of a version."""
    hub = Hub(Home(folder / "hub"))
    files = version_files(hub.db, get_version(hub.db, parse_version(ref)), "statistics")
    return {Path(file.path).name for file in files}


def require_sound(folder: Path, ref: str) -> None:
    """Fail unless a version verifies."""
    hub = Hub(Home(folder / "hub"))
    assert verify_version(hub, parse_version(ref)).ok


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub with a version that grew once."""
    folder = tmp_path_factory.mktemp("grown")
    for name, numbers in (("a", range(40)), ("b", range(40, 70))):
        write_file(folder, name, numbers)
        ingest(folder)
    return folder


def test_statistics_are_those_of_the_ledger(grown: Path) -> None:
    """Of a first version and of one that goes on from it: totals, reasons, languages, sources, licences, bytes."""
    hub = Hub(Home(grown / "hub"))
    for ref in ("d@v1", "d@v2"):
        found, shown = told(grown, ref), hub.show(ref)
        ends = {row["outcome"]: row["n"] for row in _ask(hub, ref, "outcome")}
        reasons = {row["reason"]: row["n"] for row in _ask(hub, ref, "reason") if row["reason"]}
        lost, edits = Counter[str](), Counter[str]()
        for one in found.lost:
            lost[one.reason] += one.documents
        for edit in found.edits:
            edits[edit.reason] += edit.documents

        assert (found.totals.kept, found.totals.dropped) == (ends["kept"], ends["dropped"])
        assert lost + edits == Counter(reasons)
        assert {one.name: one.documents for one in found.languages} == shown.languages
        assert {one.name: one.documents for one in found.licenses} == shown.licenses
        assert (found.totals.kept, found.totals.bytes) == (shown.documents, shown.bytes)
        assert [(one.name, one.documents, one.bytes) for one in sorted(found.sources, key=lambda one: one.name)] == [
            (
                one.source,
                sum(share.documents for share in (*one.domains.listed, one.domains.rest)),
                sum(month.bytes for month in one.months),
            )
            for one in found.by_source
        ]
        assert {one.language for one in found.lost} == {"en", "de"}
        assert found == counted(grown, ref)
        require_sound(grown, ref)


def _ask(hub: Hub, ref: str, name: str) -> Sequence[Mapping[str, Any]]:
    return hub.sql(ref, f"SELECT {name}, count(*) AS n FROM ledger GROUP BY ALL").rows


def test_two_homes_and_workers_make_the_same_files(grown: Path, tmp_path: Path) -> None:
    """Nothing of a home, a run or its workers is in them."""
    write_file(tmp_path, "a", range(40))
    ingest(tmp_path, workers=2)

    assert names(tmp_path, "d@v1") == names(grown, "d@v1")


def test_a_version_of_an_earlier_release_is_counted_when_it_is_asked(grown: Path, tmp_path: Path) -> None:
    """It has no statistics files; what goes on from it counts its files, too."""
    write_file(tmp_path, "a", range(40))
    ingest(tmp_path)
    known = told(tmp_path)
    hub = Hub(Home(tmp_path / "hub"))
    with hub.db.begin() as connection:
        delete(connection, "file_spans", dataset="d", table="statistics")

    assert told(tmp_path, "d@v1") == known


def test_losses_are_told_by_what_they_can_be_told_by(grown: Path) -> None:
    """By language, source or reason; they add up to what was read."""
    version = Hub(Home(grown / "hub")).version("d")
    for by in ("language", "source"):
        found = version.losses(by)
        assert sum(one.read for one in found.losses) == found.totals.read == 70
    with pytest.raises(BadRequest, match="language, source, reason"):
        version.losses("colour")


def test_losses_of_real_documents_name_a_language(tmp_path: Path) -> None:
    """14,576 documents in 74 languages: a filter that was made for English takes more of others."""
    beside = [folder / "shared" / "data" / "cut100" for folder in Path(__file__).parents]
    shards = next((folder for folder in beside if folder.is_dir()), None)
    if shards is None:
        pytest.skip("the real data beside the checkout are absent")
    text = recipe(STEPS, dataset="cut", paths=[f"{shards}/*.jsonl.gz"], license="per-record")
    (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
    hub = Hub(Home(tmp_path / "hub"))
    run(hub, tmp_path / "recipe.toml", Execution(workers=1), SilentWatcher())

    found = hub.losses("cut")

    assert sum(one.kept + one.dropped + one.failed for one in found.losses) == found.totals.read == 14_576
    first = found.taken[0]
    assert (first.step, first.rate > 2 * first.mean) == ("gopher_quality", True)
    assert (first.name, first.dropped, first.read) == ("fi", 215, 219)


def test_a_withdrawal_makes_statistics_of_what_is_left(tmp_path: Path) -> None:
    """Counted from the files that it changed."""
    write_file(tmp_path, "a", range(40))
    ingest(tmp_path)
    request = withdraw.WithdrawalRequest(VersionRef("d"), ("license:MIT",), None, "a test")
    hub = Hub(Home(tmp_path / "hub"))
    withdraw.execute(hub, request, withdraw.WithdrawalOptions(), SilentWatcher().say)

    found = told(tmp_path, "d@v2")
    assert [one.name for one in found.licenses] == ["CC-BY-4.0"]
    assert found == counted(tmp_path, "d@v2")
    require_sound(tmp_path, "d@v2")


def test_merging_the_ledger_changes_no_statistics(tmp_path: Path) -> None:
    """The rows are the same, and so are the files."""
    for name, numbers in (("a", range(20)), ("b", range(20, 30)), ("c", range(30, 40))):
        write_file(tmp_path, name, numbers)
        ingest(tmp_path)
    Hub(Home(tmp_path / "hub")).compact("d")

    assert names(tmp_path, "d@v4") == names(tmp_path, "d@v3")
    assert told(tmp_path, "d@v4") == counted(tmp_path, "d@v4")


def test_an_erasure_leaves_the_statistics_of_a_run_without_the_subject(tmp_path: Path) -> None:
    """Of every version: but for the tombstones, which count as dropped for "erased" and tell nothing but the source."""
    subject = (2, 15, 45)
    for place in ("with", "without"):
        for name, numbers in (("a", range(40)), ("b", range(40, 60))):
            left = [number for number in numbers if place == "with" or number not in subject]
            write_file(tmp_path / place, name, left, subject)
            ingest(tmp_path / place)
    folder, other = tmp_path / "with", tmp_path / "without"
    old = names(folder, "d@v1") | names(folder, "d@v2")
    assert SUBJECT in {one.name for one in told(folder, "d@v1").domains.listed}
    execute(Hub(Home(folder / "hub")), [Request.parse(f"host:{SUBJECT}", "a test")], None, dry_run=False)

    for ref, stones in (("d@v1", 2), ("d@v2", 3)):
        found, wanted = told(folder, ref), told(other, ref)
        assert found == counted(folder, ref)
        erased = [one for one in found.lost if one.reason == "erased"]
        assert [(one.step, one.language, one.documents) for one in erased] == [("erase", "unknown", stones)]
        assert _without_stones(found, stones) == _without_stones(wanted, 0)
        require_sound(folder, ref)
    there = {path.name for path in (folder / "hub" / "warehouse" / "d" / "statistics" / "data").iterdir()}
    assert there == names(folder, "d@v1") | names(folder, "d@v2")
    assert not there & old
    ingest(folder, full=True)
    assert told(folder, "d@v3") == told(folder, "d@v2")


def _without_stones(found: Statistics, stones: int) -> dict[str, Any]:
    """Return *found* without what tombstones count for."""
    plain = asdict(found)
    plain["totals"]["read"] -= stones
    plain["totals"]["dropped"] -= stones
    plain["lost"] = [one for one in plain["lost"] if one["reason"] != "erased"]
    hosts = {one["name"]: one["documents"] for one in plain.pop("dropped_domains")["listed"]}
    hosts["(none)"] = hosts.get("(none)", 0) - stones
    evidence = {one["kind"]: (one["kept"], one["dropped"]) for one in plain.pop("evidence")}
    kept, dropped = evidence.get("unknown", (0, 0))
    evidence["unknown"] = (kept, dropped - stones)
    empty = {"(none)": 0, "unknown": (0, 0)}
    return {**plain, "domains of dropped": {**empty, **hosts}, "evidence": {**empty, **evidence}}
