"""A withdrawal publishes a version without some documents, says why of each, and is on record."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from lineage.audit_log import leaves
from lineage.control.erasures import Subject
from lineage.control.runs import get_run, list_runs, run_inputs
from lineage.control.versions import Version, VersionCount, get_version, newest_number
from lineage.control.withdrawals import get_withdrawal, standing_rules
from lineage.erasure.erase import ErasureOrder, erase
from lineage.errors import UnknownReference
from lineage.hub import Hub
from lineage.hub.home import Home
from lineage.iceberg.catalog import open_catalog
from lineage.proof.attest import attestations, record_environment
from lineage.proof.verify import verify_version
from lineage.questions.graph import trace_version
from lineage.questions.history import history, show_run
from lineage.questions.reading import read_version
from lineage.questions.trace import trace_document
from lineage.references import DocumentRef, RunRef, VersionRef
from lineage.rewrite.files import Rewriters
from lineage.withdrawal.rows import RULED, first_of, ruled
from lineage.withdrawal.withdraw import WithdrawalOrder, lift, preview, withdraw

Publish = Callable[..., Version]
MakeId = Callable[[int], str]


alone = pytest.mark.parametrize("backing", ["local"], indirect=True)
"""Where the files stand cannot matter."""


@pytest.fixture
def home(backed_home: Home) -> Home:
    """A fresh hub with each backing."""
    return backed_home


@pytest.fixture
def two(publish_version: Publish) -> list[Version]:
    """Two versions: of documents 1 to 5, and of 2 to 6; 7 was dropped for 5 in the second."""
    return [publish_version("r1", range(1, 6), {11: None}), publish_version("r2", range(2, 7), {7: 5, 8: 3})]


def order(*numbers: int, standing: tuple[tuple[str, str], ...] = ()) -> WithdrawalOrder:
    """Return an order to take documents out by their addresses."""
    uris = pa.array([f"https://orchard.example/{number}" for number in numbers])
    name = standing[0] if standing else ("registry", "objections")

    def rule(rows: pa.Table) -> pa.Table:
        return ruled(pc.is_in(rows["uri"], value_set=uris), ":".join(name), "revised")

    return WithdrawalOrder("fruit", (":".join(name),), lambda: [rule], standing, "a test")


def rows(home: Home, table: Literal["documents", "ledger"], number: int) -> list[dict[str, Any]]:
    """Return the rows of a table of a version."""
    found: list[dict[str, Any]] = (
        read_version(Hub.locate(home.path), VersionRef("fruit", number)).dataset(table).to_table().to_pylist()
    )
    return found


@pytest.mark.usefixtures("two")
def test_new_version_lacks_the_documents_and_nothing_else(hub: Hub, make_id: MakeId) -> None:
    """It follows the newest version, has its other documents, counts and profiles, and verifies; old ones stay."""
    before = {number: rows(hub.home, "documents", number) for number in (1, 2)}
    done = withdraw(hub, order(2, 4), Rewriters())
    assert done.affected.copies == 0

    gone = {make_id(2), make_id(4)}
    assert done.version is not None
    assert (done.version.name, done.version.parent, done.version.documents) == ("fruit@v3", 2, 3)
    assert (done.version.licenses, done.version.sources) == ({"MIT": 3}, {"orchard": 3})
    assert done.version.bytes == get_version(hub.db, VersionRef("fruit", 2)).bytes - sum(
        len(row["text"]) for row in before[2] if row["doc_id"] in gone
    )
    assert rows(hub.home, "documents", 3) == [row for row in before[2] if row["doc_id"] not in gone]
    table = open_catalog(hub.home).load_table(("fruit", "documents"))
    assert set(table.scan().to_arrow()["doc_id"].to_pylist()) == {make_id(number) for number in (3, 5, 6)}
    assert {number: rows(hub.home, "documents", number) for number in (1, 2)} == before
    assert done.affected.versions == {1: 2, 2: 2}
    assert all(verify_version(hub, VersionRef("fruit", number)).ok for number in (1, 2, 3))


@pytest.mark.usefixtures("two")
@alone
def test_ledger_says_why(hub: Hub, make_id: MakeId) -> None:
    """Each record has one final outcome still: that of a lost document is the revisal's, and its edits stay."""
    before = rows(hub.home, "ledger", 2)
    done = withdraw(hub, order(2), Rewriters())
    after = rows(hub.home, "ledger", 3)

    assert len(after) == len(before)
    (ending,) = [row for row in after if row["doc_id"] == make_id(2) and row["outcome"] == "dropped"]
    assert (ending["step"], ending["reason"], ending["detail"]) == ("revise", "revised", "registry:objections")
    assert (ending["run"], ending["output"]) == (done.run, None)
    others = [[row for row in some if row["doc_id"] != make_id(2)] for some in (before, after)]
    assert [{**row, "output": None} for row in others[0]] == [{**row, "output": None} for row in others[1]]
    told = trace_document(hub, DocumentRef(VersionRef("fruit"), make_id(2)))
    assert [event.step for event in told.events] == ["pii", "revise"]
    assert told.versions == ("fruit@v1", "fruit@v2")


