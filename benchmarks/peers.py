"""Install the peers we measure ourselves against, each in its own environment: ``python benchmarks/peers.py setup``.

Versions are pinned by the files in ``requirements/`` (complete, so pip resolves nothing). text-dedup 0.4.0, the newest
release on PyPI, has the MinHash command; of what it declares, only what that command imports is installed (it also asks
for Spark and TensorFlow).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import venv
from pathlib import Path

from measure import WORK, say

PEERS = ("datatrove", "text-dedup", "datasketch", "trafilatura", "datasette")
"""Names of the peers: of their environments and of their requirement files."""


def python(peer: str) -> Path:
    """Return the interpreter of *peer*'s environment."""
    return WORK / "venvs" / peer / "bin" / "python"


def pins(peer: str) -> dict[str, str]:
    """Return the pinned version of each package of *peer*."""
    text = (Path(__file__).parent / "requirements" / f"{peer}.txt").read_text()
    return dict(line.split("==") for line in text.split())


def installed(peer: str) -> bool:
    """Tell whether *peer* has been set up with the pins of today."""
    mark = WORK / "venvs" / peer / "installed.txt"
    return mark.exists() and mark.read_text() == str(sorted(pins(peer).items()))


def setup(peer: str) -> None:
    """Make the environment of *peer* from its pins; nothing is done where it stands already."""
    if installed(peer):
        say(f"{peer}: installed already")
        return
    say(f"{peer}: installing {pins(peer)[peer]}")
    requirements = Path(__file__).parent / "requirements" / f"{peer}.txt"
    venv.create(WORK / "venvs" / peer, clear=True, with_pip=True)
    command = [str(python(peer)), "-m", "pip", "install", "--quiet", "--no-deps", "-r", str(requirements)]
    subprocess.run(command, check=True)
    (WORK / "venvs" / peer / "installed.txt").write_text(str(sorted(pins(peer).items())))


def main() -> int:
    """Set up the peers named on the command line, or say which are there."""
    parser = argparse.ArgumentParser(description="Install the peers that benchmarks compare with.")
    parser.add_argument("action", choices=["setup", "status"])
    parser.add_argument("peers", nargs="*", default=PEERS, help=f"default: {' '.join(PEERS)}")
    options = parser.parse_args()
    for peer in options.peers:
        if options.action == "setup":
            setup(peer)
        else:
            print(f"{peer}=={pins(peer)[peer]}", "installed" if installed(peer) else "not installed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
