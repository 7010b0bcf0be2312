"""What a hub proves of itself, as methods of a hub: verification, statements, checkpoints of its log, its key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from corpushub.face.arguments import Place, path_of
from corpushub.requests.reread import reread
from lineage.hub import Hub
from lineage.references import parse_version

if TYPE_CHECKING:
    from lineage.proof.bundle import Attested
    from lineage.proof.checks import HubVerification, Verification, VersionVerification
    from lineage.proof.explicit import Signing
    from lineage.proof.growth import CheckpointAnswer
    from lineage.proof.public_key import KeyDescription


class Proofs(Hub):
    """What can be checked of a hub, and what it signs."""

    def verify(self, ref: str, *, key: Place | None = None, checkpoint: Place | None = None) -> Verification:
        """Hash every file of a version again; check manifest, statement, audit log, and all records of the hub.

        Nothing is written or signed.

        Args:
            ref: the version.
            key: the public key that must have signed; by default any that the hub knows.
            checkpoint: an earlier checkpoint of the audit log, from which it must go on.
        """
        from lineage.proof.checks import Trust
        from lineage.proof.verify import verify_version

        trust = Trust(*(path_of(one) for one in (key, checkpoint)))
        return reread(self, lambda: verify_version(self, parse_version(ref), trust))

    def verify_all(
        self,
        *,
        key: Place | None = None,
        checkpoint: Place | None = None,
        progress: Callable[[VersionVerification], None] | None = None,
    ) -> HubVerification:
        """Do as ``verify`` does for every version of the hub; *progress* is told of each."""
        from lineage.proof.checks import Trust
        from lineage.proof.verify import verify_hub

        trust = Trust(*(path_of(one) for one in (key, checkpoint)))
        return reread(self, lambda: verify_hub(self, trust, progress))

    def attest(self, ref: str, out: Place, *, files: Place | None = None, since: Place | None = None) -> Attested:
        """Write what proves a version as one file; with *files* copy its data files there too."""
        from lineage.proof.bundle import write_bundle

        folder, checkpoint = (path_of(one) for one in (files, since))
        return reread(self, lambda: write_bundle(self, parse_version(ref), Path(out), folder, checkpoint))

    def sign(self, ref: str, approve: Callable[[Signing], bool]) -> Signing:
        """Sign a version or record that no leaf of the log speaks of, or "hub" for all of them, if *approve* says so.

        Args:
            ref: NAME@vN, receipt:ID, run:ID or another record, or "hub".
            approve: is shown what would be signed.

        Raises:
            ProofError: the log speaks of it already, or is not what was signed; nothing was signed.
        """
        from lineage.proof.explicit import preview_signing, sign

        self.require()
        shown = preview_signing(self, ref)
        return sign(self, shown) if approve(shown) else shown

    def checkpoint(self, since: Place | int | None = None, *, out: Place | None = None) -> CheckpointAnswer:
        """Return the newest checkpoint of the audit log; write it to *out* too.

        Args:
            since: an earlier checkpoint, or its size: the answer then proves that the log goes on from it, in the form
                in which a witness (C2SP tlog-witness) is asked.
            out: the file.
        """
        from lineage.proof.growth import show_checkpoint

        return show_checkpoint(self, since if since is None or isinstance(since, int) else Path(since), path_of(out))

    def keep_cosignatures(self, answer: Place) -> CheckpointAnswer:
        """Keep the signature lines in the file *answer*, which a witness gave, with the newest checkpoint."""
        from lineage.proof.growth import keep_cosignatures

        return keep_cosignatures(self, Path(answer))

    def key(self, out: Place | None = None) -> KeyDescription:
        """Return the public key that verifies this hub's statements; write it to *out* too."""
        from lineage.proof.public_key import describe_key

        return describe_key(self.home, path_of(out))
