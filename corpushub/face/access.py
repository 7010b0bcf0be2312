"""Who may see a hub, who has seen it, and who was given it, as methods of a hub."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from corpushub.face.arguments import at_least, dataset_of
from lineage.hub import Hub

if TYPE_CHECKING:
    from corpushub.requests.people.handing import Exports
    from corpushub.requests.people.looks import Accesses
    from corpushub.requests.people.tokens import AccessTokens, NewToken
    from corpushub.requests.people.visibility import Visibilities
    from lineage.control.people.tokens import AccessToken


class Access(Hub):
    """What concerns those who look at a hub that is served."""

    def add_token(self, role: str, datasets: Sequence[str] = (), *, days: float = 30, note: str = "") -> NewToken:
        """Make a token, which is told this once: the hub keeps its SHA-256.

        Args:
            role: reader, auditor, curator or admin.
            datasets: for these alone; () for all.
            days: how long it is good.
            note: what for; e-mail addresses and phone numbers in it are not kept.
        """
        from corpushub.requests.people.tokens import add_token

        self.require()
        return add_token(self, role, [dataset_of(one) for one in datasets], days, note)

    def tokens(self) -> AccessTokens:
        """Return the tokens of the hub, the newest first, without what opens anything."""
        from corpushub.requests.people.tokens import list_tokens

        return list_tokens(self)

    def revoke_token(self, id_: str) -> AccessToken:
        """Let the token that is called *id_* open nothing from now on, nor the sessions that were begun with it."""
        from corpushub.requests.people.tokens import revoke_token

        return revoke_token(self, id_)

    def visibility(self, dataset: str | None = None, level: str | None = None) -> Visibilities:
        """Return what *dataset*, or each, shows to everybody; let it show *level* from now on, if that is given.

        Args:
            dataset: its name.
            level: private, listed (its name), metadata (numbers, licences) or open (documents and texts too).
        """
        from corpushub.requests.people.visibility import visibility

        return visibility(self, None if dataset is None else dataset_of(dataset), level)

    def accesses(
        self,
        dataset: str | None = None,
        *,
        who: str | None = None,
        doc_id: str | None = None,
        since: str | None = None,
        limit: int = 100,
    ) -> Accesses:
        """Return who has seen texts, findings and stories of documents, the newest first.

        Args:
            dataset: in this one.
            who: this token's id, "operator" or "public".
            doc_id: of this document.
            since: from this time on, RFC 3339 in UTC, or its beginning.
            limit: at most so many.
        """
        from corpushub.requests.people.looks import accesses
        from lineage.control.people.accesses import Looked

        at_least(0, limit=limit)
        return accesses(self, Looked(dataset and dataset_of(dataset), who, doc_id, since, limit))

    def exports(self, dataset: str | None = None) -> Exports:
        """Return what left the hub of *dataset*, or of all: what, when, and to whom."""
        from corpushub.requests.people.handing import exports

        return exports(self, None if dataset is None else dataset_of(dataset))
