"""All who ask about a host or a URL give one answer, whichever way it is spelled."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpushub.requests.erase import execute
from corpushub.requests.search import search
from corpushub.requests.subjects import Request
from corpushub.requests.withdrawal_rules import GivenRule
from lineage.erasure import subjects
from lineage.hub import Hub
from lineage.hub.home import Home
from pipelines.handover.ids import DOC_ID
from pipelines.rights.decide import facts_of
from pipelines.rights.suppression import WITHDRAWN, describe_suppression, write_suppression
from policies.addresses.redaction import redact_uri
from policies.addresses.same_page import normalize_url
from policies.addresses.sql import teach_address, teach_hosts
from policies.addresses.urls import host_of
from policies.consent.agents import Agents
from policies.consent.registries import Registries
from policies.consent.site_records import SiteRecord, SiteTable
from policies.consent.sites import SiteFiles
from policies.errors import InvalidPolicy
from policies.rules.conditions import Facts
from policies.rules.policy_file import parse_policy

HOSTS: Final = {
    "example.org": [
        "example.org",
        "EXAMPLE.org",
        "ｅｘａｍｐｌｅ.org",
        "%65xample.org",
        "example。org",
        "exam\u00adple.org",
    ],
    "xn--mnchen-3ya.example": [
        "münchen.example",
        "mu\u0308nchen.example",
        "XN--MNCHEN-3YA.example",
        "m%C3%BCnchen.example",
    ],
    "[2001:db8::1]": ["[2001:db8::1]", "[2001:DB8:0:0::0.0.0.1]", "[2001:0db8::0001]"],
    "192.0.2.1": ["192.0.2.1", "0xC0.0.2.1", "192.0.513", "0300.0.2.1", "１92.0.2.1"],
    "other.example": ["other.example", "OTHER.example."],
    "sub.example.org": ["sub.example.org", "Sub.Example.Org"],
}
STARTS: Final = [
    "http://",
    "http:\\\\",
    "HTTP:",
    "http:///",
    " http://",
    "ht\ttp://",
    "http:// ",
    "http://u:p@",
    "//",
    "\\\\",
]
PATHS: Final = ["/x", "/./x", "/%78", "/a/../x", "\\x", "/x\n"]

Spelled = tuple[str, str]
"""The normal form of a host, and a spelling of the address of its page /x."""


def spelled(host: str) -> st.SearchStrategy[str]:
    """Spell the address of the page /x of *host*, on the default port of http."""
    dots = st.just("") if host.startswith("[") else st.sampled_from(["", ".", " "])
    parts = (st.sampled_from(STARTS), st.sampled_from(HOSTS[host]), dots, st.sampled_from(["", ":", ":80"]))
    return st.tuples(*parts, st.sampled_from(PATHS)).map("".join)


addresses: st.SearchStrategy[Spelled] = st.sampled_from([*HOSTS]).flatmap(
    lambda host: st.tuples(st.just(host), spelled(host))
)


def ledger_of(uris: list[str]) -> pa.Table:
    """Return ledger rows, one for each of *uris*, as they are stored."""
    rows = len(uris)
    ids = {name: [f"{at:032x}" for at in range(rows)] for name in ("doc_id", "content_id")}
    return pa.table({**ids, "uri": pa.array(uris, pa.string())})


def erased(uris: list[str], subject: str) -> list[bool]:
    """Tell what an erasure finds."""
    return list(subjects._about(ledger_of(uris), [Request.parse(subject, "why").subject(None, "")]).to_pylist())


def withdrawn(uris: list[str], rule: str) -> list[bool]:
    """Tell what a withdrawal finds."""
    found = GivenRule.parse(rule).rule({})(ledger_of(uris))
    return [one is not None for one in found["detail"].to_pylist()]


def suppressed(uris: list[str], rule: tuple[str, str]) -> list[bool]:
    """Tell what later runs refuse, for an erasure and for a withdrawal, which must be the same."""
    subjects = [rule, (WITHDRAWN + rule[0], rule[1])]
    ids = pa.array([bytes(16)] * len(uris), DOC_ID)
    documents = pa.RecordBatch.from_pydict({"uri": pa.array(uris, pa.string()), "doc_id": ids})
    with tempfile.TemporaryDirectory() as folder:
        suppression = describe_suppression(folder, subjects)
        assert suppression is not None
        write_suppression(suppression, subjects)
        found = list(suppression.addresses(documents).to_pylist())
        told = suppression.rules(documents, "source", {}).to_pylist()
    assert [one is not None for one in told] == found
    return found


def asked(uris: list[str], teach: Callable[[Any], None], question: str) -> list[Any]:
    """Tell what a query answers for each address."""
    with closing(duckdb.connect()) as connection:
        teach(connection)
        table = pa.table({"row": range(len(uris)), "uri": pa.array(uris, pa.string())})
        connection.register("rows", table)
        return [row[0] for row in connection.execute(f"SELECT {question} FROM rows ORDER BY row").fetchall()]


def known_to_sites(uris: list[str], host: str) -> list[bool]:
    """Tell of which addresses the robots.txt of *host* speaks."""
    record = SiteRecord(f"http://{host}", "/robots.txt", 1, 200, b"User-agent: *\nDisallow: /x\n")
    files = SiteFiles(SiteTable.of([record]), Agents("2025-01-01", ("GPTBot",)))
    return [[one.meaning for one in files.site_evidence(uri, 2)] == ["deny"] for uri in uris]


def listed(uris: list[str], spelling: str) -> list[bool]:
    """Tell which addresses a registry with *spelling* as its only host, and no hosts below, lists."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.hosts"
        path.write_text(f'+++\nmeaning = "allow"\n+++\n{spelling}\n', encoding="utf-8")
        registries = Registries.load([path])
    return [bool(registries.registry_evidence(uri)) for uri in uris]


