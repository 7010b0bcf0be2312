"""Policies as pages: those that ship and those that runs of this hub decided by, their rules, cases and uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corpushub.audit.policy_tests import PolicyTest, judge_cases
from lineage.control.policy_texts import kept_policies, policy_text, runs_with_policy, text_kept_as
from lineage.control.versions import version_of_run
from lineage.errors import UnknownReference
from policies.errors import PolicyError
from policies.rules.conditions import Answer
from policies.rules.policy_file import load_policy, parse_policy, shipped, shipped_names
from policies.rules.words import clauses, otherwise

if TYPE_CHECKING:
    from corpushub.face.hub import Hub
    from policies.rules.engine import Policy


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """A policy.

    Attributes:
        name: what it is called.
        version: the version that its authors gave it.
        digest: SHA-256 (hex) of its content.
        purpose: what the documents are wanted for.
        ships: whether it comes with corpushub.
        runs: how many runs of this hub decided by it.
    """

    name: str
    version: str
    digest: str
    purpose: str
    ships: bool
    runs: int


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies that ship, by name, and then those that runs decided by.

    Attributes:
        policies: these.
        unread: digests of kept policies that this release cannot read.
    """

    policies: tuple[PolicyLine, ...]
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleWords:
    """A rule in words.

    Attributes:
        id: names it in ledgers and reports.
        verdict: what it answers where all of its clauses hold.
        reason: why.
        when: these clauses; none if it always holds.
        obligations: what must be done if the documents are used.
    """

    id: str
    verdict: Answer
    reason: str
    when: tuple[str, ...]
    obligations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyUse:
    """A run that decided by a policy.

    Attributes:
        run: run:ID.
        version: the version that it made, NAME@vN; null if it made none.
    """

    run: str
    version: str | None


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """A policy: what it says, how its authors tested that, and where it was applied.

    Attributes:
        about: which one it is.
        actor, jurisdiction: who wants the documents, and whose law it was written for; empty if it does not say.
        rules: in the order of its file.
        otherwise: what becomes of documents that no rule decides, by the name that reports have for it.
        refuses_conflicts: whether licences that contradict each other make a version not compliant.
        tested: its cases, as ``corpushub policy test`` judges them; null where it has none.
        used: the runs that decided by it, newest first.
    """

    about: PolicyLine
    actor: str
    jurisdiction: str
    rules: tuple[RuleWords, ...]
    otherwise: dict[str, str]
    refuses_conflicts: bool
    tested: PolicyTest | None
    used: tuple[PolicyUse, ...]


def policies(hub: Hub) -> Policies:
    """Return the policies that *hub* knows."""
    found = {policy.digest: (policy, True) for policy in map(load_policy, map(shipped, shipped_names()))}
    unread = []
    for digest in kept_policies(hub.db):
        if digest not in found:
            try:
                found[digest] = (parse_policy(policy_text(hub.db, digest) or ""), False)
            except PolicyError:
                unread.append(digest)
    lines = [_line(policy, ships, runs_with_policy(hub.db, policy.digest)) for policy, ships in found.values()]
    return Policies(tuple(lines), tuple(unread))


def policy_page(hub: Hub, name: str) -> PolicyPage:
    """Return the policy called *name*: a shipped one by its name, any by its digest or that of its kept text.

    Raises:
        UnknownReference: there is none.
    """
    known = {load_policy(shipped(one)).digest: one for one in shipped_names()}
    ships = name if name in known.values() else known.get(name)
    policy = load_policy(shipped(ships)) if ships else _kept(hub, name)
    ships = ships or known.get(policy.digest)
    runs = runs_with_policy(hub.db, policy.digest)
    made = [(run, version_of_run(hub.db, run)) for run in runs]
    return PolicyPage(
        about=_line(policy, ships is not None, runs),
        actor=policy.actor,
        jurisdiction=policy.jurisdiction,
        rules=tuple(
            RuleWords(one.id, one.verdict, one.reason, clauses(one.when), one.obligations) for one in policy.rules
        ),
        otherwise=otherwise(policy),
        refuses_conflicts=policy.refuse_conflicts,
        tested=judge_cases(shipped(ships)) if ships else None,
        used=tuple(PolicyUse(f"run:{run}", version.name if version else None) for run, version in made),
    )


def _kept(hub: Hub, digest: str) -> Policy:
    text = policy_text(hub.db, digest) or text_kept_as(hub.db, digest)
    if text is None:
        known = ", ".join(shipped_names())
        raise UnknownReference(f"no policy {digest} in this hub; these ship: {known}; others are named by their digest")
    try:
        return parse_policy(text)
    except PolicyError as error:
        raise UnknownReference(f"the policy {digest} of another release cannot be read: {error}") from error


def _line(policy: Policy, ships: bool, runs: Sequence[str]) -> PolicyLine:
    return PolicyLine(policy.name, policy.version, policy.digest, policy.purpose, ships, len(runs))
