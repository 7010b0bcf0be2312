"""The policies that ship pass the cases beside them, and cases are refused where they mean nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.errors import InvalidPolicy, MissingPolicy
from policies.rules.cases import SUFFIX, load_cases, run_cases
from policies.rules.conditions import Answer
from policies.rules.policy_file import SHIPPED

NAMES = ["permissive", "public-domain", "research-eu", "strict-commercial"]
POLICY = 'name = "p"\nversion = "1"\npurpose = "x"\nallow = ["MIT"]\n'


@pytest.mark.parametrize("name", NAMES)
def test_shipped_policy_passes_its_cases(name: str) -> None:
    """Every case has the verdict and rule that it expects, and the cases show every answer and every rule."""
    policy, tried = run_cases(SHIPPED / f"{name}.toml")
    rules = {rule.id for rule in policy.rules if not rule.id.startswith(("allow ", "deny "))}

    assert [one for one in tried if not one.passed] == []
    assert {one.found.verdict for one in tried} == set(Answer)
    assert rules <= {one.found.rule for one in tried}


def test_all_shipped_policies_are_tested() -> None:
    """Each shipped policy is among those above."""
    assert sorted(path.stem for path in SHIPPED.glob("*.toml") if not path.name.endswith(SUFFIX)) == NAMES


def write(folder: Path, cases: str) -> Path:
    """Write a policy and its cases; return the policy's file."""
    (folder / "p.toml").write_text(POLICY, encoding="utf-8")
    (folder / "p.tests.toml").write_text(cases, encoding="utf-8")
    return folder / "p.toml"


def test_a_case_that_fails_says_what_was_found(tmp_path: Path) -> None:
    """A wrong verdict fails, and so does the right one by another rule."""
    path = write(
        tmp_path,
        '[[case]]\nname = "a"\nlicense = "MIT"\nverdict = "deny"\n'
        '[[case]]\nname = "b"\nlicense = "MIT"\nverdict = "allow"\nrule = "other"\n'
        '[[case]]\nname = "c"\nlicense = "MIT"\nverdict = "allow"\n',
    )
    _, tried = run_cases(path)

    assert [one.passed for one in tried] == [False, False, True]
    assert tried[0].found.rule == "allow MIT"


@pytest.mark.parametrize(
    ("cases", "says"),
    [
        ("", "no [[case]]"),
        ('[[case]]\nname = "a"\nverdict = "deny"\nlicence = "MIT"', "did you mean 'license'"),
        ('[[case]]\nname = "a"', "lacks the key 'verdict'"),
        ('[[case]]\nname = "a"\nverdict = "maybe"', "in the case 'a'"),
        ('[[case]]\nname = "a"\nverdict = "deny"\nevidence = [{ meaning = "deny" }]', "in the case 'a'"),
        ('[[case]]\nname = "a"\nverdict = "deny"\nevidence = [{ name = "tdm", where = "sky" }]', "'sky'"),
        ('[[case]]\nname = "a"\nverdict = "deny"\nevidence = [{ nam = "tdm" }]', "did you mean 'name'"),
        ("[[case", "not valid TOML"),
    ],
)
def test_refuses_cases(tmp_path: Path, cases: str, says: str) -> None:
    """Tests that cannot be meant are refused, naming the file."""
    with pytest.raises(InvalidPolicy) as caught:
        load_cases(write(tmp_path, cases))
    assert says in str(caught.value)
    assert "p.tests.toml" in str(caught.value)


def test_a_policy_without_tests(tmp_path: Path) -> None:
    """Where no tests stand beside a policy that is said."""
    (tmp_path / "p.toml").write_text(POLICY, encoding="utf-8")
    with pytest.raises(MissingPolicy, match=r"p\.tests\.toml"):
        load_cases(tmp_path / "p.toml")
