"""The policy engine: judge each distinct rights profile once, three-valued; deny overrides."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from policies.rights import licenses
from policies.rights.permissions import terms_of
from policies.rights.profiles import Profile
from policies.rules.conditions import NO_FACTS, Answer, Facts, Rule, Truth, both
from policies.rules.identity import PolicyIdentity

NOT_LISTED: Final = "not-listed"
UNKNOWN_LICENCE: Final = "unknown-licence"

FACTS: Final = ("host", "language", "date")
"""What rules may ask of a document beside its profile, as in Facts."""

Codes = npt.NDArray[np.int64]

_FREEDOM: Final = {Answer.DENY: 0, Answer.UNKNOWN: 1, Answer.ALLOW: 2}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for a profile.

    Attributes:
        verdict: allow, deny or unknown.
        rule: id of the rule that gave it.
        why: in plain language.
        obligations: what must be done if the documents are used: duties of the licence, and those of the rule; empty
            where the answer is not allow.
        consent: whether a consent signal decided it, not the licence.
    """

    verdict: Answer
    rule: str
    why: str
    obligations: tuple[str, ...] = ()
    consent: bool = False


@dataclass(frozen=True, slots=True)
class Decisions:
    """The answers for n documents.

    Attributes:
        verdicts: the distinct ones.
        codes: int64 n, index into verdicts.
    """

    verdicts: tuple[Verdict, ...]
    codes: Codes

    def column(self, value: Callable[[Verdict], str]) -> pa.StringArray:
        """Return *value* of each document's verdict, string n."""
        return pa.array([value(one) for one in self.verdicts], pa.string()).take(pa.array(self.codes))

    def mask(self, test: Callable[[Verdict], bool]) -> pa.BooleanArray:
        """Return whether each document's verdict passes *test*, bool n."""
        return pa.array([test(one) for one in self.verdicts], pa.bool_()).take(pa.array(self.codes))


