"""Addresses without personal data and secrets: what is stored, shown and searched for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow as pa

REDACTED: Final = re.compile(r"%3C(?:SECRET|EMAIL)%3E")
"""What was put in place of something, in an address in normal form."""

_AT: Final = r"(?:@|%(?:25)*40)"
_WORDS: Final = (  # a query key with one of these anywhere in it carries a secret
    "token|secret|passw(?:or)?d|passphrase|pwd|api-?key|apikey|session|signature|credential|jwt|hmac|otp|accesskey|"
    "privatekey|authorization"
)
_PARTS: Final = "key|auth|sid|sess|sig|pass|pin|ticket|code|csrf|xsrf|assertion|phone|ssn"
_KEY: Final = rf"(?:[\w.\[\]-]*(?:{_WORDS})[\w.\[\]-]*|(?:[\w.\[\]-]*[_.\[\]-])?(?:{_PARTS})\]*)"
_OPAQUE: Final = r"[A-Za-z0-9+/_-]{32,}"

_RULES: Final = (
    ("@", r"([/\\]{2})[^/\\?#\s]+@", r"\1"),
    ("@", r"(?i)^(\s*(?:https?|ftp|wss?) *:[\s/\\]*)[^/\\?#]*@", r"\1"),
    ("=", rf"(?i)([?&#])({_KEY})=[^&#]*", r"\1\2=<SECRET>"),
    (";", rf"(?i)(;)({_KEY})=[^&#;/?]*", r"\1\2=<SECRET>"),
    (
        "%",
        rf"(?i)(%(?:25)*(?:3F|26|23|3B))({_KEY})(%(?:25)*3D)(?:[^&#;%]|%2[^6&#;]|%[^2&#;])*",
        r"\1\2\3<SECRET>",
    ),
    ("=", rf"([?&;#][^=&#;]*=){_OPAQUE}[^&#;]*", r"\1<SECRET>"),
    ("eyJ", r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?", "<SECRET>"),
    (_AT, rf"(?i)[^\s/\\?#&=;:,<>\"'()@]+{_AT}(?:[\w-]+(?:\.|%2e))+\pL[\pL\d-]+", "<EMAIL>"),
)
"""What an address must hold somewhere for a rule to be worth compiling, the rule, and what it puts in place."""

_SUSPECT: Final = r"[@=%]|eyJ"
_HOLDS_SUSPECT: Final = re.compile(_SUSPECT).search
_ROUNDS: Final = 8


def redact_uris(uris: pa.StringArray) -> pa.StringArray:
    """Take personal data and secrets out of *uris* (string n, nulls stay); the rest stays byte for byte.

    The rule, applied until nothing changes, also to addresses inside addresses:

    - user information before the host is removed ("//name:password@host" becomes "//host"), with slashes of either
      kind, and without any where the scheme needs none;
    - the value of a query, fragment or path parameter whose name speaks of a secret or a person becomes <SECRET>:
      any name with token, secret, password, pwd, api key, session, signature, credential, jwt, hmac or otp in it, and
      any whose last part is key, auth, sid, sig, pass, pin, ticket, code, csrf, phone and the like;
    - a parameter value that begins with 32 or more characters of hexadecimal or base64 becomes <SECRET>, and so does
      a JSON web token anywhere (RFC 7519);
    - what looks like an e-mail address, also with a percent-encoded @, becomes <EMAIL>.

    The same address always gives the same result, and redacting twice changes nothing, so that a redacted query
    finds what was stored redacted.
    """
    import pyarrow.compute as pc  # which takes longer than most addresses that are asked for

    suspect = pc.fill_null(pc.match_substring_regex(uris, _SUSPECT), False)
    if not pc.any(suspect).as_py():
        return uris
    return pc.replace_with_mask(uris, suspect, _redact(uris.filter(suspect)))


def redact_uri(uri: str) -> str:
    """Redact one address, by the rule of redact_uris."""
    if not _HOLDS_SUSPECT(uri):
        return uri
    import pyarrow as pa  # see redact_uris

    return str(redact_uris(pa.array([uri], pa.string()))[0])


def _redact(uris: pa.StringArray) -> pa.StringArray:
    import pyarrow.compute as pc  # see redact_uris

    for _ in range(_ROUNDS):
        before = uris
        for need, pattern, replacement in _RULES:
            if pc.any(pc.match_substring_regex(uris, need)).as_py():
                uris = pc.replace_substring_regex(uris, pattern, replacement)
        if uris.equals(before):
            break
    return uris