@settings(deadline=None, max_examples=60)
@given(st.lists(addresses, min_size=1, max_size=8), st.sampled_from([*HOSTS]), st.data())
def test_all_agree_about_a_host(found: list[Spelled], host: str, data: st.DataObject) -> None:
    """Erasure, withdrawal, suppression, policies, traces, statistics, sites and registries see the same host."""
    spelling = data.draw(st.sampled_from(HOSTS[host]))
    truth = [one == host for one, _ in found]
    uris = [redact_uri(uri) for _, uri in found]
    policy = cast("Any", SimpleNamespace(uses={"host"}))
    documents = {"uri": pa.array(uris, pa.string()), "profile": pa.array([""] * len(uris))}
    facts = facts_of(pa.RecordBatch.from_pydict(documents), policy)

    assert erased(uris, f"host:{spelling}") == truth
    assert withdrawn(uris, f"host:{spelling}") == truth
    assert suppressed(uris, ("host", GivenRule.parse(f"host:{spelling}").value)) == truth
    assert suppressed(uris, ("host", spelling.lower())) == truth, "a rule as an earlier release wrote it"
    assert facts["host"].to_pylist() == [host_of(uri) for uri in uris] == [one for one, _ in found]
    assert asked(uris, teach_hosts, "host_of(uri)") == [one for one, _ in found]
    assert known_to_sites([uri for _, uri in found], host) == truth
    assert listed([uri for _, uri in found], spelling) == truth


@settings(deadline=None, max_examples=60)
@given(st.lists(addresses, min_size=1, max_size=8), addresses)
def test_all_agree_about_a_url(found: list[Spelled], one: Spelled) -> None:
    """Prefixes of erasures, withdrawals and suppressions, searches and deduplication see the same URL."""
    host, uri = one
    truth = [other == host for other, _ in found]
    uris = [redact_uri(each) for _, each in found]

    assert erased(uris, f"uri-prefix:{uri}") == truth
    assert withdrawn(uris, f"uri-prefix:{uri}") == truth
    assert suppressed(uris, ("uri-prefix", GivenRule.parse(f"uri-prefix:{uri}").value)) == truth
    assert [
        bool(each) for each in asked(uris, lambda to: teach_address(to, redact_uri(uri)), "matched_by(uri)")
    ] == truth
    assert [normalize_url(each) == normalize_url(redact_uri(uri)) for each in uris] == truth


def test_a_policy_names_hosts_in_any_spelling() -> None:
    """A rule's host is brought into the normal form that documents' hosts have, and a word that is none is an error."""
    text = (
        'name = "p"\nversion = "1"\npurpose = "t"\n[[rule]]\nid = "r"\nverdict = "deny"\nreason = "R."\nwhen.hosts = '
    )
    policy = parse_policy(text + '["MÜNCHEN.example", "*.Example.ORG.", "[2001:DB8::0:1]"]', "a test")
    when = next(rule.when for rule in policy.rules if rule.id == "r")
    facts = [Facts(host=one) for one in ("a.xn--mnchen-3ya.example", "b.example.org", "[2001:db8::1]", "example.org")]

    assert when.hosts == ("xn--mnchen-3ya.example", "*.example.org", "[2001:db8::1]")
    assert [when.of_facts(one) for one in facts] == [True, True, True, False]
    with pytest.raises(InvalidPolicy, match="is no host"):
        parse_policy(text + '["exa<mple.org"]', "a test")