@pytest.mark.usefixtures("two")
@alone
def test_it_is_on_record(hub: Hub) -> None:
    """History, run and graph tell who, when, why and by which rules; the audit log has a leaf, once."""
    done = withdraw(hub, order(2, 6), Rewriters())

    versions = history(hub, "fruit").versions
    assert [one.revisal is None for one in versions] == [False, True, True]
    withdrawal = versions[0].revisal
    assert withdrawal is not None
    assert (withdrawal.why, withdrawal.rules, withdrawal.documents) == ("a test", ("registry:objections",), 2)
    assert withdrawal.versions == (VersionCount("fruit@v1", 1), VersionCount("fruit@v2", 2))
    assert "@" in withdrawal.who
    assert show_run(hub, RunRef(str(done.run))).revisal == withdrawal
    graph = trace_version(hub, VersionRef("fruit"))
    told = [node.revisal for node in graph.nodes if node.kind == "run" and node.id == f"run:{done.run}"]
    assert told == [withdrawal]
    assert len(leaves.leaves_about(hub.db, "revise", f"run:{done.run}")) == 1


@pytest.mark.usefixtures("two")
@alone
def test_a_later_run_goes_on_from_it(hub: Hub) -> None:
    """The version has recipe, inputs and code of the one before, by which a run knows what is unchanged."""
    withdraw(hub, order(2), Rewriters())
    runs = [get_run(hub.db, get_version(hub.db, VersionRef("fruit", n)).run) for n in (2, 3)]
    for name in ("recipe", "recipe_digest", "inputs_digest", "code_version", "not_done"):
        assert len({str(getattr(run, name)) for run in runs}) == 1
    assert run_inputs(hub.db, runs[0].id) == run_inputs(hub.db, runs[1].id)


@pytest.mark.usefixtures("two")
@alone
def test_statement_names_policy_and_revisal(hub: Hub, publish_version: Callable[..., Version]) -> None:
    """What the version rests on is what the one before did, no change of policy is logged, and the record is named."""
    record_environment(hub.db, "r3", "a" * 64, {"pyarrow": "1"})
    publish_version("r3", [2, 3])
    done = withdraw(hub, order(2), Rewriters())

    assert done.version is not None
    (envelope,) = [orjson.loads(one.envelope) for one in attestations(hub.db, done.version)]
    made = orjson.loads(base64.b64decode(envelope["payload"]))["predicate"]["buildDefinition"]
    assert made["externalParameters"]["policy"] == "a" * 64
    withdrawal = get_withdrawal(hub.db, str(done.run))
    assert withdrawal is not None
    assert made["internalParameters"]["revisal"] == withdrawal.digest
    assert [len(leaves.leaves_about(hub.db, "policy", f"fruit@v{number}")) for number in (3, 4)] == [1, 0]
    (leaf,) = leaves.leaves_about(hub.db, "revise", f"run:{done.run}")
    assert leaf.content is not None
    assert orjson.loads(leaf.content)["digest"] == withdrawal.digest


@pytest.mark.usefixtures("two")
@alone
def test_rules_stand(hub: Hub, make_id: MakeId) -> None:
    """Rules that runs can obey stand as they are; what others find is refused by its id, in old versions too."""
    withdraw(hub, order(6, standing=(("host", "orchard.example"),)), Rewriters())
    withdraw(hub, order(1, 2), Rewriters())

    ids = sorted([make_id(1), make_id(2)])
    assert standing_rules(hub.db, "fruit") == [*(("doc", one) for one in ids), ("host", "orchard.example")]


@pytest.mark.usefixtures("two")
def test_rules_are_lifted(hub: Hub, make_id: MakeId) -> None:
    """The rules of one withdrawal go, once, and the record says who let them go; other rules and all versions stay."""
    first, second = withdraw(hub, order(2), Rewriters()), withdraw(hub, order(3), Rewriters())
    lifted = lift(hub, "fruit", str(first.run), "a mistake")

    assert lifted == get_withdrawal(hub.db, str(first.run))
    assert (lifted.lifted or {})["why"] == "a mistake"
    assert standing_rules(hub.db, "fruit") == [("doc", make_id(3))]
    assert newest_number(hub.db, "fruit") == 4
    assert [len(leaves.leaves_about(hub.db, kind, f"run:{first.run}")) for kind in ("revise", "lift")] == [1, 1]
    assert leaves.leaves_about(hub.db, "lift", f"run:{second.run}") == []
    for run in (str(first.run), "r1"):
        with pytest.raises(UnknownReference, match="nothing was changed"):
            lift(hub, "fruit", run, "again")


