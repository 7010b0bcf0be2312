"""A document's trace with what was known of the rights in it, and what the policy of its run says of that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from corpushub.audit import quoted_claims
from corpushub.audit.quoted_claims import DocumentEvidence
from lineage.control.policy_texts import policy_text
from lineage.control.retention import standing_of
from lineage.control.versions import get_version
from lineage.errors import DamagedFile
from lineage.hub import Hub
from lineage.hub.database import Database
from lineage.questions import trace
from lineage.questions.profiles import read_profiles
from lineage.references import DocumentRef
from policies.addresses.urls import host_of
from policies.rights.profiles import Profile, read_profile
from policies.rules.identity import PolicyIdentity

if TYPE_CHECKING:
    from policies.rules.engine import Policy


@dataclass(frozen=True, slots=True)
class SignalSeen:
    """A signal that was seen.

    Attributes:
        meaning: what it says of the use.
        where: what it was seen in.
    """

    meaning: str
    where: str


@dataclass(frozen=True, slots=True)
class Rights:
    """What was known of the rights in a document, and what the policy of its run says of that.

    Attributes:
        profile: id of the profile.
        license: the licence that counts, null if unknown.
        claims: all licences that something claims.
        disagree: whether these contradict each other.
        signals: what speaks for or against a use, by name.
        policy: null where none decided, or its text was not kept.
        verdict: null likewise, and where the language decides, which the ledger does not hold.
        rule: id of the rule that decided; null likewise.
        why: its reason; null likewise.
    """

    profile: str
    license: str | None
    claims: tuple[str, ...]
    disagree: bool
    signals: Mapping[str, SignalSeen]
    policy: PolicyIdentity | None = None
    verdict: str | None = None
    rule: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentTrace(trace.DocumentTrace):
    """A document's trace, and what was known of its rights.

    Attributes:
        rights: null where no profile was recorded, or the files of the retired version that had it were removed.
        evidence: what the sources say of its rights; null where that was not asked.
    """

    rights: Rights | None
    evidence: DocumentEvidence | None = None


def trace_document(hub: Hub, ref: DocumentRef, evidence: bool = False) -> DocumentTrace:
    """Return the trace of *ref* as lineage.questions.trace does, and what was known of the rights in it.

    With *evidence* its sources are read again for what they say of them.
    """
    found = trace.trace_document(hub, ref)
    told = {field.name: getattr(found, field.name) for field in fields(found)}
    rights = _rights(hub, ref, found)
    if not evidence:
        return DocumentTrace(**told, rights=rights)
    from corpushub.audit.document_evidence import document_evidence  # reads pages and looks for personal data

    signals = {name: (seen.meaning, seen.where) for name, seen in rights.signals.items()} if rights else {}
    return DocumentTrace(**told, rights=rights, evidence=document_evidence(hub, found, signals))


def _rights(hub: Hub, ref: DocumentRef, found: trace.DocumentTrace) -> Rights | None:
    if found.profile is None:
        return None
    version = get_version(hub.db, ref.version)
    try:
        known = read_profiles(hub, version).get(found.profile)
    except DamagedFile:
        if standing_of(hub.db, version).removed is None:
            raise
        known = None
    if known is None:
        return None
    profile = read_profile(known)
    return _decided(_described(profile), _policy(hub.db, found.policy), profile, found)


def _described(profile: Profile) -> Rights:
    return Rights(
        profile=profile.id,
        license=profile.license,
        claims=tuple(profile.claims),
        disagree=profile.disagree,
        signals={one.name: SignalSeen(one.meaning, one.where) for one in profile.signals},
    )


def _policy(db: Database, digest: str | None) -> Policy | None:
    text = None if digest is None else policy_text(db, digest)
    if text is None:
        return None
    from policies.rules.policy_file import parse_policy  # only where a policy decided

    return parse_policy(text, "the policy kept with the run")


def _decided(rights: Rights, policy: Policy | None, profile: Profile, found: trace.DocumentTrace) -> Rights:
    if policy is None:
        return rights
    rights = replace(rights, policy=policy.identity)
    if "language" in policy.uses:
        return rights
    from policies.rules.conditions import Facts  # only where a policy decided

    captured = found.captured_at
    facts = Facts(host=host_of(found.uri), date=captured[:10] if captured else None)
    decision = policy.decide(profile, facts)
    return replace(rights, verdict=str(decision.verdict), rule=decision.rule, why=decision.why)


def text(trace: DocumentTrace) -> str:
    """Show what is known of the rights, and what the sources say of them where that was asked."""
    return rights_text(trace.rights) + quoted_claims.text(trace.evidence)


def rights_text(rights: Rights | None) -> str:
    """Show what is known of the rights, for the trace of a document."""
    if rights is None:
        return ""
    lines = ["\n\n  rights       profile " + rights.profile]
    lines.append("  claims       " + (", ".join(rights.claims) or "none") + " (disagree)" * rights.disagree)
    lines += _signals(rights.signals)
    if rights.verdict and rights.policy:
        lines.append(f"  {rights.verdict:12} by rule {rights.rule} of {rights.policy.name} {rights.policy.version}")
        lines.append(f"               {rights.why}")
    return "\n".join(lines)


def _signals(signals: Mapping[str, SignalSeen]) -> Iterator[str]:
    """Show each signal, those of robots.txt that say the same on one line: allowed agents by number, others by name."""
    agents: dict[tuple[str, str], list[str]] = {}
    for name, said in signals.items():
        agent = name.removeprefix("robots:")
        if agent != name:
            agents.setdefault((said.meaning, said.where), []).append(agent)
        else:
            yield f"  {name:12} {said.meaning} ({said.where})"
    for (meaning, where), names in agents.items():
        told = f"{len(names)} agents" if meaning == "allow" else ", ".join(names)
        yield f"  robots       {meaning} ({where}): {told}"
