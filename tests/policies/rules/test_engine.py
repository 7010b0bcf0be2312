"""Policies decide by profile, three-valued, and deny overrides."""

from __future__ import annotations

import pickle

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.rights.licenses import normalize
from policies.rights.profiles import Profile, Signal
from policies.rules.conditions import Answer, Facts
from policies.rules.engine import Policy
from policies.rules.policy_file import parse_policy

LISTED = parse_policy(
    """
    name = "test"
    version = "1"
    purpose = "train"
    allow = ["MIT", { license = "CC-BY-*", reason = "Name the author." }, "Apache-2.0", "BSD-*"]
    deny = [{ license = "BSD-4-Clause", reason = "Its advertising clause." }, "*-NC-*"]
    """
)
LICENCES = st.sampled_from(
    ["MIT", "CC-BY-4.0", "CC-BY-NC-4.0", "GPL-2.0-only", "BSD-4-Clause", "BSD-3-Clause", "LicenseRef-x", None]
)
SIGNALS = st.lists(
    st.builds(
        Signal,
        st.sampled_from(["tdm", "robots:GPTBot"]),
        st.sampled_from(["allow", "deny", "unknown"]),
        st.just("site"),
    ),
    max_size=2,
    unique_by=lambda one: one.name,
).map(tuple)


def policy_of(*rules: str, head: str = "") -> Policy:
    """Return the policy with *rules*, each the verdict and its condition in TOML."""
    text = f'name = "p"\nversion = "1"\npurpose = "train"\n{head}\n'
    for number, rule in enumerate(rules, start=1):
        verdict, _, when = rule.partition(" ")
        text += f'[[rule]]\nid = "r{number}"\nverdict = "{verdict}"\nreason = "R."\n{when}\n'
    return parse_policy(text)


def profile(license: str | None = None, **signals: str) -> Profile:
    """Return a profile with a licence and signals."""
    said = tuple(Signal(name.replace("_", "-"), meaning, "site") for name, meaning in sorted(signals.items()))
    return Profile(normalize(license), (license,) if license else (), said)


HOSTS = policy_of(
    'allow when.license = ["MIT", "CC-BY-*"]',
    'deny when.hosts = ["b.example"]',
    'deny when.any_signal = { tdm = "deny", "robots:*" = "deny" }',
)


@pytest.mark.parametrize(
    ("expression", "verdict", "rule"),
    [
        ("MIT", "allow", "allow MIT"),
        ("CC-BY-4.0", "allow", "allow CC-BY-*"),
        ("CC-BY-3.0-IGO", "allow", "allow CC-BY-*"),
        ("CC-BY-SA-4.0", "deny", "not-listed"),
        ("CC-BY-ND-4.0", "deny", "not-listed"),
        ("CC-BY-NC-4.0", "deny", "deny *-NC-*"),
        ("BSD-3-Clause", "allow", "allow BSD-*"),
        ("BSD-4-Clause", "deny", "deny BSD-4-Clause"),
        ("MIT OR GPL-2.0-only", "allow", "allow MIT"),
        ("GPL-2.0-only OR MIT", "allow", "allow MIT"),
        ("MIT AND GPL-2.0-only", "deny", "not-listed"),
        ("MIT AND CC-BY-4.0", "allow", "allow MIT"),
        ("Apache-2.0 WITH LLVM-exception", "allow", "allow Apache-2.0"),
        ("MIT WITH LicenseRef-scancode-commons-clause", "deny", "not-listed"),
        ("LicenseRef-Own", "deny", "not-listed"),
        ("mit license", "allow", "allow MIT"),
        ("no licence at all", "unknown", "unknown-licence"),
        (None, "unknown", "unknown-licence"),
    ],
)
def test_lists_decide(expression: str | None, verdict: str, rule: str) -> None:
    """Each expression gets the verdict and the rule that gave it."""
    decided = LISTED.decide(profile(expression))
    assert (decided.verdict, decided.rule) == (verdict, rule)
    assert decided.why


def test_reasons_and_duties_are_passed_on() -> None:
    """A rule's plain-language reason is the verdict's why, and the licence's duties are due where it is allowed."""
    decided = LISTED.decide(profile("CC-BY-4.0"))
    assert decided.why == "Name the author."
    assert decided.obligations == ("attribution", "notice", "state-changes")
    assert LISTED.decide(profile("CC-BY-NC-4.0")).obligations == ()


