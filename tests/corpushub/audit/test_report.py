"""An audit judges every document once, under any policy, and says what follows."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import corpushub
from corpushub.audit.answer import Audit
from corpushub.audit.changes import Change
from corpushub.audit.document_trace import rights_text, trace_document
from corpushub.audit.files import check_names, write_files
from corpushub.audit.report import AuditOptions, audit
from corpushub.errors import BadFileName
from lineage.control.policy_texts import put_policy
from lineage.control.runs import Run, RunState, start_run
from lineage.control.versions import Version, list_versions, save_version
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.questions.documents import population
from lineage.references import DocumentRef, VersionRef
from lineage.storage.manifest import manifest_root
from lineage.storage.parquet import write_documents, write_ledger, write_profiles
from policies.rights.evidence import Where
from policies.rights.profiles import Profile, Signal, stated
from policies.rules.policy_file import load_policy, shipped

MIT, BY, SA, NC, ND = "MIT", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0"
Row = tuple[str | None, str]
REF = VersionRef("d")

Make = Callable[..., Version]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return a fresh hub home."""
    return Home(tmp_path / "hub", catalog="", warehouse_root="").create()


@pytest.fixture
def make(home: Home) -> Make:
    """Return a function that records a version of documents given by licence and host, some of them edited."""

    def version(
        rows: Sequence[Row], edited: Sequence[int] = (), profiles: dict[int, Profile] | None = None, old: bool = False
    ) -> Version:
        db = Hub(home).db
        number = len(list_versions(db, "d")) + 1
        special = profiles or {}
        known = [
            special.get(at) or stated(license, Where.SOURCE, license is not None)
            for at, (license, _) in enumerate(rows)
        ]
        table = documents(rows, None if old else known)
        ledger = events(table, edited, f"r{number}", None if old else known)
        documents_file = write_documents(table, home.data_folder("d", "documents"))
        ledger_file = write_ledger(ledger, home.data_folder("d", "ledger"))
        profiles_file = write_profiles({one.id: one.content for one in known}, home.data_folder("d", "profiles"))
        files = {"documents": [documents_file], "ledger": [ledger_file], "profiles": [] if old else [profiles_file]}
        run = Run(f"r{number}", "d", "", "c", "d", "0", RunState.COMMITTED)
        start_run(db, run)
        made = Version(
            "d", number, run.id, None, manifest_root([], []), f"2024-01-0{number}T00:00:00.000000Z", len(rows), 1,
            {}, {}, {}, "c", 0, 0,
        )  # fmt: skip
        relative = {
            kind: [replace(file, path=home.relative(file.path)) for file in some] for kind, some in files.items()
        }
        save_version(db, made, relative)  # type: ignore[arg-type]
        return made

    return version


def documents(rows: Sequence[Row], profiles: Sequence[Profile] | None) -> pa.Table:
    """Return documents rows numbered from 0."""
    columns: dict[str, Any] = {
        "doc_id": [f"{number:032x}" for number in range(len(rows))],
        "text": ["text"] * len(rows),
        "source": ["web" if host else "books" for _, host in rows],
        "uri": [f"https://{host}/{number}" if host else None for number, (_, host) in enumerate(rows)],
        "license": pa.array([license for license, _ in rows], pa.string()),
        "captured_at": pa.array([datetime(2024, 5, 1, tzinfo=UTC)] * len(rows), pa.timestamp("us", tz="UTC")),
    }
    if profiles is not None:
        columns["profile"] = [one.id for one in profiles]
        columns["title"] = [f"=Title {at}" if at % 2 == 0 else None for at in range(len(rows))]
        columns["author"] = pa.array([f"Writer {at}" if at == 0 else None for at in range(len(rows))], pa.string())
    return pa.table(columns)


