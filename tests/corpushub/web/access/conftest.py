"""A hub that asks who looks at it: a copy of the one with two datasets, with a token for each role."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

import corpushub
from corpushub.face.hub import Hub
from corpushub.web.access.sessions import Serving
from corpushub.web.app import application

HOST = "hub.example"
ROLES = ("public", "reader", "auditor", "curator", "admin")
LEVELS = ("private", "listed", "metadata", "open")

Asking = Callable[..., Any]


def asking(hub: Hub, **serving: Any) -> TestClient:
    """A browser far away, before *hub* as it is served by others, which shows nothing yet."""
    app = application(hub, Serving(trusting=False, hosts=(HOST,), **serving))
    return TestClient(app, base_url=f"https://{HOST}", follow_redirects=False, raise_server_exceptions=False)


def shown(token: str) -> dict[str, str]:
    """Return what a program sends that shows *token*."""
    return {} if not token else {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def asked(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The hub."""
    folder = tmp_path_factory.mktemp("asked") / "hub"
    shutil.copytree(hub.home.path, folder)
    with corpushub.open(folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def tokens(asked: Hub) -> dict[str, str]:
    """The token of each role, for all datasets; the public has none."""
    return {role: "" if role == "public" else asked.add_token(role).token for role in ROLES}


@pytest.fixture
def private(asked: Hub) -> Iterator[Hub]:
    """The hub, whose datasets show nothing, also afterwards."""
    for name in ("quickstart", "hostile"):
        asked.visibility(name, "private")
    yield asked
    for name in ("quickstart", "hostile"):
        asked.visibility(name, "private")


def ids(hub: Hub, outcome: str) -> list[str]:
    """Return the ids of documents of quickstart@v1 with *outcome*."""
    client = TestClient(application(hub), base_url="http://127.0.0.1")
    listed = client.get(f"/d/quickstart/v1/docs.json?outcome={outcome}").json()["listing"]["documents"]
    return [one["doc_id"] for one in listed]
