"""Take documents out of a dataset when a licence or an objection turns out to have been missed: a version without them.

No source is read again: the files that hold such documents are rewritten, the ledger says of each why it went, and
the index forgets them. Older versions stay; the erasure machinery rewrites them where that is asked for.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import socket
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from lineage.commit.publish import finish_pending, publish
from lineage.commit.release import Release
from lineage.commit.work import drop_outdated_work, leave_work
from lineage.control.retention import retentions
from lineage.control.runs import Run, RunState, finish_run, get_run, run_inputs, start_run
from lineage.control.under_way import refuse_unfinished
from lineage.control.version_files import version_files
from lineage.control.versions import Version, get_version, list_versions
from lineage.control.withdrawals import (
    DOCUMENT,
    StandingRule,
    Withdrawal,
    get_withdrawal,
    standing_rules,
)
from lineage.errors import UnknownReference
from lineage.events import openlineage, outbox
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.hub.database import Database
from lineage.hub.home import FileKind, Home
from lineage.hub.locks import lock_dataset
from lineage.references import VersionRef
from lineage.rewrite.chores import Chore, keep_table
from lineage.rewrite.files import (
    UNCHANGED,
    Rewriters,
    Rewriting,
    Rewritten,
    less,
    renamed_files,
    renamed_table,
    rewrite_documents,
)
from lineage.statistics.whole import change_of
from lineage.storage.files import DataFile, remove_folder
from lineage.withdrawal.rows import KeptRewriting, Rule, count_copies, find_affected

Files = Mapping[str, Rewritten]
"""Path of each file of a version, relative to the warehouse -> what became of it."""


@dataclass(frozen=True, slots=True)
class WithdrawalOrder:
    """What is asked for.

    Attributes:
        dataset: whose newest version loses documents.
        names: the rules as people write them, KIND:VALUE.
        rules: makes what finds the documents; called once the dataset is held, so that no version is missed.
        standing: rules that later runs obey; what another rule finds is refused by its id.
        reason: why.
        policy: digest of the policy that judges, None if none does.
        ahead: let later runs obey the rules, though no version holds what they find.
    """

    dataset: str
    names: tuple[str, ...]
    rules: Callable[[], Sequence[Rule]]
    standing: tuple[StandingRule, ...]
    reason: str
    policy: str | None = None
    ahead: bool = False

    @property
    def lasting(self) -> frozenset[str]:
        """The rules, as ledgers name them, that later runs obey by themselves."""
        return frozenset(f"{kind}:{value}" for kind, value in self.standing)


@dataclass(frozen=True, slots=True)
class Affected:
    """What rules find.

    Attributes:
        newest: the newest version.
        rows: its affected documents (revise_rows.READ and RULED), by doc_id.
        every: those of all versions, each once, likewise.
        versions: affected documents of each version that holds any, by number.
        copies: documents that the newest version dropped for affected ones; nobody has their texts without a full run.
    """

    newest: Version
    rows: pa.Table
    every: pa.Table
    versions: Mapping[int, int]
    copies: int = 0


_STATED: Final[tuple[FileKind, ...]] = ("documents", "ledger", "statistics")
"""The kinds of files that say what the statistics of a version are made of."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was done: what was found, the new version (None if the newest held none), and the run on record if any."""

    affected: Affected
    version: Version | None
    run: str | None


def preview(hub: Hub, order: WithdrawalOrder) -> Affected:
    """Return what *order* would find; nothing is changed."""
    return _find(hub, order)