def test_duties_of_licences_that_hold_together_add_up() -> None:
    """Of a conjunction the duties of both are due, of alternatives those of the one that is chosen."""
    both, either = LISTED.decide(profile("MIT AND CC-BY-4.0")), LISTED.decide(profile("MIT OR GPL-2.0-only"))
    assert "attribution" in both.obligations
    assert either.obligations == ("notice",)


def test_a_star_alone_allows_every_known_licence_but_not_the_unknown() -> None:
    """Allowing everything still does not allow what nobody knows."""
    policy = policy_of(head='allow = ["*"]')
    assert policy.decide(profile("CC-BY-NC-4.0")).verdict is Answer.ALLOW
    assert policy.decide(profile()).verdict is Answer.UNKNOWN


def test_unknown_is_allowed_only_when_the_policy_says_so() -> None:
    """The unknown key lets documents without a licence in, and nothing else."""
    policy = policy_of(head='allow = ["MIT"]\ndeny = ["*-NC-*"]\nunknown = "allow"')
    assert policy.decide(profile()).verdict is Answer.ALLOW
    assert policy.decide(profile("GPL-2.0-only")).verdict is Answer.DENY


def test_otherwise_sends_the_rest_to_a_person() -> None:
    """A licence that no rule names is denied, or unknown if the policy says so."""
    assert policy_of(head='allow = ["MIT"]').decide(profile("ISC")).verdict is Answer.DENY
    assert policy_of(head='allow = ["MIT"]\notherwise = "unknown"').decide(profile("ISC")).verdict is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("rules", "given", "expected"),
    [
        (["allow", 'deny when.signals = { tdm = "deny" }'], profile("MIT", tdm="deny"), ("deny", "r2")),
        (["allow", 'deny when.signals = { tdm = "deny" }'], profile("MIT", tdm="allow"), ("allow", "r1")),
        (["allow", 'deny when.signals = { tdm = "deny" }'], profile("MIT"), ("allow", "r1")),
        (["allow", 'deny when.signals = { tdm = "deny" }'], profile("MIT", tdm="unknown"), ("unknown", "r2")),
        (["allow", 'deny when.signals = { tdm = "unknown" }'], profile("MIT", tdm="unknown"), ("deny", "r2")),
        (["allow", 'deny when.signals = { tdm = "absent" }'], profile("MIT"), ("deny", "r2")),
        (["allow when.signals = { tdm = \"allow\" }"], profile("MIT", tdm="unknown"), ("unknown", "r1")),
        (["allow", 'deny when.any_signal = { "robots:*" = "deny" }'],
         Profile("MIT", (), (Signal("robots:CCBot", "deny", "site"),)), ("deny", "r2")),
        (["allow", 'deny when.any_signal = { tdm = "deny", noai = "deny" }'],
         profile("MIT", tdm="unknown", noai="deny"), ("deny", "r2")),
        (["allow", 'deny when.signals = { tdm = "deny", noai = "deny" }'],
         profile("MIT", tdm="unknown", noai="allow"), ("allow", "r1")),
        (["allow when.permits = [\"commercial\"]", 'deny when.bans = ["derivatives"]'], profile("CC-BY-ND-4.0"),
         ("deny", "r2")),
        (["allow when.permits = [\"commercial\"]"], profile("CC-BY-NC-4.0"), ("deny", "not-listed")),
        (["allow when.permits = [\"commercial\"]"], profile("LicenseRef-terms"), ("unknown", "r1")),
        (["allow when.permits = [\"commercial\"]", 'allow when.license = ["LicenseRef-terms"]'],
         profile("LicenseRef-terms"), ("allow", "r2")),
        (["allow", 'deny when.bans = ["commercial"]'], profile("LicenseRef-terms"), ("unknown", "r2")),
        (["allow", 'deny when.bans = ["commercial"]'], profile(), ("unknown", "unknown-licence")),
        (["allow", "unknown when.disagree = true"], Profile("MIT", ("ISC", "MIT")), ("unknown", "r2")),
        (["allow", "deny when.licensed = false"], profile(), ("deny", "r2")),
        (["allow when.duties = [\"share-alike\"]"], profile("CC-BY-SA-4.0"), ("allow", "r1")),
    ],
)  # fmt: skip
def test_rules_decide(rules: list[str], given: Profile, expected: tuple[str, str]) -> None:
    """Deny overrides, and what nobody can tell is unknown, never allowed."""
    decided = policy_of(*rules).decide(given)
    assert (decided.verdict, decided.rule) == expected


