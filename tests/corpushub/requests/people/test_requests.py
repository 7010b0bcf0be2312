"""Requests of persons, from the first word to the proof, and what is kept of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import corpushub
from corpushub.errors import BadRequest
from corpushub.face.hub import Hub
from corpushub.requests.people.asking import (
    MOST_WORDS,
    Asking,
    Challenge,
    RequestStatus,
    a_month_after,
    fresh_receipt,
    status_by_receipt,
    take,
)
from corpushub.requests.people.deciding import Granting, grant, verify
from corpushub.requests.people.forgetting import forget, forgettable
from lineage.control.people.requests import KEPT_DAYS
from lineage.errors import UnknownRequest
from lineage.hub.database import rows
from lineage.hub.own_secrets import place_of
from tests.corpushub.conftest import call
from tests.corpushub.persons import MAIL, holds

CONTACT = "zanzibarine@mail.example"
WORDS = "Please, it is my zanzibarine address."


def erasure(**changes: str) -> Asking:
    """Return an erasure that somebody asks for."""
    return Asking(**{"right": "erasure", "purpose": "all", "kind": "email", "value": MAIL, **changes})


def ask(hub: Hub, **changes: str) -> tuple[int, str]:
    """Send one with how to reach them; return its number and its receipt."""
    taken = take(hub, erasure(contact=CONTACT, words=WORDS, **changes))
    return taken.number, taken.receipt


def opt_out(hub: Hub, purpose: str = "all", site: str = "kitchen.example") -> int:
    """Send an opt-out of a site, and have it verified; return its number."""
    number, _ = ask(hub, right="opt-out", purpose=purpose, kind="host", value=site)
    hub.verify_request(number, "by a letter")
    return number


def test_an_erasure_goes_from_the_request_to_its_proof(hub: Hub) -> None:
    """Each state is shown to whoever has the receipt; what proves the end is a receipt in the log, like any other."""
    number, receipt = ask(hub)
    states: list[RequestStatus] = [status_by_receipt(hub, receipt)]
    hub.verify_request(number, "answered a message to the address")
    states.append(status_by_receipt(hub, receipt))
    hub.plan_request(number)
    states.append(status_by_receipt(hub, receipt))
    done = hub.grant_request(number)
    last = status_by_receipt(hub, receipt)

    assert [one.state for one in (*states, last)] == ["received", "verified", "planned", "done"]
    assert [(one.version, one.documents) for one in states[2].plan] == [("plain@v1", 1), ("scanned@v1", 1)]
    assert last == done.status
    assert last.plan == states[2].plan
    (proof,) = last.proofs
    assert hub.receipt(proof).verified
    assert hub.receipt(proof).matched == 1  # one id, in both datasets
    assert hub.verify_all().ok
    assert hub.in_here("email", MAIL).datasets[1].verdict == "absent"


def test_commands_say_what_python_does(hub: Hub) -> None:
    """From the list to the end, as operators do it."""
    number, receipt = ask(hub, kind="host", value="kitchen.example")
    home = hub.home.path

    def said(*words: str, code: int = 0) -> dict[str, object]:
        answer: dict[str, object] = call("requests", *words, "--hub", home, code=code)
        return answer

    assert [one["number"] for one in said("list")["requests"]] == [number]  # type: ignore[attr-defined]
    shown = said("show", str(number))
    assert shown["confidence"] == {"value": "kitchen.example", "contact": CONTACT, "words": WORDS, "held": []}
    said("approve", str(number), "--yes", code=2)
    said("verify", str(number), "--by-hand", "by a letter")
    assert said("approve", str(number), "--dry-run")["documents"] == 1
    said("approve", str(number), code=2)
    assert said("approve", str(number), "--yes")["status"] == said("show", str(number))["status"]
    said("refuse", str(number), "--reason", "too late", code=2)
    assert said("list") == {"schema": "corpushub.requests-list/1", "requests": []}
    assert len(said("list", "--all")["requests"]) == 1  # type: ignore[arg-type]
    assert status_by_receipt(hub, receipt).state == "done"


def test_nothing_that_was_told_is_readable(hub: Hub) -> None:
    """Value, contact and words stand in no file, nor does the receipt; after the end only the contact can be read."""
    number, receipt = ask(hub, kind="name", value="Zanzibarine Person")
    before = hub.request_details(number).confidence
    assert not holds(hub.home.path, "zanzibarine")
    assert not holds(hub.home.path, receipt)
    hub.verify_request(number, "by a letter")
    hub.grant_request(number)
    after = hub.request_details(number).confidence

    assert before is not None
    assert (before.value, before.contact, before.words) == ("Zanzibarine Person", CONTACT, WORDS)
    assert after is not None
    assert (after.value, after.contact, after.words) == (None, CONTACT, None)
    assert not holds(hub.home.path, "zanzibarine")
    assert "zanzibarine" not in repr(erasure(contact=CONTACT, words=WORDS)).casefold()


def test_the_rest_is_forgotten_in_time(hub: Hub) -> None:
    """Ninety days after the end the key is shredded, what it sealed is gone, and the record of the request stays."""
    number, receipt = ask(hub)
    hub.refuse_request(number, "nobody answered at the address")
    (row,) = rows(hub.db, "SELECT key FROM person_requests")
    path, now = place_of(hub.home, row["key"]), datetime.now(UTC)
    early, late = now + timedelta(days=KEPT_DAYS - 1), now + timedelta(days=KEPT_DAYS + 1)

    assert forgettable(hub, early) == []
    forget(hub, [], early)
    assert hub.request_details(number).confidence is not None
    assert forgettable(hub, late) == [path]
    forget(hub, forgettable(hub, late), late)
    assert not path.exists()
    assert hub.request_details(number).confidence is None
    left = status_by_receipt(hub, receipt)
    assert (left.state, left.forgotten, left.answer) == ("refused", True, "nobody answered at the address")


def test_clean_forgets(hub: Hub) -> None:
    """It lists what may go, and removes it; keys of requests that never came about are among that."""
    number, _ = ask(hub)
    hub.refuse_request(number, "no")
    stray = place_of(hub.home, "told-0123456789abcdef")
    stray.write_bytes(b"x" * 32)
    old = datetime.now(UTC) - timedelta(days=KEPT_DAYS + 1)
    os.utime(stray, (old.timestamp(), old.timestamp()))
    with hub.db.begin() as connection:
        from lineage.hub.database import update

        update(connection, "person_requests", {"ended": old.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}, number=number)
    listed = {one.path for one in hub.clean().leftovers}
    cleaned = {one.path for one in hub.clean(remove=True).leftovers}

    assert str(stray) in listed & cleaned
    assert len([path for path in cleaned if path.endswith(".secret")]) == 2
    assert not list(stray.parent.glob("told-*"))
    assert hub.request_details(number).confidence is None


def test_an_opt_out_is_obeyed_where_it_is_for(hub: Hub) -> None:
    """Datasets of the use lose the site, in the newest version; others do not, and a use that none has changes none."""
    none = hub.grant_request(opt_out(hub, "redistribute")).status
    some = hub.grant_request(opt_out(hub, "train")).status

    assert (none.state, none.proofs) == ("done", ())
    assert len(some.proofs) == 2
    for dataset in ("plain", "scanned"):
        newest = hub.history(dataset).versions[0]
        assert newest.version == f"{dataset}@v2"
        assert f"run:{hub.version(dataset).record.run}" in some.proofs
    assert hub.verify_all().ok


def test_an_opt_out_of_a_site_that_is_not_here_holds_for_later(hub: Hub) -> None:
    """No version changes, and later runs refuse the site."""
    done = hub.grant_request(opt_out(hub, site="nobody.example")).status

    assert done.plan == ()
    assert len(done.proofs) == 2
    standing = rows(hub.db, "SELECT dataset, kind, value FROM standing_rules ORDER BY dataset")
    assert [tuple(row.values()) for row in standing] == [
        (dataset, "host", "nobody.example") for dataset in ("plain", "scanned")
    ]
    assert hub.history("plain").versions[0].version == "plain@v1"


def test_an_opt_out_can_reach_older_versions(hub: Hub) -> None:
    """Then what it took out is erased from them, too, and both are proof."""
    done = hub.grant_request(opt_out(hub), old_versions=True).status

    assert [proof.partition(":")[0] for proof in done.proofs] == ["receipt", "run", "run"]
    assert {one.verdict for one in hub.in_here("site", "kitchen.example").datasets} == {"absent"}


def test_access_tells_what_is_held_until_that_is_forgotten(hub: Hub) -> None:
    """The documents, to whoever shows the receipt; no version changes."""
    number, receipt = ask(hub, right="access")
    hub.verify_request(number, "by a letter")
    hub.grant_request(number)
    held = status_by_receipt(hub, receipt).held

    assert sorted(one.partition("#")[0] for one in held) == ["plain@v1", "scanned@v1"]
    assert all(hub.trace_document(one).versions for one in held)
    assert not any(holds(hub.home.path / "hub.sqlite", one) for one in held)
    forget(hub, [], datetime.now(UTC) + timedelta(days=KEPT_DAYS + 1))
    assert status_by_receipt(hub, receipt).held == ()


def test_a_correction_is_answered_in_words(hub: Hub) -> None:
    """No command makes it, so somebody says what was done."""
    number, receipt = ask(hub, right="correction", kind="host", value="kitchen.example")
    hub.verify_request(number, "by a letter")
    with pytest.raises(BadRequest, match="say what was done"):
        hub.grant_request(number)
    hub.grant_request(number, answer="the page was fetched anew")

    assert status_by_receipt(hub, receipt).answer == "the page was fetched anew"


def test_operators_do_not_name_the_person(hub: Hub) -> None:
    """What they write is kept; in no spelling may it hold the value."""
    number, _ = ask(hub)
    words = "Ann.Orchard (at) corp [dot] com asked"
    with pytest.raises(BadRequest, match="names the subject"):
        hub.verify_request(number, words)
    with pytest.raises(BadRequest, match="names the subject"):
        hub.refuse_request(number, words)
    hub.verify_request(number, "by a letter")
    with pytest.raises(BadRequest, match="names the subject"):
        hub.grant_request(number, answer=words)

    assert hub.request_details(number).status.state == "verified"


@pytest.mark.parametrize(
    "asking",
    [
        erasure(right="revenge"),
        erasure(purpose="fun"),
        erasure(kind="content"),
        erasure(purpose="train"),
        erasure(right="opt-out"),
        erasure(value="zanzibarine"),
        erasure(value=""),
        erasure(kind="host", value="zanzibarine.example/page"),
        erasure(kind="doc", value="zanzibarine"),
        erasure(value="zanzibarine@" + "x" * 2000),
        erasure(words="zanzibarine" * MOST_WORDS),
        erasure(contact="zanzibarine\x1b[2J"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_not_repeated(hub: Hub, asking: Asking) -> None:
    """Nothing is recorded, and no key is made."""
    with pytest.raises(BadRequest, match="nothing was recorded") as error:
        take(hub, asking)

    assert "zanzibarine" not in str(error.value)
    assert rows(hub.db, "SELECT number FROM person_requests") == []
    assert not list(place_of(hub.home, "").parent.glob("told-*"))


def test_receipts_are_long_and_only_theirs(hub: Hub) -> None:
    """128 random bits; another receipt, or a number, opens nothing; letter case and blanks around do not count."""
    number, receipt = ask(hub)

    assert len({fresh_receipt() for _ in range(1000)}) == 1000
    assert {len(fresh_receipt()) for _ in range(100)} == {26}
    assert status_by_receipt(hub, f" {receipt.upper()}\n").number == number
    for other in (fresh_receipt(), str(number), "", receipt[:-1]):
        with pytest.raises(UnknownRequest):
            status_by_receipt(hub, other)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-01-15", "2026-02-15"),
        ("2026-01-31", "2026-02-28"),
        ("2028-01-30", "2028-02-29"),
        ("2026-12-31", "2027-01-31"),
        ("2026-11-30", "2026-12-30"),
    ],
)
def test_a_request_is_due_a_month_later(received: str, due: str) -> None:
    """On the same day, or the last one of a shorter month."""
    assert a_month_after(datetime.fromisoformat(received)) == datetime.fromisoformat(due)


def test_what_is_overdue_is_told(hub: Hub) -> None:
    """In the list, which then says no by its exit code, until it is answered."""
    late = datetime.now(UTC) - timedelta(days=40)
    taken = take(hub, erasure(), late)
    assert hub.requests().requests[0].overdue
    call("requests", "list", "--hub", hub.home.path, code=1)
    hub.refuse_request(taken.number, "too late")

    assert not hub.requests(every=True).requests[0].overdue


def test_a_site_that_says_so_verifies(hub: Hub) -> None:
    """What it must say is told as long as it is not known who asks; a site that says nothing changes nothing."""
    number, receipt = ask(hub, kind="uri-prefix", value="https://Kitchen.example/people/")
    challenge = status_by_receipt(hub, receipt).challenge
    asked: list[tuple[str, Challenge]] = []

    def silent(host: str, wanted: Challenge) -> None:
        asked.append((host, wanted))

    with pytest.raises(BadRequest, match="says nothing"):
        verify(hub, number, ask=silent)
    assert asked == [("kitchen.example", challenge)]
    assert challenge is not None
    assert receipt not in challenge.content
    verified = verify(hub, number, ask=lambda host, wanted: "the file of the site")

    assert (verified.state, verified.verified_by, verified.challenge) == ("verified", "the file of the site", None)
    with pytest.raises(BadRequest, match="is verified"):
        hub.verify_request(number, "again")
    person, _ = ask(hub)
    with pytest.raises(BadRequest, match="no site"):
        hub.verify_request(person)


def test_another_home_cannot_open_what_this_one_was_told(hub: Hub, tmp_path: Path) -> None:
    """Where the key is not, the request can be seen, and not decided on; a sealed text that was altered is refused."""
    number, _ = ask(hub)
    (row,) = rows(hub.db, "SELECT key, sealed FROM person_requests")
    key = place_of(hub.home, row["key"])
    content = key.read_bytes()
    key.unlink()
    assert hub.request_details(number).confidence is None
    with pytest.raises(BadRequest, match="not here"):
        hub.refuse_request(number, "no")
    key.write_bytes(content[::-1])
    with pytest.raises(BadRequest, match="not what was sealed"):
        hub.request_details(number)


STEPS = (
    "lineage.hub.own_secrets.keep_secret",
    "lineage.control.people.requests.insert",
    "lineage.control.people.requests.update",
    "lineage.hub.sealed.shred",
    "lineage.erasure.erase.commit_erasure",
    "lineage.erasure.erase.purge",
    "lineage.erasure.erase.log_end",
    "corpushub.requests.people.deciding._end",
)
"""Functions before or after whose calls a process is killed."""

SCRIPT = """
import importlib, os, signal, sys
import corpushub
from tests.corpushub.requests.people import test_requests
where, place, count = sys.argv[2], sys.argv[3], int(sys.argv[4])
module, name = where.rpartition(".")[::2]
left = [count]
def killing(real):
    def called(*words, **named):
        if place == "before" and left[0] == 0: os.kill(os.getpid(), signal.SIGKILL)
        done = real(*words, **named)
        if place == "after" and left[0] == 0: os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        return done
    return called
