"""A revisal publishes a version without some documents, says why of each, and is on record."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from sqlalchemy import Engine

from lineage import control, leaves
from lineage.attest import attest_missing, attestations, record_environment
from lineage.catalog import open_catalog
from lineage.control import Version
from lineage.erasure import Means, erase
from lineage.erasure import Order as Erasure
from lineage.errors import UnknownReference
from lineage.history import history, show_run
from lineage.home import Home
from lineage.reading import open_version
from lineage.receipts import Subject
from lineage.references import DocumentRef, RunRef, VersionRef
from lineage.revisals import get_revisal, standing_rules
from lineage.revise import Order, lift, preview, revise
from lineage.revise_rows import RULED, first_of, ruled
from lineage.trace import trace_document, trace_version
from lineage.verify import verify_version

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


def order(*numbers: int, standing: tuple[tuple[str, str], ...] = ()) -> Order:
    """Return an order to take documents out by their addresses."""
    uris = pa.array([f"https://orchard.example/{number}" for number in numbers])
    name = standing[0] if standing else ("registry", "objections")

    def rule(rows: pa.Table) -> pa.Table:
        return ruled(pc.is_in(rows["uri"], value_set=uris), ":".join(name), "revised")

    return Order("fruit", (":".join(name),), lambda: [rule], standing, "a test")


def rows(home: Home, table: Literal["documents", "ledger"], number: int) -> list[dict[str, Any]]:
    """Return the rows of a table of a version."""
    found: list[dict[str, Any]] = open_version(f"fruit@v{number}", home.path).dataset(table).to_table().to_pylist()
    return found


@pytest.mark.usefixtures("two")
def test_new_version_lacks_the_documents_and_nothing_else(home: Home, db: Engine, make_id: MakeId) -> None:
    """It follows the newest version, has its other documents, counts and profiles, and verifies; old ones stay."""
    before = {number: rows(home, "documents", number) for number in (1, 2)}
    done = revise(home, order(2, 4), Means())
    assert done.affected.copies == 0

    gone = {make_id(2), make_id(4)}
    assert done.version is not None
    assert (done.version.name, done.version.parent, done.version.documents) == ("fruit@v3", 2, 3)
    assert (done.version.licenses, done.version.sources) == ({"MIT": 3}, {"orchard": 3})
    assert done.version.bytes == control.get_version(db, VersionRef("fruit", 2)).bytes - sum(
        len(row["text"]) for row in before[2] if row["doc_id"] in gone
    )
    assert rows(home, "documents", 3) == [row for row in before[2] if row["doc_id"] not in gone]
    table = open_catalog(home).load_table(("fruit", "documents"))
    assert set(table.scan().to_arrow()["doc_id"].to_pylist()) == {make_id(number) for number in (3, 5, 6)}
    assert {number: rows(home, "documents", number) for number in (1, 2)} == before
    assert done.affected.versions == {1: 2, 2: 2}
    attest_missing(home, db, "fruit")
    assert all(verify_version(home, VersionRef("fruit", number))["ok"] for number in (1, 2, 3))


@pytest.mark.usefixtures("two")
@alone
def test_ledger_says_why(home: Home, make_id: MakeId) -> None:
    """Each record has one final outcome still: that of a lost document is the revisal's, and its edits stay."""
    before = rows(home, "ledger", 2)
    done = revise(home, order(2), Means())
    after = rows(home, "ledger", 3)

    assert len(after) == len(before)
    (ending,) = [row for row in after if row["doc_id"] == make_id(2) and row["outcome"] == "dropped"]
    assert (ending["step"], ending["reason"], ending["detail"]) == ("revise", "revised", "registry:objections")
    assert (ending["run"], ending["output"]) == (done.run, None)
    others = [[row for row in some if row["doc_id"] != make_id(2)] for some in (before, after)]
    assert [{**row, "output": None} for row in others[0]] == [{**row, "output": None} for row in others[1]]
    told = trace_document(home, DocumentRef(VersionRef("fruit"), make_id(2)))
    assert [event["step"] for event in told["events"]] == ["pii", "revise"]
    assert told["versions"] == ["fruit@v1", "fruit@v2"]