def events(table: pa.Table, edited: Sequence[int], run: str, profiles: Sequence[Profile] | None) -> pa.Table:
    """Return ledger rows: all documents were kept, some were scrubbed before."""
    rows = [
        {"doc_id": doc_id, "seq": 2, "step": "release", "outcome": "kept", "uri": uri, "run": run}
        for doc_id, uri in zip(table["doc_id"].to_pylist(), table["uri"].to_pylist(), strict=True)
    ]
    policy = load_policy(shipped("strict-commercial")).digest
    for at, profile in enumerate(profiles or ()):
        rows[at] |= {"profile": profile.id, "policy": policy}
    rows += [{**rows[at], "seq": 1, "step": "pii", "outcome": "changed"} for at in edited]
    columns = sorted({name for row in rows for name in row})
    return pa.Table.from_pylist([{name: row.get(name) for name in columns} for row in rows])


def judge(hub: Hub, policy: str = "permissive", **how: Any) -> Audit:
    """Audit the newest version under a shipped policy."""
    return audit(hub, REF, shipped(policy), AuditOptions(how.pop("examples", 5), how.pop("sizes", False)), **how)


def test_verdicts_sum_to_the_population(home: Home, make: Make) -> None:
    """Each document has one verdict; findings name rule, sources, hosts and documents, the largest first."""
    make([(MIT, "a.example")] * 3 + [(NC, "b.example")] * 2 + [(None, "")] * 4)
    report = judge(Hub(home), examples=1)

    assert report.verdicts == {"allow": 3, "deny": 2, "unknown": 4}
    assert sum(report.verdicts.values()) == report.population == 9
    assert [(one.rule, one.count, one.sources, one.hosts) for one in report.findings] == [
        ("unknown-licence", 4, {"books": 4}, {}),
        ("deny *-NC-*", 2, {"web": 2}, {"b.example": 2}),
    ]
    assert [one.ref for one in report.findings[1].examples] == [f"d@v1#{3:032x}"]
    assert not report.compliant
    assert any("declare it" in one for one in report.advice)


def test_the_same_version_under_another_policy(home: Home, make: Make) -> None:
    """What if: the answer depends on the policy of the audit alone, and needs no run."""
    make([(None, "a.example"), (NC, "b.example")])

    assert judge(Hub(home), "research-eu").compliant
    assert judge(Hub(home), "public-domain").verdicts == {"allow": 0, "deny": 1, "unknown": 1}


def test_signals_of_profiles_decide(home: Home, make: Make) -> None:
    """Documents with one licence have different verdicts where their signals differ."""
    reserved = Profile(MIT, (MIT,), (Signal("tdm", "deny", "header"),))
    make([(MIT, "a.example"), (MIT, "b.example")], profiles={1: reserved})
    report = judge(Hub(home), "research-eu")

    assert report.verdicts == {"allow": 1, "deny": 1, "unknown": 0}
    assert report.findings[0].hosts == {"b.example": 1}


def test_hosts_and_dates_decide(home: Home, make: Make, tmp_path: Path) -> None:
    """A rule about hosts or dates splits documents of one profile."""
    make([(MIT, "a.example"), (MIT, "www.b.example"), (MIT, "")])
    path = tmp_path / "p.toml"
    rules = [("deny", 'hosts = ["b.example"]'), ("allow", "after = 2024-05-01")]
    body = "".join(
        f'[[rule]]\nid = "{verdict}"\nverdict = "{verdict}"\nreason = "R."\nwhen.{when}\n' for verdict, when in rules
    )
    path.write_text(f'name = "p"\nversion = "1"\npurpose = "x"\n{body}', encoding="utf-8")
    report = audit(Hub(home), REF, path, AuditOptions())

    assert report.verdicts == {"allow": 2, "deny": 1, "unknown": 0}
    assert report.findings[0].hosts == {"www.b.example": 1}


def test_versions_of_earlier_releases(home: Home, make: Make) -> None:
    """Documents without a profile are judged by their licence."""
    make([(MIT, "a.example"), (NC, "a.example"), (None, "")], old=True)

    assert judge(Hub(home)).verdicts == {"allow": 1, "deny": 1, "unknown": 1}


def test_a_version_without_documents(home: Home, make: Make) -> None:
    """Nothing is allowed, denied or unknown, and nothing speaks against it."""
    make([])
    report = judge(Hub(home))

    assert (report.population, report.compliant) == (0, True)


