"""The hub in a real browser: reached by clicks and keys, quiet, readable by everybody, and without a script."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import corpushub
from corpushub.face.hub import Hub
from tests.corpushub.conftest import call
from tests.corpushub.persons import MAIL
from tests.corpushub.web.conftest import serving

BROWSER = os.environ.get("CORPUSHUB_BROWSER") or shutil.which("chromium") or shutil.which("chromium-browser")
LACKING = next((name for name in ("playwright", "axe_playwright_python") if find_spec(name) is None), None)

pytestmark = [
    pytest.mark.skipif(BROWSER is None, reason="no Chromium here: install it, or name one by CORPUSHUB_BROWSER"),
    pytest.mark.skipif(LACKING is not None, reason=f"{LACKING} is not installed"),
]

SIZES = {"telephone": (360, 740), "desk": (1280, 900)}
TELEPHONE = {"width": 360, "height": 740}
PLACES = (
    "/",
    "/d/quickstart",
    "/d/quickstart/v1",
    "/d/quickstart/v1/docs?text=the",
    "/d/quickstart/v1/docs?outcome=dropped",
    "/find?q=example",
    "/d/hostile/v1/docs",
    "/losses/quickstart@v1",
    "/losses/quickstart@v1?by=reason",
    "/audit/quickstart@v1?policy=strict-commercial",
    "/lineage/quickstart@v1",
    "/lineage/hostile@v1?only=sources",
    "/dedup/quickstart@v1",
    "/dedup/hostile@v1",
    "/policies",
    "/policies/research-eu",
    "/papers/quickstart@v1?as=eu-ai-act",
    "/diff/quickstart@v1...hostile@v1?change=removed",
    "/diff/quickstart@v1...quickstart@v1",
    "/runs",
    "/in-here",
    "/requests",
    "/reports",
    "/login",
    "/admin",
    "/nowhere",
)


@pytest.fixture(scope="module")
def address(hub: Hub) -> Iterator[str]:
    """Where the hub is served, without a slash at the end."""
    with serving(hub) as (_, told):
        yield told.rstrip("/")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium that shows no window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield launched
        launched.close()


class Watched:
    """A page, of which it is known what it asked for and what it complained about."""

    def __init__(self, browser: Any, address: str, **settings: Any) -> None:
        self.context = browser.new_context(base_url=address, **settings)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self._host = urlsplit(address).netloc
        self.page.on("console", self._said)
        self.page.on("pageerror", self._said)
        self.page.on("dialog", self._opened)
        self.page.on("request", self._asked)

    def _said(self, said: Any) -> None:
        if getattr(said, "type", "error") == "error":
            self.complaints.append(str(getattr(said, "text", said)))

    def _opened(self, dialog: Any) -> None:
        self.complaints.append(dialog.message)
        dialog.dismiss()

    def _asked(self, request: Any) -> None:
        if urlsplit(request.url).netloc != self._host:
            self.foreign.append(request.url)

    def noise(self) -> list[str]:
        """Return the other hosts that it asked, and what it complained of but pages that are not there."""
        return [*self.foreign, *(one for one in self.complaints if "404" not in one)]


CHECKED = "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"
"""All rules; that nothing else is told takes a quarter of the time."""


@pytest.mark.parametrize("size", SIZES)
def test_pages_are_readable_by_everybody(browser: Any, address: str, size: str) -> None:
    """The checker axe finds nothing in either scheme at either size; nothing scrolls sideways or leaves the host."""
    width, height = SIZES[size]
    watched = Watched(browser, address, bypass_csp=True, viewport={"width": width, "height": height})
    report = "/report?of=" + one_document(watched, "kept").replace("/d/quickstart/v1/doc/", "quickstart@v1%23")
    for place in (*PLACES, *found_places(watched), report):
        watched.page.goto(place)
        assert faults_of(watched, width) == []
    assert watched.noise() == []
    watched.context.close()


def found_places(watched: Watched) -> list[str]:
    """Return pages whose addresses have ids in them: documents, a run, and what is drawn when a node is opened."""
    run = watched.context.request.get("/runs.json").json()["runs"][0]
    name, ref = run["run"], run["version"]
    documents = [one_document(watched, outcome) for outcome in ("kept", "dropped", "dropped&reason=near_duplicate")]
    return [*documents, f"/runs/{name.removeprefix('run:')}", f"/lineage/{ref}?open={name}"]


def faults_of(watched: Watched, width: int) -> list[tuple[str, str, Any]]:
    """Return what axe finds on the page that is open in either scheme, and by how much it is wider than *width*."""
    import axe_playwright_python

    script = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    watched.page.evaluate(script)
    place, faults = watched.page.url, []
    for scheme in ("light", "dark"):
        watched.page.emulate_media(color_scheme=scheme)
        found = watched.page.evaluate(CHECKED)
        faults += [(place, f"{scheme}: {one['id']}", [node["html"] for node in one["nodes"]][:3]) for one in found]
    more = watched.page.evaluate("document.documentElement.scrollWidth") - width
    return [*faults, *([(place, "wider by", more)] if more > 0 else [])]


PUBLIC = (
    *("/", "/d/quickstart", "/d/quickstart/v1", "/d/quickstart/v1/docs?text=the", "/losses/quickstart@v1"),
    *("/find?q=the", "/login", "/runs", "/d/hostile"),
)


def test_public_pages_are_readable_by_everybody(browser: Any, hub: Hub) -> None:
    """What somebody is shown who shows no token, and what says that it takes one."""
    with serving(hub, "--accounts", "--public", "quickstart") as (_, address):
        watched = Watched(browser, address.rstrip("/"), bypass_csp=True, viewport=TELEPHONE)
        listed = watched.context.request.get("/d/quickstart/v1/docs.json").json()["documents"]
        for place in (*PUBLIC, f"/d/quickstart/v1/doc/{listed[0]['doc_id']}"):
            watched.page.goto(place)
            assert faults_of(watched, TELEPHONE["width"]) == []
        assert [one for one in watched.noise() if "401" not in one] == []
        watched.context.close()


def test_a_token_is_shown_by_keys(browser: Any, hub: Hub) -> None:
    """Typed into the page that the foot of each leads to, without a script; and put away again."""
    token = hub.add_token("reader", days=0.1).token
    with serving(hub, "--accounts") as (_, address):
        watched = Watched(browser, address.rstrip("/").replace("127.0.0.1", "localhost"), java_script_enabled=False)
        page = watched.page
        page.goto("/")
        page.get_by_role("link", name="Show a token").first.click()
        page.get_by_label("Token").fill(token)
        page.keyboard.press("Enter")
        page.get_by_role("link", name="quickstart@v1").click()
        assert page.get_by_role("heading", level=1).inner_text() == "quickstart@v1"
        page.get_by_role("link", name="You look with token").click()
        page.get_by_role("button", name="Put it away").click()
        page.goto("/")
        assert "shows no dataset to everybody" in page.get_by_role("main").inner_text()
        assert watched.noise() == []
        watched.context.close()


def one_document(watched: Watched, outcome: str) -> str:
    """Return the address of the page of a document."""
    answer = watched.context.request.get(f"/d/quickstart/v1/docs.json?outcome={outcome}")
    return f"/d/quickstart/v1/doc/{answer.json()['listing']['documents'][0]['doc_id']}"


@pytest.mark.parametrize("scripts", [True, False])
def test_from_the_door_to_a_document_by_clicks(browser: Any, address: str, scripts: bool) -> None:
    """Datasets, version, the documents behind a bar, one of them: four clicks, with and without JavaScript."""
    watched = Watched(browser, address, java_script_enabled=scripts)
    page = watched.page
    page.goto("/")
    page.get_by_role("link", name="quickstart@v1").click()
    page.get_by_role("region", name="Languages").or_(page.locator("section", has_text="Languages")).get_by_role(
        "link", name="de", exact=True
    ).first.click()
    assert page.get_by_role("heading", level=1).inner_text() == "Kept documents of quickstart@v1"
    page.get_by_role("main").get_by_role("list").get_by_role("heading", level=2).get_by_role("link").first.click()
    assert page.get_by_role("heading", name="What happened to it").is_visible()
    assert page.get_by_role("region", name="The text itself").is_visible()
    page.get_by_role("link", name="This page as JSON").click()
    assert '"corpushub.web.document/1"' in page.content()
    assert watched.noise() == []
    watched.context.close()


def test_from_the_door_to_a_dropped_document_by_keys(browser: Any, address: str) -> None:
    """The box is reached before anything of the page itself; what is typed into it arrives by Enter."""
    watched = Watched(browser, address)
    page = watched.page
    place = one_document(watched, "dropped")
    page.goto("/")
    while page.evaluate("document.activeElement.id") != "q":
        page.keyboard.press("Tab")
    page.keyboard.type(place.rpartition("/")[2])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{place}")

    assert "It is not in quickstart@v1" in page.get_by_role("main").inner_text()
    assert watched.noise() == []
    watched.context.close()


@pytest.mark.parametrize(
    ("links", "heading"),
    [
        (["quickstart@v1", "Duplicates"], "Duplicates in quickstart@v1"),
        (["quickstart@v1", "Lineage", "only sources"], "What quickstart@v1 was made of"),
        (["quickstart@v1", "Audit", "permissive 1"], "permissive 1"),
        (["Policies", "strict-commercial"], "strict-commercial 1"),
    ],
)
def test_pages_are_reached_from_the_door(browser: Any, address: str, links: list[str], heading: str) -> None:
    """By clicks on what they are called, without JavaScript."""
    watched = Watched(browser, address, java_script_enabled=False)
    watched.page.goto("/")
    for name in links:
        watched.page.get_by_role("link", name=name, exact=True).first.click()

    assert watched.page.get_by_role("heading", level=1).inner_text() == heading
    assert watched.noise() == []
    watched.context.close()


def test_a_drawing_is_walked_by_keys(browser: Any, address: str) -> None:
    """Its boxes are links with names: a number opens what it stands for, a file its documents."""
    watched = Watched(browser, address)
    page = watched.page
    page.goto("/lineage/quickstart@v1")
    drawing = page.get_by_role("region", name="The drawing")
    drawing.get_by_role("link", name="Show +6, files").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**open=run*")
    assert drawing.get_by_role("link").count() == 8
    drawing.get_by_role("link", name="input corpus/crawl/crawl-00000.warc.gz").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**file=corpus*")

    assert page.get_by_role("heading", level=1).inner_text() == "Kept documents of quickstart@v1"
    assert watched.noise() == []
    watched.context.close()


def test_what_strangers_wrote_runs_nowhere(browser: Any, address: str) -> None:
    """No dialog opens, no title changes, nothing is asked of another host."""
    watched = Watched(browser, address)
    listed = watched.context.request.get("/d/hostile/v1/docs.json").json()["listing"]["documents"]
    pages = ["docs", *(f"doc/{one['doc_id']}" for one in listed)]
    others = ["/dedup/hostile@v1", "/lineage/hostile@v1", "/diff/quickstart@v1...hostile@v1", "/audit/hostile@v1"]
    for place in (*(f"/d/hostile/v1/{page}" for page in pages), *others):
        watched.page.goto(place)
        assert watched.page.title() != "taken"
        assert watched.page.locator("script").count() == 0
    assert watched.noise() == []
    watched.context.close()


def test_a_request_goes_from_the_form_to_done(
    browser: Any, persons_hub: Path, findings_key: None, tmp_path: Path
) -> None:
    """Somebody asks whether they are in here, asks to be taken out, and follows the receipt to the proof."""
    shutil.copytree(persons_hub, tmp_path / "hub")
    with corpushub.open(tmp_path / "hub") as hub, serving(hub) as (_, address):
        telephone = {"width": 360, "height": 740}
        watched = Watched(browser, address.rstrip("/"), viewport=telephone, bypass_csp=True)
        page = watched.page

        def asks() -> str:
            page.get_by_label("What you look for").select_option(label="An e-mail address")
            page.get_by_label("The text, address, site or number itself").fill(MAIL)
            page.get_by_role("button", name="Look for it").click()
            assert MAIL not in page.url
            assert faults_of(watched, 360) == []
            said: str = page.get_by_role("main").inner_text()
            return said

        page.goto("/")
        page.get_by_role("link", name="Is it in here?").click()
        before = asks()
        assert "plain: it is in here" in before
        assert "scanned: it was replaced in documents that are in here" in before
        page.get_by_role("link", name="ask for it to be taken out").click()
        page.get_by_label("What it is about").select_option(label="An e-mail address")
        page.get_by_label("The address, number, name, site or id itself").fill(MAIL)
        page.get_by_label("How to reach you").fill(MAIL)
        page.get_by_role("button", name="Send the request").click()
        place = page.url
        assert page.get_by_role("heading", level=1).inner_text() == "Erasure: received"
        assert faults_of(watched, 360) == []
        call("requests", "verify", "1", "--by-hand", "answered a message", "--hub", hub.home.path)
        call("requests", "approve", "1", "--yes", "--hub", hub.home.path)
        page.goto(place)
        assert page.get_by_role("heading", level=1).inner_text() == "Erasure: done"
        assert faults_of(watched, 360) == []
        page.get_by_role("link", name="receipt:").click()
        assert "nothing of what was erased was found" in page.get_by_role("main").inner_text()
        assert faults_of(watched, 360) == []
        page.get_by_role("link", name="Is it in here?").click()
        after = asks()
        assert "plain: not found" in after
        assert "scanned: not found" in after
        assert watched.noise() == []
        watched.context.close()


def test_a_document_is_reported_by_clicks(browser: Any, persons_hub: Path, tmp_path: Path) -> None:
    """From its page, without JavaScript, to the answer."""
    shutil.copytree(persons_hub, tmp_path / "hub")
    with corpushub.open(tmp_path / "hub") as hub, serving(hub) as (_, address):
        watched = Watched(browser, address.rstrip("/"), java_script_enabled=False)
        page = watched.page
        page.goto("/find?q=https://kitchen.example/jam")
        page.get_by_role("main").get_by_role("listitem").get_by_role("link").first.click()
        page.get_by_role("link", name="Report this document").click()
        page.get_by_label("What is wrong").select_option(label="Its licence is another one")
        page.get_by_label("What there is to say").fill(f"Ask {MAIL}, who wrote it.")
        page.get_by_role("button", name="Send the report").click()
        place = page.url
        assert "Ask <EMAIL_ADDRESS_1>, who wrote it." in page.get_by_role("main").inner_text()
        call("reports", "close", "1", "--answer", "the site says otherwise", "--hub", hub.home.path)
        page.goto(place)
        assert "the site says otherwise" in page.get_by_role("main").inner_text()
        assert watched.noise() == []
        watched.context.close()