@pytest.mark.usefixtures("two")
@alone
def test_it_is_on_record(home: Home, db: Engine) -> None:
    """History, run and graph tell who, when, why and by which rules; the audit log has a leaf, once."""
    done = revise(home, order(2, 6), Means())
    attest_missing(home, db, "fruit")
    attest_missing(home, db, "fruit")

    told = history(home, "fruit")
    assert [one["revisal"] is None for one in told] == [False, True, True]
    revisal = told[0]["revisal"]
    assert (revisal["why"], revisal["rules"], revisal["documents"]) == ("a test", ["registry:objections"], 2)
    assert revisal["versions"] == [{"version": "fruit@v1", "documents": 1}, {"version": "fruit@v2", "documents": 2}]
    assert "@" in revisal["who"]
    assert show_run(home, RunRef(str(done.run)))["revisal"] == revisal
    graph = trace_version(home, VersionRef("fruit"))
    assert [node["revisal"] for node in graph["nodes"] if node["id"] == f"run:{done.run}"] == [revisal]
    assert len(leaves.leaves_about(db, "revise", f"run:{done.run}")) == 1


@pytest.mark.usefixtures("two")
@alone
def test_a_later_run_goes_on_from_it(home: Home, db: Engine) -> None:
    """The version has recipe, inputs and code of the one before, by which a run knows what is unchanged."""
    revise(home, order(2), Means())
    runs = [control.get_run(db, control.get_version(db, VersionRef("fruit", n)).run) for n in (2, 3)]
    for name in ("recipe", "recipe_digest", "inputs_digest", "code_version", "not_done"):
        assert len({str(getattr(run, name)) for run in runs}) == 1
    assert control.run_inputs(db, runs[0].id) == control.run_inputs(db, runs[1].id)


@pytest.mark.usefixtures("two")
@alone
def test_statement_names_policy_and_revisal(home: Home, db: Engine) -> None:
    """What the version rests on is what the one before did, no change of policy is logged, and the record is named."""
    record_environment(db, "r2", "a" * 64, {"pyarrow": "1"})
    done = revise(home, order(2), Means())
    attest_missing(home, db, "fruit")

    assert done.version is not None
    (envelope,) = [orjson.loads(one.envelope) for one in attestations(db, done.version)]
    made = orjson.loads(base64.b64decode(envelope["payload"]))["predicate"]["buildDefinition"]
    assert made["externalParameters"]["policy"] == "a" * 64
    revisal = get_revisal(db, str(done.run))
    assert revisal is not None
    assert made["internalParameters"]["revisal"] == revisal.digest
    assert [len(leaves.leaves_about(db, "policy", f"fruit@v{number}")) for number in (2, 3)] == [1, 0]
    (leaf,) = leaves.leaves_about(db, "revise", f"run:{done.run}")
    assert leaf.content is not None
    assert orjson.loads(leaf.content)["digest"] == revisal.digest


@pytest.mark.usefixtures("two")
@alone
def test_rules_stand(home: Home, db: Engine, make_id: MakeId) -> None:
    """Rules that runs can obey stand as they are; what others find is refused by its id, in old versions too."""
    revise(home, order(6, standing=(("host", "orchard.example"),)), Means())
    revise(home, order(1, 2), Means())

    ids = sorted([make_id(1), make_id(2)])
    assert standing_rules(db, "fruit") == [*(("doc", one) for one in ids), ("host", "orchard.example")]


@pytest.mark.usefixtures("two")
def test_rules_are_lifted(home: Home, db: Engine, make_id: MakeId) -> None:
    """The rules of one revisal go, once, and the record says who let them go; other rules and all versions stay."""
    first, second = revise(home, order(2), Means()), revise(home, order(3), Means())
    attest_missing(home, db, "fruit")
    lifted = lift(home, "fruit", str(first.run), "a mistake")
    attest_missing(home, db, "fruit")

    assert lifted == get_revisal(db, str(first.run))
    assert lifted.show()["lifted"]["why"] == "a mistake"
    assert standing_rules(db, "fruit") == [("doc", make_id(3))]
    assert control.newest_number(db, "fruit") == 4
    assert [len(leaves.leaves_about(db, kind, f"run:{first.run}")) for kind in ("revise", "lift")] == [1, 1]
    assert leaves.leaves_about(db, "lift", f"run:{second.run}") == []
    for run in (str(first.run), "r1"):
        with pytest.raises(UnknownReference, match="nothing was changed"):
            lift(home, "fruit", run, "again")


