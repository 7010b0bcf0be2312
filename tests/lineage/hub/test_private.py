"""What a hub makes is for its owner alone, also where threads work side by side."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

from lineage.hub.private import private_files


def test_threads_are_private_side_by_side(tmp_path: Path) -> None:
    """Both are in the block at once, the first to leave opens nothing to others, and the last gives the umask back."""
    met, left = threading.Barrier(2), threading.Event()

    def first() -> None:
        with private_files():
            met.wait(30)
        left.set()

    before = os.umask(0o022)
    try:
        thread = threading.Thread(target=first)
        thread.start()
        with private_files():
            met.wait(30)
            assert left.wait(30)
            (tmp_path / "made").write_text("x", encoding="utf-8")
        thread.join()
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o600
