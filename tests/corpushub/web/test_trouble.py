"""What goes on where something is wrong: too many ask at once, files are damaged, versions are retired."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import corpushub
from corpushub.face.hub import Hub
from corpushub.web import answers
from corpushub.web.app import AT_ONCE, MOST_WAITING, application

WAIT = 60


@pytest.fixture
def copy(hub: Hub, tmp_path: Path) -> Iterator[Hub]:
    """A copy of the hub, to be damaged."""
    shutil.copytree(hub.home.path, tmp_path / "hub")
    with corpushub.open(tmp_path / "hub") as opened:
        yield opened


def browser(hub: Hub) -> TestClient:
    """A browser on this machine; what fails answers it, as it would there."""
    return TestClient(application(hub), base_url="http://localhost", raise_server_exceptions=False)


def test_so_many_are_answered_at_once_and_health_is_told_meanwhile(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty who ask for what takes long wait for one another, for each may take the memory of a query."""
    go, full, lock = threading.Event(), threading.Event(), threading.Lock()
    running, most, answered = 0, 0, answers.datasets

    def slow(hub: Hub) -> Any:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        if most == AT_ONCE:
            full.set()
        assert go.wait(WAIT)
        with lock:
            running -= 1
        return answered(hub)

    monkeypatch.setattr(answers, "datasets", slow)
    with browser(hub) as client, ThreadPoolExecutor(60) as many:
        asked = [many.submit(client.get, "/") for _ in range(60)]
        try:
            assert full.wait(WAIT)
            assert client.get("/healthz").text == "ok\n"
        finally:
            go.set()

        assert {one.result().status_code for one in asked} == {200}
    assert most == AT_ONCE


def test_whoever_asks_when_too_many_wait_is_told_to_ask_again(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, with when; the others are answered."""
    go, answered = threading.Event(), answers.datasets

    def slow(hub: Hub) -> Any:
        assert go.wait(WAIT)
        return answered(hub)

    monkeypatch.setattr(answers, "datasets", slow)
    many = AT_ONCE + MOST_WAITING
    with browser(hub) as client, ThreadPoolExecutor(many + 9) as asking:
        asked = [asking.submit(client.get, "/index.json") for _ in range(many + 9)]
        try:
            refused = [one.result() for one in islice(as_completed(asked, WAIT), 9)]
        finally:
            go.set()

        assert {(one.status_code, one.headers["retry-after"]) for one in refused} == {(503, "2")}
        assert sorted(one.result().status_code for one in asked) == [200] * many + [503] * 9


def test_a_damaged_file_is_told_without_where_the_hub_is(copy: Hub) -> None:
    """Nor does it quote what it holds; the pages that need no such file go on."""
    for path in copy.home.path.glob("warehouse/quickstart/*/data/*.parquet"):
        path.chmod(0o600)
        path.write_bytes(b"PAR1 of somebody's text")
    client = browser(copy)
    for place in ("/d/quickstart/v1", "/d/quickstart/v1/docs", "/d/quickstart/v1/docs.json", "/audit/quickstart"):
        answer = client.get(place)

        assert answer.status_code == 503, place
        assert "corpushub verify" in answer.text
        assert str(copy.home.path) not in answer.text
        assert "somebody" not in answer.text
    assert client.get("/").status_code == client.get("/d/quickstart").status_code == 200


def test_what_fails_tells_neither_why_nor_what_was_asked(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The page has a number, and so has the log."""

    def failing(hub: Hub) -> Any:
        raise RuntimeError("a text of somebody")

    monkeypatch.setattr(answers, "datasets", failing)
    answer = browser(hub).get("/")

    assert answer.status_code == 500
    assert "somebody" not in answer.text + caplog.text


def test_reading_changes_nothing(copy: Hub) -> None:
    """No page writes a file of the hub, but the database, which notes who was shown what."""
    client = browser(copy)

    def held() -> dict[str, int]:
        files = (path for path in copy.home.path.rglob("*") if path.is_file() and "hub.sqlite" not in path.name)
        return {str(path): path.stat().st_mtime_ns for path in files}

    before, name = held(), "quickstart@v1"
    places = ["/", "/runs", "/d/quickstart/v1", "/d/quickstart/v1/docs?text=a", "/find?q=ferry", f"/losses/{name}"]
    for place in [*places, f"/audit/{name}?policy=strict-commercial", f"/lineage/{name}", f"/diff/{name}...hostile@v1"]:
        assert client.get(place).status_code == 200, place

    assert held() == before


def test_an_empty_hub_says_how_to_begin(tmp_path: Path) -> None:
    """And nothing on its pages fails."""
    with corpushub.open(tmp_path / "hub") as hub:
        hub.home.create()
        client = browser(hub)

        assert "corpushub run" in client.get("/").text
        assert "corpushub run" in client.get("/runs").text
        assert client.get("/find?q=text").status_code == 200
        assert client.get("/d/nobody").status_code == 404


def test_of_a_version_whose_files_were_removed_the_stories_stay(copy: Hub) -> None:
    """Its lists are gone, and say so; each of its documents still tells what happened to it."""
    client = browser(copy)
    kept, dropped = (
        client.get(f"/d/quickstart/v1/docs.json?outcome={outcome}").json()["listing"]["documents"][0]["doc_id"]
        for outcome in ("kept", "dropped")
    )
    copy.retire("quickstart@v1")
    copy.clean(remove=True, grace_seconds=0)

    assert client.get("/d/quickstart").status_code == client.get("/lineage/quickstart@v1").status_code == 200
    page = client.get("/d/quickstart/v1")
    assert (page.status_code, "files were removed" in page.text) == (200, True)
    assert client.get("/d/quickstart/v1.json").json()["statistics"] is None
    assert "/d/quickstart/v1/docs" not in page.text
    for place in ("/d/quickstart/v1/docs", "/losses/quickstart@v1", "/audit/quickstart@v1"):
        assert client.get(place).status_code == 410, place
    assert "whose documents were removed" in client.get(f"/d/quickstart/v1/doc/{kept}").text
    assert "It is not in quickstart@v1" in client.get(f"/d/quickstart/v1/doc/{dropped}").text