@dataclass(frozen=True)
class Policy:
    """What is allowed, for whom and what for.

    Attributes:
        name: how reports call it.
        version: the version its authors gave it.
        purpose: what the documents are wanted for.
        rules: in the order of the file. Of those that hold, a deny rule decides before an unknown one before an allow
            one, and of equals the first. A deny rule of which nobody can say whether it holds makes the answer unknown.
        actor: who wants them: "commercial", "research", ...; empty if the policy does not say.
        jurisdiction: whose law it was written for; empty likewise.
        unknown: what becomes of documents of which no licence is known and about which no rule decides without one:
            DENY leaves the verdict unknown, so that they are not released; ALLOW lets them in.
        otherwise: the answer where a licence is known and no rule holds: DENY or UNKNOWN.
        refuse_conflicts: whether licences that contradict each other within a release make it not compliant.
    """

    name: str
    version: str
    purpose: str
    rules: tuple[Rule, ...]
    actor: str = ""
    jurisdiction: str = ""
    unknown: Answer = Answer.DENY
    otherwise: Answer = Answer.DENY
    refuse_conflicts: bool = False

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the policy's content; layout and comments of its file do not count."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @property
    def identity(self) -> PolicyIdentity:
        """Which policy it is."""
        return PolicyIdentity(self.name, self.version, self.digest)

    @cached_property
    def uses(self) -> frozenset[str]:
        """Which of FACTS some rule asks for."""
        asked = {
            "host": any(rule.when.hosts for rule in self.rules),
            "language": any(rule.when.languages for rule in self.rules),
            "date": any(rule.when.after or rule.when.before for rule in self.rules),
        }
        return frozenset(name for name, does in asked.items() if does)

    @cached_property
    def uses_signals(self) -> bool:
        """Whether some rule asks for consent signals."""
        return any(rule.when.asks_signals for rule in self.rules)

    def decide(self, profile: Profile, facts: Facts = NO_FACTS) -> Verdict:
        """Judge documents of *profile* of which *facts* hold.

        Of alternative licences (OR) the most favourable counts: the user of the text may choose. Of licences that hold
        together (AND) the least favourable counts. An exception (WITH) only adds permissions: unless a rule names the
        whole, the licence before it is judged.
        """
        around: list[Truth] = [True] * len(self.rules)
        for place in self._asking:
            when = self.rules[place].when
            truth = when.of_profile(profile)
            around[place] = both((truth, when.of_facts(facts))) if self.uses else truth
        return self._fold(profile.license, tuple(around))

    def decide_all(self, columns: Mapping[str, pa.StringArray], profiles: Mapping[str, Profile]) -> Decisions:
        """Judge n documents, working once for each distinct combination of what decides.

        *columns* hold "profile", ids in *profiles*, and those of FACTS that *uses* names, each string n.
        """
        names = ["profile", *(name for name in FACTS if name in self.uses)]
        rows, codes = _distinct([columns[name] for name in names])
        found = [
            self.decide(profiles[str(name)], Facts(**dict(zip(names[1:], facts, strict=True)))) for name, *facts in rows
        ]
        verdicts = {verdict: place for place, verdict in enumerate(dict.fromkeys(found))}
        return Decisions(tuple(verdicts), np.array([verdicts[one] for one in found], np.int64)[codes])

    @cached_property
    def _asking(self) -> tuple[int, ...]:
        """Where the rules stand that ask for more than the licence."""
        return tuple(place for place, rule in enumerate(self.rules) if rule.when.asks_around)

    @cached_property
    def _folded(self) -> dict[tuple[str | None, tuple[Truth, ...]], Verdict]:
        """Verdicts found before: many profiles differ in what no rule asks for."""
        return {}

    def _fold(self, license: str | None, around: tuple[Truth, ...]) -> Verdict:
        known = self._folded.get((license, around))
        if known is None:
            tree = licenses.parse(license)

            def judge(leaf: str) -> Verdict:
                return self._judge(leaf, around)

            known = (
                self._judge(None, around)
                if tree is None
                else licenses.fold(tree, judge, best=_most_favourable, worst=_least_favourable)
            )
            self._folded[license, around] = known
        return known

    def _judge(self, licence: str | None, around: tuple[Truth, ...]) -> Verdict:
        """Judge one licence; *around* tells of each rule whether the rest of its condition holds."""
        open_ended: Verdict | None = None
        for answer in (Answer.DENY, Answer.UNKNOWN, Answer.ALLOW):
            if answer is not Answer.DENY and open_ended is not None:
                return open_ended
            for rule, rest in zip(self.rules, around, strict=True):
                if rule.verdict is not answer or rest is False:
                    continue
                truth = both((self._of_licence(rule, licence), rest))
                if truth:
                    return _given(rule, licence)
                if truth is None and open_ended is None:
                    open_ended = self._open(rule, licence, rest)
        return open_ended or self._undecided(licence)

    def _of_licence(self, rule: Rule, licence: str | None) -> Truth:
        truth = rule.when.of_licence(licence, allowing=rule.verdict is Answer.ALLOW)
        return False if truth is None and licence is None and self.unknown is Answer.ALLOW else truth

    def _open(self, rule: Rule, licence: str | None, rest: Truth) -> Verdict:
        """Answer where nobody can say whether *rule* holds."""
        if licence is None and rest:
            return self._undecided(None)
        consent = rest is None and rule.when.asks_signals
        about = "a signal that is not understood" if consent else f"the terms of {licence}" if rest else "a fact"
        why = f"Whether rule {rule.id} applies depends on {about}, which is not known. {rule.reason}"
        return Verdict(Answer.UNKNOWN, rule.id, why.rstrip(), consent=consent)

    def _undecided(self, licence: str | None) -> Verdict:
        if licence is not None:
            return Verdict(self.otherwise, NOT_LISTED, f"{licence} is allowed by no rule of {self.name}.")
        if self.unknown is Answer.ALLOW:
            return Verdict(Answer.ALLOW, UNKNOWN_LICENCE, f"No licence is known; {self.name} allows that.")
        return Verdict(Answer.UNKNOWN, UNKNOWN_LICENCE, f"No licence is known; {self.name} does not allow that.")


def _given(rule: Rule, licence: str | None) -> Verdict:
    due: tuple[str, ...] = ()
    if rule.verdict is Answer.ALLOW:
        due = tuple(sorted({*(terms_of(licence).duties if licence else ()), *rule.obligations}))
    return Verdict(rule.verdict, rule.id, rule.reason, due, rule.when.asks_signals)


def _most_favourable(verdicts: Sequence[Verdict]) -> Verdict:
    return max(verdicts, key=lambda verdict: _FREEDOM[verdict.verdict])


def _least_favourable(verdicts: Sequence[Verdict]) -> Verdict:
    worst = min(verdicts, key=lambda verdict: _FREEDOM[verdict.verdict])
    if worst.verdict is not Answer.ALLOW:
        return worst
    return replace(worst, obligations=tuple(sorted({due for one in verdicts for due in one.obligations})))


def _distinct(columns: Sequence[pa.StringArray]) -> tuple[list[tuple[str | None, ...]], Codes]:
    """Return the distinct rows of *columns* (n each) and, for each of n rows, which of them it is."""
    encoded = [column.dictionary_encode(null_encoding="encode") for column in columns]
    codes = np.zeros(len(columns[0]), np.int64)
    first = codes
    for column in encoded:
        whole = codes * max(len(column.dictionary), 1) + np.asarray(column.indices, np.int64)
        _, first, codes = np.unique(whole, return_index=True, return_inverse=True)
    values = [column.dictionary.take(column.indices.take(pa.array(first))).to_pylist() for column in encoded]
    return list(zip(*values, strict=True)), codes
