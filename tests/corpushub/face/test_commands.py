"""The command line and Python give one answer: each command is given to both, on one hub or on two copies of it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import orjson
import pytest
from click.testing import CliRunner

import corpushub as face
from corpushub.cli import main
from lineage.storage.as_json import as_json
from pipelines.execution.executor import Execution

OF_THE_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(Z|\+00:00)?|[0-9a-f]{64}|receipt:\w+")
"""What two doings of one thing differ in: times, and what is hashed over them."""

MEASURED = re.compile(r'"(seconds|pid)":[\d.]+')


@dataclass(frozen=True)
class Place:
    """Where one of the two asks.

    Attributes:
        hub: the hub.
        corpus: the quickstart's corpus.
        out: a folder to write into.
        doc_id: a document that was kept.
        run: the run that made the hub.
    """

    hub: Path
    corpus: Path
    out: Path
    doc_id: str
    run: str

    @property
    def doc(self) -> str:
        """The reference of the document."""
        return f"quickstart@v1#{self.doc_id}"

    @property
    def recipe(self) -> Path:
        """The recipe."""
        return self.corpus / "recipe.toml"

    @property
    def docs(self) -> str:
        """A file of documents."""
        return str(min(self.corpus.glob("corpus/docs/*.jsonl.gz")))

    def said(self, answer: str) -> str:
        """Return *answer* without what is of this place or of the moment."""
        for path, name in ((self.out, "OUT"), (self.hub, "HUB")):
            answer = answer.replace(str(path), name)
        return OF_THE_MOMENT.sub("?", MEASURED.sub(r'"\1":0', answer))


Asked = Callable[[Place], list[Any]]
Done = Callable[[face.Hub, Place], Any]

COUNT = "select outcome, reason, count(*) as n from ledger group by all order by all"


def check_bundle(hub: face.Hub, at: Place) -> Any:
    """Make a bundle in the hub, for both, and check it."""
    hub.attest("quickstart", at.out.parent / "of.json")
    hub.key(at.out.parent / "of.pub")
    return face.verify_bundle(at.out.parent / "of.json", at.out.parent / "of.pub")


QUESTIONS: dict[str, tuple[Asked, Done]] = {
    "access-log": (lambda at: ["access-log", "quickstart", "--limit", "3"], lambda hub, at: hub.accesses(limit=3)),
    "attest": (
        lambda at: ["attest", "quickstart", "--out", at.out / "b.json", "--files", at.out / "files"],
        lambda hub, at: hub.attest("quickstart", at.out / "b.json", files=at.out / "files"),
    ),
    "audit": (
        lambda at: ["audit", "quickstart", "--policy", at.corpus / "policy.toml", "--since", "quickstart@v1"],
        lambda hub, at: hub.audit("quickstart", at.corpus / "policy.toml", since="quickstart@v1"),
    ),
    "audit, to files": (
        lambda at: ["audit", "quickstart", "--html", at.out / "a.html", "--attribution", at.out / "a.csv"],
        lambda hub, at: hub.audit("quickstart", html=at.out / "a.html", attribution=at.out / "a.csv"),
    ),
    "checkpoint": (
        lambda at: ["checkpoint", "--since", "0", "--out", at.out / "c.txt"],
        lambda hub, at: hub.checkpoint(0, out=at.out / "c.txt"),
    ),
    "clean": (lambda at: ["clean", "--grace", "2"], lambda hub, at: hub.clean(grace_seconds=7200)),
    "dedup-report": (
        lambda at: ["dedup-report", "quickstart", "--pairs", "3", "--out", at.out / "d.svg"],
        lambda hub, at: hub.dedup_report("quickstart", at.out / "d.svg", pairs=3),
    ),
    "diff": (
        lambda at: ["diff", "quickstart@v1", "quickstart", "--docs", "--limit", "5"],
        lambda hub, at: hub.diff("quickstart@v1", "quickstart", listed=5),
    ),
    "doctor": (lambda at: ["doctor"], lambda hub, at: hub.doctor()),
    "documentation": (lambda at: ["documentation", "quickstart"], lambda hub, at: hub.documentation("quickstart")),
    "example": (lambda at: ["example", at.out / "first"], lambda hub, at: face.make_example(at.out / "first")),
    "export": (
        lambda at: ["export", "quickstart", "--as", "hf", "--out", at.out / "hf"],
        lambda hub, at: hub.export("quickstart", at.out / "hf", "hf"),
    ),
    "exports": (lambda at: ["exports", "quickstart"], lambda hub, at: hub.exports("quickstart")),
    "find": (lambda at: ["find", "--id", at.doc_id], lambda hub, at: hub.find(id=at.doc_id)),
    "find, by text": (
        lambda at: ["find", "--text", "the", "--limit", "3", "--in", "quickstart@v1"],
        lambda hub, at: hub.find(text="the", limit=3, within="quickstart@v1"),
    ),
    "history": (lambda at: ["history", "quickstart"], lambda hub, at: hub.history("quickstart")),
    "key": (lambda at: ["key", "--out", at.out / "k.pub"], lambda hub, at: hub.key(at.out / "k.pub")),
    "reports": (lambda at: ["reports", "list", "--all"], lambda hub, at: hub.reports(every=True)),
    "requests": (lambda at: ["requests", "list", "--all"], lambda hub, at: hub.requests(every=True)),
    "losses": (
        lambda at: ["losses", "quickstart", "--by", "reason"],
        lambda hub, at: hub.losses("quickstart", by="reason"),
    ),
    "show, with statistics": (
        lambda at: ["show", "quickstart", "--statistics"],
        lambda hub, at: hub.statistics("quickstart"),
    ),
    "plan": (lambda at: ["plan", at.recipe], lambda hub, at: hub.plan(at.recipe)),
    "policy": (lambda at: ["policy", "test", "research-eu"], lambda hub, at: face.judge_cases("research-eu")),
    "run, unchanged": (lambda at: ["run", at.recipe, "--workers", "1"], lambda hub, at: hub.run(at.recipe)),
    "runs": (lambda at: ["runs"], lambda hub, at: hub.runs()),
    "runs, one": (lambda at: ["runs", at.run], lambda hub, at: hub.show_run(at.run)),
    "runs, in all": (lambda at: ["runs", "--total", "quickstart"], lambda hub, at: hub.total("quickstart")),
    "scan": (
        lambda at: ["scan", at.docs, "--findings", "2"],
        lambda hub, at: face.scan_files([at.docs], findings=2),
    ),
    "show": (lambda at: ["show", "quickstart"], lambda hub, at: hub.version("quickstart").show()),
    "sql": (
        lambda at: ["sql", "quickstart", COUNT, "--limit", "2"],
        lambda hub, at: hub.sql("quickstart", COUNT, limit=2),
    ),
    "token": (lambda at: ["token", "list"], lambda hub, at: hub.tokens()),
    "trace": (
        lambda at: ["trace", at.doc],
        lambda hub, at: hub.version("quickstart@v1").document(at.doc_id).trace(),
    ),
    "trace, a version": (lambda at: ["trace", "quickstart"], lambda hub, at: hub.trace("quickstart")),
    "trace, events": (
        lambda at: ["trace", "quickstart", "--format", "openlineage"],
        lambda hub, at: hub.trace_events("quickstart"),
    ),
    "verify": (lambda at: ["verify", "quickstart"], lambda hub, at: hub.verify("quickstart")),
    "verify, all": (lambda at: ["verify"], lambda hub, at: hub.verify_all()),
    "verify, a bundle": (
        lambda at: ["verify", "--bundle", at.out.parent / "of.json", "--key", at.out.parent / "of.pub"],
        check_bundle,
    ),
    "warm": (lambda at: ["warm", at.corpus / "recipe.toml"], lambda hub, at: face.warm(at.corpus / "recipe.toml")),
}
"""What changes nothing: the words of the command, and the call that it is."""

CHANGES: dict[str, tuple[Asked, Done]] = {
    "clean": (
        lambda at: ["clean", "--yes", "--grace", "0"],
        lambda hub, at: hub.clean(remove=True, grace_seconds=0),
    ),
    "compact": (lambda at: ["compact", "quickstart"], lambda hub, at: hub.compact("quickstart")),
    "index": (
        lambda at: ["index", "quickstart", "--workers", "1"],
        lambda hub, at: hub.index("quickstart", Execution(workers=1)),
    ),
    "index, removed": (
        lambda at: ["index", "quickstart", "--remove"],
        lambda hub, at: hub.index("quickstart", remove=True),
    ),
    "erase": (
        lambda at: ["erase", "--subject", f"doc:{at.doc_id}", "--reason", "asked", "--yes"],
        lambda hub, at: hub.erase(f"doc:{at.doc_id}", "asked"),
    ),
    "erase, dry": (
        lambda at: ["erase", "--subject", f"doc:{at.doc_id}", "--reason", "asked", "--dry-run"],
        lambda hub, at: hub.erase([f"doc:{at.doc_id}"], "asked", dry_run=True),
    ),
    "erase, resumed": (lambda at: ["erase", "--resume"], lambda hub, at: hub.resume_erasures()),
    "papers": (
        lambda at: ["papers", "quickstart", "--as", "all", "--out", at.out / "papers"],
        lambda hub, at: hub.papers("quickstart", "all", at.out / "papers"),
    ),
    "papers, explained": (
        lambda at: ["papers", "quickstart", "--as", "dta", "--explain"],
        lambda hub, at: hub.explain_papers("quickstart", "dta"),
    ),
    "papers, checked": (
        lambda at: ["papers", "quickstart", "--check"],
        lambda hub, at: hub.check_papers("quickstart"),
    ),
    "pin": (
        lambda at: ["pin", "quickstart@v1", "--reason", "kept"],
        lambda hub, at: hub.pin("quickstart@v1", "kept"),
    ),
    "retire": (
        lambda at: ["retire", "quickstart@v1", "--reason", "old"],
        lambda hub, at: hub.retire("quickstart@v1", "old"),
    ),
    "run": (
        lambda at: ["run", at.recipe, "--workers", "1", "--full"],
        lambda hub, at: hub.run(at.recipe, Execution(full=True)),
    ),
    "visibility": (
        lambda at: ["visibility", "quickstart", "metadata"],
        lambda hub, at: hub.visibility("quickstart", "metadata"),
    ),
    "withdraw": (
        lambda at: ["withdraw", "quickstart", "--rule", "source:docs", "--reason", "asked", "--yes"],
        lambda hub, at: hub.withdraw("quickstart", ["source:docs"], reason="asked"),
    ),
}
"""What changes a hub: each is done in two copies of one."""


@pytest.fixture
def places(made: tuple[Path, dict[str, Any]], corpus: Path, tmp_path: Path) -> tuple[Place, Place]:
    """Where the command asks, and where Python does."""
    hub, answer = made
    with face.open(hub) as opened:
        table = opened.version("quickstart").documents().head(1, columns=["doc_id"])
    told = {"corpus": corpus, "doc_id": table["doc_id"][0].as_py(), "run": answer["run"]}
    for name in ("command", "python"):
        (tmp_path / name).mkdir()
    return Place(hub, out=tmp_path / "command", **told), Place(hub, out=tmp_path / "python", **told)


def command(at: Place, asked: Asked) -> str:
    """Return what the command prints, without its schema."""
    words = [str(word) for word in asked(at)]
    done = CliRunner().invoke(main, [*words, "--json", "--hub", str(at.hub)])
    answer = json.loads(done.stdout)
    assert answer.pop("schema") != "corpushub.error/1", answer
    return at.said(orjson.dumps(answer).decode())


def python(at: Place, done: Done) -> str:
    """Return what Python answers, as JSON."""
    with face.open(at.hub) as hub:
        answer = as_json(done(hub, at))
    return at.said(orjson.dumps(answer, default=str, option=orjson.OPT_NON_STR_KEYS).decode())


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_has_one_answer(name: str, places: tuple[Place, Place]) -> None:
    """What a command prints is what Python answers, and both write the same files."""
    asked, done = QUESTIONS[name]
    there, here = places

    answer = python(here, done)
    assert command(there, asked) == answer
    written = [
        {str(path.relative_to(at.out)): path.read_bytes() for path in at.out.rglob("*") if path.is_file()}
        for at in places
    ]
    assert [*written[0]] == [*written[1]]
    assert written[0] == written[1] or name in {"attest", "audit, to files"}, "but a time stands in both"


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_has_one_answer(name: str, places: tuple[Place, Place], tmp_path: Path) -> None:
    """What a command answers when it changes a hub is what Python does on a copy of it."""
    asked, done = CHANGES[name]
    copies = [tmp_path / "hub-a" / "h", tmp_path / "hub-b" / "h"]
    for copy in copies:
        shutil.copytree(places[0].hub, copy)
    there, here = (Place(copy, at.corpus, at.out, at.doc_id, at.run) for copy, at in zip(copies, places, strict=True))

    assert command(there, asked) == python(here, done)


def test_lines_and_schema_are_those_of_python(places: tuple[Place, Place]) -> None:
    """Commands that print one object a line, or no answer of their own, print what Python gives."""
    here = places[1]
    archive = next((here.corpus / "corpus" / "crawl").glob("*.warc.gz"))
    printed = {
        words[0]: [json.loads(line) for line in CliRunner().invoke(main, [*words]).stdout.splitlines()]
        for words in (["evidence", str(archive)], ["scan", here.docs], ["schema"])
    }

    evidence = [as_json(one) for one in face.evidence_files([str(archive)])]
    assert evidence
    assert printed["evidence"] == json.loads(orjson.dumps(evidence, default=str))
    assert printed["scan"] == [as_json(one.found()) for one in face.scan_records([here.docs])]
    assert printed["schema"] == [face.recipe_schema()]


def test_every_command_is_compared() -> None:
    """A new command must be asked here too; receipts and liftings need a change first, and have scenarios.

    What is served to browsers is compared with commands in tests/corpushub/web.
    """
    compared = {name.split(",")[0] for name in (*QUESTIONS, *CHANGES)} | {"evidence", "schema"}

    known = set(main.list_commands(click.Context(main)))
    assert known == compared | {"serve", "revise"}, "revise is the former name of withdraw"
