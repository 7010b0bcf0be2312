"""The command line: every command answers with one object, as text or as JSON."""

from __future__ import annotations

import click

from hub.command import EPILOG
from hub.commands import compliance, erasure, ingest, provenance, upkeep

_COMMANDS = (
    ingest.plan,
    ingest.run,
    ingest.runs,
    provenance.show,
    provenance.history,
    provenance.trace,
    provenance.find,
    provenance.diff,
    provenance.dedup_report,
    compliance.audit,
    compliance.scan,
    erasure.erase,
    upkeep.export,
    upkeep.verify,
    upkeep.clean,
    upkeep.schema,
)
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True}


@click.group(epilog=EPILOG, context_settings=_SETTINGS)
@click.version_option(package_name="corpushub")
def main() -> None:
    """Ingest web-scale corpora into versioned datasets in which every document can be traced.

    References: NAME is the newest version of a dataset, NAME@v3 a version, NAME@v3#DOCID a document, run:ID a run.
    """


for _command in _COMMANDS:
    main.add_command(_command)


if __name__ == "__main__":
    main()
