"""Which documents of a version are asked for, and what that is in SQL over its files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from lineage.errors import BadFilter
from lineage.questions.sql import relation_of
from lineage.statistics.model import NO_ADDRESS, UNKNOWN
from lineage.storage import query
from policies.addresses.sql import teach_hosts

KEPT: Final = ("kept", "changed")
OUTCOMES: Final = (*KEPT, "dropped", "failed", "any")
"""What became of documents; the changed are those of the kept whose text a step changed, and *any* are all events."""

MOST: Final = 200
"""Most documents of a page."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which documents are asked for; what is None asks nothing, and UNKNOWN is the value of those that have none.

    Attributes:
        outcome: one of OUTCOMES.
        language, license, source: equal to this.
        file: read from this file of the source, as the recipe names it.
        domain: of this host, or a host below it; NO_ADDRESS for those without a web address.
        host: of this host alone.
        month: captured in it, YYYY-MM (UTC).
        step, reason: which step dropped or changed them, or failed, and why.
        text: text that the kept contain, letter case ignored.
        entity: a type of personal data that was found in the kept and acted upon.
        consent: a signal of consent, its answer and where it stood, as Consent has them, joined by spaces.
        duplicate_of: the document that the dropped were dropped for, revisits aside; see lineage.questions.duplicates.
        template: a host on which all of the cluster lies that they were dropped in; see Template.
        policy: the name of a policy, for verdict and finding; whoever asks says what it judges.
        verdict: what that says of the kept.
        finding: the number of what it finds of the kept, from 1.
        signal: a number that was measured of the kept, for at_least and below; "length" is bytes of text. Of the
            dropped "similarity" alone, with their survivors.
        at_least: the least value of it.
        below: the least value that is too large.
        after: where the page before ended, as it says.
        limit: most documents of the page.
    """

    outcome: str = "kept"
    language: str | None = None
    license: str | None = None
    source: str | None = None
    file: str | None = None
    domain: str | None = None
    host: str | None = None
    month: str | None = None
    step: str | None = None
    reason: str | None = None
    text: str | None = None
    entity: str | None = None
    consent: str | None = None
    duplicate_of: str | None = None
    template: str | None = None
    policy: str | None = None
    verdict: str | None = None
    finding: int | None = None
    signal: str | None = None
    at_least: float | None = None
    below: float | None = None
    after: str | None = None
    limit: int = 50


_CURSOR: Final = re.compile(r"([0-9a-f]{32})-([0-9]{1,5})-([0-9]{1,18})")
_MONTH: Final = re.compile(rf"[0-9]{{4}}-(0[1-9]|1[0-2])|{UNKNOWN}")


Met = tuple[str, tuple[Any, ...]]
"""A condition in SQL, and the values of its parameters."""

OF_POLICY: Final = ("policy", "verdict", "finding")
OF_SIGNAL: Final = ("signal", "at_least", "below")
OF_KEPT: Final = ("text", "entity", *OF_POLICY, *OF_SIGNAL)
OF_DROPPED: Final = ("duplicate_of", "template", *OF_SIGNAL)
"""Conditions that go together, and those that are not of documents with another outcome."""

LENGTH: Final = "length"
SIMILARITY: Final = "similarity"
_NUMBERS: Final = frozenset({"INTEGER", "BIGINT", "FLOAT", "DOUBLE", "BOOLEAN"})
_SHOWN: Final = "doc_id, uri, source, license, language, captured_at"

_CLUSTERED: Final = "outcome = 'dropped' AND duplicate_of IS NOT NULL AND reason IS DISTINCT FROM 'revisit'"

_ON_ONE_HOST: Final = """
duplicate_of IN (SELECT duplicate_of FROM ({ledger}) WHERE {clustered} GROUP BY 1
                 HAVING count(*) = count(*) FILTER (host_of(uri) = ?))
AND duplicate_of IN (SELECT doc_id FROM ({ledger}) WHERE outcome IN ('kept', 'dropped', 'failed') GROUP BY 1
                     HAVING coalesce(min(host_of(uri)) FILTER (outcome = 'kept'), min(host_of(uri))) = ?)
