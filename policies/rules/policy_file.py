"""Read a policy file (TOML, format 1) and refuse what it cannot mean."""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Final

from policies import toml
from policies.addresses.hosts import canonical_pattern
from policies.addresses.urls import asked_host
from policies.consent.agents import shipped_agents
from policies.errors import InvalidPolicy, MissingPolicy
from policies.rights import licenses
from policies.rights.permissions import BANS, DUTIES, PERMITS
from policies.rules.conditions import ABSENT, SIGNALS, SUFFIXED, Answer, Condition, Rule, names
from policies.rules.engine import Policy
from policies.rules.unreachable import unreachable
from policies.small_files import read_small_text
from policies.spelling import nearest

FORMAT: Final = 1

SHIPPED: Final = Path(__file__).parent / "shipped"
"""Folder of the policies that come with corpushub."""

_REQUIRED: Final = ("name", "version", "purpose")
_STRINGS: Final = (*_REQUIRED, "actor", "jurisdiction")
_KEYS: Final = (*_STRINGS, "format", "unknown", "otherwise", "conflicts", "agents", "rule", "allow", "deny")
_RULE_KEYS: Final = ("id", "verdict", "reason", "when", "obligations")
_LISTS: Final = {"permits": PERMITS, "bans": BANS, "duties": DUTIES, "hosts": None, "languages": None}
_WHEN_KEYS: Final = (*("license", *_LISTS, "licensed", "disagree", "signals", "any_signal", "after", "before"),)
_ENTRY_KEYS: Final = ("license", "reason")


def load_policy(path: str | Path) -> Policy:
    """Read the policy file at *path*; the keys are those of docs/policy.md.

    Raises:
        MissingPolicy: the file cannot be opened.
        InvalidPolicy: it is not TOML, has an unknown key, lacks one, or a rule that cannot be meant.
    """
    return parse_policy(read_text(path), f"the policy file {path}")


def read_text(path: str | Path) -> str:
    """Return the text of the file at *path*.

    Raises:
        MissingPolicy: the file cannot be opened.
        InvalidPolicy: it is not UTF-8.
    """
    try:
        return read_small_text(path)
    except OSError as error:
        raise MissingPolicy(f"cannot open the policy file {path}: {error.strerror}; nothing was decided") from error
    except UnicodeDecodeError as error:
        raise InvalidPolicy(f"the policy file {path} is not UTF-8 text; nothing was decided") from error


def shipped(name: str) -> Path:
    """Return the file of the shipped policy *name*: "permissive", "research-eu", ..."""
    return SHIPPED / f"{name}.toml"


def find_policy(name: str | Path, root: Path | None = None) -> Path:
    """Return the file that *name* means: one below *root* (or here), else the shipped policy of that name."""
    path = (root or Path()) / name
    return shipped(str(name)) if str(name) in shipped_names() and not path.exists() else path


