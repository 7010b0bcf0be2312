from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lineage.control.erasures import Subject
from lineage.control.runs import list_runs
from lineage.control.versions import Version, newest_number
from lineage.erasure.erase import ErasureOrder, erase
from lineage.erasure.notes import read_notes
from lineage.errors import SigningError
from lineage.hub import Hub
from lineage.proof.guard import require_sound
from lineage.proof.verify import verify_hub
from lineage.rewrite.files import Rewriters
from lineage.withdrawal.withdraw import WithdrawalOrder, withdraw


def test_what_cannot_be_logged_is_not_begun(
    hub: Hub,
    make_version: Callable[..., Version],
    make_id: Callable[[int], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without its key a hub neither erases nor withdraws, and begins nothing; what it holds is verified still."""
    make_version("r1", [1, 2])
    monkeypatch.setenv("CORPUSHUB_SIGNING_KEY", str(tmp_path / "none.pem"))
    with pytest.raises(SigningError, match=r"none\.pem"):
        erase(hub, ErasureOrder((Subject("doc", make_id(1)),), "a test"), Rewriters())
    with pytest.raises(SigningError, match=r"none\.pem"):
        withdraw(hub, WithdrawalOrder("fruit", ("host:x",), list, (("host", "x"),), "a test"), Rewriters())

    assert (read_notes(hub.home), len(list_runs(hub.db)), newest_number(hub.db, "fruit")) == ([], 1, 1)
    require_sound(hub)
    assert verify_hub(hub).ok


def test_one_dataset_does_not_stop_another(hub: Hub, make_version: Callable[..., Version]) -> None:
    """A run looks at its own dataset and at what holds for all; what is wrong elsewhere is for verify to tell."""
    make_version("r1", [1])
    with hub.db.begin() as connection:
        connection.exec_driver_sql("UPDATE versions SET documents = 9")
    require_sound(hub, "bread")

    assert not verify_hub(hub).ok
