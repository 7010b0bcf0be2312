"""Pages and their JSON: the same answers as commands, every number opens what is behind it, and nothing acts."""

from __future__ import annotations

import random
import re
import string
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from starlette.testclient import TestClient

from corpushub.face.hub import Hub
from corpushub.web.addresses import PAGES
from corpushub.web.app import HEADERS, MOST_ASKED
from tests.corpushub.conftest import call


class Links(HTMLParser):
    """The links of a page, and the numbers in the rows that they stand in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.all: list[str] = []
        self.scripts = 0
        self.counted: list[tuple[str, int]] = []
        self._last: str | None = None
        self._number = self._bars = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note links, and what would run or style anything."""
        given = dict(attrs)
        self.scripts += tag == "script" or any(name.startswith("on") or name == "style" for name in given)
        if tag == "a" and given.get("href"):
            self._last = given["href"]
            self.all.append(self._last or "")
        if tag in ("tr", "table"):
            self._last = None
        if tag == "table":
            self._bars = given.get("class") == "bars"
        self._number = self._bars and tag == "td" and given.get("class") == "number"

    def handle_data(self, data: str) -> None:
        """Note the number beside a link to documents."""
        if self._number and self._last and "/docs" in self._last and data.strip():
            self.counted.append((self._last, int(data.replace(",", ""))))
        self._number = False


