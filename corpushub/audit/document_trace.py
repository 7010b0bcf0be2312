"""A document's trace with what was known of the rights in it, and what the policy of its run says of that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Engine

from lineage.control.policy_texts import policy_text
from lineage.control.versions import get_version
from lineage.hub import Hub
from lineage.questions import trace
from lineage.questions.profiles import read_profiles
from lineage.references import DocumentRef
from policies.addresses.urls import host_of
from policies.rights.profiles import Profile, read_profile
from policies.rules.conditions import Facts
from policies.rules.engine import Policy
from policies.rules.policy_file import parse_policy


def trace_document(hub: Hub, ref: DocumentRef) -> dict[str, Any]:
    """Return the trace of *ref* as lineage.questions.trace does, and ``rights``; null where no profile was recorded.

    Keys of rights: profile, license, claims, disagree, signals {name: {meaning, where}}, policy {name, version,
    digest} (null where none decided, or its text was not kept), verdict, rule, why (null likewise, and where the
    language decides, which the ledger does not hold).
    """
    content = trace.trace_document(hub, ref)
    return {**content, "rights": _rights(hub, ref, content)}


def _rights(hub: Hub, ref: DocumentRef, content: Mapping[str, Any]) -> dict[str, Any] | None:
    if content["profile"] is None:
        return None
    known = read_profiles(hub, get_version(hub.db, ref.version)).get(content["profile"])
    if known is None:
        return None
    profile = read_profile(known)
    return {**_described(profile), **_decided(_policy(hub.db, content["policy"]), profile, content)}


def _described(profile: Profile) -> dict[str, Any]:
    return {
        "profile": profile.id,
        "license": profile.license,
        "claims": list(profile.claims),
        "disagree": profile.disagree,
        "signals": {one.name: {"meaning": one.meaning, "where": one.where} for one in profile.signals},
    }


def _policy(db: Engine, digest: str | None) -> Policy | None:
    text = None if digest is None else policy_text(db, digest)
    return None if text is None else parse_policy(text, "the policy kept with the run")


def _decided(policy: Policy | None, profile: Profile, content: Mapping[str, Any]) -> dict[str, Any]:
    if policy is None:
        return dict.fromkeys(("policy", "verdict", "rule", "why"))
    told = {"policy": {name: getattr(policy, name) for name in ("name", "version", "digest")}}
    if "language" in policy.uses:
        return {**told, **dict.fromkeys(("verdict", "rule", "why"))}
    captured = content["captured_at"]
    facts = Facts(host=host_of(content["uri"]), date=captured[:10] if captured else None)
    found = asdict(policy.decide(profile, facts))
    return {**told, "verdict": str(found["verdict"]), "rule": found["rule"], "why": found["why"]}


def text(content: Mapping[str, Any]) -> str:
    """Show what is known of the rights, for the trace of a document."""
    rights = content["rights"]
    if rights is None:
        return ""
    lines = ["\n\n  rights       profile " + rights["profile"]]
    lines.append("  claims       " + (", ".join(rights["claims"]) or "none") + " (disagree)" * rights["disagree"])
    lines += _signals(rights["signals"])
    if rights["verdict"]:
        policy = rights["policy"]
        lines.append(f"  {rights['verdict']:12} by rule {rights['rule']} of {policy['name']} {policy['version']}")
        lines.append(f"               {rights['why']}")
    return "\n".join(lines)


def _signals(signals: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Show each signal, those of robots.txt that say the same on one line: allowed agents by number, others by name."""
    agents: dict[tuple[str, str], list[str]] = {}
    for name, said in signals.items():
        agent = name.removeprefix("robots:")
        if agent != name:
            agents.setdefault((said["meaning"], said["where"]), []).append(agent)
        else:
            yield f"  {name:12} {said['meaning']} ({said['where']})"
    for (meaning, where), names in agents.items():
        told = f"{len(names)} agents" if meaning == "allow" else ", ".join(names)
        yield f"  robots       {meaning} ({where}): {told}"
