"""Answers about who may see, has seen and was given what, told in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpushub.text.answers import table
from corpushub.text.erasures import export_line

if TYPE_CHECKING:
    from corpushub.requests.people.handing import Exports
    from corpushub.requests.people.looks import Accesses
    from corpushub.requests.people.tokens import AccessTokens, NewToken
    from corpushub.requests.people.visibility import Visibilities
    from lineage.control.people.tokens import AccessToken


def added(made: NewToken) -> str:
    """Tell a token, this once."""
    return f"{made.token}\n\n{one_token(made.known)}\nkeep it: it is shown this once, and the hub knows its hash alone"


def one_token(known: AccessToken) -> str:
    """Say what a token opens."""
    opens = "all datasets" if not known.datasets else ", ".join(known.datasets)
    end = f"revoked {known.revoked[:16]}Z" if known.revoked else f"until {known.expires[:16]}Z"
    return f"{known.id}: {known.role} of {opens}, {end}" + (f"  {known.note}" if known.note else "")


def tokens(found: AccessTokens) -> str:
    """List tokens."""
    rows = [
        [
            one.id,
            one.role,
            "revoked" if one.revoked else "good" if one.is_good(found.at) else "expired",
            f"{one.expires[:16]}Z",
            ", ".join(one.datasets) or "all datasets",
            one.note,
        ]
        for one in found.tokens
    ]
    return table(rows) or "no token was made yet; `corpushub token add --role reader` makes one"


def visibilities(found: Visibilities) -> str:
    """List what datasets show to everybody."""
    rows = [[one.dataset, one.level, f"since {one.since[:16]}Z" if one.since else ""] for one in found.datasets]
    return table(rows) or "this hub holds no dataset yet"


def accesses(found: Accesses) -> str:
    """List who has seen what."""
    rows = [
        [
            f"{one.at[:19]}Z",
            one.who,
            one.what,
            f"{one.version}#{one.doc_id}" if one.doc_id else f"{one.version}, erased",
        ]
        for one in found.accesses
    ]
    more = [] if found.complete else [f"the newest {len(rows)}; --limit shows more"]
    return "\n".join([table(rows), *more]) if rows else "nobody was shown anything of that"


def exports(found: Exports) -> str:
    """List what left the hub."""
    return "\n".join(map(export_line, found.exports)) or "nothing was exported"
