"""Documents that are refused because they were erased."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from pipelines.annotate.stage import AnnotateTask
from pipelines.execution import in_process
from pipelines.ingest import Ingested, Job, ingest
from pipelines.rights.suppression import Suppression, describe_suppression, write_suppression
from policies.pii.keys import VARIABLE, KeySource
from policies.pii.scrubber import Scrubber

RECORDS = [
    {"id": "1", "url": "https://Gone.example:8080/1", "text": "one word after another"},
    {"id": "2", "url": "https://sub.gone.example/2", "text": "two words of another kind"},
    {"id": "3", "url": "https://kept.example/people/3", "text": "three words about people"},
    {"id": "4", "url": "https://kept.example/4", "text": "write to some.one@example.org today"},
    {"id": "5", "url": "https://gone.example/5"},
    {"id": "6", "text": "six words and no address"},
]

Rows = list[dict[str, Any]]


@pytest.fixture
def released(
    tmp_path: Path,
    jsonl: Callable[..., str],
    annotate_task: Callable[..., AnnotateTask],
    make_job: Callable[..., Job],
    read_rows: Callable[..., Rows],
) -> Callable[..., tuple[Ingested, dict[str, Any]]]:
    """Return a function that ingests RECORDS while subjects are suppressed; returns the result and rows by id."""

    def release(subjects: Sequence[tuple[str, str]], scrubber: Scrubber | None = None) -> tuple[Ingested, Rows]:
        suppression = suppressed(tmp_path, subjects)
        task = annotate_task(jsonl(RECORDS), suppression=suppression)
        made = ingest(make_job([task], suppression=suppression, scrubber=scrubber), in_process.run_tasks)
        return made, read_rows(made.ledger)

    return release  # type: ignore[return-value]


def suppressed(folder: Path, subjects: Sequence[tuple[str, str]]) -> Suppression | None:
    """Write a suppression."""
    suppression = describe_suppression(str(folder), subjects)
    if suppression is not None:
        write_suppression(suppression, subjects)
    return suppression


def kept(rows: Rows) -> set[str]:
    """Return the own ids of the kept records."""
    return {row["source_id"] for row in rows if row["outcome"] == "kept"}


@pytest.mark.parametrize(
    ("subject", "left"),
    [
        (("host", "gone.example"), {"2", "3", "4", "6"}),
        (("uri-prefix", "https://kept.example/people/"), {"1", "2", "4", "6"}),
        (("content", hashlib.sha256(b"six words and no address").hexdigest()), {"1", "2", "3", "4"}),
        (("host", "example"), {"1", "2", "3", "4", "6"}),
    ],
)
def test_the_erased_are_refused_and_nothing_is_said_of_them(
    released: Callable[..., Any], subject: tuple[str, str], left: set[str]
) -> None:
    """What matches is dropped as erased, one anonymous row for each record, and the counts balance."""
    made, rows = released([subject])

    assert kept(rows) == left
    stones = [row for row in rows if row["reason"] == "erased"]
    assert all(row["outcome"] == "dropped" for row in stones)
    told = ("uri", "source_id", "content_id", "file", "offset", "captured_at", "license")
    assert all(row[name] is None for row in stones for name in told)
    counts = made.counts
    assert counts["read"] == len(RECORDS) == counts["kept"] + counts["dropped"] + counts["failed"]
    assert made.reasons.get("erased", 0) == len(stones)


def test_a_broken_record_of_an_erased_host_is_not_told_of(released: Callable[..., Any]) -> None:
    """The address of a record that could not be read is in no row either."""
    _, rows = released([("host", "gone.example")])

    assert sum(row["reason"] == "erased" for row in rows) == 2
    assert not any("//gone.example" in (row["uri"] or "").lower() for row in rows)


def test_a_person_is_refused_where_personal_data_are_found(
    released: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text with an erased person's value is dropped, whatever the action says, and its findings are not kept."""
    monkeypatch.setenv(VARIABLE, "more than sixteen bytes")
    source = KeySource.locate(None)
    assert source is not None
    value = source.load().hash("EMAIL_ADDRESS", "some.one@example.org")
    _, rows = released([("email", value)], Scrubber(default="keep", key=source))

    assert kept(rows) == {"1", "2", "3", "6"}
    assert value not in str(rows)


def test_what_is_suppressed_names_the_work(tmp_path: Path) -> None:
    """The digest depends on what is suppressed, not on order or place, and the list is not in what tasks carry."""
    one, two = ("host", "a.example"), ("doc", "0" * 32)
    first, second = describe_suppression(str(tmp_path), [one, two]), describe_suppression("elsewhere", [two, one])
    assert first is not None
    assert second is not None

    assert first.digest == second.digest
    assert repr(first) == repr(second)
    assert describe_suppression("elsewhere", [one]) != second
    assert describe_suppression("elsewhere", []) is None
    assert "a.example" not in repr(first)
