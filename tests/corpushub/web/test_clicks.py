"""The main jobs of the three people that this is for, from the door to the answer: clicks and seconds are counted.

``pytest -s tests/corpushub/web/test_clicks.py`` tells them.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.corpushub.web.test_app import json_of
from tests.corpushub.web.test_browser import Watched, address, browser, pytestmark

__all__ = ["address", "browser", "pytestmark"]

MOST = 5
"""Clicks that any of them may take."""


class Person:
    """Somebody who looks for an answer by clicking, without JavaScript."""

    def __init__(self, browser: Any, address: str) -> None:
        self._watched = Watched(browser, address, java_script_enabled=False)
        self.page = self._watched.page
        self.page.goto("/")
        self.clicks, self._began = 0, time.perf_counter()

    def click(self, role: str, name: str, region: str | None = None) -> None:
        """Click on the first of that *role* and *name*, in the part of the page called *region*."""
        within = self.page.get_by_role("region", name=region, exact=True) if region else self.page
        self.press(within.get_by_role(role, name=name, exact=True).first)

    def press(self, target: Any) -> None:
        """Click on *target*."""
        target.click()
        self.clicks += 1

    def lacks(self, *words: str) -> list[str]:
        """Return those of *words* that the page does not say."""
        shown = self.page.get_by_role("main").inner_text()
        return [one for one in words if one not in shown]

    def noise(self) -> list[str]:
        """Return what pages asked of others, or complained of."""
        return self._watched.noise()

    def clicks_for(self, job: str) -> int:
        """Leave; tell how long *job* took, and return the clicks."""
        print(f"{job}: {self.clicks} clicks, {time.perf_counter() - self._began:.1f} s")
        self._watched.context.close()
        return self.clicks


def test_an_engineer_finds_why_documents_of_a_language_were_lost(browser: Any, address: str) -> None:
    """Version, losses, the number of the dropped of that language, one of them: its step, its value, its reason."""
    person = Person(browser, address)
    person.click("link", "quickstart@v1")
    person.click("link", "Losses")
    row = person.page.get_by_role("region", name="All, as a table").get_by_role("row").filter(has_text="de").first
    person.press(row.get_by_role("link").nth(1))
    assert person.lacks("Dropped documents of quickstart@v1", "language = de") == []
    person.press(person.page.get_by_role("main").locator(".documents").get_by_role("link").first)
    assert person.lacks("What happened to it", "✕ dropped") == []
    assert person.noise() == []
    assert person.clicks_for("engineer") <= MOST


@pytest.mark.parametrize("outcome", ["kept", "dropped"])
def test_somebody_finds_where_a_page_came_from_and_where_it_is(
    browser: Any, address: str, client: Any, outcome: str
) -> None:
    """Its address typed into the box arrives at it: captured when, from which file, held by which versions."""
    listed = json_of(client, f"/d/quickstart/v1/docs?outcome={outcome}&limit=200")["listing"]["documents"]
    uri = next(one["uri"] for one in listed if one["uri"] and [two["uri"] for two in listed].count(one["uri"]) == 1)
    person = Person(browser, address)
    person.page.get_by_role("searchbox").first.fill(uri)
    person.click("button", "Find")
    if "/doc/" not in person.page.url:
        person.press(person.page.get_by_role("main").locator(".documents").get_by_role("link").first)
    assert person.lacks("Where it came from", uri, "Captured", "Record", "Versions that hold it") == []
    assert person.noise() == []
    assert person.clicks_for(f"somebody, page {outcome}") <= MOST


def test_an_auditor_finds_whether_it_may_be_used_and_on_which_evidence(browser: Any, address: str) -> None:
    """Version, audit, policy, the documents of a finding, one of them: what it says of its rights, and where."""
    person = Person(browser, address)
    person.click("link", "quickstart@v1")
    person.click("link", "Audit")
    person.click("link", "strict-commercial")
    assert person.lacks("Not compliant") == []
    person.press(person.page.get_by_role("article").first.get_by_role("heading").get_by_role("link").first)
    assert person.lacks("policy = strict-commercial", "finding = 1") == []
    person.press(person.page.get_by_role("main").locator(".documents").get_by_role("link").first)
    assert person.lacks("Rights", "Licence") == []
    assert person.noise() == []
    assert person.clicks_for("auditor") <= MOST
