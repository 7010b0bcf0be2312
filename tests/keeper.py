"""Run a server that ends with whoever started it: ``python keeper.py SIGNAL FOLDER USER COMMAND...``.

Standard input is a pipe of the starter's. It closes when the starter ends, however that ends: then the server is sent
SIGNAL, and FOLDER is removed once it has ended. USER may be empty; nothing but Python's own library is needed.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys


def main(name: str, folder: str, user: str, *command: str) -> None:
    """Keep the server until standard input ends."""
    end, group = signal.Signals[name], "nogroup" if user else None
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, user=user or None, group=group)
    try:
        sys.stdin.buffer.read()
    finally:
        server.send_signal(end)
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
