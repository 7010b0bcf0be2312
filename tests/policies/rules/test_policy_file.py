"""Policy files say what they mean or are refused in one clear sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.errors import InvalidPolicy, MissingPolicy, PolicyError
from policies.rules.conditions import Answer
from policies.rules.policy_file import check_agents, find_policy, load_policy, parse_policy, shipped, shipped_names

GOOD = """
name = "mine"
version = "2"
purpose = "train"
allow = ["mit", "CC-BY-*", {license = "Apache-2.0", reason = "Permissive."}]
deny = ["*-NC-*"]
"""


def write(folder: Path, text: str) -> Path:
    """Write a policy file and return its path."""
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_loads_rules_in_spdx_spelling(tmp_path: Path) -> None:
    """Ids are brought to SPDX spelling, reasons kept, the unknown denied by default."""
    policy = load_policy(write(tmp_path, GOOD))
    allowed = [rule for rule in policy.rules if rule.verdict is Answer.ALLOW]
    assert [rule.when.license for rule in allowed] == [("MIT",), ("CC-BY-*",), ("Apache-2.0",)]
    assert allowed[2].reason == "Permissive."
    assert policy.unknown is Answer.DENY


def test_digest_ignores_layout(tmp_path: Path) -> None:
    """Comments and spelling do not change the digest; the unknown key does."""
    first = load_policy(write(tmp_path, GOOD)).digest
    assert load_policy(write(tmp_path, "# mine\n" + GOOD.replace('"mit"', '"MIT"'))).digest == first
    assert load_policy(write(tmp_path, GOOD + 'unknown = "allow"')).digest != first


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD + 'alow = ["MIT"]', "did you mean 'allow'"),
        (GOOD.replace('"mit"', '"MITT"'), "did you mean 'MIT"),
        (GOOD.replace('"mit"', '"MIT OR ISC"'), "one by one"),
        (GOOD.replace('"mit"', '"XYZ-*"'), "matches no SPDX licence"),
        (GOOD.replace('"mit"', "7"), "neither a licence nor a table"),
        (GOOD.replace("reason", "raison"), "did you mean 'reason'"),
        (GOOD.replace('name = "mine"', ""), "'name' is missing"),
        (GOOD.replace('version = "2"', "version = 2"), "'version' must be a string"),
        (GOOD.replace('deny = ["*-NC-*"]', 'deny = "MIT"'), "'deny' must be a list"),
        (GOOD + 'unknown = "maybe"', '"deny" or "allow"'),
        ("name = ", "not valid TOML"),
    ],
)
def test_refuses(tmp_path: Path, text: str, says: str) -> None:
    """A file that cannot be meant is refused, naming the file, the key and the way out."""
    path = write(tmp_path, text)
    with pytest.raises(InvalidPolicy) as caught:
        load_policy(path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    """An absent file is an error of its own kind below the package's root error."""
    with pytest.raises(MissingPolicy, match="cannot open"):
        load_policy(tmp_path / "none.toml")
    assert issubclass(MissingPolicy, PolicyError)


RULES = """
format = 1
name = "mine"
version = "2"
purpose = "train"

[[rule]]
id = "one"
verdict = "deny"
reason = "No."
when.bans = ["commercial"]

[[rule]]
id = "two"
verdict = "allow"
reason = "Yes."
when.permits = ["reproduce"]
"""


