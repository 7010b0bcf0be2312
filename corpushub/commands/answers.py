"""Which answer each command gives: docs/json/ is generated from this, and tests hold the commands to it."""

from __future__ import annotations

from collections.abc import Mapping

from corpushub.audit.answer import Audit
from corpushub.audit.evidence_files import CaptureEvidence
from corpushub.audit.policy_tests import PolicyTest
from corpushub.commands.output import Problem
from corpushub.recipe.plan import Plan
from corpushub.running.run import RunResult
from corpushub.scan.scan_files import ScanReport
from corpushub.scan.scan_records import FoundRecord, ScrubbedRecord
from corpushub.upkeep.clean import Leftovers
from corpushub.upkeep.doctor import Examination
from lineage.questions.export import Exported

Answers = Mapping[str, tuple[type, ...]]

ANSWERS: Answers = {
    "audit": (Audit,),
    "clean": (Leftovers,),
    "doctor": (Examination,),
    "error": (Problem,),
    "export": (Exported,),
    "plan": (Plan,),
    "policy-test": (PolicyTest,),
    "run": (RunResult,),
    "scan": (ScanReport,),
}
"""What ``--json`` prints, by the name in its key ``schema``; several classes where it depends on what was asked."""

LINES: Answers = {
    "evidence": (CaptureEvidence,),
    "scan-apply-line": (ScrubbedRecord,),
    "scan-line": (FoundRecord,),
}
"""What is printed a line for each record, without a key ``schema``."""