RECIPE: Final = """
[dataset]
name = "d"
[[source]]
name = "s"
connector = "jsonl"
paths = ["data.jsonl"]
license = "CC0-1.0"
"""

STORED: Final = [
    ("example", "http://example.org/x"),
    ("example", "HTTP://Example.org.:80/a/../%78"),
    ("example", "//example.org/x"),
    ("example", "example.org/x"),
    ("example", "http:\\\\example.org\\x"),
    ("example", "http:example.org/x"),
    ("example", " http://exam ple.org/x"),
    ("example", "http://user:pass@ｅｘａｍｐｌｅ。org/x"),
    ("example", "http://%65xample.org/x"),
    ("munich", "http://münchen.example/x"),
    ("munich", "http://mu\u0308nchen.example:8080/x"),
    ("munich", "https://XN--MNCHEN-3YA.example/"),
    ("v6", "http://[2001:db8::1]/x"),
    ("v6", "http://[2001:DB8:0::0:1]:81/y"),
    ("secret", "http://secret.example/x?token=abc"),
    ("secret", "HTTP://secret.example./x?%74oken=abc"),
    ("none", "http://[example.org/x"),
    ("none", "http://example.org.evil.example/x"),
    ("none", "https://example.organic/x"),
    ("none", "doc-17"),
]


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory, corpushub: Callable[..., Any]) -> Path:
    """Return the hub with one document for each address of STORED, its text a list of words of its own."""
    folder = tmp_path_factory.mktemp("addresses")
    rows = [
        {"id": f"{kind}-{at}", "url": uri, "text": " ".join(f"w{at}n{one}" for one in range(60))}
        for at, (kind, uri) in enumerate(STORED)
    ]
    (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    corpushub("run", folder / "recipe.toml", "--hub", folder / "hub")
    return folder / "hub"


def numbers(*kinds: str) -> int:
    """Count the documents of *kinds*."""
    return sum(kind in kinds for kind, _ in STORED)


@pytest.mark.parametrize(
    ("subject", "count"),
    [
        *((f"host:{one}", numbers("example")) for one in ("example.org", "//EXAMPLE.org.:443", "ｅxample。org")),
        *((f"host:{one}", numbers("munich")) for one in ("münchen.example", "xn--mnchen-3ya.example")),
        *((f"host:{one}", numbers("v6")) for one in ("[2001:db8::1]", "2001:DB8::0:1")),
        ("uri-prefix:HTTP://EXAMPLE.org:80/./%78", numbers("example")),
        ("uri-prefix:http://example.org", numbers("example")),
        ("uri-prefix:http://secret.example/x?token=other", numbers("secret")),
        ("host:example", 0),
    ],
)
def test_erase_finds_every_spelling(crawl: Path, subject: str, count: int) -> None:
    """What can be no host, or is another one, is never found by accident."""
    told = execute(Hub(Home(crawl)), [Request.parse(subject, "a test")], None, dry_run=True)

    assert told.matched == count


@pytest.mark.parametrize(
    ("url", "count"),
    [
        *((uri, numbers("example")) for kind, uri in STORED if kind == "example"),
        *(("http://secret.example/x?token=abc", 2), ("http://secret.example:80/x?%74oken=abc", 2)),
        *(("http://xn--mnchen-3ya.example/x", 1), ("https://münchen.example", 1), ("http://[2001:db8:0::1]:81/y", 1)),
        *(("doc-17", 1), ("http://[example.org/x", 1), ("http://example.org/", 0), ("https://example.org/y", 0)),
    ],
)
def test_find_finds_every_spelling(crawl: Path, url: str, count: int) -> None:
    """A URL is found as it is spelled and as any other spells it, redacted or not."""
    assert len(search(Hub(Home(crawl)), "url", url, (None, 100, 30.0)).matches) == count


def test_the_command_line_asks_the_same(crawl: Path, corpushub: Callable[..., Any]) -> None:
    """The commands find every spelling too, and exit with 2 for what is no host, without repeating it."""
    erase = ("erase", "--reason", "a test", "--dry-run", "--hub", crawl, "--subject")
    found = corpushub(*erase, "host:ＥＸＡＭＰＬＥ.org.")
    named = corpushub("find", "--hub", crawl, "--url", "http://u:p@EXAMPLE.org:80/%78")
    wrong = corpushub(*erase, "host:exa<mple.org", code=2)

    assert (found["matched"], len(named["matches"])) == (numbers("example"), numbers("example"))
    assert "exa<mple" not in json.dumps(wrong)
