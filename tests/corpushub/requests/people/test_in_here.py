"""Whether something is in a hub: found, replaced, dropped, or not in what was searched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import corpushub
from corpushub.errors import BadRequest
from corpushub.face.hub import Hub
from corpushub.requests.people.in_here import MOST_TEXT, DatasetInHere, Reach, in_here
from lineage.control.versions import list_versions
from policies.pii.keys import VARIABLE
from tests.corpushub.persons import MAIL, NUMBER


@pytest.fixture
def asked(persons_hub: Path, findings_key: None) -> Iterator[Hub]:
    """The hub, only to be asked."""
    with corpushub.open(persons_hub) as opened:
        yield opened


def of(hub: Hub, kind: str, value: str, name: str = "scanned") -> DatasetInHere:
    """Return what dataset *name* has of *value*."""
    return next(one for one in in_here(hub, kind, value).datasets if one.dataset == name)


def outcomes(found: DatasetInHere) -> list[tuple[str, str | None]]:
    """Return what became of each document that was found, and why."""
    return sorted((fate.outcome, fate.reason) for one in found.documents for fate in one.fates)


@pytest.mark.parametrize(("kind", "value"), [("email", MAIL.upper()), ("phone", "+1 (212) 555 0187")])
def test_what_was_replaced_is_told_by_its_hash(asked: Hub, kind: str, value: str) -> None:
    """In the scanned dataset the value was replaced: its text does not hold it, and the ledger knows it was there."""
    found = of(asked, kind, value)

    assert (found.verdict, outcomes(found)) == ("redacted", [("redacted", None)])
    assert found.unsearched == ()
    assert all(one.complete for one in found.searched)


@pytest.mark.parametrize(("kind", "value"), [("email", MAIL.upper()), ("phone", NUMBER)])
def test_what_stands_in_a_text_is_found_there(asked: Hub, kind: str, value: str) -> None:
    """Without a scan nothing tells of persons but the texts; the answer says so."""
    found = of(asked, kind, value, "plain")

    assert (found.verdict, outcomes(found)) == ("found", [("found", None)])
    assert "no search for personal data" in found.unsearched[0]


def test_without_the_key_it_says_what_it_cannot_tell(asked: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not found is then not the same as not there."""
    monkeypatch.delenv(VARIABLE)
    found = of(asked, "email", MAIL)

    assert found.verdict == "absent"
    assert "the key that would tell is not at hand" in found.unsearched[0]


def test_pages_and_sites_are_told_with_what_was_dropped(asked: Hub) -> None:
    """A page that was dropped as a copy, a site with what is below it, and one that was never met."""
    copy = of(asked, "page", "http://orchard.example/pears/")
    site = of(asked, "site", "Orchard.EXAMPLE")

    assert (copy.verdict, outcomes(copy)) == ("dropped", [("dropped", "exact_duplicate")])
    assert outcomes(site) == [("dropped", "exact_duplicate"), ("found", None)]
    assert of(asked, "site", "nobody.example").verdict == "absent"
    assert of(asked, "page", "https://orchard.example/apples").documents == ()


def test_a_text_is_found_and_so_is_what_was_dropped_as_a_copy(asked: Hub) -> None:
    """The letter case does not count."""
    found = of(asked, "text", "first page of THE ORCHARD")

    assert outcomes(found) == [("dropped", "exact_duplicate"), ("found", None)]
    assert of(asked, "text", "nobody ever wrote this").verdict == "absent"


def test_only_datasets_that_may_be_spoken_of_are(asked: Hub) -> None:
    """Of the others not even their names."""
    assert [one.dataset for one in in_here(asked, "site", "orchard.example", Reach({"plain"})).datasets] == ["plain"]
    assert in_here(asked, "site", "orchard.example", Reach(set())).datasets == ()


def test_what_was_not_searched_to_its_end_is_told(asked: Hub) -> None:
    """Where there is no time, or no room for all documents, the answer is not that there are no more."""
    no_time = in_here(asked, "text", "first page of the orchard", Reach(seconds=0))
    no_room = in_here(asked, "site", "orchard.example", Reach(limit=1))

    assert not any(one.complete for each in no_time.datasets for one in each.searched)
    assert [len(each.documents) for each in no_room.datasets] == [1, 1]
    assert not any(one.complete for each in no_room.datasets for one in each.searched)


def test_every_version_is_searched(hub: Hub) -> None:
    """What the newest version lost is still told of the older one, until that is cleaned away too."""
    hub.withdraw("plain", ["host:kitchen.example"], reason="a test")
    both = of(hub, "page", "https://kitchen.example/jam", "plain")
    assert [(fate.version, fate.outcome) for fate in both.documents[0].fates] == [
        ("plain@v2", "dropped"),
        ("plain@v1", "found"),
    ]
    hub.retire("plain@v1")
    hub.clean(remove=True, grace_seconds=0)
    after = of(hub, "text", "quince jam, or call", "plain")

    assert [one.version for one in after.searched] == ["plain@v2"]
    assert after.unsearched == ("the texts of plain@v1, which was retired: they were removed",)


def test_of_many_versions_the_newest_are_searched(asked: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are told."""
    monkeypatch.setattr("corpushub.requests.people.in_here.MOST_VERSIONS", 1)
    one = list_versions(asked.db, "plain")
    older = [replace(one[0], number=number) for number in (3, 2)]
    monkeypatch.setattr("corpushub.requests.people.in_here.list_versions", lambda db, name: [*one, *older])

    assert of(asked, "site", "kitchen.example", "plain").unsearched == ("the 2 versions before plain@v1",)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("secret", "secret value"),
        ("text", "  sec ret "),
        ("text", "secret" * MOST_TEXT),
        ("page", "secret.example/page"),
        ("page", "javascript:secret"),
        ("site", "secret.example/page"),
        ("site", "secret site"),
        ("email", "secret"),
        ("email", "secret@" + "x" * 2000),
        ("phone", "secret"),
        ("phone", ""),
    ],
)
def test_what_cannot_be_asked_is_not_repeated(asked: Hub, kind: str, value: str) -> None:
    """The message says what to write instead."""
    with pytest.raises(BadRequest, match="nothing was searched") as error:
        in_here(asked, kind, value)

    assert "secret" not in str(error.value)
