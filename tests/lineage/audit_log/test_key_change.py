from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lineage.control.versions import Version
from lineage.hub import Hub
from lineage.proof.public_key import describe_key
from lineage.proof.verify import verify_version
from lineage.references import VersionRef


def test_log_goes_on_under_a_new_key(hub: Hub, make_version: Callable[..., Version], tmp_path: Path) -> None:
    """After the key is replaced old and new versions are verified; without the old public key the old ones are not."""
    make_version("r1", [1])
    old = describe_key(hub.home)
    (hub.home.path / "keys" / "signing.pem").unlink()
    make_version("r2", [1, 2])
    new = describe_key(hub.home)
    assert new.id != old.id
    assert new.log == old.log
    assert [verify_version(hub, VersionRef("fruit", number)).ok for number in (1, 2)] == [True, True]
    (hub.home.path / "keys" / f"{old.id[:16]}.pub").unlink()

    assert [verify_version(hub, VersionRef("fruit", number)).ok for number in (1, 2)] == [False, True]
