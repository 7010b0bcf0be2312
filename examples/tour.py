"""A guided tour: make the corpus, run the recipe, ask the questions that corpushub exists for, and erase a site."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent / "quickstart"
COMMAND = Path(sys.executable).with_name("corpushub")


def main() -> None:
    """Walk through the tour; each command is printed as a reader would type it."""
    say("A small web crawl and some documents, generated on this machine")
    shutil.rmtree(HERE, ignore_errors=True)
    subprocess.run([COMMAND, "example", HERE], check=True, stdout=subprocess.DEVNULL)

    say("1. One command makes a versioned dataset of it")
    corpushub("run", "recipe.toml", "--yes")
    corpushub("show", "quickstart")

    say("2. Where does this document come from, and what was done to it?")
    corpushub("trace", f"quickstart@v1#{pick('kept and changed')}")

    say("3. And this page of the crawl: why is it not in the dataset?")
    dropped = pick("near duplicate")
    corpushub("find", "--id", dropped)
    corpushub("trace", f"quickstart@v1#{dropped}")

    say("4. May the dataset be used? Ask a policy: exit code 1 says no, and the findings say why")
    corpushub("audit", "quickstart", "--policy", "policy.toml", "--examples", "2", expect=1)

    say("5. A site wants to be forgotten: it leaves every version, and the hub shows that nothing is left")
    corpushub("erase", "--subject", "host:ferry-times.example", "--reason", "request 1", "--yes")
    corpushub("find", "--url", "https://ferry-times.example/article/0002.html", expect=1)
    corpushub("verify", "quickstart")

    say("Run it again: same recipe, inputs and code, so nothing is made")
    corpushub("run", "recipe.toml", "--yes")

    say("Look at it in a browser: this serves it at http://127.0.0.1:8420/ until Ctrl-C")
    print(f"\n$ {shlex.join([os.path.relpath(COMMAND), 'serve', '--hub', os.path.relpath(HERE / '.corpushub')])}")


def say(words: str) -> None:
    """Print a heading."""
    print(f"\n\x1b[1m{words}\x1b[0m" if sys.stdout.isatty() else f"\n## {words}", flush=True)


def corpushub(*arguments: str, expect: int = 0) -> None:
    """Run a command of corpushub in this folder, showing it and its answer.

    Raises:
        SystemExit: it ended with another exit code than *expect*.
    """
    print(f"\n$ corpushub {shlex.join(arguments)}", flush=True)
    code = subprocess.run([COMMAND, *arguments], cwd=HERE).returncode
    if code != expect:
        raise SystemExit(f"corpushub {arguments[0]} ended with exit code {code}, not {expect}")


def pick(what: str) -> str:
    """Return the doc_id of the first document that the ledger tells *what* of."""
    planted = json.loads((HERE / "corpus" / "contents.json").read_text(encoding="utf-8"))
    kinds = {"kept and changed": "personal_data", "near duplicate": "near_duplicate"}
    wanted = {"kept and changed": "kept", "near duplicate": "dropped"}
    for uri in planted["kinds"][kinds[what]]:
        found = subprocess.run([COMMAND, "find", "--url", uri, "--json"], cwd=HERE, capture_output=True, check=False)
        for match in json.loads(found.stdout)["matches"]:
            if match["outcome"] == wanted[what]:
                return str(match["doc_id"])
    raise SystemExit(f"the example holds no document that is {what}")


if __name__ == "__main__":
    main()
