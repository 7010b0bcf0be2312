"""A hub as Python has it: one method for each job, and every command is a thin call of one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from corpushub.errors import BadRequest
from corpushub.face.access import Access
from corpushub.face.arguments import Place, at_least, dataset_of, numbered, path_of
from corpushub.face.people import People
from corpushub.face.proofs import Proofs
from corpushub.face.questions import Questions
from corpushub.face.version import Version
from corpushub.requests.reread import reread
from lineage.references import VersionRef, parse, parse_version

if TYPE_CHECKING:
    from corpushub.audit.answer import Audit
    from corpushub.recipe.plan import Plan
    from corpushub.requests.subjects import Request
    from corpushub.requests.withdraw import LiftReport, WithdrawalReport
    from corpushub.running.following import Watcher
    from corpushub.running.run import RunResult
    from corpushub.running.stage_progress import StageProgress
    from corpushub.running.unfinished import ErasureReport, FinishedErasures
    from corpushub.upkeep.clean import Leftovers
    from corpushub.upkeep.doctor import Examination
    from corpushub.upkeep.words import Indexing
    from lineage.control.erasures import Receipt
    from lineage.control.retention import VersionStanding
    from lineage.questions.history import History, Runs, RunWithInputs
    from lineage.questions.show import VersionSummary
    from lineage.rewrite.compact import Compaction
    from pipelines.execution.executor import Execution


class Withdrawing(TypedDict, total=False):
    """How documents are withdrawn.

    Attributes:
        dry_run: only list the documents and versions.
        old_versions: erase the documents from all versions too.
        examples: documents named; 20 if nothing is said.
        execution: how files are rewritten.
        ahead: let later runs obey the rules, though no version holds what they find.
    """

    dry_run: bool
    old_versions: bool
    examples: int
    execution: Execution
    ahead: bool


class Hub(People, Proofs, Questions, Access):
    """A hub: recipes are run in it, and it answers what became of every record that was ever read.

    Cheap to make, safe to share between threads, and closed at the end of a ``with`` block. References are written as
    on the command line: NAME (newest), NAME@v3, NAME@v3.1, NAME@v3#DOCID, run:ID. Every answer is a frozen dataclass
    whose fields are the JSON that the command of that name prints. Whatever goes wrong is one of corpushub.ERRORS.
    """

    # recipes

    def plan(self, recipe: Place) -> Plan:
        """Return what ``run`` would read, do and skip; nothing is touched."""
        from corpushub.recipe.plan import plan

        return plan(self, Path(recipe))

    def run(
        self,
        recipe: Place,
        execution: Execution | None = None,
        progress: Callable[[StageProgress], None] | None = None,
    ) -> RunResult:
        """Run *recipe* and commit a new version of its dataset, or say that nothing changed; resumes what was killed.

        Args:
            recipe: its file.
            execution: by whom and how (pipelines.execution.executor.Execution); by default by all cores here.
            progress: is told how far each stage is.

        Raises:
            RecipeError, MissingSource, PolicyError, DatasetBusy, PipelineError: nothing was committed.
            NothingKept, TooManyFailed: nor was it, for what came of the sources; Execution(allow_empty=True) commits.
        """
        from corpushub.running.callback import CallbackWatcher

        return self.run_watched(recipe, execution, CallbackWatcher(progress or _silent))

    def run_watched(self, recipe: Place, execution: Execution | None, watcher: Watcher) -> RunResult:
        """Run *recipe* as ``run`` does, shown by *watcher* (corpushub.running.following.Watcher)."""
        from corpushub.running.run import run
        from pipelines.execution.executor import Execution

        return run(self, Path(recipe), execution or Execution(workers=os.cpu_count() or 1), watcher)

    def runs(self, dataset: str | None = None, limit: int | None = None) -> Runs:
        """Return the runs of *dataset*, or all, newest first."""
        from lineage.questions.history import list_runs

        return list_runs(self, dataset, limit)

    def show_run(self, ref: str) -> RunWithInputs:
        """Return one run, run:ID, with its inputs and counts."""
        from corpushub.recipe.sections.energy import hub_rates
        from lineage.errors import BadReference
        from lineage.questions.history import show_run
        from lineage.references import RunRef

        target = parse(ref)
        if not isinstance(target, RunRef):
            raise BadReference(f"{ref} is not a run; write run:ID")
        return show_run(self, target, hub_rates(self.home))

    # versions

    def versions(self, dataset: str | None = None) -> list[Version]:
        """Return the versions of *dataset*, or of all, newest first within each dataset.

        Raises:
            UnknownReference: there is no such dataset.
        """
        from lineage.control.versions import get_version, list_datasets, list_versions

        names = list_datasets(self.db) if dataset is None else [dataset_of(dataset)]
        if dataset is not None:
            get_version(self.db, VersionRef(names[0]))
        return [Version(self, record) for name in names for record in list_versions(self.db, name)]

    def version(self, ref: str) -> Version:
        """Return one version: NAME is the newest in use.

        Raises:
            UnknownReference: there is none.
        """
        from lineage.control.versions import get_version

        return Version(self, get_version(self.db, parse_version(ref)))

    def show(self, ref: str) -> VersionSummary:
        """Return what a version is: documents, licences, languages, sources, and what was not done."""
        from lineage.questions.show import show_version

        return show_version(self, parse_version(ref))

    def history(self, dataset: str) -> History:
        """Return the versions of *dataset* with what happened to each, newest first."""
        from lineage.questions.history import history

        return history(self, dataset_of(dataset))

    # rights

    def audit(
        self,
        ref: str,
        policy: Place | None = None,
        *,
        since: str | None = None,
        examples: int = 5,
        html: Place | None = None,
        attribution: Place | None = None,
    ) -> Audit:
        """Judge a version's rights by a policy: a file, the name of a shipped one, by default permissive.

        Args:
            ref: the version.
            policy: the policy.
            since: a version to compare with, under the same policy.
            examples: documents named for each finding.
            html: where to write a page that prints well.
            attribution: where to write whom to name for what the policy allows: .csv, .json or .html.
        """
        from corpushub.audit.files import check_names, write_files
        from corpushub.audit.report import AuditOptions, audit

        at_least(0, examples=examples)
        page, names = (path_of(one) for one in (html, attribution))
        check_names(names)
        before = parse_version(since) if since else None
        options = AuditOptions(examples, sizes=page is not None)
        chosen = path_of(policy)

        def judge() -> Audit:
            report = audit(self, parse_version(ref), chosen, options, before)
            write_files(self, report, page, names, chosen)
            return report

        return reread(self, judge)

    def withdraw(
        self,
        ref: str,
        rules: Sequence[str] = (),
        *,
        reason: str = "",
        policy: Place | None = None,
        say: Callable[[str], None] | None = None,
        **options: Unpack[Withdrawing],
    ) -> WithdrawalReport:
        """Make a version without documents that should not be there, and refuse them from now on.

        Args:
            ref: the dataset.
            rules: what must go, KIND:VALUE each (host, uri-prefix, source, license, registry).
            reason: why; kept with the version. Needed but for a dry run.
            policy: what this policy does not allow must go too.
            say: is told what lineage events could not be delivered.
            options: see Withdrawing.
        """
        from corpushub.requests.withdraw import WithdrawalOptions, WithdrawalRequest, execute

        chosen = path_of(policy)
        request = WithdrawalRequest(parse_version(ref), tuple(rules), chosen, reason)
        return execute(self, request, WithdrawalOptions(**options), say or _silent)

    def lift(self, dataset: str, run: str, reason: str) -> LiftReport:
        """Let later runs take in again what the withdrawal of *run* refused."""
        from corpushub.requests.withdraw import lift

        self.require()
        return lift(self, parse_version(dataset).dataset, run, reason)

    # persons

    def erase(
        self,
        subjects: str | Iterable[str | Request],
        reason: str = "",
        *,
        key_file: Place | None = None,
        dry_run: bool = False,
        execution: Execution | None = None,
    ) -> ErasureReport:
        """Erase subjects from every version of every dataset, prove it, and refuse them from now on.

        Args:
            subjects: KIND:VALUE (email, phone, name, uri-prefix, host, doc, content), or several, or requests with
                reasons of their own (corpushub.requests.subjects.Request).
            reason: why; kept with the receipt, and must not name the subject. Needed but for a dry run.
            key_file: the key of the findings; by default CORPUSHUB_PII_KEY.
            dry_run: only list the documents and versions.
            execution: how files are rewritten.

        Raises:
            BadRequest: a subject cannot be understood, or not found for want of a key; nothing was changed.
            HomeError: there is no hub.
        """
        from corpushub.requests.erase import execute
        from corpushub.requests.subjects import Request

        self.require()
        many = [subjects] if isinstance(subjects, str) else list(subjects)
        if not dry_run and not reason.strip() and any(isinstance(one, str) for one in many):
            raise BadRequest("give a reason: it is kept with the receipt; nothing was changed")
        requests = [Request.parse(one, reason) if isinstance(one, str) else one for one in many]
        key = path_of(key_file)
        return execute(self, requests, key, dry_run=dry_run, execution=execution)

    def resume_erasures(self, execution: Execution | None = None) -> FinishedErasures:
        """Finish the erasures that a crash interrupted."""
        from corpushub.running.unfinished import finish

        self.require()
        return finish(self, execution)

    def receipt(self, receipt: str) -> Receipt:
        """Return the record of an erasure, with or without "receipt:" before its id."""
        from lineage.control.erasures import show_receipt

        return show_receipt(self.db, receipt.removeprefix("receipt:"))

    # upkeep

    def doctor(self) -> Examination:
        """Examine the hub: drive, clock, disk, libraries, files, keys, interrupted commits, undelivered events."""
        from corpushub.upkeep.doctor import examine

        return reread(self, lambda: examine(self))

    def clean(self, *, remove: bool = False, grace_seconds: float = 3600.0) -> Leftovers:
        """List, or *remove*, what is needed no more; data files younger than *grace_seconds* are left alone."""
        from corpushub.upkeep.clean import clean

        return clean(self, remove=remove, grace=grace_seconds)

    def compact(self, dataset: str, say: Callable[[str], None] | None = None) -> Compaction:
        """Merge the ledger files of the newest version of *dataset*, as a new version with the same documents."""
        from corpushub.running.events import deliver_events
        from lineage.rewrite.compact import compact

        self.require()
        done = compact(self, dataset_of(dataset))
        deliver_events(self, say or _silent)
        return done

    def index(self, ref: str, execution: Execution | None = None, *, remove: bool = False) -> Indexing:
        """Make full-text indexes of a version's documents, so that texts are found without being read, or remove them.

        Args:
            ref: the version; files that other versions of the dataset have too are indexed once.
            execution: by whom and how; by default by all cores here.
            remove: remove the indexes of all versions of the dataset instead.
        """
        from corpushub.upkeep.words import index_words, remove_words
        from pipelines.execution.executor import Execution

        target = parse_version(ref)
        if remove:
            return remove_words(self, target)
        return index_words(self, target, execution or Execution(workers=os.cpu_count() or 1))

    def pin(self, ref: str, reason: str = "", *, undo: bool = False) -> VersionStanding:
        """Keep a version: a pinned one can be neither retired nor cleaned away."""
        from lineage.proof import standings

        target = parse_version(ref)
        return standings.unpin(self, target) if undo else standings.pin(self, target, reason)

    def retire(self, ref: str, reason: str = "", *, undo: bool = False) -> VersionStanding:
        """Take a version, which is named with its number, out of use: it is never the newest any more."""
        from lineage.proof import standings

        target = numbered(ref)
        return standings.restore(self, target) if undo else standings.retire(self, target, reason)


def _silent(_: Any) -> None:
    """Tell nobody."""
