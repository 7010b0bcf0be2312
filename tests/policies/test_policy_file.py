"""Policy files say what they mean or are refused in one clear sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

import policies
from policies.allow_list import Answer
from policies.errors import InvalidPolicy, MissingPolicy, PolicyError
from policies.policy_file import load_policy

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
    assert [rule.license for rule in policy.allow] == ["MIT", "CC-BY-*", "Apache-2.0"]
    assert policy.allow[2].reason == "Permissive."
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


@pytest.mark.parametrize(
    ("licence", "verdict"),
    [
        ("CC0-1.0", "allow"),
        ("LicenseRef-PublicDomain-JP", "allow"),
        ("CC-BY-4.0", "allow"),
        ("CC-BY-SA-4.0", "deny"),
        ("CC-BY-NC-SA-4.0", "deny"),
        ("CC-BY-ND-4.0", "deny"),
        ("GPL-3.0-or-later", "deny"),
        ("MIT OR Apache-2.0", "allow"),
        ("LicenseRef-IETF-Trust", "deny"),
        (None, "unknown"),
    ],
)
def test_permissive_policy_ships(licence: str | None, verdict: str) -> None:
    """The shipped policy allows what anyone may use for anything, and nothing else."""
    policy = load_policy(Path(policies.__path__[0]) / "permissive.toml")
    assert policy.decide(licence).verdict == verdict