"""

_JUDGED_BY: Final = {
    "host": "host_of(uri)",
    "date": "strftime(captured_at AT TIME ZONE 'UTC', '%Y-%m-%d')",
}
"""What a policy may ask of a document that is no column."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a version: paths of those with documents, and with the ledger."""

    documents: Sequence[str]
    ledger: Sequence[str]


@dataclass(frozen=True, slots=True)
class Found:
    """The documents that meet conditions, as SQL.

    Attributes:
        sql: a query for them.
        values: of its parameters.
        kept: whether they are kept, and have texts.
        costly: whether each text or address must be looked into.
    """

    sql: str
    values: tuple[Any, ...]
    kept: bool
    costly: bool

    @classmethod
    def of(cls, connection: Any, files: Files, wanted: Conditions, more: Sequence[Met] = ()) -> Found:
        """Say what is *wanted* in SQL over *files*; *more* is what else must be met."""
        asked = (wanted.text, wanted.domain, wanted.host, wanted.template, wanted.policy)
        costly = wanted.signal == LENGTH or any(one is not None for one in asked)
        if costly:
            teach_hosts(connection)
        kept = wanted.outcome in KEPT
        if kept:
            columns = f"{_SHOWN}, 'kept' AS outcome, NULL AS step, NULL AS reason, NULL AS value, 0 AS seq"
            relation = relation_of(files.documents, "documents")
            met = [*_common(wanted), *_of_texts(connection, relation, wanted), *_of_changes(files, wanted)]
        else:
            columns = f"{_SHOWN}, outcome, step, reason, value, seq"
            relation = relation_of(files.ledger, "ledger")
            met = [*_common(wanted), *_of_events(wanted), *_of_duplicates(relation, wanted)]
        met += more
        where = "WHERE " + " AND ".join(one for one, _ in met) if met else ""
        place = 'coalesce("offset", 0) AS place'
        values = tuple(value for _, some in met for value in some)
        return cls(f"SELECT {columns}, {place} FROM ({relation}) AS d {where}", values, kept, costly)


def among(connection: Any, groups: pa.Table) -> Met:
    """Return that a document is in one of *groups*, which have columns of the documents, host or date, and counts."""
    connection.register("judged", groups)
    names = [name for name in groups.column_names if name != "documents"]
    same = " AND ".join(f"{_JUDGED_BY.get(name, f'd.{name}')} IS NOT DISTINCT FROM g.{name}" for name in names)
    return f"EXISTS (SELECT 1 FROM judged AS g WHERE {same})", ()


def of_profiles(ids: Iterable[str]) -> Met:
    """Return that the profile of a document is one of *ids*."""
    return "profile IN (SELECT unnest(?))", ([*ids],)


def _common(wanted: Conditions) -> list[Met]:
    """Return what rows of either table must meet."""
    met = _equal(wanted, "language", "license", "source", "file")
    if wanted.month is not None:
        met.append((f"coalesce(strftime(captured_at, '%Y-%m'), '{UNKNOWN}') = ?", (wanted.month,)))
    if wanted.host is not None:
        met.append(("host_of(uri) = ?", (wanted.host,)))
    if wanted.domain == NO_ADDRESS:
        met.append(("host_of(uri) IS NULL", ()))
    elif wanted.domain is not None:
        met.append(("(host_of(uri) = ? OR ends_with(host_of(uri), ?))", (wanted.domain, f".{wanted.domain}")))
    return met


def _equal(wanted: Conditions, *names: str) -> list[Met]:
    given = ((name, getattr(wanted, name)) for name in names)
    return [(f"coalesce({name}, '{UNKNOWN}') = ?", (value,)) for name, value in given if value is not None]


def _of_texts(connection: Any, relation: str, wanted: Conditions) -> list[Met]:
    """Return what the kept must meet besides."""
    met: list[Met] = []
    if wanted.text is not None:
        met.append(("instr(lower(text), lower(?)) > 0", (wanted.text,)))
    if wanted.entity is not None:
        met.append(("list_contains(map_keys(pii_counts), ?)", (wanted.entity,)))
    if wanted.signal == LENGTH:
        met += _within("strlen(text)", wanted)
    elif wanted.signal is not None:
        rows = query.rows(connection, f"DESCRIBE {relation}")
        if wanted.signal not in {row["column_name"] for row in rows if row["column_type"] in _NUMBERS}:
            raise BadFilter(f"signal={wanted.signal!r} is no number that was measured of these documents")
        met += _within(f'"{wanted.signal}"::DOUBLE', wanted)
    return met