def withdraw(hub: Hub, order: WithdrawalOrder, rewriters: Rewriters) -> Withdrawn:
    """Publish the newest version of a dataset without the documents that *order* is about, and refuse them from now on.

    May be repeated after a crash: what was begun is finished first. Raises DatasetBusy, ErasureError, UnknownReference,
    ProofError or DamagedFile; all versions are as before then.
    """
    from lineage.proof.guard import require_signer, require_sound
    from lineage.proof.withdrawals import log_withdrawal  # cryptography is imported only where something is signed

    with lock_dataset(hub.home, order.dataset, "revise"):
        refuse_unfinished(hub.home)
        require_sound(hub, order.dataset)
        require_signer(hub)
        finish_pending(hub, order.dataset)
        affected = _find(hub, order)
        standing = _standing(order, affected)
        known = set(standing) <= set(standing_rules(hub.db, order.dataset))
        wanted = bool(affected.versions) or (order.ahead and bool(standing))
        if not wanted or (known and not affected.rows.num_rows):
            return Withdrawn(affected, None, None)
        run = _begin(hub.db, order, affected)
        log_withdrawal(hub, _withdrawal(order, affected, run), standing)
        if not affected.rows.num_rows:
            finish_run(hub.db, run, RunState.UNCHANGED)
            return Withdrawn(affected, None, run.id)
        return Withdrawn(affected, _publish(hub, affected, run, rewriters), run.id)


def lift(hub: Hub, dataset: str, run: str, reason: str) -> Withdrawal:
    """Let later runs of *dataset* take in again what the withdrawal of *run* refused; return it as it then is.

    Versions stay as they are. Raises UnknownReference if *run* withdrew nothing there, or its rules were lifted before.
    """
    from lineage.proof.withdrawals import log_lift

    with lock_dataset(hub.home, dataset, "lift"):
        refuse_unfinished(hub.home)
        known = get_withdrawal(hub.db, run)
        if known is None or known.dataset != dataset or known.lifted:
            message = f"run:{run} has set no rules for {dataset} that stand; nothing was changed; "
            raise UnknownReference(message + f"`corpushub history {dataset}` lists its withdrawals")
        lifted = {"who": f"{_user()}@{socket.gethostname()}", "when": now(), "why": reason}
        log_lift(hub, known, lifted)
        return replace(known, lifted=lifted)


def _find(hub: Hub, order: WithdrawalOrder) -> Affected:
    newest, rules = get_version(hub.db, VersionRef(order.dataset)), order.rules()
    removed = {number for number, one in retentions(hub.db, order.dataset).items() if one.removed}
    found: dict[str, pa.Table] = {}
    held: dict[int, list[str]] = {}
    for version in list_versions(hub.db, order.dataset):
        if version.number not in removed:
            held[version.number] = [file.path for file in version_files(hub.db, version, "documents")]
            for path in held[version.number]:
                if path not in found:
                    found[path] = find_affected(hub.home.resolve(path), rules)
    rows = _once([found[path] for path in held[newest.number]])
    ledger = [hub.home.resolve(file.path) for file in version_files(hub.db, newest, "ledger") if file.rows]
    counts = {number: sum(found[path].num_rows for path in paths) for number, paths in sorted(held.items())}
    return Affected(
        newest=newest,
        rows=rows,
        every=_once([found[path] for path in [*held[newest.number], *found]]),
        versions={number: count for number, count in counts.items() if count},
        copies=count_copies(ledger, rows["doc_id"]) if rows.num_rows else 0,
    )


def _once(tables: Sequence[pa.Table]) -> pa.Table:
    """Return the rows of *tables* by doc_id, the first of each id."""
    if not tables:
        return pa.table({"doc_id": pa.array([], pa.string()), "detail": pa.array([], pa.string())})
    table = pa.concat_tables(tables).combine_chunks()
    numbered = pa.table({"doc_id": table["doc_id"], "place": pa.array(range(table.num_rows), pa.int64())})
    first = numbered.group_by("doc_id").aggregate([("place", "min")]).sort_by("doc_id")
    return table.take(first["place_min"])


def _standing(order: WithdrawalOrder, affected: Affected) -> list[StandingRule]:
    """Return the rules that stand from now on: those that can, and the documents that only others find."""
    lasting = pc.is_in(affected.every["detail"], value_set=pa.array(sorted(order.lasting), pa.string()))
    others = affected.every["doc_id"].filter(pc.invert(lasting)).to_pylist()
    return [*order.standing, *((DOCUMENT, doc_id) for doc_id in others)]


