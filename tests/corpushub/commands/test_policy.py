"""The commands about policies answer with exit codes, and refuse what cannot be meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from corpushub.cli import main
from corpushub.errors import RecipeError
from corpushub.recipe.job import keep_policy
from corpushub.recipe.model import Recipe
from corpushub.recipe.rights import load_rights
from lineage.control.policy_texts import policy_text
from lineage.hub import Hub
from lineage.hub.home import Home
from policies.rules.policy_file import shipped

POLICY = 'name = "p"\nversion = "1"\npurpose = "x"\nallow = ["MIT"]\n'
LANGUAGES = '[[rule]]\nid = "de"\nverdict = "deny"\nreason = "R."\nwhen.languages = ["de"]\n'


def invoke(*arguments: str | Path) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, [str(one) for one in arguments])


def test_policy_test_passes() -> None:
    """A shipped policy meets its cases: exit 0, as text and as JSON, by either file."""
    text = invoke("policy", "test", shipped("public-domain"))
    answer = invoke("policy", "test", shipped("public-domain.tests"), "--json")

    assert (text.exit_code, answer.exit_code) == (0, 0)
    assert text.stdout.endswith("public-domain 1: 7 of 7 cases\n")
    assert json.loads(answer.stdout)["schema"] == "corpushub.policy-test/1"


def test_policy_test_fails(tmp_path: Path) -> None:
    """A case that is not met is told with what was found, and the exit code is 1; a missing file's is 2."""
    (tmp_path / "p.toml").write_text(POLICY, encoding="utf-8")
    case = '[[case]]\nname = "nothing known"\nverdict = "allow"\nrule = "x"\n'
    (tmp_path / "p.tests.toml").write_text(case, encoding="utf-8")
    failed = invoke("policy", "test", tmp_path / "p.toml")

    assert failed.exit_code == 1
    assert "FAILED  nothing known" in failed.stdout
    assert "expected allow by x; found unknown by unknown-licence" in failed.stdout
    assert invoke("policy", "test", tmp_path / "none.toml").exit_code == 2


def recipe(**sections: object) -> Recipe:
    """Return a recipe with a policy and other *sections*."""
    source = {"name": "s", "connector": "jsonl", "paths": ["a"]}
    return Recipe.model_validate(
        {"dataset": {"name": "d"}, "source": [source], "policy": {"file": "p.toml"}, **sections}
    )


def test_rules_about_languages_need_a_language_step(tmp_path: Path) -> None:
    """A policy that asks for languages is refused where the recipe identifies none."""
    (tmp_path / "p.toml").write_text(POLICY + LANGUAGES, encoding="utf-8")
    with pytest.raises(RecipeError, match='use = "language"'):
        load_rights(recipe(), tmp_path)
    assert load_rights(recipe(step=[{"use": "language"}]), tmp_path).policy is not None


def test_rules_about_agents_need_them_to_be_asked(tmp_path: Path) -> None:
    """A policy that speaks of an agent is refused where the recipe asks no site about it."""
    rule = '[[rule]]\nid = "ours"\nverdict = "deny"\nreason = "R."\nwhen.signals = { "robots:OurBot" = "deny" }\n'
    (tmp_path / "p.toml").write_text('agents = ["OurBot"]\n' + POLICY + rule, encoding="utf-8")
    (tmp_path / "agents.toml").write_text('date = 2026-01-01\nagents = ["OurBot"]\n', encoding="utf-8")
    with pytest.raises(RecipeError, match="'OurBot'"):
        load_rights(recipe(), tmp_path)
    assert load_rights(recipe(policy={"file": "p.toml", "agents": "agents.toml"}), tmp_path).agents is not None


def test_the_text_of_a_policy_is_kept(tmp_path: Path) -> None:
    """It is kept under the digest that stands in the ledger, unless the file has changed its meaning meanwhile."""
    home = Home(tmp_path / "hub", catalog="", warehouse_root="").create()
    hub, db = Hub(home), Hub(home).db
    (tmp_path / "p.toml").write_text(POLICY, encoding="utf-8")
    policy = load_rights(recipe(), tmp_path).policy
    assert policy is not None
    (tmp_path / "p.toml").write_text(POLICY.replace("MIT", "ISC"), encoding="utf-8")
    keep_policy(recipe(), tmp_path, policy, hub)
    assert policy_text(db, policy.digest) is None

    (tmp_path / "p.toml").write_text("# ours\n" + POLICY, encoding="utf-8")
    keep_policy(recipe(), tmp_path, policy, hub)
    assert policy_text(db, policy.digest) == "# ours\n" + POLICY