def shipped_names() -> list[str]:
    """Return the names of the policies that ship, sorted."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml") if not path.stem.endswith(".tests"))


def check_agents(rules: Iterable[Rule], asked: Iterable[str]) -> None:
    """See that *rules* speak of user agents that sites are *asked* about; names in rules may be patterns.

    Raises:
        InvalidPolicy: a rule speaks of another, so that it could never fire, whatever sites say.
    """
    tokens = sorted(asked)
    for rule in rules:
        for name, _ in (*rule.when.signals, *rule.when.any_signal):
            agent = name.removeprefix("robots:")
            if agent != name and not fnmatch.filter(tokens, agent):
                what = f"rule {rule.id!r} can never fire: no site is asked about the agent {agent!r}"
                raise InvalidPolicy(what + nearest(agent, tokens))


def parse_policy(text: str, what: str = "the policy") -> Policy:
    """Read the policy whose TOML is *text*; errors call it *what*.

    Raises:
        InvalidPolicy: as load_policy.
    """
    try:
        content = toml.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidPolicy(f"{what} is not valid TOML: {error}; nothing was decided") from error
    try:
        return _policy(content)
    except InvalidPolicy as error:
        raise InvalidPolicy(f"{error} in {what}; nothing was decided") from None


def _policy(content: dict[str, Any]) -> Policy:
    refuse_unknown(content, _KEYS)
    _check_format(content)
    if missing := [key for key in _REQUIRED if key not in content]:
        raise InvalidPolicy(f"the key {missing[0]!r} is missing")
    rules = [_rule(table, number) for number, table in enumerate(_entries(content, "rule"), start=1)]
    listed = [
        _listed(entry, answer) for answer in (Answer.DENY, Answer.ALLOW) for entry in _entries(content, answer.value)
    ]
    if not rules and not listed:
        raise InvalidPolicy("there is no [[rule]] and no 'allow' list, so that nothing would ever be allowed")
    _refuse_repeated([rule.id for rule in rules])
    _refuse_unreachable(rules)
    check_agents(rules, {*shipped_agents().tokens, *_strings(content, "agents")})
    return Policy(
        **{key: string(content, key) for key in _STRINGS if key in content},
        rules=(*rules, *listed),
        unknown=Answer(_one_of(content, "unknown", ("deny", "allow"))),
        otherwise=Answer(_one_of(content, "otherwise", ("deny", "unknown"))),
        refuse_conflicts=_one_of(content, "conflicts", ("report", "refuse")) == "refuse",
    )


def _check_format(content: dict[str, Any]) -> None:
    if content.get("format", FORMAT) != FORMAT:
        raise InvalidPolicy(f"the key 'format' is {content['format']!r}; this release reads format {FORMAT}")


def _rule(table: Any, number: int) -> Rule:
    if not isinstance(table, dict):
        raise InvalidPolicy(f"rule {number} is no table; write [[rule]]")
    try:
        refuse_unknown(table, _RULE_KEYS)
        if missing := [key for key in ("id", "verdict", "reason") if key not in table]:
            raise InvalidPolicy(f"the key {missing[0]!r} is missing")
        verdict = Answer(_one_of(table, "verdict", tuple(Answer)))
        condition = _condition(table.get("when", {}), allowing=verdict is Answer.ALLOW)
        return Rule(string(table, "id"), verdict, string(table, "reason"), condition, _strings(table, "obligations"))
    except InvalidPolicy as error:
        raise InvalidPolicy(f"{error} in rule {table.get('id', number)!r}") from None


def _condition(table: Any, *, allowing: bool) -> Condition:
    if not isinstance(table, dict):
        raise InvalidPolicy("'when' is no table")
    refuse_unknown(table, _WHEN_KEYS)
    lists: dict[str, Any] = {key: _words(table, key, known) for key, known in _LISTS.items()}
    days: dict[str, Any] = {key: _day(table, key) for key in ("after", "before")}
    if days["after"] and days["before"] and days["after"] >= days["before"]:
        raise InvalidPolicy(f"no day is after {days['after']} and before {days['before']}, so that it can never fire")
    return Condition(
        license=tuple(licence(one, "license", allowing=allowing) for one in _strings(table, "license")),
        licensed=_flag(table, "licensed"),
        disagree=_flag(table, "disagree"),
        signals=_signals(table, "signals"),
        any_signal=_signals(table, "any_signal"),
        **lists,
        **days,
    )


def _words(table: dict[str, Any], key: str, known: tuple[str, ...] | None) -> tuple[str, ...]:
    words = _strings(table, key)
    for word in words if known else ():
        if word not in (known or ()):
            raise InvalidPolicy(f"{word!r} in {key!r} is none of {', '.join(known or ())}{nearest(word, known or ())}")
    if key == "hosts":
        return tuple(map(_host, words))
    return tuple(word.lower() for word in words) if key == "languages" else words


def _host(word: str) -> str:
    """Return the host or pattern *word* in normal form."""
    host = canonical_pattern(word) if "*" in word else asked_host(word)
    if host is None:
        raise InvalidPolicy(f"{word!r} in 'hosts' is no host; write one as \"example.org\"")
    return host


def _signals(table: dict[str, Any], key: str) -> tuple[tuple[str, str], ...]:
    found = table.get(key, {})
    if not isinstance(found, dict) or (key in table and not found):
        raise InvalidPolicy(f'the key {key!r} must be a table such as {{ tdm = "deny" }}')
    for name in found:
        base = name.partition(":")[0].rstrip("*")
        if base and (base not in SIGNALS or (":" in name and base not in SUFFIXED)):
            raise InvalidPolicy(f"the signal {name!r} in {key!r} is unknown{nearest(base, SIGNALS)}")
        _one_of(found, name, (*Answer, ABSENT))
    return tuple(sorted(found.items()))


def _day(table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    if value is not None and type(value) is not date:
        raise InvalidPolicy(f"the key {key!r} must be a day such as 2025-08-02, without quotes")
    return value.isoformat() if value else ""


def _flag(table: dict[str, Any], key: str) -> bool | None:
    value = table.get(key)
    if value is not None and not isinstance(value, bool):
        raise InvalidPolicy(f"the key {key!r} must be true or false")
    return value


def _entries(content: dict[str, Any], key: str) -> list[Any]:
    entries = content.get(key, [])
    if not isinstance(entries, list):
        raise InvalidPolicy(f"the key {key!r} must be a list")
    return entries


def _listed(entry: Any, answer: Answer) -> Rule:
    """Read an entry of the allow or deny list: a licence, or a table {license, reason}."""
    table = {"license": entry} if isinstance(entry, str) else entry
    if not isinstance(table, dict) or "license" not in table:
        raise InvalidPolicy(f"an entry of {answer.value!r} is neither a licence nor a table with the key 'license'")
    refuse_unknown(table, _ENTRY_KEYS)
    name = licence(string(table, "license"), answer.value, allowing=False)
    reason = string(table, "reason") if "reason" in table else f"{name} is {_PAST[answer]}."
    return Rule(f"{answer.value} {name}", answer, reason, Condition(license=(name,)))


_PAST: Final = {Answer.ALLOW: "allowed", Answer.DENY: "denied"}


def licence(name: str, key: str, *, allowing: bool) -> str:
    """Return the licence id or pattern *name* in SPDX spelling.

    Raises:
        InvalidPolicy: it names no licence, or none that an allow rule, as *allowing* tells, could mean.
    """
    if "*" in name:
        known = licenses.known_ids()
        if not name.startswith("LicenseRef-") and not any(names(name, one, allowing=allowing) for one in known):
            raise InvalidPolicy(f"{name!r} in {key!r} matches no SPDX licence id")
        return name
    tree = licenses.parse(name)
    if tree is None:
        raise InvalidPolicy(f"{name!r} in {key!r} is no SPDX licence id{nearest(name, sorted(licenses.known_ids()))}")
    if tree.args:
        raise InvalidPolicy(f"{name!r} in {key!r} is an expression; list its licences one by one")
    return str(tree.render())


def _refuse_repeated(ids: list[str]) -> None:
    for one in ids:
        if ids.count(one) > 1:
            raise InvalidPolicy(f"two rules have the id {one!r}; the ledger could not tell them apart")


def _refuse_unreachable(rules: list[Rule]) -> None:
    for rule, why in unreachable(rules):
        raise InvalidPolicy(f"rule {rule.id!r} can never fire: {why}")


def _one_of(table: dict[str, Any], key: str, known: tuple[str, ...]) -> str:
    value = table.get(key, known[0])
    if value not in known:
        listed = ", ".join(f'"{word}"' for word in known[:-1])
        raise InvalidPolicy(f'the key {key!r} must be {listed} or "{known[-1]}", not {value!r}')
    return str(value)


def string(table: dict[str, Any], key: str) -> str:
    """Return the string at *key*; InvalidPolicy if it is none or empty."""
    value = table[key]
    if not isinstance(value, str) or not value:
        raise InvalidPolicy(f"the key {key!r} must be a string that is not empty")
    return value


def _strings(table: dict[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        raise InvalidPolicy(f"the key {key!r} must be a list of strings that is not empty")
    return tuple(value)


def refuse_unknown(table: dict[str, Any], known: Iterable[str]) -> None:
    """Raise InvalidPolicy where *table* has a key that is not *known*, naming the nearest."""
    for key in table:
        if key not in known:
            raise InvalidPolicy(f"the key {key!r} is unknown{nearest(key, known)}")
