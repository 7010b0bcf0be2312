"""The recipe and the policy of a run as the hub keeps them: without personal data, and as its statement names them."""

from __future__ import annotations

import base64
import hashlib
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from corpushub.cli import main
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.hub.schema import ATTESTATIONS, METADATA

MAIL, LOGIN = "zq.ann@mail.example.org", "zqpassword"
POLICY = f'# asked {MAIL}\nformat = 1\nname = "ours"\nversion = "1"\npurpose = "train"\nallow = ["CC0-1.0"]\n'


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, corpushub: Callable[..., Any]) -> tuple[Path, str]:
    """Return a folder with a recipe, a policy and the hub in which it ran, and the run."""
    folder = tmp_path_factory.mktemp("kept")
    write_jsonl(folder / "data" / "a.jsonl", [{"id": "a", "url": "https://h.example/", "text": "a quiet river bank"}])
    text = recipe('[policy]\nfile = "policy.toml"\n', license="CC0-1.0")
    (folder / "recipe.toml").write_text(f"# by {MAIL}, see https://ann:{LOGIN}@h.example/ and /home/zqann/x\n{text}")
    (folder / "policy.toml").write_text(POLICY)
    return folder, str(corpushub("run", folder / "recipe.toml", "--hub", folder / "hub")["run"])


def digest(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def test_what_is_kept_has_no_personal_data(ran: tuple[Path, str]) -> None:
    """No record of the control database holds the address, the login or the user of the recipe's comment."""
    hub = Hub(Home(ran[0] / "hub"))
    with hub.db.connect() as connection:
        held = repr([connection.execute(select(table)).all() for table in METADATA.tables.values()])

    assert not any(word in held for word in (MAIL, LOGIN, "zqann"))
    assert "<EMAIL>" in held


def test_run_and_statement_agree(ran: tuple[Path, str], corpushub: Callable[..., Any]) -> None:
    """What is shown is what is kept, letter for letter; its digest is the statement's, and that of the file is told."""
    folder, run = ran
    told = corpushub("show", run, "--hub", folder / "hub")
    with Hub(Home(folder / "hub")) as hub, hub.db.connect() as connection:
        envelope = connection.execute(select(ATTESTATIONS.c.envelope)).scalar_one()
    said = json.loads(base64.b64decode(json.loads(envelope)["payload"]))
    stated = said["predicate"]["buildDefinition"]["externalParameters"]["recipe"]

    assert told == corpushub("runs", run, "--hub", folder / "hub")
    assert told["recipe"]["sha256"] == digest(told["recipe"]["text"]) == stated["text"]
    assert told["recipe"]["original"] == digest((folder / "recipe.toml").read_text())
    assert told["policy"]["sha256"] == digest(told["policy"]["text"])
    assert told["policy"]["original"] == digest(POLICY)
    written = tomllib.loads((folder / "recipe.toml").read_text())
    assert tomllib.loads(told["recipe"]["text"]) == written


def test_recipe_and_policy_are_printed_alone(ran: tuple[Path, str], corpushub: Callable[..., Any]) -> None:
    """They can be redirected into a file that has the digest."""
    folder, run = ran
    told = corpushub("runs", run, "--hub", folder / "hub")
    for part in ("recipe", "policy"):
        printed = CliRunner().invoke(main, ["runs", run, f"--{part}", "--hub", str(folder / "hub")])
        assert (printed.exit_code, digest(printed.stdout)) == (0, told[part]["sha256"])
    shown = CliRunner().invoke(main, ["show", run, "--hub", str(folder / "hub")]).stdout
    assert told["recipe"]["original"] in shown
    assert '  name = "ours"' in shown
