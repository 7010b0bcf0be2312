"""Papers are written whole or not at all, say the same whenever they are asked, and are logged once."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from corpushub.errors import BadRequest, ReportNotWritten
from corpushub.face.hub import Hub
from corpushub.papers import papers as module
from corpushub.papers.formats import FORMATS
from corpushub.papers.papers import PAPER
from lineage.audit_log.leaves import leaves_about
from pipelines.execution.executor import Execution

if TYPE_CHECKING:
    from tests.corpushub.papers.conftest import Documented

REF = "ferries@v1"


def content(folder: Path) -> dict[str, bytes]:
    """Return what the files of *folder* hold, by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_all_papers_are_written_and_logged_once(documented: Documented, tmp_path: Path) -> None:
    """Written twice they have the same bytes and the same leaves, each the digest of its file."""
    first = documented.hub.papers(REF, "all", tmp_path / "first")
    second = documented.hub.papers(REF, "all", tmp_path / "second")
    leaves = {leaf.index: orjson.loads(leaf.content or "") for leaf in leaves_about(documented.hub.db, PAPER, REF)}

    assert content(tmp_path / "first") == content(tmp_path / "second")
    assert [one.leaf for one in first.files] == [one.leaf for one in second.files]
    assert {one.format for one in first.files} == {*FORMATS, "attribution"}
    for one in first.files:
        assert one.leaf is not None
        assert hashlib.sha256((tmp_path / "first" / one.name).read_bytes()).hexdigest() == one.sha256
        assert leaves[one.leaf]["digest"] == one.sha256
        assert leaves[one.leaf]["facts"]["manifest_root"] == first.manifest_root


def test_without_a_folder_the_text_is_the_answer(documented: Documented, tmp_path: Path) -> None:
    """What is printed has the bytes of the file that would be written, and its leaf."""
    told = documented.hub.papers(REF, "data-statement")
    written = documented.hub.papers(REF, "data-statement", tmp_path / "out")

    assert told.out is None
    for one, other in zip(told.files, written.files, strict=True):
        assert (one.content or "").encode() == (tmp_path / "out" / other.name).read_bytes()
        assert (one.sha256, one.leaf) == (other.sha256, other.leaf)


def test_other_files_of_the_folder_stay(documented: Documented, tmp_path: Path) -> None:
    """Papers take the place of their own names alone."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "dta.md").write_text("old", encoding="utf-8")
    (out / "mine.txt").write_text("mine", encoding="utf-8")
    documented.hub.papers(REF, "dta", out)

    assert (out / "mine.txt").read_text(encoding="utf-8") == "mine"
    assert (out / "dta.md").read_text(encoding="utf-8").startswith("# Data provenance")


def test_nothing_is_written_if_one_cannot_be(
    documented: Documented, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the last file fails, none appears, nothing is left beside the folder, and nothing is logged."""
    before = len(leaves_about(documented.hub.db, PAPER, REF))

    def full(draft: module.Draft, path: Path) -> str:
        if path.name == "attribution.csv":
            raise OSError(28, "No space left on device")
        path.write_text("x", encoding="utf-8")
        return "0" * 64

    monkeypatch.setattr(module, "_written", full)
    with pytest.raises(ReportNotWritten, match="No space left"):
        documented.hub.papers(REF, "all", tmp_path / "out")

    assert list(tmp_path.iterdir()) == []
    assert len(leaves_about(documented.hub.db, PAPER, REF)) == before


def test_papers_stand_wherever_a_folder_is(
    documented: Documented, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder one is in, the one above, and one behind a link are folders too; nothing else appears."""
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "link").symlink_to(inner)
    monkeypatch.chdir(inner)
    for out in (Path(), Path(".."), tmp_path / "link"):
        documented.hub.papers(REF, "dta", out)

    names = {"dta.md", "dta.html", "dta.json"}
    assert {one.name for one in inner.iterdir()} == names
    assert {one.name for one in inner.parent.iterdir()} == {*names, "b"}
    assert {one.name for one in tmp_path.iterdir()} == {"a", "link"}


def test_no_paper_is_replaced_if_one_cannot_be(documented: Documented, tmp_path: Path) -> None:
    """Where a folder has the name of the last of them, what stood there is unchanged, as the error says."""
    (tmp_path / "dta.json").mkdir()
    (tmp_path / "dta.md").write_text("old", encoding="utf-8")
    with pytest.raises(ReportNotWritten, match=r"dta\.json is a folder"):
        documented.hub.papers(REF, "dta", tmp_path)

    assert (tmp_path / "dta.md").read_text(encoding="utf-8") == "old"
    assert {one.name for one in tmp_path.iterdir()} == {"dta.json", "dta.md"}


def test_a_run_that_changes_nothing_changes_no_paper(documented: Documented, tmp_path: Path) -> None:
    """What it costs to find that nothing is to be done is none of the cost of the version."""
    shutil.copytree(documented.folder / "home", tmp_path / "home")
    with Hub.locate(tmp_path / "home") as hub:
        before = hub.papers(REF, "datasheet")
        assert hub.run(documented.folder / "recipe.toml", Execution(workers=1)).unchanged == REF

        after = hub.papers(REF, "datasheet")

    assert [one.content for one in after.files] == [one.content for one in before.files]
    assert after == before


def test_an_erasure_makes_another_paper(documented: Documented, tmp_path: Path) -> None:
    """The paper of the next revision names it, has other numbers and a leaf of its own."""
    shutil.copytree(documented.folder / "home", tmp_path / "home")
    with Hub.locate(tmp_path / "home") as hub:
        before = hub.papers(REF, "datasheet")
        hub.erase(["host:www0.insel.example.de"], reason="asked for")
        after = hub.papers(REF, "datasheet")

    assert (before.revision, after.revision) == (0, 1)
    assert before.manifest_root != after.manifest_root
    assert before.files[0].leaf != after.files[0].leaf
    assert "receipt:" in (after.files[0].content or "")


def test_attribution_names_whom_to_name(documented: Documented) -> None:
    """The list has the documents whose licence asks for it, and no other."""
    (file,) = documented.hub.papers(REF, "attribution").files
    lines = (file.content or "").splitlines()
    asked = documented.hub.sql(REF, "SELECT count(*) AS n FROM documents WHERE license LIKE 'CC-BY%'").rows[0]["n"]

    assert lines[0].startswith("title,author,uri,license")
    assert len(lines) - 1 == asked > 0


def test_several_papers_need_a_folder(documented: Documented) -> None:
    """All of them cannot be printed, and what is no format is refused by name."""
    with pytest.raises(BadRequest, match="--out"):
        documented.hub.papers(REF, "all")
    with pytest.raises(BadRequest, match="eu-ai-act"):
        documented.hub.papers(REF, "eu-ai-akt")


def test_explaining_names_origins_and_queries(documented: Documented) -> None:
    """Each field says where it comes from; nothing is logged for that."""
    before = len(leaves_about(documented.hub.db, PAPER, REF))
    told = documented.hub.explain_papers(REF, "datasheet")

    assert len(told.fields) == 57
    assert any(query.startswith("SELECT count(*) FROM documents") for one in told.fields for query in one.queries)
    assert len(leaves_about(documented.hub.db, PAPER, REF)) == before
