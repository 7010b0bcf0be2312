"""Revise a dataset from the command line: what rules and a policy find, the version without it, and what is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from hub import attestation
from hub.crew import means_for
from hub.erase import WORK, finish
from hub.errors import BadRequest
from hub.execution import Execution
from hub.revision_rules import Given, policy_rule, standing_of
from hub.telling import tell_others
from lineage import control
from lineage import erasure as erasures
from lineage import revise as revisals
from lineage.control import Version
from lineage.home import Home
from lineage.policy_texts import keep_policy
from lineage.profiles import read_profiles
from lineage.receipts import Subject
from lineage.references import VersionRef
from lineage.revisals import show_revisal
from lineage.revise import Affected, Order, Revised, preview, revise
from lineage.revise_rows import Rule
from lineage.standing import standings
from policies.engine import Policy
from policies.policy_file import find_policy, load_policy, read_text
from policies.profiles import Profile, read_profile

EXAMPLES = ("doc_id", "uri", "source", "license", "reason", "detail")
"""What an answer tells of each document it names."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to do beside the new version, and what to say.

    Attributes:
        dry_run: change nothing.
        old_versions: erase the documents from the older versions too.
        examples: documents named.
        execution: how files are rewritten.
    """

    dry_run: bool = False
    old_versions: bool = False
    examples: int = 20
    execution: Execution = field(default_factory=Execution)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: a dataset, rules as given, the policy's file if any, and why."""

    ref: VersionRef
    rules: tuple[str, ...]
    policy: Path | None
    reason: str


def carry_out(home: Home, asked: Asked, wanted: Wanted, say: Callable[[str], None]) -> dict[str, Any]:
    """Revise what is *asked* for, or with a dry run tell what would be; return what ``revise --json`` prints.

    Keys: dataset, version (the new one, null if none was made), from, rules, policy (digest), matched (documents of the
    newest version that go), copies (dropped for those earlier), reasons [{reason, detail, documents}], versions
    [{version, documents}] that hold any, examples [{doc_id, uri, source, license, reason, detail, ref}], revisal (see
    Revisal.show; null in a dry run and where nothing was to be done), dry_run, erased {receipt, matched, verified,
    versions, remains} (null without ``old_versions``), unattested (why no statement was signed, null if one was).

    Raises:
        BadRequest: a rule cannot be understood, there is none, or *asked* names a version that is not the newest.
        PolicyError, LineageError: a file cannot be read, or the dataset is busy; all versions are as before.
    """
    given = tuple(Given.parse(text) for text in asked.rules)
    policy = load_policy(find_policy(asked.policy)) if asked.policy else None
    db = control.connect(home)
    order = _order(home, asked, given, policy)
    _refuse_old(control.get_version(db, VersionRef(asked.ref.dataset)), asked.ref)
    if wanted.dry_run:
        return _answer(home, order, Revised(preview(home, order), None, None), wanted)
    if not order.reason:
        raise BadRequest("a revision needs a reason, which is kept with it; nothing was changed; give --reason")
    finish(home, wanted.execution)
    if policy is not None and asked.policy is not None:
        keep_policy(db, policy.digest, read_text(find_policy(asked.policy)))
    with means_for(home, f"{order.dataset}/revise", wanted.execution) as means:
        done = revise(home, order, means)
    unattested = attestation.attest(home, db, order.dataset)
    erased = _erase(home, done.affected, asked.reason, wanted.execution) if wanted.old_versions else None
    tell_others(home, db, say)
    return {**_answer(home, order, done, wanted), "erased": erased, "unattested": unattested}


