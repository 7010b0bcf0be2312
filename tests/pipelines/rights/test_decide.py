"""Rights are known before anything is cleaned, decided once for each profile, and recorded for every document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.annotate.stage import AnnotateTask
from pipelines.annotate.treatment import Treatment
from pipelines.handover.events import Order
from pipelines.handover.sorted_tables import read_sorted
from pipelines.handover.workfiles import read_json, reading
from pipelines.ingest import Job, ingest
from pipelines.outcome import Outcome
from pipelines.rights.decide import CLAIMED, add_profiles, evidence_of, withhold
from pipelines.steps.language import Language
from policies.rights.evidence import Evidence, Scope, Where
from policies.rights.profiles import read_profile
from policies.rules.engine import Policy
from policies.rules.policy_file import load_policy, parse_policy, shipped

HEAD = 'name = "p"\nversion = "1"\npurpose = "train"\n'
ALLOW = '[[rule]]\nid = "rest"\nverdict = "allow"\nreason = "R."\n'
TEXT = "The quick brown fox went over the hill and came back to the house with a friend of the family. " * 4


@dataclass(frozen=True, slots=True)
class Reserving:
    """Finds a signal in captures whose text has the word reserved, and a malformed one where it has malformed."""

    name: str = "tdm"

    def settings(self) -> str:
        """Return the signal's name."""
        return self.name

    def __call__(self, captures: pa.RecordBatch) -> dict[int, list[Evidence]]:
        """Return a signal for some captures, an empty list for the others."""
        words = {"reserved": "deny", "malformed": "unknown"}
        return {
            row: [
                Evidence("test", Where.HEADER, Scope.PAGE, text, self.name, meaning)
                for word, meaning in words.items()
                if word in text
            ]
            for row, text in enumerate(captures["body"].to_pylist())
        }


def captures(claims: list[tuple[str | None, bool]], texts: list[str] | None = None) -> pa.RecordBatch:
    """Return captures with normalised licences and whether anything was claimed."""
    return pa.RecordBatch.from_pydict(
        {
            "license": pa.array([license for license, _ in claims], pa.string()),
            CLAIMED: pa.array([said for _, said in claims], pa.bool_()),
            "body": pa.array(texts or ["" for _ in claims], pa.string()),
            "title": pa.array(["T" for _ in claims], pa.string()),
            "author": pa.nulls(len(claims), pa.string()),
            "uri": pa.array([f"https://h{at % 2}.example/" for at in range(len(claims))], pa.string()),
            "captured_at": pa.array([0] * len(claims), pa.timestamp("us", tz="UTC")),
        }
    )


CLAIMS = st.sampled_from([("MIT", True), ("CC-BY-4.0", True), (None, True), (None, False)])


@settings(deadline=None)
@given(st.lists(CLAIMS, max_size=20), st.sampled_from([Where.RECORD, Where.SOURCE]))
def test_profiles_by_claim_are_those_by_document(claims: list[tuple[str | None, bool]], where: Where) -> None:
    """Working once for each distinct claim gives every document the profile that its own evidence makes."""
    batch = captures(claims)
    quick, profiles = add_profiles(batch, where, ())
    slow, same = add_profiles(batch, where, (Reserving(),))

    assert quick.equals(slow)
    assert profiles == same
    assert set(quick["profile"].to_pylist()) == set(profiles)


def test_evidence_joins_claims_and_findings() -> None:
    """What a source declares and what finders find speak together about a capture."""
    batch = captures([("MIT", True), (None, False)], ["reserved", ""])
    found = evidence_of(batch, (Reserving("tdm"), Reserving("noai")))
    profiled, profiles = add_profiles(batch, Where.SOURCE, (Reserving(),))
    first, second = (profiles[one] for one in profiled["profile"].to_pylist())

    assert [one.name for one in found[0]] == ["tdm", "noai"]
    assert found[1] == []
    assert (first.license, [(one.name, one.meaning) for one in first.signals]) == ("MIT", [("tdm", "deny")])
    assert (second.license, second.signals) == (None, ())


def test_only_what_is_certain_is_dropped_before_the_language_is_known() -> None:
    """A rule about languages waits; one that denies in any language does not."""
    policy = parse_policy(
        HEAD + ALLOW + '[[rule]]\nid = "de"\nverdict = "deny"\nreason = "R."\nwhen.languages = ["de"]\n'
        '[[rule]]\nid = "nc"\nverdict = "deny"\nreason = "R."\nwhen.bans = ["commercial"]\n'
    )
    batch, profiles = add_profiles(captures([("MIT", True), ("CC-BY-NC-4.0", True), ("MIT", True)]), Where.RECORD, ())
    first = withhold(batch, policy, profiles, final=False)
    known = first.kept.append_column("language", pa.array(["de", "en"]))
    last = withhold(known, policy, profiles)

    assert (details_of(first), first.reasons.to_pylist()) == (["nc"], ["license_denied"])
    assert details_of(last) == ["de"]
    assert last.kept.num_rows == 1


def records(*rows: tuple[str, str | None]) -> list[dict[str, Any]]:
    """Return records of text and licence, numbered."""
    return [
        {"id": str(at), "text": text, "license": license, "url": f"https://h{at}.example/"}
        for at, (text, license) in enumerate(rows)
    ]