def test_conflicts_within_a_release(home: Home, make: Make) -> None:
    """Share-alike against other terms, and edits of what may not be changed, are told with their numbers."""
    make([(SA, "a.example"), (NC, "a.example"), (ND, "a.example"), (ND, "a.example"), (MIT, "")], edited=[2, 4])
    report = judge(Hub(home), "research-eu")
    found = {(one.kind, tuple(one.licenses)): one.documents for one in report.conflicts}

    assert found[("no-derivatives-edited", (ND,))] == (1,)
    assert found[("share-alike", (NC, SA))] == (1, 1)
    assert ("share-alike", (ND, SA)) in {(kind, tuple(sorted(names))) for kind, names in found}
    assert report.compliant, "the policy only reports conflicts"


def test_a_policy_may_refuse_conflicts(home: Home, make: Make, tmp_path: Path) -> None:
    """Where every document is allowed a conflict alone makes the version not compliant, if the policy says so."""
    make([(SA, ""), (NC, "")])
    path = tmp_path / "p.toml"
    path.write_text('name = "p"\nversion = "1"\npurpose = "x"\nconflicts = "refuse"\nallow = ["*"]', encoding="utf-8")

    assert audit(Hub(home), REF, path, AuditOptions()).verdicts["allow"] == 2
    assert not audit(Hub(home), REF, path, AuditOptions()).compliant


def test_obligations_of_what_is_allowed(home: Home, make: Make) -> None:
    """Duties are counted over allowed documents, by licence."""
    make([(BY, ""), (BY, ""), (MIT, ""), (NC, "")])
    due = {one.duty: (one.documents, one.licenses) for one in judge(Hub(home)).obligations}

    assert due["attribution"] == (2, {BY: 2})
    assert due["notice"] == (3, {BY: 2, MIT: 1})


def test_since(home: Home, make: Make) -> None:
    """A comparison names the findings and licences that changed, both judged under one policy."""
    make([(MIT, ""), (NC, "")])
    make([(MIT, ""), (MIT, ""), (NC, ""), (NC, ""), (ND, "")])
    changes = judge(Hub(home), since=VersionRef("d", 1)).since

    assert changes is not None
    assert changes.version == "d@v1"
    assert changes.verdicts["deny"] == Change(1, 3)
    assert {one.rule: (one.before, one.now) for one in changes.findings} == {
        "deny *-NC-*": (1, 2),
        "deny *-ND-*": (0, 1),
    }
    assert {one.license: one.now for one in changes.licenses} == {MIT: 2, NC: 2, ND: 1}


