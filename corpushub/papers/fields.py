"""What papers are made of: sections of fields, and for each number the query that finds it again.

A field always says something: an answer, "Not applicable: ..." or "Not known to this hub: ...".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
Cell = str | int | float | None
Row = tuple[Cell, ...]

NOT_KNOWN: Final = "Not known to this hub"
NOT_APPLICABLE: Final = "Not applicable"


class Origin(StrEnum):
    """Where an answer comes from."""

    LEDGER = "ledger"  # counted by the query from what happened to each record
    STATISTICS = "statistics"  # the statistics file of the version, which the query finds again
    DOCUMENTATION = "documentation"  # what people wrote in the recipe
    CONTROL = "control database"  # runs, versions, erasures
    HUB = "hub"  # holds of every version of every hub


class State(StrEnum):
    """Whether a field has an answer."""

    ANSWERED = "answered"
    NOT_KNOWN = "not known"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Measure:
    """Numbers, and the query over the version that finds them again.

    Attributes:
        columns: names of the columns, as people read them.
        rows: what the query answers; its columns may be called otherwise there.
        sql: a SELECT statement as ``corpushub sql`` takes it; empty where none can ask for it, as for what the public
            suffix list decides.
        origin: where the numbers were taken from.
        statistic: without a query, where the number stands in the statistics: "domains.distinct".
        counted: how many of the columns, the first ones, the query answers; None for all. What stands behind is said.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    sql: str
    origin: Origin = Origin.STATISTICS
    statistic: str = ""
    counted: int | None = None

    @property
    def question(self) -> str:
        """The query, or the statistic that is asked for."""
        return self.sql or f"statistics: {self.statistic}"

    @property
    def value(self) -> Cell:
        """The first number, for a measure of one."""
        return self.rows[0][0] if self.rows else None

    @property
    def number(self) -> int:
        """The first number as an integer, 0 where there is none."""
        return int(self.value or 0)

    def __str__(self) -> str:
        """Return the first number as people write it."""
        return shown(self.value)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an answer.

    Attributes:
        text: some sentences.
        table: rows below them.
    """

    text: str
    table: Measure | None = None

    @property
    def line(self) -> str:
        """The part as one text, the rows of its table included."""
        if self.table is None:
            return self.text
        rows = "; ".join(", ".join(map(shown, row)) for row in self.table.rows)
        return f"{self.text} ({', '.join(self.table.columns)}) {rows or 'none'}."


@dataclass(frozen=True, slots=True)
class Field:
    """A question of a format, and its answer.

    Attributes:
        id: its number or name in the format; empty where it has none.
        name: what it asks, in short; the format's own heading where it has one.
        parts: the answer.
        state: whether there is one.
        origins: where it comes from.
        measures: all numbers in texts and tables, with their queries.
    """

    id: str
    name: str
    parts: tuple[Part, ...]
    state: State = State.ANSWERED
    origins: tuple[Origin, ...] = (Origin.HUB,)
    measures: tuple[Measure, ...] = ()

    @property
    def text(self) -> str:
        """The texts of all parts."""
        return " ".join(part.text for part in self.parts)

    @property
    def tables(self) -> tuple[Measure, ...]:
        """The tables of all parts."""
        return tuple(part.table for part in self.parts if part.table is not None)

    @property
    def line(self) -> str:
        """The answer as one text, the rows of its tables included."""
        return " ".join(part.line for part in self.parts)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a format.

    Attributes:
        number: as in the format; empty where it has none.
        name: its heading there.
        fields: in the format's order.
    """

    number: str
    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """A version, told in one format.

    Attributes:
        format: as ``--as`` names it.
        title: of the paper.
        source: the format's source and its date.
        version: NAME@vN.
        revision: how often an erasure changed the version.
        manifest_root: the digest of its files.
        created: when the version was made; the date of the paper.
        sections: in the format's order.
    """

    format: str
    title: str
    source: str
    version: str
    revision: int
    manifest_root: str
    created: str
    sections: tuple[Section, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields, in their order."""
        return tuple(field for section in self.sections for field in section.fields)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a field answers, before it has its number: made by the functions below, put into a field by ``to``."""

    parts: tuple[Part, ...]
    state: State = State.ANSWERED
    origins: tuple[Origin, ...] = (Origin.HUB,)
    measures: tuple[Measure, ...] = ()

    def to(self, id: str, name: str) -> Field:
        """Return the field *id* with this answer."""
        return Field(id, name, self.parts, self.state, self.origins, self.measures)

    def and_(self, other: Answer) -> Answer:
        """Return both answers as one; where one of them is none, the other."""
        if self.state is not State.ANSWERED or other.state is not State.ANSWERED:
            return other if self.state is not State.ANSWERED and other.state is State.ANSWERED else self
        origins = tuple(dict.fromkeys((*self.origins, *other.origins)))
        measures = tuple(dict.fromkeys((*self.measures, *other.measures)))
        return Answer((*self.parts, *other.parts), State.ANSWERED, origins, measures)


def said(text: str, *origins: Origin) -> Answer:
    """Answer in words that hold of every hub, or that come from *origins*."""
    return Answer((Part(text),), origins=origins or (Origin.HUB,))


def told(template: str, *others: Origin, table: Measure | None = None, **measures: Measure) -> Answer:
    """Answer with numbers: *template* names *measures* in braces; *table* stands below it."""
    used = tuple(dict.fromkeys((*measures.values(), *([table] if table else []))))
    origins = tuple(dict.fromkeys((*(one.origin for one in used), *others)))
    return Answer((Part(template.format_map(measures), table),), State.ANSWERED, origins, used)


def not_known(why: str) -> Answer:
    """Answer that the hub does not know; *why* says what would tell it."""
    return Answer((Part(f"{NOT_KNOWN}: {why}"),), State.NOT_KNOWN, ())


def not_applicable(why: str) -> Answer:
    """Answer that there is nothing to be said, and *why*."""
    return Answer((Part(f"{NOT_APPLICABLE}: {why}"),), State.NOT_APPLICABLE, ())


def section(number: str, name: str, fields: Iterable[Field]) -> Section:
    """Return a section of *fields*."""
    return Section(number, name, tuple(fields))


def shown(value: Cell) -> str:
    """Return *value* as people read it: thousands apart, floats with three digits behind the point."""
    if value is None:
        return "unknown"
    if isinstance(value, float):
        return f"{value:,.3f}"
    return f"{value:,}" if isinstance(value, int) else value


def listed(names: Sequence[str]) -> str:
    """Return *names* as people list them."""
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)
