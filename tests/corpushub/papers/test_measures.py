"""Every number of every paper is found again by the query that stands beside it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from functools import cache, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from corpushub.face.hub import Hub
from corpushub.papers.facts import facts_of
from corpushub.papers.fields import Field, Measure, Origin, shown
from corpushub.papers.formats import FORMATS, paper_of
from corpushub.papers.measures import Measures
from corpushub.testing.recipes import recipe
from corpushub.testing.sources import write_jsonl
from lineage.questions.sandbox.pool import Pool
from lineage.questions.sql import QueryLimits, ask
from lineage.references import VersionRef
from lineage.statistics.model import Statistics
from pipelines.execution.executor import Execution

if TYPE_CHECKING:
    from tests.corpushub.papers.conftest import Documented


@pytest.fixture(scope="module", autouse=True)
def _asked_once() -> Iterator[None]:
    """Forget the answers with the hubs, and the processes that waited for questions."""
    yield
    asked.cache_clear()
    waiting().close()
    waiting.cache_clear()


@cache
def waiting() -> Pool:
    """Return processes that wait for questions."""
    return Pool(most=2, warm=2)


@cache
def asked(hub: Hub, ref: VersionRef, sql: str) -> list[tuple[Any, ...]]:
    """Return what ``corpushub sql`` answers; each question is asked once, whatever formats it stands in."""
    return [tuple(row.values()) for row in ask(hub, ref, sql, QueryLimits(100_000), waiting()).rows]


def found(hub: Hub, ref: VersionRef, measure: Measure, statistics: Statistics) -> list[tuple[Any, ...]]:
    """Ask for *measure* as its question says."""
    if not measure.sql:
        return [(reduce(_part, measure.statistic.split("."), statistics),)]
    return asked(hub, ref, measure.sql)


def _part(whole: Any, name: str) -> Any:
    return whole[int(name)] if name.isdigit() else getattr(whole, name)


def said(measure: Measure) -> list[tuple[Any, ...]]:
    """Return the part of the rows that the query counts."""
    return [row[: measure.counted] for row in measure.rows]


def check(hub: Hub, ref: VersionRef, format: str) -> int:
    """Find all numbers of a paper again; return how many measures there were."""
    facts = facts_of(hub, ref)
    measures = {one for field in paper_of(format, facts).fields for one in field.measures}
    for one in measures:
        assert found(hub, ref, one, facts.measures.statistics) == said(one), one.question
    return len(measures)


def test_every_number_is_found_again(documented: Documented) -> None:
    """The queries of a paper answer its numbers, over documents, ledger and profiles of the very version."""
    for format in FORMATS:  # in one test: most questions stand in several papers, and each is asked once
        assert check(documented.hub, documented.ref, format) >= 2, format


def test_numbers_of_the_quickstart_are_found_again(hub: Path) -> None:
    """So they are of archives with damage, dropped documents and signals of consent."""
    for format in FORMATS:
        assert check(Hub.locate(hub), VersionRef("quickstart", 1), format) >= 2, format


def moved(value: Any) -> Any:
    """Return *value*, a part of statistics, with other numbers; names and percents stay."""
    if isinstance(value, tuple):
        return tuple(map(moved, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [one.name for one in dataclasses.fields(value) if one.name not in {"percent", "distinct"}]
        return dataclasses.replace(value, **{name: moved(getattr(value, name)) for name in names})
    return value * 3 + 1_000_003 if isinstance(value, int | float) else value


def without_numbers(field: Field) -> str:
    """Return the text of *field* without the numbers that its measures find again."""
    cells = (cell for one in field.measures for row in one.rows for cell in row)
    numbers = "|".join(sorted({re.escape(shown(cell)) for cell in cells if isinstance(cell, int | float)}))
    return re.sub(rf"(?<![\w.,-])(?:{numbers})(?![\w-]|[.,]\d| %)", "#", field.text)


@pytest.mark.parametrize("format", FORMATS)
def test_no_number_stands_without_its_query(documented: Documented, format: str) -> None:
    """If the statistics were others, nothing in a field would change but what its measures are asked for."""
    facts = documented.facts
    others = dataclasses.replace(facts, measures=Measures(moved(facts.measures.statistics)))
    now, then = paper_of(format, facts), paper_of(format, others)

    for field, other in zip(now.fields, then.fields, strict=True):
        assert without_numbers(field) == without_numbers(other), field.id


def test_what_is_measured_names_its_origin(documented: Documented) -> None:
    """A field with numbers says that they come from the statistics or the ledger."""
    for format in FORMATS:
        for field in paper_of(format, documented.facts).fields:
            if field.measures:
                assert {Origin.STATISTICS, Origin.LEDGER} & {*field.origins}, (format, field.id)


STRANGE = (
    *(
        "https://münchen.example/",
        "https://xn--mnchen-3ya.example/",
        "HTTP://FERRY.Example:80/x",
        "https://u:p@ferry.example/",
    ),
    *(
        "https://ferry.example./x",
        "\thttps://fer\try.example/",
        "https:\\\\ferry.example\\x",
        "a+b://ferry.example/",
        "s3://b/k",
    ),
    *(
        "http://192.168.0.1/",
        "http://3232235521/",
        "http://[2001:db8::1]:80/",
        "https://localhost/",
        "https://x'y.example/",
    ),
    *("urn:isbn:1", "file:///etc/hosts", "no address", "", "https://co.uk/", "//ferry.example/"),
)


def test_domains_of_strange_addresses_are_found_again(tmp_path: Path) -> None:
    """Unicode, ports, users, dots, tabs and numbers: a query takes for the host what the statistics take for it."""
    words = " ".join(f"word{at}" for at in range(30))
    rows = [{"id": str(at), "text": f"{words} {at}", "uri": uri} for at, uri in enumerate(STRANGE)]
    write_jsonl(tmp_path / "data" / "a.jsonl", rows)
    fields = {"id": "id", "text": "text", "uri": "uri"}
    (tmp_path / "recipe.toml").write_text(recipe(fields=fields), encoding="utf-8")
    hub, ref = Hub.locate(tmp_path / "home"), VersionRef("d", 1)
    hub.run(tmp_path / "recipe.toml", Execution(workers=1))
    every = facts_of(hub, ref).measures.overall.domains(100)

    assert len(every.rows) == 8
    assert asked(hub, ref, every.sql) == list(every.rows)


def test_a_version_without_documents_has_papers(tmp_path: Path) -> None:
    """A version of nothing is told in every format, and its zeros are found."""
    write_jsonl(tmp_path / "data" / "a.jsonl", [{"id": "1", "text": "Short."}])
    step = '[[step]]\nuse = "language"\n[[step]]\nuse = "gopher_quality"\n'
    (tmp_path / "recipe.toml").write_text(recipe(step), encoding="utf-8")
    hub = Hub.locate(tmp_path / "home")
    hub.run(tmp_path / "recipe.toml", Execution(workers=1, allow_empty=True))

    told = {format: check(hub, VersionRef("d", 1), format) for format in FORMATS}
    assert told["datasheet"] >= 2
    assert sum(told.values()) >= len(FORMATS)
