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
from shutil import rmtree

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Engine

from lineage import control, openlineage, outbox
from lineage.chores import Chore, keep_table
from lineage.control import Run, RunState, Version
from lineage.erasure import Means, refuse_unfinished
from lineage.erasure_commit import less
from lineage.errors import UnknownReference
from lineage.files import DataFile
from lineage.home import FileKind, Home
from lineage.locks import lock_dataset
from lineage.publish import finish_pending, publish
from lineage.purge import drop_outdated_work, leave_work
from lineage.references import VersionRef
from lineage.release import Release
from lineage.revisals import DOCUMENT, Revisal, Standing, get_revisal, lift_rules, record_revisal, standing_rules
from lineage.revise_rows import KeptRewriting, Rule, count_copies, find_affected
from lineage.rewriting import UNCHANGED, Rewriting, Rewritten, renamed_files, renamed_table, rewrite_documents
from lineage.standing import standings

Files = Mapping[str, Rewritten]
"""Path of each file of a version, relative to the warehouse -> what became of it."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for.

    Attributes:
        dataset: whose newest version is revised.
        names: the rules as people write them, KIND:VALUE.
        rules: makes what finds the documents; called once the dataset is held, so that no version is missed.
        standing: rules that later runs obey; what another rule finds is refused by its id.
        reason: why.
        policy: digest of the policy that judges, None if none does.
    """

    dataset: str
    names: tuple[str, ...]
    rules: Callable[[], Sequence[Rule]]
    standing: tuple[Standing, ...]
    reason: str
    policy: str | None = None

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


@dataclass(frozen=True, slots=True)
class Revised:
    """What was done: what was found, the new version (None if the newest held none), and the run on record if any."""

    affected: Affected
    version: Version | None
    run: str | None


def preview(home: Home, order: Order) -> Affected:
    """Return what *order* would find; nothing is changed."""
    return _find(home, control.connect(home), order)


def revise(home: Home, order: Order, means: Means) -> Revised:
    """Publish the newest version of a dataset without the documents that *order* is about, and refuse them from now on.

    May be repeated after a crash: what was begun is finished first. Raises DatasetBusy, ErasureError, UnknownReference
    or DamagedFile; all versions are as before then.
    """
    db = control.connect(home)
    with lock_dataset(home, order.dataset, "revise"):
        refuse_unfinished(home)
        finish_pending(home, db, order.dataset)
        affected = _find(home, db, order)
        standing = _standing(order, affected)
        known = set(standing) <= set(standing_rules(db, order.dataset))
        if not affected.versions or (known and not affected.rows.num_rows):
            return Revised(affected, None, None)
        run = _begin(db, order, affected)
        record_revisal(db, _revisal(order, affected, run), standing)
        if not affected.rows.num_rows:
            control.finish_run(db, run, RunState.UNCHANGED)
            return Revised(affected, None, run.id)
        return Revised(affected, _publish(home, db, affected, run, means), run.id)


def lift(home: Home, dataset: str, run: str, reason: str) -> Revisal:
    """Let later runs of *dataset* take in again what the revisal of *run* refused; return it as it then is.

    Versions stay as they are. Raises UnknownReference if *run* revised nothing there, or its rules were lifted before.
    """
    db = control.connect(home)
    with lock_dataset(home, dataset, "lift"):
        refuse_unfinished(home)
        known = get_revisal(db, run)
        if known is None or known.dataset != dataset or known.lifted:
            message = f"run:{run} has set no rules for {dataset} that stand; nothing was changed; "
            raise UnknownReference(message + f"`corpushub history {dataset}` lists its revisions")
        lifted = {"who": f"{_user()}@{socket.gethostname()}", "when": control.now(), "why": reason}
        lift_rules(db, known, lifted)
        return replace(known, lifted=lifted)