def test_attribution_lists(home: Home, make: Make, tmp_path: Path) -> None:
    """Each document whose licence asks for it is named with address, licence and changes, in all forms alike."""
    make([(BY, "a.example"), (MIT, ""), (SA, "=b.example")], edited=[0])
    report = judge(Hub(home), "research-eu", sizes=True)
    for ending in ("csv", "json", "html"):
        write_files(Hub(home), report, tmp_path / "page.html", tmp_path / f"list.{ending}", Path("research-eu"))
    rows = json.loads((tmp_path / "list.json").read_text(encoding="utf-8"))
    with (tmp_path / "list.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))

    assert [tuple(row[name] for name in ("license", "changes", "title", "author")) for row in rows] == [
        (BY, "pii", "=Title 0", "Writer 0"),
        (SA, None, "=Title 2", None),
    ]
    assert table[0]["title"] == "'=Title 0"
    assert rows[0]["license_url"] == "https://creativecommons.org/licenses/by/4.0/"
    assert [row["uri"] for row in table] == [row["uri"] for row in rows]
    assert "https://a.example/0" in (tmp_path / "list.html").read_text(encoding="utf-8")
    assert "<svg" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_attribution_lists_are_whole_in_any_number_of_ranges(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few documents are put in order at once, each stands in the list once, in order of doc_id."""
    lists = []
    for ordered in (population.ORDERED, 7, 1):
        monkeypatch.setattr(population, "ORDERED", ordered)
        with corpushub.open(hub) as opened:
            opened.audit("quickstart", attribution=tmp_path / "list.json")
        lists.append([row["doc_id"] for row in json.loads((tmp_path / "list.json").read_text(encoding="utf-8"))])

    assert len(lists[0]) > 10
    assert lists[0] == sorted(set(lists[0]))
    assert lists[1:] == [lists[0]] * 2


def test_attribution_lists_name_what_the_policy_allows(home: Home, make: Make, tmp_path: Path) -> None:
    """They have as many documents as the obligation counts: what is denied is not used, and nobody is named for it."""
    make([(BY, ""), (NC, ""), (SA, "a.example"), (BY, ""), (NC, "")])
    with corpushub.open(home.path) as hub:
        report = hub.audit("d", "permissive", attribution=tmp_path / "list.json")
    rows = json.loads((tmp_path / "list.json").read_text(encoding="utf-8"))

    assert report.verdicts["deny"] > 0
    assert {row["license"] for row in rows} & {NC} == set()
    assert len(rows) == next(one.documents for one in report.obligations if one.duty == "attribution")


def test_each_conflict_is_told_once(home: Home, make: Make) -> None:
    """Of many pairs of licences each is listed once, and the advice about them is one sentence."""
    make([(SA, ""), (NC, ""), ("CC-BY-SA-3.0", ""), ("CC-BY-NC-SA-4.0", ""), (ND, ""), (ND, "")], edited=[4, 5])
    report = judge(Hub(home))

    assert len(report.conflicts) > 3
    assert len({(one.kind, tuple(one.licenses)) for one in report.conflicts}) == len(report.conflicts)
    assert sum("separate datasets" in one for one in report.advice) == 1
    assert sum("unchanged" in one for one in report.advice) == 1


def test_a_list_needs_a_known_form() -> None:
    """The ending of the file's name says in which form; another one is refused before anything is read."""
    check_names(Path("a.csv"))
    with pytest.raises(BadFileName, match=r"\.csv, \.json, \.html"):
        check_names(Path("a.xls"))


def test_trace_explains_the_decision(home: Home, make: Make) -> None:
    """A document's trace shows what was known of its rights and, where the policy was kept, the rule and its reason."""
    make([(NC, "a.example")])
    db, ref = Hub(home).db, DocumentRef(REF, f"{0:032x}")
    before = trace_document(Hub(home), ref).rights
    policy = shipped("strict-commercial")
    with db.begin() as connection:
        text = policy.read_text(encoding="utf-8")
        put_policy(connection, load_policy(policy).digest, text, text)
    after = trace_document(Hub(home), ref).rights

    assert before is not None
    assert (before.license, before.claims, before.verdict) == (NC, (NC,), None)
    assert after is not None
    assert (after.verdict, after.rule) == ("deny", "non-commercial")
    assert "forbids commercial use" in rights_text(after)


def test_a_trace_names_the_agents_that_are_refused(home: Home, make: Make) -> None:
    """Those that are allowed are counted: sites answer alike for most of them."""
    meanings = {"A": "allow", "B": "deny", "C": "allow", "D": "deny"}
    signals = [Signal(f"robots:{agent}", meaning, "site") for agent, meaning in meanings.items()]
    make([(MIT, "a.example")], profiles={0: Profile(MIT, (MIT,), (*signals, Signal("tdm", "deny", "header")))})
    lines = rights_text(trace_document(Hub(home), DocumentRef(REF, f"{0:032x}")).rights).splitlines()

    assert "  robots       allow (site): 2 agents" in lines
    assert "  robots       deny (site): B, D" in lines
    assert "  tdm          deny (header)" in lines


def test_trace_of_earlier_releases(home: Home, make: Make) -> None:
    """Where no profile was recorded the trace says nothing of rights."""
    make([(NC, "a.example")], old=True)
    trace = trace_document(Hub(home), DocumentRef(REF, f"{0:032x}"))

    assert trace.rights is None
    assert rights_text(trace.rights) == ""
