"""The AI user agents whose robots.txt groups are asked: a shipped list with its date, or one of the operator's."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from policies import toml
from policies.errors import InvalidPolicy, MissingPolicy
from policies.small_files import read_small_text

_SHIPPED: Final = Path(__file__).with_name("agents.toml")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_. -]*")


@dataclass(frozen=True, slots=True)
class Agents:
    """Product tokens, in the spelling that evidence shows, and the day on which the list was right.

    Attributes:
        date: ISO 8601.
        tokens: sorted without regard to case, each once.
    """

    date: str
    tokens: tuple[str, ...]

    def known(self, token: str) -> bool:
        """Tell whether *token* is in the list, whatever its case."""
        return token.lower() in _lowered(self.tokens)


@lru_cache(maxsize=8)
def _lowered(tokens: tuple[str, ...]) -> frozenset[str]:
    return frozenset(token.lower() for token in tokens)


@cache
def shipped_agents() -> Agents:
    """Return the list that ships with the package."""
    return load_agents(_SHIPPED)


def load_agents(path: str | Path) -> Agents:
    """Read a list of agents: TOML with the keys `date` (a date) and `agents` (a list of product tokens).

    Raises:
        MissingPolicy: the file cannot be opened.
        InvalidPolicy: it is not TOML, lacks a key or has another, or a token is malformed.
    """
    try:
        content = toml.loads(read_small_text(path))
    except OSError as error:
        raise MissingPolicy(f"cannot open the list of agents {path}: {error.strerror}; nothing was decided") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidPolicy(f"the list of agents {path} is not valid TOML: {error}; nothing was decided") from error
    return _checked(content, path)


def _checked(content: dict[str, Any], path: str | Path) -> Agents:
    day, tokens = content.get("date"), content.get("agents")
    if content.keys() != {"date", "agents"} or not isinstance(day, date) or not isinstance(tokens, list) or not tokens:
        raise InvalidPolicy(
            f"the list of agents {path} must have the keys 'date' (a date) and 'agents' (a list of product tokens), "
            "and no others; nothing was decided"
        )
    for token in tokens:
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise InvalidPolicy(f"{token!r} in the list of agents {path} is no product token; nothing was decided")
    unique = {token.lower(): token for token in tokens}
    return Agents(day.isoformat(), tuple(unique[key] for key in sorted(unique)))
