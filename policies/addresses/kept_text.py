"""Recipes and policies as they are kept: without logins, secrets and personal data in paths, strings and comments."""

from __future__ import annotations

import re
from typing import Final

from policies.addresses.redaction import redact_uri

_SECRETS: Final = "token|secret|passw(?:or)?d|passphrase|pwd|api-?_?key|credential|private-?_?key|authorization"
_RULES: Final = (
    # user information, also where a comment or string is no address as a whole
    (re.compile(r"([/\\]{2})[^/\\?#\s\"'@]+(?::[^/\\?#\s\"'@]*)?@"), r"\1"),
    # a string behind a key that speaks of a secret
    (
        re.compile(rf"(?i)((?:{_SECRETS})[\w-]*[\"']?\s*[=:]\s*)(\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*')"),
        r'\1"<SECRET>"',
    ),
    # the name of a user in a path
    (re.compile(r"(?i)(/home/|/users/|\\users\\|\\\\users\\\\|(?<![\w/])~)(?![<.])[^/\\\s\"',;:<>\]\[]+"), r"\1<USER>"),
    # a number in international form
    (re.compile(r"(?<![\w+])\+[1-9](?:[ ()./-]{0,2}\d){6,14}(?!\w)"), "<PHONE>"),
)
_PART: Final = r"(?:[^\s\"'<>\[\]{},]|<(?:SECRET|EMAIL|USER|PHONE)>)*"
_WORD: Final = re.compile(f"{_PART}[@=%]{_PART}")
"""What may be an address, or hold one: redact_uri takes e-mail addresses, and secrets in queries, out of it."""


def kept_text(text: str) -> str:
    """Return *text*, TOML, as it may be kept for good; it means the same but for what was taken out of its strings.

    User information in addresses goes; strings behind keys that speak of secrets, and secrets in queries, become
    <SECRET>, e-mail addresses <EMAIL>, names of users in paths <USER>, phone numbers in international form <PHONE>.
    Applying it twice changes nothing.
    """
    for pattern, put in _RULES:
        text = pattern.sub(put, text)
    return _WORD.sub(lambda found: redact_uri(found[0]), text)
