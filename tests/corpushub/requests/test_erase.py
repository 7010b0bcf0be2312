"""Requests to erase, as people write them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpushub.errors import BadRequest
from corpushub.requests.erase import execute, read_requests
from corpushub.requests.subjects import Request
from lineage.hub import Hub
from lineage.hub.home import Home
from policies.errors import MissingKey
from policies.pii.disguises import UNSEARCHED
from policies.pii.keys import VARIABLE, Key

KEY = Key(b"more than sixteen bytes")


@pytest.mark.parametrize(
    ("subject", "value"),
    [
        ("host:Example.ORG.", "example.org"),
        ("host://example.org:80", "example.org"),
        ("host:https://u:p@example.org/", "example.org"),
        ("host:münchen.example", "xn--mnchen-3ya.example"),
        ("host:[2001:DB8:0::1]", "[2001:db8::1]"),
        ("host:2001:db8::1", "[2001:db8::1]"),
        ("uri-prefix:https://example.org/people/", "https://example.org/people/"),
        ("uri-prefix:HTTPS://Example.org.:443/a/../people/%7Ex", "https://example.org/people/~x"),
        ("uri-prefix:https://example.org", "https://example.org/"),
        ("doc:" + "AB" * 16, "ab" * 16),
        ("content:" + "0" * 64, "0" * 64),
        ("email:Some.One@Example.org", KEY.hash("EMAIL_ADDRESS", "some.one@example.org")),
        ("phone:+1 (212) 555-2368", KEY.hash("PHONE_NUMBER", "+12125552368")),
        ("name: Some   ONE", KEY.hash("PERSON", "some one")),
    ],
)
def test_a_subject_is_known_by_its_normal_form(subject: str, value: str) -> None:
    """Spellings of one subject meet, a person's behind the keyed hash that findings have."""
    assert Request.parse(subject, "why").subject(KEY, "salt").value == value


@pytest.mark.parametrize(
    "subject",
    [
        "someone",
        "mail:a@b.example",
        "doc:12",
        "content:xyz",
        "host:https://a.example/x",
        "host:a.example/x",
        "host:a b",
        "host:a<b",
        "host:someone@a.example",
        "host:1.2.3.999",
        "host:[fe80::1%25eth0]",
        "host:exam\u200dple.org",
        "uri-prefix:example.org/a",
        "uri-prefix:http://a<b/",
        "host:",
        "uri-prefix:h",
        "name:",
        "name:...",
        "name: - _ ",
        "name:12",
        'email:"@b.example',
        'email:""@b.example',
    ],
)
def test_what_cannot_be_meant_is_refused_and_not_repeated(subject: str) -> None:
    """A value that cannot be one of its kind is refused; no message repeats it."""
    with pytest.raises(BadRequest) as error:
        Request.parse(subject, "why")

    assert subject.partition(":")[2] in {"", "h", "12"} or subject.partition(":")[2] not in str(error.value)


def test_a_reason_may_not_name_the_subject() -> None:
    """The reason is kept with the receipt for good, so it must say nothing of whom it concerns."""
    for subject, reason in (
        ("email:a.b@c.example", "a request of A.B@C.example"),
        ("email:a.b@c.example", "a request of a.b (at) c [dot] example"),
        ("email:a.b@c.example", "a.b%40c.example asked"),
        ("phone:+1 212 555 2368", "who has 212.555.2368 asked"),
        ("name:Ann Lee", "for Lee, Ann"),
        ("host:c.example", "the owner of C.example asked"),
    ):
        with pytest.raises(BadRequest, match="names the subject"):
            Request.parse(subject, reason)


def test_a_reason_may_not_name_the_subject_of_another_request(tmp_path: Path) -> None:
    """The reasons of all requests are kept with one receipt: none may name whom any of them is about."""
    requests = [Request.parse("doc:" + "0" * 32, "a request of ann(at)b.example")]
    requests.append(Request.parse("email:ann@b.example", "request 1"))

    with pytest.raises(BadRequest, match="names the subject"):
        execute(Hub(Home(tmp_path / "hub").create()), requests, None, dry_run=True)


def test_a_file_holds_many_requests(tmp_path: Path) -> None:
    """Each line is a request with its own reason or the common one; a bad line is named by its number."""
    path = tmp_path / "requests.jsonl"
    path.write_text('{"subject": "host:a.example"}\n\n{"subject": "host:b.example", "reason": "two"}\n')
    assert [(one.value, one.reason) for one in read_requests(path, "one")] == [
        ("a.example", "one"),
        ("b.example", "two"),
    ]

    path.write_text('{"subject": "host:a.example"}\n{"subject": "email:nobody"}\n')
    with pytest.raises(BadRequest, match=r"requests.jsonl:2: ") as error:
        read_requests(path, "one")
    assert "nobody" not in str(error.value)
    with pytest.raises(BadRequest, match="needs a reason"):
        read_requests(path, None)


def test_a_person_is_found_by_the_text_where_no_run_had_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was hashed, so no key is asked for; the answer says what cannot be looked for, and what that means."""
    monkeypatch.delenv(VARIABLE, raising=False)
    home = Home(tmp_path / "hub").create()
    report = execute(Hub(home), [Request.parse("email:a@b.example", "")], None, dry_run=True)

    assert report.matched == 0
    told = [one.why for one in report.unsearched if one.version is None]
    assert set(UNSEARCHED) < set(told)
    assert any("no key" in one for one in told)


def test_the_kind_is_told_before_a_missing_reason(tmp_path: Path) -> None:
    """A line whose kind is wrong says so, also where it lacks a reason; a dry run needs none."""
    path = tmp_path / "requests.jsonl"
    path.write_text('{"subject": "mail:a@b.example"}\n')
    with pytest.raises(BadRequest, match=r":1: a subject is KIND:VALUE"):
        read_requests(path, None)

    path.write_text('{"subject": "email:a@b.example"}\n')
    assert [one.kind for one in read_requests(path, None, reasons=False)] == ["email"]


def test_commands_that_destroy_need_a_terminal_or_a_yes(orchard: Path, corpushub: Callable[..., Any]) -> None:
    """Off a terminal they end with exit code 2 and change nothing; what is wrong with the order is told first."""
    hub = ("--hub", orchard)
    before = corpushub("history", "d", *hub)
    for order in (
        ("erase", "--subject", "host:orchard.example", "--reason", "r"),
        ("withdraw", "d", "--rule", "host:orchard.example", "--reason", "r"),
        ("erase", "--subject", "mail:a@b.example"),
    ):
        corpushub(*order, *hub, code=2)

    assert corpushub("history", "d", *hub) == before
    corpushub("erase", "--subject", "host:orchard.example", "--dry-run", *hub)


def test_a_key_file_that_is_named_is_there(hub: Hub, tmp_path: Path) -> None:
    """Also where no person is to be erased, who would be found with it."""
    with pytest.raises(MissingKey, match="No such file"):
        execute(hub, [Request.parse("host:a.example", "why")], tmp_path / "nope", dry_run=True)


def test_requests_come_from_a_regular_file(tmp_path: Path) -> None:
    """Nobody waits for a pipe, and the message says what is wrong."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadRequest, match=r"pipe: it is no regular file"):
        read_requests(tmp_path / "pipe", "why")
