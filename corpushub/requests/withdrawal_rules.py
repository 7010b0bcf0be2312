"""The rules of a revision: from KIND:VALUE and a policy to what finds documents in the files of a version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from corpushub.errors import BadRequest
from lineage.withdrawal.rows import RULED, Rule, ruled
from pipelines.reasons import Reason
from pipelines.rights.decide import facts_of, reason_of
from policies.addresses.columns import hosts_of, starts_with_any
from policies.addresses.redaction import redact_uri
from policies.addresses.urls import asked_host, asked_prefix
from policies.consent.preferences import DENY
from policies.consent.registries import Registries, Registry, load_registry
from policies.rights.evidence import Where
from policies.rights.licenses import normalize
from policies.rights.profiles import Profile, stated
from policies.rules.conditions import Answer
from policies.rules.engine import Policy

KINDS: Final = ("host", "uri-prefix", "source", "license", "registry")
"""What a rule can speak of."""

LASTING: Final = ("host", "uri-prefix", "source", "license")
"""Kinds that later runs obey by themselves; what a registry or a policy finds is refused document by document."""

Profiles = Mapping[str, Profile]


@dataclass(frozen=True, slots=True)
class GivenRule:
    """A rule as given: kind and value, in normal spelling; of a registry the value is its name.

    Attributes:
        kind: one of KINDS.
        value: what it is about.
        registry: its entries, where it is one.
    """

    kind: str
    value: str
    registry: Registry | None = None

    @property
    def name(self) -> str:
        """The rule as ledgers have it."""
        return f"{self.kind}:{self.value}"

    @classmethod
    def parse(cls, text: str) -> GivenRule:
        """Return the rule that *text*, KIND:VALUE, stands for; the file of a registry is read.

        Raises:
            BadRequest: there is no such kind, or the value cannot be one of it.
            PolicyError: the registry cannot be read.
        """
        kind, mark, value = text.partition(":")
        if not mark or kind not in KINDS:
            raise BadRequest(f"a rule is KIND:VALUE, where KIND is one of {', '.join(KINDS)}; nothing was changed")
        if kind == "registry":
            registry = load_registry(value)
            if registry.meaning != DENY:
                raise BadRequest(f"the registry {value} lists what is allowed, not what must go; nothing was changed")
            return cls(kind, registry.name, registry)
        normal = _NORMAL[kind](value.strip())
        if not normal:
            raise BadRequest(f"that is no {kind}; nothing was changed; write {kind}:{_EXAMPLES[kind]}")
        return cls(kind, normal)

    def rule(self, profiles: Profiles) -> Rule:
        """Return what finds its documents; *profiles* are those of the versions, by id."""
        mask = _MASKS[self.kind]
        return lambda rows: ruled(mask(self, rows, profiles), self.name, Reason.WITHDRAWN.value)


_NORMAL: Final[Mapping[str, Callable[[str], str | None]]] = {
    "host": asked_host,
    "uri-prefix": lambda value: redact_uri(asked_prefix(value) or ""),
    "source": lambda value: value,
    "license": normalize,
}

_EXAMPLES: Final = {
    "host": "example.org",
    "uri-prefix": "https://example.org/people/",
    "source": "the name of a source in the recipe",
    "license": "CC-BY-NC-4.0, an SPDX expression or the address of a known licence",
}


def _of_host(given: GivenRule, rows: pa.Table, _: Profiles) -> Any:
    return pc.equal(hosts_of(rows["uri"]), given.value)


def _of_prefix(given: GivenRule, rows: pa.Table, _: Profiles) -> Any:
    return starts_with_any(rows["uri"], [given.value])


def _of_source(given: GivenRule, rows: pa.Table, _: Profiles) -> Any:
    return pc.equal(rows["source"], given.value)


def _of_license(given: GivenRule, rows: pa.Table, profiles: Profiles) -> Any:
    """Find the licence where it counts, and where it is only one of several claims."""
    claiming = [name for name, one in profiles.items() if given.value in one.claims]
    counts = pc.fill_null(pc.equal(rows["license"], given.value), False)
    return pc.or_(counts, pc.is_in(rows["profile"], value_set=pa.array(claiming, pa.string())))


def _of_registry(given: GivenRule, rows: pa.Table, _: Profiles) -> Any:
    """Look each distinct address, or text, up once."""
    listed = Registries([given.registry] if given.registry else [])
    by_content = given.registry is not None and given.registry.kind == "contents"
    column = rows["content_id" if by_content else "uri"]
    distinct = column.unique()
    known = [bool(listed.registry_evidence(*((None, one) if by_content else (one,)))) for one in distinct.to_pylist()]
    return pc.is_in(column, value_set=distinct.filter(pa.array(known, pa.bool_())))


_MASKS: Final[Mapping[str, Callable[[GivenRule, pa.Table, Profiles], Any]]] = {
    "host": _of_host,
    "uri-prefix": _of_prefix,
    "source": _of_source,
    "license": _of_license,
    "registry": _of_registry,
}


def policy_rule(policy: Policy, profiles: Profiles) -> Rule:
    """Return what finds the documents that *policy* does not allow, each with the id of the rule that decided."""
    known = dict(profiles)

    def find(rows: pa.Table) -> pa.Table:
        rows = rows.set_column(rows.column_names.index("profile"), "profile", _profile_ids(rows, known))
        arrays = [column.combine_chunks() for column in rows.columns]
        documents = pa.RecordBatch.from_arrays(arrays, rows.column_names)
        decisions = policy.decide_all(facts_of(documents, policy), known)
        gone = decisions.mask(lambda one: one.verdict is not Answer.ALLOW)
        said = (decisions.column(lambda one: one.rule), decisions.column(reason_of), policy.digest)
        nothing = pa.scalar(None, pa.string())
        return pa.table([pc.if_else(gone, one, nothing) for one in said], schema=RULED)

    return find


def _profile_ids(rows: pa.Table, known: dict[str, Profile]) -> Any:
    """Return the profile of each row; documents of earlier releases have none, but their licence makes one."""
    column, licenses = rows["profile"], rows["license"]
    lost = pc.invert(pc.is_in(column, value_set=pa.array([*known], pa.string())))
    for license in licenses.filter(lost).unique().to_pylist():
        made = stated(license, Where.SOURCE, license is not None)
        known[made.id] = made
        same = pc.is_null(licenses) if license is None else pc.fill_null(pc.equal(licenses, license), False)
        column = pc.if_else(pc.and_(lost, same), made.id, column)
    return column


def standing_of(given: Sequence[GivenRule]) -> tuple[tuple[str, str], ...]:
    """Return the rules among *given* that later runs obey by themselves, as kind and value."""
    return tuple((one.kind, one.value) for one in given if one.kind in LASTING)
