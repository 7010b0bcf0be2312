"""Put an erasure on record: a leaf in the audit log, and statements about the versions as they now are."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from lineage.control.erasures import get_erasure, revisions_of
from lineage.control.versions import get_version
from lineage.hub import Hub
from lineage.references import VersionRef


def log_erasure(hub: Hub, receipt: str) -> None:
    """Log the committed erasure *receipt*, attest what it revised, and forget the statements about what was there.

    May be repeated after a crash. Raises ProofError if something could not be signed or logged.
    """
    from lineage.audit_log.leaves import Event
    from lineage.proof.attest import attest_erasure  # cryptography is imported only where something is signed

    erasure, revised = get_erasure(hub.db, receipt), revisions_of(hub.db, receipt)
    facts = {"documents": erasure.documents, "versions": len(revised)}
    content = {"receipt": receipt, "requests": list(erasure.requests), "created": erasure.created, **facts}
    whole = {**content, "revisions": [asdict(one) for one in revised]}
    digest = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
    versions = [(get_version(hub.db, VersionRef(one.dataset, one.number)), one.old_root) for one in revised]
    attest_erasure(hub, Event("erasure", f"receipt:{receipt}", digest, facts), versions)