def lift(home: Home, dataset: str, run: str, reason: str) -> dict[str, Any]:
    """Let later runs take in again what the revision of *run* (with or without "run:") refused.

    Returns what ``revise --lift --json`` prints: dataset, run, revisal, unattested. Raises BadRequest without a reason,
    UnknownReference if there is no such revision.
    """
    if not reason.strip():
        raise BadRequest("lifting rules needs a reason, which is kept; nothing was changed; give --reason")
    finish(home)
    lifted = revisals.lift(home, dataset, run.removeprefix("run:"), reason.strip())
    unattested = attestation.attest(home, control.connect(home), dataset)
    return {"dataset": dataset, "run": f"run:{lifted.run}", "revisal": lifted.show(), "unattested": unattested}


def _order(home: Home, asked: Asked, given: Sequence[Given], policy: Policy | None) -> Order:
    if not given and policy is None:
        raise BadRequest("there is nothing to decide by; nothing was changed; give --rule KIND:VALUE or --policy FILE")
    dataset = asked.ref.dataset

    def rules() -> list[Rule]:
        profiles = _profiles(home, dataset)
        found = [one.rule(profiles) for one in given]
        return [*found, policy_rule(policy, profiles)] if policy else found

    return Order(
        dataset=dataset,
        names=tuple(dict.fromkeys(one.name for one in given)),
        rules=rules,
        standing=standing_of(given),
        reason=asked.reason.strip(),
        policy=policy.digest if policy else None,
    )


def _profiles(home: Home, dataset: str) -> dict[str, Profile]:
    """Return the profiles of all versions of *dataset* that can be read."""
    db = control.connect(home)
    removed = {number for number, one in standings(db, dataset).items() if one.removed}
    versions = [one for one in control.list_versions(db, dataset) if one.number not in removed]
    texts = {name: text for one in versions for name, text in read_profiles(home, db, one).items()}
    return {name: read_profile(text) for name, text in texts.items()}


def _refuse_old(newest: Version, ref: VersionRef) -> None:
    if ref.number not in (None, newest.number):
        message = f"{ref} is not the newest version, which is {newest.name}; nothing was changed; name {ref.dataset}: "
        raise BadRequest(message + "every version is searched, and --old-versions rewrites the older ones")


def _erase(home: Home, affected: Affected, reason: str, execution: Execution) -> dict[str, Any] | None:
    """Erase the documents that any version holds; None if none does."""
    subjects = tuple(Subject("doc", one) for one in affected.every["doc_id"].to_pylist())
    if not subjects:
        return None
    with means_for(home, WORK, execution) as means:
        receipt = erasures.erase(home, erasures.Order(subjects, reason), means)
    return {name: receipt[name] for name in ("receipt", "matched", "verified", "versions", "remains")}


def _answer(home: Home, order: Order, done: Revised, wanted: Wanted) -> dict[str, Any]:
    affected = done.affected
    name = affected.newest.name
    return {
        "dataset": order.dataset,
        "version": done.version.name if done.version else None,
        "from": name,
        "rules": list(order.names),
        "policy": order.policy,
        "matched": affected.rows.num_rows,
        "copies": affected.copies,
        "reasons": _reasons(affected.rows),
        "versions": [
            {"version": f"{order.dataset}@v{number}", "documents": count} for number, count in affected.versions.items()
        ],
        "examples": [_example(name, row) for row in affected.rows.slice(0, wanted.examples).to_pylist()],
        "revisal": show_revisal(control.connect(home), done.run) if done.run else None,
        "dry_run": wanted.dry_run,
        "erased": None,
        "unattested": None,
    }


def _reasons(rows: pa.Table) -> list[dict[str, Any]]:
    """Count *rows* by reason and rule, the most documents first."""
    if not rows.num_rows:
        return []
    counts = rows.group_by(["reason", "detail"]).aggregate([("doc_id", "count")]).to_pylist()
    found = [{"reason": row["reason"], "detail": row["detail"], "documents": row["doc_id_count"]} for row in counts]
    return sorted(found, key=lambda row: (-row["documents"], row["reason"], row["detail"]))


def _example(version: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {**{name: row[name] for name in EXAMPLES}, "ref": f"{version}#{row['doc_id']}"}
