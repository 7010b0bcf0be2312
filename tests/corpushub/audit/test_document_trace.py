"""What a trace says of rights, as text."""

from __future__ import annotations

from corpushub.audit.document_trace import Rights, SignalSeen, rights_text


def rights(**signals: tuple[str, str]) -> Rights:
    """Return the rights of a document with *signals*, as a trace has them."""
    said = {name.replace("_", ":"): SignalSeen(*seen) for name, seen in signals.items()}
    return Rights(profile="0" * 16, license=None, claims=(), disagree=False, signals=said)


def test_agents_with_one_answer_are_told_together() -> None:
    """Each signal has a line; of the agents of robots.txt the refused are named and the others counted."""
    allowed = {f"robots_Agent-{number}": ("allow", "site") for number in range(20)}
    refused = {"robots_CCBot": ("deny", "site"), "robots_GPTBot": ("deny", "site")}
    lines = rights_text(rights(noai=("deny", "header"), **allowed, **refused)).splitlines()

    assert lines[-3] == "  noai         deny (header)"
    assert lines[-2:] == ["  robots       allow (site): 20 agents", "  robots       deny (site): CCBot, GPTBot"]


def test_a_document_without_rights_has_no_lines() -> None:
    """Where no profile was recorded there is nothing to tell."""
    assert rights_text(None) == ""
