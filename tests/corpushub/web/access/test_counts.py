"""Small counts: rounded, and not given away by any other that is told."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

import corpushub
from corpushub.face.hub import Hub
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl
from corpushub.web.access.counts import STEP, Group, coarse, groups, rounded, told
from pipelines.execution.executor import Execution
from tests.corpushub.web.access.conftest import asking

LICENSES = {"CC0-1.0": 23, "CC-BY-4.0": 14, "MIT": 4, "Apache-2.0": 3, "CC-BY-SA-4.0": 2, "BSD-3-Clause": 1}
MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04")
HOSTS = ("a.example", "b.example", "c.example", "d.example", "e.example")


@given(st.integers(0, 10_000))
def test_a_count_tells_a_step_and_no_more(number: int) -> None:
    """Of each number as much as of the four after its multiple of 5."""
    shown = told(number)

    assert shown == ("< 5" if number < STEP else rounded(number))
    assert {told(rounded(number) + more) for more in range(STEP)} == {shown}


@given(st.integers(0, 10**15))
def test_sizes_are_told_by_their_first_two_digits(size: int) -> None:
    """Never more than there is, and not a tenth less."""
    assert size * 0.9 <= coarse(size) <= size
    assert not str(coarse(size))[2:].strip("0")


@given(st.dictionaries(st.text("abc", max_size=3), st.integers(0, 60), max_size=8), st.text("abc", max_size=3))
def test_parts_and_their_whole_narrow_nothing(counted: dict[str, int], name: str) -> None:
    """Whoever adds up what is told of groups and of all learns of no group more than it tells alone.

    For each number that a group may have by what is told of it, there are documents of which just the same is told.
    """
    shown, whole = groups("x", counted.items()), rounded(sum(counted.values()))
    least = {one.name: _least(one) for one in shown.groups}
    for group in {*counted, name}:
        for number in bounds(least.get(group, "< 5")):
            others = {**least, group: number}
            missing = max(whole - sum(others.values()), 0)
            small = [4] * (missing // 4) + [missing % 4]
            may_be = {**others, **{f"not named {at}": number for at, number in enumerate(small)}}

            assert groups("x", may_be.items()) == shown
            assert rounded(sum(may_be.values())) == whole


def _least(one: Group) -> int:
    assert isinstance(one.documents, int)
    return one.documents


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, warm: None) -> Iterator[Hub]:
    """A hub with a version in which few documents have some licences, months and hosts."""
    folder, draw = tmp_path_factory.mktemp("planted"), random.Random(5)
    kinds = [license_ for license_, many in LICENSES.items() for _ in range(many)]
    rows = [
        {
            "id": str(number),
            "text": f"Document {number} tells of {' '.join(draw.sample(WORDS, 12))} and of nothing else at all.",
            "url": f"https://{draw.choices(HOSTS, (20, 10, 4, 2, 1))[0]}/{number}",
            "license": license_,
            "date": f"{draw.choices(MONTHS, (20, 10, 4, 2))[0]}-03T00:00:00Z",
        }
        for number, license_ in enumerate(kinds)
    ]
    write_jsonl(folder / "data" / "all.jsonl", rows)
    (folder / "d.toml").write_text(recipe(dataset="planted", license="per-record"), encoding="utf-8")
    with corpushub.open(folder / "hub") as hub:
        hub.run(folder / "d.toml", Execution(workers=1))
        hub.visibility("planted", "open")
        yield hub


WORDS = [f"{first}{last}" for first in ("har", "bor", "quin", "ver", "mol") for last in ("ton", "ley", "mire", "sand")]


def numbers(answer: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each number in *answer*, and what is told in the place of one, with its key."""
    if isinstance(answer, dict):
        for key, value in answer.items():
            yield from numbers(value, key)
    elif isinstance(answer, list):
        for value in answer:
            yield from numbers(value, at)
    elif answer == "< 5" or (isinstance(answer, int | float) and not isinstance(answer, bool)):
        yield at, answer


