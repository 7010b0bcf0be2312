from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pytest

from lineage.commit.release import Release
from lineage.control.versions import Version
from lineage.errors import DamagedFile
from lineage.hub import Hub
from lineage.questions.find import (
    REACH,
    Scope,
    SearchedVersion,
    SearchResult,
    Surroundings,
    find_content,
    find_copies,
    find_documents,
    find_host,
    find_id,
    find_id_prefix,
    find_prefix,
    find_text,
    find_uri,
)
from lineage.references import VersionRef
from lineage.storage import query
from lineage.storage.bounds import Bounds


def outcomes(answer: SearchResult) -> list[tuple[str, str, str | None]]:
    """Return version, outcome and uri of each match."""
    return [(match.version, match.outcome, match.uri) for match in answer.matches]


def test_dropped_documents_are_found(
    hub: Hub, make_version: Callable[..., Version], make_id: Callable[[int], str]
) -> None:
    """By URI, either id or content, a dropped document is found with its reason and survivor."""
    make_version("r1", [1], {2: 1})
    content = hashlib.sha256(b"Document 2 speaks of quinces. ").hexdigest()
    answers = [
        find_uri(hub, "https://orchard.example/2"),
        find_id(hub, "Q-2"),
        find_id(hub, make_id(2).upper()),
        find_content(hub, content.upper()),
    ]
    for answer in answers:
        (match,) = answer.matches
        assert (match.doc_id, match.version, match.outcome) == (make_id(2), "fruit@v1", "dropped")
        assert (match.reason, match.duplicate_of) == ("near_duplicate", make_id(1))
        assert answer.searched[0].complete


def test_kept_documents_are_found_once(hub: Hub, make_version: Callable[..., Version]) -> None:
    """A document with several events is one match, in the newest version unless others are named."""
    make_version("r1", [1])
    make_version("r2", [1, 2])
    found = [("fruit@v2", "kept", "https://orchard.example/1")]
    assert outcomes(find_id(hub, "Q-1")) == found
    both = Scope((VersionRef("fruit", 1), VersionRef("fruit", 2)))
    assert [version for version, _, _ in outcomes(find_id(hub, "Q-1", both))] == ["fruit@v1", "fruit@v2"]
    assert find_id(hub, "Q-9").matches == ()


