"""Rules of a revision are understood or refused with a sentence, and find the documents that they speak of."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from corpushub.errors import BadRequest
from corpushub.requests.withdrawal_rules import GivenRule, policy_rule, standing_of
from lineage.storage.tables import DOCUMENTS
from lineage.withdrawal.rows import READ, RULED
from policies.errors import PolicyError
from policies.rights.evidence import Where
from policies.rights.profiles import Profile, Signal, stated
from policies.rules.policy_file import load_policy, parse_policy, shipped

BY, NC = "CC-BY-4.0", "CC-BY-NC-4.0"
BOTH = Profile(NC, (BY, NC))
OBJECTS = Profile(BY, (BY,), (Signal("tdm", "deny", "header"),))
ONLY_BY, ONLY_NC = stated(BY, Where.SOURCE, True), stated(NC, Where.SOURCE, True)
PROFILES = {one.id: one for one in (ONLY_BY, ONLY_NC, BOTH, OBJECTS)}

ROWS = pa.table(
    {
        "doc_id": [f"{at:032x}" for at in range(6)],
        "content_id": [f"{at:064x}" for at in range(6)],
        "source": ["web", "web", "web", "books", "web", None],
        "uri": [
            "https://A.example/x",
            "https://sub.a.example/x",
            "https://b.example/people/1",
            None,
            "http://b.example:81/people",
            "https://c.example/",
        ],
        "license": [BY, NC, NC, None, BY, BY],
        "profile": [ONLY_BY.id, ONLY_NC.id, BOTH.id, None, OBJECTS.id, None],
        "language": ["en"] * 6,
        "captured_at": [datetime(2024, 5, 1, tzinfo=UTC)] * 6,
    },
    pa.schema([DOCUMENTS.field(name) for name in READ]),
)  # fmt: skip


def found(text: str) -> list[int]:
    """Return the rows that a rule finds; each is named by the rule."""
    given = GivenRule.parse(text)
    said = given.rule(PROFILES)(ROWS)
    assert said.schema == RULED
    places = [at for at, detail in enumerate(said["detail"].to_pylist()) if detail is not None]
    assert {row["detail"] for row in said.to_pylist()} <= {given.name, None}
    assert {said["reason"].to_pylist()[at] for at in places} <= {"revised"}
    return places


@pytest.mark.parametrize(
    ("rule", "places"),
    [
        ("host:a.EXAMPLE.", [0]),
        ("host:b.example", [2, 4]),
        ("uri-prefix:https://b.example/people/", [2]),
        ("source:web", [0, 1, 2, 4]),
        (f"license:{NC}", [1, 2]),
        ("license:https://creativecommons.org/licenses/by/4.0/", [0, 2, 4, 5]),
        ("license:MIT", []),
    ],
)
def test_rules_find_what_they_speak_of(rule: str, places: list[int]) -> None:
    """A host is that host, a licence counts where it is only claimed too, and a missing value is never found."""
    assert found(rule) == places


@pytest.mark.parametrize(
    ("name", "entries", "places"),
    [
        ("no.hosts", "a.example # and below\n", [0, 1]),
        ("no.prefixes", "b.example/people\n", [2]),
        ("no.contents", f"sha256:{3:064x}\n", [3]),
        ("no.hosts", "", []),
    ],
)
def test_registries_find_what_they_list(tmp_path: Path, name: str, entries: str, places: list[int]) -> None:
    """A registry of hosts stands for hosts below, one of contents for texts; the rule has its name, not its path."""
    (tmp_path / name).write_text(entries, encoding="utf-8")
    assert found(f"registry:{tmp_path / name}") == places
    assert GivenRule.parse(f"registry:{tmp_path / name}").name == "registry:no"


@pytest.mark.parametrize(
    "text", ["host", "doc:1", "host:", "host:a b", "uri-prefix:b.example", "license:our own", "source: "]
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    """A kind that is unknown, or a value that cannot be one, is an error that says what to write."""
    with pytest.raises(BadRequest, match="nothing was changed"):
        GivenRule.parse(text)


def test_registry_of_permissions_is_refused(tmp_path: Path) -> None:
    """A list of what is allowed does not say what must go; a file that is not there is an error too."""
    (tmp_path / "yes.hosts").write_text('+++\nmeaning = "allow"\n+++\na.example\n', encoding="utf-8")
    with pytest.raises(BadRequest, match="lists what is allowed"):
        GivenRule.parse(f"registry:{tmp_path / 'yes.hosts'}")
    with pytest.raises(PolicyError):
        GivenRule.parse(f"registry:{tmp_path / 'none.hosts'}")


def test_policy_finds_what_it_does_not_allow() -> None:
    """Licence and signals decide, with the rule and the digest; without a profile the licence makes one."""
    policy = load_policy(shipped("strict-commercial"))
    said = policy_rule(policy, PROFILES)(ROWS).to_pylist()

    assert [row["reason"] for row in said] == [
        None,
        "license_denied",
        "license_denied",
        "license_unknown",
        "consent_denied",
        None,
    ]
    assert {row["policy"] for row in said if row["detail"]} == {policy.digest}
    assert policy_rule(policy, PROFILES)(ROWS.slice(0, 0)).schema == RULED


def test_policy_may_ask_for_the_host() -> None:
    """Facts of the document decide where a rule asks for them."""
    text = shipped("permissive").read_text(encoding="utf-8")
    rule = (
        '\n[[rule]]\nid = "not-there"\nverdict = "deny"\nreason = "They asked us."\nwhen = { hosts = ["a.example"] }\n'
    )
    said = policy_rule(parse_policy(text + rule), PROFILES)(ROWS)["detail"].to_pylist()

    assert said[:2] == ["not-there", "not-there"]
    assert said[5] is None


def test_rules_that_stand() -> None:
    """Runs obey all kinds but registries by themselves."""
    given = [GivenRule.parse(text) for text in ("host:A.example", "source:web", f"license:{NC}")]
    assert standing_of(given) == (("host", "a.example"), ("source", "web"), ("license", NC))
    assert standing_of([GivenRule("registry", "no")]) == ()
