"""Judge the licence that is read from pages by the labelled set: ``python benchmarks/rights.py``.

For each form of the set (rights_cases.py, rights_prose.py) and for all: of the pages to which a licence was given, the
share with the right one (precision); of the pages that have one, the share that got it (recall). ``--wrong`` names the
pages that differ from their label.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from measure import report, say
from rights_pages import LabelledPage, pages

from policies.markup import page_evidence
from policies.rights.profiles import profile_of

Judged = tuple[LabelledPage, str | None]


def judge() -> list[Judged]:
    """Return every labelled page with the licence that was read from it."""
    return [(page, profile_of(page_evidence(page.html, page.headers, page.uri)).license) for page in pages()]


def score(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return counts, precision and recall; a wrong licence is both a false one and a missed one."""
    given = [(page, found) for page, found in judged if found is not None]
    having = sum(page.license is not None for page, _ in judged)
    right = sum(page.license == found for page, found in given)
    return {
        "pages": len(judged),
        "with a licence": having,
        "given": len(given),
        "right": right,
        "precision": round(right / len(given), 4) if given else 1.0,
        "recall": round(right / having, 4) if having else 1.0,
    }


def by_form(judged: Sequence[Judged]) -> list[Mapping[str, Any]]:
    """Return the scores of each form, in the order of the set, and of all."""
    forms = dict.fromkeys(page.form for page, _ in judged)
    rows = [{"form": form, **score([one for one in judged if one[0].form == form])} for form in forms]
    return [*rows, {"form": "all", **score(judged)}]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Precision and recall of the licence read from labelled pages.")
    parser.add_argument("--wrong", action="store_true", help="name the pages that differ from their label")
    judged = judge()
    if parser.parse_args().wrong:
        for page, found in judged:
            if page.license != found:
                say(f"{page.form}: {page.name}: {page.license} was expected, {found} was read")
    report("rights", {"Licence of the page's text": by_form(judged)}, ["selectolax", "license-expression"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
