"""Read usage preferences: AIPREF's Content-Usage and Cloudflare's Content-Signal.

Sources: draft-ietf-aipref-vocab (sections 4 and 6, editors' copy of August 2026), contentsignals.org (September 2025).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from policies.consent.structured import parse_dictionary

ALLOW: Final = "allow"
DENY: Final = "deny"
UNKNOWN: Final = "unknown"

RESERVED: Final = "reserved"
"""Name of a statement about a use that the specification does not define."""

Statement = tuple[str, str]
"""A signal's name and its meaning."""

_USAGE_LABELS: Final = ("train-ai", "search")
_USAGE_TOKENS: Final = {"y": ALLOW, "n": DENY}
_SIGNALS: Final = {"ai-train": "train-ai", "ai-input": "ai-input", "search": "search"}
_SIGNAL_WORDS: Final = {"yes": ALLOW, "no": DENY}
_SIGNAL: Final = re.compile(r"([A-Za-z-]+)[ \t]*=[ \t]*([A-Za-z]+)")


def content_usage(text: str) -> list[Statement]:
    """Read a Content-Usage value: a dictionary of `train-ai` and `search` with the Tokens `y` and `n`.

    A value that is no dictionary leaves both uses unknown, and so does another value for its own use; other labels are
    one "reserved" statement; parameters take no part. The two labels are those of the editors' copy named above.
    """
    found = parse_dictionary(text)
    if found is None:
        return [(label, UNKNOWN) for label in _USAGE_LABELS]
    stated = [
        (label, _USAGE_TOKENS.get(found[label].token or "", UNKNOWN)) for label in _USAGE_LABELS if label in found
    ]
    return stated + [(RESERVED, UNKNOWN)] * (not found.keys() <= set(_USAGE_LABELS))


def content_signal(text: str) -> list[Statement]:
    """Read a Content-Signal value: `search`, `ai-input` and `ai-train`, each `yes` or `no`, separated by commas.

    What `ai-train` says is named "train-ai". Where an item is malformed, each use that it mentions is unknown, and the
    statement is "reserved" where it mentions none.
    """
    stated: list[Statement] = []
    for item in filter(None, (part.strip(" \t") for part in text.split(","))):
        match = _SIGNAL.fullmatch(item)
        name = _SIGNALS.get(match[1].lower()) if match else None
        if match and name:
            stated.append((name, _SIGNAL_WORDS.get(match[2].lower(), UNKNOWN)))
        else:
            stated += _mentioned(item)
    return list(dict.fromkeys(stated)) or [(RESERVED, UNKNOWN)]


def only_refusals(statements: Iterable[Statement]) -> list[Statement]:
    """Weaken what is said in a place that the specification does not define: a refusal holds, a permission does not."""
    return [(name, DENY if meaning == DENY else UNKNOWN) for name, meaning in statements]


def _mentioned(item: str) -> list[Statement]:
    words = item.lower().replace("_", "-")
    return [(name, UNKNOWN) for word, name in _SIGNALS.items() if word in words] or [(RESERVED, UNKNOWN)]