def _find(home: Home, db: Engine, order: Order) -> Affected:
    newest, rules = control.get_version(db, VersionRef(order.dataset)), order.rules()
    removed = {number for number, one in standings(db, order.dataset).items() if one.removed}
    found: dict[str, pa.Table] = {}
    held: dict[int, list[str]] = {}
    for version in control.list_versions(db, order.dataset):
        if version.number not in removed:
            held[version.number] = [file.path for file in control.version_files(db, version, "documents")]
            for path in held[version.number]:
                if path not in found:
                    found[path] = find_affected(home.resolve(path), rules)
    rows = _once([found[path] for path in held[newest.number]])
    ledger = [home.resolve(file.path) for file in control.version_files(db, newest, "ledger") if file.rows]
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


def _standing(order: Order, affected: Affected) -> list[Standing]:
    """Return the rules that stand from now on: those that can, and the documents that only others find."""
    lasting = pc.is_in(affected.every["detail"], value_set=pa.array(sorted(order.lasting), pa.string()))
    others = affected.every["doc_id"].filter(pc.invert(lasting)).to_pylist()
    return [*order.standing, *((DOCUMENT, doc_id) for doc_id in others)]


def _begin(db: Engine, order: Order, affected: Affected) -> Run:
    """Record the run that makes the version; a later run goes on from it as from the version before."""
    from lineage.attest import take_over_environment  # cryptography is imported only where something is signed

    parent = affected.newest
    made = control.get_run(db, parent.run)
    lost = affected.rows.num_rows
    names = "\n".join([parent.manifest_root, order.policy or "", *sorted(order.names)])
    run = replace(
        made,
        id=f"revise-{hashlib.sha256(names.encode()).hexdigest()[:12]}-v{parent.number}",
        state=RunState.RUNNING,
        host=socket.gethostname(),
        pid=os.getpid(),
        started=control.now(),
        finished=None,
        counts={"read": lost, "kept": 0, "changed": 0, "dropped": lost, "failed": 0},
        reasons=dict(sorted(Counter(affected.rows["reason"].to_pylist() if lost else ()).items())),
        seconds=0.0,
        bytes_in=0,
        error=None,
    )
    inputs = control.run_inputs(db, made.id)
    control.start_run(db, run, inputs)
    if lost:
        outbox.put(db, run, openlineage.started(run, inputs))
        take_over_environment(db, made.id, run.id)
    return run


def _revisal(order: Order, affected: Affected, run: Run) -> Revisal:
    return Revisal(
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


def _publish(home: Home, db: Engine, affected: Affected, run: Run, means: Means) -> Version:
    """Publish the newest version without its affected documents; what workers read stands among the work files."""
    drop_outdated_work(home, db, run.dataset)
    parent, folder = affected.newest, f"{home.work}/{run.dataset}/revise"
    gone = keep_table(folder, run.id, affected.rows)

    def each(kind: FileKind, chore: Callable[[str, str, int], Chore]) -> tuple[list[DataFile], Files]:
        files, data = control.version_files(db, parent, kind), home.data_folder(run.dataset, kind)
        chores = {file.path: chore(home.resolve(file.path), data, file.bytes) for file in files if file.rows}
        made = dict(zip(chores, map(Rewritten.load, means.crew([*chores.values()])), strict=True))
        return _in_place(home, files, made), made

    documents, lost = each("documents", lambda path, data, size: Rewriting(rewrite_documents, path, data, size, gone))
    renamed = keep_table(folder, run.id, renamed_table(renamed_files(lost)))
    ledger, _ = each("ledger", lambda path, data, size: KeptRewriting(path, data, size, gone, renamed, run.id))
    rewriter = means.rewriters.get("index")
    if rewriter is not None:
        index, _ = each("index", lambda path, data, size: Rewriting(rewriter, path, data, size, gone))
    else:
        index = _in_place(home, control.version_files(db, parent, "index"), {})
    left = less(parent, lost.values())
    release = Release(
        run=run,
        documents=documents,
        ledger=ledger,
        index=index,
        profiles=_in_place(home, control.version_files(db, parent, "profiles"), {}),
        licenses=left.licenses,
        languages=left.languages,
        sources=left.sources,
        text_bytes=left.bytes,
    )
    version = publish(home, db, release)
    rmtree(folder, ignore_errors=True)
    leave_work(home, run.dataset)
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
