from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LIMITED = """
import resource, sys
from lineage.errors import HomeError
from lineage.hub.connection import connect
from lineage.hub.home import Home

home = Home(sys.argv[1]).create()
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    connect(home)
except HomeError as error:
    print(error)
"""


def test_files_that_cannot_grow_are_told_as_that(tmp_path: Path) -> None:
    """It is no matter of which hub was named."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "hub")], capture_output=True, text=True, check=True, timeout=120
    )
    assert "cannot open the control database" in done.stdout
    assert "ulimit -f" in done.stdout
