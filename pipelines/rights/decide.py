"""Rights of captures: evidence gathered before any cleaning, profiles made of it, and what a policy says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.outcome import Outcome, put
from pipelines.reasons import Reason
from pipelines.rights.credits import add_credits
from policies.addresses.columns import hosts_of
from policies.rights.evidence import Evidence, Scope, Where
from policies.rights.profiles import LICENSE, Profile, profile_of, stated
from policies.rules.conditions import Answer
from policies.rules.engine import Decisions, Policy, Verdict

CLAIMED = "claimed"
"""Column of captures: whether their source or record says anything of a licence, understood or not."""

ADDRESS = "address"
"""Column of captures: their uri as captured, which sites and registries are asked about; it is never stored."""

_ANSWERED = 200


class Finder(Protocol):
    """Looks for rights signals in captures, or beside them; small, frozen and picklable."""

    def settings(self) -> Any:
        """Describe as JSON what its answers depend on, besides the captures; for cache keys."""

    def __call__(self, captures: pa.RecordBatch) -> Mapping[int, Sequence[Evidence]]:
        """Return what speaks about *captures* (decoded: captures.bodies), by row; rows without are left out."""


def evidence_of(captures: pa.RecordBatch, finders: Sequence[Finder]) -> dict[int, list[Evidence]]:
    """Return what *finders* find of *captures*, by row; rows of which they find nothing are left out."""
    evidence: dict[int, list[Evidence]] = {}
    for finder in finders:
        for row, more in finder(captures).items():
            evidence.setdefault(row, []).extend(more)
    return evidence


def add_profiles(
    captures: pa.RecordBatch, where: Where, finders: Sequence[Finder]
) -> tuple[pa.RecordBatch, dict[str, Profile]]:
    """Give *captures* a column profile (16 hex digits) and the licence that counts; return the profiles too, by id.

    *captures* carry their normalised license and CLAIMED, a claim made at *where*. Documents of which nothing else
    speaks have the profile of their claim; the others cost Python for each. Title and author stay where that licence
    asks for them: those of the record, else of the page.
    """
    evidence = evidence_of(captures, finders)
    profiles, codes = _stated(captures, where)
    for row, found in evidence.items():
        codes[row] = len(profiles)
        profiles.append(_profile(frozenset(map(_decisive, [*_claim(captures, row, where), *found]))))
    ids = pa.array([one.id for one in profiles], pa.string()).take(pa.array(codes))
    license = pa.array([one.license for one in profiles], pa.string()).take(pa.array(codes))
    captures = put(captures, "license", license).append_column("profile", ids)
    met = {profiles[code].id: profiles[code] for code in np.unique(codes)}
    return add_credits(captures, evidence), met


def _claim(captures: pa.RecordBatch, row: int, where: Where) -> list[Evidence]:
    """Return what the source or record of a capture declares, at *where*."""
    if not captures[CLAIMED][row].as_py():
        return []
    scope = Scope.PAGE if where is Where.RECORD else Scope.DATASET
    return [Evidence(str(where), where, scope, "", LICENSE, captures["license"][row].as_py())]


def _stated(captures: pa.RecordBatch, where: Where) -> tuple[list[Profile], npt.NDArray[np.int64]]:
    """Return the profiles of the distinct claims of *captures*, and which of them each has."""
    claims = captures["license"].dictionary_encode(null_encoding="encode")
    said = captures[CLAIMED].cast(pa.int64())
    codes = pc.add(pc.multiply(claims.indices.cast(pa.int64()), 2), said)
    found = pc.unique(codes)
    licenses = claims.dictionary.to_pylist()
    profiles = [stated(licenses[code >> 1], where, bool(code & 1)) for code in found.to_pylist()]
    return profiles, np.array(pc.index_in(codes, found), np.int64)


_Decisive = tuple[str, Scope, Where, str | None]


def _decisive(one: Evidence) -> _Decisive:
    return one.name, one.scope, one.where, one.meaning


@lru_cache(maxsize=1 << 16)
def _profile(evidence: frozenset[_Decisive]) -> Profile:
    found = (Evidence("", where, scope, "", name, meaning) for name, scope, where, meaning in evidence)
    return profile_of(found)


def extend_profiles(
    documents: pa.RecordBatch, profiles: Mapping[str, Profile], found: Sequence[Sequence[Evidence]]
) -> tuple[pa.RecordBatch, dict[str, Profile]]:
    """Give *documents* the profiles they have with what was *found* later of each; return the new ones too, by id."""
    ids = documents["profile"].to_pylist()
    extended = [profiles[one].extend(more) if more else profiles[one] for one, more in zip(ids, found, strict=True)]
    column = pa.array([one.id for one in extended], pa.string())
    return put(documents, "profile", column), {one.id: one for one in extended}


def withhold(
    documents: pa.RecordBatch, policy: Policy, profiles: Mapping[str, Profile], *, final: bool = True
) -> Outcome:
    """Part *documents* (columns profile, uri, captured_at, language if known) by what *policy* says of them.

    The detail of what is dropped is the id of the rule that decided. Unless *final*, only those are dropped that it
    denies whatever their language turns out to be. Failed responses are kept: they are dropped for their status, not
    for their rights.
    """
    decisions = policy.decide_all(facts_of(documents, policy), profiles)
    drop = decisions.mask(lambda one: one.verdict is Answer.DENY or (final and one.verdict is Answer.UNKNOWN))
    if "http_status" in documents.schema.names:
        drop = pc.and_(drop, pc.fill_null(pc.equal(documents["http_status"], _ANSWERED), True))
    reasons = pc.if_else(drop, _column(decisions, reason_of), pa.scalar(None, pa.string()))
    return Outcome.without(documents, reasons, details=_column(decisions, lambda one: one.rule))


def _column(decisions: Decisions, value: Any) -> pa.StringArray:
    return decisions.column(value)


def reason_of(verdict: Verdict) -> str:
    """Return the Reason for which a document with *verdict*, which is not allow, is dropped."""
    denied = verdict.verdict is Answer.DENY
    if verdict.consent:
        return (Reason.CONSENT_DENIED if denied else Reason.CONSENT_UNKNOWN).value
    return (Reason.LICENSE_DENIED if denied else Reason.LICENSE_UNKNOWN).value


def facts_of(documents: pa.RecordBatch, policy: Policy) -> dict[str, pa.StringArray]:
    """Return the columns that *policy* decides by; see Policy.decide_all."""
    columns = {"profile": documents["profile"]}
    if "host" in policy.uses:
        columns["host"] = hosts_of(documents["uri"])
    if "language" in policy.uses:
        known = "language" in documents.schema.names
        columns["language"] = documents["language"] if known else pa.nulls(documents.num_rows, pa.string())
    if "date" in policy.uses:
        columns["date"] = documents["captured_at"].cast(pa.date32(), safe=False).cast(pa.string())
    return columns
