"""Erase subjects from every version of every dataset, with proof; finish what a crash interrupted.

States (receipts.ErasureState), each recorded before the next is begun:

- *planned*: a note says which documents;
- *rewritten*: each affected file was rewritten once, beside the old one;
- *committed*: the Iceberg tables and then the control database name the new files, and the suppressions stand;
- *purged*: the old files, manifests, work files and free pages are gone;
- *verified*: nothing of the subject was found in the hub, and the note goes.

Each step may be repeated, and files are rewritten and searched one by one, each by any process (chores.ChoreRunner), so
whoever comes next goes on from the state. Versions keep their numbers, runs and parents; each that changed has a new
revision.

An erasure holds the locks of all datasets: a run under way could commit a document of the subject behind its back.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields, replace

import pyarrow as pa

from lineage.commit.publish import finish_pending
from lineage.commit.purge import compact_database, purge
from lineage.commit.work import remove_work, work_names
from lineage.control.erasures import (
    PERSONAL,
    Erasure,
    ErasureState,
    Receipt,
    Subject,
    Unsearched,
    advance,
    every_dataset,
    get_erasure,
    record_erasure,
    show_receipt,
)
from lineage.control.under_way import GATE
from lineage.control.versions import list_datasets, list_versions
from lineage.erasure.commit import commit_erasure, state_changes
from lineage.erasure.notes import (
    Note,
    close_folders,
    own_folder,
    read_notes,
    remove_note,
    tables_folder,
    write_note,
)
from lineage.erasure.on_record import log_end, sign_rest
from lineage.erasure.records import names_with
from lineage.erasure.remains import find_remains
from lineage.erasure.search import Remains
from lineage.erasure.spellings import Spelling, Wanted, table_of
from lineage.erasure.spoken import foreign_entries
from lineage.erasure.subjects import Found, distinct_files, find_subjects, lost_files
from lineage.errors import DatasetBusy
from lineage.hub import Hub
from lineage.hub.connection import now
from lineage.hub.database import Database
from lineage.hub.home import FileKind, Home
from lineage.hub.locks import lock_dataset
from lineage.hub.shared_locks import count_held
from lineage.rewrite.chores import Chore, ChoreRunner, keep_table
from lineage.rewrite.files import (
    LedgerRewriting,
    Rewriter,
    Rewriters,
    Rewriting,
    Rewritten,
    may_hold_any,
    renamed_files,
    renamed_table,
    rewrite_documents,
)


@dataclass(frozen=True, slots=True)
class ErasureOrder:
    """What is asked for.

    Attributes:
        subjects: whom or what to erase; several are erased in one rewrite.
        reason: why; recorded in the receipt, and must not name anybody.
        key_id: of the key that the hashes of persons are made with; None where no person is concerned.
        spellings: of persons: what to look for in every text, title, author, address and id.
        unsearched: what is not looked for.
        salt: of the hashes of subjects that no key hashes, 32 hex digits.
    """

    subjects: tuple[Subject, ...]
    reason: str
    key_id: str | None = None
    spellings: tuple[Spelling, ...] = ()
    unsearched: tuple[Unsearched, ...] = ()
    salt: str = field(default_factory=lambda: secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class Erased(Receipt):
    """The receipt of an erasure that was carried out, and what a failed verification found."""

    remains: tuple[Remains, ...]


def preview(hub: Hub, order: ErasureOrder) -> list[Found]:
    """Return what *order* would find in each dataset; nothing is changed."""
    return _find(hub, order)


def _find(hub: Hub, order: ErasureOrder) -> list[Found]:
    subjects = tuple(dict.fromkeys(order.subjects))
    found = (find_subjects(hub, dataset, subjects, order.spellings) for dataset in list_datasets(hub.db))
    return [one for one in found if one.doc_ids]


def erase(hub: Hub, order: ErasureOrder, rewriters: Rewriters) -> Erased:
    """Carry *order* out; earlier erasures and releases that were interrupted are finished first.

    Raises DatasetBusy if a run is under way, ProofError if records are not what the log says or nothing can be signed,
    DamagedFile if a file is not what was committed: then nothing was changed, or ``resume`` goes on.
    """
    from lineage.proof.guard import (  # cryptography is imported only where something is signed
        require_signer,
        require_sound,
    )

    receipt = secrets.token_hex(8)
    with every_lock(hub, f"erase:{receipt}"):
        require_sound(hub)
        require_signer(hub)
        for note in read_notes(hub.home):
            _carry_on(hub, note, rewriters)
        for dataset in every_dataset(hub.db):
            finish_pending(hub, dataset)
        note = _plan(hub, order, receipt)
        write_note(hub.home, note)
        return _carry_on(hub, note, rewriters)


def resume(hub: Hub, rewriters: Rewriters) -> list[Erased]:
    """Finish the erasures of *home* that were interrupted; [] if there are none."""
    if not read_notes(hub.home):
        return []
    with every_lock(hub, "erase:resume"):
        return [_carry_on(hub, note, rewriters) for note in read_notes(hub.home)]


@contextmanager
def every_lock(hub: Hub, name: str) -> Iterator[None]:
    """Hold all datasets of *home*, those that a first run has begun to make included, while the block lasts.

    The gate is taken first: a run of a dataset that nobody knows yet finds it closed, or is found by its lock, which is
    a file here and is counted where another machine has it.
    """
    with ExitStack() as stack:
        stack.enter_context(lock_dataset(hub.home, GATE, name))
        begun = [path.stem for path in hub.home.locks.glob("*.lock") if not path.name.startswith(".")]
        datasets = sorted({*every_dataset(hub.db), *begun})
        for dataset in datasets:
            stack.enter_context(lock_dataset(hub.home, dataset, name))
        if hub.home.has_server and count_held(hub.home.catalog) > len(datasets) + 1:
            message = "another machine makes the first version of a dataset; nothing was changed; "
            raise DatasetBusy(message + "wait for it to end, and run again")
        yield


def _plan(hub: Hub, order: ErasureOrder, receipt: str) -> Note:
    subjects = tuple(dict.fromkeys(order.subjects))
    requests = [{"kind": one.kind, "hash": one.digest(order.salt)} for one in subjects]
    erasure = Erasure(receipt, ErasureState.PLANNED, order.reason, requests, order.salt, order.key_id, now())
    found = {one.dataset: tuple(sorted(one.doc_ids)) for one in _find(hub, order)}
    if not order.key_id and any(one.kind in PERSONAL for one in subjects):
        # nobody could recognise the person in later runs, but these records
        ids = sorted({one for many in found.values() for one in many})
        subjects = tuple(dict.fromkeys((*subjects, *(Subject("doc", one) for one in ids))))
    if not order.spellings:
        return Note(erasure, subjects, found, unsearched=order.unsearched)
    close_folders(hub.home)
    spelled = keep_table(own_folder(hub.home), receipt, table_of(Wanted(order.spellings)))
    return Note(erasure, subjects, found, unsearched=(*order.unsearched, *staying(hub, order)), spellings=spelled)


def staying(hub: Hub, order: ErasureOrder) -> Iterator[Unsearched]:
    """Tell of what stays though it may speak of the persons that *order* is about."""
    if not order.spellings:
        return
    if names := names_with(hub.db, order.spellings):
        why = f"{len(names)} names of sources or files, recipes, policies or reasons on record hold the value and stay"
        yield Unsearched(None, f"{why}: statements are about them")
    if count := foreign_entries(hub.home):
        yield Unsearched(None, f"{count} files or folders beside the hub's own, in the folder of the hub")


def _carry_on(hub: Hub, note: Note, rewriters: Rewriters) -> Erased:
    """Take the erasure of *note* from the state it is in to its end."""
    with hub.db.begin() as connection:
        record_erasure(connection, note.erasure, note.unsearched)
    receipt = note.erasure.id
    if note.replaced is None:
        note = replace(note, replaced={name: _rewrite(hub, note, name, rewriters) for name in note.found})
        note = replace(note, stated={name: state_changes(hub, note, name, rewriters.state) for name in note.found})
        write_note(hub.home, note)
        advance(hub.db, receipt, ErasureState.REWRITTEN)
    if _state(hub.db, receipt) in {ErasureState.PLANNED, ErasureState.REWRITTEN}:
        commit_erasure(hub, note)
    if _state(hub.db, receipt) != ErasureState.VERIFIED:
        sign_rest(hub)
    remains = tuple(_purge_and_verify(hub, note, rewriters))
    told = show_receipt(hub.db, receipt)
    return Erased(**{field.name: getattr(told, field.name) for field in fields(told)}, remains=remains)


def _purge_and_verify(hub: Hub, note: Note, rewriters: Rewriters) -> list[Remains]:
    receipt = note.erasure.id
    if _state(hub.db, receipt) == ErasureState.VERIFIED:
        remove_note(hub.home, receipt)
        return []
    purge(hub, _everything(hub))
    advance(hub.db, receipt, ErasureState.PURGED, files=_count(note))
    compact_database(hub.db)
    remains = find_remains(hub, note, rewriters.run, rewriters.run_here)
    remove_work(hub.home, GATE)  # what workers have said of the search
    if not remains:
        log_end(hub, receipt, finished=now())
        remove_note(hub.home, receipt)
    return remains


def _everything(hub: Hub) -> list[str]:
    """Return the datasets of *home*, those with nothing but work files included."""
    return sorted({*every_dataset(hub.db), *work_names(hub.home)})


def _state(db: Database, receipt: str) -> str:
    return get_erasure(db, receipt).state


def _count(note: Note) -> dict[str, int]:
    """Count the files that were rewritten and those of them that are no more because no row was left."""
    swaps = [one for tables in (note.replaced or {}).values() for files in tables.values() for one in files.values()]
    return {"rewritten": sum(one.file is not None for one in swaps), "removed": len(swaps)}


def _rewrite(hub: Hub, note: Note, dataset: str, rewriters: Rewriters) -> dict[str, dict[str, Rewritten]]:
    """Rewrite the affected files of *dataset*, documents first: the ledger names them."""
    versions, doc_ids = list_versions(hub.db, dataset), frozenset(note.found[dataset])
    tables, receipt = tables_folder(hub.home), note.erasure.id
    ids = keep_table(tables, receipt, pa.table({"doc_id": pa.array(sorted(doc_ids), pa.string())}))
    chores: dict[tuple[str, str], Chore] = {}
    by_kind: dict[FileKind, Rewriter] = {"documents": rewrite_documents, **rewriters.by_kind}
    for kind, rewriter in by_kind.items():
        for path, file in distinct_files(hub, versions, kind).items():
            # the other kinds also name documents that they do not list
            if kind != "documents" or may_hold_any(file, doc_ids):
                folder = hub.home.data_folder(dataset, kind)
                chores[kind, path] = Rewriting(rewriter, hub.home.resolve(path), folder, file.bytes, ids)
    done = _done(hub.home, chores, rewriters.run)
    for kind in by_kind:
        lost = lost_files(hub, versions, kind).items()
        done.setdefault(kind, {}).update({path: Rewritten(True) for path, file in lost if may_hold_any(file, doc_ids)})
    renamed = keep_table(tables, receipt, renamed_table(renamed_files(done.get("documents", {}))))
    folder = hub.home.data_folder(dataset, "ledger")
    ledger: dict[tuple[str, str], Chore] = {
        ("ledger", path): LedgerRewriting(hub.home.resolve(path), folder, file.bytes, ids, renamed)
        for path, file in distinct_files(hub, versions, "ledger").items()
    }
    return {**done, **_done(hub.home, ledger, rewriters.run)}


def _done(
    home: Home, chores: Mapping[tuple[str, str], Chore], run_chores: ChoreRunner
) -> dict[str, dict[str, Rewritten]]:
    """Do *chores*, by kind and path relative to the warehouse; return what became of the files that changed."""
    done: dict[str, dict[str, Rewritten]] = {kind: {} for kind, _ in chores}
    for (kind, path), result in zip(chores, run_chores([*chores.values()]), strict=True):
        one = Rewritten.load(result)
        if one.changed:
            done[kind][path] = _relative(home, one)
    return done


def _relative(home: Home, one: Rewritten) -> Rewritten:
    return one if one.file is None else replace(one, file=replace(one.file, path=home.relative(one.file.path)))