@pytest.mark.usefixtures("two")
@alone
def test_repeating_it_does_nothing(hub: Hub) -> None:
    """What is gone already makes no version and no second record; what only old versions hold makes a record."""
    withdraw(hub, order(2), Rewriters())
    again = withdraw(hub, order(2), Rewriters())
    old = withdraw(hub, order(1), Rewriters())

    assert (again.version, again.run) == (None, None)
    assert old.version is None
    assert old.run is not None
    assert len(leaves.leaves_about(hub.db, "revise", f"run:{old.run}")) == 1
    assert newest_number(hub.db, "fruit") == 3
    assert withdraw(hub, order(99), Rewriters()).run is None


@pytest.mark.usefixtures("two")
@alone
def test_preview_changes_nothing(hub: Hub, make_id: MakeId) -> None:
    """A preview finds what the withdrawal takes out."""
    found = preview(hub, order(2, 4))

    assert preview(hub, order(3, 5)).copies == 2
    assert found.rows["doc_id"].to_pylist() == sorted([make_id(2), make_id(4)])
    assert (newest_number(hub.db, "fruit"), standing_rules(hub.db, "fruit")) == (2, [])


@pytest.mark.usefixtures("two")
@alone
def test_all_documents_may_go(hub: Hub) -> None:
    """A version without documents can be published, and verifies."""
    done = withdraw(hub, order(2, 3, 4, 5, 6), Rewriters())

    assert done.version is not None
    assert (done.version.documents, done.version.licenses, done.version.sources) == (0, {}, {})
    assert rows(hub.home, "documents", 3) == []
    assert preview(hub, order(2)).versions == {1: 1, 2: 1}


@pytest.mark.usefixtures("two")
def test_crash_is_finished(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash in the commit is completed by the next command, and the rules stand from before it."""
    with monkeypatch.context() as patch:
        patch.setattr("lineage.commit.publish.record_version", _die)
        with pytest.raises(KeyboardInterrupt):
            withdraw(hub, order(2), Rewriters())
    assert (newest_number(hub.db, "fruit"), len(standing_rules(hub.db, "fruit"))) == (2, 1)
    assert withdraw(hub, order(2), Rewriters()).version is None
    assert newest_number(hub.db, "fruit") == 3
    assert [one.revisal and one.revisal.documents for one in history(hub, "fruit").versions] == [1, None, None]


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.usefixtures("two")
@alone
def test_crash_before_the_commit_is_repeated(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies while it rewrites leaves a rule that stands; the same command then makes the version."""
    with monkeypatch.context() as patch:
        patch.setattr("lineage.withdrawal.withdraw.publish", _die)
        with pytest.raises(KeyboardInterrupt):
            withdraw(hub, order(2), Rewriters())
    done = withdraw(hub, order(2), Rewriters())
    assert done.version is not None
    assert [one.revisal is not None for one in history(hub, "fruit").versions] == [True, False, False]
    assert len(list_runs(hub.db, "fruit")) == 3


@pytest.mark.usefixtures("two")
def test_old_versions_are_erased(hub: Hub, make_id: MakeId) -> None:
    """An erasure of what a withdrawal took out leaves nothing of it, the rules about documents included."""
    withdraw(hub, order(2, 4), Rewriters())
    subjects = tuple(Subject("doc", make_id(number)) for number in (2, 4))
    answer = erase(hub, ErasureOrder(subjects, "a test"), Rewriters())

    assert answer.verified, answer.remains
    assert standing_rules(hub.db, "fruit") == []
    for number in (1, 2, 3):
        assert not {row["doc_id"] for row in rows(hub.home, "documents", number)} & {make_id(2), make_id(4)}


def test_first_rule_counts() -> None:
    """Of several rules that speak of a document the first one is named, whole."""
    first = ruled(pa.chunked_array([[True, False, None]]), "host:a", "revised")
    second = ruled(pa.chunked_array([[True, True, False]]), "no-derivatives", "license_denied", "digest")

    assert first_of([first, second]).to_pylist() == [
        {"detail": "host:a", "reason": "revised", "policy": None},
        {"detail": "no-derivatives", "reason": "license_denied", "policy": "digest"},
        {"detail": None, "reason": None, "policy": None},
    ]
    assert first_of([first]).schema == RULED


@pytest.mark.usefixtures("two")
@alone
def test_order_of_rules_names_the_first(hub: Hub) -> None:
    """The ledger names the first rule of the order that finds a document."""
    both = replace(order(2), rules=lambda: [*order(2, standing=(("host", "a"),)).rules(), *order(2).rules()])
    assert set(preview(hub, both).rows["detail"].to_pylist()) == {"host:a"}