def _within(number: str, wanted: Conditions) -> list[Met]:
    bounds = ((f"{number} >= ?", wanted.at_least), (f"{number} < ?", wanted.below))
    return [(one, (value,)) for one, value in bounds if value is not None]


def _of_changes(files: Files, wanted: Conditions) -> list[Met]:
    """Return what the changed of the kept must meet."""
    if wanted.outcome == "kept":
        return []
    events = _of_events(wanted)
    some = " AND ".join(one for one, _ in events)
    changed = f"doc_id IN (SELECT doc_id FROM ({relation_of(files.ledger, 'ledger')}) WHERE {some})"
    return [(changed, tuple(value for _, given in events for value in given))]


def _of_events(wanted: Conditions) -> list[Met]:
    """Return what an event must meet."""
    met: list[Met] = [] if wanted.outcome == "any" else [("outcome = ?", (wanted.outcome,))]
    return [*met, *_equal(wanted, "step", "reason")]


def _of_duplicates(ledger: str, wanted: Conditions) -> list[Met]:
    """Return what the dropped must meet as duplicates."""
    met: list[Met] = []
    if wanted.duplicate_of is not None:
        met.append((f"{_CLUSTERED} AND duplicate_of = ?", (wanted.duplicate_of,)))
    if wanted.template is not None:
        one = _ON_ONE_HOST.format(ledger=ledger, clustered=_CLUSTERED)
        met.append((f"{_CLUSTERED} AND {one}", (wanted.template, wanted.template)))
    if wanted.signal == SIMILARITY:  # to six decimals: as 32-bit floats some hundredths lie a hair below themselves
        met += _within("round(similarity::DOUBLE, 6)", wanted)
    return met


def check(wanted: Conditions) -> None:
    """Raise BadFilter unless the conditions fit one another; the message names the first that does not."""
    kept, bounds = wanted.outcome in KEPT, (wanted.at_least, wanted.below)
    judged = (wanted.verdict, wanted.finding).count(None)
    wrong = (
        (wanted.outcome not in OUTCOMES, f"outcome={wanted.outcome!r} is none of {', '.join(OUTCOMES)}"),
        (not 1 <= wanted.limit <= MOST, f"limit={wanted.limit} is not from 1 to {MOST}"),
        (wanted.after is not None and not _CURSOR.fullmatch(wanted.after), "after= is no end of a page"),
        (wanted.month is not None and not _MONTH.fullmatch(wanted.month), "month= is not YYYY-MM"),
        *(
            (getattr(wanted, name) is not None and not kept, f"{name}= is of kept documents alone: no others have one")
            for name in OF_KEPT
            if name not in OF_SIGNAL
        ),
        *(
            (getattr(wanted, name) is not None and wanted.outcome != "dropped", f"{name}= is of dropped documents")
            for name in OF_DROPPED
            if name not in OF_SIGNAL
        ),
        (
            wanted.signal is not None and not kept and (wanted.outcome, wanted.signal) != ("dropped", SIMILARITY),
            "signal= was measured of kept documents alone",
        ),
        (wanted.signal is None and bounds != (None, None), "at_least= and below= want signal="),
        (wanted.outcome == "kept" and (wanted.step or wanted.reason), "step= and reason= are not of kept documents"),
        (wanted.outcome == "any" and not (wanted.step or wanted.reason), "outcome=any wants step= or reason="),
        (wanted.signal is not None and bounds == (None, None), "signal= wants at_least= or below="),
        (wanted.policy is None and judged < 2, "verdict= and finding= want policy="),
        (wanted.policy is not None and judged != 1, "policy= wants either verdict= or finding="),
        (wanted.text == "", "text= is empty"),
    )
    for is_wrong, why in wrong:
        if is_wrong:
            raise BadFilter(why)


def place_of(cursor: str) -> tuple[str, int, int]:
    """Return the place behind which a page begins."""
    found = _CURSOR.fullmatch(cursor)
    assert found is not None  # see check
    return found[1], int(found[2]), int(found[3])
