"""Withdraw documents from the command line: what rules and a policy find, the version without it, and what is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpushub.errors import BadRequest
from corpushub.requests.withdrawal_rules import GivenRule, policy_rule, standing_of
from corpushub.running import attestation
from corpushub.running.events import deliver_events
from corpushub.running.rewriters import rewriters_for
from corpushub.running.unfinished import finish
from lineage.control.erasures import RevisedVersion, Subject
from lineage.control.retention import retentions
from lineage.control.under_way import GATE
from lineage.control.versions import Version, VersionCount, get_version, list_versions
from lineage.control.withdrawals import WithdrawalSummary, show_withdrawal
from lineage.erasure import erase as erasures
from lineage.erasure.search import Remains
from lineage.hub import Hub
from lineage.questions.profiles import read_profiles
from lineage.references import VersionRef
from lineage.withdrawal import withdraw as withdrawals
from lineage.withdrawal.rows import Rule
from lineage.withdrawal.withdraw import Affected, WithdrawalOrder, Withdrawn, preview, withdraw
from pipelines.execution.executor import Execution
from policies.addresses.kept_text import kept_text
from policies.rights.profiles import Profile, read_profile
from policies.rules.engine import Policy
from policies.rules.policy_file import find_policy, load_policy, read_text


@dataclass(frozen=True, slots=True)
class WithdrawalOptions:
    """What to do beside the new version, and what to say.

    Attributes:
        dry_run: change nothing.
        old_versions: erase the documents from the older versions too.
        examples: documents named.
        execution: how files are rewritten.
        ahead: let later runs obey the rules, though no version holds what they find.
    """

    dry_run: bool = False
    old_versions: bool = False
    examples: int = 20
    execution: Execution = field(default_factory=Execution)
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class WithdrawalRequest:
    """What was asked for: a dataset, rules as given, the policy's file if any, and why."""

    ref: VersionRef
    rules: tuple[str, ...]
    policy: Path | None
    reason: str


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """Documents that go for one reason.

    Attributes:
        reason: why.
        detail: the rule.
        documents: how many.
    """

    reason: str
    detail: str
    documents: int


@dataclass(frozen=True, slots=True)
class AffectedDocument:
    """A document that goes.

    Attributes:
        doc_id: its id.
        uri: where it was captured.
        source: the source, as the recipe names it.
        license: its licence, null if unknown.
        reason: why it goes.
        detail: the rule.
        ref: NAME@vN#DOCID.
    """

    doc_id: str
    uri: str | None
    source: str
    license: str | None
    reason: str
    detail: str
    ref: str


@dataclass(frozen=True, slots=True)
class ErasedToo:
    """What erasing the documents from all versions did; see lineage.control.erasures.Receipt.

    Attributes:
        receipt: receipt:ID.
        matched: documents that were erased.
        verified: whether nothing of them was found afterwards.
        versions: those that changed.
        remains: what was found afterwards.
    """

    receipt: str
    matched: int
    verified: bool
    versions: tuple[RevisedVersion, ...]
    remains: tuple[Remains, ...]


@dataclass(frozen=True, slots=True)
class WithdrawalReport:
    """What a withdrawal did, or would do.

    Attributes:
        dataset: whose documents go.
        version: the new version, null if none was made.
        from_: the newest version before.
        rules: as KIND:VALUE.
        policy: digest of the policy that judged, null if none did.
        matched: documents of the newest version that go.
        copies: documents that were dropped for those earlier.
        reasons: why they go, the most documents first.
        versions: those that hold any, oldest first.
        examples: some of the documents.
        revisal: what is on record; null in a dry run, and where nothing was to be done.
        dry_run: whether nothing was changed.
        erased: null unless the documents were erased from older versions too.
        unattested: why no statement was signed, null if one was.
    """

    dataset: str
    version: str | None
    from_: str
    rules: tuple[str, ...]
    policy: str | None
    matched: int
    copies: int
    reasons: tuple[ReasonCount, ...]
    versions: tuple[VersionCount, ...]
    examples: tuple[AffectedDocument, ...]
    revisal: WithdrawalSummary | None
    dry_run: bool
    erased: ErasedToo | None
    unattested: str | None


@dataclass(frozen=True, slots=True)
class LiftReport:
    """Rules that stand no more.

    Attributes:
        dataset: whose runs they refused.
        run: run:ID of the withdrawal that set them.
        revisal: what is on record of it.
        unattested: why no statement was signed, null if one was.
    """

    dataset: str
    run: str
    revisal: WithdrawalSummary
    unattested: str | None