def changed(old: str, new: str) -> str:
    """Return RULES with *old* replaced."""
    assert old in RULES
    return RULES.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (changed("when.bans", "when.bens"), "the key 'bens' is unknown; did you mean 'bans'? in rule 'one'"),
        (changed('"commercial"', '"comercial"'), "did you mean 'commercial'"),
        (changed('"deny"', '"no"'), "not 'no'"),
        (changed('id = "one"\n', ""), "'id' is missing"),
        (changed('"two"', '"one"'), "two rules have the id 'one'"),
        (changed("format = 1", "format = 2"), "reads format 1"),
        (changed('when.bans = ["commercial"]', 'when.signals = { tdn = "deny" }'), "did you mean 'tdm'"),
        (changed('when.bans = ["commercial"]', 'when.signals = { tdm = "no" }'), "not 'no'"),
        (changed('when.bans = ["commercial"]', "when.signals = {}"), "must be a table"),
        (changed('when.bans = ["commercial"]', "when.hosts = []"), "must be a list of strings"),
        (changed('when.bans = ["commercial"]', 'when.after = "2024-01-01"'), "without quotes"),
        (changed('when.bans = ["commercial"]', 'when.licensed = "yes"'), "true or false"),
        (
            GOOD.replace('allow = ["mit", "CC-BY-*", {license = "Apache-2.0", reason = "Permissive."}]', "").replace(
                'deny = ["*-NC-*"]', ""
            ),
            "nothing would ever be allowed",
        ),
    ],
)
def test_refuses_a_rule(text: str, says: str) -> None:
    """A rule with an unknown key, word or type is refused, naming the nearest and the rule."""
    with pytest.raises(InvalidPolicy) as caught:
        parse_policy(text)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ('when.license = ["CC-BY-*"]\nwhen.bans = ["commercial"]', "no licence meets its condition"),
        ('when.license = ["MIT"]\nwhen.licensed = false', "no licence meets its condition"),
        ("when.after = 2024-01-02\nwhen.before = 2024-01-01", "can never fire"),
        ('when.permits = ["reproduce", "adapt"]', "rule 'two' decides wherever it would"),
        ('when.license = ["MIT"]\nwhen.hosts = ["a.example"]', "rule 'two' decides wherever it would"),
        ('when.bans = ["commercial"]', "rule 'one' decides wherever it would"),
        ('when.license = ["CC-BY-NC-4.0"]\nwhen.languages = ["de"]', "rule 'one' decides wherever it would"),
    ],
)
def test_refuses_a_rule_that_can_never_fire(condition: str, says: str) -> None:
    """A rule that no licence meets, or that another one always comes before, is refused with the reason."""
    rule = f'[[rule]]\nid = "three"\nverdict = "allow"\nreason = "Too."\n{condition}\n'
    with pytest.raises(InvalidPolicy) as caught:
        parse_policy(RULES + rule)
    assert says in str(caught.value)
    assert "'three'" in str(caught.value)


@pytest.mark.parametrize(
    "condition",
    [
        'when.license = ["LicenseRef-mine"]',
        "when.licensed = false",
        'when.hosts = ["a.example"]\nwhen.licensed = false',
    ],
)
def test_takes_a_rule_that_can(condition: str) -> None:
    """A rule that decides where no other does is taken."""
    rule = f'[[rule]]\nid = "three"\nverdict = "allow"\nreason = "Too."\n{condition}\n'
    assert len(parse_policy(RULES + rule).rules) == 3


AGENT_RULE = """
name = "p"
version = "1"
purpose = "train"
[[rule]]
id = "robots"
verdict = "deny"
reason = "R."
when.any_signal = { "%s" = "deny" }
[[rule]]
id = "rest"
verdict = "allow"
reason = "R."
"""


def test_a_rule_about_an_agent_that_nobody_asks_about_can_never_fire() -> None:
    """A misspelt agent would never be refused, so it is an error, unless the policy declares such an agent."""
    for name in ("robots:GPTBot", "robots:*", "robots:*Bot", "tdm"):
        parse_policy(AGENT_RULE % name)
    for name in ("robots:GPTBto", "robots:gptbot", "robots:No*"):
        with pytest.raises(InvalidPolicy, match="rule 'robots' can never fire"):
            parse_policy(AGENT_RULE % name)
    parse_policy('agents = ["OurBot"]' + AGENT_RULE % "robots:OurBot")
    with pytest.raises(InvalidPolicy, match="did you mean 'GPTBot'"):
        parse_policy(AGENT_RULE % "robots:GPTBto")
    with pytest.raises(InvalidPolicy, match="no site is asked about the agent 'GPTBot'"):
        check_agents(parse_policy(AGENT_RULE % "robots:GPTBot").rules, ["OurBot"])


def test_only_some_signals_take_a_suffix() -> None:
    """A suffix that no signal has is no way to write a rule that never fires."""
    with pytest.raises(InvalidPolicy, match="'tdm:x'"):
        parse_policy(AGENT_RULE % "tdm:x")


def test_shipped_policies_are_found_by_their_names(tmp_path: Path) -> None:
    """A file of that name comes first, and a path never stands for a shipped policy."""
    assert shipped_names() == ["permissive", "public-domain", "research-eu", "strict-commercial"]
    assert find_policy("permissive", tmp_path) == find_policy(Path("permissive")) == shipped("permissive")
    assert find_policy("permissive.toml", tmp_path) == tmp_path / "permissive.toml"
    assert find_policy("other", tmp_path) == tmp_path / "other"
    (tmp_path / "permissive").write_text("", encoding="utf-8")
    assert find_policy("permissive", tmp_path) == tmp_path / "permissive"
