"""Which answer each command gives: docs/json/ is generated from this, and tests hold the commands to it."""

from __future__ import annotations

from collections.abc import Mapping

from corpushub.audit.answer import Audit
from corpushub.audit.document_trace import DocumentTrace
from corpushub.audit.evidence_files import CaptureEvidence
from corpushub.audit.policy_tests import PolicyTest
from corpushub.commands.output import Problem
from corpushub.example.corpus import Example
from corpushub.papers.check import PapersCheck
from corpushub.papers.dedup_report.report import DedupReport
from corpushub.papers.papers import Explanation, Papers
from corpushub.recipe.plan import Plan
from corpushub.requests.documentation import DocumentationReport
from corpushub.requests.people.asking import RequestDetails, RequestQueue, RequestStatus
from corpushub.requests.people.deciding import RequestDecision, RequestPlan
from corpushub.requests.people.handing import Exports
from corpushub.requests.people.looks import Accesses
from corpushub.requests.people.reports import Report, Reports
from corpushub.requests.people.tokens import AccessTokens, NewToken
from corpushub.requests.people.visibility import Visibilities
from corpushub.requests.scan.scan_files import ScanReport
from corpushub.requests.scan.scan_records import FoundRecord, ScrubbedRecord
from corpushub.requests.withdraw import LiftReport, WithdrawalReport
from corpushub.running.run import RunResult
from corpushub.running.unfinished import ErasureReport, FinishedErasures
from corpushub.upkeep.clean import Leftovers
from corpushub.upkeep.doctor import Examination
from corpushub.upkeep.warm import Warmed
from corpushub.upkeep.words import Indexing
from lineage.control.costs.totals import DatasetEnergy
from lineage.control.erasures import Receipt
from lineage.control.people.tokens import AccessToken
from lineage.control.retention import VersionStanding
from lineage.proof.bundle import Attested
from lineage.proof.checks import HubVerification, Verification
from lineage.proof.explicit import Signing
from lineage.proof.growth import CheckpointAnswer, Growth
from lineage.proof.public_key import KeyDescription
from lineage.questions.diff import VersionDiff
from lineage.questions.export import Exported
from lineage.questions.find import SearchResult
from lineage.questions.graph import VersionTrace, VersionTraceWithEvents
from lineage.questions.history import History, Runs, RunWithInputs
from lineage.questions.show import VersionSummary
from lineage.questions.sql import QueryAnswer
from lineage.rewrite.compact import Compaction
from lineage.statistics.answers import VersionStatistics
from lineage.statistics.losses import Losses

Answers = Mapping[str, tuple[type, ...]]

ANSWERS: Answers = {
    "access-log": (Accesses,),
    "attest": (Attested, Signing),
    "audit": (Audit,),
    "checkpoint": (CheckpointAnswer,),
    "clean": (Leftovers,),
    "compact": (Compaction,),
    "dedup-report": (DedupReport,),
    "diff": (VersionDiff,),
    "doctor": (Examination,),
    "documentation": (DocumentationReport,),
    "erase": (ErasureReport,),
    "erase-resume": (FinishedErasures,),
    "error": (Problem,),
    "example": (Example,),
    "export": (Exported,),
    "exports": (Exports,),
    "find": (SearchResult,),
    "history": (History,),
    "index": (Indexing,),
    "key": (KeyDescription,),
    "lift": (LiftReport,),
    "losses": (Losses,),
    "papers": (Papers,),
    "papers-check": (PapersCheck,),
    "papers-explain": (Explanation,),
    "pin": (VersionStanding,),
    "plan": (Plan,),
    "policy-test": (PolicyTest,),
    "receipt": (Receipt,),
    "reports-close": (Report,),
    "reports-list": (Reports,),
    "reports-show": (Report,),
    "requests-approve": (RequestDecision,),
    "requests-list": (RequestQueue,),
    "requests-plan": (RequestPlan,),
    "requests-refuse": (RequestDecision,),
    "requests-show": (RequestDetails,),
    "requests-verify": (RequestStatus,),
    "retire": (VersionStanding,),
    "revise": (WithdrawalReport,),
    "run": (RunResult,),
    "runs": (Runs, RunWithInputs),
    "runs-total": (DatasetEnergy,),
    "scan": (ScanReport,),
    "show": (VersionSummary,),
    "sql": (QueryAnswer,),
    "statistics": (VersionStatistics,),
    "token-add": (NewToken,),
    "token-list": (AccessTokens,),
    "token-revoke": (AccessToken,),
    "trace": (DocumentTrace, VersionTrace, VersionTraceWithEvents),
    "verify": (Verification, HubVerification, Growth),
    "visibility": (Visibilities,),
    "warm": (Warmed,),
    "withdraw": (WithdrawalReport,),
}
"""What ``--json`` prints, by the name in its key ``schema``; several classes where it depends on what was asked."""

LINES: Answers = {
    "evidence": (CaptureEvidence,),
    "scan-apply-line": (ScrubbedRecord,),
    "scan-line": (FoundRecord,),
}
"""What is printed a line for each record, without a key ``schema``."""