importlib.import_module("corpushub.requests.people.deciding"); importlib.import_module("lineage.erasure.erase")
real = getattr(importlib.import_module(module), name)
for one in [*sys.modules.values()]:
    if getattr(one, name, None) is real: setattr(one, name, killing(real))
with corpushub.open(sys.argv[1]) as hub:
    number, receipt = test_requests.ask(hub)
    print(receipt, flush=True)
    hub.verify_request(number, "by a letter")
    hub.grant_request(number)
"""


def points() -> list[tuple[str, str, int]]:
    """Return the points of a campaign: three in each run of the tests, all with CORPUSHUB_KILLS."""
    every = [(step, place, count) for count in range(4) for step in STEPS for place in ("before", "after")]
    chosen = [
        ("lineage.hub.own_secrets.keep_secret", "after", 0),
        ("lineage.control.people.requests.insert", "after", 0),
        ("lineage.erasure.erase.purge", "before", 0),
    ]
    return every if os.environ.get("CORPUSHUB_KILLS") else chosen


@pytest.mark.parametrize("point", points(), ids=str)
def test_no_request_is_lost(hub: Hub, point: tuple[str, str, int]) -> None:
    """Whenever the process is killed: what was acknowledged is there, and the same command brings it to its end."""
    words = [sys.executable, "-c", SCRIPT, str(hub.home.path), point[0], point[1], str(point[2])]
    killed = subprocess.run(words, capture_output=True, text=True, check=False)
    assert killed.returncode in (0, -signal.SIGKILL), killed.stderr
    receipt = killed.stdout.strip()
    with corpushub.open(hub.home.path) as after:
        assert len(rows(after.db, "SELECT number FROM person_requests")) <= 1
        if not receipt:
            return
        status = status_by_receipt(after, receipt)
        if status.state == "received":
            after.verify_request(status.number, "by a letter")
        if status.state != "done":
            assert not grant(after, status.number, Granting()).remains
        ended = status_by_receipt(after, receipt)

        assert ended.state == "done"
        assert len(ended.proofs) == 1
        assert after.receipt(ended.proofs[0]).verified
        assert [(one.version, one.documents) for one in ended.plan] == [("plain@v1", 1), ("scanned@v1", 1)]
        assert after.in_here("email", MAIL).datasets[0].verdict == "absent"
