"""What Python sees of a hub."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import Engine

import corpushub
from corpushub.running.callback import StageProgress
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl
from lineage.hub import connection
from lineage.hub.connection import connect
from lineage.hub.home import Home
from pipelines.execution.executor import Execution

NAMES = {
    *("Hub", "Version", "Document", "StageProgress", "open", "ERRORS"),
    *("evidence_files", "judge_cases", "recipe_schema", "scan_files", "scan_records", "verify_bundle"),
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

    def counted(home: Home) -> Engine:
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


def test_errors_are_classes_with_advice(folder: Path) -> None:
    """What goes wrong is one of ERRORS, and its message says what to do."""
    with corpushub.open(folder / "nothing") as hub, pytest.raises(corpushub.HomeError, match="corpushub run"):
        hub.version("d")
    with corpushub.open(folder / "hub") as hub:
        for call in (
            lambda: hub.version("d@v99"),
            lambda: hub.trace_document("d@v1"),
            lambda: hub.plan(folder / "none.toml"),
            lambda: hub.sql("d", "drop table documents"),
            lambda: hub.erase("email:not an address", "asked"),
            lambda: hub.export("d", folder / "data"),
            lambda: hub.retire("d"),
        ):
            with pytest.raises(corpushub.ERRORS):
                call()
        with pytest.raises(ValueError, match="one of"):
            hub.find(url="https://a.example/", id="a")


def test_importing_is_cheap() -> None:
    """``import corpushub`` loads neither Arrow nor Beam nor a database."""
    heavy = "{'pyarrow', 'apache_beam', 'sqlalchemy', 'duckdb', 'numpy', 'pydantic'}"
    program = f"import sys, corpushub; corpushub.open('x'); print(sorted({heavy} & set(sys.modules)))"

    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "[]\n"