@pytest.mark.parametrize(
    ("condition", "facts", "verdict"),
    [
        ('when.hosts = ["b.example"]', Facts(host="b.example"), "deny"),
        ('when.hosts = ["b.example"]', Facts(host="www.b.example"), "deny"),
        ('when.hosts = ["b.example"]', Facts(host="ab.example"), "allow"),
        ('when.hosts = ["*.gov"]', Facts(host="x.gov"), "deny"),
        ('when.hosts = ["b.example"]', Facts(), "allow"),
        ('when.languages = ["de"]', Facts(language="de"), "deny"),
        ('when.languages = ["de"]', Facts(language="en"), "allow"),
        ('when.languages = ["de"]', Facts(), "unknown"),
        ("when.after = 2024-05-01", Facts(date="2024-05-01"), "deny"),
        ("when.after = 2024-05-01", Facts(date="2024-04-30"), "allow"),
        ("when.before = 2024-05-01", Facts(date="2024-05-01"), "allow"),
        ("when.before = 2024-05-01", Facts(), "unknown"),
    ],
)
def test_facts_decide(condition: str, facts: Facts, verdict: str) -> None:
    """Hosts include subdomains, dates include their first day, and what is not known is not allowed."""
    assert policy_of("allow", f"deny {condition}").decide(profile("MIT"), facts).verdict == verdict


def test_says_what_it_asks_for() -> None:
    """A policy names the facts its rules use, so that nothing else need be grouped by."""
    policy = policy_of("allow", 'deny when.hosts = ["a.example"]', 'deny when.signals = { tdm = "deny" }')
    assert policy.uses == {"host"}
    assert policy.uses_signals
    assert not LISTED.uses_signals


@settings(deadline=None)
@given(st.lists(st.tuples(LICENCES, SIGNALS, st.sampled_from(["a.example", "b.example", None])), max_size=30))
def test_decide_all_agrees_with_decide(rows: list[tuple[str | None, tuple[Signal, ...], str | None]]) -> None:
    """The array form gives the same verdicts in order."""
    profiles = [Profile(license, (), tuple(sorted(signals))) for license, signals, _ in rows]
    columns = {
        "profile": pa.array([one.id for one in profiles], pa.string()),
        "host": pa.array([host for *_, host in rows], pa.string()),
    }
    decisions = HOSTS.decide_all(columns, {one.id: one for one in profiles})
    single = [HOSTS.decide(one, Facts(host=row[2])) for one, row in zip(profiles, rows, strict=True)]
    assert [decisions.verdicts[code] for code in decisions.codes] == single
    assert decisions.column(lambda one: one.rule).to_pylist() == [one.rule for one in single]
    assert decisions.mask(lambda one: one.consent).to_pylist() == [one.consent for one in single]


@settings(deadline=None)
@given(LICENCES, SIGNALS)
def test_a_reservation_never_makes_it_freer(license: str | None, signals: tuple[Signal, ...]) -> None:
    """Taking signals away from a profile never turns allow into something else where signals only deny."""
    if HOSTS.decide(Profile(license, (), signals)).verdict is Answer.ALLOW:
        assert HOSTS.decide(Profile(license)).verdict is Answer.ALLOW


def test_digest_is_of_the_content() -> None:
    """Equal policies have equal digests; any change of a rule changes it, and a trip to a worker does not."""
    texts = ['allow = ["MIT"]', '# same\nallow = ["mit"]', 'allow = ["ISC"]']
    same, again, other = (policy_of(head=text) for text in texts)
    same.decide(profile("MIT"))
    assert same.digest == again.digest != other.digest
    assert pickle.loads(pickle.dumps(same)).digest == same.digest
    assert len(same.digest) == 64
