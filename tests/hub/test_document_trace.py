"""What a trace says of rights, as text."""

from __future__ import annotations

from typing import Any

from hub.document_trace import text


def rights(**signals: tuple[str, str]) -> dict[str, Any]:
    """Return the rights of a document with *signals*, as a trace has them."""
    said = {name.replace("_", ":"): {"meaning": meaning, "where": where} for name, (meaning, where) in signals.items()}
    plain = {"profile": "0" * 16, "claims": [], "disagree": False, "verdict": None, "policy": None}
    return {"rights": {**plain, "signals": said}}


def test_agents_with_one_answer_are_told_together() -> None:
    """Each signal has a line; the agents of robots.txt follow their answer, refused ones before the others."""
    allowed = {f"robots_Agent-{number}": ("allow", "site") for number in range(20)}
    shown = text(rights(noai=("deny", "header"), **allowed, robots_GPTBot=("deny", "site")))
    lines = shown.strip("\n").splitlines()

    assert lines[2:5] == ["  noai         deny (header)", "  robots       deny (site)", " " * 15 + "GPTBot"]
    assert lines[5] == "  robots       allow (site)"
    assert " ".join(" ".join(lines[6:]).split()) == ", ".join(f"Agent-{number}" for number in range(20))
    assert max(map(len, lines)) <= 100


def test_a_document_without_rights_has_no_lines() -> None:
    """Where no profile was recorded there is nothing to tell."""
    assert text({"rights": None}) == ""