def _begin(db: Database, order: WithdrawalOrder, affected: Affected) -> Run:
    """Record the run that makes the version; a later run goes on from it as from the version before."""
    from lineage.proof.attest import take_over_environment  # cryptography is imported only where something is signed

    parent = affected.newest
    made = get_run(db, parent.run)
    lost = affected.rows.num_rows
    names = "\n".join([parent.manifest_root, order.policy or "", *sorted(order.names)])
    run = replace(
        made,
        id=f"revise-{hashlib.sha256(names.encode()).hexdigest()[:12]}-v{parent.number}",
        state=RunState.RUNNING,
        host=socket.gethostname(),
        pid=os.getpid(),
        started=now(),
        finished=None,
        counts={"read": lost, "kept": 0, "changed": 0, "dropped": lost, "failed": 0},
        reasons=dict(sorted(Counter(affected.rows["reason"].to_pylist() if lost else ()).items())),
        seconds=0.0,
        bytes_in=0,
        error=None,
    )
    inputs = run_inputs(db, made.id)
    start_run(db, run, inputs)
    if lost:
        outbox.put(db, run, openlineage.started(run, inputs))
        take_over_environment(db, made.id, run.id)
    return run


def _withdrawal(order: WithdrawalOrder, affected: Affected, run: Run) -> Withdrawal:
    return Withdrawal(
        run=run.id,
        dataset=order.dataset,
        parent=affected.newest.number,
        rules=list(order.names),
        policy=order.policy,
        reason=order.reason,
        who=f"{_user()}@{run.host}",
        created=run.started,
        documents=affected.rows.num_rows,
        found={str(number): count for number, count in affected.versions.items()},
    )


def _user() -> str:
    """Return the login name of whoever runs this process, or its number where the machine knows no name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _publish(hub: Hub, affected: Affected, run: Run, rewriters: Rewriters) -> Version:
    """Publish the newest version without its affected documents; what workers read stands among the work files."""
    drop_outdated_work(hub, run.dataset)
    parent, folder = affected.newest, f"{hub.home.work_folder(run.dataset)}/revise"
    gone = keep_table(folder, run.id, affected.rows)

    def each(kind: FileKind, chore: Callable[[str, str, int], Chore]) -> tuple[list[DataFile], Files]:
        files, data = version_files(hub.db, parent, kind), hub.home.data_folder(run.dataset, kind)
        chores = {file.path: chore(hub.home.resolve(file.path), data, file.bytes) for file in files if file.rows}
        made = dict(zip(chores, map(Rewritten.load, rewriters.run([*chores.values()])), strict=True))
        return _in_place(hub.home, files, made), made

    documents, lost = each("documents", lambda path, data, size: Rewriting(rewrite_documents, path, data, size, gone))
    renamed = keep_table(folder, run.id, renamed_table(renamed_files(lost)))
    ledger, _ = each("ledger", lambda path, data, size: KeptRewriting(path, data, size, gone, renamed, run.id))
    rewriter = rewriters.by_kind.get("index")
    if rewriter is not None:
        index, _ = each("index", lambda path, data, size: Rewriting(rewriter, path, data, size, gone))
    else:
        index = _in_place(hub.home, version_files(hub.db, parent, "index"), {})
    left = less(parent, lost.values())
    old = {kind: _in_place(hub.home, version_files(hub.db, parent, kind), {}) for kind in _STATED}
    profiles = _in_place(hub.home, version_files(hub.db, parent, "profiles"), {})
    new: Mapping[FileKind, Sequence[DataFile]] = {"documents": documents, "ledger": ledger, "profiles": profiles}
    release = Release(
        run=run,
        documents=documents,
        ledger=ledger,
        index=index,
        profiles=profiles,
        statistics=rewriters.state(change_of(old, new, hub.home.data_folder(run.dataset, "statistics"))),
        licenses=left.licenses,
        languages=left.languages,
        sources=left.sources,
        text_bytes=left.bytes,
    )
    version = publish(hub, release)
    remove_folder(folder)
    leave_work(hub.home, run.dataset)
    return version


def _in_place(home: Home, files: Sequence[DataFile], made: Files) -> list[DataFile]:
    """Return *files* with those that were rewritten in their places, and their paths resolved."""
    kept = []
    for file in files:
        one = made.get(file.path, UNCHANGED)
        if not one.changed:
            kept.append(replace(file, path=home.resolve(file.path)))
        elif one.file is not None:
            kept.append(one.file)
    return kept
