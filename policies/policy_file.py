"""Read a policy file (TOML, format 0) and refuse what it cannot mean."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from policies import licenses
from policies.allow_list import Answer, Policy, Rule
from policies.errors import InvalidPolicy, MissingPolicy

_REQUIRED: Final = ("name", "version", "purpose", "allow")
_KEYS: Final = (*_REQUIRED, "deny", "unknown")
_RULE_KEYS: Final = ("license", "reason")


def load_policy(path: str | Path) -> Policy:
    """Read the policy file at *path*.

    Keys: name, version, purpose (strings); allow and deny (lists of SPDX ids, patterns with *, or tables
    {license, reason}); unknown ("deny", the default, or "allow").

    Raises:
        MissingPolicy: the file cannot be opened.
        InvalidPolicy: it is not TOML, has an unknown key, lacks one, or a rule names no licence there is.
    """
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise MissingPolicy(f"cannot open the policy file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidPolicy(f"the policy file {path} is not valid TOML: {error}") from error
    try:
        return _policy(content)
    except InvalidPolicy as error:
        raise InvalidPolicy(f"{error} in the policy file {path}; nothing was decided") from None


def _policy(content: dict[str, Any]) -> Policy:
    _refuse_unknown(content, _KEYS)
    if missing := [key for key in _REQUIRED if key not in content]:
        raise InvalidPolicy(f"the key {missing[0]!r} is missing")
    return Policy(
        name=_string(content, "name"),
        version=_string(content, "version"),
        purpose=_string(content, "purpose"),
        allow=_rules(content, "allow"),
        deny=_rules(content, "deny"),
        unknown=_unknown(content),
    )


def _rules(content: dict[str, Any], key: str) -> tuple[Rule, ...]:
    entries = content.get(key, [])
    if not isinstance(entries, list):
        raise InvalidPolicy(f"the key {key!r} must be a list")
    return tuple(_rule(entry, key) for entry in entries)


def _rule(entry: Any, key: str) -> Rule:
    table = {"license": entry} if isinstance(entry, str) else entry
    if not isinstance(table, dict) or "license" not in table:
        raise InvalidPolicy(f"an entry of {key!r} is neither a licence nor a table with the key 'license'")
    _refuse_unknown(table, _RULE_KEYS)
    rule = Rule(_string(table, "license"), _string(table, "reason") if "reason" in table else "")
    return _checked(rule, key)


def _checked(rule: Rule, key: str) -> Rule:
    """Return *rule* in SPDX spelling; refuse one that names no licence."""
    if "*" in rule.license:
        if not rule.license.startswith("LicenseRef-") and not any(map(rule.matches, licenses.known_ids())):
            raise InvalidPolicy(f"{rule.license!r} in {key!r} matches no SPDX licence id")
        return rule
    tree = licenses.parse(rule.license)
    if tree is None:
        raise InvalidPolicy(f"{rule.license!r} in {key!r} is no SPDX licence id{_nearest(rule.license, _ids())}")
    if tree.args:
        raise InvalidPolicy(f"{rule.license!r} in {key!r} is an expression; list its licences one by one")
    return Rule(tree.render(), rule.reason)


def _unknown(content: dict[str, Any]) -> Answer:
    value = content.get("unknown", "deny")
    if value not in ("deny", "allow"):
        raise InvalidPolicy(f'the key \'unknown\' must be "deny" or "allow", not {value!r}')
    return Answer(value)


def _string(table: dict[str, Any], key: str) -> str:
    value = table[key]
    if not isinstance(value, str) or not value:
        raise InvalidPolicy(f"the key {key!r} must be a string that is not empty")
    return value


def _refuse_unknown(table: dict[str, Any], known: Iterable[str]) -> None:
    for key in table:
        if key not in known:
            raise InvalidPolicy(f"the key {key!r} is unknown{_nearest(key, known)}")


def _nearest(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _ids() -> list[str]:
    return sorted(licenses.known_ids())