@pytest.mark.usefixtures("two")
@alone
def test_repeating_it_does_nothing(home: Home, db: Engine) -> None:
    """What is gone already makes no version and no second record; what only old versions hold makes a record."""
    revise(home, order(2), Means())
    again = revise(home, order(2), Means())
    old = revise(home, order(1), Means())

    assert (again.version, again.run) == (None, None)
    assert old.version is None
    assert old.run is not None
    attest_missing(home, db, "fruit")
    assert len(leaves.leaves_about(db, "revise", f"run:{old.run}")) == 1
    assert control.newest_number(db, "fruit") == 3
    assert revise(home, order(99), Means()).run is None


@pytest.mark.usefixtures("two")
@alone
def test_preview_changes_nothing(home: Home, db: Engine, make_id: MakeId) -> None:
    """A preview finds what the revisal takes out."""
    found = preview(home, order(2, 4))

    assert preview(home, order(3, 5)).copies == 2
    assert found.rows["doc_id"].to_pylist() == sorted([make_id(2), make_id(4)])
    assert (control.newest_number(db, "fruit"), standing_rules(db, "fruit")) == (2, [])


@pytest.mark.usefixtures("two")
@alone
def test_all_documents_may_go(home: Home) -> None:
    """A version without documents can be published, and verifies."""
    done = revise(home, order(2, 3, 4, 5, 6), Means())

    assert done.version is not None
    assert (done.version.documents, done.version.licenses, done.version.sources) == (0, {}, {})
    assert rows(home, "documents", 3) == []
    assert preview(home, order(2)).versions == {1: 1, 2: 1}


@pytest.mark.usefixtures("two")
def test_crash_is_finished(home: Home, db: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash in the commit is completed by the next command, and the rules stand from before it."""
    with monkeypatch.context() as patch:
        patch.setattr(control, "save_version", _die)
        with pytest.raises(KeyboardInterrupt):
            revise(home, order(2), Means())
    assert (control.newest_number(db, "fruit"), len(standing_rules(db, "fruit"))) == (2, 1)
    assert revise(home, order(2), Means()).version is None
    assert control.newest_number(db, "fruit") == 3
    assert history(home, "fruit")[0]["revisal"]["documents"] == 1


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.usefixtures("two")
@alone
def test_crash_before_the_commit_is_repeated(home: Home, db: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies while it rewrites leaves a rule that stands; the same command then makes the version."""
    with monkeypatch.context() as patch:
        patch.setattr("lineage.revise.publish", _die)
        with pytest.raises(KeyboardInterrupt):
            revise(home, order(2), Means())
    done = revise(home, order(2), Means())
    assert done.version is not None
    assert [one["revisal"] is not None for one in history(home, "fruit")] == [True, False, False]
    assert len(control.list_runs(db, "fruit")) == 3


@pytest.mark.usefixtures("two")
def test_old_versions_are_erased(home: Home, db: Engine, make_id: MakeId) -> None:
    """An erasure of what a revisal took out leaves nothing of it, the rules about documents included."""
    revise(home, order(2, 4), Means())
    subjects = tuple(Subject("doc", make_id(number)) for number in (2, 4))
    answer = erase(home, Erasure(subjects, "a test"), Means())

    assert answer["verified"], answer["remains"]
    assert standing_rules(db, "fruit") == []
    for number in (1, 2, 3):
        assert not {row["doc_id"] for row in rows(home, "documents", number)} & {make_id(2), make_id(4)}


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
def test_order_of_rules_names_the_first(home: Home) -> None:
    """The ledger names the first rule of the order that finds a document."""
    both = replace(order(2), rules=lambda: [*order(2, standing=(("host", "a"),)).rules(), *order(2).rules()])
    assert set(preview(home, both).rows["detail"].to_pylist()) == {"host:a"}
