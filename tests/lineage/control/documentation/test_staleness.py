from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lineage.control.documentation.model import SourceDocumentation, Written
from lineage.control.documentation.records import document, documentation_of
from lineage.control.documentation.staleness import StaleField, stale_fields
from lineage.control.erasures import Revision, save_revisions
from lineage.control.runs import Run, start_run
from lineage.control.versions import Version, save_version
from lineage.hub import Hub
from lineage.hub.database import insert
from lineage.hub.home import Home

DAY = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = Written(
    title="Fruit",
    description="Pages about fruit.",
    limitations="Apples alone.",
    legal_basis="Article 6(1)(f).",
    intended_uses="Training.",
    sources=(SourceDocumentation("orchard", license="CC0-1.0", acquired="public"),),
)


def at(days: int) -> str:
    """Return the time so many days after DAY."""
    return (DAY + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


@pytest.fixture
def hub(tmp_path: Any) -> Hub:
    """A hub."""
    return Hub(Home(tmp_path / "hub", catalog="", warehouse_root="").create())


def version(hub: Hub, number: int, policy: str | None = None, recipe: str = "", **facts: Any) -> Version:
    """Record version *number* of a dataset, made *number* - 1 days after DAY."""
    run = Run(f"r{number}", "fruit", recipe, "c", "d", "0.1", not_done={} if "[pii]" in recipe else {"pii": "no"})
    start_run(hub.db, run)
    with hub.db.begin() as connection:
        insert(connection, "run_environments", [{"run": run.id, "policy": policy, "libraries": {}}])
    plain: dict[str, Any] = {
        "licenses": {"CC0-1.0": 100},
        "languages": {"en": 90, "de": 10},
        "sources": {"orchard": 100},
    }
    row = Version(
        dataset="fruit",
        number=number,
        run=run.id,
        parent=number - 1 or None,
        manifest_root=str(number),
        created=at(number - 1),
        documents=100,
        bytes=1,
        recipe_digest="c",
        ledger_snapshot=0,
        documents_snapshot=0,
        **{**plain, **facts},
    )
    save_version(hub.db, row, {}, run)
    return row


def stale(hub: Hub, row: Version, days: int = 5) -> dict[str, tuple[str, str]]:
    """Return the stale fields of a version so many days after DAY: kind and cause."""
    return {one.field: (str(one.kind), one.cause) for one in stale_fields(hub, row, DAY + timedelta(days=days))}


def test_words_hold_as_long_as_nothing_moves(hub: Hub) -> None:
    """A further version of the same facts leaves all words as they are, and they rest on the version of theirs."""
    document(hub, version(hub, 1), WORDS, at(0))
    second = version(hub, 2, languages={"en": 86, "de": 14})
    document(hub, second, WORDS, at(1))

    assert stale(hub, second) == {}
    assert documentation_of(hub, second).rests["limitations"].version == "fruit@v1"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"sources": {"orchard": 90, "shop": 10}}, {"description": "a new source: shop"}),
        ({"licenses": {"CC0-1.0": 90, "MIT": 10}}, {"intended_uses": "a new licence: MIT"}),
        ({"licenses": {}}, {"intended_uses": "a licence is gone: CC0-1.0"}),
        ({"languages": {"en": 85, "de": 15}}, {"limitations": "de went from 10.0% to 15.0% of the documents"}),
        ({"languages": {"en": 90, "fr": 10}}, {"description": "de went from 10.0% to 0.0% of the documents"}),
        ({"policy": "p2"}, {"intended_uses": "another policy decided"}),
        (
            {"recipe": '[pii]\ndefault = "mask"\n'},
            {"legal_basis": "personal data is looked for, or acted upon, in another way"},
        ),
    ],
)
def test_words_are_stale_when_what_they_speak_of_moves(
    hub: Hub, facts: Mapping[str, Any], expected: Mapping[str, str]
) -> None:
    """Each kind of fact makes those fields stale that speak of it, since the version in which it moved."""
    document(hub, version(hub, 1), WORDS, at(0))
    version(hub, 2)
    version(hub, 3, **facts)
    fourth = version(hub, 4, **facts)
    document(hub, fourth, WORDS, at(3))

    found = {one.field: one for one in stale_fields(hub, fourth, DAY + timedelta(days=5))}
    (name, cause) = next(iter(expected.items()))
    assert any(one.field == name and one.cause == cause for one in stale_fields(hub, fourth, DAY)), found
    assert found[name].since == at(2)
    assert "title" not in found


