"""The command line: every command answers with one object, as text or as JSON."""

from __future__ import annotations

import click

from corpushub.commands import attestation, erasure, ingest, policy, provenance, rights, scanning, upkeep, withdrawal
from corpushub.commands.command import EPILOG

_COMMANDS = (
    ingest.plan,
    ingest.run,
    ingest.runs,
    provenance.show,
    provenance.history,
    provenance.trace,
    provenance.find,
    provenance.diff,
    provenance.sql,
    provenance.dedup_report,
    policy.audit,
    policy.policy,
    scanning.scan,
    rights.evidence,
    erasure.erase,
    withdrawal.withdraw,
    withdrawal.revise,
    upkeep.export,
    attestation.verify,
    attestation.attest,
    attestation.checkpoint,
    attestation.key,
    upkeep.clean,
    upkeep.compact,
    upkeep.doctor,
    upkeep.pin,
    upkeep.retire,
    upkeep.schema,
)
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True}


@click.group(epilog=EPILOG, context_settings=_SETTINGS)
@click.version_option(package_name="corpushub")
def main() -> None:
    """Ingest web-scale corpora into versioned datasets in which every document can be traced.

    References: NAME is the newest version of a dataset, NAME@v3 a version, NAME@v3.1 the version if it is at that
    revision, NAME@v3#DOCID a document, run:ID a run.
    """


for _command in _COMMANDS:
    main.add_command(_command)


if __name__ == "__main__":
    main()
