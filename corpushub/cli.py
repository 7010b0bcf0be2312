"""The command line: every command answers with one object, as text or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click

from corpushub.commands.command import EPILOG
from corpushub.commands.frame.menu import Menu, Part, shared

_PARTS: Final[Sequence[Part]] = (
    ("Make versions", ("ingest.plan", "ingest.run", "ingest.runs", "ingest.example", "upkeep.schema")),
    (
        "Ask",
        (
            "provenance.find",
            "provenance.trace",
            "provenance.show",
            "provenance.losses",
            "provenance.history",
            "provenance.diff",
            "provenance.sql",
            "documentation.documentation",
            "papers.papers",
            "provenance.dedup-report",
            "upkeep.export",
            "people.access.exports",
        ),
    ),
    ("Judge", ("policy.audit", "policy.policy", "rights.evidence", "scanning.scan")),
    (
        "Let others look",
        ("upkeep.serve", "people.access.token", "people.access.visibility", "people.access.access-log"),
    ),
    ("Take out", ("people.erasure.erase", "withdrawal.withdraw", "withdrawal.revise")),
    ("Answer persons", ("people.requests.requests", "people.reports.reports")),
    ("Prove", ("attestation.verify", "attestation.attest", "attestation.checkpoint", "attestation.key")),
    (
        "Keep in order",
        (
            "upkeep.doctor",
            "upkeep.clean",
            "upkeep.compact",
            "upkeep.index",
            "upkeep.pin",
            "upkeep.retire",
            "upkeep.warm",
        ),
    ),
)
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True}


@click.group(cls=Menu, parts=_PARTS, epilog=EPILOG, context_settings=_SETTINGS)
@shared
@click.version_option(package_name="corpushub")
def main(**_: object) -> None:
    """Ingest web-scale corpora into versioned datasets in which every document can be traced.

    \b
    Begin with:
      corpushub example first         a small crawl with its recipe and policy, in the folder first
      corpushub run first/recipe.toml
      corpushub find --host ferry-times.example

    References: NAME is the newest version of a dataset, NAME@v3 a version, NAME@v3.1 the version if it is at that
    revision, NAME@v3#DOCID a document, run:ID a run.
    """


if __name__ == "__main__":
    main()
