"""What somebody without a token is told of what is in here: by what each dataset shows of itself."""

from __future__ import annotations

import re
from typing import Any

import pytest

from corpushub.face.hub import Hub
from tests.corpushub.web.access.conftest import HOST, asking, shown


def told(client: Any, token: str, value: str) -> dict[str, Any]:
    """Ask whether a site is in here; return what is told, by dataset."""
    page = client.get("/in-here", headers=shown(token)).text
    form = {"kind": "site", "value": value, "token": re.search('name="token" value="([^"]+)"', page)[1]}  # type: ignore[index]
    headers = {**shown(token), "Origin": f"https://{HOST}"}
    answer = client.post("/in-here.json", data=form, headers=headers)
    assert answer.status_code == 200, answer.text
    return {one["dataset"]: one for one in answer.json()["answer"]["datasets"]}


@pytest.mark.parametrize("level", ["private", "listed", "metadata", "open"])
def test_documents_are_named_where_they_are_open(private: Hub, tokens: dict[str, str], level: str) -> None:
    """Of what tells its numbers alone it is said whether something is there; of less, nothing; counts are rounded."""
    private.visibility("quickstart", level)
    everything = told(asking(private), tokens["reader"], "ferry-times.example")
    public = told(asking(private), "", "ferry-times.example")

    assert everything["quickstart"]["documents"]
    assert set(public) == ({"quickstart"} if level in ("metadata", "open") else set())
    for one in public.values():
        assert one["verdict"] == everything["quickstart"]["verdict"]
        assert bool(one["documents"]) == (level == "open")
        assert all(version["documents"] % 5 == 0 for version in one["searched"])