def held(client: TestClient, **wanted: str) -> tuple[Any, dict[str, Any]]:
    """Return how many documents meet what is *wanted*, as everybody is told, and all that they are told."""
    answer = client.get("/d/planted/v1/docs.json", params=wanted)
    assert answer.status_code == 200
    return answer.json()["found"], answer.json()


def bounds(shown: Any) -> range:
    """Return what a count may be of which *shown* is told."""
    least = 0 if shown == "< 5" else shown
    return range(least, least + STEP)


def test_no_pair_of_filters_gives_a_small_count_away(planted: Hub) -> None:
    """Of random filters, and the same with one more: the difference may be any of nine numbers, and so may be small."""
    draw, client, small = random.Random(18), asking(planted), 0
    truth = asking_operator(planted)
    for _ in range(16):
        wide = dict(
            draw.sample([("license", draw.choice([*LICENSES])), ("month", draw.choice(MONTHS))], draw.randint(0, 1))
        )
        more = draw.choice([("license", draw.choice([*LICENSES])), ("domain", draw.choice(HOSTS)), ("language", "en")])
        narrow = {**wide, more[0]: more[1]}
        (all_, first), (some, second) = held(client, **wide), held(client, **narrow)
        rest = truth(**wide) - truth(**narrow)
        may_be = {whole - part for whole in bounds(all_) for part in bounds(some)}
        small += 0 < rest < STEP
        assert rest in may_be
        assert len(may_be) == 2 * STEP - 1
        for answer in (first, second):
            told_ = [(at, value) for at, value in numbers(answer) if at in ("found", "documents")]
            assert all(value == "< 5" or value % STEP == 0 for _, value in told_)
            assert {at for at, _ in numbers(answer)} <= {"found", "documents", "limit", "start"}
    assert small > 1


def asking_operator(hub: Hub) -> Any:
    """Return what tells how many documents there are in truth."""
    from corpushub.web.app import application

    client = TestClient(application(hub), base_url="http://127.0.0.1")
    return lambda **wanted: client.get("/d/planted/v1/docs.json", params=wanted).json()["listing"]["found"]


def test_public_pages_tell_no_small_count(planted: Hub) -> None:
    """Neither a page nor its JSON: what has fewer than five is not named, and nothing is told in parts of a hundred."""
    client = asking(planted)
    places = (
        "/",
        "/d/planted",
        "/d/planted/v1",
        *(f"/losses/planted@v1?by={by}" for by in ("language", "source", "reason")),
    )
    for place in places:
        path, mark, query = place.partition("?")
        page = client.get(place)
        answer = client.get(("/index" if path == "/" else path) + ".json" + mark + query)
        assert page.status_code == answer.status_code == 200
        assert "%" not in page.text.replace("100%", "")
        assert not [name for name in ("MIT", "Apache-2.0", "BSD-3-Clause") if name in page.text + answer.text]
        for at, value in numbers(answer.json()):
            assert at in ("bytes", "versions") or value == "< 5" or value % STEP == 0, (place, at, value)
    shown = {one["by"]: one["groups"] for one in client.get("/d/planted/v1.json").json()["groups"]}
    assert {one["name"]: one["documents"] for one in shown["license"]} == {"CC0-1.0": 20, "CC-BY-4.0": 10}


def test_tables_do_not_give_small_counts_away_together(planted: Hub) -> None:
    """Whatever is added up of one table, and taken from the whole, leaves room for any number that rounds the same."""
    answer = asking(planted).get("/d/planted/v1.json").json()
    whole = max(bounds(answer["kept"]))
    for table in answer["groups"]:
        if table["by"] == "reason":
            continue
        named = Counter({one["name"]: min(bounds(one["documents"])) for one in table["groups"]})
        assert whole - named.total() >= STEP - 1, table["by"]


def test_the_door_rounds_what_everybody_is_told(planted: Hub) -> None:
    """The list of datasets, too."""
    (one,) = asking(planted).get("/index.json").json()["datasets"]

    assert one["documents"] == rounded(planted.show("planted").documents)
    assert one["bytes"] == coarse(planted.show("planted").bytes)
