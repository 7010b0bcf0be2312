from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from lineage import attest
from lineage.control import Version
from lineage.home import Home
from lineage.keys import describe_key
from lineage.references import VersionRef
from lineage.verify import verify_version


def test_log_goes_on_under_a_new_key(
    home: Home, db: Engine, make_version: Callable[..., Version], tmp_path: Path
) -> None:
    """After the key is replaced old and new versions are verified; without the old public key the old ones are not."""
    make_version("r1", [1])
    attest.attest_missing(home, db, "fruit")
    old = describe_key(home)
    (home.path / "keys" / "signing.pem").unlink()
    make_version("r2", [1, 2])
    attest.attest_missing(home, db, "fruit")
    new = describe_key(home)
    assert new["id"] != old["id"]
    assert new["log"] == old["log"]
    assert [verify_version(home, VersionRef("fruit", number))["ok"] for number in (1, 2)] == [True, True]
    (home.path / "keys" / f"{old['id'][:16]}.pub").unlink()

    assert [verify_version(home, VersionRef("fruit", number))["ok"] for number in (1, 2)] == [False, True]
