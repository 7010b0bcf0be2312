"""Take the pictures of docs/pictures/ anew: ``python benchmarks/pictures.py``.

The quickstart is run in a new hub, which is then looked at with a headless Chromium (Debian's, or CORPUSHUB_BROWSER).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from hub_runs import corpushub
from measure import say
from playwright.sync_api import ViewportSize, sync_playwright

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SIZE = ViewportSize(width=1100, height=760)


def places(address: str) -> dict[str, str]:
    """Return what is taken, by name."""
    with urllib.request.urlopen(f"{address}/d/quickstart/v1/docs.json?outcome=changed") as answer:
        changed = json.load(answer)["listing"]["documents"][0]["doc_id"]
    with urllib.request.urlopen(f"{address}/runs.json") as answer:
        run = json.load(answer)["runs"][0]["run"]
    return {
        "datasets": "/",
        "version": "/d/quickstart/v1",
        "documents": "/d/quickstart/v1/docs?outcome=dropped&reason=near_duplicate",
        "document": f"/d/quickstart/v1/doc/{changed}",
        "losses": "/losses/quickstart@v1?by=reason",
        "duplicates": "/dedup/quickstart@v1",
        "lineage": f"/lineage/quickstart@v1?open={run}#drawing",
        "audit": "/audit/quickstart@v1?policy=strict-commercial",
    }


def main() -> int:
    """Run the quickstart, serve it, and take the pictures."""
    browser = os.environ.get("CORPUSHUB_BROWSER") or shutil.which("chromium")
    if browser is None:
        say("skipped: no Chromium here")
        return 0
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([corpushub(), "example", "first"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        command = [corpushub(), "run", "first/recipe.toml", "--yes"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        served = [corpushub(), "serve", "--bind", "127.0.0.1:0"]
        server = subprocess.Popen(served, cwd=folder, stderr=subprocess.PIPE, text=True)
        assert server.stderr is not None
        try:
            address = server.stderr.readline().partition(" is at ")[2].split()[0].rstrip("/")
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
                page = chromium.new_page(viewport=SIZE)
                for name, place in places(address).items():
                    page.goto(address + place)
                    page.screenshot(path=PICTURES / f"{name}.png")
        finally:
            server.terminate()
            server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