def test_new_words_rest_on_new_facts(hub: Hub) -> None:
    """Who writes a field anew has seen what it speaks of now; fields that were left as they were stay stale."""
    document(hub, version(hub, 1), WORDS, at(0))
    second = version(hub, 2, sources={"orchard": 50, "shop": 50})
    document(hub, second, replace(WORDS, limitations="Apples, and what the shop sells."), at(1))

    assert set(stale(hub, second)) == {"description", "legal_basis"}


def test_confirmed_words_hold_again(hub: Hub) -> None:
    """Words that were read again rest on the facts of now."""
    document(hub, version(hub, 1), WORDS, at(0))
    second = version(hub, 2, policy="p2")
    assert set(stale(hub, second)) == {"intended_uses"}

    assert document(hub, second, WORDS, at(3), confirmed=["intended_uses"])

    assert stale(hub, second) == {}
    assert documentation_of(hub, second).rests["intended_uses"].since == at(3)


def test_erasure_marks_words_and_papers(hub: Hub) -> None:
    """An erasure makes what is said of personal data stale, and all papers that were made before it."""
    first = version(hub, 1)
    document(hub, first, WORDS, at(0))
    with hub.db.begin() as connection:
        save_revisions(connection, [Revision("fruit", 1, 1, "abc", 3, "1", "2", at(2))])

    found = stale_fields(hub, first, DAY + timedelta(days=5))
    assert found == (
        StaleField("legal_basis", "pii", "an erasure took documents out", at(2)),
        StaleField("papers", "pii", "receipt:abc took 3 documents out: revision 1", at(2)),
    )
    assert [one.field for one in stale_fields(hub, first, DAY, papers=at(3))] == ["legal_basis"]


def test_summary_is_due_after_180_days(hub: Hub) -> None:
    """The public summary must be renewed half a year after its words were written, and not a day before."""
    first = version(hub, 1)
    document(hub, first, WORDS, at(0))

    assert stale(hub, first, days=179) == {}
    assert list(stale(hub, first, days=180)) == ["eu-ai-act"]


def test_a_recipe_says_what_its_words_are_about(hub: Hub) -> None:
    """A field that is said to speak of nothing is never stale."""
    quiet = replace(WORDS, about={"limitations": (), "description": ("policy",)})
    document(hub, version(hub, 1), quiet, at(0))
    second = version(hub, 2, sources={"orchard": 50, "shop": 50}, policy="p2")
    document(hub, second, quiet, at(1))

    assert set(stale(hub, second)) == {"description", "legal_basis", "intended_uses"}
    assert stale(hub, second)["description"][0] == "policy"


def test_versions_without_words_have_those_before(hub: Hub) -> None:
    """A version that no recipe made is documented as the one before it is; without any, sources have names alone."""
    first = version(hub, 1)
    assert documentation_of(hub, first).sources == (SourceDocumentation("orchard"),)
    document(hub, first, WORDS, at(0))

    told = documentation_of(hub, version(hub, 2))

    assert (told.version, told.title, told.sources[0].acquired) == ("fruit@v2", "Fruit", "public")


def test_the_same_words_are_recorded_once(hub: Hub) -> None:
    """Words that say nothing new leave no row behind."""
    first = version(hub, 1)

    assert [document(hub, first, WORDS, at(day)) for day in (0, 1)] == [True, False]
    assert documentation_of(hub, first).written == at(0)