def test_a_doc_id_is_looked_up(
    hub: Hub,
    make_version: Callable[..., Version],
    make_id: Callable[[int], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only what is no doc_id of the version is searched for in all rows; a limit stops either."""
    make_version("r1", [1, 2])
    assert find_id(hub, "e" * 32).matches == ()
    monkeypatch.setattr(query, "connect", None)
    assert outcomes(find_id(hub, make_id(2))) == [("fruit@v1", "kept", "https://orchard.example/2")]
    with pytest.raises(TypeError):
        find_id(hub, "e" * 32)


def test_text_is_found_whatever_its_case(hub: Hub, make_version: Callable[..., Version]) -> None:
    """Text search ignores letter case, takes the text literally, and says what it read."""
    make_version("r1", [1, 2, 3], {4: 1}, edition="Ärger'; 100%_x")
    answer = find_text(hub, "ärger'; 100%_X")
    assert sorted(outcomes(answer)) == [("fruit@v1", "kept", f"https://orchard.example/{n}") for n in (1, 2, 3)]
    (searched,) = answer.searched
    assert (searched.version, searched.documents, searched.complete) == ("fruit@v1", 3, True)
    assert searched.bytes > 0
    assert find_text(hub, "100%zx").matches == ()


def test_sites_are_found(hub: Hub, make_version: Callable[..., Version], make_id: Callable[[int], str]) -> None:
    """By host and by prefix, kept and dropped documents are found, and each match says what was compared."""
    make_version("r1", [1, 12], {2: 1, 13: None})
    answers = {
        "host": find_host(hub, "orchard.example"),
        "subdomain": find_host(hub, "example"),
        "prefix": find_prefix(hub, "https://orchard.example/1"),
    }
    for kind, answer in answers.items():
        numbers = [1, 12, 13] if kind == "prefix" else [1, 2, 12, 13]
        assert {match.doc_id for match in answer.matches} == {make_id(number) for number in numbers}
        assert {match.matched_by for match in answer.matches} == {kind}
    assert find_host(hub, "rchard.example").matches == find_prefix(hub, "https://orchard.example:8080/").matches == ()
    assert not find_host(hub, "orchard.example", Scope(limit=2)).searched[0].complete


def test_matches_say_what_was_compared(
    hub: Hub, make_version: Callable[..., Version], make_id: Callable[[int], str]
) -> None:
    """Ids, contents, texts and copies are told apart; a URL says what had to be overlooked."""
    version = make_version("r1", [1, 3], {2: 1})
    ref = VersionRef(version.dataset, version.number)
    content = hashlib.sha256(b"Document 1 speaks of quinces. ").hexdigest()
    answers = [
        (find_id(hub, make_id(1)), "doc_id"),
        (find_id(hub, "Q-1"), "source_id"),
        (find_id_prefix(hub, make_id(1)[:9].upper()), "id_prefix"),
        (find_content(hub, content), "content_id"),
        (find_text(hub, "document 1"), "text"),
        (find_documents(hub, ref, [make_id(1), make_id(9)], Scope()), "doc_id"),
        (find_uri(hub, "https://orchard.example/1"), "exact"),
        (find_uri(hub, "http://orchard.example:80/1/"), "scheme, port, slash"),
    ]
    for answer, kind in answers:
        assert [(match.doc_id, match.matched_by) for match in answer.matches] == [(make_id(1), kind)]
    (copy,) = find_copies(hub, ref, [make_id(1), make_id(3)], Scope()).matches
    assert (copy.doc_id, copy.reason, copy.matched_by) == (make_id(2), "near_duplicate", "copy")


@pytest.mark.parametrize("before", ["", "ä" * 3, "İ" * 700, "x" * 5000])
def test_snippets_are_made_of_what_stands_around(hub: Hub, make_version: Callable[..., Version], before: str) -> None:
    """Whoever makes snippets gets a bounded piece of the text, and where the words begin in it."""
    seen: list[Surroundings] = []

    def snip(found: Sequence[Surroundings]) -> list[str | None]:
        seen.extend(found)
        return [None if at else "..." for at in range(len(found))]

    make_version("r1", [1, 2], edition=f"{before}MEDLARS too{'y' * 5000}")
    answer = find_text(hub, "Medlars", snip=snip)

    assert [match.snippet for match in answer.matches] == ["...", None]
    assert find_text(hub, "Medlars").matches[0].snippet is None
    assert all(one.text[one.start :].startswith("MEDLARS too") for one in seen)
    assert all(one.start <= REACH and len(one.text) <= 3 * REACH for one in seen)


def test_limit_is_kept_and_told(
    hub: Hub, make_version: Callable[..., Version], make_release: Callable[..., Release]
) -> None:
    """No more than the limit is returned, and what was left out shows as an incomplete search."""
    earlier = make_release("r1", [1, 2])
    make_version("r1", [1, 2])
    make_version("r2", [3, 4], keeping=earlier)
    for limit, complete in ((1, False), (2, False), (3, False), (4, True), (9, True)):
        answer = find_text(hub, "quinces", Scope(limit=limit))
        assert len(answer.matches) == min(limit, 4)
        assert answer.searched[0].complete is complete
    assert len(find_uri(hub, "https://orchard.example/1", Scope(limit=1)).matches) == 1


def test_time_that_is_over_is_told(hub: Hub, make_version: Callable[..., Version]) -> None:
    """A search without time left reads nothing and says so, rather than claiming that nothing is there."""
    make_version("r1", [1])
    answer = find_text(hub, "quinces", Scope(bounds=Bounds(seconds=0.0)))
    assert answer == SearchResult((), (SearchedVersion("fruit@v1", 0, 0, False, indexed=0),))


def test_missing_data_file_is_named(hub: Hub, make_version: Callable[..., Version]) -> None:
    """A data file that is gone is an error, not an empty answer."""
    make_version("r1", [1])
    for path in Path(hub.home.data_folder("fruit", "documents")).iterdir():
        path.unlink()
    with pytest.raises(DamagedFile, match="verify"):
        find_text(hub, "quinces")


def test_missing_file_is_named_whatever_its_path(tmp_path: Path) -> None:
    """Also where no character of the path is one of a pattern, which DuckDB then takes for a folder."""
    path = str(tmp_path / "gone.parquet")
    with query.connect([path]) as connection, pytest.raises(DamagedFile, match="verify"):
        query.rows(connection, "SELECT * FROM read_parquet($1)", [[path]])


def test_queries_reach_the_named_files_only(tmp_path: Path) -> None:
    """A query can read neither other files nor the network, nor lift that restriction."""
    (tmp_path / "secret.csv").write_text("a\n1\n")
    statements = (
        f"SELECT * FROM read_csv('{tmp_path}/secret.csv')",
        f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
        "SET enable_external_access = true",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
        "INSTALL httpfs",
    )
    with query.connect([]) as connection:
        for statement in statements:
            with pytest.raises(duckdb.Error):
                connection.execute(statement)