def details_of(outcome: Outcome) -> list[str]:
    """Return the rules that documents were dropped by."""
    assert outcome.details is not None
    rules: list[str] = outcome.details.to_pylist()
    return rules


def rows_of(task: AnnotateTask, suffix: str) -> list[dict[str, Any]]:
    """Read the rows of events, or of an Arrow file, that the task wrote."""
    if suffix == ".events":
        return sorted(read_sorted(task.events_path, "doc_id").to_pylist(), key=lambda row: row["source_id"])
    with reading(f"{task.path}{suffix}") as file:
        return sorted(pa.ipc.open_file(file).read_all().to_pylist(), key=lambda row: row["source_id"])


@pytest.fixture
def policy() -> Policy:
    """A shipped policy that honours reservations."""
    return load_policy(shipped("strict-commercial"))


def test_drops_name_rule_profile_and_policy(
    jsonl: Callable[..., str], annotate_task: Callable[..., AnnotateTask], policy: Policy
) -> None:
    """Before extraction, denied and unknown documents are dropped with the rule as detail, their profile and policy."""
    rows = records(
        (TEXT, "MIT"), (TEXT, "CC-BY-NC-4.0"), (TEXT, None), (TEXT + "reserved", "MIT"), (TEXT + "malformed", "MIT")
    )
    task = annotate_task(jsonl(rows), policy=policy, finders=(Reserving(),))
    task.run()
    dropped = rows_of(task, ".events")
    notes = read_json(task.profiles_path)

    assert [(row["step"], row["seq"], row["reason"], row["detail"]) for row in dropped] == [
        ("policy", 1, "license_denied", "non-commercial"),
        ("policy", 1, "license_unknown", "unknown-licence"),
        ("policy", 1, "consent_denied", "reserved"),
        ("policy", 1, "consent_unknown", "reserved"),
    ]
    assert {row["policy"] for row in dropped} == {policy.digest}
    assert {row["profile"] for row in dropped} < set(notes)
    assert all(read_profile(content).id == name for name, content in notes.items())
    assert {row["profile"] for row in rows_of(task, "-0000.docs")} < set(notes)


def test_language_rules_decide_after_the_steps(
    jsonl: Callable[..., str], annotate_task: Callable[..., AnnotateTask]
) -> None:
    """A policy about languages drops documents once their language is known."""
    policy = parse_policy(
        HEAD + ALLOW + '[[rule]]\nid = "en"\nverdict = "deny"\nreason = "R."\nwhen.languages = ["en"]\n'
    )
    german = "Der schnelle braune Fuchs lief über den Berg und kam mit einem Freund zurück nach Hause. " * 4
    task = annotate_task(
        jsonl(records((TEXT, "MIT"), (german, "MIT"))), policy=policy, steps=(("language", Language()),)
    )
    task.run()

    assert [(row["source_id"], row["seq"], row["detail"]) for row in rows_of(task, ".events")] == [
        ("0", Order.LANGUAGE_RIGHTS, "en")
    ]
    assert [row["source_id"] for row in rows_of(task, "-0000.docs")] == ["1"]


def test_finders_are_part_of_the_task(jsonl: Callable[..., str], annotate_task: Callable[..., AnnotateTask]) -> None:
    """Other finders, or other settings of one, make another task."""
    task = annotate_task(jsonl(records((TEXT, "MIT"))))

    def with_finders(*finders: Reserving) -> str:
        treatment: Treatment = replace(task.treatment, finders=finders)
        return replace(task, treatment=treatment).id

    assert len({with_finders(), with_finders(Reserving()), with_finders(Reserving("noai"))}) == 3


def test_versions_hold_the_profiles_of_all_documents(
    jsonl: Callable[..., str],
    annotate_task: Callable[..., AnnotateTask],
    make_job: Callable[..., Job],
    read_rows: Callable[..., list[dict[str, Any]]],
    policy: Policy,
) -> None:
    """The profiles file explains every id of documents and ledger, of those dropped too, and is the same every time."""
    path = jsonl(records((TEXT, "MIT"), (TEXT, "CC-BY-NC-4.0"), (TEXT + "more", None)))
    made = [
        ingest(
            make_job([annotate_task(path, work=work, policy=policy)], work), lambda tasks: [one.run() for one in tasks]
        )
        for work in ("one", "two")
    ]
    profiles = {row["profile"]: read_profile(row["content"]) for row in read_rows(made[0].profiles)}
    ledger = read_rows(made[0].ledger)

    assert {profile.license for profile in profiles.values()} == {"MIT", "CC-BY-NC-4.0", None}
    assert {row["profile"] for row in ledger} == set(profiles)
    assert {row["policy"] for row in ledger} == {policy.digest}
    assert {profiles[row["profile"]].license for row in read_rows(made[0].documents)} == {"MIT"}
    assert [file.sha256 for file in made[0].profiles] == [file.sha256 for file in made[1].profiles]


def test_only_profiles_that_documents_have_are_returned() -> None:
    """A claim of which no document is left once signals are known leaves no profile behind."""
    batch = captures([("MIT", True), ("CC0-1.0", True)], ["reserved", ""])
    found, profiles = add_profiles(batch, Where.SOURCE, (Reserving(),))
    assert set(profiles) == set(found["profile"].to_pylist())
    assert len(profiles) == 2