def json_of(client: TestClient, place: str) -> Any:
    """Return the JSON twin of the page at *place*."""
    path, mark, query = place.partition("?")
    answer = client.get(("/index" if path == "/" else path) + ".json" + mark + query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("dataset", ["quickstart", "hostile"])
def test_every_number_opens_the_documents_behind_it(client: TestClient, dataset: str) -> None:
    """Each bar of the overview leads to a list of as many documents as it says; so do the numbers above them."""
    page = client.get(f"/d/{dataset}/v1").text
    counted = Links(page).counted

    assert len(counted) > 8
    for place, documents in counted:
        found = json_of(client, place)["listing"]
        assert (found["found"], found["complete"]) == (documents, True), place
    totals = json_of(client, f"/d/{dataset}/v1")["statistics"]["totals"]
    for outcome in ("kept", "changed", "dropped", "failed"):
        assert json_of(client, f"/d/{dataset}/v1/docs?outcome={outcome}")["listing"]["found"] == totals[outcome]


def test_pages_lead_to_all_documents_once(client: TestClient) -> None:
    """Going on from page to page lists every kept and dropped document, each once, in the order of ids."""
    for outcome in ("kept", "dropped"):
        place = f"/d/quickstart/v1/docs?outcome={outcome}&limit=37"
        seen: list[str] = []
        after: str | None = ""
        while after is not None:
            listing = json_of(client, place + (f"&after={after}" if after else ""))["listing"]
            seen += [one["doc_id"] for one in listing["documents"]]
            after = listing["next"]

        assert seen == sorted(seen)
        assert len(seen) == listing["found"]


def test_pages_and_commands_say_the_same(client: TestClient, hub: Hub) -> None:
    """The JSON of a page holds what the command prints, key by key."""
    home = hub.home.path

    def said(*words: str) -> dict[str, Any]:
        printed: dict[str, Any] = call(*words, "--hub", home)
        printed.pop("schema")
        return printed

    version = json_of(client, "/d/quickstart/v1")
    doc_id = json_of(client, "/d/quickstart/v1/docs?outcome=changed")["listing"]["documents"][0]["doc_id"]

    assert version["summary"] == said("show", "quickstart@v1")
    assert version["statistics"] == said("show", "quickstart@v1", "--statistics")["statistics"]
    assert json_of(client, "/d/quickstart")["history"] == said("history", "quickstart")
    assert json_of(client, "/losses/quickstart?by=source") == web(
        "losses", said("losses", "quickstart", "--by", "source")
    )
    assert json_of(client, "/lineage/quickstart@v1")["trace"] == said("trace", "quickstart@v1")
    judged = call("audit", "quickstart", "--policy", "strict-commercial", "--hub", home, code=1)
    assert (
        json_of(client, "/audit/quickstart?policy=strict-commercial")["audit"] | {"schema": judged["schema"]} == judged
    )
    assert json_of(client, "/runs") == web("runs", said("runs"))
    run = version["summary"]["run"]
    assert json_of(client, f"/runs/{run.removeprefix('run:')}") == web("run", said("show", run))
    same = said("diff", "quickstart@v1", "hostile@v1", "--docs", "--limit", "200")
    assert json_of(client, "/diff/quickstart@v1...hostile@v1")["diff"] == same
    trace = json_of(client, f"/d/quickstart/v1/doc/{doc_id}")["trace"]
    assert trace == said("trace", f"quickstart@v1#{doc_id}") | {"evidence": None}


def web(page: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Return what the JSON of a page is that answers what a command does."""
    return {"schema": f"corpushub.web.{page}/1", **answer}


def test_papers_are_shown_and_not_logged(client: TestClient, hub: Hub) -> None:
    """Every format is a page with the fields that the command tells; nobody who looks leaves anything in the log."""
    from corpushub.papers.papers import PAPER
    from lineage.audit_log.leaves import leaves_about

    explained = call("papers", "quickstart", "--as", "all", "--explain", "--hub", hub.home.path)["fields"]
    for name in json_of(client, "/papers/quickstart@v1")["formats"]:
        paper = json_of(client, f"/papers/quickstart@v1?as={name}")["paper"]
        shown = client.get(f"/papers/quickstart@v1?as={name}")
        fields = [field["name"] for section in paper["sections"] for field in section["fields"]]

        assert shown.status_code == 200
        assert fields == [one["name"] for one in explained if one["format"] == name]
        assert not Links(shown.text).scripts
    assert not leaves_about(hub.db, PAPER, "quickstart@v1")


def test_losses_lead_to_what_was_lost(client: TestClient) -> None:
    """Every number of the losses by language that is a link opens as many documents."""
    told = json_of(client, "/losses/quickstart@v1")
    for one in told["losses"]:
        for outcome in ("kept", "dropped"):
            place = f"/d/quickstart/v1/docs?outcome={outcome}&language={one['name']}"
            assert json_of(client, place)["listing"]["found"] == one[outcome]
    for one in told["taken"]:
        place = f"/d/quickstart/v1/docs?outcome=dropped&language={one['name']}&step={one['step']}"
        assert json_of(client, place)["listing"]["found"] == one["dropped"]


def test_runs_are_reached_from_what_they_made(client: TestClient) -> None:
    """From the version, its dataset and its documents, and by the box."""
    run = json_of(client, "/d/quickstart/v1")["summary"]["run"]
    place = f"/runs/{run.removeprefix('run:')}"
    one = json_of(client, "/d/quickstart/v1/docs")["listing"]["documents"][0]["doc_id"]
    for page in ("/d/quickstart", "/d/quickstart/v1", f"/d/quickstart/v1/doc/{one}"):
        assert place in Links(client.get(page).text).all

    assert client.get("/find?" + urlencode({"q": run})).headers["location"] == place
    assert "/d/quickstart/v1/docs?outcome=kept" in Links(client.get(place).text).all


def test_pages_after_the_first_lead_back_to_it(client: TestClient) -> None:
    """The page behind the last document says neither that there are none, nor leaves one there."""
    page = client.get("/d/quickstart/v1/docs?outcome=dropped&after=" + "f" * 32 + "-0-0").text

    assert "No document meets" not in page
    assert "/d/quickstart/v1/docs?outcome=dropped" in Links(page).all


def test_a_document_page_marks_what_was_put_there(client: TestClient) -> None:
    """What stands in the place of personal data is marked, and nothing else."""
    for one in json_of(client, "/d/quickstart/v1/docs?outcome=changed&step=pii")["listing"]["documents"][:20]:
        page = client.get(f"/d/quickstart/v1/doc/{one['doc_id']}").text
        marked = re.findall(r"<mark>(.*?)</mark>", page)
        edits = [
            event["edits"] for event in json_of(client, f"/d/quickstart/v1/doc/{one['doc_id']}")["trace"]["events"]
        ]

        assert len(marked) == len([some for some in edits if some][-1])
        assert all(re.fullmatch(r"&lt;[A-Z_]+(_\d+)?&gt;|.*\*.*", text) for text in marked), marked


def test_dropped_documents_have_no_text(client: TestClient) -> None:
    """The page of a dropped document tells its story, and names the one that it was dropped for."""
    (one, *_) = json_of(client, "/d/quickstart/v1/docs?outcome=dropped&reason=near_duplicate")["listing"]["documents"]
    page = client.get(f"/d/quickstart/v1/doc/{one['doc_id']}").text
    answer = json_of(client, f"/d/quickstart/v1/doc/{one['doc_id']}")

    assert answer["released"] is None
    assert f"/doc/{answer['trace']['duplicate_of']}" in page
    assert "<mark>" not in page


def test_what_strangers_wrote_only_shows(client: TestClient) -> None:
    """No page runs anything: no script, no handler, no style, no address but the web's, no control character."""
    places = {"/d/hostile/v1", "/d/hostile/v1/docs", "/d/hostile/v1/docs?outcome=dropped", "/find?q=harbour"}
    places |= {f"/{page}/hostile@v1" for page in ("dedup", "lineage", "audit", "losses", "papers")}
    places |= {"/lineage/hostile@v1?only=sources", "/diff/hostile@v1...quickstart@v1?change=removed", "/policies"}
    run = json_of(client, "/d/hostile/v1")["summary"]["run"]
    places |= {f"/runs/{run.removeprefix('run:')}", f"/lineage/hostile@v1?open={run}"}
    for listed in [*places]:
        if "/docs" in listed:
            places |= {f"/d/hostile/v1/doc/{one['doc_id']}" for one in json_of(client, listed)["listing"]["documents"]}
    assert len(places) >= 4 + 3
    for place in places:
        answer = client.get(place)
        if answer.status_code == 303:
            answer = client.get(answer.headers["location"])
        links = Links(answer.text)

        assert answer.status_code == 200
        assert not links.scripts
        assert all(urlsplit(link).scheme in ("", "https", "http") for link in links.all)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]", answer.text)
        assert "62615533" not in answer.text.replace(",", "")  # no template of theirs was filled in


def test_every_page_is_guarded(client: TestClient) -> None:
    """Pages, JSON, files and errors carry the headers; only names of this machine are answered, and only reading."""
    for place in ("/", "/index.json", "/d/quickstart/v1", "/static/style.css", "/nowhere", "/d/nobody"):
        headers = client.get(place).headers
        assert {name: headers[name] for name in HEADERS} == HEADERS
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    assert client.post("/").status_code == 405
    assert client.delete("/d/quickstart").status_code == 405


@pytest.mark.parametrize(
    ("place", "status", "said"),
    [
        ("/d/quickstar/v1", 404, "quickstart"),
        ("/d/quickstart/v9", 404, "v1"),
        ("/d/quickstart/v1.7", 404, "revision"),
        ("/d/quickstart/first", 404, "first"),
        ("/d/quickstart/v1/doc/00", 404, "document id"),
        ("/d/quickstart/v1/doc/" + "0" * 32, 404, "no document"),
        ("/d/quickstart/v1/docs?outcome=lost", 400, "lost"),
        ("/d/quickstart/v1/docs?langauge=en", 400, "language"),
        ("/d/quickstart/v1/docs?limit=0", 400, "limit"),
        ("/d/quickstart/v1/docs?limit=many", 400, "limit"),
        ("/d/quickstart/v1/docs?after=x", 400, "after"),
        ("/d/quickstart/v1/docs?month=2024-13", 400, "month"),
        ("/d/quickstart/v1/docs?language=en&language=de", 400, "twice"),
        ("/d/quickstart/v1/docs?signal=uri", 400, "signal"),
        ("/d/quickstart/v1/docs?outcome=dropped&text=a", 400, "text"),
        ("/d/quickstart/v1/docs?signal=length&at_least=nan", 400, "at_least"),
        ("/d/quickstart/v1/docs?text=%00", 400, "text"),
        ("/d/quickstart?x=1", 400, "x"),
        ("/find", 400, "typed"),
        ("/find?q=" + "a" * MOST_ASKED, 414, "long"),
    ],
)
def test_what_cannot_be_answered_says_why(client: TestClient, place: str, status: int, said: str) -> None:
    """In either form, with the status that says what kind of trouble it is."""
    path, mark, query = place.partition("?")
    page, twin = client.get(place), client.get(path + ".json" + mark + query)

    assert (page.status_code, twin.status_code) == (status, status)
    assert said in page.text
    assert said in twin.json()["message"]


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("quickstart", "/d/quickstart"),
        ("quickstart@v1", "/d/quickstart/v1"),
        (" quickstart@v1 ", "/d/quickstart/v1"),
    ],
)
def test_the_box_arrives_at_what_a_reference_names(client: TestClient, typed: str, place: str) -> None:
    """A reference is a place of its own."""
    answer = client.get("/find?" + urlencode({"q": typed}))

    assert (answer.status_code, answer.headers["location"]) == (303, place)


