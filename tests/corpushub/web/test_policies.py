"""Policies as pages: rules in words that findings lead to, the cases of the command, and the runs that used them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

import corpushub
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl
from corpushub.web.app import application
from pipelines.execution.executor import Execution
from policies.rules.policy_file import shipped_names
from tests.corpushub.conftest import call
from tests.corpushub.web.test_app import json_of

OWN = """
name = "ours"
version = "7"
purpose = "train"

[[rule]]
id = "<b>no & ads</b>"
verdict = "deny"
reason = "Somebody <i>objects</i>."
when.any_signal = { tdm = "deny", noai = "deny" }

[[rule]]
id = "free"
verdict = "allow"
reason = "The licence permits it."
when.permits = ["reproduce", "share"]
"""


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory, warm: None) -> Iterator[TestClient]:
    """A browser on a hub with a version that was decided by a policy of its recipe."""
    folder = tmp_path_factory.mktemp("policies")
    (folder / "ours.toml").write_text(OWN, encoding="utf-8")
    write_jsonl(folder / "data" / "a.jsonl", [{"id": str(n), "text": f"Some {n} words of a text"} for n in range(3)])
    written = recipe('[policy]\nfile = "ours.toml"\n').replace('license = "unknown"', 'license = "MIT"')
    (folder / "recipe.toml").write_text(written, encoding="utf-8")
    with corpushub.open(folder / "hub") as hub:
        hub.run(folder / "recipe.toml", Execution(workers=1, allow_empty=True))
        yield TestClient(application(hub), base_url="http://localhost")


@pytest.mark.parametrize("name", shipped_names())
def test_cases_are_judged_as_by_the_command(client: TestClient, name: str) -> None:
    """And every rule that decided one is on the page, where its link leads to."""
    said = call("policy", "test", name)
    said.pop("schema")
    page = client.get(f"/policies/{name}").text
    ids = {unescape(one) for one in re.findall(r' id="(rule-[^"]*)"', page)}
    links = {unquote(unescape(one)) for one in re.findall(r'href="#(rule-[^"]*)"', page)}

    assert json_of(client, f"/policies/{name}")["tested"] == said
    assert links <= ids
    assert all(" " not in one for one in ids)


@pytest.mark.parametrize("policy", ["permissive", "strict-commercial"])
def test_findings_lead_to_the_rule_that_decided(client: TestClient, policy: str) -> None:
    """By a place on its policy's page."""
    audit = unescape(client.get(f"/audit/quickstart@v1?policy={policy}").text)
    links = set(re.findall(r'href="(/policies/[^"#]+)#([^"]+)"', audit))

    assert links
    for place, anchor in links:
        assert f'id="{unquote(anchor)}"' in unescape(client.get(place).text)


def test_a_policy_of_a_recipe_is_told_with_its_runs(used: TestClient) -> None:
    """By its digest, and by that of its text, which the run's page has; what it says is shown and acts on nothing."""
    (line,) = [one for one in json_of(used, "/policies")["policies"] if not one["ships"]]
    run = json_of(used, "/runs")["runs"][0]
    told = json_of(used, f"/policies/{line['digest']}")
    kept = json_of(used, f"/runs/{run['run'].removeprefix('run:')}")["policy"]["sha256"]

    assert (line["name"], line["version"], line["runs"]) == ("ours", "7", 1)
    assert told["used"] == [{"run": run["run"], "version": run["version"]}]
    assert told["rules"][0]["when"] == ["the signal noai says deny or the signal tdm says deny"]
    assert told["rules"][1]["when"] == ["the licence permits all of reproduce, share"]
    assert (told["tested"], told) == (None, json_of(used, f"/policies/{kept}"))
    page = used.get(f"/policies/{line['digest']}").text
    assert "<i>" not in page
    assert "<b>" not in page


def test_policies_are_reached_from_the_door(client: TestClient, used: TestClient) -> None:
    """And one that is not there names those that are."""
    assert 'href="/policies"' in client.get("/").text
    assert all(f'href="/policies/{name}"' in client.get("/policies").text for name in shipped_names())
    answer = used.get("/policies/nobody")
    assert (answer.status_code, "strict-commercial" in answer.text) == (404, True)
