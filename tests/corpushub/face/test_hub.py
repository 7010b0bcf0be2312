"""What Python sees of a hub."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

import corpushub
from corpushub.running.stage_progress import StageProgress
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl
from lineage.hub import connection
from lineage.hub.connection import connect
from lineage.hub.database import Database
from lineage.hub.home import Home
from pipelines.execution.executor import Execution

NAMES = {
    *("Hub", "Version", "Document", "Candidate", "StageProgress", "open", "ERRORS"),
    *("evidence_files", "judge_cases", "make_example", "recipe_schema", "scan_files", "scan_records", "verify_bundle"),
    "verify_growth",
    "warm",
}
"""What is promised beside the errors."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recipe, and a source of three documents, two of which are one text."""
    place = tmp_path_factory.mktemp("face")
    texts = {"a": "apples are red and round", "b": "pears are green and long", "c": "apples are red and round"}
    write_jsonl(place / "data" / "one.jsonl", [{"id": name, "text": text} for name, text in texts.items()])
    (place / "recipe.toml").write_text(recipe("[dedup]\nthreshold = 0.8\n"), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def told(folder: Path) -> list[StageProgress]:
    """What a first run tells of its progress."""
    progress: list[StageProgress] = []
    with corpushub.open(folder / "hub") as hub:
        made = hub.run(folder / "recipe.toml", Execution(), progress.append)
    assert made.version == "d@v1"
    return progress


def test_names_are_those_that_are_promised() -> None:
    """Nothing comes or goes without somebody saying so here; each name is there and says what it is."""
    public = {name: getattr(corpushub, name) for name in corpushub.__all__}
    errors = {name for name, one in public.items() if isinstance(one, type) and issubclass(one, Exception)}

    assert set(public) - errors == NAMES
    assert all(issubclass(public[name], corpushub.ERRORS) for name in errors)
    assert all(one.__doc__ for name, one in public.items() if name != "ERRORS")


def test_public_methods_say_what_they_do() -> None:
    """Each method of the classes has a docstring that names what it returns or does."""
    for kind in (corpushub.Hub, corpushub.Version, corpushub.Document):
        public = {name: one for name, one in vars(kind).items() if not name.startswith("_") and callable(one)}
        silent = [name for name, one in public.items() if not one.__doc__]
        assert silent == []


def test_progress_is_told(told: list[StageProgress]) -> None:
    """Each stage is told from its beginning to its end."""
    last = {one.stage: one for one in told if one.tasks}

    assert len(last) > 1
    assert all((one.finished, one.share) == (one.tasks, 1.0) for one in last.values())


@pytest.mark.usefixtures("told")
def test_version_is_read_in_three_forms(folder: Path) -> None:
    """A version has its documents and its ledger, as Dataset and as relation; each document can be asked after."""
    with corpushub.open(folder / "hub") as hub:
        (version,) = hub.versions("d")
        table = version.documents().to_table(columns=["doc_id", "source_id", "text"])
        relation = version.ledger("relation")
        assert (version.name, repr(version), table.num_rows) == ("d@v1", "<Version d@v1: 2 documents>", 2)
        assert isinstance(relation, duckdb.DuckDBPyRelation)
        ((dropped, kept),) = relation.filter("outcome = 'dropped'").project("doc_id, duplicate_of").fetchall()
        gone, there = version.document(dropped.upper()), version.document(kept)
        assert (gone.text, there.text) == (None, "apples are red and round")
        assert gone.trace().duplicate_of == there.doc_id
        assert hub.find(id=gone.doc_id).matches[0].doc_id == dropped
        assert [*hub.versions()] == [version]


@pytest.mark.usefixtures("told")
def test_a_hub_opens_its_database_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many ask, and from whatever thread: the first opens it. A trace asks many times."""
    opened: list[Home] = []

    def counted(home: Home) -> Database:
        opened.append(home)
        return connect(home)

    monkeypatch.setattr(connection, "connect", counted)
    seen: list[int] = []
    with corpushub.open(folder / "hub") as hub:
        threads = [threading.Thread(target=lambda: seen.append(hub.show("d").documents)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        doc_id = hub.sql("d", "select doc_id from ledger limit 1").rows[0]["doc_id"]
        assert hub.trace(f"d@v1#{doc_id}") == hub.version("d").document(doc_id).trace()
    assert (seen, len(opened)) == ([2] * 8, 1)


REFUSED: dict[str, Callable[[corpushub.Hub, Path], object]] = {
    "no such version": lambda hub, at: hub.version("d@v99"),
    "no such dataset": lambda hub, at: hub.versions("nothing"),
    "a version for a dataset": lambda hub, at: hub.history("d@v1"),
    "a version to compact": lambda hub, at: hub.compact("d@v1"),
    "a version for a document": lambda hub, at: hub.trace_document("d@v1"),
    "no workers": lambda hub, at: hub.run(at / "recipe.toml", Execution(workers=0)),
    "no runner": lambda hub, at: hub.run(at / "recipe.toml", Execution(runner="Nope", full=True)),
    "no recipe": lambda hub, at: hub.plan(at / "none.toml"),
    "SQL that writes": lambda hub, at: hub.sql("d", "drop table documents"),
    "no rows": lambda hub, at: hub.sql("d", "select 1", limit=0),
    "no e-mail address": lambda hub, at: hub.erase("email:not an address", "asked"),
    "every host": lambda hub, at: hub.erase("host:*", "asked"),
    "no reason": lambda hub, at: hub.erase("host:a.example"),
    "a folder that is full": lambda hub, at: hub.export("d", at / "data"),
    "no format": lambda hub, at: hub.export("d", at / "out", "xml"),
    "no number": lambda hub, at: hub.retire("d"),
    "no question": lambda hub, at: hub.find(),
    "two questions": lambda hub, at: hub.find(url="https://a.example/", id="a"),
    "no matches": lambda hub, at: hub.find(id="a", limit=-1),
    "a folder for a text": lambda hub, at: hub.find(content=str(at)),
    "fewer than no pairs": lambda hub, at: hub.dedup_report("d", pairs=-1),
    "fewer than no examples": lambda hub, at: hub.audit("d", examples=-1),
    "fewer than no documents": lambda hub, at: hub.diff("d", "d", listed=-1),
    "a form of no kind": lambda hub, at: hub.dedup_report("d", at / "report.txt"),
    "a folder that is not there": lambda hub, at: hub.dedup_report("d", at / "none" / "report.svg"),
    "no such form": lambda hub, at: hub.version("d").documents("list"),  # type: ignore[arg-type]
    "no such table": lambda hub, at: hub.version("d").paths("words"),  # type: ignore[arg-type]
}
"""What cannot be done, and the call that asks for it."""


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("what", REFUSED)
def test_errors_are_classes(what: str, folder: Path) -> None:
    """What goes wrong is one of ERRORS, and nothing was done."""
    with corpushub.open(folder / "hub") as hub:
        with pytest.raises(corpushub.ERRORS):
            REFUSED[what](hub, folder)
        assert hub.show("d").documents == 2
    assert not (folder / "none").exists()


ELSEWHERE: dict[str, Callable[[corpushub.Hub], object]] = {
    "erase": lambda hub: hub.erase("host:a.example", "asked"),
    "erase, dry": lambda hub: hub.erase("host:a.example", dry_run=True),
    "resume": lambda hub: hub.resume_erasures(),
    "withdraw": lambda hub: hub.withdraw("d", ["host:a.example"], reason="asked"),
    "lift": lambda hub: hub.lift("d", "run:a", "asked"),
    "compact": lambda hub: hub.compact("d"),
    "clean": lambda hub: hub.clean(remove=True),
    "doctor": lambda hub: hub.doctor(),
    "verify": lambda hub: hub.verify("d"),
    "pin": lambda hub: hub.pin("d"),
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_a_hub_that_is_not_there_is_not_made(what: str, tmp_path: Path) -> None:
    """A mistyped path must not end in a receipt that says that nothing is left, nor in a folder."""
    with corpushub.open(tmp_path / "typo") as hub, pytest.raises(corpushub.HomeError, match="corpushub run"):
        ELSEWHERE[what](hub)
    assert not (tmp_path / "typo").exists()


def test_importing_is_cheap() -> None:
    """``import corpushub`` loads neither Arrow nor Beam nor a database."""
    heavy = "{'pyarrow', 'apache_beam', 'sqlalchemy', 'duckdb', 'numpy', 'pydantic'}"
    program = f"import sys, corpushub; corpushub.open('x'); print(sorted({heavy} & set(sys.modules)))"

    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "[]\n"