def execute(
    hub: Hub, request: WithdrawalRequest, options: WithdrawalOptions, say: Callable[[str], None]
) -> WithdrawalReport:
    """Withdraw what is *request* for, or with a dry run tell what would be.

    Raises:
        BadRequest: a rule cannot be understood, there is none, or *request* names a version that is not the newest.
        PolicyError, LineageError: a file cannot be read, or the dataset is busy; all versions are as before.
    """
    given = tuple(GivenRule.parse(text) for text in request.rules)
    policy = load_policy(find_policy(request.policy)) if request.policy else None
    order = replace(_order(hub, request, given, policy), ahead=options.ahead)
    _refuse_old(get_version(hub.db, VersionRef(request.ref.dataset)), request.ref)
    if options.dry_run:
        return _report(hub, order, Withdrawn(preview(hub, order), None, None), options)
    if not order.reason:
        raise BadRequest("a withdrawal needs a reason, which is kept with it; nothing was changed; give --reason")
    from lineage.proof.attest import keep_policy_text  # cryptography is imported only where something is signed

    finish(hub, options.execution)
    if policy is not None and request.policy is not None:
        text = read_text(find_policy(request.policy))
        keep_policy_text(hub, policy.digest, kept_text(text), text)
    with rewriters_for(hub.home, f"{order.dataset}/revise", options.execution) as rewriters:
        done = withdraw(hub, order, rewriters)
    unattested = attestation.unattested(hub, done.version)
    erased = _erase(hub, done.affected, request.reason, options.execution) if options.old_versions else None
    deliver_events(hub, say)
    return replace(_report(hub, order, done, options), erased=erased, unattested=unattested)


def lift(hub: Hub, dataset: str, run: str, reason: str) -> LiftReport:
    """Let later runs take in again what the withdrawal of *run* (with or without "run:") refused.

    Raises BadRequest without a reason, UnknownReference if there is no such withdrawal.
    """
    if not reason.strip():
        raise BadRequest("lifting rules needs a reason, which is kept; nothing was changed; give --reason")
    finish(hub)
    lifted = withdrawals.lift(hub, dataset, run.removeprefix("run:"), reason.strip())
    unattested = attestation.unattested(hub, None)
    return LiftReport(dataset, f"run:{lifted.run}", lifted.summary(), unattested)


def _order(hub: Hub, request: WithdrawalRequest, given: Sequence[GivenRule], policy: Policy | None) -> WithdrawalOrder:
    if not given and policy is None:
        raise BadRequest("there is nothing to decide by; nothing was changed; give --rule KIND:VALUE or --policy FILE")
    dataset = request.ref.dataset

    def rules() -> list[Rule]:
        profiles = _profiles(hub, dataset)
        found = [one.rule(profiles) for one in given]
        return [*found, policy_rule(policy, profiles)] if policy else found

    return WithdrawalOrder(
        dataset=dataset,
        names=tuple(dict.fromkeys(one.name for one in given)),
        rules=rules,
        standing=standing_of(given),
        reason=request.reason.strip(),
        policy=policy.digest if policy else None,
    )


def _profiles(hub: Hub, dataset: str) -> dict[str, Profile]:
    """Return the profiles of all versions of *dataset* that can be read."""
    removed = {number for number, one in retentions(hub.db, dataset).items() if one.removed}
    versions = [one for one in list_versions(hub.db, dataset) if one.number not in removed]
    texts = {name: text for one in versions for name, text in read_profiles(hub, one).items()}
    return {name: read_profile(text) for name, text in texts.items()}


def _refuse_old(newest: Version, ref: VersionRef) -> None:
    if ref.number not in (None, newest.number):
        message = f"{ref} is not the newest version, which is {newest.name}; nothing was changed; name {ref.dataset}: "
        raise BadRequest(message + "every version is searched, and --old-versions rewrites the older ones")


def _erase(hub: Hub, affected: Affected, reason: str, execution: Execution) -> ErasedToo | None:
    """Erase the documents that any version holds; None if none does."""
    subjects = tuple(Subject("doc", one) for one in affected.every["doc_id"].to_pylist())
    if not subjects:
        return None
    with rewriters_for(hub.home, GATE, execution) as rewriters:
        done = erasures.erase(hub, erasures.ErasureOrder(subjects, reason), rewriters)
    return ErasedToo(done.receipt, done.matched, done.verified, done.versions, done.remains)


def _report(hub: Hub, order: WithdrawalOrder, done: Withdrawn, options: WithdrawalOptions) -> WithdrawalReport:
    affected = done.affected
    name = affected.newest.name
    return WithdrawalReport(
        dataset=order.dataset,
        version=done.version.name if done.version else None,
        from_=name,
        rules=order.names,
        policy=order.policy,
        matched=affected.rows.num_rows,
        copies=affected.copies,
        reasons=_reasons(affected.rows),
        versions=tuple(VersionCount(f"{order.dataset}@v{number}", n) for number, n in affected.versions.items()),
        examples=tuple(_example(name, row) for row in affected.rows.slice(0, options.examples).to_pylist()),
        revisal=show_withdrawal(hub.db, done.run) if done.run else None,
        dry_run=options.dry_run,
        erased=None,
        unattested=None,
    )


def _reasons(rows: pa.Table) -> tuple[ReasonCount, ...]:
    """Count *rows* by reason and rule, the most documents first."""
    if not rows.num_rows:
        return ()
    counts = rows.group_by(["reason", "detail"]).aggregate([("doc_id", "count")]).to_pylist()
    found = [ReasonCount(row["reason"], row["detail"], row["doc_id_count"]) for row in counts]
    return tuple(sorted(found, key=lambda one: (-one.documents, one.reason, one.detail)))


def _example(version: str, row: Mapping[str, Any]) -> AffectedDocument:
    told = {name: row[name] for name in ("doc_id", "uri", "source", "license", "reason", "detail")}
    return AffectedDocument(**told, ref=f"{version}#{row['doc_id']}")