def test_the_box_finds_by_id_address_and_host(client: TestClient) -> None:
    """One document is arrived at; several are listed, with where it was looked for."""
    one = json_of(client, "/d/quickstart/v1/docs")["listing"]["documents"][0]
    place = f"/d/quickstart/v1/doc/{one['doc_id']}"
    host = urlsplit(one["uri"]).hostname

    for typed in (one["doc_id"], f"quickstart@v1#{one['doc_id']}", one["uri"]):
        assert client.get("/find?" + urlencode({"q": typed})).headers["location"] == place
    found = json_of(client, f"/find?q={host}")
    assert found["by"] == "host"
    assert one["doc_id"] in {match["doc_id"] for match in found["result"]["matches"]}
    assert {searched["version"] for searched in found["result"]["searched"]} == {"quickstart@v1", "hostile@v1"}


def test_queries_at_random_are_answered(client: TestClient) -> None:
    """A thousand of them over every route, half of known names: each is answered or refused, none fails."""
    draw = random.Random(18)
    names = ["outcome", "language", "license", "source", "domain", "month", "step", "reason", "text", "signal"]
    names += [
        "at_least",
        "below",
        "after",
        "limit",
        "q",
        "x",
        "by",
        "policy",
        "open",
        "only",
        "as",
        "change",
        "finding",
    ]
    of_route = {
        "{name}": "hostile",
        "{number}": "v1",
        "{ref}": "hostile@v1",
        "{old}": "hostile@v1",
        "{new}": "hostile@v1",
    }
    places = [re.sub(r"{\w+}", lambda part: of_route.get(part[0], "0" * 32), path) for path, _, _ in PAGES]
    places += [place + ".json" for place in places[1:]]
    values = ["", "kept", "dropped", "en", "unknown", "length", "1", "-1", "1e999", "'", '"; DROP TABLE documents', "%"]
    values += [
        "\ud7ff",
        "漢字",
        "\u202e",
        "a" * 3000,
        "2024-01",
        "language_score",
        "0" * 32 + "-0-0",
        "https://a.example/",
    ]
    statuses = set()
    for _ in range(1000):
        query = [
            (draw.choice(names), draw.choice([*values, "".join(draw.choices(string.printable, k=draw.randint(1, 9)))]))
            for _ in range(draw.randint(0, 3))
        ]
        place = draw.choice(["/d/hostile/v1/docs", "/d/quickstart/v1/docs.json", draw.choice(places)])
        statuses.add(client.get(f"{place}?{urlencode(query)}").status_code)

    assert statuses == {200, 303, 400, 404}  # /logout leads back


def test_conditions_stay_with_the_search(client: TestClient) -> None:
    """Whoever searches among the German documents is not sent back to all."""
    page = client.get("/d/quickstart/v1/docs?language=de&text=die").text
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', page)
    facets = [parse_qs(urlsplit(link).query) for link in Links(page).all if "license=" in link]

    assert hidden == [("language", "de")]
    assert facets
    assert all(query["language"] == ["de"] and query["text"] == ["die"] for query in facets)


def test_templates_are_in_the_distribution() -> None:
    """Whatever a page needs is among the files that the wheel takes along."""
    import tomllib

    root = Path(__file__).parents[3]
    taken = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["*"]
    needed = {path.suffix for path in (root / "corpushub" / "web").rglob("*") if path.suffix not in ("", ".py", ".pyc")}

    assert {f"*{suffix}" for suffix in needed} <= set(taken)
